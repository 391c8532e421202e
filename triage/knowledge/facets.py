"""What is worth knowing of a signal besides its level, as data (`data/risk/facets.yaml`)."""

from __future__ import annotations

import re
from functools import cached_property

from pydantic import ConfigDict, field_validator

from triage.knowledge.loader import Record


class FacetWords(Record):
    """`codes`: signals that get facets; `means`: words; `times`: regular expressions."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    version: str = ""
    codes: list[str] = []
    means: list[str] = []
    times: list[str] = []

    @field_validator("times")
    @classmethod
    def _compiles(cls, value: list[str]) -> list[str]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"正则写错了：{pattern!r}（{error}）") from error
        return value

    @cached_property
    def means_pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.means, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    @cached_property
    def time_pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{t})" for t in self.times) or r"(?!)")
