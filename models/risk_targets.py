"""Targets and rule columns of the learned risk reader.

Levels are ordinal: at least yellow, orange, red. No feature about the person enters; the swap tests
in `tests/behaviour` and the robustness suite hold that down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from triage.extract import extract
from triage.knowledge import Knowledge
from triage.risk.assess import RiskReader
from triage.risk.evidence import COLUMNS, signal_row
from triage.risk.levels import rank
from triage.risk.signals import facts_of
from triage.text import normalise

if TYPE_CHECKING:
    from models.corpus.records import Record


#: Batches whose texts carry no risk label: nobody has read them for risk.
UNLABELLED_RISK = ("cases", "decisions")
#: The day the authored texts are taken to be said on; far from a Spring Festival.
SAID_ON = dt.date(2026, 6, 1)


def level_targets(levels: Sequence[str]) -> np.ndarray:
    """(n, 3) booleans: at least yellow, orange, red."""
    ranks = np.asarray([rank(level) for level in levels])  # type: ignore[arg-type]
    return np.stack([ranks >= 1, ranks >= 2, ranks >= 3], axis=1)


def rule_rows(records: Sequence[Record], knowledge: Knowledge) -> np.ndarray:
    """(n, m) what the rules saw in each text, as the pipeline would hand it to the head."""
    reader = RiskReader(knowledge.lexicon, knowledge.policy)
    rows = []
    for r in records:
        prepared = normalise(r.text)
        found = extract(prepared, SAID_ON)
        labour = r.sub_type.startswith("LAB-") or r.sub_type == "COM-SERV"
        facts = facts_of(found, SAID_ON, labour)
        rows.append(signal_row(reader.signals(prepared.text, facts)))
    return np.stack(rows) if rows else np.zeros((0, COLUMNS), dtype=np.float32)
