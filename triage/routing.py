"""Which bodies, in what order, by which rule, and the statutory route with its clocks.

Rules are data (`data/rules/`). The order is fixed here: never-mediate rules decide first, then a
procedure already pending, then lead rules within a sub-type, then the sub-type's default; a learned
preference after those; joint rules add bodies, and where a rule says so they name the lead; who has
a conflict of interest stands aside last. Every choice carries the Chinese reason and the id of its
rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from triage.knowledge import Knowledge
from triage.knowledge.rules import Condition, RoutingRule
from triage.level import case_level
from triage.result import Clock, CommitteeAnswer, RiskLevel, Route, TypeLabel
from triage.risk.levels import rank
from triage.risk.scope import ScopeReader
from triage.risk.signals import Signal

#: How many alternatives the clerk is shown after lead and co-bodies.
_ALTERNATIVES = 3


@dataclass(frozen=True)
class Situation:
    """All that rules may look at. `text` is normalised; `sub_types` are (code, probability)."""

    text: str
    sub_types: Sequence[tuple[str, float]]
    secondary: Sequence[str]
    risk_level: RiskLevel
    signals: Sequence[Signal]
    flags: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()
    headcount: int | None = None
    unsure: bool = False
    #: learned preference for the leading body, by code; empty without the encoder
    preference: Mapping[str, float] = field(default_factory=dict)
    #: the day the duty calendar is read for; None says nothing about duty
    today: dt.date | None = None
    amount_yuan: float | None = None
    #: cases each body has in hand, for bodies with a `capacity`
    in_hand: Mapping[str, int] = field(default_factory=dict)

    @property
    def primary(self) -> str:
        return self.sub_types[0][0]


@dataclass
class Recommendation:
    committees: list[CommitteeAnswer]
    route: Route
    flags: set[str] = field(default_factory=set)


class Router:
    """Applies the county's rules to one situation. Built once from `Knowledge`."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.k = knowledge
        self._clocks = {c.id: c for c in knowledge.clocks.clocks}

    def recommend(self, s: Situation) -> Recommendation:
        """Bodies (lead first) and route for `s`; never raises, never returns without a lead."""
        sub = self.k.taxonomy.sub_type(s.primary)
        scope = ScopeReader(s.text)
        never = self._first(self.k.never_mediate.rules, s, scope)
        lead_rule = self._first(self.k.leads.rules, s, scope)
        joint = [r for r in self.k.joint.rules if self._holds(r.when, s, scope)]

        lead, reason, rule_id = sub.lead, f"{sub.name}：{self._remit(sub.lead)}", "DEFAULT"
        co: list[tuple[str, str, str]] = []
        flags: set[str] = set()
        allowed = self.k.routes.routes[sub.route].mediation_allowed
        extra_alternatives: list[str] = []
        police = False
        if sub.code == "FAM-DV" and never is None:
            # Past violence that is over: the panel may take it, the police stay at hand.
            lead, reason = "MC-FAM", "家庭暴力已经停止，婚调委可以受理其余问题，公安协同"
            co.append(("ORG-POL", "过去有家庭暴力，公安备案协同", "DEFAULT"))
            allowed = True
        if never is not None:
            lead, reason, rule_id = never.then.lead or lead, never.then.reason, never.id
            co += [(c, never.then.reason, never.id) for c in never.then.co]
            flags |= set(never.then.flags)
            allowed = never.then.mediation_allowed is not False and allowed
            if never.then.alternative_panel:
                extra_alternatives.append(self._panel(sub.lead, lead_rule))
            elif lead != sub.lead:
                extra_alternatives.append(sub.lead)
        elif lead_rule is not None:
            lead = lead_rule.then.lead or lead
            reason, rule_id = lead_rule.then.reason, lead_rule.id
            co += [(c, lead_rule.then.reason, lead_rule.id) for c in lead_rule.then.co]
            if lead_rule.then.mediation_allowed is False:
                allowed = False
        elif (learned := self._preferred(s, lead)) is not None:
            lead, reason, rule_id = learned
            police = lead == "ORG-POL"
            if police:
                allowed = False
                flags.add("CRIME_LEAD")
                extra_alternatives.append(sub.lead)
        for rule in joint:
            if rule.then.lead and never is None and not police:
                lead, reason, rule_id = rule.then.lead, rule.then.reason, rule.id
            co += [(c, rule.then.reason, rule.id) for c in rule.then.co]

        aside: set[str] = set()
        for conflict in self.k.conflicts.rules:
            if self._holds(conflict.when, s, scope):
                aside |= set(conflict.bodies)
                if lead in aside:
                    lead, reason, rule_id = conflict.instead, conflict.reason, conflict.id
        lead, reason = self._available(lead, reason)
        reason += self._duty(lead, s.today) + self._load(lead, s)
        committees = [self._answer(lead, "lead", self._confidence(s), reason, rule_id)]
        seen = {lead, *aside}
        for code, why, by in co:
            if code not in seen and self.k.bodies.body(code).active:
                seen.add(code)
                committees.append(self._answer(code, "co", self._confidence(s) * 0.8, why, by))
        committees += self._alternatives(s, seen, extra_alternatives)
        level, why = case_level(
            self.k.levels,
            s.primary,
            self.k.bodies.body(lead).level,
            s.text,
            s.amount_yuan,
            s.headcount,
            bool(s.secondary),
            bool(s.pending),
            s.risk_level,
        )
        if police:
            s = replace(s, flags=s.flags | {"CRIME_LEAD"})
        route = self._route(s, sub.route, lead, allowed, never)
        route = route.model_copy(update={"level": level, "level_reason": why})
        return Recommendation(committees, route, flags)

    def _duty(self, code: str, today: dt.date | None) -> str:
        """What the reason says when the desk is not staffed today; never silently."""
        body = self.k.bodies.body(code)
        if today is None or body.on_duty(today):
            return ""
        day = body.next_duty(today)
        return f"（该窗口轮驻，今日不值班，下一个值班日 {day.month} 月 {day.day} 日，可先登记预约）"

    def _load(self, code: str, s: Situation) -> str:
        """A full desk keeps its lead – remit is law, load is not – but the clerk is told."""
        body, held = self.k.bodies.body(code), s.in_hand.get(code, 0)
        if body.capacity is None or held < body.capacity:
            return ""
        return f"（在办 {held} 件，已到上限 {body.capacity} 件，可排期或改派备选组织）"

    def _preferred(self, s: Situation, default: str) -> tuple[str, str, str] | None:
        """(lead, reason, rule) from the learned preference where no rule speaks, or None."""
        if not s.preference or s.unsure:
            return None
        code = max(s.preference, key=lambda c: s.preference[c])
        p, body = s.preference[code], self.k.bodies.find(code)
        if body is None or not body.active or code == default:
            return None
        if code == "ORG-POL":
            wanted = self.k.preference
            if p < wanted.police_probability or s.primary not in wanted.police_sub_types:
                return None
            why = f"学习偏好（{p:.0%}）：以往这类情形先由公安核查，有无犯罪由公安认定"
            return code, why, "LEARNED"
        if p < self.k.preference.min_probability or s.primary not in body.takes:
            return None
        return (
            code,
            f"学习偏好（{p:.0%}）：以往这类情形多由{body.name}牵头；{body.remit}",
            "LEARNED",
        )

    def doubtful(self, s: Situation) -> list[str]:
        """Secondary codes that a rule adds because the nature of the dispute is in doubt."""
        scope = ScopeReader(s.text)
        return [
            rule.add
            for rule in self.k.secondary.rules
            if rule.add not in (s.primary, *s.secondary) and self._holds(rule.when, s, scope)
        ]

    def _alternatives(
        self, s: Situation, seen: set[str], first: Sequence[str]
    ) -> list[CommitteeAnswer]:
        answers: list[CommitteeAnswer] = []
        wanted: list[tuple[str, float, str]] = [(c, 0.5, "程序终结或委托后可以受理") for c in first]
        for code, p in s.sub_types[:3]:
            sub = self.k.taxonomy.sub_type(code)
            if code != s.primary:
                wanted.append((sub.lead, p, f"也可能是{sub.name}：{self._remit(sub.lead)}"))
            else:
                wanted += [
                    (c, p * 0.5, f"{sub.name}也可由其受理：{self._remit(c)}")
                    for c in sub.alternatives
                ]
        learned = sorted(s.preference.items(), key=lambda kv: -kv[1])[:_ALTERNATIVES]
        for code, p in learned:
            body = self.k.bodies.find(code)
            if body is not None and p >= self.k.preference.alternative_probability:
                wanted.append((code, p, f"学习偏好（{p:.0%}）：以往这类情形也由{body.name}受理"))
        # A desk with room stands before a full one.
        wanted.sort(key=lambda w: (bool(self._load(w[0], s)), -w[1]))
        for code, score, why in wanted:
            if code in seen or not self.k.bodies.body(code).active:
                continue
            seen.add(code)
            why += self._load(code, s)
            answers.append(self._answer(code, "alternative", min(score, 1.0), why, "ALTERNATIVE"))
            if len(answers) == _ALTERNATIVES:
                break
        return answers

    @staticmethod
    def _panel(default: str, lead_rule: RoutingRule | None) -> str:
        return (lead_rule.then.lead if lead_rule and lead_rule.then.lead else None) or default

    def _available(self, code: str, reason: str) -> tuple[str, str]:
        """An absent desk is never recommended silently."""
        body = self.k.bodies.body(code)
        if body.active:
            return code, reason
        for other in self.k.bodies.bodies:
            if other.active and set(other.takes) & set(body.takes):
                return other.code, f"{reason}（本县未设{body.name}，由{other.name}受理）"
        return "MC-TOWN", f"{reason}（本县未设{body.name}，由属地镇街受理）"

    def _route(
        self, s: Situation, key: str, lead: str, allowed: bool, never: RoutingRule | None
    ) -> Route:
        sub = self.k.taxonomy.sub_type(s.primary)
        if "CRIME_LEAD" in s.flags or (never is not None and "CRIME_LEAD" in never.then.flags):
            key = "crime"
        plan = self.k.routes.routes[key]
        path = list(plan.path)
        if not allowed:
            path = [p for p in path if "调解" not in p] or path
            first = self.k.bodies.body(lead).name
            if never is not None and never.then.alternative_panel:
                path = [f"{first}继续处理", *[p for p in path if p not in first]]
        notes = []
        if self.k.bodies.body(lead).mediation_kind == "商事调解":
            notes.append("商事调解组织可以收费，受理前应当告知当事人")
        clocks = [self._clocks[c] for c in plan.clocks]
        if not allowed:
            clocks = [c for c in clocks if "调解" not in c.name]
        return Route(
            path=path,
            next=lead if not allowed and plan.next == "MC-TOWN" else plan.next,
            mediation_allowed=allowed,
            statutes=[c.reference() for c in sub.statutes],
            clocks=[Clock(name=c.name, days=c.days, basis=c.basis, unit=c.unit) for c in clocks],
            notes=notes,
        )

    def _first(
        self, rules: Sequence[RoutingRule], s: Situation, scope: ScopeReader
    ) -> RoutingRule | None:
        return next((r for r in rules if self._holds(r.when, s, scope)), None)

    def _holds(self, when: Condition, s: Situation, scope: ScopeReader) -> bool:
        label: TypeLabel = self.k.taxonomy.type_of(s.primary)
        if when.sub_type and s.primary not in when.sub_type:
            return False
        if when.type and label not in when.type:
            return False
        if when.secondary and not set(when.secondary) & set(s.secondary):
            return False
        if when.either is not None and not self._either(when.either, s):
            return False
        if when.flags and not set(when.flags) & s.flags:
            return False
        if when.roles and not set(when.roles) & s.roles:
            return False
        if when.pending and not set(when.pending) & s.pending:
            return False
        if when.min_headcount is not None and (s.headcount or 0) < when.min_headcount:
            return False
        if when.signals and not self._signalled(when, s):
            return False
        if when.not_history and self._only_history(s):
            return False
        if when.words_pattern is not None:
            return self._worded(when, s.text, scope)
        return True

    @staticmethod
    def _either(pair: tuple[list[str], list[str]], s: Situation) -> bool:
        first, second = set(pair[0]), set(pair[1])
        others = set(s.secondary)
        return (s.primary in first and bool(others & second)) or (
            s.primary in second and bool(others & first)
        )

    @staticmethod
    def _signalled(when: Condition, s: Situation) -> bool:
        for signal in s.signals:
            if signal.code not in when.signals or signal.level == "blue":
                continue
            if when.live and not signal.live:
                continue
            if when.min_level is not None and rank(signal.level) < rank(when.min_level):
                continue
            return True
        return False

    @staticmethod
    def _only_history(s: Situation) -> bool:
        violence = [x for x in s.signals if x.code == "R-DV"]
        return bool(violence) and not any(x.live for x in violence)

    @staticmethod
    def _worded(when: Condition, text: str, scope: ScopeReader) -> bool:
        assert when.words_pattern is not None
        if when.not_words_pattern is not None and when.not_words_pattern.search(text):
            return False
        return any(not scope.denied(m.start()) for m in when.words_pattern.finditer(text))

    def _confidence(self, s: Situation) -> float:
        return min(1.0, max(0.05, s.sub_types[0][1]))

    def _remit(self, code: str) -> str:
        return self.k.bodies.body(code).remit

    def _answer(
        self, code: str, role: str, score: float, reason: str, rule: str
    ) -> CommitteeAnswer:
        return CommitteeAnswer(
            code=code,
            name=self.k.bodies.body(code).name,
            role=role,  # type: ignore[arg-type]  # one of the three literals by construction
            score=round(score, 4),
            reason=reason,
            rule=rule,
        )
