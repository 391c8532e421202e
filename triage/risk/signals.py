"""Signals: what was said, where, in which form, and the level it alone would give.

Two kinds. *Worded* signals come from the lexicon, each match read by the scope reader. *Counted*
signals are computed from extracted facts – people, deadlines, visits, arrears before Spring
Festival – so that no phrase list has to guess them.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from triage.dates import spring_festival_after
from triage.deadlines import find_deadlines
from triage.gathering import find_gathering
from triage.knowledge.risk import Lexicon, LexiconEntry, Policy
from triage.result import Extracted, RiskLevel, SignalForm
from triage.risk.levels import adjusted, capped, rank
from triage.risk.scope import ScopeReader

#: What the contract calls the scope reader's finer forms.
PUBLIC_FORM: dict[str, SignalForm] = {
    "direct": "direct",
    "implicit": "implicit",
    "negated": "negated",
    "quoted": "quoted",
    "quoted_accusation": "quoted",
    "hypothetical": "hypothetical",
    "question": "hypothetical",
    "idiom": "hypothetical",
    "historical": "historical",
    "historical_resolved": "historical",
    "slang": "slang",
    "false_friend": "false_friend",
}

_ARREARS = re.compile(
    r"(工资|工钱|薪水|薪|血汗钱|工程款|劳务费|加班费|人工费).{0,12}(没|冇|不|未|拖|欠|赖|压|扣|少)|"
    r"(拖欠|欠|没发|不发|没结|不给|没给|不结).{0,8}(工资|工钱|薪|血汗钱|人工费)|一分(钱)?(没|冇|都没)|讨薪|"
    r"(工资|工钱|薪水|血汗钱|人工费)[^。！]{0,4}(怎么办|咋办|找谁|找哪个|问谁|哪里要|要不回)"
)


_VISITS = re.compile(r"第?[\d一二三四五六七八九十几好多两]{1,3}(?:次|回|趟)")


@dataclass(frozen=True)
class Signal:
    """Offsets count code points of the *normalised* text; the pipeline maps them back."""

    code: str
    start: int
    end: int
    form: str
    level: RiskLevel
    rule: str
    source: Literal["rule", "model"] = "rule"
    because: str = ""
    floor: bool = True
    who: str = ""
    means: str = ""
    time: str = ""

    @property
    def public_form(self) -> SignalForm:
        return PUBLIC_FORM.get(self.form, "direct")

    @property
    def live(self) -> bool:
        """Said as going on now, by or against the teller."""
        return self.form in ("direct", "implicit", "quoted") and self.level != "blue"


@dataclass(frozen=True)
class Facts:
    """What the extractor found that counts as risk."""

    today: dt.date
    headcount: int | None = None
    repeat_visits: int | None = None
    labour: bool = False


def facts_of(found: Extracted, today: dt.date, labour: bool) -> Facts:
    """The facts that count, from what the extractor found."""
    return Facts(today, found.headcount, found.repeat_visits, labour)


def worded_signals(text: str, lexicon: Lexicon, policy: Policy, scope: ScopeReader) -> list[Signal]:
    """One signal a lexicon match, in text order; overlapping matches of one code keep the gravest.

    Args:
        text: normalised simplified text.
    """
    found: list[Signal] = []
    for entry in lexicon.entries:
        for match in entry.pattern.finditer(text):
            signal = _read(entry, match.start(), match.end(), text, policy, scope)
            if signal is not None:
                found.append(signal)
    found.sort(key=lambda s: (s.code, -rank(s.level), -(s.end - s.start)))
    kept: list[Signal] = []
    for signal in found:
        if not any(
            k.code == signal.code and k.start < signal.end and signal.start < k.end for k in kept
        ):
            kept.append(signal)
    return sorted(kept, key=lambda s: s.start)


def _read(
    entry: LexiconEntry, start: int, end: int, text: str, policy: Policy, scope: ScopeReader
) -> Signal | None:
    clause = scope.clause_at(start)
    window = text[max(clause.start, start - 12) : max(min(clause.end, end + 8), end)]
    if entry.not_pattern is not None and entry.not_pattern.search(window):
        return None
    scoped = scope.form(start, end, keeps_negation=entry.no_negation)
    form = scoped.form
    if form == "direct" and entry.form != "direct":
        form = entry.form  # type: ignore[assignment]  # the entry's own form is one of the reader's
    # Who tells that somebody is gone does not matter, nor that it began some time ago; for a threat
    # or a plan both would.
    if entry.code == "R-FLIGHT" and form in ("quoted", "historical"):
        form = "direct"
    how = policy.forms.get(form, "keep")
    if form == "hypothetical" and entry.conditional == "keep":
        how = "keep"
    if form == "historical" and entry.past == "keep":
        how = "keep"
    # A figure of speech stays one under a condition or in a question.
    if entry.form == "idiom" and form in ("hypothetical", "question", "idiom"):
        how = "keep"
    kind = policy.kinds[entry.code]
    # The other side's talk of petitions or cameras is no pressure of the teller's.
    if form == "quoted" and kind.cap is not None:
        how = "blue"
    level = adjusted(entry.level, how)
    return Signal(
        entry.code,
        start,
        end,
        form,
        capped(level, kind.cap),
        entry.id,
        because=scoped.because,
        floor=entry.floor,
    )


def arrears(text: str) -> re.Match[str] | None:
    """The words that say wages are owed: 工资没发, 六个人的工钱怎么办."""
    return _ARREARS.search(text)


def counted_signals(text: str, facts: Facts, policy: Policy) -> list[Signal]:
    """R-MASS, R-WAGE, R-LIMIT and R-PETI from numbers and dates."""
    found: list[Signal] = []
    gathering = find_gathering(text)
    if gathering is not None:
        level: RiskLevel = "blue"
        if gathering.count >= policy.mass.red:
            level = "red"
        elif gathering.count >= policy.mass.orange:
            level = "orange"
        elif gathering.count >= policy.mass.yellow:
            level = "yellow"
        form = "historical_resolved" if gathering.historical else "direct"
        level = adjusted(level, policy.forms[form])
        found.append(Signal("R-MASS", gathering.start, gathering.end, form, level, "POLICY-MASS"))
    owed = arrears(text)
    if facts.labour and owed:
        people = facts.headcount or 0
        festival = (spring_festival_after(facts.today) - facts.today).days
        if people >= policy.wage.yellow_headcount or festival <= policy.wage.festival_days:
            level = "orange" if people >= policy.wage.orange_headcount else "yellow"
            found.append(Signal("R-WAGE", owed.start(), owed.end(), "direct", level, "POLICY-WAGE"))
    visits = facts.repeat_visits
    if visits is not None and visits >= policy.repeat_visits.yellow:
        said = _VISITS.search(text)
        start, end = said.span() if said else (0, min(len(text), 8))
        found.append(Signal("R-PETI", start, end, "direct", "yellow", "POLICY-VISITS"))
    for deadline in find_deadlines(text, facts.today):
        if deadline.days_left < 0 or deadline.days_left > policy.limit.yellow_days:
            continue
        level = "orange" if deadline.days_left <= policy.limit.orange_days else "yellow"
        found.append(
            Signal("R-LIMIT", deadline.start, deadline.end, "direct", level, "POLICY-LIMIT")
        )
    return found
