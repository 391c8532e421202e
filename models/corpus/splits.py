"""Splits by author batch and story, never by row.

Whole author batches are held out where there are enough of them (`test`, `calibration` in
`data/corpus/splits.yaml`). From a batch that also trains, a share of its *stories* may be held out
(`stories`): a story, with all its variants and minimal pairs, is on one side only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from models.corpus.records import Record
from triage.knowledge.loader import Record as YamlRecord
from triage.knowledge.loader import load_yaml


class StoryShare(YamlRecord):
    """Shares of a batch's stories that go to calibration and to test."""

    calibration: float = Field(ge=0, le=0.5)
    test: float = Field(ge=0, le=0.5)


class SplitPlan(YamlRecord):
    """Batches by split; a batch not named trains."""

    version: str
    calibration: list[str] = []
    test: list[str] = []
    stories: dict[str, StoryShare] = {}

    def side(self, record: Record) -> str:
        """`train`, `calibration` or `test`."""
        if record.batch in self.test:
            return "test"
        if record.batch in self.calibration:
            return "calibration"
        share = self.stories.get(record.batch)
        if share is None:
            return "train"
        # A hash of the story's name: independent of order and of other records.
        digest = hashlib.sha256(record.group.encode("utf-8")).digest()
        place = int.from_bytes(digest[:4], "big") / 2**32
        if place < share.test:
            return "test"
        return "calibration" if place < share.test + share.calibration else "train"


@dataclass(frozen=True)
class Split:
    train: list[Record]
    calibration: list[Record]
    test: list[Record]


def load_plan(data: Path) -> SplitPlan:
    return load_yaml(data / "corpus" / "splits.yaml", SplitPlan, data)


def split(records: Sequence[Record], plan: SplitPlan) -> Split:
    """Assign each record by its batch and story; order is kept."""
    sides: dict[str, list[Record]] = {"train": [], "calibration": [], "test": []}
    for record in records:
        sides[plan.side(record)].append(record)
    return Split(sides["train"], sides["calibration"], sides["test"])


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
