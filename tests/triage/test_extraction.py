"""Amounts, headcounts, dates, procedures, parties, masking: what counts and what only looks so."""

from __future__ import annotations

import datetime as dt

import pytest

from triage.amounts import chinese_value, find_amounts, main_amount
from triage.dates import find_dates, spring_festival_after
from triage.deadlines import find_deadlines
from triage.extract import extract
from triage.gathering import find_gathering
from triage.headcount import find_headcount
from triage.masking import mask
from triage.parties import find_parties
from triage.procedures import find_pending, find_repeat_visits
from triage.text import normalise

TODAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "value"),
    [("八万八", 88000), ("三千五", 3500), ("一万二", 12000), ("壹万贰仟叁佰", 12300), ("一百零五", 105),
     ("两万", 20000), ("十八万八", 188000), ("三万二千五", 32500), ("一万零五百", 10500), ("六", 6),
     ("二十", 20), ("十二", 12), ("一亿二千万", 120000000)],
)  # fmt: skip
def test_spoken_numerals(text: str, value: float) -> None:
    assert chinese_value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("欠我8000元", 8000),
        ("货款8,000.50元没给", 8000.5),
        ("工程款12.6万一直拖", 126000),
        ("借了他12万6", 126000),
        ("一共欠八万八", 88000),
        ("壹万贰仟元整的借条", 12000),
        ("押金两百来块不退", 200),
        ("欠3k不还", 3000),
        ("借了1.5w", 15000),
        ("￥300的罚款", 300),
        ("彩礼十八万八", 188000),
        ("每月3000块干了四个月一共一万二", 12000),
        ("二十多万货款收不回来", 200000),
        ("工资三千五拖着", 3500),
    ],
)
def test_the_sum_claimed(text: str, value: float) -> None:
    assert main_amount(normalise(text).text) == value


@pytest.mark.parametrize(
    "text",
    ["打了110没人来", "三年五载见不到人", "住3号楼502室", "离婚五年了", "劳动法第50条", "两个孩子都小",
     "2023年的事", "楼上十二点还在跳", "走了一千米", "八十岁的老娘", "一起干了三个月"],
)  # fmt: skip
def test_not_money(text: str) -> None:
    assert main_amount(normalise(text).text) is None


def test_a_rate_is_not_the_sum() -> None:
    found = find_amounts("每月3000块工资")
    assert [a.kind for a in found] == ["rate"]


@pytest.mark.parametrize(
    ("text", "count"),
    [("我们六个人的工钱", 6), ("我们仨都没拿到", 3), ("我俩一起去的", 2), ("我们十几号人等着吃饭", 10),
     ("我们二十来个工友", 20), ("一共12名工人", 12), ("我和另外七个同事", 8), ("七个人的工资", 7),
     ("我们村十八户人家", 18), ("我们三十多户业主", 30)],
)  # fmt: skip
def test_headcount(text: str, count: int) -> None:
    found = find_headcount(text)
    assert found is not None
    assert found.count == count


@pytest.mark.parametrize(
    "text",
    [
        "我有三个孩子",
        "拖了两个月",
        "群里五百人都在骂",
        "对方来了五个人",
        "一个人在家",
        "三个月没发",
    ],
)
def test_not_a_headcount(text: str) -> None:
    assert find_headcount(text) is None


def test_gatherings() -> None:
    found = find_gathering("下午四十个人去堵镇政府门")
    assert found is not None
    assert found.count == 40
    tables = find_gathering("三桌人都坐在售楼部门口")
    assert tables is not None
    assert tables.count >= 30
    assert find_gathering("群里五百人都说要去堵门") is None
    ended = find_gathering("上回三十个工人去厂里围着，后来钱已结清都散了")
    assert ended is None or ended.historical


@pytest.mark.parametrize(
    ("text", "iso"),
    [("2024年3月5日签的", "2024-03-05"), ("2024.3.5发的货", "2024-03-05"), ("24年3月开始", "2024-03"),
     ("去年国庆结的婚", "2025-10-01"), ("上个月十五号走的", "2026-10-15"), ("昨天打的", "2026-11-23"),
     ("三年前借的", "2023"), ("半年前的事", "2026-05"), ("前年8月", "2024-08"), ("上礼拜三", "2026-11-18"),
     ("10月8号出的事", "2026-10-08"), ("二〇一九年", "2019"), ("去年春节", "2025-01-29")],
)  # fmt: skip
def test_dates(text: str, iso: str) -> None:
    assert [d.iso for d in find_dates(text, TODAY)] == [iso]


@pytest.mark.parametrize(
    ("text", "days"),
    [("还有五天就过仲裁时效了", 5), ("上诉期只剩三天", 3), ("收到判决书已经第12天了", 3),
     ("明天最后一天能交材料", 1), ("下个月20号截止", 26)],
)  # fmt: skip
def test_deadlines(text: str, days: int) -> None:
    assert [d.days_left for d in find_deadlines(text, TODAY)] == [days]


def test_no_deadline_in_plain_dates() -> None:
    assert find_deadlines("下个月20号我儿子结婚，还有五天房租", TODAY) == []


def test_spring_festival_table() -> None:
    assert spring_festival_after(TODAY) == dt.date(2027, 2, 6)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("法院已经立案了", "court"), ("收到传票说下月开庭", "court"), ("仲裁委受理了还没开庭", "arbitration"),
     ("派出所已经立案", "police_case"), ("我报了警民警来过", "police"), ("已经申请了行政复议", "review"),
     ("一审判了我不服", "court")],
)  # fmt: skip
def test_pending(text: str, kind: str) -> None:
    assert kind in [p.kind for p in find_pending(text)]


@pytest.mark.parametrize(
    "text",
    [
        "准备起诉他",
        "能不能去仲裁",
        "还没报警",
        "不想上法院",
        "要不要报警啊",
        "他威胁说要起诉我",
        "可以申请仲裁吗",
    ],
)
def test_not_pending(text: str) -> None:
    assert find_pending(text) == []


def test_repeat_visits() -> None:
    assert find_repeat_visits("信访局跑了十一趟") == 11
    assert find_repeat_visits("这是第四次来了") == 4 or find_repeat_visits("第四次来") == 4
    assert find_repeat_visits("头一回来") is None


def test_parties_longest_word_wins() -> None:
    roles = {p.text: p.role for p in find_parties("镇政府和前男友都在，孩子5岁，老板跑了")}
    assert roles["镇政府"] == "opponent_government"
    assert roles["前男友"] == "partner"


@pytest.mark.parametrize(
    ("text", "gone"),
    [("电话13812345678找我", "13812345678"), ("身份证330102198001011234", "3301021980"),
     ("卡号6222021234567890123", "6222021234"), ("车牌浙A12345撞的", "A12345"),
     ("住人民路23号幸福小区5幢2单元301室", "23号"), ("被申请人欧阳建国称没欠", "建国"),
     ("邮箱abc@example.com", "abc@"), ("原告张小三说没收到", "张小三")],
)  # fmt: skip
def test_masking(text: str, gone: str) -> None:
    once = mask(text)
    assert gone not in once
    assert mask(once) == once


@pytest.mark.parametrize(
    "text", ["申请人称老张欠钱不还", "被申请人不认账", "我们六个人的工钱", "老板失联"]
)
def test_masking_leaves_the_rest(text: str) -> None:
    assert mask(text) == text


def test_extract_maps_to_the_original() -> None:
    raw = "去年國慶開始，我們６個人一共欠８８０００元"
    found = extract(normalise(raw), TODAY)
    assert found.headcount == 6
    assert found.amount_yuan == 88000
    assert raw[found.dates[0].start : found.dates[0].end] == found.dates[0].text == "去年國慶"
