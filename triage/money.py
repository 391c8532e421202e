"""Sums of money in Chinese speech.

`triage.numerals` reads the figures; this module decides what is money at all: a unit, a currency
sign, a money word beside it – and no measure after it. Approximate sums keep their lower round
figure; sums in foreign currency have no value in yuan. `triage.amounts` says which sum is claimed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from triage.numerals import DIGIT_CHARS, NUMERAL_CHARS, read_number

Kind = Literal["total", "rate", "unknown"]


@dataclass(frozen=True)
class Amount:
    """One sum in a normalised text.

    `yuan` is None when no figure can be given (几万, foreign money); `approximate` marks 十几万, 近八万,
    两百来块. `per` is the unit of a rate: 月, 天, 人 … or empty.
    """

    start: int
    end: int
    text: str
    yuan: float | None
    kind: Kind
    approximate: bool = False
    per: str = ""


_UNITS = r"(?:万|元|块钱|块|圆|个(?=[月人]))"
_FIGURE = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}，000(?!\d)|\d+(?:\.\d+)?)"
_FOREIGN = r"(?:美元|美金|美刀|港币|港元|欧元|日元|英镑|韩元|澳元|加元|卢布|泰铢)"
_NOT_UNIT = (
    r"元(?!旦|月|宵|素|件|老|凶|年)|圆(?=整|[，。]|$)|人民币|RMB|rmb|大洋"
    # 块 is also “piece”: 两块地, 一块儿去.
    r"|块(?!地|田|砖|木|石|表|肉|玻璃|板|牌|屏|宅|菜|儿|布|糖|空|林|塘|山|荒|瓦|铁|布|墓|疤|淤|皮|伤|青)"
)
_SUM = re.compile(
    rf"(?P<sign>[￥$€]|人民币|RMB|rmb)?"
    rf"(?P<num>[上近好]?(?:{_FIGURE}|半(?=万)|百(?=[把来多])|千(?=[把来多])|[{NUMERAL_CHARS}几])"
    rf"(?:{_FIGURE}|[{NUMERAL_CHARS}几]|[多来余](?={_UNITS})|(?<=\d)[wWkK](?![A-Za-z]))*)"
    rf"(?P<more>[多来余把](?:万|千)?)?"
    rf"(?:(?P<foreign>{_FOREIGN})|(?P<unit>元整|块钱|元钱|{_NOT_UNIT})"
    rf"(?P<rest>(?:[\d{DIGIT_CHARS}](?:毛|角)(?:[\d{DIGIT_CHARS}](?:分|(?=$|[，。！？；、）])))?|[\d{DIGIT_CHARS}](?=$|[，。！？；、）]|一[斤度方平亩吨]|[钱的没不都]))|半(?![天个年]))?"
    rf"|(?P<small>(?:毛|角)(?=一[斤度方平亩吨张个袋]|钱|$|[，。！？；、]|都|也|没)))?"
)
#: Measures after a bare number: it counts something else than money.
_MEASURE = re.compile(
    r"个|月|年|天|日|号|点|时|小时|分|秒|岁|人|名|位|户|家|次|趟|回|遍|斤|公斤|吨|克|亩|平|㎡|m2|m|米|公里|里|楼|层|栋|幢|"
    r"单元|室|条|辆|台|张|份|箱|件|套|头|只(?![剩有给赔退肯是够还能要拿])|棵|株|页|路|周|届|级|桌|车|瓶|桶|袋|批|期|代|口|双|根|颗|片|%|成|折|倍|度|°|股|"
    r"字|句|步|粉|瓦|伏|星期|礼拜|英里|英尺|厘米|公分|方|立方|升|响|夜|多?个|来个|多?人|门|把|块|瓶|盒|包|捆|车次|公顷|播放|阅读|点赞|赞"
)
_NOT_MONEY_AFTER = re.compile(
    r"\d|[A-Za-z]|[.:]\d|-\d|/\d|[一二]不|分之|不离|富翁|富婆|火急|[不无]一失|别|大军|电视|灯|高清|画质|屏|瓦|雄师|以内|多?路"
)
#: A bare number is money after one of these …
_MONEY_BEFORE = re.compile(
    r"(?:欠|赔|给|付|刷|充|掏|补|打|垫付|转账|记|借|还|要|收|交|花|垫|赚|扣|押金|定金|订金|工资|工钱|货款|彩礼|房租|租金|首付|贷|总|计|价|费|款|钱|补偿|赔偿|金|"
    r"损失|本金|利息|投|拿|卖|买|转|少|差|剩|余|退|涨|罚|奖|分红|充|捐|凑|押|薪|底薪|提成|账|吃掉|卷走|骗|亏|合计|共计|总共|一共|到手|发|月租|年租|实付|结|礼金|抚养费|月供|存|出|修|按)"
    r"[了过我他她你们得到的是有那这才就只也共着下走掉个大概约差不多近将近快要至少不到：:]{0,5}$"
)
#: … or before one of these, or as price of a time or piece.
_MONEY_AFTER = re.compile(
    r"(?:多)?的?(?:工资|工钱|货款|彩礼|押金|定金|订金|房租|租金|首付|本金|利息|赔偿|补偿|医药费|医疗费|学费|货|欠款|欠条|借条|罚款|保证金|违约金|钱|整|不到位|退|还|赔|没|不[退还给赔认]|都不|只?剩|打水漂|的(?![人时话])(?=[一-龥]))"
    r"|(?:一|每|/)个?(?:月|天|年|晚|小时|平|亩|吨|斤|单|趟|次|人|学期|节课)"
)
_BIG = re.compile(r"[万亿萬wWkK]")
#: 2000 and its like are years unless money is spoken of right before.
_BIG_CONTEXT = re.compile(
    r"(?:欠|工资|押金|租|每月|付|赔|薪|给|扣|共|计|还|借|花|费|交)[了我他她你过的]{0,2}$"
)
_PERIOD = r"(?P<per>月|天|日|年|小时|钟头|平方|平|亩|吨|斤|公斤|件|单|趟|晚|人|次|季度|学期|节课|个人|位|户|车|方|米)"
_RATE_BEFORE = (
    re.compile(r"(?:一|每)个?(?P<per>人|位|户)[^，。；！？\d一]{0,6}$"),
    re.compile(rf"(?:每|按)个?{_PERIOD}[^，。；！？\d]{{0,8}}$"),
    # 一… said as a price and not as a duration (干了一个月给了…, 欠我一个月…).
    re.compile(
        rf"(?<![了过满欠扣拖押这上下前第后近])一个?{_PERIOD}"
        r"(?:的|就|才|只|大概|约|差不多|要|得|给|发|交|收|拿|付|还|扣|工资|租金|房租|底薪|生活费|我|他|她|是|到手|能|也|开|取走?|扣|挣|赚|领){0,5}$"
    ),
    re.compile(
        r"(?:月薪|日薪|底薪|时薪|月工资|日工资|月租金?|(?<!半)年租金?|年薪|月供|日租|人均|工价|月租费|单价)"
        r"[^，。；\d]{0,4}$"
    ),
)
_RATE_AFTER = re.compile(
    rf"(?:钱)?(?:的)?(?:左右)?(?:一|每|/)个?{_PERIOD}(?!(?:多|半)?[后前]|底|初|份|[性还付交结清])"
)
_WORD_PER = {"月": "月", "日": "天", "年": "年", "时": "小时", "底": "月", "人": "人", "工": "月"}
DEMAND = re.compile(
    r"(?:要求|请求|主张|索赔|索要|诉求|希望|想要|应该|应当|应付|请|申请|必须|该|要)[^，。；！？]{0,12}"
    r"(?:赔|付|支付|退|返|补|结清|给付|承担|要回|讨|差额|损失|费)[^，。；！？]{0,12}$|(?:索赔|主张|索要|诉求)[^，。；]{0,6}$"
)
TOTAL = re.compile(
    r"(?:共|总共|一共|合计|总计|总额|加起来|拢共|统共|累计|算下来|总的|连本带利|算起来|两项|三项|几项|凑起来)[^，。；！？]{0,9}$"
)
REMAINS = re.compile(
    r"(?:还剩|还差|还欠|尚欠|仍欠|剩下|下欠|结欠|余款|尾款|尾数|剩余|余下|剩的|差我|还有|欠款)[^，。；！？]{0,8}$"
)
OWED = re.compile(r"(?:欠|拖|压|赖|扣|卷走|骗|亏|损失|垫)[^，。；！？]{0,8}$")
_AROUND_BEFORE = re.compile(r"(?:近|将近|快|大概|约|大约|差不多|至少|不到|超过|接近|大致)$")
_AROUND_AFTER = re.compile(r"左右|上下|出头|以上|多|不到")
#: 四千三, 三千六百五: said this way and followed by nothing, it is money.
_SPOKEN = re.compile(
    rf"[{DIGIT_CHARS}十]+千[{DIGIT_CHARS}]百?[{DIGIT_CHARS}]?|[{DIGIT_CHARS}]百[{DIGIT_CHARS}]"
)
#: What 一 begins when it ends a figure: 12.6万一直拖.
_ONE_WORD = re.compile(r"[直共起分点样定般旦律切些带并同面边再下]")
_HOTLINES = frozenset(
    [
        "110",
        "119",
        "120",
        "122",
        "12345",
        "12348",
        "12333",
        "12315",
        "12388",
        "12328",
        "12378",
        "12368",
        "12309",
        "12329",
        "12366",
        "12380",
        "12337",
        "10086",
        "10010",
        "10000",
        "12306",
        "95598",
        "996",
        "315",
        "114",
        "96110",
        "12389",
    ]
)


def find_amounts(text: str) -> list[Amount]:
    """Sums of money in a normalised text, in order, without overlaps."""
    found: list[Amount] = []
    at = 0
    while (match := _SUM.search(text, at)) is not None:
        amount = _read(text, match, found[-1].end if found else 0)
        if amount is not None:
            found.append(amount)
        at = max(amount.end if amount else match.end(), at + 1)
    return found


def _read(text: str, m: re.Match[str], previous: int) -> Amount | None:
    start, end, raw = m.start(), m.end(), m["num"]
    before = text[max(0, start - 16, previous) : start]
    money = bool(m["sign"] or m["unit"] or m["small"] or m["foreign"])
    more = m["more"] or ""
    if raw == "一" and (m["unit"] or "").startswith("块") and not (m["rest"] or "钱" in m["unit"]):
        return None  # 一块 is “together” far more often than one yuan.
    if (
        m["small"]
        and raw == "一"
        and re.match(r"[角毛](?:都|也|钱)?[没不未]", text[m.end("num") :][:6])
    ):
        return None  # 一毛没到: nothing at all
    if not money:
        raw, more, end = _without_next_count(text, m)
        if not _is_money(raw, before, text[start - 1 : start], text[end : end + 8]):
            return None
    number = read_number(raw + more)
    if number is None or number.value == 0:
        return None
    value = number.value
    if m["small"] and value is not None:
        value /= 10
    if value is not None and money and m["rest"]:
        value += _small_change(m["rest"])
    if m["foreign"] or (m["sign"] or "") in ("$", "€"):
        value = None
    after = text[end : end + 12]
    kind, per = _kind(before, after)
    around = number.approximate or _AROUND_BEFORE.search(before) or _AROUND_AFTER.match(after)
    return Amount(start, end, text[start:end], value, kind, bool(around), per)


def _without_next_count(text: str, m: re.Match[str]) -> tuple[str, str, int]:
    """五千六个人 → 五千: the last figure counts what follows (also 三千二十号, 12万6个人)."""
    raw, more, end = m["num"], m["more"] or "", m.end("num")
    if not more and raw[-1] == "一" and len(raw) > 1 and _ONE_WORD.match(text[end:]):
        return raw[:-1], "", end - 1
    if not more and _MEASURE.match(text[end:]):
        glued = re.search(
            rf"(?<=[百千万亿kKwW{DIGIT_CHARS}])[{DIGIT_CHARS}\d]$|(?<=[千万亿])[{DIGIT_CHARS}]?十[{DIGIT_CHARS}]?$",
            raw,
        )
        if glued and re.search(r"[百千万亿kKwW]", raw[: glued.start()]):
            return raw[: glued.start()], "", end - len(glued.group())
    if more in ("来", "把") and not _MEASURE.match(text[end + 1 :]):
        return raw, "", end  # 欠三千来问问: a verb
    return raw, more, end + len(more)


def _is_money(raw: str, before: str, last: str, after: str) -> bool:
    """Whether a number without unit or sign is money, by its neighbours."""
    if (last.isascii() and last.isalnum()) or last in (".", "-", "/", "第", ":") or raw == "几":
        return False
    if _NOT_MONEY_AFTER.match(after) or raw in _HOTLINES or raw in ("万一", "二百五"):
        return False
    priced = _MONEY_AFTER.match(after)
    if priced is None and _MEASURE.match(after):
        return False
    if _BIG.search(raw):
        return raw not in ("万", "千万", "百万", "亿", "亿万", "千千万万") and last != "百"
    big = (bool(re.search(r"[百千佰仟]", raw)) and len(raw) > 1) or re.fullmatch(
        r"[\d,.]{3,9}", raw
    )
    if not big:
        return False
    year = re.fullmatch(r"(?:19|20)\d\d", raw)
    if year and not _BIG_CONTEXT.search(before):
        return False
    if _SPOKEN.fullmatch(raw) and re.match(
        r"$|[，。！？；、）”的了没不]|到手|退|赔|[一-龥]", after
    ):
        return True
    rate = any(p.search(before) for p in _RATE_BEFORE)
    return bool(rate or priced or _MONEY_BEFORE.search(before))


def _small_change(rest: str) -> float:
    if rest.startswith("半"):
        return 0.5
    figures = [read_number(c) for c in rest if c not in "毛角分"]
    return float(sum((f.value or 0) / 10.0 ** (i + 1) for i, f in enumerate(figures) if f))


def _kind(before: str, after: str) -> tuple[Kind, str]:
    if (m := _RATE_AFTER.match(after)) is not None:
        return "rate", m["per"]
    clause = re.split(r"[，。；！？\n]", before)[-1]
    rate = next((m for p in _RATE_BEFORE if (m := p.search(clause))), None)
    if rate is not None and not TOTAL.search(clause):
        return "rate", rate["per"] if rate.re.groups else _WORD_PER.get(rate.group()[0], "")
    if any(p.search(clause) for p in (TOTAL, REMAINS, OWED, DEMAND)):
        return "total", ""
    return "unknown", ""
