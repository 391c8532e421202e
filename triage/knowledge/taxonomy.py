"""The taxonomy: 4 types, 42 sub-types, and the one question to ask when they cannot be told apart.

Source: `domain.md` section 3; files `data/taxonomy/*.yaml`.
"""

from __future__ import annotations

from functools import cached_property

from pydantic import ConfigDict, field_validator, model_validator

from triage.knowledge.loader import Record
from triage.knowledge.statutes import Citation
from triage.result import TypeLabel


class DisputeType(Record):
    code: TypeLabel
    prefix: str
    name: str


class SubType(Record):
    """One of the 42; `lead` and `alternatives` are body codes, `route` a key of routes.yaml."""

    code: str
    name: str
    definition: str
    boundary: str
    example: str
    statutes: list[Citation]
    route: str
    lead: str
    alternatives: list[str] = []

    @field_validator("code")
    @classmethod
    def _shape(cls, value: str) -> str:
        if value.count("-") != 1 or not value.replace("-", "").isupper():
            raise ValueError(f"编码 {value!r} 应形如 LAB-WAGE")
        return value


class Taxonomy(Record):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    version: str
    types: list[DisputeType]
    sub_types: list[SubType]

    @model_validator(mode="after")
    def _consistent(self) -> Taxonomy:
        prefixes = {t.prefix for t in self.types}
        seen: set[str] = set()
        for sub in self.sub_types:
            if sub.code in seen:
                raise ValueError(f"细类编码重复：{sub.code}")
            seen.add(sub.code)
            if sub.code.split("-")[0] not in prefixes:
                raise ValueError(f"细类 {sub.code} 的前缀不属于任何大类")
        return self

    @cached_property
    def codes(self) -> list[str]:
        """Sub-type codes in file order; the order of every probability vector."""
        return [s.code for s in self.sub_types]

    @cached_property
    def _by_code(self) -> dict[str, SubType]:
        return {s.code: s for s in self.sub_types}

    @cached_property
    def _by_prefix(self) -> dict[str, DisputeType]:
        return {t.prefix: t for t in self.types}

    def sub_type(self, code: str) -> SubType:
        """Raises KeyError for an unknown code."""
        return self._by_code[code]

    def type_of(self, code: str) -> TypeLabel:
        """The type a sub-type belongs to, by its prefix."""
        return self._by_prefix[code.split("-")[0]].code

    def of_type(self, label: TypeLabel) -> list[SubType]:
        return [s for s in self.sub_types if self.type_of(s.code) == label]

    def type_name(self, label: TypeLabel) -> str:
        return next(t.name for t in self.types if t.code == label)


class QuestionPair(Record):
    between: tuple[str, str]
    ask: str


class Questions(Record):
    """What to ask when unsure; the pair of sub-types is looked up first, then the pair of types."""

    version: str
    default: str
    empty: str
    language: str
    pairs: list[QuestionPair]

    def between(self, first: str, second: str, taxonomy: Taxonomy) -> str:
        """The question that separates two sub-type codes."""
        wanted = [{first, second}, {taxonomy.type_of(first), taxonomy.type_of(second)}]
        for pair in wanted:
            for entry in self.pairs:
                if set(entry.between) == pair:
                    return entry.ask
        return self.default
