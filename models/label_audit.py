"""Suspect labels: records whose label cross-validated probabilities contradict (cleanlab).

The probabilities come from word and character counts with folds of whole author batches, so no
author vouches for himself. A suspect is read by a person; the verdicts are kept in
`data/corpus/audit/verdicts.jsonl` and a record once read is not listed again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cleanlab.rank import get_label_quality_scores

from models.corpus.records import Record, load_corpus
from models.corpus.splits import batch_folds
from models.heads import fit_softmax, logits, softmax
from models.options import TrainOptions
from models.train import fit_vectorisers
from triage.features import FeatureMaker, spaced_words
from triage.knowledge import Knowledge
from triage.text import normalise

VERDICTS = Path("corpus") / "audit" / "verdicts.jsonl"


@dataclass(frozen=True)
class Suspect:
    record: Record
    quality: float  # cleanlab normalised margin, lower is more suspect
    proposed: str


def suspects(data: Path, knowledge: Knowledge, limit: int, folds: int = 5) -> list[Suspect]:
    """The `limit` most suspect narratives, worst first, without those already read."""
    narratives, _ = load_corpus(data)
    records = [r for r in narratives if not r.unsure]
    labels = knowledge.taxonomy.codes
    p = _cross_validated(records, labels, folds)
    y = np.asarray([labels.index(r.sub_type) for r in records])
    quality = get_label_quality_scores(y, p, method="normalized_margin")
    read = {v["id"] for v in verdicts(data)}
    order = [i for i in np.argsort(quality) if records[i].id not in read]
    return [
        Suspect(records[i], float(quality[i]), labels[int(p[i].argmax())]) for i in order[:limit]
    ]


def _cross_validated(records: Sequence[Record], labels: Sequence[str], folds: int) -> np.ndarray:
    texts = [normalise(r.text).text for r in records]
    spaced = [spaced_words(t) for t in texts]
    options = TrainOptions()
    p = np.zeros((len(records), len(labels)))
    for held in batch_folds(records, folds, options.seed):
        rest = np.setdiff1d(np.arange(len(records)), held)
        maker = FeatureMaker(
            *fit_vectorisers([texts[i] for i in rest], [spaced[i] for i in rest], options), None
        )
        counts = maker.counts(texts)
        head = fit_softmax(
            "audit",
            labels,
            [records[i].sub_type for i in rest],
            None,
            None,
            counts[rest],
            options.plain,
        )
        p[held] = softmax(logits(head, None, counts[held]))
    return p


def verdicts(data: Path) -> list[dict[str, str]]:
    """What readers decided of earlier suspects: id, verdict (upheld, relabelled), note."""
    path = data / VERDICTS
    if not path.is_file():
        return []
    return [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
