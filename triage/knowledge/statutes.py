"""Statute references and the list of laws they may name (`data/statutes/laws.yaml`)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from pydantic import model_validator

from triage.knowledge.loader import Record
from triage.result import StatuteRef

_REFERENCE = re.compile(r"^(?P<law>[^:：]+)[:：](?P<article>\d+)(?:-(?P<sub>\d+))?$")
_DIGITS = "零一二三四五六七八九"


class Law(Record):
    """One law whose articles may be cited.

    `effective` is the day the text in use came into force: citations are numbered by that text.
    """

    name: str
    full: str
    effective: dt.date
    until: dt.date | None = None
    note: str = ""


class Laws(Record):
    version: str
    laws: list[Law]

    @model_validator(mode="after")
    def _unique(self) -> Laws:
        names = [law.name for law in self.laws]
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise ValueError(f"法律名称重复：{'、'.join(sorted(twice))}")
        return self

    def by_name(self) -> dict[str, Law]:
        return {law.name: law for law in self.laws}


class Citation(Record):
    """`民法典:577` or `刑法:276-1` (第二百七十六条之一)."""

    law: str
    article: int
    sub_article: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = _REFERENCE.match(value.strip())
        if not match:
            raise ValueError(f"法条写法不对：{value!r}，应为“法名:条”或“法名:条-之几”")
        sub = match["sub"]
        return {
            "law": match["law"],
            "article": int(match["article"]),
            "sub_article": int(sub) if sub else None,
        }

    def label(self) -> str:
        """As a Chinese reader cites it: 《民法典》第五百七十七条."""
        tail = f"之{chinese_number(self.sub_article)}" if self.sub_article else ""
        return f"《{self.law}》第{chinese_number(self.article)}条{tail}"

    def reference(self) -> StatuteRef:
        return StatuteRef(
            law=self.law, article=self.article, sub_article=self.sub_article, label=self.label()
        )


def chinese_number(value: int) -> str:
    """1 ≤ value < 10000 as written in statutes: 1192 → 一千一百九十二, 10 → 十, 205 → 二百零五."""
    parts: list[str] = []
    gap = False
    for unit, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit == 0:
            gap = bool(parts)
            continue
        if gap:
            parts.append("零")
            gap = False
        parts.append(mark if value < 20 and unit == 10 else _DIGITS[digit] + mark)
    return "".join(parts)
