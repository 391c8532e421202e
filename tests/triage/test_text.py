"""Normalisation keeps a true map back; clauses and sentences cover the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.text import clauses, normalise, sentences


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("老闆失聯！！！", "老板失联！"),
        ("ＡＢＣ１２３", "ABC123"),
        ("他說:再不給錢,我就去", "他说：再不给钱，我就去"),
        ("欠12,000.50元", "欠12,000.50元"),
        ("我 们 要 钱", "我们要钱"),
        ("拖欠三个月工资  一分没给", "拖欠三个月工资，一分没给"),
        ("见 http://a.cn/x?y=1", "见http://a.cn/x?y=1"),
        ("气死我了。。。。。。", "气死我了…"),
        ("工\u200b资", "工资"),
        ("鄰里糾紛、宅基地", "邻里纠纷、宅基地"),
    ],
)
def test_normalise(raw: str, clean: str) -> None:
    assert normalise(raw).text == clean


@given(st.text(max_size=300))
def test_the_map_is_monotone_and_in_range(raw: str) -> None:
    done = normalise(raw)
    assert len(done.starts) == len(done.ends) == len(done.text)
    previous = 0
    for start, end in zip(done.starts, done.ends, strict=True):
        assert previous <= start < end <= len(raw) or previous <= start <= end <= len(raw)
        previous = start
    assert done.to_original(0, len(done.text))[1] <= len(raw)


@given(st.text(alphabet="我们厂里没发工资老板跑了，。", max_size=120))
def test_every_han_character_maps_to_its_origin(raw: str) -> None:
    done = normalise(raw)
    for i, c in enumerate(done.text):
        if "一" <= c <= "龥":
            start, _ = done.to_original(i, i + 1)
            assert raw[start] == c


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing_that_matters(raw: str) -> None:
    once = normalise(raw).text
    assert len(normalise(once).text) <= len(once)


@given(st.text(alphabet="他打我，我跑了。然后报警但是没用！？\n", max_size=200))
def test_pieces_are_in_order_and_true(text: str) -> None:
    for split in (clauses, sentences):
        at = 0
        for piece in split(text):
            assert piece.start >= at
            assert text[piece.start : piece.end] == piece.text
            at = piece.end


def test_unpunctuated_speech_is_cut_at_connectives() -> None:
    text = "我在厂里干了大半年了老板工资一直没发给我现在电话也打不通了然后我去厂里找他他就把门锁了"
    assert len(clauses(text)) > 1
