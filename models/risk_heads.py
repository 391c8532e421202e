"""Linear risk heads over words and what the rules saw: the fallback of the learned reader.

Level heads are ordinal: one sigmoid each for at least yellow, orange, red. They see no feature
about the person; the swap tests in `tests/behaviour` hold that down.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from models.heads import fit_sigmoids
from triage.extract import extract
from triage.heads import LinearHead
from triage.knowledge import Knowledge
from triage.risk.assess import RiskReader
from triage.risk.evidence import signal_row
from triage.risk.levels import rank
from triage.risk.signals import Facts
from triage.text import normalise

if TYPE_CHECKING:
    from models.corpus.records import Record
    from models.options import TrainOptions
    from models.table import Table


#: The day the authored texts are taken to be said on; far from a Spring Festival.
SAID_ON = dt.date(2026, 6, 1)


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
        found = extract(prepared, SAID_ON)
        facts = Facts(
            today=SAID_ON,
            headcount=found.headcount,
            repeat_visits=found.repeat_visits,
            labour=r.sub_type.startswith("LAB-") or r.sub_type == "COM-SERV",
        )
        rows.append(signal_row(reader.signals(prepared.text, facts)))
    return np.stack(rows)


def fit_risk_heads(table: Table, options: TrainOptions, knowledge: Knowledge) -> list[LinearHead]:
    """Linear level heads: `risk` when vectors but no reader are at hand, `risk.plain` always."""
    authored = [i for i, r in enumerate(table.records) if r.batch not in ("cases", "decisions")]
    rows = table.rows(authored)
    targets = level_targets([r.risk_level for r in rows.records])
    seen = rule_rows(rows.records, knowledge)
    heads = [fit_sigmoids("risk.plain", targets, None, None, rows.counts, options.risk, seen)]
    if rows.dense is not None and not rows.read:
        mean = rows.dense.mean(axis=0)
        heads.append(
            fit_sigmoids("risk", targets, rows.dense, mean, rows.counts, options.risk, seen)
        )
    return heads
