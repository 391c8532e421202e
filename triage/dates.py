"""Dates and time limits in Chinese speech, resolved against the day of the visit.

Hand-written: dateparser knows none of 上个月十五号, 去年国庆, 三年前 (ecosystem.md). A date that cannot
be resolved keeps its place with `iso=None`: lunar days other than the New Year's (三月初五, 中秋),
vague ones (年前, 好几年前). A month or day without a year is the last one gone by, unless words near it
look ahead (到期, 开庭, 之前 …).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from triage import date_words as words
from triage import settings
from triage.knowledge.loader import Record, load_yaml
from triage.numerals import chinese_value

DateKind = Literal["absolute", "relative", "festival", "lunar", "vague"]


@dataclass(frozen=True)
class FoundDate:
    """`iso`: YYYY-MM-DD, YYYY-MM or YYYY, or None when it cannot be resolved."""

    start: int
    end: int
    text: str
    iso: str | None
    kind: DateKind = "absolute"


class SpringFestivals(Record):
    """data/calendar/spring_festival.yaml: lunar New Year's Day by Gregorian year."""

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


def find_dates(text: str, today: dt.date) -> list[FoundDate]:
    """Dates in a normalised text, in order.

    Args:
        today: the day relative dates count from.
    """
    found: list[FoundDate] = []
    idle = [m.span() for m in words.PUT_OFF.finditer(text)]
    for m in words.PATTERN.finditer(text):
        if m["n"] and not m["u"] and not m["half"]:
            continue
        if text[max(0, m.start() - 3) : m.start()].endswith(
            ("每", "每个", "每到", "每月", "每个月", "每年")
        ):
            continue
        if any(s <= m.start() < e for s, e in idle):
            continue
        iso, kind = _Resolver(today, *_outlook(text, m)).resolve(m)
        if m["m7"] and iso and found and found[-1].iso:
            iso = _in_range(found[-1], text[found[-1].end : m.start()], iso)
        found.append(FoundDate(m.start(), m.end(), m.group(), iso, kind))
    return found


def _outlook(text: str, m: re.Match[str]) -> tuple[bool, bool]:
    """Whether the words around a date look ahead, and whether they only set a limit (…前).

    A limit may be over (十五号前付，过期九天了), so the nearest such day is meant, not the next.
    """
    before, after = text[max(0, m.start() - 16) : m.start()], text[m.end() : m.end() + 8]
    strong = bool(
        words.AHEAD.search(after)
        or words.AHEAD_BEFORE.search(before)
        or before.endswith(("等", "等到", "截止", "最迟", "最晚"))
        or (before.endswith("到") and not words.WORKED_UNTIL.search(before))
    )
    limit = bool(words.LIMIT.match(after))
    return strong and not limit, limit


def _in_range(last: FoundDate, between: str, iso: str) -> str:
    """从去年三月到九月: the second month is in the year of the first (or the next when it is earlier)."""
    if len(last.iso or "") < 7 or not words.RANGE.fullmatch(between):
        return iso
    year, rest = int((last.iso or "")[:4]), iso[4:]
    if rest[:3] < (last.iso or "")[4:7]:
        year += 1
    return f"{year:04d}{rest}"


def _number(raw: str | None) -> int | None:
    if not raw:
        return None
    named = {"元": 1, "正": None, "腊": None, "冬": None}
    if raw in named:
        return named[raw]
    value = chinese_value(raw)
    return int(value) if value is not None else None


def _year(raw: str, today: dt.date) -> int | None:
    if not raw.isascii():
        digits = ["零一二三四五六七八九".find(c) for c in raw.replace("〇", "零")]
        if -1 in digits:
            return None
        raw = "".join(map(str, digits))
    year = int(raw)
    if year < 100:
        year += 2000 if year <= today.year % 100 + 1 else 1900
    return year if 1900 <= year <= 2100 else None


def _iso(year: int | None, month: int | None = None, day: int | None = None) -> str | None:
    """The most exact ISO form the parts allow; None when they are no date."""
    if year is None or (month is not None and not 1 <= month <= 12):
        return None
    if month is None:
        return f"{year:04d}"
    if day is None:
        return f"{year:04d}-{month:02d}"
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return f"{year:04d}-{month:02d}-{day:02d}"


def _add_months(day: dt.date, shift: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + shift
    return index // 12, index % 12 + 1


def _clear_and_bright(year: int) -> int:
    """Day of April of 清明, by the usual formula for 2000–2099."""
    y = year % 100
    return int(y * 0.2422 + 4.81) - y // 4


@dataclass(frozen=True)
class _Resolver:
    today: dt.date
    ahead: bool
    limit: bool = False

    def _nearest(self, isos: list[str | None]) -> str | None:
        """The one nearest to today; a month counts from its first day."""
        days = [iso for iso in isos if iso and len(iso) >= 7]
        return min(
            days,
            key=lambda iso: abs((dt.date.fromisoformat((iso + "-01")[:10]) - self.today).days),
            default=None,
        )

    def resolve(self, m: re.Match[str]) -> tuple[str | None, DateKind]:
        t = self.today
        if m["y"]:
            return self._in_year(_year(m["y"], t), m["m"], m["d"], m["ld"], m["yf"], m["yp"])
        if m["y2"]:
            return _iso(_year(m["y2"], t), _number(m["m2"]), _number(m["d2"])), "absolute"
        if m["y3"]:
            part = {"底": 12, "初": 1}.get(m.string[m.end() : m.end() + 1])
            return _iso(_year(m["y3"], t), part), "absolute"
        if m["y4"]:
            return _iso(int(m["y4"]), int(m["m4"]), _number(m["d4"])), "absolute"
        if m["yw"]:
            year = t.year + (words.YEAR_WORDS[m["yw"]] or 0)
            iso, kind = self._in_year(year, m["m5"], m["d5"], m["ld5"], m["hol"], m["ypart"])
            return iso, ("relative" if kind == "absolute" else kind)
        if m["mw"]:
            head = m["mw"]
            shift = -2 if head.startswith("上上") else {"上": -1, "下": 1}.get(head[0], 0)
            year, month = _add_months(t, shift)
            return _iso(year, month, _number(m["d6"])), "relative"
        if m["m7"]:
            return self._month(m["m7"], m["d7"], m["ld7"])
        if m["m8"]:
            return self._month(m["m8"], m["d8"], None)
        if m["n"]:
            return self._ago(m)
        if m["dw"]:
            return (t + dt.timedelta(days=words.DAY_WORDS[m["dw"]])).isoformat(), "relative"
        if m["wk"]:
            weeks = {"上上": -2, "上": -1, "下": 1}.get(m["wrel"].removesuffix("个"), 0)
            weekday = "一二三四五六日".find(m["wd"].replace("天", "日"))
            monday = t - dt.timedelta(days=t.weekday())
            return (monday + dt.timedelta(days=weekday, weeks=weeks)).isoformat(), "relative"
        if m["feast"]:
            return self._feast_near(m["feast"])
        if m["part"]:
            month = {"年底": 12, "年初": 1}.get(m["part"], t.month)
            return _iso(t.year, month), "relative"
        if m["dayno"]:
            return self._day_of_month(_number(m["dayno"])), "relative"
        return None, "vague"

    def _in_year(
        self,
        year: int | None,
        month: str | None,
        day: str | None,
        lunar: str | None,
        feast: str | None,
        part: str | None,
    ) -> tuple[str | None, DateKind]:
        if feast:
            return (self._feast(year, feast), "festival") if year else (None, "festival")
        if month in ("正", "腊", "冬") or (lunar and lunar[0] in "初廿"):
            return self._lunar(year, month, lunar or day), "lunar"
        if part and ("底" in part or "初" in part):
            return _iso(year, 12 if "底" in part else 1), "absolute"
        return _iso(year, _number(month), _number(day or lunar)), "absolute"

    def _lunar(self, year: int | None, month: str | None, day: str | None) -> str | None:
        """Only the first lunar month can be counted from the table; its days follow one another."""
        first = _festivals().get(year) if year else None
        if month != "正" or first is None:
            return None
        number = _number((day or "").removeprefix("初"))
        if number is None:
            return None
        return (first + dt.timedelta(days=number - 1)).isoformat()

    def _feast(self, year: int, name: str) -> str | None:
        name = name if name == "劳动节" or name == "儿童节" else name.removesuffix("节") or name
        if name in words.FIXED:
            return _iso(year, *words.FIXED[name])
        if name == "春":
            name = "春节"
        if name == "清明":
            return _iso(year, 4, _clear_and_bright(year))
        first = _festivals().get(year)
        lag = {
            "除夕": -1,
            "大年三十": -1,
            "年三十": -1,
            "春节": 0,
            "过年": 0,
            "元宵": 14,
            "正月十五": 14,
        }.get(name)
        if lag is None and "初" in name:
            lag = (_number(name[-1]) or 1) - 1
        if lag is None or first is None:
            return _iso(year)
        return (first + dt.timedelta(days=lag)).isoformat()

    def _feast_near(self, name: str) -> tuple[str | None, DateKind]:
        """A feast without a year: the last one, or the next one when the words look ahead."""
        isos = [self._feast(self.today.year + i, name) for i in (-1, 0, 1)]
        days = [iso for iso in isos if iso and len(iso) == 10]
        if len(days) < 3:
            return None, "lunar"
        today = self.today.isoformat()
        if self.limit:
            return self._nearest(list(days)), "festival"
        if self.ahead:
            return next(d for d in days if d >= today), "festival"
        return max(d for d in days if d <= today), "festival"

    def _month(self, month: str, day: str | None, lunar: str | None) -> tuple[str | None, DateKind]:
        if month in ("腊", "冬") or (lunar and lunar[0] in "初廿" and month != "正"):
            return None, "lunar"
        if month == "正":
            first = _festivals().get(self.today.year)
            past = first is not None and first <= self.today
            return self._lunar(self.today.year - (0 if past else 1), "正", lunar or day), "lunar"
        number = _number(month)
        exact = _number(day or lunar)
        year = self.today.year
        this = _iso(year, number, exact)
        if this is None:
            return None, "absolute"
        if self.limit:
            years = (year - 1, year, year + 1)
            return self._nearest([_iso(y, number, exact) for y in years]), "absolute"
        gone = this <= self.today.isoformat()[: len(this)]
        if self.ahead:
            return (
                _iso(year + 1, number, exact)
                if gone and not this >= self.today.isoformat()[: len(this)]
                else this
            ), "absolute"
        return (this if gone else _iso(year - 1, number, exact)), "absolute"

    def _day_of_month(self, day: int | None) -> str | None:
        if self.limit:
            return self._nearest([_iso(*_add_months(self.today, i), day) for i in (-1, 0, 1)])
        gone = day is not None and day <= self.today.day - self.ahead
        shift = (1 if gone else 0) if self.ahead else (0 if gone else -1)
        return _iso(*_add_months(self.today, shift), day)

    def _ago(self, m: re.Match[str]) -> tuple[str | None, DateKind]:
        raw, unit, t = m["n"], m["u"] or ("年" if m["half"] == "年半" else ""), self.today
        n = _number(raw)
        if raw == "半":
            months = {"年": 6, "月": 0}.get(unit)
            if months == 0:
                return _iso(*_month_of(t - dt.timedelta(days=15))), "relative"
            return (_iso(*_add_months(t, -6)) if months else None), "relative"
        if n is None:
            return None, "vague"
        if unit == "年":
            return (
                _iso(*_add_months(t, -12 * n - 6)) if m["half"] else str(t.year - n)
            ), "relative"
        if unit == "月":
            return _iso(*_add_months(t, -n)), "relative"
        if unit == "天":
            return (t - dt.timedelta(days=n)).isoformat(), "relative"
        # “Two weeks ago” is not said of an exact day.
        return _iso(*_month_of(t - dt.timedelta(days=7 * n))), "relative"


def _month_of(day: dt.date) -> tuple[int, int]:
    return day.year, day.month
