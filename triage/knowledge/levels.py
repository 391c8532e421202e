"""How the level of a case – village, town, county – is scored (`data/rules/levels.yaml`)."""

from __future__ import annotations

from functools import cached_property

from pydantic import ConfigDict, Field

from triage.knowledge.loader import Record
from triage.result import RiskLevel


class Steps(Record):
    """One point from `some`, two from `much`."""

    some: float = Field(gt=0)
    much: float = Field(gt=0)

    def points(self, value: float | None) -> int:
        if value is None or value < self.some:
            return 0
        return 2 if value >= self.much else 1


class CrossBorder(Record):
    points: int
    words: list[str]


class LevelRules(Record):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    version: str
    village: int
    county: int
    simple: list[str]
    amount_yuan: Steps
    headcount: Steps
    secondary: int
    pending: int
    risk: dict[RiskLevel, int]
    cross_border: CrossBorder
