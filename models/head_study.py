"""Which C and scales suit an encoder: `python -m models.head_study ENCODER_DIR`.

Fits the sub-type head on the training split for a small grid and scores the held-out stories and
batches; the figures behind `HeadOptions` are in docs/reports/heads.md.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np

from models.corpus.records import load_corpus
from models.corpus.splits import load_plan, split
from models.embed import embed_cached
from models.heads import HeadOptions, fit_softmax, logits, softmax
from models.options import TrainOptions
from models.train import case_records, fit_vectorisers
from triage import settings
from triage.encoder import OnnxEncoder
from triage.features import FeatureMaker, spaced_words
from triage.knowledge import Knowledge
from triage.text import normalise


def study(encoder_dir: Path) -> list[tuple[HeadOptions, float, float, float]]:
    """(options, sub-type top-1, top-3, type) for each point of the grid."""
    data = settings.data_dir()
    encoder = OnnxEncoder.open(encoder_dir, threads=4)
    taxonomy = Knowledge.load(data).taxonomy
    labels = taxonomy.codes
    narratives, _ = load_corpus(data)
    parts = split(narratives, load_plan(data))
    train = [r for r in parts.train if not r.unsure] + case_records(data)
    held = [r for r in parts.calibration + parts.test if not r.unsure]
    train_texts = [normalise(r.text).text for r in train]
    held_texts = [normalise(r.text).text for r in held]
    vectorisers = fit_vectorisers(
        train_texts, [spaced_words(t) for t in train_texts], TrainOptions()
    )
    maker = FeatureMaker(*vectorisers, None)
    cache = settings.cache_dir() / "vectors"
    dense, held_dense = (embed_cached(t, encoder, cache) for t in (train_texts, held_texts))
    counts, held_counts = maker.counts(train_texts), maker.counts(held_texts)
    accepted = [{r.sub_type, *r.acceptable_sub_types} for r in held]
    members = {t.code: [taxonomy.type_of(c) == t.code for c in labels] for t in taxonomy.types}
    out = []
    for c, scale, words in itertools.product((0.3, 1.0, 4.0), (1.0, 3.0, 8.0), (0.0, 0.5, 1.0)):
        options = HeadOptions(c=c, dense_scale=scale, count_scale=words)
        head = fit_softmax(
            "study", labels, [r.sub_type for r in train], dense, dense.mean(axis=0), counts, options
        )
        p = softmax(logits(head, held_dense, held_counts))
        order = np.argsort(-p, axis=1)
        top1 = np.mean([labels[o[0]] in ok for o, ok in zip(order, accepted, strict=True)])
        top3 = np.mean(
            [bool({labels[j] for j in o[:3]} & ok) for o, ok in zip(order, accepted, strict=True)]
        )
        types = np.mean(
            [
                max(members, key=lambda t: row[members[t]].sum())
                in {taxonomy.type_of(c) for c in ok}
                for row, ok in zip(p, accepted, strict=True)
            ]
        )
        out.append((options, float(top1), float(top3), float(types)))
    return out


if __name__ == "__main__":
    for o, top1, top3, types in sorted(study(Path(sys.argv[1])), key=lambda r: r[1]):
        print(
            f"C={o.c:<4} dense×{o.dense_scale:<4} counts×{o.count_scale:<4} "
            f"top1 {top1:.3f} top3 {top3:.3f} type {types:.3f}"
        )
