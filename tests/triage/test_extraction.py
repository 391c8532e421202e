"""Amounts, headcounts, dates, procedures, parties, masking: what counts and what only looks so."""

from __future__ import annotations

import datetime as dt
import time

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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # what is left, and a sum less the part paid
        ("工钱九千三，给了四千，剩五千三没影", 5300),
        ("货款两万六，他只给了一万", 16000),
        # what the other side paid or offers is not the claim
        ("我摔断腿，老板垫了三千块药费", None),
        ("他最多愿意出八百", None),
        ("停车费涨到二百六", None),
        # parallel sums add up; a loan or a price is no claim beside a real one
        ("微信上两笔，四万和三万五", 75000),
        ("我媳妇投了两万，我投了一万", 30000),
        ("总价八万，尾款一万二不给", 12000),
        # rates: by heads, by unpaid months, by the year
        ("我们五个人的押金，每人六百不退", 3000),
        ("一个月工资四千，欠了三个月", 12000),
        ("鱼塘租给他一年七千", 7000),
        ("法院判他每月付抚养费八百，从八月起没付", None),
        ("半年租金九千六不退", 9600),
        ("一毛没到账", None),
        ("彩礼给了九万九，三金另算两万", 99000),
        ("让他赔六千", 6000),
    ],
)
def test_which_sum_is_claimed(text: str, value: float | None) -> None:
    assert main_amount(normalise(text).text) == value


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("那只表六千二修坏了", [6200]),
        ("卡上三十万只剩九万", [300000, 90000]),
        ("她掏的七千，我掏的五千", [7000, 5000]),
        ("物业费两块四一平", [2.4]),
        ("四十二块五的运费", [42.5]),
        ("把那部分三千零六十退给我", [3060]),
        ("要我把三十一万二一次还清", [312000]),
    ],
)
def test_sums_as_they_are_said(text: str, yuan: list[float]) -> None:
    assert [a.yuan for a in find_amounts(normalise(text).text)] == yuan


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
    ("text", "count"),
    [
        # 我们 and what may stand between
        ("我们仓库十四个人的加班费", 14), ("我们这批临时工一百零七个人", 107), ("我们被拖欠的一共是十九个", 19),
        ("欠我们几个班的八个搬运工", 8), ("我们一行六人从县城赶来", 6), ("我们三单元九户没通气", 9),
        # families and pairs
        ("我跟我对象俩在他店里干了半年", 2), ("我嫂子跟我两个人合租的铺面", 2), ("我和孩子他妈都在他厂里干", 2),
        ("我们姐弟三个都在他店里做", 3), ("俺老两口种的菜全毁了", 2), ("一家五口食物中毒", 5),
        # I and others
        ("我跟另外四户一起申请的", 5), ("我和我两个同事都没拿到", 3), ("我家跟隔壁、还有楼下两家都漏水", 4),
        ("三个工友和我一起被辞了", 4), ("车间还有六个跟我一样的", 7),
        # a number and its grievance
        ("十五个人每人被收了八百", 15), ("一块儿进厂的七个人，社保都没交", 7), ("五个人要查村里的账", 5),
        ("全院二十六户都签了字", 26), ("六楼四户都交了钱", 4), ("受骗的有三十几个老人", 30),
        ("九个人的运费都压在他手里", 9), ("二三楼的两家、四家人合买的机器", 4),
    ],
)  # fmt: skip
def test_headcount_in_other_words(text: str, count: int) -> None:
    found = find_headcount(normalise(text).text)
    assert found is not None
    assert found.count == count


@pytest.mark.parametrize(
    "text",
    ["我们两家的鸡打架", "我这二十年工龄没人认", "我们腊月十五就停工了", "我们四户共用的井", "同批的八个人都转了，就剩我",
     "村里三十户都分到了钱", "他找了五个人作证", "公司有二百个员工", "楼里八十多户，就他家占道", "我俩离婚三年了",
     "我们一车五个人看见的", "兄弟四个分家产", "等了十个工作日"],
)  # fmt: skip
def test_nobody_else_claims(text: str) -> None:
    assert find_headcount(normalise(text).text) is None


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
    ("text", "isos"),
    [
        ("去年四月到八月在他那干活", ["2025-04", "2025-08"]),
        ("去年十月干到二月", ["2025-10", "2026-02"]),
        ("说好十一月二十号前付清，过期四天了", ["2026-11-20"]),
        ("三十号前不搬就断水", ["2026-11-30"]),
        ("再过两个多月就过年了", ["2027-02-06"]),
        ("原定28号的庭", ["2026-11-28"]),
        ("庭期定在上午，12月18号", ["2026-12-18"]),
        ("九六年盖的房", ["1996"]),
        ("23年底借的", ["2023-12"]),
        ("10.9日交的钱", ["2026-10-09"]),
        ("今天拖明天，明天拖后天", []),
        ("每月10号发工资", []),
    ],
)
def test_ranges_limits_and_what_lies_ahead(text: str, isos: list[str]) -> None:
    assert [d.iso for d in find_dates(text, TODAY)] == isos


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


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        # court: what it did, the paper it sent, what we did there
        ("案子上个月开的庭", ["court"]), ("法院把他的账户冻结了", ["court"]), ("缺席判的，判我赔两万", ["court"]),
        ("已经起诉到区法院，等着排期", ["court"]), ("书记员打电话说材料收到了", ["court"] ), ("官司还在打", ["court"]),
        # a hearing or filing is whose body is named
        ("劳动仲裁走了，五月六号开的庭", ["arbitration"]), ("派出所管这事，案子立了案", ["police_case"]),
        ("仲裁委上周组的庭", ["arbitration"]), ("裁决书下来了公司不认", ["arbitration"]),
        ("人已经批捕了", ["police_case"]), ("案子移送检察院了", ["police_case"]),
        ("我妈报的警", ["police"]), ("当时就打了110", ["police"]), ("阿妈当晚报咗警", ["police"]), ("她报了三次警", ["police"]),
        ("行政复议上周递上去了", ["review"]), ("复议机关受理通知到了，复议已经受理", ["review"]),
        ("打了市长热线，说转给街道", ["petition"]), ("信访局约我谈过话", ["petition"]), ("网上信访提交了", ["petition"]),
        ("劳动监察大队下了整改通知", ["inspection"]), ("去劳动局投诉过", ["inspection"]),
        ("村主任主持调的，没成", ["mediation"]), ("调解协议签了他不认", ["mediation"]), ("司法所叫我们到一块谈了，没谈拢", ["mediation"]),
        ("货款十六万一，我已经起诉了", ["court"]),
    ],
)  # fmt: skip
def test_pending_in_other_words(text: str, kinds: list[str]) -> None:
    assert [p.kind for p in find_pending(normalise(text).text)] == kinds


@pytest.mark.parametrize(
    "text",
    ["再不给我就报警了", "要是他不还，我就起诉了", "法院没受理", "法院驳回了他的申请", "同事去年仲裁赢了", "我起诉了，后来撤了诉",
     "派出所在我家隔壁", "仲裁要走什么流程", "法院的调解员劝我先谈", "应该去申请复议", "律师劝我起诉到法院", "村里说不归他们管"],
)  # fmt: skip
def test_not_pending_either(text: str) -> None:
    assert find_pending(normalise(text).text) == []


@pytest.mark.parametrize(
    "unit",
    ["我们", "一二三四五", "12345", "派出所", "我们三个", "三万", "2024年3月", "，", "一", "法院判", "我和我", "他欠我三千没给，我们六个人去年报了警"],
)  # fmt: skip
def test_long_texts_take_no_longer_than_they_should(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    started = time.perf_counter()
    main_amount(text)
    find_headcount(text)
    find_dates(text, TODAY)
    find_pending(text)
    assert time.perf_counter() - started < 5


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
