"""Normalised text with a map back to what the clerk sees, and its sentences and clauses.

NFKC for digits, letters and compatibility characters, 繁→简 by OpenCC, one canonical Chinese
punctuation, repeats collapsed, control characters dropped. Every character of the result knows the
span of the original it came from, so evidence points into the text as it was given.

Canonical punctuation of a text that holds Chinese: ，！？；：（）～ for their ASCII twins, except in
numbers (8,000), times and ratios (18:30, which also absorb a full-width colon), web and mail
addresses and between Latin letters; “。。。” and “...” become “…”; ¥ becomes ￥.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

import opencc


@dataclass(frozen=True)
class NormalisedText:
    """`starts[i]`, `ends[i]`: code-point span of `original` behind `text[i]`."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """Span of the original behind text[start:end]; an empty span stays empty."""
        if start >= end or start >= len(self.text):
            at = self.starts[start] if 0 <= start < len(self.text) else len(self.original)
            return at, at
        return self.starts[max(start, 0)], self.ends[min(end, len(self.text)) - 1]


@dataclass(frozen=True)
class Piece:
    """text[start:end] of a normalised text, offsets in code points."""

    start: int
    end: int
    text: str


_TO_CHINESE = {
    ",": "，",
    "?": "？",
    "!": "！",
    ";": "；",
    ":": "：",
    "(": "（",
    ")": "）",
    "~": "～",
}
#: Chinese punctuation that NFKC would turn into ASCII; kept as it is.
_KEEP = frozenset("，。！？；：（）～…“”‘’、《》【】「」『』—·￥")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_HAN_RUN = re.compile(_HAN.pattern + "+")
#: Marks whose repetition only adds emphasis. Not * and ., which stand in numbers and masks.
_REPEATABLE = frozenset("，。；：～…、!?;,~=_#^-")
#: Places where ASCII punctuation is part of a number, time, ratio or address.
_PROTECTED = re.compile(
    r"https?://[!-~]+|www\.[!-~]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])|\d+:\d+(?::\d+)?|\d~\d",
    re.ASCII,
)


def _is_han(c: str) -> bool:
    return bool(c) and _HAN.match(c) is not None


class _Plan(dict[str, str | None]):
    """What becomes of one character: its replacement, "" to drop it, None to join it to the last.

    Filled on demand; a few thousand different characters occur in practice.
    """

    def __missing__(self, c: str) -> str | None:
        self[c] = value = self._decide(c)
        return value

    @staticmethod
    def _decide(c: str) -> str | None:
        category = unicodedata.category(c)
        if c in _KEEP:
            return c
        if c in "\n\r\v\f\x85\u2028\u2029":
            return "\n"
        if c == "\t" or category == "Zs":
            return " "
        # Zero-width, control, private, lone surrogates; selectors and skin tones carry no words.
        if category in ("Cc", "Cf", "Cs", "Co") or 0x1F3FB <= ord(c) <= 0x1F3FF:
            return ""
        if unicodedata.name(c, "").startswith("VARIATION SELECTOR") or c == "\u20e3":
            return ""
        if category.startswith("M"):
            return None
        special = {"¥": "￥", "○": "〇", "◯": "〇"}.get(c)
        if special is not None:
            return special
        return "".join(" " if x.isspace() else x for x in unicodedata.normalize("NFKC", c))


_PLAN = _Plan()


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _traditional() -> dict[str, str]:
    """Characters OpenCC t2s changes when they stand alone, asked of OpenCC itself (40 ms, once)."""
    ranges = ((0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))
    chars = [chr(i) for r in ranges for i in range(*r)]
    # A line break between the characters keeps OpenCC from reading two of them as a phrase.
    simple = str(_converter().convert("\n".join(chars))).split("\n")
    return {a: b for a, b in zip(chars, simple, strict=True) if a != b and len(b) == 1}


def _to_simplified(chars: list[str]) -> list[str]:
    """繁→简, one character for one. A phrase conversion that changes length is not used."""
    table = _traditional()
    if table.keys().isdisjoint(chars):
        return chars

    def run(match: re.Match[str]) -> str:
        said = match.group()
        if table.keys().isdisjoint(said):
            return said
        whole = str(_converter().convert(said))
        return whole if len(whole) == len(said) else "".join(table.get(c, c) for c in said)

    return list(_HAN_RUN.sub(run, "".join(chars)))


def normalise(text: str) -> NormalisedText:
    """Normalise `text`; about 0.2 ms for 200 characters. Any string is accepted."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for i, c in enumerate(text):
        planned = _PLAN[c]
        if planned is None:
            joined = unicodedata.normalize("NFKC", chars[-1] + c) if chars else c
            if len(joined) == 1 and chars:
                chars[-1], ends[-1] = joined, i + 1
                continue
            planned = c
        for piece in planned:
            chars.append(piece)
            starts.append(i)
            ends.append(i + 1)
    chars = _to_simplified(chars)
    if any(_is_han(c) for c in chars):
        _chinese_punctuation(chars)
    return _collapsed(text, chars, starts, ends)


def _chinese_punctuation(chars: list[str]) -> None:
    """Replace in place, one mark for one."""
    joined = "".join(chars)
    kept = {i for m in _PROTECTED.finditer(joined) for i in range(m.start(), m.end())}
    for i, c in enumerate(chars):
        if c not in _TO_CHINESE and c not in ".：":
            continue
        before, after = _beside(chars, i, -1), _beside(chars, i, 1)
        latin = before.isascii() and before.isalpha() and after.isascii() and after.isalpha()
        if i in kept or latin:
            continue
        if c == "：":
            if joined[i - 1 : i].isdigit() and joined[i + 1 : i + 2].isdigit():
                chars[i] = ":"
        elif c == ".":
            if _is_full_stop(joined, i):
                chars[i] = "。"
        else:
            chars[i] = _TO_CHINESE[c]


def _beside(chars: list[str], i: int, step: int) -> str:
    i += step
    while 0 <= i < len(chars) and chars[i] == " ":
        i += step
    return chars[i] if 0 <= i < len(chars) else ""


_LIST_NUMBER = re.compile(r"(?:^|[\s，。！？；：（、])\d{1,2}$")


def _is_full_stop(text: str, i: int) -> bool:
    """An ASCII dot that ends a Chinese sentence: not a decimal point, list number or dots."""
    before, after = text[i - 1 : i], text[i + 1 : i + 2]
    if before == "." or after == "." or (after.isascii() and after.isalnum()):
        return False
    if _is_han(before) or before in "）”》】":
        return bool(before)
    return before.isdigit() and not _LIST_NUMBER.search(text[:i])


def _collapsed(
    original: str, chars: list[str], starts: list[int], ends: list[int]
) -> NormalisedText:
    """Drop blanks beside Chinese characters and repeats of marks and emoji."""
    out: list[str] = []
    s: list[int] = []
    e: list[int] = []

    def put(c: str, first: int, last: int) -> None:
        out.append(c)
        s.append(starts[first])
        e.append(ends[last])

    i, n = 0, len(chars)
    while i < n:
        c, j = chars[i], i + 1
        if c in " \n":
            while j < n and chars[j] in " \n":
                j += 1
            blank = "\n" if "\n" in chars[i:j] else " "
            if not out or j == n:
                pass
            elif blank == "\n" or (out[-1].isascii() and chars[j].isascii()):
                put(blank, i, j - 1)
            elif _pause(chars, i, j):
                # A blank between two Chinese clauses is how many people write a comma.
                put("，", i, j - 1)
        elif c in "！？":
            while j < n and chars[j] in "！？":
                j += 1
            kinds = list(dict.fromkeys(chars[i:j]))
            if len(kinds) == 1:
                put(c, i, j - 1)
            else:
                put(kinds[0], i, i)
                put(kinds[1], chars.index(kinds[1], i), j - 1)
        else:
            while j < n and chars[j] == c:
                j += 1
            if c in ".。" and j - i >= 3:
                put("…", i, j - 1)
            elif c in _REPEATABLE or unicodedata.category(c) == "So":
                put(c, i, j - 1)
            else:
                for k in range(i, j):
                    put(c, k, k)
        i = j
    return NormalisedText(original, "".join(out), tuple(s), tuple(e))


def _pause(chars: list[str], i: int, j: int) -> bool:
    """Whether the blank at [i, j) separates clauses: four Chinese characters on either side."""
    left, right = chars[max(0, i - 4) : i], chars[j : j + 4]
    return len(left) == len(right) == 4 and all(map(_is_han, left + right))


_CLOSE = r"[”’」』）)]*"
_SENTENCE_END = re.compile(rf"(?:[。！？；\n…]|[!?;](?=\s|$|[^\x00-\x7f]))+{_CLOSE}")
_CLAUSE_END = re.compile(rf"(?:[。！？；\n…，：、]|[!?;,](?=\s|$|[^\x00-\x7f]))+{_CLOSE}")
#: Where unpunctuated speech may be cut once a piece has grown long.
_CONNECTIVE = re.compile(
    r"(?=然后|后来|就是|但是|可是|现在|结果|所以|因为|我就|他就|她就|那个|反正|不过|而且|昨天|今天|再后来|"
    r"如果|要是|这个月|上个月|我说|他说|她说|你说)"
)
_LONG_SENTENCE, _LONG_CLAUSE = 60, 40
#: An enumeration comma parts clauses only between parts of this many characters.
_CLAUSE_SIZE = 6


def sentences(text: str) -> list[Piece]:
    """Sentences of a normalised text; speech without punctuation is cut at connectives."""
    return [q for p in _split(text, _SENTENCE_END) for q in _cut_long(p, _LONG_SENTENCE)]


def clauses(text: str) -> list[Piece]:
    """Clauses of a normalised text, in order; the scope of a negation ends with its clause.

    “、” between short parts lists things under one verb (没有打人、骂人) and does not end a clause.
    """
    return [q for p in _split(text, _CLAUSE_END) for q in _cut_long(p, _LONG_CLAUSE)]


def _split(text: str, ends: re.Pattern[str]) -> list[Piece]:
    marks = list(ends.finditer(text))
    stops = [m.start() for m in marks] + [len(text)]
    out = []
    at = 0
    for match in marks:
        following = stops[bisect_right(stops, match.start())] - match.end()
        if match.group() == "、" and min(match.start() - at, following) < _CLAUSE_SIZE:
            continue
        if match.group() == "，" and _inside_number(text, match):
            continue
        out.append(Piece(at, match.end(), text[at : match.end()]))
        at = match.end()
    if at < len(text):
        out.append(Piece(at, len(text), text[at:]))
    return [p for p in out if p.text.strip()]


def _inside_number(text: str, match: re.Match[str]) -> bool:
    """A full-width comma typed as thousands separator: 8，000."""
    return text[match.start() - 1 : match.start()].isdigit() and bool(
        re.match(r"000(?!\d)", text[match.end() : match.end() + 4])
    )


def _cut_long(piece: Piece, limit: int) -> list[Piece]:
    if len(piece.text) <= limit:
        return [piece]
    out = []
    at = 0
    for match in _CONNECTIVE.finditer(piece.text):
        if match.start() - at >= 10:
            start = piece.start + at
            out.append(Piece(start, piece.start + match.start(), piece.text[at : match.start()]))
            at = match.start()
    out.append(Piece(piece.start + at, piece.end, piece.text[at:]))
    return out
