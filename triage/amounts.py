"""Sums of money in Chinese speech, and the one that is claimed.

cn2an reads the written numerals (八万八 → 88000 needs care, 壹万贰仟元整, 12.6万); this module decides
what is money at all and which sum is the claim. Approximate sums keep their lower round figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["total", "rate", "unknown"]


@dataclass(frozen=True)
class Amount:
    """`yuan` is None when no figure can be given; `approximate` marks 十几万, 近八万, 两百来块."""

    start: int
    end: int
    text: str
    yuan: float | None
    kind: Kind
    approximate: bool = False


_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")}
_DIGIT |= {"〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7,
           "捌": 8, "玖": 9, "幺": 1}  # fmt: skip
_UNIT = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_BIG = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}
_CN = "零〇一二两俩三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"

_MONEY = r"(?:元|块钱|块大洋|块|圆|人民币)"
_AROUND = r"(?:多|几|来|余|把)"
_NUMBER = re.compile(
    # 3.5万 / 12万6 / 8,000.50元 / ￥300 / 3k / 1.5w
    rf"(?P<pre>[￥¥]|人民币)?(?P<arabic>\d[\d,，]*(?:\.\d+)?)(?P<a1>{_AROUND})?"
    rf"(?P<unit>万亿|亿|万|千|百|w|W|k|K)?(?P<a2>{_AROUND})?(?P<tail>\d{{1,4}}(?![\d.]))?"
    rf"(?P<money>{_MONEY})?"
    rf"|(?P<cn>[{_CN}几]+)(?P<a3>{_AROUND})?(?P<cn_unit>万|千|百)?(?P<a4>{_AROUND})?(?P<money2>{_MONEY})?"
)
#: Measures after a number that make it something else than money.
_NOT_MONEY = re.compile(
    r"^(?:个?月|年|天|日|号|点|时|小时|分钟|岁|个|人|名|位|户|家|次|趟|回|遍|斤|公斤|吨|克|两(?!千|百|万)|亩|分地|平|米|公里|里|楼|层|栋|"
    r"单元|室|条|辆|台|张|份|箱|件|套|头|只|棵|株|页|路|周|届|级|桌|车|瓶|桶|袋|批|期|代|口|毛线|双|把|根|颗|片|%|％|成|折|倍|度|℃|"
    r"院|中|小|高|字|句|话|样|边|面|方|直|起|些|定|般|旦|切|共|生|辈子|言|家子|下|带|同|齐|律|再|会儿|股|万五千里)"
)
_BEFORE = re.compile(
    r"(?:欠|赔|给|付|借|还|要|收|交|花|垫|赚|扣|押金|定金|订金|工资|工钱|货款|彩礼|房租|租金|首付|贷|共|总|计|价|费|款|钱|值|补偿|赔偿|"
    r"损失|本金|利息|投|拿|卖|买|转|打了|打过|发|少|差|剩|余|退|涨|罚|奖|分红|存|充|捐|凑|出了?|押|薪|底薪|提成|账)[了过我他她你们得到的是有：:，,就才只还也共个]{0,4}$"
)
_RATE = re.compile(
    r"(?:每|一|按)(?:个)?(?:月|天|日|年|小时|钟头|平|亩|吨|斤|件|单|趟|晚|人|次|季度)[^，。]{0,5}$|月薪[^，。]{0,3}$|日薪[^，。]{0,3}$|底薪[^，。]{0,3}$|"
    r"(?:月|天|日)(?:工资|租)[^，。]{0,4}$|时薪[^，。]{0,2}$|单价[^，。]{0,3}$"
)
_RATE_AFTER = re.compile(
    r"^(?:钱)?(?:一|每|/|／)(?:个)?(?:月|天|日|年|小时|钟头|平|亩|吨|斤|件|单|趟|晚|人|次)"
)
#: Telephone numbers everybody knows.
_HOTLINES = frozenset({"110", "119", "120", "122", "12345", "12348", "12333", "12315", "12388"})
_TOTAL = re.compile(
    r"(?:共|总共|一共|合计|总计|总额|加起来|前后|拢共|统共|累计|全部|总的|欠(?:我|我们|了|着|下)*)[^，。；！？]{0,8}$"
)


def chinese_value(text: str) -> float | None:
    """Value of a Chinese numeral incl. the spoken short forms: 八万八 → 88000, 三千五 → 3500.

    None when it is not a numeral. cn2an reads 一百二 as 102 in strict mode, so the short forms are
    read here.
    """
    total, section, number = 0, 0, 0
    last_unit = 1
    pending_zero = False
    seen = False
    for c in text:
        if c in _DIGIT:
            if _DIGIT[c] == 0:
                pending_zero = True
            number = _DIGIT[c]
            seen = True
        elif c in _UNIT:
            section += (number or (1 if not seen or number == 0 else number)) * _UNIT[c]
            number, last_unit, seen, pending_zero = 0, _UNIT[c], True, False
        elif c in _BIG:
            total = (
                (total + section + number) * _BIG[c]
                if _BIG[c] > 10_000
                else total + (section + number) * _BIG[c]
            )
            section, number, last_unit, seen, pending_zero = 0, 0, _BIG[c], True, False
        else:
            return None
    if number and last_unit >= 100 and not pending_zero:
        number *= last_unit // 10
    return float(total + section + number) if seen else None


def find_amounts(text: str) -> list[Amount]:
    """Sums of money in a normalised text, in order."""
    found: list[Amount] = []
    for match in _NUMBER.finditer(text):
        amount = _read(text, match)
        if amount is not None:
            found.append(amount)
    return found


def _read(text: str, m: re.Match[str]) -> Amount | None:
    start, end = m.start(), m.end()
    before, after = text[max(0, start - 12) : start], text[end : end + 8]
    money = bool(m["money"] or m["money2"] or m["pre"])
    if m["arabic"] is not None:
        value = _arabic(m)
        big = m["unit"] is not None
        approximate = bool(m["a1"] or m["a2"])
    else:
        value, approximate = _chinese(m)
        big = any(c in "千仟万百佰" for c in m.group()) and len(m.group()) >= 2
    if value is None and not approximate:
        return None
    if not money:
        if re.match(r"^(?:钱|整)", after):
            money = True
        elif _NOT_MONEY.match(after) or (
            m["arabic"] and text[start - 1 : start].isalpha() and text[start - 1 : start].isascii()
        ):
            return None
        elif re.search(r"[万wW亿]", m.group()):
            money = True  # a bare 万 without a measure is money in this office
        elif not _BEFORE.search(before) or (not big and (value or 0) < 100):
            return None
    if money and m["arabic"] is None and m.group().startswith("块"):
        return None
    if value == 0 or (not money and m.group() in _HOTLINES):
        return None
    approximate = approximate or bool(
        re.search(r"(?:近|快|将近|大概|约|大约|差不多|上下|左右|不到)$", before[-4:])
    )
    return Amount(start, end, text[start:end], value, _kind(before, after), approximate)


def _arabic(m: re.Match[str]) -> float | None:
    try:
        value = float(m["arabic"].replace(",", "").replace("，", ""))
    except ValueError:
        return None
    unit = {"万": 1e4, "w": 1e4, "W": 1e4, "亿": 1e8, "千": 1e3, "k": 1e3, "K": 1e3, "百": 1e2,
            "万亿": 1e12}.get(m["unit"] or "", 1.0)  # fmt: skip
    tail = m["tail"]
    if tail and unit > 1:
        # 12万6 is 126000, 3万5千 is matched apart, 3万2500 is 32500.
        return value * unit + (int(tail) * unit / 10 ** len(tail) if len(tail) < 4 else int(tail))
    return round(value * unit, 2)


def _chinese(m: re.Match[str]) -> tuple[float | None, bool]:
    raw = m["cn"] + (m["cn_unit"] or "")
    approximate = bool(m["a3"] or m["a4"])
    if "几" in raw:
        approximate = True
        core = raw.split("几")[0]
        unit = raw.rsplit("几", 1)[1]
        base = chinese_value(core + unit) if core else None
        if not core:
            return None, True
        return base, True
    if m["a3"] and m["cn_unit"]:
        # 二十多万 → 200000, not 二十万多 twice
        base = chinese_value(m["cn"])
        factor = chinese_value("一" + m["cn_unit"])
        return (base * factor if base and factor else None), True
    return chinese_value(raw), approximate


def _kind(before: str, after: str) -> Kind:
    if _RATE.search(before) or _RATE_AFTER.match(after):
        return "rate"
    if _TOTAL.search(before):
        return "total"
    return "unknown"


def main_amount(text: str) -> float | None:
    """The sum claimed: a stated total, else the largest sum that is no rate; None without one."""
    amounts = [a for a in find_amounts(text) if a.yuan]
    totals = [a.yuan for a in amounts if a.kind == "total" and a.yuan]
    if totals:
        return max(totals)
    plain = [a.yuan for a in amounts if a.kind != "rate" and a.yuan]
    if plain:
        return max(plain)
    return None
