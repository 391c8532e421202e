"""`TextCounter` against scikit-learn's own transform."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from triage.counts import TextCounter
from triage.errors import BundleError

TEXTS = ["老板欠我三个月工钱", "欠钱不还，欠条在手", "楼上漏水泡了我家的地板", "工 钱 工 钱"]


@pytest.mark.parametrize(
    "settings",
    [
        {"analyzer": "char", "ngram_range": (1, 4)},
        {"token_pattern": r"\S+", "ngram_range": (1, 2), "lowercase": False},
    ],
)
def test_rows_equal_scikit_learns(settings: dict[str, object]) -> None:
    vectoriser = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **settings).fit(TEXTS)
    asked = [*TEXTS, "", "工钱工钱，漏水欠钱 不还", "ABC"]
    ours = TextCounter(vectoriser).rows(asked)
    theirs = vectoriser.transform(asked)
    assert ours.shape == theirs.shape
    assert np.abs((ours - theirs).toarray()).max() < 1e-6


def test_no_texts_give_no_rows() -> None:
    vectoriser = TfidfVectorizer(sublinear_tf=True, analyzer="char").fit(TEXTS)
    assert TextCounter(vectoriser).rows([]).shape == (0, len(vectoriser.vocabulary_))


def test_another_make_is_refused() -> None:
    with pytest.raises(BundleError, match="sublinear_tf"):
        TextCounter(TfidfVectorizer(analyzer="char").fit(TEXTS))
