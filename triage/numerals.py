"""Values of written and spoken Chinese numerals, exact and approximate.

The spoken short forms are the reason for an own reader: 八万八 is 88000, 三千五 is 3500, 两三万 is “two
or three”, 十几 “ten and some”. cn2an, the oracle in the tests, reads the exact ones the same way but
knows no approximation. Convention: an approximate number has its lower round figure as its value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True))
_DIGITS |= dict(zip("〇两俩壹贰叁肆伍陆柒捌玖幺", (0, 2, 2, *range(1, 10), 1), strict=True))
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_BIGS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "w": 10_000, "W": 10_000}
_UNITS |= {"k": 1000, "K": 1000}
_TENS = {"廿": "二十", "卅": "三十"}

#: Characters a Chinese numeral is made of, for use inside a character class.
DIGIT_CHARS = "一二两俩三四五六七八九壹贰叁肆伍陆柒捌玖"
UNIT_CHARS = "十百千万亿拾佰仟萬"
NUMERAL_CHARS = "零〇" + DIGIT_CHARS + UNIT_CHARS + "廿卅"

_TOKEN = re.compile(r"\d[\d,，]*(?:\.\d+)?|.")


@dataclass(frozen=True)
class Number:
    """`value` is the lower round figure when `approximate`; None when none is stated (几万)."""

    value: float | None
    approximate: bool = False


def read_number(raw: str) -> Number | None:
    """Read one numeral with its approximating words (多 来 余 几 把 好 上 半).

    Args:
        raw: e.g. `12.6万`, `八万八`, `十几万`, `两三千`, `8,000.50`, `3w`, `百把`.
    Returns:
        None when `raw` is no numeral, e.g. a row of digits (二零二三) or empty.
    """
    for short, long in _TENS.items():
        raw = raw.replace(short, long)
    return _Reader().read(raw) if raw else None


def chinese_value(text: str) -> float | None:
    """Exact value of a numeral in Chinese or Arabic figures, incl. short forms; else None."""
    number = read_number(text)
    return None if number is None or number.approximate else number.value


class _Reader:
    """One pass over the tokens; `section` is below 万, `total` the finished 万 and 亿 groups."""

    def __init__(self) -> None:
        self.total = self.section = 0.0
        self.number: float | None = None
        self.last_unit = 1
        self.zero = self.approximate = self.unknown = self.short = False

    def read(self, raw: str) -> Number | None:
        for token in _TOKEN.findall(raw):
            if not self._take(token):
                return None
        if self.number is not None and self.last_unit >= 100 and self.short and not self.zero:
            self.number *= self.last_unit / 10
        value = round(self.total + self.section + (self.number or 0), 2)
        if self.unknown:
            return Number(None, True)
        return Number(value, self.approximate)

    def _take(self, token: str) -> bool:
        if (token[0].isdigit() and token.isascii()) or "，" in token:
            if self.number is not None:
                return False
            self.number = float(token.replace(",", "").replace("，", ""))
            # 12万6 is 12.6万, but 3万2500 says all its figures.
            self.short = len(token) == 1
        elif token in _DIGITS:
            return self._digit(_DIGITS[token])
        elif token in _UNITS:
            self._unit(_UNITS[token])
        elif token in _BIGS:
            self._big(_BIGS[token])
        elif token == "几":
            # With nothing before it there is no lower figure to give: 几万, 几百.
            self.unknown = self.unknown or not (self.section or self.total)
            self.approximate = True
        elif token in "多来余把好上近":
            self.approximate = True
        elif token == "半":
            self.number = (self.number or 0) + 0.5
        else:
            return False
        return True

    def _digit(self, digit: int) -> bool:
        if digit == 0:
            self.zero = True
            if self.number is None and not (self.section or self.total):
                self.number = 0.0
            return self.number in (None, 0.0)
        if self.number:
            # 两三万, 四五十, 三五个; any other pair is a row of digits, not a number.
            pair = (int(self.number), digit)
            if self.approximate or not (digit == pair[0] + 1 or pair == (3, 5)):
                return False
            self.approximate = True
            return True
        if self.number == 0.0:
            return False
        self.number, self.short = float(digit), True
        return True

    def _unit(self, unit: int) -> None:
        self.section += (1 if self.number is None else self.number) * unit
        self.number, self.last_unit, self.zero = None, unit, False

    def _big(self, unit: int) -> None:
        group = self.section + (self.number or 0)
        if not group and self.total and unit > 10_000:
            self.total *= unit
        elif self.total and unit > 10_000:
            self.total = (self.total + group) * unit
        else:
            self.total += (group or 1) * unit
        self.section, self.number, self.last_unit, self.zero = 0, None, unit, False
