"""The words that decided: exact contributions of the heads, projected on the text.

With the attention as it is, the heads are linear in the token states, so a logit splits exactly
into one share per token; the counted part splits into one share per n-gram, spread over the
characters it covers. Shares are summed over words and short runs of words. No second pass of the
encoder is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.features import Features
from triage.model import TopicHead
from triage.segment import words

#: N-grams whose shares are spread over the text, the weightiest; the hundreds below them move no span.
_COUNTED = 80
_MARKS = frozenset("，。！？；：、“”‘’…（）《》\n")
#: Words that carry no subject matter by themselves; they join a span but never make one.
_PARTICLES = frozenset(
    "的了着过吗呢吧啊呀嘛么就都也又还把被给和跟在是我你他她它们这那个，。！？；：、“”…（） "
)


@dataclass(frozen=True)
class Share:
    """Contribution of text[start:end] (normalised offsets) to the logit of one class."""

    start: int
    end: int
    weight: float


class Explainer:
    """`names`: column names of the counts (`FeatureMaker.names`)."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def characters(self, features: Features, topic: TopicHead, index: int) -> NDArray[np.float64]:
        """(len(text),) contribution of each character to logit `index`, against the average of
        the other classes: what speaks for every class alike explains nothing.
        """
        text = features.text
        out = np.zeros(len(text))
        per_token = topic.token_shares(features, index)
        if per_token is not None and features.encoded is not None and len(per_token):
            for (start, end), value in zip(features.encoded.offsets, per_token, strict=True):
                width = max(int(end) - int(start), 1)
                out[int(start) : int(end)] += float(value) / width
        for column, share in topic.count_shares(features, index, _COUNTED):
            self._spread(out, text, self._names[column], share)
        return out

    @staticmethod
    def _spread(out: NDArray[np.float64], text: str, name: str, share: float) -> None:
        gram = name.removeprefix("\t")
        if not gram.strip():
            return
        places = []
        at = text.find(gram)
        while at >= 0:
            places.append(at)
            at = text.find(gram, at + 1)
        for place in places:
            out[place : place + len(gram)] += share / len(places) / len(gram)

    def spans(
        self, features: Features, topic: TopicHead, index: int, limit: int = 5
    ) -> list[Share]:
        """The `limit` spans that speak most for class `index`, strongest first.

        A span is a run of neighbouring words that each speak for the class with at least a
        quarter of the strongest word's share a character; it stops at punctuation and at 12
        characters, so that a clerk sees words, not half the text.
        """
        per_char = self.characters(features, topic, index)
        shares = [
            Share(start, end, float(per_char[start:end].sum()))
            for _, start, end in words(features.text)
        ]
        strongest = max((s.weight / (s.end - s.start) for s in shares), default=0.0)
        runs: list[Share] = []
        current: Share | None = None
        for share in shares:
            said = features.text[share.start : share.end]
            strong = share.weight / (share.end - share.start) >= 0.25 * strongest > 0
            if not strong or not said.strip() or said in _MARKS:
                if current is not None:
                    runs.append(current)
                current = None
            elif current is not None and share.end - current.start <= 12:
                current = Share(current.start, share.end, current.weight + share.weight)
            else:
                if current is not None:
                    runs.append(current)
                current = share if said not in _PARTICLES else None
        if current is not None:
            runs.append(current)
        runs = [r for r in runs if r.weight > 0.01]
        return sorted(runs, key=lambda r: -r.weight)[:limit]
