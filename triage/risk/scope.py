"""In what form something was said: denied, quoted, conditional, past, asked – decided by clause.

The reader works on the normalised text. It looks at the clause that holds the words, the clauses
before it in the same sentence (a condition or a reporting verb opens there), and the rest of the
text for a resolution. The order matters: who speaks is settled first, then denial, then time, then
condition, because a quoted denial is still a quotation. Rules: `domain.md` section 5.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

from triage.text import Piece, clauses, sentences

Form = Literal[
    "direct",
    "negated",
    "quoted",
    "quoted_accusation",
    "hypothetical",
    "historical",
    "historical_resolved",
    "question",
    "idiom",
]

_THIRD = (
    r"(?:他们?|她们?|它|伊|佢|渠|对方|老板娘?|房东|包工头|工头|经理|主管|老公|老婆|丈夫|妻子|婆婆|公公|"
    r"前夫|前妻|男友|女友|男朋友|女朋友|邻居|隔壁[^，。]{0,3}|楼上|楼下|催收的?|债主|村长|书记|保安|"
    r"儿子|女儿|儿媳|女婿|哥哥?|弟弟?|姐姐?|妹妹?|嫂子|舅[舅子]|叔|伯|有人|那边|人家|[老小][一-龥]|"
    r"[一-龥]{1,3}(?:某|总|哥|姐|叔|嫂|姨))"
)
_SAY = (
    r"(?:说|讲|骂|喊|吼|扬言|威胁|恐吓|放话|放狠话|叫嚣|留言|发(?:来)?(?:微信|短信|信息|语音|消息)|"
    r"打电话(?:来)?|撂话|撂下|嚷|道|回我?|写)"
)
_REPORT_THIRD = re.compile(
    _THIRD + r"[^，。！？；“”]{0,10}?" + _SAY + r"[^，。！？；“”]{0,6}[:：，,“]?$"
)
_REPORT_ANY = re.compile(_THIRD + r"[^。！？；“”]{0,14}?" + _SAY)
_REPORT_SELF = re.compile(
    r"(?:我|俺|阮|偶|咱)[^，。！？；“”]{0,6}?" + _SAY + r"[^，。！？；“”]{0,6}[:：，,“]?$"
)
_ACCUSED = re.compile(
    r"(?:诬赖|诬告|诬陷|冤枉|造谣|污蔑|血口喷人|倒打一耙|赖|告|举报|硬说|非说|咬定|偏说|传|怪|"
    r"(?:到处|反过来|反而|居然|竟然)?说)(?:是)?(?:我|我们|俺|我家|我儿子|我男人)"
    r"(?!不|给|要是|等着|死|去死|滚|没)"
)
_HEARSAY = re.compile(
    r"(?:网上|电视|新闻|俗话|老话|听人|听说|人家都|别人都|抖音上|老人们?)(?:都)?(?:说|讲|传)"
)
_NEGATION = re.compile(
    r"(?:不会|不可能|不是(?:要|想|来|去)?|没有|没(?!完|人管|命|法|办法|脸)|未曾|从不|从未|从没|绝不|绝对不|决不|"
    r"并不|并没|又不|也不|都不|不打算|不想(?!活)|不敢|不准备|不愿|不去|不要|不用|不至于|不|别|冇|唔|勿|莫得|不得|无意|谈不上|算不上)"
)
_DOUBLE = re.compile(
    r"(?:不是不|不敢保证(?:不|没)|不能不|难保不|保不齐|保不准|说不准|说不定|不一定不|没有不|并非不|未必不|"
    r"不代表(?:我)?不|不见得不|别以为(?:我)?不|谁说(?:我)?不|不是没|不是不敢|不敢说不|不保证不|由不得|忍不住|巴不得|恨不得|不怕|不得不)"
)
_CONDITION = re.compile(
    r"(?:如果|要是|若是|假如|倘若|万一|再不|再(?:这样|拖|逼|敢|来|不)|不(?:给|还|解决|处理|赔|管|结|让|退)"
    r"[^，。！？]{0,14}(?:，)?[^，。！？]{0,2}(?:我|俺|老子)?就|哪天|逼急|逼到|惹急|惹毛|惹火|不然|否则|要么|大不了|实在不行|调不成|"
    r"谈不拢|的话|除非|早晚|迟早|到时候?)"
)
_PAST = re.compile(
    r"(?:以前|之前|从前|过去|前年|去年|大前年|上个?月|上回|上次|那年|那次|那时候?|当年|当时|曾经?|早年|年轻(?:时|的时候)|"
    r"小时候|结婚(?:头|第)?[一二三几]?年|[一二两三四五六七八九十\d几多]+年前|(?:19|20)?\d{2}年|二[零〇一二]?[零〇一二三四五六七八九]年|"
    r"十?[一二三四五六七八九]年那|头几年|前几年|早几年|判决书|刑满|坐过牢)"
)
_RESOLVED = re.compile(
    r"(?:早(?:就|都|已)?(?:和好|好了|过去了|没事|了结|翻篇|不计较|结清|解决)|已经?(?:和好|结清|解决|了结|过去|赔了|道歉|撤了)|"
    r"(?:钱|账|工资)(?:都|也|已经?|早就?)?(?:结清|给了|结了|付清|到账)|现在(?:很|挺|都|也|蛮)?(?:好|老实|和睦|没事|正常|平静|太平|和气)|"
    r"(?:后来|之后)(?:再也|就|也)?(?:没|不)(?:再)?(?:动|打|犯|闹|来|有|提)|再也没|再没|改好了|戒了|都(?:七|八|九)十|"
    r"(?:人|他|她)(?:都|早|已经)?(?:不在了|没了|过世|走了)|翻篇|散了|各回各家|撤了)"
)
_QUESTION = re.compile(
    r"(?:吗|么|呢|嘛)[？?]?$|(?:请问|是不是|算不算|会不会|能不能|可不可以|犯不犯法|违法|怎么办|谁负责|咋办)"
)
_WITHHELD = re.compile(r"(?:不是看|要不是|若不是|看在|忍住|忍了|算了|我要是那种)")


@dataclass
class Scoped:
    """One place in the text with the form it is said in, and the words that show it."""

    form: Form
    because: str = ""


@dataclass
class ScopeReader:
    """Answers for any span of one normalised text; the clause split is computed once."""

    text: str
    _clauses: list[Piece] = field(init=False)
    _starts: list[int] = field(init=False)
    _sentences: list[Piece] = field(init=False)
    _quotes: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self._clauses = clauses(self.text)
        self._starts = [c.start for c in self._clauses]
        self._sentences = sentences(self.text)
        self._quotes = [
            (m.start(), m.end())
            for m in re.finditer(r"[“「『\"][^”」』\"]{1,200}[”」』\"]", self.text)
        ]

    def clause_at(self, position: int) -> Piece:
        """The clause that holds the character at `position` (0-based code point)."""
        if not self._clauses:
            return Piece(0, len(self.text), self.text)
        return self._clauses[max(0, bisect_right(self._starts, position) - 1)]

    def sentence_at(self, position: int) -> Piece:
        for sentence in self._sentences:
            if sentence.start <= position < sentence.end:
                return sentence
        return Piece(0, len(self.text), self.text)

    def denied(self, start: int) -> bool:
        """Whether the clause up to `start` denies what follows (double denial affirms)."""
        clause = self.clause_at(start)
        before = self.text[clause.start : start]
        if _DOUBLE.search(before):
            return False
        found = list(_NEGATION.finditer(before))
        last = found[-1] if found else None
        # A negation governs what follows it closely; far ahead in a long unpunctuated clause it
        # belongs to something else.
        if last is None or start - last.end() > 10:
            return False
        # “不给钱我就…”: the negation belongs to the condition, not to the threat.
        return not re.search(r"就|便|我|老子|俺|，|的时候", self.text[last.end() : start])

    def form(self, start: int, end: int, keeps_negation: bool = False) -> Scoped:
        """Form of the words at [start, end).

        Args:
            keeps_negation: the phrase itself carries a negation (不想活), so a particle directly
                before or inside it does not deny it; only a denial of the whole does.
        """
        clause = self.clause_at(start)
        sentence = self.sentence_at(start)
        before = self.text[sentence.start : start]
        in_clause = self.text[clause.start : clause.end]

        spoken = self._speaker(start, before, clause)
        if spoken is not None:
            return spoken

        withheld = _WITHHELD.search(before[-20:] + in_clause)
        if withheld:
            return Scoped("idiom", withheld.group())

        head = self.text[clause.start : start]
        double = _DOUBLE.search(head + self.text[start : start + 4])
        if not double:
            if keeps_negation:
                whole = re.search(
                    r"(?:没有?|从没|从未|不会|别|不是|绝不|并不是|不至于)(?:想|要|去|真|动)?(?:过)?$",
                    head[-8:],
                )
                if whole:
                    return Scoped("negated", whole.group())
            elif self.denied(start):
                return Scoped("negated", head[-10:])

        past = _PAST.search(before[-30:] + self.text[start:end])
        if past and not re.search(
            r"(?:现在|如今|今天|昨晚|刚才|又)", self.text[clause.start : start]
        ):
            resolved = _RESOLVED.search(self.text[end:]) or _RESOLVED.search(before)
            if resolved:
                return Scoped("historical_resolved", resolved.group())
            return Scoped("historical", past.group())

        condition = _CONDITION.search(before[-30:])
        if condition:
            return Scoped("hypothetical", condition.group())
        tail = self.text[end : clause.end + 1]
        question = _QUESTION.search(self.text[clause.start : start][-8:]) or _QUESTION.search(tail)
        if question:
            return Scoped("question", question.group())
        return Scoped("direct")

    def _speaker(self, start: int, before: str, clause: Piece) -> Scoped | None:
        """Whose words these are, when they are not the teller's own."""
        quote = next((q for q in self._quotes if q[0] < start < q[1]), None)
        lead = self.text[max(0, (quote[0] if quote else start) - 24) : quote[0] if quote else start]
        accused = _ACCUSED.search(lead[-14:])
        if accused:
            return Scoped("quoted_accusation", accused.group())
        hearsay = _HEARSAY.search(lead[-14:])
        if hearsay:
            return Scoped("quoted_accusation", hearsay.group())
        if quote:
            if _REPORT_SELF.search(lead):
                return None
            if _PAST.search(lead):
                return Scoped("historical", lead[-8:])
            reported = _REPORT_ANY.search(lead) or re.search(_SAY + r"[^，。]{0,4}[:：，]?$", lead)
            return Scoped("quoted", reported.group() if reported else "引号")
        inside = self.text[max(clause.start - 12, 0) : start]
        reported = _REPORT_THIRD.search(inside) or re.search(
            _THIRD + r"[^，。！？；“”]{0,8}?" + _SAY + r"[^，。！？；“”]{0,8}$", before[-24:]
        )
        if reported:
            if _PAST.search(before[-24:]):
                return Scoped("historical", reported.group())
            return Scoped("quoted", reported.group())
        return None
