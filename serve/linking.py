"""“Is this the same matter, or the same opponent, as a case already registered?”

Hints only: nothing is merged, the clerk's click records a link. A case keeps the half-precision
vector of its narrative, so that looking costs no further encoder pass; the vectors pick a few dozen
earlier cases, which are then compared in full (`triage.linking`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from serve.storage.cases import CHINA, Factory, now
from serve.storage.models import Case
from triage.linking import Filing, Linker
from triage.pipeline import Triager
from triage.text import normalise

#: Latest cases looked at, those compared in full, and hints shown.
RECENT, COMPARED, SHOWN = 5000, 60, 3

KIND_NAMES = {"same_filing": "像是同一件事再次登记", "same_opponent": "像是对同一对方"}


@dataclass(frozen=True)
class Hint:
    """One earlier case the clerk may link to."""

    case_code: str
    kind: str
    score: float
    reasons: tuple[str, ...]
    created_at: dt.datetime


def hints(
    triager: Triager, factory: Factory, text: str, opponent: str = "", skip: str = ""
) -> list[Hint]:
    """At most `SHOWN` hints for a narrative, strongest first; `skip` is its own case code."""
    linker = Linker(triager.knowledge.linking)
    today = now().astimezone(CHINA).date()
    new = triager.filing("", text, today, opponent)
    since = now() - dt.timedelta(days=linker.policy.window_days)
    columns = (Case.case_code, Case.created_at, Case.narrative, Case.opponent, Case.vector,
               Case.suggestion)  # fmt: skip
    with factory() as session:
        chosen = select(*columns).where(Case.created_at >= since).order_by(Case.id.desc())
        rows = [r for r in session.execute(chosen.limit(RECENT)) if r.case_code != skip]
    if not rows:
        return []
    vectors = [_vector(r.vector) for r in rows]
    nearest = _nearest(new, vectors)
    named = [i for i, r in enumerate(rows) if opponent and r.opponent == opponent]
    by_code = {}
    earlier = []
    for i in dict.fromkeys([*nearest, *named[:COMPARED]]):
        row = rows[i]
        by_code[row.case_code] = row
        earlier.append(
            Filing(
                row.case_code,
                normalise(row.narrative).text,
                row.created_at.astimezone(CHINA).date(),
                vectors[i],
                row.opponent,
                "",
                _kinds(triager, row.suggestion),
            )
        )
    return [
        Hint(link.other, link.kind, link.score, link.reasons, by_code[link.other].created_at)
        for link in linker.links(new, earlier)[:SHOWN]
    ]


def vector_of(triager: Triager, text: str) -> bytes | None:
    """What a case stores: the centred unit vector in half precision, or None without encoder."""
    vector = triager.filing("", text).vector
    return None if vector is None else vector.astype(np.float16).tobytes()


def _vector(stored: bytes | None) -> NDArray[np.float32] | None:
    return None if stored is None else np.frombuffer(stored, np.float16).astype(np.float32)


def _nearest(new: Filing, vectors: list[NDArray[np.float32] | None]) -> list[int]:
    if new.vector is None:
        return list(range(min(len(vectors), COMPARED)))
    known = [i for i, v in enumerate(vectors) if v is not None and v.shape == new.vector.shape]
    if not known:
        return []
    cosines = np.stack([v for i in known if (v := vectors[i]) is not None]) @ new.vector
    return [known[j] for j in np.argsort(-cosines)[:COMPARED]]


def _kinds(triager: Triager, suggestion: dict[str, object]) -> NDArray[np.float32]:
    labels = triager.brain.labels
    out = np.zeros(len(labels), dtype=np.float32)
    for item in suggestion["sub_types"]:  # type: ignore[attr-defined]
        if item["code"] in labels:
            out[labels.index(item["code"])] = item["probability"]
    return out
