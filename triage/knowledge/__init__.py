"""All knowledge a county edits, loaded and cross-checked once.

`Knowledge.load` reads every file under `data/` that the brain needs and checks that each code one
file names exists in the file that defines it; the first fault stops the start with file, line and
field (`triage.errors.KnowledgeError`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from triage.errors import KnowledgeError
from triage.knowledge.bodies import Bodies
from triage.knowledge.facets import FacetWords
from triage.knowledge.levels import LevelRules
from triage.knowledge.linking import LinkingPolicy
from triage.knowledge.loader import line_of, load_yaml
from triage.knowledge.risk import Lexicon, Policy
from triage.knowledge.rules import (
    Clocks,
    Condition,
    ConflictRules,
    Preference,
    Routes,
    RoutingRules,
    SecondaryRules,
)
from triage.knowledge.spellings import Spellings
from triage.knowledge.statutes import Laws
from triage.knowledge.taxonomy import Questions, Taxonomy

__all__ = ["Knowledge"]


@dataclass(frozen=True)
class Knowledge:
    taxonomy: Taxonomy
    questions: Questions
    bodies: Bodies
    laws: Laws
    clocks: Clocks
    routes: Routes
    never_mediate: RoutingRules
    leads: RoutingRules
    joint: RoutingRules
    secondary: SecondaryRules
    conflicts: ConflictRules
    preference: Preference
    levels: LevelRules
    lexicon: Lexicon
    policy: Policy
    linking: LinkingPolicy

    @classmethod
    def load(cls, data: Path) -> Knowledge:
        """Read `data` (the folder with taxonomy/, bodies/ …). Raises KnowledgeError."""
        knowledge = cls(
            taxonomy=load_yaml(data / "taxonomy/taxonomy.yaml", Taxonomy, data),
            questions=load_yaml(data / "taxonomy/questions.yaml", Questions, data),
            bodies=load_yaml(data / "bodies/bodies.yaml", Bodies, data),
            laws=load_yaml(data / "statutes/laws.yaml", Laws, data),
            clocks=load_yaml(data / "clocks/clocks.yaml", Clocks, data),
            routes=load_yaml(data / "rules/routes.yaml", Routes, data),
            never_mediate=load_yaml(data / "rules/never_mediate.yaml", RoutingRules, data),
            leads=load_yaml(data / "rules/leads.yaml", RoutingRules, data),
            joint=load_yaml(data / "rules/joint.yaml", RoutingRules, data),
            secondary=load_yaml(data / "rules/secondary.yaml", SecondaryRules, data),
            conflicts=load_yaml(data / "rules/conflicts.yaml", ConflictRules, data),
            preference=load_yaml(data / "rules/preference.yaml", Preference, data),
            levels=load_yaml(data / "rules/levels.yaml", LevelRules, data),
            lexicon=_lexicon(data),
            policy=load_yaml(data / "risk/policy.yaml", Policy, data),
            linking=load_yaml(data / "linking/policy.yaml", LinkingPolicy, data),
        )
        _cross_check(knowledge, data)
        return knowledge


def _lexicon(data: Path) -> Lexicon:
    """The shipped lexicon with spellings and facets and, when there is one, the county's own
    `risk/local.yaml`.
    """
    beside = {
        "spellings": load_yaml(data / "risk/spellings.yaml", Spellings, data),
        "facets": load_yaml(data / "risk/facets.yaml", FacetWords, data),
    }
    shipped = load_yaml(data / "risk/lexicon.yaml", Lexicon, data).model_copy(update=beside)
    if not (data / "risk/local.yaml").is_file():
        return shipped
    local = load_yaml(data / "risk/local.yaml", Lexicon, data)
    known = {e.id for e in shipped.entries}
    for entry in local.entries:
        if entry.id in known:
            raise KnowledgeError(
                "risk/local.yaml", f"规则编号 {entry.id} 与自带规则重复", None, "id"
            )
    version = f"{shipped.version}+{local.version}"
    return shipped.model_copy(
        update={"version": version, "entries": [*shipped.entries, *local.entries]}
    )


def _cross_check(k: Knowledge, data: Path) -> None:
    """Every code named in one file must be defined in another."""
    codes, bodies, laws = set(k.taxonomy.codes), {b.code for b in k.bodies.bodies}, k.laws.by_name()
    clocks, signals = {c.id for c in k.clocks.clocks}, set(k.policy.kinds)

    def need(
        file: str, loc: tuple[int | str, ...], found: Iterable[str], known: set[str], what: str
    ) -> None:
        for value in found:
            if value not in known:
                node = yaml.compose((data / file).read_text(encoding="utf-8"), yaml.SafeLoader)
                field = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc)
                raise KnowledgeError(
                    file, f"{what} {value!r} 没有定义", line_of(node, loc), field.lstrip(".")
                )

    def condition(file: str, i: int, when: Condition) -> None:
        at = ("rules", i, "when")
        pairs = [c for side in (when.either or ()) for c in side]
        need(file, (*at, "sub_type"), [*when.sub_type, *when.secondary, *pairs], codes, "细类")
        need(file, (*at, "signals"), when.signals, signals, "风险信号")

    file = "taxonomy/taxonomy.yaml"
    for i, sub in enumerate(k.taxonomy.sub_types):
        need(file, ("sub_types", i, "lead"), [sub.lead], bodies, "机构")
        need(file, ("sub_types", i, "alternatives"), sub.alternatives, bodies, "机构")
        need(file, ("sub_types", i, "route"), [sub.route], set(k.routes.routes), "途径")
        need(file, ("sub_types", i, "statutes"), [s.law for s in sub.statutes], set(laws), "法律")
    for i, pair in enumerate(k.questions.pairs):
        known = codes | {t.code for t in k.taxonomy.types}
        need("taxonomy/questions.yaml", ("pairs", i, "between"), pair.between, known, "类别")
    for i, body in enumerate(k.bodies.bodies):
        need("bodies/bodies.yaml", ("bodies", i, "takes"), body.takes, codes, "细类")
    for name, plan in k.routes.routes.items():
        need("rules/routes.yaml", ("routes", name, "clocks"), plan.clocks, clocks, "期限")
        need("rules/routes.yaml", ("routes", name, "next"), [plan.next], bodies, "机构")
    # The load of a desk is counted over the people's mediation period.
    need("clocks/clocks.yaml", ("clocks",), ["people_mediation"], clocks, "期限")
    for i, clock in enumerate(k.clocks.clocks):
        if clock.statute:
            loc = ("clocks", i, "statute")
            need("clocks/clocks.yaml", loc, [clock.statute.law], set(laws), "法律")
    for file, rules in (
        ("rules/never_mediate.yaml", k.never_mediate),
        ("rules/leads.yaml", k.leads),
        ("rules/joint.yaml", k.joint),
    ):
        for i, rule in enumerate(rules.rules):
            condition(file, i, rule.when)
            named = [*([rule.then.lead] if rule.then.lead else []), *rule.then.co]
            need(file, ("rules", i, "then"), named, bodies, "机构")
    file = "rules/conflicts.yaml"
    for i, conflict in enumerate(k.conflicts.rules):
        condition(file, i, conflict.when)
        need(file, ("rules", i, "bodies"), conflict.bodies, bodies, "机构")
        need(file, ("rules", i, "instead"), [conflict.instead], bodies, "机构")
    police = k.preference.police_sub_types
    need("rules/preference.yaml", ("police_sub_types",), police, codes, "细类")
    need("rules/levels.yaml", ("simple",), k.levels.simple, codes, "细类")
    for i, extra in enumerate(k.secondary.rules):
        named = [extra.add, *extra.when.sub_type]
        need("rules/secondary.yaml", ("rules", i, "add"), named, codes, "细类")
    need("risk/facets.yaml", ("codes",), k.lexicon.facets.codes, signals, "风险信号")
    for i, entry in enumerate(k.lexicon.entries):
        need("risk/lexicon.yaml", ("entries", i, "code"), [entry.code], signals, "风险信号")
