"""Small disturbances that must not change a reading: for training and for the robustness suite.

Each takes normalised text and keeps its meaning: dropped punctuation, homophone typos as speech
recognition and pinyin keyboards make them, filler words, other names. `Perturber.disturb` draws one
at random (training); the robustness suite calls them by name on held-out texts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from pypinyin import lazy_pinyin

#: Not the point or comma inside a number: 3.5万 without its point is another sum.
_PUNCTUATION = re.compile(
    r"(?<!\d)[，。！？；：、“”‘’（）…,.!?;:\s]+|[，。！？；：、“”‘’（）…!?;\s]+"
)
_HAN = re.compile(r"[一-鿿]")
_FILLERS = ("那个", "就是说", "嗯", "啊这个", "然后", "反正", "怎么讲呢", "你晓得吧", "这个这个")
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_NAMED = re.compile(rf"(老|小|阿)([{_SURNAMES}])(?![一-鿿]?(?:板|师|总))")
#: A character this rare in the corpus is no likely typing error.
_COMMON = 30
#: One character in this many is mistyped.
_TYPO_EVERY = 25


class Homophones:
    """Characters of the corpus by pinyin without tones."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = Counter(c for t in texts for c in t if _HAN.match(c))
        common = [c for c, n in counts.items() if n >= _COMMON]
        self._sound = dict(zip(common, (lazy_pinyin(c)[0] for c in common), strict=True))
        self._same: dict[str, list[str]] = defaultdict(list)
        for c in sorted(common):
            self._same[self._sound[c]].append(c)

    def other(self, character: str, rng: np.random.Generator) -> str | None:
        """Another character of the same sound, or None when there is none."""
        sound = self._sound.get(character)
        if sound is None:
            return None
        others = [c for c in self._same[sound] if c != character]
        return str(rng.choice(others)) if others else None


class Perturber:
    """Built once from the texts whose characters it may use."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.homophones = Homophones(texts)

    def disturb(
        self, text: str, rng: np.random.Generator, protect: Sequence[tuple[int, int]] = ()
    ) -> str | None:
        """One random disturbance outside the `protect`ed spans; None when nothing changed."""
        kind = int(rng.integers(0, 4))
        if kind == 0:
            changed = self.drop_punctuation(text, protect)
        elif kind == 1:
            changed = self.mistype(text, rng, protect)
        elif kind == 2:
            changed = self.fill(text, rng, protect)
        else:
            changed = self.rename(text, rng, protect)
        return changed if changed != text else None

    def drop_punctuation(self, text: str, protect: Sequence[tuple[int, int]] = ()) -> str:
        """As speech recognition writes it down."""
        return _PUNCTUATION.sub(
            lambda m: m.group() if _inside(m.start(), m.end(), protect) else "", text
        )

    def mistype(
        self, text: str, rng: np.random.Generator, protect: Sequence[tuple[int, int]] = ()
    ) -> str:
        """About one character in 25 replaced by one of the same sound, at least one."""
        letters = list(text)
        places = [
            i for i, c in enumerate(letters) if _HAN.match(c) and not _inside(i, i + 1, protect)
        ]
        if not places:
            return text
        many = max(1, len(places) // _TYPO_EVERY)
        for i in rng.choice(places, size=min(many, len(places)), replace=False):
            letters[i] = self.homophones.other(letters[i], rng) or letters[i]
        return "".join(letters)

    def fill(
        self, text: str, rng: np.random.Generator, protect: Sequence[tuple[int, int]] = ()
    ) -> str:
        """One or two filler words at clause ends."""
        ends = [
            m.end() for m in _PUNCTUATION.finditer(text) if not _inside(m.start(), m.end(), protect)
        ]
        for at in sorted(rng.permutation(ends)[:2].tolist(), reverse=True):
            text = text[:at] + str(rng.choice(_FILLERS)) + text[at:]
        return text if ends else str(rng.choice(_FILLERS)) + text

    def rename(
        self, text: str, rng: np.random.Generator, protect: Sequence[tuple[int, int]] = ()
    ) -> str:
        """老王 → 老赵: the same other surname throughout."""
        chosen: dict[str, str] = {}

        def swap(m: re.Match[str]) -> str:
            if _inside(m.start(), m.end(), protect):
                return m.group()
            if m.group(2) not in chosen:
                free = [s for s in _SURNAMES if s not in text and s not in chosen.values()]
                chosen[m.group(2)] = str(rng.choice(free)) if free else m.group(2)
            return m.group(1) + chosen[m.group(2)]

        return _NAMED.sub(swap, text)


def _inside(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(a < end and start < b for a, b in spans)
