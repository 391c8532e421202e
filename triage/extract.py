"""All extracted facts of one narrative, with offsets into the text as it was given."""

from __future__ import annotations

import datetime as dt

from triage.amounts import main_amount
from triage.dates import find_dates
from triage.headcount import find_headcount
from triage.parties import find_parties
from triage.procedures import find_pending, find_repeat_visits
from triage.result import Extracted, ExtractedDate, ExtractedParty, PendingProcedure
from triage.text import NormalisedText


def extract(text: NormalisedText, today: dt.date) -> Extracted:
    """Amount, headcount, dates, parties, pending procedures and repeat visits.

    Args:
        today: the day relative dates count from.
    """
    plain = text.text
    head = find_headcount(plain)

    def place(start: int, end: int) -> dict[str, object]:
        a, b = text.to_original(start, end)
        return {"start": a, "end": b, "text": text.original[a:b]}

    return Extracted(
        headcount=head.count if head is not None else None,
        amount_yuan=main_amount(plain),
        dates=[
            ExtractedDate.model_validate({**place(d.start, d.end), "iso": d.iso})
            for d in find_dates(plain, today)
        ],
        parties=[
            ExtractedParty.model_validate({**place(p.start, p.end), "role": p.role})
            for p in find_parties(plain)
        ],
        pending=[
            PendingProcedure.model_validate({**place(p.start, p.end), "kind": p.kind})
            for p in find_pending(plain)
        ],
        repeat_visits=find_repeat_visits(plain),
    )
