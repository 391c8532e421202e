"""How right each lexicon entry is by itself, on authored narratives and risk texts.

The policy's `floor` says whether an entry may set a level without the learned reader's consent; this
table is what justifies it. An entry is judged at the level it gave in its scope (a denied match that
gives blue is not counted against it).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.corpus.records import Record
from models.metrics import wilson
from models.risk_targets import SAID_ON
from triage.extract import extract
from triage.knowledge import Knowledge
from triage.risk.assess import RiskReader
from triage.risk.levels import rank
from triage.risk.signals import facts_of
from triage.text import normalise


@dataclass
class EntryScore:
    """Texts in which an entry gave at least yellow; `right`: the text's level is no lower."""

    rule: str
    given: str
    texts: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def low(self) -> float:
        """Lower end of the 95% interval of the precision."""
        return wilson(self.right, self.texts)[0]


def audit(records: Sequence[Record], knowledge: Knowledge) -> list[EntryScore]:
    """One score for each entry and level it gave, least precise first."""
    reader = RiskReader(knowledge.lexicon, knowledge.policy)
    scores: dict[tuple[str, str], EntryScore] = {}
    for r in records:
        prepared = normalise(r.text)
        found = extract(prepared, SAID_ON)
        labour = r.sub_type.startswith("LAB-") or r.sub_type == "COM-SERV"
        facts = facts_of(found, SAID_ON, labour)
        gravest: dict[str, str] = defaultdict(lambda: "blue")
        for s in reader.signals(prepared.text, facts):
            if rank(s.level) > rank(gravest[s.rule]):  # type: ignore[arg-type]
                gravest[s.rule] = s.level
        for rule, level in gravest.items():
            if level == "blue":
                continue
            score = scores.setdefault((rule, level), EntryScore(rule, level))
            score.texts += 1
            if rank(r.risk_level) >= rank(level):  # type: ignore[arg-type]
                score.right += 1
            else:
                score.wrong.append(r.id)
    return sorted(scores.values(), key=lambda s: s.right / s.texts)
