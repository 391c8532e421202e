"""The sum of money that is claimed.

`triage.money` finds the sums; this module ranks them by what is said around each: demanded, still
owed, a grand total – or only paid, offered, or a price. Every rank is a guess about speech, so they
are few and written down in one table.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from triage.headcount import find_headcount
from triage.money import DEMAND, OWED, REMAINS, TOTAL, Amount, Kind, find_amounts
from triage.numerals import DIGIT_CHARS, chinese_value, read_number

__all__ = ["Amount", "Kind", "chinese_value", "find_amounts", "main_amount"]

#: Never the claim: what the other side offers or has paid, and what a price rose or fell to.
_NEVER = 0.0
#: A price or a loan: the claim only when no other sum is stated.
_PRICE = 1.0
_PAID, _PLAIN, _OWED, _REMAINS, _DEMAND = 1.5, 2.0, 3.0, 4.0, 5.0
_MENTIONED_TWICE, _FIRST_WORDS, _BRIDE_PRICE, _MINOR, _DEDUCTION = 0.7, 0.6, 0.5, -0.8, -0.1

_DEMAND_AFTER = re.compile(
    r"[^，。；！？\d]{0,4}(?:退我|还我|赔我|给我退|退给我|还给我|退回来|退出来|要回来|能要回|能退|给我就行|退给)"
)
_DEMAND_OF_THEM = re.compile(
    r"(?:让|叫|要|找|逼|喊|问)(?:他|她|他们|对方|老板|公司|厂里|店里|物业|房东)[^，。；！？]{0,4}(?:赔|退|还|付|给|出|补|要)[^，。；！？]{0,4}$"
)
#: What is demanded of the teller: 要我赔一万二. A claim of its own, but not before the teller's.
_DEMANDED_OF_ME = re.compile(
    r"(?:要|让|叫|非要|逼|喊|找)(?:我|俺|我们|我家|我爸|我妈)(?:们)?(?:先|再|还)?(?:赔|交|付|出|退|补|还|拿|掏)[^，。；！？]{0,4}$"
)
_UNPAID_AFTER = re.compile(
    r"[^，。；！？\d]{0,8}(?:没给|没付|未付|没结|不给|没退|不退|没还|未还|不还|没到位|没拿到|要不回|要不到|没发|未发|没着落|一直拖|拖着|分文未|一分没)"
)
#: Part payments; 还 (to pay back) is always one, the rest when the other side pays.
_PAID_BACK = re.compile(
    r"(?:还|归还|偿还|还掉|返还?)(?:过|了|给|掉|款)(?:我|他|她|我们|俺)?[^，。；！？]{0,3}$|已还[^，。]{0,8}$"
)
_PAID_BY_OTHER = re.compile(
    r"(?<![让叫要找逼问喊])(?:他|她|对方|老板|公司|厂[里方]|店[里主家]|单位|保险|保司|学校|平台|工头|包工头|房东|物业|商家|中介|开发商|医院|院方|站里|社区|村里)"
    r"[^，。；！？]{0,8}?(?<![拒不没未肯])(?:给|付|垫|退|赔|发|结|打(?=给|了?我|过来)|转|支|预付|补|送|丢|扔|塞)(?:过|了|给|付|我|我们|俺)*[^，。；！？]{0,3}$"
    r"|(?:只|才|就|先|一共|统共|总共)(?:肯)?(?:给|付|退|赔|发|结|支)(?:过|了|我|我们)*[^，。；！？]{0,2}$|(?:给我|给我们)(?:打|转|发|付|结|退|补|支)了$"
)
_HANDED_OVER = re.compile(
    r"(?:已经?|先|陆续|前后|中途|期间|中间|后来|当时)?(?:付|给|退|赔|打|转|支付|发|结|预付|支)(?:过|了|给)?(?:我|我们|俺)?$"
)
#: Given by the teller for something that did not come: it is what comes back.
_STAKE = re.compile(
    r"(?:彩礼|定金|订金|押金|学费|会费|加盟费|保证金|货款|首付|转账|三金|中介费|培训费|投资|本金|服务费)[^，。；！？]{0,6}$"
)
_OFFER = re.compile(
    r"(?:只肯|只愿|只同意|只答应|只认|顶多|最多|愿意|同意|答应|只[赔给退](?![了过])|报价|改口|折中|说(?:是)?(?:只|最多)|愿出|愿给|肯出)[^，。；！？]{0,8}$|协议[^，。；！？]{0,4}补偿[^，。]{0,2}$|补偿$"
)
_PRICES = re.compile(
    r"(?:总价|合同价|标价|票面|讲价|房价|保额|造价|年收入|存款|市值|月收入|原价|注册资本|贷款|房贷|额度|月销售额|流水|营业额|净赚|利润|定价|单价|月薪|工资|底薪)[^，。；！？]{0,6}$|贷$"
)
_NO_CLAIM = re.compile(
    r"(?:房价|年收入|月收入|收入|房贷|贷款|退休金|养老金|低保|流水|营业额|利润|注册资本)[^，。；！？]{0,4}$"
)
_RANGE_TO = re.compile(r"[万千百元块\d](?:到|至|[-～~])$")
_RANGE_AFTER = re.compile(r"(?:到|至|[-～~])[\d一二两三四五六七八九十]|不等")
_CHANGED = re.compile(r"(?:涨|升|降|跌|变|改|调|掉|减|少|加)(?:到|成|至|为)[^，。；！？]{0,3}$")
#: Left over by the other side's account (亏得只剩四千), not what is still owed.
_SHRUNK = re.compile(r"只剩[^，。；！？]{0,4}$")
_LEFT = re.compile(r"(?:差|(?<![只就上才])[剩余])$")
_SUBTRACTED = re.compile(r"扣(?!押)[^，。；！？]{0,6}$")
_MINOR_WORDS = re.compile(
    r"(?:补贴|津贴|路费|车费|车票|脚钱|礼|罚息|手续费|药费|低保|生活费|退休金|养老金|月钱|红包|全勤|奖金|打车|误工|管理费|慰问|罚款|违约金|运费|押金)[^，。；！？]{0,5}$"
)


def main_amount(text: str) -> float | None:
    """The sum claimed, in yuan; None without one.

    The highest rank wins (`_rank`); between equals the last one for what remains or is the total,
    else the largest. Parallel sums (充了三千, 充了两千) add up. A rate counts only when it is all there
    is: times the months or people stated with it, or a year's.
    """
    amounts = [a for a in find_amounts(text) if a.yuan and a.yuan >= 1]
    rates = [a for a in amounts if a.kind == "rate"]
    sums = [a for a in amounts if a.kind != "rate"]
    if any(a.yuan >= 100 for a in sums if a.yuan):
        # 两块 beside real sums are pieces or a unit price.
        sums = [a for a in sums if a.yuan and a.yuan >= 10]
    ranks = _ranks(text, amounts)
    ranked = [(ranks[a], a) for a in sums]
    best = max((r for r, _ in ranked), default=_NEVER)
    if best <= _PAID:
        product = _product(text, rates)
        if product is not None:
            return product
    if best == _PRICE and len(sums) == 1 and _NO_CLAIM.search(_clause_before(text, sums[0].start)):
        return None
    if best > _NEVER:
        chosen = [a for r, a in ranked if r == best]
        if best < _DEMAND and (added := _added(text, sums)) is not None:
            return added
        if best < _REMAINS and (rest := _less_paid(text, ranked)) is not None:
            return rest
        if _REMAINS <= best < _DEMAND:
            return chosen[-1].yuan
        return max(a.yuan or 0 for a in chosen)
    years = [a for a in rates if a.per == "年"]
    return years[0].yuan if not sums and len(rates) == 1 and years else None


def _ranks(text: str, amounts: list[Amount]) -> dict[Amount, float]:
    said = Counter(a.yuan for a in amounts)
    ranks = {}
    for amount, previous in zip(amounts, [None, *amounts], strict=False):
        rank = _rank(text, amount, previous)
        if rank > _NEVER:
            rank += _MENTIONED_TWICE if said[amount.yuan] > 1 else 0
            rank += _FIRST_WORDS if amount.start <= 1 else 0
        ranks[amount] = rank
    return ranks


def _rank(text: str, amount: Amount, previous: Amount | None) -> float:
    start = max(0, amount.start - 24, previous.end if previous else 0)
    before, after = text[start : amount.start], text[amount.end : amount.end + 12]
    clause = re.split(r"[，。；！？\n]", before)[-1]
    if _OFFER.search(clause) or _CHANGED.search(clause) or _RANGE_AFTER.match(after):
        return _NEVER
    if _RANGE_TO.search(text[max(0, amount.start - 8) : amount.start]) and after.startswith("不等"):
        return _NEVER
    if _PAID_BACK.search(clause):
        return _PAID - 1
    if _DEMANDED_OF_ME.search(clause):
        return _OWED
    if _DEMAND_OF_THEM.search(clause) or DEMAND.search(clause) or _DEMAND_AFTER.match(after):
        return _DEMAND
    if _SHRUNK.search(clause):
        return _PRICE
    if REMAINS.search(clause) or _LEFT.search(clause):
        return _REMAINS
    if _PAID_BY_OTHER.search(clause) and not _UNPAID_AFTER.match(after):
        return _NEVER
    if TOTAL.search(before):
        return _REMAINS
    minor = _MINOR if _MINOR_WORDS.search(clause) else 0
    if _SUBTRACTED.search(clause):
        return _PLAIN + _DEDUCTION
    if OWED.search(clause) or _UNPAID_AFTER.match(after):
        return _OWED + minor
    if _PRICES.search(clause):
        return _PRICE
    if "彩礼" in clause:
        return _PLAIN + _BRIDE_PRICE
    if _HANDED_OVER.search(clause) and not _STAKE.search(clause):
        return _PAID + minor / 2
    return _PLAIN + minor


def _less_paid(text: str, ranked: list[tuple[float, Amount]]) -> float | None:
    """A sum less the one part paid of it: 货款一万三千八，只给了四千; None when it is not so told."""
    owed = {a.yuan for r, a in ranked if r >= _PLAIN}
    paid = [
        a
        for r, a in ranked
        if r < _PLAIN
        and (before := _clause_before(text, a.start))
        and not _OFFER.search(before)
        and (_PAID_BACK.search(before) or _PAID_BY_OTHER.search(before))
        and not re.search(r"我[^，。]{0,4}还", before)
    ]
    if len(owed) != 1 or len(paid) != 1 or len(ranked) != 2 or paid[0] is not ranked[-1][1]:
        return None
    whole, part = owed.pop() or 0, paid[0].yuan or 0
    return round(whole - part, 2) if whole > part else None


def _added(text: str, sums: list[Amount]) -> float | None:
    """The sum of sums told alike: 两笔，十五万和七万; 她充了三千，我充了两千; else None."""
    if not 2 <= len(sums) <= 4 or any(not a.yuan for a in sums):
        return None
    first = sums[0]
    between = [text[a.end : b.start] for a, b in pairwise(sums)]
    verbs = {text[max(0, a.start - 2) : a.start] for a in sums}
    listed = re.search(r"[两二三四2-4]笔[^。]{0,4}$", text[: first.start]) and all(
        re.fullmatch(r"[，、]?(?:和|跟|还有|以及)?(?:一笔)?", x) for x in between
    )
    alike = len(verbs) == 1 and re.fullmatch(r"[充刷投转借交买存]了", next(iter(verbs)))
    if not listed and not alike:
        return None
    return round(sum(a.yuan or 0 for a in sums), 2)


_SPANS = re.compile(
    rf"(?P<n>\d{{1,3}}|[{DIGIT_CHARS}十]{{1,3}})(?P<u>个月|天|年|个季度|个|名|位|根|亩|件|趟|单)(?!半|多)"
)
_NOT_PAID = re.compile(
    r"欠|拖|没发|没给|没结|未发|不发|不给|没付|没拿|一分|没交|扣|没见|没开|少发|少给|没到账|没到手|拿不到|差|跑|前头交了"
)
_SETTLED = re.compile(r"(?:结|发|给|付|拿)了$")


def _product(text: str, rates: list[Amount]) -> float | None:
    """Rate × count when one rate and one unpaid count are all the text gives.

    每月3000，欠了四个月 → 12000; 干了四个月 alone does not say what is owed. A rate a head is times the
    people who claim; what was offered instead (改口一人五百, 一人只给六百) is no rate to count by.
    """
    rates = [
        a
        for a in rates
        if not re.search(r"改口|现在|只给|只发|原先|涨|降", _clause_before(text, a.start))
    ]
    if len({a.yuan for a in rates}) != 1 or not rates[0].yuan:
        return None
    rate = rates[0]
    if rate.per in ("人", "个人", "位"):
        head = find_headcount(text)
        return round(rate.yuan * head.count, 2) if rate.yuan and head is not None else None
    rest = text[: rate.start] + "，" + text[rate.end :]
    counts = set()
    for m in _SPANS.finditer(rest):
        fits = rate.per and rate.per in m["u"]
        if not fits or rest[m.start() - 1 : m.start()] in ("每", "/", "第"):
            continue
        clause = _clause_before(rest, m.start())
        own = re.split(r"[，。；！？]", rest[m.start() :])
        around = clause + "".join(own[:2])
        count = read_number(m["n"])
        if _SETTLED.search(clause) or not count or not count.value or count.value <= 1:
            continue
        if _NOT_PAID.search(around):
            counts.add(count.value)
    return round(rate.yuan * counts.pop(), 2) if rate.yuan and len(counts) == 1 else None


def _clause_before(text: str, end: int) -> str:
    return re.split(r"[，。；！？\n]", text[max(0, end - 24) : end])[-1]
