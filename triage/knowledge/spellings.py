"""Evasive spellings as data (`data/risk/spellings.yaml`): homophones, pinyin, split characters."""

from __future__ import annotations

import re
from functools import cached_property

from pydantic import ConfigDict, Field, field_validator

from triage.knowledge.loader import Record

#: What people put between the characters of a word they hide.
_BETWEEN = r"[\s\-_.*·+|/]{0,2}"


class Disguise(Record):
    """What one character may be written as; `pinyin` without tone."""

    plain: str = Field(min_length=1, max_length=1)
    pinyin: str = Field(pattern=r"^[a-z]+$")
    disguises: list[str]


class Alias(Record):
    """Another expression for a whole word; `said` is a regular expression."""

    said: str
    means: str = Field(min_length=1)

    @field_validator("said")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"正则写错了：{value!r}（{error}）") from error
        return value


class Spellings(Record):
    """All disguises; empty by default, so that a lexicon works without the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    version: str = ""
    characters: list[Disguise] = []
    words: list[str] = []
    aliases: list[Alias] = []

    @cached_property
    def _meanings(self) -> list[str]:
        return [*self.words, *(a.means for a in self.aliases)]

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        ways = {c.plain: c for c in self.characters}
        parts = []
        for word in self.words:
            units = []
            for char in word:
                known = ways.get(char)
                forms = [
                    char,
                    *(known.disguises if known else []),
                    *([known.pinyin] if known else []),
                ]
                units.append("(?:" + "|".join(re.escape(f) for f in forms) + ")")
            # At least one place differs: the plain word itself is the lexicon's.
            parts.append(f"(?<![a-z])(?!{re.escape(word)}){_BETWEEN.join(units)}(?![a-z])")
        parts += [a.said for a in self.aliases]
        if not parts:
            return None
        return re.compile("|".join(f"({p})" for p in parts), re.IGNORECASE)

    def plain(self, text: str) -> tuple[str, list[int]] | None:
        """The text in plain spelling, and for each of its code points the one it came from.

        Returns:
            None when nothing is disguised. Offsets have one more entry: the end of the text.
        """
        if self._pattern is None:
            return None
        out: list[str] = []
        origin: list[int] = []
        at = 0
        for match in self._pattern.finditer(text):
            assert match.lastindex is not None
            word = self._meanings[match.lastindex - 1]
            out.append(text[at : match.start()])
            origin += range(at, match.start())
            out.append(word)
            # The word spans what was said: its first code point opens it, the next ones lie inside.
            width = match.end() - match.start()
            origin += [match.start() + k * width // len(word) for k in range(len(word))]
            at = match.end()
        if not out:
            return None
        out.append(text[at:])
        origin += range(at, len(text) + 1)
        return "".join(out), origin
