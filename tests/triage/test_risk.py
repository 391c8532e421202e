"""Forms by clause, levels by policy, numbers computed – rules only, no encoder."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from triage.errors import KnowledgeError
from triage.knowledge import Knowledge
from triage.risk.assess import ModelOpinion, ModelSpan, RiskReader
from triage.risk.scope import ScopeReader
from triage.risk.signals import Facts
from triage.settings import data_dir
from triage.text import normalise

TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def reader(knowledge: Knowledge) -> RiskReader:
    return RiskReader(knowledge.lexicon, knowledge.policy)


def level(reader: RiskReader, text: str, **facts: object) -> str:
    return reader.assess(normalise(text).text, Facts(TODAY, **facts)).level  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("我要砍死他", "direct"),
        ("我不会砍死他", "negated"),
        ("我没想过砍死他", "negated"),
        ("我不敢保证不砍死他", "direct"),
        ("他发微信说“砍死你”", "quoted"),
        ("隔壁诬赖我说要砍死他", "quoted_accusation"),
        ("再不给钱我就砍死他", "hypothetical"),
        ("前年他说要砍死我", "historical"),
        ("网上说要砍死他，我不信", "quoted_accusation"),
    ],
)
def test_form(text: str, form: str) -> None:
    clean = normalise(text).text
    start = clean.index("砍死")
    assert ScopeReader(clean).form(start, start + 3).form == form


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天不给钱我就拎刀上他家", "red"),
        ("汽油买好了，你们看着办", "red"),
        ("遗书写好了，明天从厂楼顶跳", "red"),
        ("昨晚他掐我脖子，孩子在边上", "red"),
        ("下午四十个人去堵镇政府门", "red"),
        ("我活够了，娃托给我妹了", "red"),
        ("他发微信“大不了同归于尽”", "red"),
        ("作文里写“不想活了”，我女儿十三", "red"),
        ("不是不想死，是放心不下老娘", "orange"),
        ("我不敢保证不动手", "orange"),
        ("再不解决我真不知道会干出啥", "orange"),
        ("老板跑路，机器连夜拉走", "orange"),
        ("前年他拿菜刀追过我，现在分居", "orange"),
        ("婆婆骂我去死好了", "yellow"),
        ("逼急兔子还咬人", "yellow"),
        ("信访局跑了十一趟", "yellow"),
        ("票买了，后天进京", "yellow"),
        ("我不会做傻事，就要个说法", "blue"),
        ("从没想过报复谁", "blue"),
        ("隔壁诬赖我说要杀人", "blue"),
        ("十年前打过架早和好", "blue"),
        ("老板讲“告到北京也没用”", "blue"),
        ("自杀式降价", "blue"),
        ("杀价太狠", "blue"),
        ("农药店货款", "blue"),
        ("打死也不签", "blue"),
    ],
)
def test_level(reader: RiskReader, text: str, expected: str) -> None:
    assert level(reader, text) == expected


def test_ten_unpaid_workers_are_orange(reader: RiskReader) -> None:
    text = "厂里拖欠我们工资三个月"
    assert level(reader, text, headcount=3, labour=True) == "blue"
    assert level(reader, text, headcount=12, labour=True) == "orange"


def test_arrears_before_spring_festival(reader: RiskReader) -> None:
    text = normalise("厂里拖欠工资三个月").text
    near = Facts(dt.date(2027, 1, 10), headcount=2, labour=True)
    assert reader.assess(text, near).level == "yellow"


def test_deadlines_are_counted(reader: RiskReader) -> None:
    assert level(reader, "还有五天就过仲裁时效了") == "orange"
    assert level(reader, "还有二十天就过仲裁时效了") == "yellow"


def test_the_model_raises_but_never_lowers_a_floor(reader: RiskReader) -> None:
    text = normalise("隔壁的墙占了我半尺").text
    facts = Facts(TODAY)
    high = ModelOpinion(
        {"yellow": 0.99, "orange": 0.99, "red": 0.99},
        (ModelSpan(0, 5, "R-KILL", "implicit", 0.9, 2.0),),
    )
    raised = reader.assess(text, facts, high)
    assert raised.level == "red"
    assert raised.signals[0].source == "model"
    low = ModelOpinion({"yellow": 0.0, "orange": 0.0, "red": 0.0})
    assert reader.assess(normalise("他发微信说要弄死我全家").text, facts, low).level == "red"


def test_an_entry_that_is_no_floor_needs_some_word_of_the_reader(knowledge: Knowledge) -> None:
    """Said outright it keeps its level unless the reader is all but sure nothing is meant."""
    policy = knowledge.policy
    doubting = policy.model_copy(update={"model": policy.model.model_copy(update={"silence": 0.1})})
    reader = RiskReader(knowledge.lexicon, doubting)
    soft = normalise("遗书写好了，就放在厂里宿舍的枕头底下，给我妈看").text
    assert not next(e for e in knowledge.lexicon.entries if e.id == "SELF-01").floor

    def under(orange: float) -> str:
        opinion = ModelOpinion({"yellow": orange, "orange": orange, "red": 0.0})
        return reader.assess(soft, Facts(TODAY), opinion).level

    assert under(0.11) == "red"
    assert under(0.09) == "yellow"
    assert reader.assess(soft, Facts(TODAY)).level == "red"


def test_every_level_says_why(reader: RiskReader) -> None:
    told = reader.assess(normalise("汽油买好了，你们看着办").text, Facts(TODAY))
    assert any("WEAP-01" in line and "红色" in line for line in told.why)


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("再不还钱我就紫鲨给你看", "紫鲨", "orange"),
        ("撑到月底我就zi sha", "zi sha", "orange"),
        ("明天我就足兆楼", "足兆楼", "orange"),
        ("我不想huo了", "不想huo", "orange"),
        ("老子石欠死他", "石欠死他", "red"),
        ("yi书我都写好了", "yi书", "red"),
        ("今晚就zs", "zs", "orange"),
    ],
)
def test_evasive_spelling_is_read(reader: RiskReader, text: str, said: str, expected: str) -> None:
    told = reader.assess(normalise(text).text, Facts(TODAY))
    assert told.level == expected
    hit = next(s for s in told.signals if "写作变形" in s.because)
    assert said in text[hit.start : hit.end] or text[hit.start : hit.end] in said


@pytest.mark.parametrize(
    "text",
    [
        "孩子啥都不要，文字啥的也没写",
        "卖紫砂壶的，紫砂泥料不对",
        "我没有想过紫鲨",
        "ZS-100型号的水泵坏了，质保期内不给修",
        "他姨书读得多，说合同无效",
        "跳槽以后楼上新公司不给工资",
    ],
)
def test_ordinary_words_are_no_evasion(reader: RiskReader, text: str) -> None:
    assert level(reader, text) == "blue"


def test_a_wrong_spelling_file_names_its_place(tmp_path: Path) -> None:
    for folder in ("taxonomy", "bodies", "statutes", "clocks", "rules", "risk", "linking"):
        shutil.copytree(data_dir() / folder, tmp_path / folder)
    path = tmp_path / "risk/spellings.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("pinyin: zi,", "pinyin: zì,", 1), "utf-8"
    )
    with pytest.raises(KnowledgeError) as error:
        Knowledge.load(tmp_path)
    assert error.value.file == "risk/spellings.yaml"
    assert "pinyin" in (error.value.field or "")


@pytest.mark.parametrize(
    ("text", "who", "means", "time"),
    [
        ("汽油买好了，今晚就烧了他家", "来人针对对方", "汽油", "今晚"),
        ("他发微信说明天拿菜刀砍死我", "对方针对来人一方", "菜刀", "明天"),
        ("昨晚他掐我脖子，孩子在边上", "对方针对来人一方", "", "昨晚"),
        ("我不想活了", "来人本人", "", ""),
        ("我女儿写了遗书", "他人本人", "", ""),
        ("昨天我把她锁在屋里", "来人针对对方", "", "昨天"),
    ],
)
def test_who_means_and_time_are_told(
    reader: RiskReader, text: str, who: str, means: str, time: str
) -> None:
    signals = [
        s for s in reader.assess(normalise(text).text, Facts(TODAY)).signals if s.level != "blue"
    ]
    assert (who, means, time) in [(s.who, s.means, s.time) for s in signals]


def test_the_why_names_them(reader: RiskReader) -> None:
    told = reader.assess(normalise("汽油买好了，今晚就烧了他家").text, Facts(TODAY))
    assert any("直说，来人针对对方，手段“汽油”，时间“今晚”" in line for line in told.why)


def test_a_bare_phrase_is_not_doubted(reader: RiskReader) -> None:
    """Without context the reader has nothing to doubt it by: 我要杀了他 stays red."""
    nothing = ModelOpinion({"yellow": 0.0, "orange": 0.0, "red": 0.0})
    assert reader.assess("我要杀了他", Facts(TODAY), nothing).level == "red"
    told = "我要杀了他这句话是电视剧里的台词，我家孩子天天学着喊，邻居就报了警"
    assert reader.assess(told, Facts(TODAY), nothing).level in ("blue", "yellow")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他人用语言威胁说出杀人，我家已经受到威胁，可不可以报派出所", "red"),
        ("我现在被贷款公司软禁快两个月了", "red"),
        ("贷款公司发恐吓短信怎么投诉", "orange"),
        ("邻居造谣说我威胁要杀人，我从没说过", "blue"),
    ],
)
def test_terse_reports_as_people_type_them(reader: RiskReader, text: str, expected: str) -> None:
    """Authors describe, real people summarise: 威胁, 恐吓, 软禁 (docs/reports/lay_alarms.md)."""
    assert level(reader, text) == expected
