"""What may be done to a case, each in one transaction with its event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from serve.problems import ProblemError
from serve.storage.engine import transaction
from serve.storage.models import Case, Event
from triage.result import RISK_LEVELS, RiskLevel, TriageResult
from triage.risk.levels import rank

Factory = sessionmaker[Session]

#: The county's wall clock; codes carry the local date. China has one zone and no summer time.
CHINA = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True)
class Intake:
    """What the clerk wrote, besides the narrative."""

    narrative: str
    applicant: str = ""
    phone: str = ""
    opponent: str = ""
    place: str = ""
    channel: str = "窗口"
    visit: str = "首访"
    external_code: str | None = None
    token: str | None = None
    vector: bytes | None = None
    linked_to: str | None = None


@dataclass(frozen=True)
class Decision:
    """What the clerk decided; None keeps the suggestion."""

    sub_type: str | None = None
    secondary: list[str] | None = None
    lead: str | None = None
    co: list[str] | None = None
    risk_level: RiskLevel | None = None
    reason_code: str = ""
    reason: str = ""
    decided_by: str = ""
    known_sub_types: frozenset[str] = field(default_factory=frozenset)
    known_bodies: frozenset[str] = field(default_factory=frozenset)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The date on the county's wall clock, whatever zone the server runs in."""
    return now().astimezone(CHINA).date()


def register(factory: Factory, intake: Intake, suggested: TriageResult, decision: Decision) -> Case:
    """Store a case; the same token or external code again returns the case already there.

    Raises:
        ProblemError: unknown code (422), a lowered red or orange (403), a correction without a
            reason (422).
    """
    lead = suggested.committees[0].code
    co = [c.code for c in suggested.committees if c.role == "co"]
    sub_type = decision.sub_type or suggested.sub_types[0].code
    secondary = suggested.secondary if decision.secondary is None else decision.secondary
    chosen_lead = decision.lead or lead
    chosen_co = co if decision.co is None else decision.co
    level: RiskLevel = decision.risk_level or suggested.risk.level
    _check(decision, sub_type, [chosen_lead, *chosen_co], secondary)
    if rank(level) < rank(suggested.risk.level) and rank(suggested.risk.level) >= rank("orange"):
        raise ProblemError(
            403, "红色、橙色只有主管可以下调，请先按原等级登记，再由主管在风险看板处理", "lowered",
            "risk_level",
        )  # fmt: skip
    chosen_co = [c for c in chosen_co if c != chosen_lead]
    accepted = (
        sub_type == suggested.sub_types[0].code
        and sorted(secondary) == sorted(suggested.secondary)
        and chosen_lead == lead
        and sorted(chosen_co) == sorted(co)
        and level == suggested.risk.level
    )
    if not accepted and not (decision.reason_code or decision.reason.strip()):
        raise ProblemError(422, "更正建议时请选择或写明理由", "reason_missing", "reason")
    for attempt in range(5):
        try:
            with transaction(factory) as session:
                known = _known(session, intake)
                if known is not None:
                    return known
                case = Case(
                    case_code=_next_code(session, attempt),
                    external_code=intake.external_code or None,
                    token=intake.token or None,
                    created_at=now(),
                    narrative=intake.narrative,
                    applicant=intake.applicant,
                    phone=intake.phone,
                    opponent=intake.opponent,
                    place=intake.place,
                    channel=intake.channel,
                    visit=intake.visit,
                    suggestion=suggested.model_dump(mode="json"),
                    bundle_version=suggested.versions.bundle,
                    taxonomy_version=suggested.versions.taxonomy,
                    policy_version=suggested.versions.risk_policy,
                    law_version=suggested.versions.law,
                    encoder_version=suggested.versions.encoder,
                    decided_sub_type=sub_type,
                    decided_secondary=list(secondary),
                    decided_lead=chosen_lead,
                    decided_co=chosen_co,
                    risk_level=level,
                    accepted=accepted,
                    reason_code=decision.reason_code,
                    reason=decision.reason.strip(),
                    decided_by=decision.decided_by,
                    acknowledged_by="",
                    acknowledge_note="",
                    status="registered",
                    vector=intake.vector,
                    linked_to=_existing(session, intake.linked_to),
                )
                case.events.append(
                    Event(
                        at=case.created_at,
                        actor=decision.decided_by or "受理员",
                        kind="registered",
                        payload={"accepted": accepted, "sub_type": sub_type, "lead": chosen_lead,
                                 "risk_level": level, "reason_code": decision.reason_code},
                    )
                )  # fmt: skip
                if case.linked_to:
                    case.events.append(
                        Event(at=case.created_at, actor=decision.decided_by or "受理员",
                              kind="linked", payload={"to": case.linked_to})
                    )  # fmt: skip
                session.add(case)
                session.flush()
                return case
        except IntegrityError:
            # Another clerk took this number, or sent the same form: look again.
            continue
    raise ProblemError(409, "登记编号冲突，请再点一次登记", "code_conflict")


def _existing(session: Session, code: str | None) -> str | None:
    """The code when such a case exists. Raises ProblemError 422 otherwise."""
    if not code:
        return None
    if session.scalar(select(Case.id).where(Case.case_code == code)) is None:
        raise ProblemError(422, f"要关联的案件 {code} 不存在，请重新选择", "unknown", "linked_to")
    return code


def linked(factory: Factory, code: str) -> list[str]:
    """Codes of the cases linked to `code`, oldest first."""
    with factory() as session:
        chosen = select(Case.case_code).where(Case.linked_to == code).order_by(Case.id)
        return list(session.scalars(chosen))


def _check(decision: Decision, sub_type: str, bodies: list[str], secondary: list[str]) -> None:
    for code in [sub_type, *secondary]:
        if decision.known_sub_types and code not in decision.known_sub_types:
            raise ProblemError(422, f"细类 {code} 不在目录里，请重新选择", "unknown", "sub_type")
    for code in bodies:
        if decision.known_bodies and code not in decision.known_bodies:
            raise ProblemError(422, f"机构 {code} 不在目录里，请重新选择", "unknown", "lead")


def _known(session: Session, intake: Intake) -> Case | None:
    conditions = []
    if intake.token:
        conditions.append(Case.token == intake.token)
    if intake.external_code:
        conditions.append(Case.external_code == intake.external_code)
    if not conditions:
        return None
    return session.scalar(select(Case).where(or_(*conditions)))


def _next_code(session: Session, attempt: int) -> str:
    """Date and running number of the day, e.g. 20261124-0007."""
    day = now().astimezone(CHINA).strftime("%Y%m%d")
    last = session.scalar(select(func.max(Case.case_code)).where(Case.case_code.like(f"{day}-%")))
    number = int(last.split("-")[1]) if last else 0
    return f"{day}-{number + 1 + attempt:04d}"


def find(factory: Factory, code: str) -> Case:
    """The case with this code, its events loaded. Raises ProblemError 404."""
    with factory() as session:
        case = session.scalar(select(Case).where(Case.case_code == code))
        if case is None:
            raise ProblemError(404, f"没有登记编号为 {code} 的案件", "not_found")
        _ = list(case.events)
        return case


def acknowledge(factory: Factory, code: str, by: str, note: str) -> Case:
    """A supervisor has seen it; a second acknowledgement keeps the first."""
    if not by.strip():
        raise ProblemError(422, "请填写确认人姓名", "missing", "by")
    with transaction(factory) as session:
        case = _locked(session, code)
        if case.acknowledged_at is None:
            case.acknowledged_at = now()
            case.acknowledged_by = by.strip()
            case.acknowledge_note = note.strip()
            case.events.append(
                Event(at=case.acknowledged_at, actor=by.strip(), kind="acknowledged",
                      payload={"note": note.strip()})
            )  # fmt: skip
        _ = list(case.events)
        return case


def change_level(factory: Factory, code: str, level: str, by: str, reason: str) -> Case:
    """A supervisor raises or lowers the level; always with name and reason, always logged."""
    if level not in RISK_LEVELS:
        raise ProblemError(422, "风险等级只能是红、橙、黄、蓝", "unknown", "risk_level")
    if not by.strip():
        raise ProblemError(422, "请填写主管姓名", "missing", "by")
    if not reason.strip():
        raise ProblemError(422, "调整风险等级必须写明理由", "missing", "reason")
    with transaction(factory) as session:
        case = _locked(session, code)
        if case.risk_level != level:
            case.events.append(
                Event(at=now(), actor=by.strip(), kind="level_changed",
                      payload={"from": case.risk_level, "to": level, "reason": reason.strip()})
            )  # fmt: skip
            set_level(case, level)
        _ = list(case.events)
        return case


def set_level(case: Case, level: str) -> None:
    """A case raised to orange or red must be seen again, even if a lower alarm was."""
    raised = rank(level) > rank(case.risk_level)  # type: ignore[arg-type]
    if raised and rank(level) >= rank("orange"):  # type: ignore[arg-type]
        case.acknowledged_at = None
        case.acknowledged_by = ""
        case.acknowledge_note = ""
    case.risk_level = level


def raised_at(case: Case) -> dt.datetime:
    """Since when the present alarm stands: the last change of level, or the registration."""
    changes = [e.at for e in case.events if e.kind == "level_changed"]
    return changes[-1] if changes else case.created_at


def _locked(session: Session, code: str) -> Case:
    case = session.scalar(select(Case).where(Case.case_code == code).with_for_update())
    if case is None:
        raise ProblemError(404, f"没有登记编号为 {code} 的案件", "not_found")
    return case


@dataclass(frozen=True)
class Query:
    """The query form of the case list."""

    status: str = ""
    type: str = ""
    level: str = ""
    text: str = ""
    page: int = 1
    size: int = 20


def in_hand(factory: Factory, days: int) -> dict[str, int]:
    """Cases each leading body has in hand: registered within the last `days`, since closing a case
    is not recorded yet.
    """
    with factory() as session:
        rows = session.execute(
            select(Case.decided_lead, func.count())
            .where(Case.created_at >= now() - dt.timedelta(days=days))
            .group_by(Case.decided_lead)
        )
        return {lead: int(count) for lead, count in rows}


def listing(factory: Factory, query: Query) -> tuple[list[Case], int]:
    """(cases of one page, newest first; total)."""
    with factory() as session:
        chosen = _filtered(query)
        total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        rows: Iterable[Case] = session.scalars(
            chosen.order_by(Case.id.desc())
            .limit(query.size)
            .offset((max(query.page, 1) - 1) * query.size)
        )
        return list(rows), total


def _filtered(query: Query) -> Select[Case]:
    chosen = select(Case)
    if query.status == "open":
        chosen = chosen.where(Case.acknowledged_at.is_(None))
    elif query.status == "acknowledged":
        chosen = chosen.where(Case.acknowledged_at.is_not(None))
    if query.type:
        chosen = chosen.where(Case.decided_sub_type.like(f"{query.type}%"))
    if query.level:
        chosen = chosen.where(Case.risk_level == query.level)
    if query.text.strip():
        like = f"%{query.text.strip()}%"
        chosen = chosen.where(
            or_(Case.narrative.like(like), Case.case_code.like(like), Case.opponent.like(like))
        )
    return chosen


def board(factory: Factory) -> tuple[list[Case], list[Case]]:
    """(unacknowledged red and orange, oldest first; the last 20 acknowledged)."""
    with factory() as session:
        grave = select(Case).where(Case.risk_level.in_(("red", "orange")))
        waiting = session.scalars(
            grave.where(Case.acknowledged_at.is_(None)).order_by(Case.created_at, Case.id)
        )
        seen = session.scalars(
            grave.where(Case.acknowledged_at.is_not(None))
            .order_by(Case.acknowledged_at.desc())
            .limit(20)
        )
        found = list(waiting), list(seen)
        for case in (*found[0], *found[1]):
            _ = list(case.events)
        return found
