"""Clerks' decisions as training records: what the next model learns from."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from serve.storage.cases import Factory
from serve.storage.models import Case
from triage.masking import mask


def export_decisions(factory: Factory, output: Path, since: dt.date | None = None) -> int:
    """Write one record a decided case, oldest first, masked; returns how many.

    The format is that of `data/corpus`, so `triage train --with` reads it as it is. The file
    appears whole or not at all.
    """
    with factory() as session:
        chosen = select(Case).order_by(Case.id)
        if since is not None:
            begin = dt.datetime.combine(since, dt.time(), dt.UTC)
            chosen = chosen.where(Case.created_at >= begin)
        records = [record(case) for case in session.scalars(chosen)]
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(output.name + ".part")
    with part.open("w", encoding="utf-8", newline="\n") as handle:
        for item in records:
            handle.write(json.dumps(item, ensure_ascii=False) + "\n")
    part.replace(output)
    return len(records)


def record(case: Case) -> dict[str, Any]:
    """One training record; personal numbers and names are masked."""
    suggested = case.suggestion
    return {
        "id": f"decision:{case.case_code}",
        "text": mask(case.narrative),
        "sub_type": case.decided_sub_type,
        "secondary": case.decided_secondary,
        "lead": case.decided_lead,
        "co": case.decided_co,
        "risk_level": case.risk_level,
        "batch": "decisions",
        "story": case.case_code,
        "voice": "clerk",
        "source": "decision",
        "accepted": case.accepted,
        "reason": case.reason or case.reason_code,
        "suggested": {
            "sub_type": suggested["sub_types"][0]["code"],
            "lead": suggested["committees"][0]["code"],
            "risk_level": suggested["risk"]["level"],
        },
        "versions": suggested["versions"],
    }
