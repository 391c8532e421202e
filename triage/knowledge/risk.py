"""Risk lexicon and policy as data (`data/risk/`, `domain.md` section 5)."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from triage.knowledge.facets import FacetWords
from triage.knowledge.loader import Record
from triage.knowledge.spellings import Spellings
from triage.result import RiskLevel

Adjustment = Literal["keep", "down", "blue", "max_yellow"]


class LexiconEntry(Record):
    """`level` is what the entry gives when said directly, affirmed and live.

    `no_negation`: a negation particle inside the phrase is part of it (不想活) and a double
    negation around it counts as affirmed. `conditional: keep`: a condition does not lower it,
    because target and means are in the words themselves (ruling 4); `past: keep`: history counts in
    full (ruling 5). `floor: false`: right too seldom on the authored corpus to decide alone; the
    learned reader must second it (`model.agree` in the policy; docs/reports/risk.md).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    id: str
    code: str
    level: RiskLevel
    patterns: list[str] = Field(min_length=1)
    form: Literal["direct", "implicit", "historical", "idiom"] = "direct"
    conditional: Literal["keep", "down"] = "down"
    past: Literal["keep", "down"] = "down"
    not_: list[str] = Field(default=[], alias="not")
    no_negation: bool = False
    floor: bool = True

    @field_validator("patterns", "not_")
    @classmethod
    def _compiles(cls, value: list[str]) -> list[str]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"正则写错了：{pattern!r}（{error}）") from error
        return value

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{p})" for p in self.patterns))

    @cached_property
    def not_pattern(self) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{p})" for p in self.not_)) if self.not_ else None


class Lexicon(Record):
    """`spellings` and `facets` come from files of their own beside the lexicon."""

    version: str
    entries: list[LexiconEntry]
    spellings: Spellings = Spellings()
    facets: FacetWords = FacetWords()


class LevelPlan(Record):
    name: str
    response: str
    report_minutes: int = Field(ge=0)
    acknowledge_minutes: int = Field(ge=0)


class SignalKind(Record):
    """`harm`: counts as an independent signal of harm, flight or coercion (ruling 2);
    `cap`: never above this level whatever else is said.
    """

    code: str
    name: str
    harm: bool
    raises: bool = False
    cap: RiskLevel | None = None


class MassThresholds(Record):
    yellow: int
    orange: int
    red: int


class WageThresholds(Record):
    yellow_headcount: int
    orange_headcount: int
    festival_days: int


class LimitThresholds(Record):
    orange_days: int
    yellow_days: int


class RaiseRule(Record):
    cap: RiskLevel


class RepeatVisits(Record):
    yellow: int


class ModelThresholds(Record):
    """Probability from which the learned model raises the level (`models` reports them)."""

    red: float = Field(ge=0, le=1)
    orange: float = Field(ge=0, le=1)
    yellow: float = Field(ge=0, le=1)
    agree: float = Field(ge=0, le=1)
    #: below this probability of “at least orange” an entry that is no floor stays yellow even when
    #: said outright; 0: it is never doubted
    silence: float = Field(ge=0, le=0.5)
    #: shorter texts (code points) have no context to doubt a phrase by
    context: int = Field(default=0, ge=0)
    #: and from this probability only the reader alone raises such a short text
    bare: float = Field(default=0.5, ge=0, le=1)
    red_cap_without_rule: RiskLevel = "red"


class Policy(Record):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    version: str
    levels: dict[RiskLevel, LevelPlan]
    signals: list[SignalKind]
    forms: dict[str, Adjustment]
    mass: MassThresholds
    wage: WageThresholds
    limit: LimitThresholds
    raise_: RaiseRule = Field(alias="raise")
    repeat_visits: RepeatVisits
    model: ModelThresholds

    @cached_property
    def kinds(self) -> dict[str, SignalKind]:
        return {s.code: s for s in self.signals}
