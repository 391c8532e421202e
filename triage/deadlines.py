"""Legal time limits that run out, as told: 还有五天到期, 时效到12月1号, 判决书收到十天了."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from triage.dates import find_dates
from triage.numerals import chinese_value


@dataclass(frozen=True)
class Deadline:
    """`days_left` from the day of the visit; negative when past."""

    start: int
    end: int
    text: str
    days_left: int


_LIMIT_WORD = r"(?:到期|过期|期满|截止|截至|时效|期限|上诉期|起诉期|复议期|举证期|申请期|最后(?:一)?天|最后期限|就过了|过了就|到日子|逾期)"
_LEFT = re.compile(
    r"(?:还有|只剩(?:下)?|还剩|就剩|剩下?|不到|再过|差)(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3}|半个?)(?P<u>天|日|个?月|个?星期|个?礼拜|周)(?=[^。！？]{0,14})"
)
_SERVED = re.compile(
    r"(?:收到|拿到|领到|接到)(?P<doc>判决书?|裁决书?|仲裁书|处罚决定书?|决定书|认定书)[^。！？]{0,8}?(?:第|已经|有|都|快)?(?P<n>\d{1,2}|[一二两三四五六七八九十]{1,3})天"
)
#: Days to act after a document is served: civil appeal and suit after an award 15, review 60.
_PERIOD = {"判决": 15, "判决书": 15, "裁决": 15, "裁决书": 15, "仲裁书": 15}


def find_deadlines(text: str, today: dt.date) -> list[Deadline]:
    """Legal time limits that run out, counted from the text and today (ruling 6)."""
    found: list[Deadline] = []
    for m in _LEFT.finditer(text):
        around = text[max(0, m.start() - 18) : m.end() + 16]
        if not re.search(_LIMIT_WORD, around):
            continue
        days = _span_days(m["n"], m["u"])
        if days is not None:
            found.append(Deadline(m.start(), m.end(), m.group(), days))
    for date in find_dates(text, today):
        if date.iso is None or len(date.iso) != 10:
            continue
        around = text[max(0, date.start - 14) : date.end + 14]
        if not re.search(_LIMIT_WORD, around):
            continue
        days = (dt.date.fromisoformat(date.iso) - today).days
        if days >= 0:
            found.append(Deadline(date.start, date.end, date.text, days))
    for m in _SERVED.finditer(text):
        period = _PERIOD.get(m["doc"])
        passed = _whole(m["n"])
        if period and passed is not None and passed <= period:
            found.append(Deadline(m.start(), m.end(), m.group(), period - passed))
    for m in re.finditer(
        r"(?:今天|明天|后天)[^。！？，]{0,4}(?:最后一天|就过(?:了)?(?:时效|期))", text
    ):
        days = {"今天": 0, "明天": 1, "后天": 2}[m.group()[:2]]
        if not any(d.start <= m.start() < d.end for d in found):
            found.append(Deadline(m.start(), m.end(), m.group(), days))
    return found


def _span_days(raw: str, unit: str) -> int | None:
    per = 1 if unit in ("天", "日") else 30 if unit.endswith("月") else 7
    if raw.startswith("半"):
        return per // 2
    n = _whole(raw)
    return None if n is None else n * per


def _whole(raw: str) -> int | None:
    value = chinese_value(raw)
    return int(value) if value is not None else None
