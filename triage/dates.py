"""Dates and deadlines in Chinese speech, resolved against the day of the visit.

Hand-written: dateparser knows none of 上个月十五号, 去年国庆, 三年前 (ecosystem.md). A date that cannot
be resolved keeps its place with `iso=None`.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

from triage import settings
from triage.amounts import chinese_value
from triage.knowledge.loader import Record, load_yaml

_D = r"(?:\d{1,2}|[一二两三四五六七八九十廿]{1,3})"
_Y = r"(?:\d{4}|\d{2}|[零〇一二三四五六七八九]{2,4})"


@dataclass(frozen=True)
class FoundDate:
    """`iso`: YYYY-MM-DD, YYYY-MM or YYYY, or None when it cannot be resolved."""

    start: int
    end: int
    text: str
    iso: str | None


@dataclass(frozen=True)
class Deadline:
    """`days_left` from the day of the visit; negative when past."""

    start: int
    end: int
    text: str
    days_left: int


class SpringFestivals(Record):
    version: str
    days: dict[int, dt.date]


@cache
def _festivals() -> dict[int, dt.date]:
    root = settings.data_dir()
    return load_yaml(root / "calendar" / "spring_festival.yaml", SpringFestivals, root).days


def spring_festival_after(day: dt.date) -> dt.date:
    """The next Spring Festival on or after `day`; the table's last one when it runs out."""
    days = sorted(_festivals().values())
    return next((d for d in days if d >= day), days[-1])


_HOLIDAYS = {"元旦": (1, 1), "五一": (5, 1), "劳动节": (5, 1), "六一": (6, 1), "国庆": (10, 1), "十一": (10, 1),
             "双十一": (11, 11), "三八": (3, 8)}  # fmt: skip
_YEAR_WORDS = {"今年": 0, "去年": -1, "上年": -1, "前年": -2, "大前年": -3, "明年": 1}
_DAY_WORDS = {"今天": 0, "今日": 0, "今早": 0, "今晚": 0, "昨天": -1, "昨日": -1, "昨晚": -1, "昨夜": -1, "前天": -2,
              "大前天": -3, "明天": 1, "后天": 2, "今朝": 0, "前晚": -2, "明早": 1}  # fmt: skip

_PATTERNS = re.compile(
    rf"(?P<ymd>(?P<y>{_Y})年(?P<m>{_D})月(?:份)?(?:(?P<d>{_D})[日号])?)"
    rf"|(?P<dotted>(?P<y2>(?:19|20)\d{{2}})[.\-/](?P<m2>\d{{1,2}})(?:[.\-/](?P<d2>\d{{1,2}}))?)"
    rf"|(?P<yw>大前年|今年|去年|上年|前年|明年)(?:的)?(?:(?P<hol>元旦|五一|劳动节|六一|国庆|双十一|十一|三八|春节|过年|年底|年初)|(?P<m3>{_D})月(?:份)?(?:(?P<d3>{_D})[日号])?)?"
    rf"|(?P<mw>这个月|本月|上个?月|下个?月|上上个?月)(?:(?P<d4>{_D})[日号]|(?P<mpart>初|底|中旬))?"
    rf"|(?P<md>(?P<m5>{_D})月(?P<d5>{_D})[日号])"
    rf"|(?P<ago>(?P<n>\d{{1,2}}|[一二两三四五六七八九十半]{{1,3}})(?:个)?(?P<u>年|月|星期|礼拜|周|天)(?:多)?(?:以)?前)"
    rf"|(?P<dw>大前天|前天|昨天|昨日|今天|今日|明天|后天|昨晚|昨夜|今早|今晚|今朝|前晚|明早)"
    rf"|(?P<wk>(?P<wrel>上上|上个?|这个?|本|下个?)(?:星期|礼拜|周)(?P<wd>[一二三四五六日天]))"
    rf"|(?P<yonly>(?P<y6>(?:19|20)\d{{2}}|二[〇零][零〇一二三四五六七八九]{{2}})年)"
)


def find_dates(text: str, today: dt.date) -> list[FoundDate]:
    """Dates in a normalised text, in order."""
    found = []
    for m in _PATTERNS.finditer(text):
        found.append(FoundDate(m.start(), m.end(), m.group(), _iso(m, today)))
    return found


def _number(raw: str | None) -> int | None:
    if not raw:
        return None
    if raw.isdigit():
        return int(raw)
    value = chinese_value(raw.replace("廿", "二十"))
    return int(value) if value is not None else None


def _year(raw: str, today: dt.date) -> int | None:
    if not raw.isdigit():
        digits = "".join(str("零一二三四五六七八九".find(c.replace("〇", "零"))) for c in raw)
        raw = digits
    year = int(raw)
    if year < 100:
        year += 2000 if year <= today.year % 100 + 1 else 1900
    return year if 1900 <= year <= 2100 else None


def _day_iso(year: int | None, month: int | None, day: int | None) -> str | None:
    if year is None:
        return None
    if month is None:
        return f"{year:04d}"
    if not 1 <= month <= 12:
        return None
    if day is None:
        return f"{year:04d}-{month:02d}"
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return f"{year:04d}-{month:02d}-{day:02d}"


def _iso(m: re.Match[str], today: dt.date) -> str | None:
    if m["ymd"]:
        return _day_iso(_year(m["y"], today), _number(m["m"]), _number(m["d"]))
    if m["dotted"]:
        return _day_iso(int(m["y2"]), int(m["m2"]), _number(m["d2"]))
    if m["yw"]:
        return _relative_year(m, today)
    if m["mw"]:
        shift = {"这个月": 0, "本月": 0}.get(m["mw"])
        if shift is None:
            shift = -2 if m["mw"].startswith("上上") else (-1 if m["mw"].startswith("上") else 1)
        year, month = _add_months(today.year, today.month, shift)
        return _day_iso(year, month, _number(m["d4"]))
    if m["md"]:
        return _nearest_past(_number(m["m5"]), _number(m["d5"]), today)
    if m["ago"]:
        return _ago(m["n"], m["u"], today)
    if m["dw"]:
        return (today + dt.timedelta(days=_DAY_WORDS[m["dw"]])).isoformat()
    if m["wk"]:
        weeks = {"上上": -2, "上": -1, "上个": -1, "下": 1, "下个": 1}.get(m["wrel"], 0)
        weekday = "一二三四五六日".find(m["wd"].replace("天", "日"))
        monday = today - dt.timedelta(days=today.weekday())
        return (monday + dt.timedelta(days=weekday, weeks=weeks)).isoformat()
    if m["yonly"]:
        return _day_iso(_year(m["y6"], today), None, None)
    return None


def _relative_year(m: re.Match[str], today: dt.date) -> str | None:
    year = today.year + _YEAR_WORDS[m["yw"]]
    holiday = m["hol"]
    if holiday in ("春节", "过年"):
        day = _festivals().get(year)
        return day.isoformat() if day else str(year)
    if holiday in ("年底", "年初"):
        return f"{year}-12" if holiday == "年底" else f"{year}-01"
    if holiday:
        month, day_number = _HOLIDAYS[holiday]
        return _day_iso(year, month, day_number)
    if m["m3"]:
        return _day_iso(year, _number(m["m3"]), _number(m["d3"]))
    return str(year)


def _add_months(year: int, month: int, shift: int) -> tuple[int, int]:
    index = year * 12 + month - 1 + shift
    return index // 12, index % 12 + 1


def _nearest_past(month: int | None, day: int | None, today: dt.date) -> str | None:
    """A month and day without a year: the last one, unless it lies within two months ahead."""
    if month is None or day is None:
        return None
    this_year = _day_iso(today.year, month, day)
    if this_year is None:
        return None
    ahead = (dt.date.fromisoformat(this_year) - today).days
    return this_year if ahead <= 62 else _day_iso(today.year - 1, month, day)


def _ago(raw: str, unit: str, today: dt.date) -> str | None:
    if raw == "半":
        if unit == "年":
            year, month = _add_months(today.year, today.month, -6)
            return f"{year:04d}-{month:02d}"
        return (today - dt.timedelta(days=15)).isoformat() if unit == "月" else None
    n = _number(raw)
    if n is None:
        return None
    if unit == "年":
        return str(today.year - n)
    if unit == "月":
        year, month = _add_months(today.year, today.month, -n)
        return f"{year:04d}-{month:02d}"
    return (today - dt.timedelta(days=n * (1 if unit == "天" else 7))).isoformat()


_LIMIT_WORD = r"(?:到期|过期|期满|截止|截至|时效|期限|上诉期|起诉期|复议期|举证期|申请期|最后(?:一)?天|最后期限|就过了|过了就|到日子|逾期)"
_LEFT = re.compile(
    r"(?:还有|只剩(?:下)?|还剩|就剩|剩下?|不到|再过|差)(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3}|半个?)(?P<u>天|日|个?月|个?星期|个?礼拜|周)(?=[^。！？]{0,14})"
)
_AT = re.compile(rf"(?:{_LIMIT_WORD}[^。！？；]{{0,8}}|[^。！？；]{{0,2}})")
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
        passed = _number(m["n"])
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
    n = _number(raw)
    return None if n is None else n * per
