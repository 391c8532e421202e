"""What other thresholds of the learned risk reader would do: the two curves of docs/reports/risk.md.

Signals and the reader's probabilities are computed once; the policy is then applied again and again
with other thresholds, exactly as the pipeline applies it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.corpus.records import Record
from models.metrics import proportion
from triage.extract import extract
from triage.knowledge.risk import ModelThresholds, Policy
from triage.pipeline import Triager
from triage.result import RiskLevel
from triage.risk.assess import ModelOpinion, RiskReader
from triage.risk.levels import rank
from triage.risk.signals import Facts, Signal

#: What a supervisor loses by an error, in minutes (domain.md section 5: a false red costs about 20
#: minutes; a missed red can be a death – the equivalent here is our assumption, not a measurement).
MISSED_RED, MISSED_ORANGE, FALSE_ALARM = 20_000, 600, 20


@dataclass(frozen=True)
class Prepared:
    """One text with everything the policy needs."""

    record: Record
    text: str
    facts: Facts
    signals: list[Signal]
    opinion: ModelOpinion | None


def prepare(triager: Triager, records: Sequence[Record], today: dt.date) -> list[Prepared]:
    """Signals and opinions of all records; one encoder pass each."""
    out = []
    for record in records:
        read = triager.read(record.text)
        extracted = extract(read.prepared, today)
        inputs = triager.risk_inputs(read, extracted, triager.classified(read), today)
        out.append(Prepared(record, read.prepared.text, *inputs))
    return out


def levels_under(
    prepared: Sequence[Prepared], triager: Triager, thresholds: ModelThresholds
) -> list[RiskLevel]:
    """The level each text would get with other thresholds."""
    policy: Policy = triager.knowledge.policy.model_copy(update={"model": thresholds})
    reader = RiskReader(triager.knowledge.lexicon, policy)
    return [reader.assess(p.text, p.facts, p.opinion, p.signals).level for p in prepared]


def figures(records: Sequence[Record], levels: Sequence[RiskLevel]) -> dict[str, Any]:
    """Recall, precision, alarms per 100 texts and expected cost a text."""
    truth = [rank(r.risk_level) for r in records]
    found = [rank(v) for v in levels]
    pairs = list(zip(truth, found, strict=True))
    cost = 0.0
    for t, f in pairs:
        if t == 3 and f < 3:
            cost += MISSED_RED if f < 2 else MISSED_RED / 20
        elif t == 2 and f < 2:
            cost += MISSED_ORANGE
        elif f >= 2 > t or f == 3 > t:
            cost += FALSE_ALARM
    return {
        "red_recall": proportion([f == 3 for t, f in pairs if t == 3]),
        "red_precision": proportion([t == 3 for t, f in pairs if f == 3]),
        "orange_recall": proportion([f >= 2 for t, f in pairs if t >= 2]),
        "orange_precision": proportion([t >= 2 for t, f in pairs if f >= 2]),
        "alarms_per_100": round(100 * float(np.mean([f >= 2 for f in found])), 2),
        "cost_minutes": round(cost / max(len(pairs), 1), 1),
    }


def curve(
    prepared: Sequence[Prepared],
    triager: Triager,
    grid: Sequence[float] = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
) -> list[tuple[float, dict[str, Any]]]:
    """Figures at each value of the red and orange thresholds moved together."""
    base = triager.knowledge.policy.model
    records = [p.record for p in prepared]
    out = []
    for value in grid:
        moved = base.model_copy(update={"red": value, "orange": value})
        out.append((value, figures(records, levels_under(prepared, triager, moved))))
    return out
