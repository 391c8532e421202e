"""Links are symmetric hints over what two texts state."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from triage.knowledge import Knowledge
from triage.linking import FEATURES, Filing, Linker, pair_features, score

DAY = dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("我在宏发鞋厂上班，三个月没发工资", "宏发"),
        ("县里那家百味轩饭店欠我们货款", "百味轩"),
        ("强盛健身房关门了，卡退不了", "强盛"),
    ],
)
def test_names_are_cut_to_their_core(text: str, core: str) -> None:
    assert core in Filing("a", text).names


def test_common_words_are_no_name() -> None:
    assert not Filing("a", "我们厂里不发工资，去学校闹也没用").names


def test_features_are_symmetric_and_named() -> None:
    a = Filing("a", "宏发鞋厂欠我八千元工资", DAY)
    b = Filing("b", "洪发鞋厂欠了我一万二", DAY + dt.timedelta(days=7))
    row = pair_features(a, b)
    assert row.shape == (len(FEATURES),)
    assert np.array_equal(row, pair_features(b, a))
    assert row[FEATURES.index("near_name")] == 1
    assert row[FEATURES.index("other_sums")] == 1
    assert row[FEATURES.index("weeks_apart")] == pytest.approx(1)


def test_the_same_telling_scores_above_another_matter(knowledge: Knowledge) -> None:
    policy = knowledge.linking
    assert len(policy.same_filing.features) == len(FEATURES)
    told = Filing("a", "宏发鞋厂欠我八千元工资，老板说下个月给，一直拖", DAY)
    again = Filing("b", "还是宏发鞋厂那八千元工资，老板老说下个月给", DAY)
    other = Filing("c", "楼上装修把我家天花板震裂了，物业不管", DAY)
    same = score(policy.same_filing, pair_features(told, again))
    assert same > score(policy.same_filing, pair_features(told, other))


def test_old_cases_are_not_compared(knowledge: Knowledge) -> None:
    linker = Linker(knowledge.linking)
    old = Filing("a", "宏发鞋厂欠我八千元工资", DAY - dt.timedelta(days=400))
    assert linker.links(Filing("b", "宏发鞋厂欠我八千元工资", DAY), [old]) == []
