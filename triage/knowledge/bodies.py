"""The 25 bodies that can receive a dispute (`data/bodies/bodies.yaml`, `domain.md` section 4)."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from triage.knowledge.loader import Record

BodyKind = Literal[
    "mediation",
    "arbitration",
    "administrative",
    "court",
    "aid",
    "petition",
    "police",
    "procuratorate",
    "support",
]


class Body(Record):
    """`level`: V village, T town, C county. `active: false` marks a body the county lacks."""

    code: str
    name: str
    kind: BodyKind
    mediation_kind: str = ""
    sponsor: str = ""
    level: list[Literal["V", "T", "C"]]
    desk: Literal["resident", "rotating", "on_call"]
    remit: str
    takes: list[str]
    active: bool = True
    capacity: int | None = Field(default=None, ge=1, description="同时在办上限；空为不限")
    duty_days: list[int] = Field(default=[], description="轮驻值班日：1 周一 … 7 周日；空为每天")

    def on_duty(self, day: dt.date) -> bool:
        """Whether the desk is staffed on `day`; a desk without duty days always is."""
        return not self.duty_days or day.isoweekday() in self.duty_days

    def next_duty(self, day: dt.date) -> dt.date:
        """The next day on duty, `day` included."""
        return next(d for i in range(8) if self.on_duty(d := day + dt.timedelta(days=i)))

    @field_validator("duty_days")
    @classmethod
    def _weekdays(cls, value: list[int]) -> list[int]:
        if any(not 1 <= v <= 7 for v in value):
            raise ValueError("值班日只能是 1（周一）到 7（周日）")
        return value


class Bodies(Record):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    version: str
    bodies: list[Body]

    @model_validator(mode="after")
    def _unique(self) -> Bodies:
        codes = [b.code for b in self.bodies]
        twice = {c for c in codes if codes.count(c) > 1}
        if twice:
            raise ValueError(f"机构编码重复：{'、'.join(sorted(twice))}")
        return self

    @cached_property
    def _by_code(self) -> dict[str, Body]:
        return {b.code: b for b in self.bodies}

    def body(self, code: str) -> Body:
        """Raises KeyError for an unknown code."""
        return self._by_code[code]

    def find(self, code: str) -> Body | None:
        return self._by_code.get(code)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code
