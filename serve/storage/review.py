"""Looking back: a sample of blue cases to audit, and which phrases cried wolf."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field

from sqlalchemy import select

from serve.problems import ProblemError
from serve.storage.cases import CHINA, Factory, now, set_level
from serve.storage.engine import transaction
from serve.storage.models import Case, Event
from triage.result import RISK_LEVELS
from triage.risk.levels import rank

#: Share of the week's blue cases that are read again (domain.md section 5: 2%), at least this many.
SHARE, AT_LEAST = 0.02, 5
#: Days of alarms looked at for phrases that cry wolf.
WINDOW = 90


def blue_sample(factory: Factory, week_of: dt.date) -> list[Case]:
    """Blue cases of the seven days up to `week_of` to audit, unaudited first.

    The draw is a hash of the case code: everyone sees the same sample, nobody can choose it.
    """
    end = dt.datetime.combine(week_of + dt.timedelta(days=1), dt.time(), CHINA)
    with factory() as session:
        chosen = select(Case).where(
            Case.created_at >= end - dt.timedelta(days=7), Case.created_at < end
        )
        # A case raised by an audit stays in the sample: it is what the audit is for.
        rows = [c for c in session.scalars(chosen) if c.suggestion["risk"]["level"] == "blue"]
        rows.sort(key=lambda c: hashlib.sha256(c.case_code.encode()).digest())
        sample = rows[: max(AT_LEAST, round(len(rows) * SHARE))]
        for case in sample:
            _ = list(case.events)
    return sorted(sample, key=lambda c: audited(c) is not None)


def audited(case: Case) -> Event | None:
    """The audit of a case, if somebody has read it again."""
    return next((e for e in case.events if e.kind == "audited"), None)


def audit(factory: Factory, code: str, level: str, by: str, note: str) -> None:
    """Record what a second reading found; a higher level raises the case and puts it on the board."""
    if level not in RISK_LEVELS:
        raise ProblemError(422, "风险等级只能是红、橙、黄、蓝", "unknown", "level")
    if not by.strip():
        raise ProblemError(422, "请填写复核人姓名", "missing", "by")
    with transaction(factory) as session:
        case = session.scalar(select(Case).where(Case.case_code == code).with_for_update())
        if case is None:
            raise ProblemError(404, f"没有登记编号为 {code} 的案件", "not_found")
        payload = {"found": level, "note": note.strip()}
        case.events.append(Event(at=now(), actor=by.strip(), kind="audited", payload=payload))
        if rank(level) > rank(case.risk_level):  # type: ignore[arg-type]
            case.events.append(
                Event(at=now(), actor=by.strip(), kind="level_changed",
                      payload={"from": case.risk_level, "to": level,
                               "reason": note.strip() or "蓝色抽检发现漏报"})
            )  # fmt: skip
            set_level(case, level)


@dataclass
class PhraseScore:
    """How often a phrase of a rule (or of the model) led to an alarm a person lowered."""

    rule: str
    said: str
    source: str
    alarms: int = 0
    lowered: int = 0
    cases: list[str] = field(default_factory=list)


def false_alarms(factory: Factory, limit: int = 50) -> list[PhraseScore]:
    """Phrases behind red and orange suggestions of the last 90 days, most often lowered first."""
    scores: dict[tuple[str, str], PhraseScore] = {}
    with factory() as session:
        recent = select(Case).where(Case.created_at >= now() - dt.timedelta(days=WINDOW))
        for case in session.scalars(recent):
            suggested = case.suggestion["risk"]["level"]
            if rank(suggested) < rank("orange"):
                continue
            lowered = rank(case.risk_level) < rank(suggested)  # type: ignore[arg-type]
            for s in case.suggestion["risk"]["signals"]:
                if rank(s.get("level", "blue")) < rank("orange"):
                    continue
                key = (s.get("rule", ""), s["text"][:30])
                score = scores.setdefault(key, PhraseScore(key[0], key[1], s["source"]))
                score.alarms += 1
                if lowered:
                    score.lowered += 1
                    score.cases.append(case.case_code)
    ranked = [s for s in scores.values() if s.lowered]
    return sorted(ranked, key=lambda s: (-s.lowered, -s.alarms))[:limit]
