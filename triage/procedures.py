"""What is already under way – court, arbitration, police, review – and how often they came.

“Already” is the point: an intention (准备起诉), a question (能不能起诉), a denial (没报警) or a thing
long finished does not bind the route. Decided by clause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.amounts import chinese_value
from triage.text import clauses

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "court",
        re.compile(
            r"(?:法院|法庭)[^，。]{0,8}(?:立(?:了)?案|受理|开(?:了)?庭|判(?:了|决)|传票|调解书|在审|执行局)|"
            r"(?:收到|接到|来了|拿到)[^，。]{0,4}(?:法院)?(?:传票|起诉状|应诉)|(?:一审|二审|再审)[^，。]{0,6}(?:判|开庭|在|输|赢|维持)|"
            r"(?:已经?|刚|上个?月|前几天|去年|今年)[^，。]{0,6}(?:起诉|告到法院|诉到法院|立案)(?!离婚(?:能|要))|"
            r"(?:他|她|对方|公司|银行|老板|房东)[^，。]{0,6}(?:把|将)?我?[^，。]{0,2}(?:起诉了|告上法院|告到法院|告了我)|"
            r"(?:开庭|立案)(?:了|过|通知)|在打官司|正在(?:诉讼|起诉)|申请(?:了)?强制执行|强制执行"
        ),
    ),
    (
        "arbitration",
        re.compile(
            r"(?:仲裁(?:委|院|庭)?)[^，。]{0,6}(?:立案|受理|开庭|裁决|裁了|开过庭)|(?:申请|提|提起|递)了(?:劳动)?仲裁|"
            r"(?:已经?|上个?月|刚|前几天)[^，。]{0,6}(?:申请|提(?:起)?|递交)?(?:了)?(?:劳动)?仲裁(?!能|要)|正在仲裁|仲裁裁决(?:书)?"
        ),
    ),
    (
        "police_case",
        re.compile(
            r"(?:派出所|公安|刑警|警方|经侦)[^，。]{0,8}(?:立(?:了)?案|受理|在(?:查|侦查|办)|刑拘|抓了)|(?:刑事)?立案(?:侦查|告知)|"
            r"(?:被|给)(?:刑拘|拘留|取保)|移送检察院|检察院[^，。]{0,4}(?:批捕|起诉)"
        ),
    ),
    (
        "police",
        re.compile(
            r"报(?:了|过)(?:[^，。]{0,3})?警|打(?:了|过)110|派出所[^，。]{0,6}(?:来|出|调解|处理)(?:过|了)|民警[^，。]{0,4}(?:来|到)"
        ),
    ),
    (
        "review",
        re.compile(
            r"(?:申请|提|提起|递)了?(?:行政)?复议(?!能|要|吗)|复议[^，。]{0,6}(?:受理|立案|在办|决定)"
        ),
    ),
    (
        "petition",
        re.compile(
            r"(?:信访局?|12345|市长热线|巡视组)[^，。]{0,8}(?:受理|登记|答复|转办|打(?:了|过)|反映(?:了|过)|跑(?:了|过)|去(?:了|过))"
        ),
    ),
    (
        "inspection",
        re.compile(
            r"(?:劳动监察|监察大队|劳监)[^，。]{0,8}(?:在查|受理|立案|登记|去(?:了|过)|投诉(?:了|过))|(?:投诉|告)到(?:了)?劳动监察"
        ),
    ),
    (
        "mediation",
        re.compile(
            r"(?:村里|社区|司法所|调委会|镇里|派出所|居委会)[^，。]{0,6}调(?:解)?(?:过|了)|调解过|签(?:了|过)调解(?:协议|书)"
        ),
    ),
)
_NOT_YET = re.compile(
    r"(?:准备|想|打算|要不要|能不能|可不可以|是不是要|会不会|怎么|如何|是否|如果|要是|再不|不然|否则|大不了|可以|能|该|需要|要去|建议|叫我|让我|劝我|说要|扬言|威胁)"
    r"[^，。]{0,6}$"
)
_DENIED = re.compile(r"(?:没有?|未|不想|不愿|不去|没去|别|不敢|不用|还没|从没|没钱)[^，。]{0,4}$")
_OVER = re.compile(
    r"(?:执行完|已经执行到位|早就判完|判决(?:生效)?(?:多年|好几年)|撤(?:了)?诉|撤(?:了)?案|驳回|不予受理|没受理|不受理|不立案|不给立案)"
)
_QUESTION_END = re.compile(r"(?:吗|么|呢|嘛|不)？?$|多少钱|怎么办理|要多久|流程")


@dataclass(frozen=True)
class Pending:
    kind: str
    start: int
    end: int
    text: str


def find_pending(text: str) -> list[Pending]:
    """Procedures under way in a normalised text, at most one a kind, in text order."""
    found: dict[str, Pending] = {}
    for clause in clauses(text):
        if _OVER.search(clause.text):
            continue
        asked = bool(_QUESTION_END.search(clause.text.rstrip("。，！；")))
        for kind, pattern in _KINDS:
            match = pattern.search(clause.text)
            if match is None or kind in found:
                continue
            before = clause.text[: match.start()]
            if asked or _NOT_YET.search(before[-10:]) or _DENIED.search(before[-6:]):
                continue
            start = clause.start + match.start()
            found[kind] = Pending(kind, start, clause.start + match.end(), match.group())
    return sorted(found.values(), key=lambda p: p.start)


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
