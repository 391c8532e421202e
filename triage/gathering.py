"""People present or agreed to come for pressure, in figures and words (R-MASS).

The size of a chat group is not a gathering; one that is over and settled counts as history
(domain.md section 8, ruling 8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from triage.numerals import read_number
from triage.people import GROUP_CHAT, NOT_OWN_AFTER, NUMBER, OWN_NOUN, people


@dataclass(frozen=True)
class Gathering:
    """`count` is a lower bound; `historical` when the gathering is over and settled."""

    count: int
    start: int
    end: int
    historical: bool = False


_MEASURE = re.compile(
    r"(?P<n>\d{1,2}|[一二两三四五六七八九十半]{1,2})(?P<m>桌|面包车|大巴|整车|车|班|排)(?:的)?(?:人|老乡|工人|亲戚|业主|家属|村民)"
)
#: People to a measure: a round table seats ten, a coach thirty, a van or car load seven.
_PER = {"桌": 10, "车": 7, "面包车": 7, "大巴": 30, "整车": 30, "班": 10, "排": 10}
#: A whole building, village or factory is at least a red-level crowd (policy: 30).
_WHOLE = re.compile(
    r"(?:整栋楼|整幢楼|全村|半个村|整个村|全厂|整个厂|整个车间|全车间|整个小区|一个村|大半个村|全校)(?:子)?(?:的)?(?:老少|人|工人|老乡|业主|住户|家长|都|全)"
)
_CROWD = re.compile(
    rf"{NUMBER}(?:个|名|号|位|口|户)*(?:人|口子|{OWN_NOUN})|{NUMBER.replace('<n>', '<v>').replace('<more>', '<w>')}(?:个|口子)(?=[，。！？；]|$|围|堵|坐|守|站|去|来|都|一起|在)"
)
_ACT = re.compile(
    r"(?:堵|围|聚|拦|坐在|坐到|静坐|拉横幅|横幅|一起(?:去|来|上)|都(?:来|去|到|上|在)|集合|门口|广场|大厅|停工|罢工|闹|讨说法|要说法|"
    r"上访|集体|聚集|守在|冲|集结|约好|商量好|说好|等着|过来|走廊|在外面)"
)
_NO_ACT = re.compile(r"(?:没|不|别|勿)(?:有|去|来|想|打算|敢|要|会)*(?:闹|堵|聚|围|上访|集合)")
_ENDED = re.compile(r"(?:上回|上次|去年|前年|以前|那次|那回|当时|曾经|过去|早先)")
_SETTLED = re.compile(r"(?:散了|结清|解决|撤了|各回|钱已|已经给|回去了|没再|了结|平息)")


def find_gathering(text: str) -> Gathering | None:
    """The largest gathering stated in a normalised text; None without one."""
    best: Gathering | None = None
    for start, end, count in _counted(text):
        around = text[max(0, start - 16) : end + 24]
        if not _ACT.search(around) or GROUP_CHAT.search(text[max(0, start - 8) : start]):
            continue
        if _NO_ACT.search(around):
            continue
        past = _ENDED.search(text[max(0, start - 14) : start])
        ended = past is not None and bool(past[0] == "曾经" or _SETTLED.search(text[end:]))
        if best is None or count > best.count:
            best = Gathering(count, start, end, ended)
    return best


def _counted(text: str) -> Iterator[tuple[int, int, int]]:
    for m in _MEASURE.finditer(text):
        number = read_number(m["n"])
        if number is not None and number.value:
            yield m.start(), m.end(), int(number.value * _PER[m["m"]])
    for m in _WHOLE.finditer(text):
        yield m.start(), m.end(), 30
    for m in _CROWD.finditer(text):
        got = people(m["n"] or m["v"], m["more"] or m["w"])
        if got and got[0] >= 3 and not NOT_OWN_AFTER.match(text[m.end() :]):
            yield m.start(), m.end(), got[0]
