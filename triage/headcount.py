"""How many people claim together, and how many came for the other side: figures and words.

A headcount is the teller's own side (我们六个人, 十几号工友, 三十多户). The other side, children,
months, the size of a factory, village or chat group are not. Approximate numbers keep their lower
round figure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from triage.gathering import Gathering, find_gathering
from triage.people import GROUP_CHAT, NOT_OWN_AFTER, NUMBER, OWN_NOUN, people

__all__ = ["Gathering", "Headcount", "find_gathering", "find_headcount", "find_opponents"]

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


_PERSON = r"(?:个人|号人|口人|名|位|口子|号|口|个|人)"
_HOUSE = r"(?:户人家|户|家)"
_WE = r"(?:我们|咱们|咱|俺们|俺|阮|我哋|阿拉|伲|额们|大家伙|大家|大伙)"
_OURS = re.compile(
    rf"{_WE}(?:班组|组|车间|厂|队|村|小区|楼|店|后厨|宿舍|单元|工地|家|这边|这里|全班组|一起干活的|几个老乡|同村|同厂)?"
    rf"(?:里|上)?(?:的)?(?:这|那)?{OWN_NOUN}?(?:一共|总共|共|加起来|统共|拢共|就|有|来了|是|也是|都是|现在|连我|加我|当时|下面)?(?:有)?"
    rf"{NUMBER}(?P<c>{_PERSON}|{_HOUSE})(?P<who>{OWN_NOUN})?"
)
_TOTAL = re.compile(
    rf"(?:(?:一共|总共|共)(?:去|来)了|一共|总共|共计|共有|共|合计|拢共|统共|连我|加我|加上我|算上我|包括我|连同我|全班组|全组|班组|等)(?:在内)?(?:是|有)?"
    rf"{NUMBER}(?P<c>{_PERSON}|{_HOUSE})(?P<who>{OWN_NOUN})?"
)
_PLUS_ME = re.compile(
    rf"(?:我和|我跟|我同|我与|我还有|我带着?|我加上|除了我|俺和|俺跟|我领着)(?:还有|另外|其他|其余|别的|剩下|的|一起的|同厂|同村|班上|同班组)*"
    rf"{NUMBER}(?P<c>个|名|位)(?P<who>{OWN_NOUN}|人)"
)
#: 我跟老婆两个: the person named is one of the two.
_TOGETHER = re.compile(
    r"(?:我|俺)(?:和|跟|同|与)(?P<with>[^，。！？；\d一二两三四五六七八九十]{1,6}?)"
    r"(?P<n>[两二三四五六]|俩|仨)(?P<c>个人|个|人|口子|口)?"
)
_PAIR = re.compile(
    rf"(?:{_WE}|我)(?:夫妻|夫妇|娘儿|娘|爷儿|爷|姐妹|姐弟|兄弟|哥|母女|母子|父子|父女)?"
    r"(?P<w>俩|仨|两口子|夫妻二人|两公婆|老两口|夫妻两个|夫妻两人)"
)
#: 我俩 are mostly the two who quarrel; they claim together only when it goes on like this.
_CLAIM_TOGETHER = re.compile(
    r"$|[，。！？；]|都|一起|一块|的(?:工|钱|押|货|血汗)|被|在[^，。]{0,8}(?:干|做|打工|上班)|干|做|打工|来|去|没拿|没领|没发|"
    r"拿不到|给他|跟他|帮他|到现在|工资|工钱|合租|辛苦|凑|租|买|投"
)
_EACH_OTHER = re.compile(
    r"结婚|离婚|分手|感情|恋爱|领证|领了证|认识|同居|相亲|吵|打起来|打架|合伙|彩礼|性格|过不下去|分居|订婚|处对象|对门|邻居|动过手"
)
_NOUN_FIRST = re.compile(
    rf"(?P<who>{OWN_NOUN})(?P<n>\d{{1,4}}|[一二两三四五六七八九十百]{{1,5}}[几多来余]?)(?P<more>)(?P<c>个人|个|名|人)(?=[，。；、]|$|反映|来|均|都)"
)
_PLAIN = re.compile(rf"{NUMBER}(?P<c>{_PERSON})?(?P<who>{OWN_NOUN})")
_OF_PAY = re.compile(
    rf"{NUMBER}(?P<c>个人|人|号人)(?:的?(?:工资|工钱|血汗钱|押金|货款|劳务费|加班费|社保|补偿)|的钱|都?(?:没领|没拿|没发)|签了?字|签了?名|联名|按了?手印|不签)"
)
#: 号人 counts a crowd, nearly always the teller's: 十几号人等着吃饭.
_HEADS = re.compile(rf"{NUMBER}(?P<c>号人|口子人)")
_HOUSES = re.compile(
    rf"{NUMBER}(?P<c>户人家|户|家(?=商户|业主|租户|店|农户|住户))(?P<who>{OWN_NOUN})?"
)
_HOUSES_CLAIM = re.compile(
    r"[，。；！？]|$|都|一起|没|联名|要求|的|至今|集体|找|来|去|受|被|反映|投诉|业主|农户|全|村民|地|田|鱼塘|房"
)
_PEOPLE_AFTER = re.compile(
    r"人|的|一起|都|就|也|[，。！？；、]|$|被|在|去|来|干|上|没|全|今天|已经|从|是|[一-龥]{0,3}工(?![资程钱])|做|拿|要|等|到|年轻|姐|哥|老"
)
_NOT_OWN_WHO = re.compile(r"(?:老师|护士|司机|老人|阿姨|群众|当事人|妇女|申请人|同学|学生)$")
_OTHERS = re.compile(
    r"(?:他们|她们|对方|对面|那边|他家|她家|来了|叫来|叫了|带了|带来|喊了|喊来|冲进来|催收的?|保安|打手|民警|警察|公司派|派了|雇了|手下|一伙|"
    r"找了|请了|问了|另有|还有|另外有|已有|已经有|介绍了|认识)[^，。]{0,5}$"
)
_ATTACK = r"[^，。]{0,4}(?:打我|围着?我|堵我|堵在我|砸|按住|拖我|拽|追着?我|骂我|冲进|把我|来我家|到我家|闯|殴打|逼我|将我)"
_SIZE = re.compile(
    r"(?:群|微信群|粉丝|公司|(?<!同)厂里?|工厂|单位|店里|学校|小区|(?<!同)村里?|社区|全村|全县|班上|项目上|工地上?|车间|楼里|酒席|直播间|巷子|楼|队|水库上游|这条街)"
    r"(?:一共|总共|大概|现在|现)?(?:里|上|内)?(?:有|才|是|，)?(?:个|着)?$"
)
_INHERIT = re.compile(r"遗产|继承|赡养|老宅|分家|过世|去世|轮流|养老|拆迁款|遗嘱")
_SIBLINGS = re.compile(r"姐妹|兄弟|弟兄")


def _headcount(m: re.Match[str], plus: int = 0) -> Headcount | None:
    groups = m.groupdict()
    got = people(m["n"], groups.get("more"))
    if got is None or got[0] + plus < 2:
        return None
    unit: Unit = "户" if re.search(r"户|家$", groups.get("c") or "") else "人"
    return Headcount(got[0] + plus, m.start(), m.end(), m.group(), got[1], unit)


def find_headcount(text: str) -> Headcount | None:
    """People on the teller's side in a normalised text; None when not stated or only one.

    The plainest statement wins: 我和七个同事, then a stated total, then 我们六个人, then 12名工人.
    Within one kind the larger number wins, since a part is never more than the whole.
    """
    for kind in (_plus_me, _totals, _ours, _plain):
        best = max(kind(text), key=lambda h: h.count, default=None)
        if best is not None:
            return best
    return None


def _plus_me(text: str) -> Iterator[Headcount]:
    for m in _PLUS_ME.finditer(text):
        found = _headcount(m, plus=1)
        if found and not NOT_OWN_AFTER.match(text[m.end() :]):
            yield found


def _totals(text: str) -> Iterator[Headcount]:
    for m in _TOTAL.finditer(text):
        first, before = m.group()[0], text[: m.start()]
        others = (
            first == "等" and re.search(r"[一-龥]$", before) and not re.search(r"[我在]$", before)
        )
        if first == "等" and not others:
            continue
        whole = m["c"] in ("个人", "号人", "户", "户人家", "名", "口子") or first in "连加算包"
        loose = re.match(r"[，。；]|$|都|的工|没|干", text[m.end() :]) and m["c"] in (
            "人",
            "个",
            "位",
        )
        if (m["who"] or whole or others or loose) and not _excluded(m, text):
            found = _headcount(m)
            if found:
                yield found


def _ours(text: str) -> Iterator[Headcount]:
    for m in _PAIR.finditer(text):
        if _claims(text, m.end()):
            yield Headcount(3 if m["w"] == "仨" else 2, m.start(), m.end(), m.group())
    for m in _TOGETHER.finditer(text):
        if not _claims(text, m.end()) or re.search(r"[签借说讲打要谈吵离结生]", m["with"]):
            continue
        found = _headcount(m) if m["n"] not in "俩仨" else None
        if found and m["c"]:
            yield found
        elif m["n"] in "俩仨":
            yield Headcount(2 if m["n"] == "俩" else 3, m.start(), m.end(), m.group())
    for m in _OURS.finditer(text):
        after = text[m.end() :]
        if not m["who"] and m["c"] == "个" and not _PEOPLE_AFTER.match(after):
            continue
        if m["c"] in ("家", "号") and not re.match(r"人|都|一起|的|[，。]|商|店|$", after):
            continue
        if _SIBLINGS.search(m.group()) and _INHERIT.search(text):
            continue
        size = re.search(r"(?:小区|村|厂|楼)(?:里)?(?:一共|总共|共|就)?有", m.group())
        found = _headcount(m)
        if found and not size and not _excluded(m, text, own=True):
            yield found


def _claims(text: str, end: int) -> bool:
    """Whether two or three named together claim together, by how the sentence goes on."""
    return bool(_CLAIM_TOGETHER.match(text[end:])) and not _EACH_OTHER.search(text[end : end + 14])


def _plain(text: str) -> Iterator[Headcount]:
    for pattern in (_PLAIN, _OF_PAY, _HEADS, _HOUSES, _NOUN_FIRST):
        for m in pattern.finditer(text):
            if pattern is _PLAIN and not _is_claimants(m, text):
                continue
            if pattern is _HOUSES and not (m["who"] or _HOUSES_CLAIM.match(text[m.end() :])):
                continue
            found = _headcount(m)
            if found and not _excluded(m, text):
                yield found


def _is_claimants(m: re.Match[str], text: str) -> bool:
    """A number before a noun for people, without 我们: 12名工人 yes, 两位同事 no."""
    if not m["c"] and not re.search(r"\d$|[多来几余十]$", m["n"] + (m["more"] or "")):
        return False
    if _NOT_OWN_WHO.search(m["who"]) or (m["n"] in ("两", "二", "2") and m["c"] != "名"):
        return False
    siblings = _SIBLINGS.match(m["who"])
    return not (siblings and (_INHERIT.search(text) or re.match(r"姊?妹|兄弟", text[m.end() :])))


def _excluded(m: re.Match[str], text: str, own: bool = False) -> bool:
    before, after = text[max(0, m.start() - 12) : m.start()], text[m.end() : m.end() + 12]
    if NOT_OWN_AFTER.match(after) or re.search(r"[第每\d.]$", before) or GROUP_CHAT.search(before):
        return True
    return not own and bool(
        _SIZE.search(before) or _OTHERS.search(before) or re.match(_ATTACK, after)
    )


_SIDE = re.compile(
    r"(?:他们|她们|对方|对面|那边|他家|她家|老板|房东|催收的?|物业)[^，。！？；]{0,8}?"
    r"(?:来了|来|叫来|叫了|带了|带来|带着|喊了|喊来|派了|找了|一共|有|冲进来)(?:了)?"
    rf"{NUMBER}(?P<c>个人|号人|个|名|人)(?!月|孩子|小时|星期|电话|礼拜|[一-龥]?工)"
)
_ATTACKERS = re.compile(rf"{NUMBER}(?P<c>个人|号人|个|名|人)(?={_ATTACK})")


def find_opponents(text: str) -> Headcount | None:
    """People who came for the other side (对方来了五个人); the largest number stated, else None."""
    found = [h for p in (_SIDE, _ATTACKERS) for m in p.finditer(text) if (h := _headcount(m))]
    return max(found, key=lambda h: h.count, default=None)
