"""Splits by author batch and story, never by row.

Test and calibration take whole author batches, so no author's manner is on both sides; folds for
cross-validation group by batch too. With few batches the assignment below is fixed by hand in
`data/corpus/splits.yaml`, which is validated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.corpus.records import Record
from triage.knowledge.loader import Record as YamlRecord
from triage.knowledge.loader import load_yaml


class SplitPlan(YamlRecord):
    """Batches by split; a batch not named trains."""

    version: str
    calibration: list[str]
    test: list[str]


@dataclass(frozen=True)
class Split:
    train: list[Record]
    calibration: list[Record]
    test: list[Record]


def load_plan(data: Path) -> SplitPlan:
    return load_yaml(data / "corpus" / "splits.yaml", SplitPlan, data)


def split(records: Sequence[Record], plan: SplitPlan) -> Split:
    """Assign each record by its batch; order is kept."""
    test, calibration = set(plan.test), set(plan.calibration)
    return Split(
        train=[r for r in records if r.batch not in test | calibration],
        calibration=[r for r in records if r.batch in calibration],
        test=[r for r in records if r.batch in test],
    )


def batch_folds(records: Sequence[Record], folds: int, seed: int) -> list[np.ndarray]:
    """Index arrays of `folds` folds of whole batches, balanced by size, shuffled by `seed`."""
    rng = np.random.default_rng(seed)
    batches = sorted({r.batch for r in records})
    rng.shuffle(batches)
    sizes = {b: sum(r.batch == b for r in records) for b in batches}
    members: list[list[str]] = [[] for _ in range(folds)]
    load = [0] * folds
    for batch in sorted(batches, key=lambda b: -sizes[b]):
        smallest = load.index(min(load))
        members[smallest].append(batch)
        load[smallest] += sizes[batch]
    return [
        np.asarray([i for i, r in enumerate(records) if r.batch in set(group)], dtype=int)
        for group in members
    ]
