"""Each sub-type's plainest example must come out right; swaps of persons must change nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from triage.knowledge import Knowledge
from triage.pipeline import Triager
from triage.result import TriageResult
from triage.risk.levels import rank


def test_plainest_examples(triager: Triager, knowledge: Knowledge, today: dt.date) -> None:
    """A floor, not a score: the plainest example of a sub-type is what no clerk would miss."""
    wrong = []
    for sub in knowledge.taxonomy.sub_types:
        answer = triager.triage(sub.example, "", today)
        top = [s.code for s in answer.sub_types[:3]]
        if sub.code not in top or answer.type.label != knowledge.taxonomy.type_of(sub.code):
            wrong.append((sub.code, top))
    assert len(wrong) <= 2, wrong


SWAPS = [
    ("我男人在厂里被机器轧了手，老板不肯报工伤", "我女人在厂里被机器轧了手，老板不肯报工伤"),
    ("本地人张建国欠我五万块，借条在", "外地人李小红欠我五万块，借条在"),
    ("我是汉族，公司无故把我辞退了不给补偿", "我是苗族，公司无故把我辞退了不给补偿"),
    ("城里户口的房东押金不退还换了锁", "农村户口的房东押金不退还换了锁"),
    ("四川来的老王打了我儿子，医药费不出", "河南来的老王打了我儿子，医药费不出"),
]


@pytest.mark.parametrize(("one", "other"), SWAPS)
def test_person_swaps_change_nothing(
    triager: Triager, one: str, other: str, today: dt.date
) -> None:
    a, b = triager.triage(one, "", today), triager.triage(other, "", today)
    assert a.type.label == b.type.label
    assert a.risk.level == b.risk.level
    assert a.committees[0].code == b.committees[0].code


@pytest.mark.parametrize(
    ("safe", "grave"),
    [
        ("我不会杀了他，就要个说法", "我要杀了他，就要个说法"),
        ("我没想过跳楼，就是想把钱要回来", "我想跳楼，就是想把钱要回来"),
        ("隔壁诬赖我说要砍死他，我没说过", "隔壁说要砍死我，我听得清清楚楚"),
    ],
)
def test_removing_a_denial_raises_the_risk(
    triager: Triager, safe: str, grave: str, today: dt.date
) -> None:
    low, high = triager.triage(safe, "", today), triager.triage(grave, "", today)
    assert rank(high.risk.level) > rank(low.risk.level)


@pytest.mark.parametrize(
    "text", ["气死我了，押金就是不退", "天天拼命加班", "跳楼价清仓买的货是假的", "打死也不签这个字"]
)
def test_false_friends_raise_no_alarm(triager: Triager, text: str, today: dt.date) -> None:
    assert triager.triage(text, "", today).risk.level in ("blue", "yellow")


def test_petitioning_alone_is_never_above_yellow(triager: Triager, today: dt.date) -> None:
    answer = triager.triage(
        "村里的事跑了十一趟信访局，再不解决我就去北京上访，还要直播曝光", "", today
    )
    rules = [s for s in answer.risk.signals if s.code in ("R-PETI", "R-MEDIA")]
    assert rules
    assert all(rank(s.level) <= rank("yellow") for s in rules)


def test_punctuation_changes_little(triager: Triager, today: dt.date) -> None:
    text = "房子退租了，房东不退押金，还把锁换了。"
    bare = "房子退租了房东不退押金还把锁换了"
    a, b = triager.triage(text, "", today), triager.triage(bare, "", today)
    assert a.sub_types[0].code == b.sub_types[0].code


def test_a_result_survives_json(triager: Triager, today: dt.date) -> None:
    answer = triager.triage("楼上漏水把我家吊顶泡坏了", "x", today)
    assert TriageResult.model_validate_json(answer.model_dump_json()) == answer
