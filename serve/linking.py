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

KIND_NAMES = {"same_filing": "疑似重复登记", "same_opponent": "疑似涉同一对方"}


@dataclass(frozen=True)
class Hint:
    """One earlier case the clerk may link to."""

    case_code: str
    kind: str
    score: float
    reasons: tuple[str, ...]
    created_at: dt.datetime


def hints(triager: Triager, factory: Factory, new: Filing, skip: str = "") -> list[Hint]:
    """At most `SHOWN` hints for a filing, strongest first; `skip` is its own case code.

    Vectors of other bundles mean something else and are not compared; cases without a vector (taken
    in degraded mode) are compared by their words, the latest first.
    """
    linker = Linker(triager.knowledge.linking)
    since = now() - dt.timedelta(days=linker.policy.window_days)
    light = select(Case.id, Case.case_code, Case.opponent, Case.vector, Case.bundle_version)
    with factory() as session:
        chosen = light.where(Case.created_at >= since).order_by(Case.id.desc()).limit(RECENT)
        rows = [r for r in session.execute(chosen) if r.case_code != skip]
        vectors = [
            _vector(r.vector) if r.bundle_version == triager.brain.name else None for r in rows
        ]
        picked = dict.fromkeys(
            [
                *_nearest(new, vectors),
                *[i for i, v in enumerate(vectors) if v is None][: COMPARED // 3],
                *[i for i, r in enumerate(rows) if new.opponent and r.opponent == new.opponent][
                    : COMPARED // 3
                ],
            ]
        )
        by_id = {rows[i].id: vectors[i] for i in picked}
        cases = list(session.scalars(select(Case).where(Case.id.in_(by_id))))
    by_code = {c.case_code: c for c in cases}
    earlier = [
        Filing(
            c.case_code,
            normalise(c.narrative).text,
            c.created_at.astimezone(CHINA).date(),
            by_id[c.id],
            c.opponent,
            _kinds(triager, c.suggestion),
        )
        for c in cases
    ]
    return [
        Hint(link.other, link.kind, link.score, link.reasons, by_code[link.other].created_at)
        for link in linker.links(new, earlier)[:SHOWN]
    ]


def stored(filing: Filing) -> bytes | None:
    """What a case keeps of its filing: the vector in half precision, or None without encoder."""
    return None if filing.vector is None else filing.vector.astype(np.float16).tobytes()


def _vector(kept: bytes | None) -> NDArray[np.float32] | None:
    return None if kept is None else np.frombuffer(kept, np.float16).astype(np.float32)


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
