"""TF-IDF rows of a fitted scikit-learn vectoriser, without its checks of every call.

`TfidfVectorizer.transform` spends most of its time on one short text validating parameters and
arrays (about 1.3 ms of 1.6 ms). The analyser, vocabulary and idf are the vectoriser's own; a test
holds the rows equal to scikit-learn's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from triage.errors import BundleError

Row = tuple[NDArray[np.int32], NDArray[np.float32]]


class TextCounter:
    """Rows of `vectoriser`, which must be fitted, sublinear and L2-normalised.

    Raises:
        BundleError: a vectoriser of another make, whose rows this class would get wrong.
    """

    def __init__(self, vectoriser: TfidfVectorizer) -> None:
        if not (vectoriser.sublinear_tf and vectoriser.norm == "l2" and vectoriser.use_idf):
            raise BundleError("模型包的词频部件设置不符（应为 sublinear_tf、norm=l2），请重新训练")
        self._grams = vectoriser.build_analyzer()
        self._columns: dict[str, int] = vectoriser.vocabulary_
        self._idf = np.asarray(vectoriser.idf_, dtype=np.float32)
        self.width = len(self._columns)

    def row(self, text: str) -> Row:
        """(columns, values) of one text, both (k,), columns ascending; k may be 0."""
        found: dict[int, int] = {}
        columns = self._columns
        for gram in self._grams(text):
            column = columns.get(gram)
            if column is not None:
                found[column] = found.get(column, 0) + 1
        where = np.fromiter(sorted(found), dtype=np.int32, count=len(found))
        times = np.fromiter((found[c] for c in where.tolist()), dtype=np.float32, count=len(found))
        values = (np.log(times) + 1) * self._idf[where]
        length = math.sqrt(float(values @ values))
        return where, values / np.float32(length) if length else values

    def rows(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """(n, width) float32 rows of `texts`, in order; n may be 0."""
        return stacked([self.row(t) for t in texts], self.width)


def stacked(parts: Sequence[Row], width: int) -> sparse.csr_matrix:
    """(n, width) matrix of rows given as (columns, values)."""
    starts = np.cumsum([0, *(len(where) for where, _ in parts)])
    return sparse.csr_matrix(
        (
            np.concatenate([v for _, v in parts] or [np.zeros(0, np.float32)]),
            np.concatenate([w for w, _ in parts] or [np.zeros(0, np.int32)]),
            starts,
        ),
        shape=(len(parts), width),
    )
