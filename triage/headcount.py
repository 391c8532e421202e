"""How many people claim together, how many oppose them, how many gather: figures and words.

A headcount is the teller's own side (我们六个人, 十几号工友, 三十多户). The other side, children,
months, the size of a factory, village or chat group are not. A gathering is people present or
agreed to come (domain.md section 8, ruling 8). Approximate numbers keep their lower round figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from triage.numerals import read_number

Unit = Literal["人", "户"]


@dataclass(frozen=True)
class Headcount:
    """`count` is the lower bound when `approximate`; `unit` 户 counts households as claimants."""

    count: int
    start: int
    end: int
    text: str
    approximate: bool = False
    unit: Unit = "人"


@dataclass(frozen=True)
class Gathering:
    """People present or agreed to come, a lower bound; `historical` when it is over and settled."""

    count: int
    start: int
    end: int
    historical: bool = False


#: 几十 and its like have no lower round figure of their own; two tens, two hundreds are meant at least.
_VAGUE = {
    "几十": 20,
    "好几十": 30,
    "十好几": 10,
    "几百": 200,
    "好几百": 300,
    "百十": 100,
    "百八十": 80,
    "上百": 100,
}
_N = (
    r"(?P<n>\d{1,4}|好?几[十百]|十好几|百[十把来]|百八十|上百"
    r"|[一二两三四五六七八九十百]{1,5}[几多来余]?)(?P<more>[多来余几]|好几)?"
)
_PERSON = r"(?:个人|号人|口人|名|位|口子|号|口|个|人)"
_HOUSE = r"(?:户人家|户|家)"
_OWN_NOUN = (
    r"(?:工人|工友|员工|职工|同事|老乡|姐妹|兄弟|弟兄|哥们|业主|村民|农户|骑手|家长|租客|租户|商户|学员|会员|消费者|受害者|受害人|"
    r"民工|农民工|师傅|住户|社员|女工|男工|护工|学徒|临时工|服务员|保洁|小工|大工|木工|瓦工|钢筋工|阿姨|摊主|经营户|养殖户|种植户|"
    r"老师|护士|司机|储户|投资人|购房者|劳务人员|当事人|群众|居民|老人|妇女|大姐|伙计|退休职工|申请人|来访人)"
)
_WE = r"(?:我们|咱们|咱|俺们|俺|阮|我哋|阿拉|伲|大家伙|大家|大伙)"
_SELF_SET = re.compile(
    rf"(?:{_WE})(?:班组|组|车间|厂|队|村|小区|楼|店|宿舍|单元|工地|家|这边|这里|全班组|一起干活的|几个老乡|同村|同厂)?"
    rf"(?:里|上)?(?:的)?(?:这|那)?(?:{_OWN_NOUN})?(?:一共|总共|共|加起来|统共|拢共|就|有|来了|是|也是|都是|现在|连我|加我|当时)?(?:有)?"
    rf"{_N}(?P<c>{_PERSON}|{_HOUSE})(?P<who>{_OWN_NOUN})?"
)
_TOTAL = re.compile(
    rf"(?:一共|总共|共计|共有|共|合计|拢共|统共|连我|加我|加上我|算上我|包括我|连同我|全班组|全组|班组|等)(?:在内)?(?:是|有)?"
    rf"{_N}(?P<c>{_PERSON}|{_HOUSE})(?P<who>{_OWN_NOUN})?"
)
_PLUS_ME = re.compile(
    rf"(?:我和|我跟|我同|我与|我还有|我带着?|我加上|除了我|俺和|俺跟|我领着)(?:还有|另外|其他|其余|别的|剩下|的|一起的|同厂|同村|班上|同班组)*"
    rf"{_N}(?P<c>个|名|位)(?P<who>{_OWN_NOUN}|人)"
)
#: 我跟老婆两个: the named person is one of the two.
_TOGETHER = re.compile(
    r"(?:我|俺)(?:和|跟|同|与)(?P<with>[^，。！？；\d一二两三四五六七八九十]{1,6}?)(?P<n>[两二三四五六]|俩|仨)(?P<more>)(?P<c>个人|个|人|口子|口)?"
    r"(?=[，。！？；、]|$|都|一起|的|被|在|去|来|也|干|做|合|没|一共|同)"
)
_PAIR = re.compile(
    rf"(?:{_WE}|我)(?:夫妻|夫妇|两口子|两公婆|老两口|娘儿|娘|爷儿|爷|姐妹|姐弟|兄弟|哥|母女|母子|父子|父女)?(?P<w>俩|仨|两口子|夫妻二人|两公婆|老两口|夫妻两个|夫妻两人)"
)
#: With these after it, 我俩 are the two who quarrel, not two who claim.
_EACH_OTHER = re.compile(
    r"[^。！？；]{0,12}(?:结婚|离婚|分手|感情|恋爱|领证|领了证|认识|同居|相亲|吵|打起来|打架|合伙|约定|商量|彩礼|性格|过不下去|分居|订婚|处对象|闹|住对门|是邻居)"
)
_PLAIN = re.compile(rf"{_N}(?P<c>{_PERSON})?(?P<who>{_OWN_NOUN})")
_OF_PAY = re.compile(
    rf"{_N}(?P<c>个人|人|号人)(?:的)(?:工资|工钱|血汗钱|钱|押金|货款|劳务费|加班费|社保|补偿)"
)
_HOUSES = re.compile(
    rf"{_N}(?P<c>户人家|户|家(?=商户|业主|租户|店|农户|住户))(?P<who>{_OWN_NOUN})?"
)

_NOT_OWN_AFTER = re.compile(
    r"多?月|年|天|小时|孩子|娃|儿子|女儿|小孩|子女|星期|礼拜|钟头|电话|证人|律师|警察|民警|法官|房间|厂|公司|老板|保安|钱|工资|"
    r"(?:住|挤|睡)?一(?:间|屋|桌|组|班|台|辆|个(?:宿舍|屋|房间))|型|[^，。]{0,3}(?:间|室)宿舍|辈|单元|楼|栋|亩|地|股东会|里面挑|轮流"
)
_NOT_OWN_WHO = re.compile(r"(?:老师|护士|司机|老人|阿姨|群众|当事人|妇女|申请人)$")
_OTHERS = re.compile(
    r"(?:他们|她们|对方|对面|那边|他家|她家|来了|叫来|叫了|带了|带来|喊了|喊来|冲进来|催收的?|保安|打手|民警|警察|公司派|派了|雇了|手下|一伙|找了|请了)[^，。]{0,5}$"
)
_ATTACK = re.compile(
    r"[^，。]{0,4}(?:打我|围着?我|堵我|堵在我|砸|按住|拖我|拽|追着?我|骂我|冲进|把我|来我家|到我家|闯|殴打|逼我|将我)"
)
_SIZE = re.compile(
    r"(?:群|微信群|粉丝|公司|厂里?|工厂|单位|店里|学校|小区|村里?|社区|全村|全县|班上|项目上|工地上?|车间|楼里|酒席|直播间)"
    r"(?:一共|总共|大概|现在|现)?(?:里|上|内)?(?:有|才|是)?(?:个|着)?$"
)
_GROUP_CHAT = re.compile(r"(?:群|粉丝|直播间)[^，。]{0,4}$")
_INHERIT = re.compile(r"遗产|继承|赡养|老宅|分家|过世|去世|轮流|养老|拆迁款|遗嘱")


def _value(raw: str, more: str | None) -> tuple[int, bool] | None:
    if raw in _VAGUE or raw + (more or "") in _VAGUE:
        return _VAGUE.get(raw + (more or "")) or _VAGUE[raw], True
    number = read_number(raw + (more or ""))
    if number is None or number.value is None or not 1 <= number.value <= 9999:
        return None
    return int(number.value), number.approximate


def _headcount(m: re.Match[str], plus: int = 0) -> Headcount | None:
    got = _value(m["n"], m["more"])
    if got is None or got[0] + plus < 2:
        return None
    unit: Unit = "户" if re.search(r"户|家$", m.groupdict().get("c") or "") else "人"
    return Headcount(got[0] + plus, m.start(), m.end(), m.group(), got[1], unit)


def find_headcount(text: str) -> Headcount | None:
    """People on the teller's side in a normalised text; None when not stated or only one.

    The plainest statement wins: 我和七个同事, then a stated total, then 我们六个人, then 12名工人.
    Within one kind the larger number wins, since a part is never more than the whole.
    """
    for found in (
        _plus_me(text),
        _totals(text),
        _ours(text),
        _plain(text),
    ):
        best = max(found, key=lambda h: h.count, default=None)
        if best is not None:
            return best
    return None


def _plus_me(text: str) -> Iterator[Headcount]:
    for m in _PLUS_ME.finditer(text):
        found = _headcount(m, plus=1)
        if found and not _NOT_OWN_AFTER.match(text[m.end() :]):
            yield found


def _totals(text: str) -> Iterator[Headcount]:
    for m in _TOTAL.finditer(text):
        said, before = m.group(), text[: m.start()]
        named = (
            m["who"]
            or m["c"] in ("个人", "号人", "户", "户人家", "名", "口子")
            or said[0] in "连加算包"
        )
        if not named and not (
            m["c"] in ("人", "个", "位") and re.match(r"[，。；]|$|都|的工|没", text[m.end() :])
        ):
            continue
        if said.startswith("等") and not re.search(r"[一-龥]$", before):
            continue
        if not _excluded(m, text):
            found = _headcount(m)
            if found:
                yield found


def _ours(text: str) -> Iterator[Headcount]:
    for m in _PAIR.finditer(text):
        if not _EACH_OTHER.match(text[m.end() :]):
            pair = 3 if m["w"] == "仨" else 2
            yield Headcount(pair, m.start(), m.end(), m.group())
    for m in _TOGETHER.finditer(text):
        if re.search(r"签|借|说|讲|打|要|谈|吵|离|结|生", m["with"]) or _EACH_OTHER.match(
            text[m.end() :]
        ):
            continue
        count = {"俩": 2, "仨": 3, "两": 2}.get(m["n"])
        got = count or (_value(m["n"], None) or (0, False))[0]
        if (m["c"] or m["n"] in "俩仨") and got >= 2:
            yield Headcount(got, m.start(), m.end(), m.group())
    for m in _SELF_SET.finditer(text):
        after = text[m.end() :]
        if (
            not m["who"]
            and m["c"] == "个"
            and not re.match(
                r"人|的|一起|都|就|也|[，。；！？、]|$|被|在|去|来|干|上|工|没|全|今天|已经|从|是",
                after,
            )
        ):
            continue
        if m["c"] in ("家", "号") and not re.match(r"人|都|一起|的|[，。]|商|店|$", after):
            continue
        if re.search(r"(?:姐妹|兄弟|弟兄)", m.group()) and _INHERIT.search(text):
            continue
        size = re.search(r"(?:小区|村|厂|楼)(?:里)?(?:一共|总共|共|就)?有", m.group())
        if not _excluded(m, text, own=True) and not size:
            found = _headcount(m)
            if found:
                yield found


def _plain(text: str) -> Iterator[Headcount]:
    for pattern in (_PLAIN, _OF_PAY, _HOUSES):
        for m in pattern.finditer(text):
            who = m.groupdict().get("who")
            if (
                pattern is _PLAIN
                and not m["c"]
                and not re.search(r"\d$|[多来几余]$|十", m["n"] + (m["more"] or ""))
            ):
                continue
            if who and _NOT_OWN_WHO.search(who) and pattern is _PLAIN:
                continue
            if re.match(r"兄弟|姐妹", who or "") and (
                _INHERIT.search(text) or re.match(r"姐妹|兄弟", text[m.end() :])
            ):
                continue
            if not _excluded(m, text):
                found = _headcount(m)
                if found:
                    yield found


def _excluded(m: re.Match[str], text: str, own: bool = False) -> bool:
    before, after = text[max(0, m.start() - 12) : m.start()], text[m.end() : m.end() + 12]
    if _NOT_OWN_AFTER.match(after) or re.search(r"[第每\d.]$", before):
        return True
    if _GROUP_CHAT.search(before) or (not own and (_SIZE.search(before) or _OTHERS.search(before))):
        return True
    return bool(not own and _ATTACK.match(after))


_SIDE = re.compile(
    rf"(?:他们|她们|对方|对面|那边|他家|她家|公司|老板|房东|催收的?|物业)[^，。！？；]{{0,8}}?(?:来了|叫来|叫了|带了|带来|带着|喊了|喊来|派了|找了|一共|有|冲进来)?(?:了)?"
    rf"{_N}(?P<c>个人|号人|个|名|人)"
)
_ATTACKERS = re.compile(rf"{_N}(?P<c>个人|号人|个|名|人)(?={_ATTACK.pattern})")


def find_opponents(text: str) -> Headcount | None:
    """People who came for the other side (对方来了五个人); the largest number stated, else None."""
    found = [h for p in (_SIDE, _ATTACKERS) for m in p.finditer(text) if (h := _headcount(m))
             and not re.match(r"月|孩子|小时|星期|电话|礼拜|工人的", text[m.end() :])]  # fmt: skip
    return max(found, key=lambda h: h.count, default=None)


_MEASURE = re.compile(
    r"(?P<n>\d{1,2}|[一二两三四五六七八九十半]{1,2})(?P<m>桌|面包车|大巴|整车|车|班|排)(?:的)?(?:人|老乡|工人|亲戚|业主|家属|村民)"
)
#: People to a measure: a round table seats ten, a coach thirty, a van seven, a work team ten.
_PER = {"桌": 10, "车": 7, "面包车": 7, "大巴": 30, "整车": 30, "班": 10, "排": 10}
#: A whole building, village or factory is at least a red-level crowd (policy: 30).
_WHOLE = re.compile(
    r"(?:整栋楼|整幢楼|全村|半个村|整个村|全厂|整个厂|整个车间|全车间|整个小区|一个村|大半个村|全校)(?:子)?(?:的)?(?:人|工人|老乡|业主|住户|家长|都|全)"
)
_CROWD = re.compile(
    rf"{_N}(?:个|名|号|位|口|户)*(?:人|{_OWN_NOUN})|(?P<v>十好几|好几十|二三十|三四十|四五十)个"
)
_GATHER = re.compile(
    r"(?:堵|围|聚|拦|坐在|坐到|静坐|拉横幅|横幅|一起(?:去|来|上)|都(?:来|去|到|上|在)|集合|门口|广场|大厅|停工|罢工|闹|讨说法|要说法|"
    r"上访|集体|聚集|守在|冲|集结|约好|商量好|说好|等着|过来|走廊|在外面)"
)
_NO_GATHER = re.compile(r"(?:没|不|别|勿)(?:有|去|来|想|打算|敢|要|会)?(?:闹|堵|聚|围|上访|集合)")
_ENDED = re.compile(r"(?:上回|上次|去年|前年|以前|那次|那回|当时|曾经|过去|早先)")
_SETTLED = re.compile(r"(?:散了|结清|解决|撤了|各回|钱已|已经给|回去了|没再|了结|平息)")


def find_gathering(text: str) -> Gathering | None:
    """People present or agreed to come for pressure; the largest number stated, else None."""
    best: Gathering | None = None
    for start, end, count in _counted_people(text):
        around = text[max(0, start - 16) : end + 24]
        if not _GATHER.search(around) or _GROUP_CHAT.search(text[max(0, start - 8) : start]):
            continue
        if _NO_GATHER.search(around):
            continue
        past = _ENDED.search(text[max(0, start - 14) : start])
        ended = bool(past) and bool(
            _SETTLED.search(text[end:]) or "曾经" in (past[0] if past else "")
        )
        if best is None or count > best.count:
            best = Gathering(count, start, end, ended)
    return best


def _counted_people(text: str) -> Iterator[tuple[int, int, int]]:
    for m in _MEASURE.finditer(text):
        number = read_number("零" + m["n"] if m["n"] == "半" else m["n"])
        if number is not None and number.value:
            yield m.start(), m.end(), int(number.value * _PER[m["m"]])
    for m in _WHOLE.finditer(text):
        yield m.start(), m.end(), 30
    for m in _CROWD.finditer(text):
        got = _value(m["v"], None) if m["v"] else _value(m["n"], m["more"])
        if got and got[0] >= 3 and not _NOT_OWN_AFTER.match(text[m.end() :]):
            yield m.start(), m.end(), got[0]
