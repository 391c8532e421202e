"""What is already under way – court, arbitration, police, review – and how often they came.

“Already” is the point: an intention (准备起诉), a question (能不能起诉), a denial (没报警) or a thing
long finished does not bind the route. Decided by clause; the words are in `procedure_words`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.amounts import chinese_value
from triage.procedure_words import FILED, HEARING, KINDS
from triage.text import clauses

#: Before the act or inside the match: it has not happened.
_NOT_YET = re.compile(
    r"(?:准备|(?<!没)想(?!不|到)|打算|考虑|要不要|能不能|可不可以|是不是|会不会|怎么(?=起诉|告|申请|仲裁|报|立|走|上|办|去)|如何|是否|大不了|可以|可(?=申请|起诉|向|依法)|不属|能(?=起诉|告|申请|立案|仲裁|报警|受理)|应该|需要|要去|"
    r"建议|叫我(?:们)?去|让我(?:们)?去|叫去|让去|喊我去|劝我|说要|扬言|怕|担心|免得|省得|要(?=起诉|告|申请|去|到|找|打1|反映|投诉|报)|威胁(?:说|要)|吓唬|不如|(?<!申)请(?![了过来])|还是(?=去|报|起诉|走)|干脆|等着去|只能去|只有去|才(?=能|可以|给))[^，。]{0,12}$"
)
#: A condition governs its clause and the next: 再不给，我就报警了.
_CONDITION = re.compile(
    r"如果|要是|若是|假如|(?<![一二三四五六七八九十百千])万一|再不|再这样|再来|不然|否则|的话|敢[^，。]{0,6}(?:就|我)"
)
_DENIED = re.compile(
    r"(?:没有?(?!想到)|未|不(?!服|到|止|过|仅|光)|别|甭|不敢|不用|还没|从没|没钱|冇|唔|拒绝)[^，。]{0,4}$"
)
#: Between the body and what it would have done: 派出所没立案, 法院还没受理.
_DENIED_INSIDE = re.compile(
    r"(?:没有?|未|不(?!服|到|止|过)|不肯|不给|不予|拒不)(?:给|予|肯|让|能|再|得)?(?:我)?(?:们)?"
    r"(?:立|受理|受案|判|开|裁|调|来|去|报|打|出|管|查|登记|处理|申请|提|递|移送|抓|拘|答复|回复|起诉|告)"
)
_OVER = re.compile(
    r"执行完|已经执行到位|早就判完|判决(?:生效)?(?:多年|好几年)|撤(?:了|回)?(?:起?诉|仲裁|申请)|撤(?:了)?案|驳回|不予受理|(?:没|不)(?:给)?受理|(?:不|没)(?:给|予|肯)?立案|结了案|结案"
)
_WITHDRAWN = re.compile(r"[^，。]{0,6}撤(?:了|回|诉|掉)")
_QUESTION_END = re.compile(
    r"(?:吗|么|嘛|不|没有|没|不成|啵)？?$|(?<!怎么)(?:办|走|告|诉|裁|案|警|院)呢？?$|多少钱|怎么办理|要多久|多长时间|流程|要什么材料|哪个法院|归哪"
)
#: Somebody else's case: 同事去年仲裁赢了. (Who calls the police does not matter: 邻居报的警.)
_HEARSAY = re.compile(r"(?:同事|朋友|熟人|别人|别家|人家|亲戚|听说|听人|网上|新闻)[^，。]{0,8}$")
#: A clause that names one of these says whose hearing or filing it tells of.
_FORMAL = frozenset(["court", "arbitration", "police_case", "review", "inspection"])
_OWN_CASE = frozenset(["court", "arbitration", "review"])
#: Documents and hearings of these two are not a people's mediation.
_OTHER_MEDIATION = re.compile(r"法院|法官|法庭|仲裁|庭上|一审|二审|诉前")
_ARBITRAL, _POLICE, _JUDICIAL = (
    re.compile(r"仲裁"),
    re.compile(r"派出所|公安|刑警|警察|民警|经侦|报了?[警案]|刑"),
    re.compile(r"法院|法庭|法官|起诉|一审|二审|中院|高院|传票|诉状|判"),
)


@dataclass(frozen=True)
class Pending:
    kind: str
    start: int
    end: int
    text: str


def find_pending(text: str) -> list[Pending]:
    """Procedures under way in a normalised text, at most one a kind, in text order."""
    found: dict[str, Pending] = {}
    previous = ""
    for clause in clauses(text):
        said, condition = clause.text, bool(_CONDITION.search(previous))
        previous = said
        if (
            _OVER.search(said)
            or _WITHDRAWN.match(text[clause.end :])
            or condition
            or _CONDITION.search(said)
        ):
            continue
        if _QUESTION_END.search(said.rstrip("。，！；")):
            continue
        for kind, pattern in KINDS:
            if kind not in found and (match := _happened(pattern, said)) is not None:
                before = said[: match.start()]
                if (kind == "mediation" and _OTHER_MEDIATION.search(said)) or (
                    kind in _OWN_CASE and _HEARSAY.search(before)
                ):
                    continue
                found[kind] = _pending(kind, clause.start, match)
        named = any(found[k].start >= clause.start for k in found if k in _FORMAL)
        for pattern in () if named else (HEARING, FILED):
            match = _happened(pattern, said)
            owner = _owner(text, clause.start, clause.end, pattern is FILED) if match else ""
            if match is not None and owner not in found:
                found[owner] = _pending(owner, clause.start, match)
    return sorted(found.values(), key=lambda p: p.start)


def _pending(kind: str, offset: int, match: re.Match[str]) -> Pending:
    return Pending(kind, offset + match.start(), offset + match.end(), match.group())


def _happened(pattern: re.Pattern[str], clause: str) -> re.Match[str] | None:
    """The first match in a clause that is neither intended nor denied."""
    for match in pattern.finditer(clause):
        told = clause[max(0, match.start() - 10) : match.end()]
        before = clause[max(0, match.start() - 6) : match.start()]
        if not (
            _NOT_YET.search(told) or _DENIED.search(before) or _DENIED_INSIDE.search(match.group())
        ):
            return match
    return None


def _owner(text: str, start: int, end: int, filed: bool) -> str:
    """Whose hearing or filing an unnamed one is: the body last named up to here, else the court's."""
    told = text[max(0, start - 60) : end]
    places = {"court": _JUDICIAL, "arbitration": _ARBITRAL}
    if filed:
        places["police_case"] = _POLICE
    last = {kind: max((m.end() for m in p.finditer(told)), default=0) for kind, p in places.items()}
    return max(last, key=lambda kind: last[kind])


_VISITS = re.compile(
    r"(?:来|跑|去|找|反映|上访|投诉)(?:了|过|你们这|政府|镇里|县里|信访局|社区|村里|单位|他们)*[^，。]{0,3}?(?P<n>\d{1,2}|[一二两三四五六七八九十]{1,3}|好几|十几|多|无数|几十)(?:趟|次|回|遍)"
)
_NTH = re.compile(
    r"第(?P<n>\d{1,2}|[二三四五六七八九十]{1,2})(?:次|趟|回)(?:来|跑|找|反映|上访|到)"
)


def find_repeat_visits(text: str) -> int | None:
    """How often the teller has come about this; None when it is the first time or not said."""
    best: int | None = None
    for pattern in (_VISITS, _NTH):
        for match in pattern.finditer(text):
            raw = match["n"]
            words = {"好几": 3, "十几": 11, "多": 3, "无数": 10, "几十": 20}
            count = words.get(raw) or (int(raw) if raw.isdigit() else int(chinese_value(raw) or 0))
            if count >= 2 and (best is None or count > best):
                best = count
    if best is None and re.search(r"(?:我|俺)?又来(?:了|找|反映)|再次(?:来|到|上)", text):
        best = 2
    return best
