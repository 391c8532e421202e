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

from triage import headcount_words as words
from triage.gathering import Gathering, find_gathering
from triage.people import GROUP_CHAT, NOT_OWN_AFTER, NUMBER, people

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


def _headcount(m: re.Match[str], plus: int = 0) -> Headcount | None:
    groups = m.groupdict()
    raw = groups.get("n") or groups.get("n2") or ""
    got = people(raw, groups.get("more") or groups.get("more2"))
    if got is None or got[0] + plus < 2:
        return None
    unit: Unit = "户" if re.search(r"户|家$", groups.get("c") or "") else "人"
    return Headcount(got[0] + plus, m.start(), m.end(), m.group(), got[1], unit)


def find_headcount(text: str) -> Headcount | None:
    """People on the teller's side in a normalised text; None when not stated or only one.

    The plainest statement wins: 我和七个同事, then a stated total, then 我们六个人, then 12名工人.
    Within one kind the larger number wins, since a part is never more than the whole.
    """
    for kind in (_plus_me, _totals, _ours, _plain, _weighed):
        best = max(kind(text), key=lambda h: h.count, default=None)
        if best is not None:
            return best
    return None


def _plus_me(text: str) -> Iterator[Headcount]:
    for m in words.PLUS_ME.finditer(text):
        # 我和三个… needs a noun for people, 我和另外六户 does not.
        shops = re.match(r"店|铺|公司", text[m.end() : m.end() + 2])
        known = m["who"] or (m["other"] and m["c"] in ("户", "家") and not shops)
        found = _headcount(m, plus=1) if known else None
        if found and not NOT_OWN_AFTER.match(text[m.end() : m.end() + 12]):
            yield found
    for pattern in (words.LIKE_ME, words.AND_ME):
        for m in pattern.finditer(text):
            if found := _headcount(m, plus=1):
                yield found
    for m in words.NAMED_AND_COUNTED.finditer(text):
        found = _headcount(m, plus=1 + len([x for x in m["list"].split("、") if x]))
        if found:
            yield found


def _totals(text: str) -> Iterator[Headcount]:
    for m in words.TOTAL.finditer(text):
        how, before, after = m["how"], text[: m.start()][-12:], text[m.end() : m.end() + 12]
        others = how == "等" and re.search(r"[一-龥]$", before) and not before.endswith("在")
        if how == "等" and not others:
            continue
        whole = (
            m["c"] in ("个人", "号人", "户", "户人家", "名", "口子") or how[0] in "连加算包来拢统"
        )
        loose = re.match(r"[，。；]|$|都|的工|没|干", after) and m["c"] in ("人", "个", "位")
        if (m["who"] or whole or others or loose) and not _excluded(m, text):
            found = _headcount(m)
            if found:
                yield found


def _ours(text: str) -> Iterator[Headcount]:
    yield from _pairs(text)
    for m in words.OURS.finditer(text):
        before, after = text[max(0, m.start() - 2) : m.start()], text[m.end() : m.end() + 16]
        if not m["who"] and m["c"] == "个" and not words.PEOPLE_AFTER.match(after):
            continue
        if m["c"] in ("家", "号") and not re.match(r"人|都|一起|的|[，。]|商|店|$", after):
            continue
        if words.SIBLINGS.search(m.group()) and words.INHERIT.search(text):
            continue
        # 我们两家, 我们一车四个人: neighbours at odds, people who happened to be there.
        chance = (
            re.search(r"[两二2](?:家|户)$", m.group()) or words.BY_CHANCE.search(m.group())
        ) and not re.match(r"都(?:被|没)|一起", after)
        two = people(m["n"], m["more"]) == (2, False) and not _claims(text, m.end())
        size = words.PLACE_SIZE.search(m.group()) and not words.COMPLAINT.match(after)
        if chance or two or size or re.search(r"[请送派]$", before):
            continue
        found = _headcount(m)
        if found and not _excluded(m, text, own=True):
            yield found


def _pairs(text: str) -> Iterator[Headcount]:
    """Two or three without a full number: 我俩, 我们老两口, 我跟老婆两个, 我妯娌三个."""
    split = bool(words.SPLIT.search(text))
    for m in words.PAIR.finditer(text):
        named = m["kin"] or m["kin2"] or ""
        kin = named not in ("", "老") and not m["kin2"]
        sound = not (words.SIBLINGS.search(named) and words.INHERIT.search(text))
        if not split and sound and (kin or _claims(text, m.end())):
            yield Headcount(3 if m["w"] == "仨" else 2, m.start(), m.end(), m.group())
    for m in words.FAMILY_OF.finditer(text):
        found, family = _headcount(m), m["kin"] or m["kin2"] or m["kin3"]
        bare = m.group()[0] in "，。！？；" or m.group().startswith(family)
        heirs = words.SIBLINGS.search(family) and words.INHERIT.search(text)
        if found and not heirs and not (bare and not _claims(text, m.end())):
            yield found
    for m in words.TOGETHER.finditer(text):
        if split or not _claims(text, m.end()):
            continue
        if re.search(r"[签借说讲打要谈吵离结生]", m["with"] or ""):
            continue
        found = _headcount(m) if m["n"] not in "俩仨" else None
        if found and m["c"]:
            yield found
        elif m["n"] in "俩仨":
            yield Headcount(2 if m["n"] == "俩" else 3, m.start(), m.end(), m.group())
    for m in words.BOTH.finditer(text):
        if not split and not words.INHERIT.search(text):
            yield Headcount(2, m.start(), m.end(), m.group())


def _claims(text: str, end: int) -> bool:
    """Whether two or three named together claim together, by how the sentence goes on."""
    after = text[end : end + 14]
    return bool(words.CLAIM_TOGETHER.match(after)) and not words.EACH_OTHER.search(after)


def _plain(text: str) -> Iterator[Headcount]:
    alone = bool(words.ONLY_ME.search(text))
    least = 6 if words.PARTNERS.search(text) else 3
    for m in words.PLAIN.finditer(text):
        if _is_claimants(m, text) and (found := _headcount(m)) and not _excluded(m, text):
            yield found
    for m in words.HOUSES.finditer(text):
        if not (m["who"] or words.HOUSES_CLAIM.match(text[m.end() : m.end() + 4])):
            continue
        if (found := _headcount(m)) and not _excluded(m, text):
            yield found
    for pattern in (
        words.OF_PAY,
        words.ACTING,
        words.SAME,
        words.WHOLE,
        words.HARMED,
        words.FAMILY_HARMED,
    ):
        for m in pattern.finditer(text):
            found = _headcount(m)
            # 两个人 may be anybody; three who act as one are a side. A few who share are partners.
            few = least if pattern is words.OF_PAY else 3
            if found and found.count >= few and not alone and not _excluded(m, text):
                yield found
    for pattern in (words.HEADS, words.NOUN_FIRST):
        for m in pattern.finditer(text):
            if (found := _headcount(m)) and not _excluded(m, text):
                yield found


def _weighed(text: str) -> Iterator[Headcount]:
    """Any other number of people with an own mark before it or a grievance in its sentence."""
    if words.ONLY_ME.search(text):
        return
    least = 6 if words.PARTNERS.search(text) else 3
    for m in words.MENTION.finditer(text):
        found = _headcount(m)
        if not found or found.count < least or _excluded(m, text):
            continue
        before = re.split(r"[，。！？；\n]", text[max(0, m.start() - 20) : m.start()])[-1]
        after = re.split(r"[。！？；\n]", text[m.end() : m.end() + 30])[0]
        own = words.OWN_BEFORE.search(before)
        if words.BY_CHANCE.search(before) or (words.NOT_OURS.search(before) and not own):
            continue
        if own or ((m["c"] != "个" or m["who"]) and (words.GRIEVANCE.search(after))):
            yield found


def _is_claimants(m: re.Match[str], text: str) -> bool:
    """A number before a noun for people, without 我们: 12名工人 yes, 两位同事 no."""
    if not m["c"] and not re.search(r"\d$|[多来几余十]$", m["n"] + (m["more"] or "")):
        return False
    if (words.LOOSE_NOUN.search(m["who"]) and m["c"] != "名") or (
        m["n"] in ("两", "二", "2") and m["c"] != "名"
    ):
        return False
    siblings = words.SIBLINGS.match(m["who"])
    after = text[m.end() : m.end() + 2]
    return not (siblings and (words.INHERIT.search(text) or re.match(r"[姊姐]?妹|兄弟", after)))


def _excluded(m: re.Match[str], text: str, own: bool = False) -> bool:
    before, after = text[max(0, m.start() - 12) : m.start()], text[m.end() : m.end() + 16]
    if (
        NOT_OWN_AFTER.match(after)
        or re.match(r"[^。！？；]{0,3}就[他她]", after)
        or re.search(r"[第每初\d.]$", before)
    ):
        return True
    if GROUP_CHAT.search(before) and not re.search(r"统计|登记|接龙|报名", before):
        return True
    return not own and bool(
        words.is_size(before, after) or words.OTHERS.search(before) or re.match(words.ATTACK, after)
    )


_SIDE = re.compile(
    r"(?:他们|她们|对方|对面|那边|他家|她家|老板|房东|催收的?|物业)[^，。！？；]{0,8}?"
    r"(?:来了|来|叫来|叫了|带了|带来|带着|喊了|喊来|派了|找了|一共|有|冲进来)(?:了)?"
    rf"{NUMBER}(?P<c>个人|号人|个|名|人)(?!月|孩子|小时|星期|电话|礼拜|[一-龥]?工)"
)
_ATTACKERS = re.compile(rf"{NUMBER}(?P<c>个人|号人|个|名|人)(?={words.ATTACK})")


def find_opponents(text: str) -> Headcount | None:
    """People who came for the other side (对方来了五个人); the largest number stated, else None."""
    found = [h for p in (_SIDE, _ATTACKERS) for m in p.finditer(text) if (h := _headcount(m))]
    return max(found, key=lambda h: h.count, default=None)
