"""Routing rules, routes and clocks as data (`data/rules/`, `data/clocks/`)."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from triage.knowledge.loader import Record
from triage.knowledge.statutes import Citation
from triage.result import RiskLevel, TypeLabel


class Condition(Record):
    """All parts given must hold. `words` are regular expressions on the normalised text; a match
    inside a negated clause does not count.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    sub_type: list[str] = []
    type: list[TypeLabel] = []
    secondary: list[str] = []
    either: tuple[list[str], list[str]] | None = None
    flags: list[str] = []
    roles: list[str] = []
    pending: list[str] = []
    signals: list[str] = []
    live: bool = False
    min_level: RiskLevel | None = None
    not_history: bool = False
    min_headcount: int | None = None
    words: list[str] = []
    not_words: list[str] = []

    @field_validator("words", "not_words")
    @classmethod
    def _compiles(cls, value: list[str]) -> list[str]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"正则写错了：{pattern!r}（{error}）") from error
        return value

    @cached_property
    def words_pattern(self) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{w})" for w in self.words)) if self.words else None

    @cached_property
    def not_words_pattern(self) -> re.Pattern[str] | None:
        return re.compile("|".join(f"(?:{w})" for w in self.not_words)) if self.not_words else None


class Action(Record):
    """What a rule changes. `alternative_panel` keeps the usual panel as an alternative."""

    lead: str | None = None
    co: list[str] = []
    mediation_allowed: bool | None = None
    flags: list[str] = []
    alternative_panel: bool = False
    reason: str


class RoutingRule(Record):
    id: str
    name: str
    when: Condition
    then: Action


class RoutingRules(Record):
    version: str
    rules: list[RoutingRule]


class ConflictRule(Record):
    """Who must stand aside: `bodies` neither lead, join nor stand by; `instead` leads for them."""

    id: str
    name: str
    when: Condition
    bodies: list[str] = Field(min_length=1)
    instead: str
    reason: str

    @model_validator(mode="after")
    def _another(self) -> ConflictRule:
        if self.instead in self.bodies:
            raise ValueError("instead 不能是要回避的组织")
        return self


class ConflictRules(Record):
    version: str
    rules: list[ConflictRule]


class SecondaryRule(Record):
    """When the nature of a dispute is in doubt, `add` is listed beside the primary one."""

    id: str
    name: str
    when: Condition
    add: str
    reason: str


class SecondaryRules(Record):
    version: str
    rules: list[SecondaryRule]


class RoutePlan(Record):
    path: list[str]
    next: str
    mediation_allowed: bool
    clocks: list[str]


class Routes(Record):
    version: str
    routes: dict[str, RoutePlan]


class ClockEntry(Record):
    id: str
    name: str
    days: int
    unit: Literal["日", "工作日", "小时", "年"]
    basis: str
    statute: Citation | None = None
    verified: bool = True


class Preference(Record):
    """When a learned preference for the leading body is followed (`data/rules/preference.yaml`)."""

    version: str
    min_probability: float = Field(ge=0, le=1)
    police_probability: float = Field(ge=0, le=1)
    alternative_probability: float = Field(ge=0, le=1)
    police_sub_types: list[str]


class Clocks(Record):
    version: str
    clocks: list[ClockEntry]

    def days(self, id: str) -> int:
        """Length of a clock; the loader checks that the ids the code names are there."""
        return next(c.days for c in self.clocks if c.id == id)
