"""What the triager suggests for a narrative today, knowing what each desk has in hand."""

from __future__ import annotations

from serve.storage import cases as store
from triage.linking import Filing
from triage.pipeline import Triager
from triage.result import TriageResult


def suggest(
    triager: Triager, factory: store.Factory, text: str, opponent: str = ""
) -> tuple[TriageResult, Filing]:
    """The suggestion and the filing to compare with earlier ones. Raises InputError."""
    knowledge = triager.knowledge
    in_hand: dict[str, int] = {}
    # Only a county that states capacities has its registers counted at every intake.
    if any(b.capacity is not None for b in knowledge.bodies.bodies):
        in_hand = store.in_hand(factory, knowledge.clocks.days("people_mediation"))
    return triager.triage_with_filing(text, store.today(), opponent, in_hand)
