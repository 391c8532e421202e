"""What the linear heads look at: the encoder's vector and word and character counts.

One `Features` feeds every head, so a narrative is encoded and counted once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from triage.counts import Row, TextCounter, stacked
from triage.encoder import EncodedText, Encoder
from triage.reader import Reader, Reading
from triage.segment import words


@dataclass(frozen=True)
class Features:
    """`dense`: what linear heads read of the encoder: the reader's pooled topic vector, or the
    whole-text vector when the bundle has no reader; None without the encoder. `encoded` keeps the
    tokens for spans, `reading` the learned reader's view. `counts`: (1, n_chars + n_words) TF-IDF.
    """

    text: str
    dense: NDArray[np.float32] | None
    encoded: EncodedText | None
    counts: sparse.csr_matrix
    reading: Reading | None = None

    @property
    def whole(self) -> NDArray[np.float32] | None:
        """(dim,) unit vector of the whole text, for similar cases."""
        return self.encoded.whole if self.encoded is not None else None


def spaced_words(text: str) -> str:
    """Words joined by blanks. Segmenting outside the vectoriser keeps its skops file free of
    custom functions, so it loads with an empty list of trusted types.
    """
    return " ".join(w for w, _, _ in words(text))


class FeatureMaker:
    """Encoder plus two fitted vectorisers (characters, words).

    Args:
        chars: fitted on normalised text, `analyzer="char"`.
        word_counts: fitted on `spaced_words`, `token_pattern=r"\\S+"`.
        encoder: None answers with counts alone (degraded mode).
        reader: attention heads over the encoder's tokens, when the bundle has them.
    """

    def __init__(
        self,
        chars: TfidfVectorizer,
        word_counts: TfidfVectorizer,
        encoder: Encoder | None,
        reader: Reader | None = None,
    ) -> None:
        self.chars = chars
        self.word_counts = word_counts
        self._counters = TextCounter(chars), TextCounter(word_counts)
        self.encoder = encoder
        self.reader = reader

    def counts(self, texts: list[str]) -> sparse.csr_matrix:
        """(n, n_chars + n_words) TF-IDF rows of normalised texts; n may be 0."""
        return stacked([self._row(t) for t in texts], sum(c.width for c in self._counters))

    def _row(self, text: str) -> Row:
        by_chars, by_words = self._counters
        chars, words_ = by_chars.row(text), by_words.row(spaced_words(text))
        return (
            np.concatenate([chars[0], words_[0] + np.int32(by_chars.width)]),
            np.concatenate([chars[1], words_[1]]),
        )

    def make(self, texts: list[str]) -> list[Features]:
        """Features of normalised texts, in order; one encoder pass for all of them."""
        counts = self.counts(texts)
        encoded = self.encoder.encode(texts) if self.encoder is not None else [None] * len(texts)
        return [
            self._features(text, e, counts[i])
            for i, (text, e) in enumerate(zip(texts, encoded, strict=True))
        ]

    def _features(
        self, text: str, encoded: EncodedText | None, counts: sparse.csr_matrix
    ) -> Features:
        if encoded is None:
            return Features(text, None, None, counts)
        if self.reader is None:
            return Features(text, encoded.whole, encoded, counts)
        reading = self.reader.read(encoded)
        return Features(text, reading.pooled("topic"), encoded, counts, reading)

    def names(self) -> list[str]:
        """Feature name of each column of `counts`; word features are prefixed with a tab."""
        return [
            *self.chars.get_feature_names_out(),
            *("\t" + w for w in self.word_counts.get_feature_names_out()),
        ]
