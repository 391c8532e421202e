"""Registering, reading and acknowledging cases over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from serve.deps import FactoryDep, TriagerDep
from serve.linking import hints, stored
from serve.problems import RESPONSES
from serve.storage import cases as store
from serve.storage.models import Case
from serve.suggestion import suggest
from triage.pipeline import MAX_CHARACTERS
from triage.result import RiskLevel

router = APIRouter(prefix="/api/v1/cases", tags=["案件"])

Code = Annotated[str, Path(max_length=32, pattern=r"^[0-9A-Za-z-]+$", examples=["20261124-0001"])]

#: The codes themselves are data, so `serve.app` puts the loaded ones into the published schema.
SubTypeCode = Annotated[str, Field(max_length=20, json_schema_extra={"x-codes": "sub_types"})]
BodyCode = Annotated[str, Field(max_length=20, json_schema_extra={"x-codes": "bodies"})]


class NewCase(BaseModel):
    """The narrative with the clerk's decision; a field left out accepts the suggestion."""

    text: str = Field(min_length=1, max_length=MAX_CHARACTERS)
    external_code: str | None = Field(default=None, max_length=64, description="外部赋码，幂等")
    applicant: str = Field(default="", max_length=80)
    phone: str = Field(default="", max_length=40)
    opponent: str = Field(default="", max_length=120)
    place: str = Field(default="", max_length=120)
    sub_type: SubTypeCode | None = None
    secondary: list[SubTypeCode] | None = Field(default=None, max_length=2)
    lead: BodyCode | None = None
    co: list[BodyCode] | None = Field(default=None, max_length=8)
    risk_level: RiskLevel | None = None
    reason: str = Field(default="", max_length=2000)
    decided_by: str = Field(default="", max_length=40)
    linked_to: str | None = Field(
        default=None, max_length=32, description="关联到已登记的案件编号（由人决定）"
    )


class EventOut(BaseModel):
    at: dt.datetime
    actor: str
    kind: str
    payload: dict[str, Any]


class CaseOut(BaseModel):
    case_code: str
    external_code: str | None
    created_at: dt.datetime
    text: str
    sub_type: str
    secondary: list[str]
    lead: str
    co: list[str]
    risk_level: str
    accepted: bool
    reason: str
    decided_by: str
    status: str
    linked_to: str | None
    acknowledged_at: dt.datetime | None
    acknowledged_by: str
    suggestion: dict[str, Any]
    events: list[EventOut]


class LinkOut(BaseModel):
    case_code: str
    kind: str
    score: float
    reasons: list[str]


class Acknowledgement(BaseModel):
    by: str = Field(min_length=1, max_length=40, description="确认人姓名")
    note: str = Field(default="", max_length=2000)


@router.post("", status_code=201, summary="登记一件", responses=RESPONSES)
def register(new: NewCase, triager: TriagerDep, factory: FactoryDep) -> CaseOut:
    """服务器自己研判并与决定一起保存；同一外部赋码再次提交返回原案件。"""
    suggested, filing = suggest(triager, factory, new.text, new.opponent)
    case = store.register(
        factory,
        store.Intake(
            narrative=new.text,
            applicant=new.applicant,
            phone=new.phone,
            opponent=new.opponent,
            place=new.place,
            channel="接口",
            external_code=new.external_code,
            vector=stored(filing),
            linked_to=new.linked_to,
        ),
        suggested,
        store.Decision(
            sub_type=new.sub_type,
            secondary=new.secondary,
            lead=new.lead,
            co=new.co,
            risk_level=new.risk_level,
            reason=new.reason,
            decided_by=new.decided_by,
            known_sub_types=frozenset(triager.taxonomy.codes),
            known_bodies=frozenset(b.code for b in triager.bodies.bodies),
        ),
    )
    return _out(store.find(factory, case.case_code))


@router.get("/{code}", summary="查看一件", responses=RESPONSES)
def read(code: Code, factory: FactoryDep) -> CaseOut:
    return _out(store.find(factory, code))


@router.get("/{code}/links", summary="可能相关的案件", responses=RESPONSES)
def links(code: Code, triager: TriagerDep, factory: FactoryDep) -> list[LinkOut]:
    """同一件事再次登记、多人对同一对方的线索；只是提示，合并由人决定。"""
    case = store.find(factory, code)
    day = case.created_at.astimezone(store.CHINA).date()
    filing = triager.filing("", case.narrative, day, case.opponent)
    return [
        LinkOut(case_code=h.case_code, kind=h.kind, score=h.score, reasons=list(h.reasons))
        for h in hints(triager, factory, filing, skip=code)
    ]


@router.post("/{code}/acknowledge", summary="主管确认收到", responses=RESPONSES)
def acknowledge(code: Code, body: Acknowledgement, factory: FactoryDep) -> CaseOut:
    return _out(store.acknowledge(factory, code, body.by, body.note))


def _out(case: Case) -> CaseOut:
    return CaseOut(
        case_code=case.case_code,
        external_code=case.external_code,
        created_at=case.created_at,
        text=case.narrative,
        sub_type=case.decided_sub_type,
        secondary=case.decided_secondary,
        lead=case.decided_lead,
        co=case.decided_co,
        risk_level=case.risk_level,
        accepted=case.accepted,
        reason=case.reason,
        decided_by=case.decided_by,
        status=case.status,
        linked_to=case.linked_to,
        acknowledged_at=case.acknowledged_at,
        acknowledged_by=case.acknowledged_by,
        suggestion=case.suggestion,
        events=[
            EventOut(at=e.at, actor=e.actor, kind=e.kind, payload=e.payload) for e in case.events
        ],
    )
