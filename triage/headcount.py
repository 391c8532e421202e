"""How many people claim together, and how many gather: figures and words.

A headcount is the teller's own side (我们六个人, 十几号工友, 三十多户). The other side, children,
months and the size of a chat group are not. A gathering is people present or agreed to come.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.amounts import chinese_value

_N = r"(?P<n>\d{1,4}|[一二两俩三四五六七八九十百]{1,4}|十好几|好几十|几十|好几百|几百|十几|(?:二|三|四|五|六|七|八|九)十(?:几|多|来)?|百(?:十|把|来))"
_MORE = r"(?P<more>多|来|几|余|好几)?"
_CLASS = r"(?:个人|个|名|位|号人|号|口人|口子|户人家|户|家人|家|兄弟|姐妹)"
_WHO = (
    r"(?:工人|工友|员工|职工|同事|老乡|姐妹|兄弟|弟兄|业主|村民|农户|司机|骑手|家长|租客|租户|商户|学员|会员|消费者|受害人|"
    r"民工|农民工|师傅|邻居|住户|股东|社员|老人|代表|女工|男工|护工|保安|学徒|人)"
)
_OWN = re.compile(
    rf"(?:我们|咱们|咱|俺们|俺|阮|我哋|我|大家|一起|同|带着|加我|连我|包括我|我和|我跟|我同)[^，。！？；]{{0,6}}?{_N}{_MORE}{_CLASS}?(?P<who>{_WHO})?"
)
_PLAIN = re.compile(
    rf"{_N}{_MORE}{_CLASS}(?P<who>{_WHO})|{_N.replace('?P<n>', '?P<n2>')}{_MORE.replace('?P<more>', '?P<more2>')}(?P<who2>{_WHO[:-4]}))"
)
_HOUSEHOLDS = re.compile(rf"{_N}{_MORE}(?P<who>户)")
_PAIR = re.compile(
    r"(?:我们|咱|俺|阮|我)(?P<w>俩|仨|两口子|娘俩|爷俩|姐俩|哥俩|兄弟俩|姐妹俩|夫妻俩)"
)
_SUM = re.compile(
    rf"(?:我和|我跟|我同|我还有|我带着|除了我还有|我加上)[^，。]{{0,5}}?{_N}{_MORE}(?:个|名|位)(?P<who>{_WHO})"
)
_OTHER_SIDE = re.compile(
    r"(?:他们|她们|对方|对面|那边|他家|来了|叫来|叫了|带了|带着|喊了|冲进来|催收|保安|打手|警察|民警)[^，。]{0,4}$"
)
_NOT_PEOPLE = re.compile(
    r"^(?:月|年|天|小时|孩子|娃|儿子|女儿|小孩|兄弟姐妹|子女|星期|礼拜|钟头|多月|电话|证人|律师|警察|法官|房间|厂|公司|店|老板|保安|钱|工资)"
)
_GROUP_CHAT = re.compile(r"(?:群|微信群|业主群|粉丝)(?:里|内|有)?[^，。]{0,4}$")
_ENDED = re.compile(r"(?:上回|上次|去年|前年|以前|那次|那回|当时|曾经|过去)")
_SETTLED = re.compile(r"(?:散了|结清|解决|撤了|各回|钱已|已经给|回去了|没再)")
_MEASURE = re.compile(
    r"(?P<n>\d{1,2}|[一二两三四五六七八九十半])(?P<m>桌|车|面包车|大巴|整车)(?:人|老乡|工人|亲戚)"
)
#: People to a measure: a round table seats ten, a coach thirty, other vehicles seven.
_PER = {"桌": 10, "车": 7, "面包车": 7, "大巴": 30, "整车": 30}
_WHOLE = re.compile(
    r"(?:整栋楼|全村|半个村|整个村|全厂|整个车间|全车间|整个小区|全班组|一个村)(?:的)?(?:人|工人|老乡|业主|住户|都|全)"
)
_GATHER = re.compile(
    r"(?:堵|围|聚|拦|坐在|坐到|静坐|拉横幅|横幅|一起(?:去|来|上)|都(?:来|去|到|上|在)|集合|门口|广场|大厅|停工|罢工|闹|讨说法|要说法|"
    r"上访|集体|聚集|守在|冲|集结|约好|商量好|说好|等着|过来)"
)


@dataclass(frozen=True)
class Headcount:
    """`count` is the lower bound when `approximate`."""

    count: int
    start: int
    end: int
    text: str
    approximate: bool = False


@dataclass(frozen=True)
class Gathering:
    count: int
    start: int
    end: int
    historical: bool = False


def _value(raw: str | None, more: str | None) -> tuple[int, bool] | None:
    if not raw:
        return None
    words = {"十好几": 13, "好几十": 30, "几十": 20, "好几百": 300, "几百": 200, "十几": 11,
             "百十": 100, "百把": 100, "百来": 100}  # fmt: skip
    if raw in words:
        return words[raw], True
    core = re.sub(r"[几多来]$", "", raw)
    approximate = core != raw or bool(more)
    value = float(core) if core.isdigit() else chinese_value(core)
    if value is None or value < 1:
        return None
    count = int(value)
    if approximate and raw.endswith("几"):
        count += 1
    return count, approximate


def find_headcount(text: str) -> Headcount | None:
    """People on the teller's side in a normalised text; None when not stated or only one."""
    best: Headcount | None = None
    for match in _SUM.finditer(text):
        got = _value(match["n"], match["more"])
        if got and not _NOT_PEOPLE.match(text[match.end() :]):
            best = _better(
                best, Headcount(got[0] + 1, match.start(), match.end(), match.group(), got[1])
            )
    if best is not None:
        return best
    for match in _PAIR.finditer(text):
        count = 3 if match["w"] == "仨" else 2
        best = _better(best, Headcount(count, match.start(), match.end(), match.group()))
    for pattern in (_OWN, _PLAIN, _HOUSEHOLDS):
        for match in pattern.finditer(text):
            found = _from(match, text)
            if found is not None:
                best = _better(best, found)
    return best


def _better(old: Headcount | None, new: Headcount) -> Headcount:
    return new if old is None or new.count > old.count else old


def _from(match: re.Match[str], text: str) -> Headcount | None:
    groups = match.groupdict()
    raw = groups.get("n") or groups.get("n2")
    got = _value(raw, groups.get("more") or groups.get("more2"))
    if got is None or got[0] < 2 or got[0] > 5000:
        return None
    said = match.group()
    after, before = text[match.end() : match.end() + 4], text[: match.start()]
    has_class = (
        bool(re.search(rf"{_CLASS}", said[len(said) - 5 :]))
        or groups.get("who")
        or groups.get("who2")
    )
    if not has_class:
        return None
    if said.endswith("个") and not re.match(
        r"^(?:人|的|一起|都|就|也|，|。|$|被|在|去|来|干|上|工)", after
    ):
        return None
    if said.endswith(("家", "号")) and not re.match(r"^(?:人|都|一起|的|，)", after):
        return None
    if _NOT_PEOPLE.match(after) or _GROUP_CHAT.search(before[-8:] + said[:3]):
        return None
    if not re.match(r"(?:我|咱|俺|阮|大家)", said) and _OTHER_SIDE.search(before[-8:]):
        return None
    return Headcount(got[0], match.start(), match.end(), said, got[1])


def find_gathering(text: str) -> Gathering | None:
    """People present or agreed to come for pressure; the largest number stated."""
    best: Gathering | None = None
    for start, end, count in _counted_people(text):
        around = text[max(0, start - 16) : end + 24]
        if not _GATHER.search(around) or _GROUP_CHAT.search(text[max(0, start - 8) : start]):
            continue
        if re.search(r"(?:没|不|别|勿)(?:去|来|想|打算|敢)?(?:闹|堵|聚|围|上访)", around):
            continue
        ended = bool(_ENDED.search(text[max(0, start - 14) : start])) and bool(
            _SETTLED.search(text[end:])
        )
        if best is None or count > best.count:
            best = Gathering(count, start, end, ended)
    return best


def _counted_people(text: str) -> list[tuple[int, int, int]]:
    found = []
    for match in _MEASURE.finditer(text):
        number = float(match["n"]) if match["n"].isdigit() else chinese_value(match["n"]) or 1
        found.append((match.start(), match.end(), int(number * _PER[match["m"]])))
    for match in _WHOLE.finditer(text):
        found.append((match.start(), match.end(), 30))
    people = re.compile(rf"{_N}{_MORE}(?:个|名|号|位|口|户|来号|几号)*(?:{_WHO})")
    for match in people.finditer(text):
        got = _value(match["n"], match["more"])
        if got and got[0] >= 3 and not _NOT_PEOPLE.match(text[match.end() :]):
            found.append((match.start(), match.end(), got[0]))
    return found
