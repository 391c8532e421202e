"""The learned risk reader: levels from the whole text, signal codes from clauses.

Level heads are ordinal: one sigmoid each for at least yellow, orange, red. They see no feature
about the person; the swap tests in `tests/behaviour` hold that down.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from models.heads import HeadOptions, fit_sigmoids, fit_softmax
from triage.encoder import Encoder
from triage.extract import extract
from triage.heads import LinearHead
from triage.knowledge import Knowledge
from triage.model import RISK_CODES
from triage.risk.assess import RiskReader
from triage.risk.evidence import signal_row
from triage.risk.levels import rank
from triage.risk.signals import Facts
from triage.text import clauses, normalise

if TYPE_CHECKING:
    from models.corpus.records import Record
    from models.options import TrainOptions
    from models.train import Table


#: The day the authored texts are taken to be said on; far from a Spring Festival.
_SAID_ON = dt.date(2026, 6, 1)


def level_targets(levels: list[str]) -> np.ndarray:
    """(n, 3) booleans: at least yellow, orange, red."""
    ranks = np.asarray([rank(level) for level in levels])  # type: ignore[arg-type]
    return np.stack([ranks >= 1, ranks >= 2, ranks >= 3], axis=1)


def rule_rows(records: list[Record], knowledge: Knowledge) -> np.ndarray:
    """(n, m) what the rules saw in each text, as the pipeline would hand it to the head."""
    reader = RiskReader(knowledge.lexicon, knowledge.policy)
    rows = []
    for r in records:
        prepared = normalise(r.text)
        found = extract(prepared, _SAID_ON)
        facts = Facts(
            today=_SAID_ON,
            headcount=found.headcount,
            repeat_visits=found.repeat_visits,
            labour=r.sub_type.startswith("LAB-") or r.sub_type == "COM-SERV",
        )
        rows.append(signal_row(reader.signals(prepared.text, facts)))
    return np.stack(rows)


def fit_risk_heads(
    table: Table,
    mean: np.ndarray | None,
    encoder: Encoder | None,
    options: TrainOptions,
    knowledge: Knowledge,
) -> list[LinearHead]:
    """`risk` (with the encoder), `risk.plain` (counts alone) and `risk_code` (clauses)."""
    authored = [i for i, r in enumerate(table.records) if r.batch not in ("cases", "decisions")]
    rows = table.rows(authored)
    targets = level_targets([r.risk_level for r in rows.records])
    seen = rule_rows(rows.records, knowledge)
    heads = []
    if encoder is not None and mean is not None:
        heads.append(
            fit_sigmoids("risk", targets, rows.dense, mean, rows.counts, options.risk, seen)
        )
        code = _fit_codes(rows, mean, encoder, options)
        if code is not None:
            heads.append(code)
    heads.append(fit_sigmoids("risk.plain", targets, None, None, rows.counts, options.risk, seen))
    return heads


def _fit_codes(
    rows: Table, mean: np.ndarray, encoder: Encoder, options: TrainOptions
) -> LinearHead | None:
    """Signal code of a clause: positives hold labelled evidence, the rest are no signal."""
    chosen = [i for i, r in enumerate(rows.records) if r.evidence]
    vectors: list[np.ndarray] = []
    y: list[str] = []
    for begin in range(0, len(chosen), 64):
        group = chosen[begin : begin + 64]
        encoded = encoder.encode([rows.texts[i] for i in group])
        for i, e in zip(group, encoded, strict=True):
            record, text = rows.records[i], rows.texts[i]
            places = []
            for item in record.evidence:
                wanted = normalise(item.text).text
                at = text.find(wanted)
                safe = item.form in ("false_friend", "negated") or record.risk_level == "blue"
                if at >= 0:
                    places.append((at, at + len(wanted), "" if safe else item.code))
            for clause in clauses(text):
                code = next(
                    (c for s, t, c in places if s < clause.end and clause.start < t and c), ""
                )
                vectors.append(e.span(clause.start, clause.end))
                y.append(code)
    if len(set(y)) < 2:
        return None
    small = HeadOptions(c=options.risk.c, dense_scale=options.risk.dense_scale, count_scale=0.0)
    return fit_softmax("risk_code", RISK_CODES, y, np.stack(vectors), mean, None, small)
