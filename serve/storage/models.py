"""Tables. A case keeps what was suggested, by which versions, and what was decided."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware datetimes in, aware datetimes out; SQLite drops the zone, so UTC is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(dt.UTC) if value is not None else None

    def process_result_value(
        self,
        value: dt.datetime | None,
        dialect: Any,  # noqa: ARG002
    ) -> dt.datetime | None:
        if value is None:
            return None
        return value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)


class Base(DeclarativeBase):
    pass


class Case(Base):
    """One registered case.

    `suggestion` is the whole `TriageResult`; `decided_*` are the clerk's, and model output never
    overwrites them. `vector` is the narrative's (half precision), `linked_to` the earlier case a clerk
    linked it to. `token` makes a doubled form submission one case; `external_code` is the code
    another system gave (浙江解纷码 …), accepted once.
    """

    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    case_code: Mapped[str] = mapped_column(String(32), unique=True)
    external_code: Mapped[str | None] = mapped_column(String(64), unique=True)
    token: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    narrative: Mapped[str] = mapped_column(Text)
    applicant: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    opponent: Mapped[str] = mapped_column(String(120), default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    channel: Mapped[str] = mapped_column(String(20), default="窗口")
    visit: Mapped[str] = mapped_column(String(10), default="首访")

    suggestion: Mapped[dict[str, Any]] = mapped_column(JSON)
    bundle_version: Mapped[str] = mapped_column(String(80))
    taxonomy_version: Mapped[str] = mapped_column(String(40))
    policy_version: Mapped[str] = mapped_column(String(40))
    law_version: Mapped[str] = mapped_column(String(40))
    encoder_version: Mapped[str] = mapped_column(String(80), default="")

    decided_sub_type: Mapped[str] = mapped_column(String(20), index=True)
    decided_secondary: Mapped[list[str]] = mapped_column(JSON, default=list)
    decided_lead: Mapped[str] = mapped_column(String(20), index=True)
    decided_co: Mapped[list[str]] = mapped_column(JSON, default=list)
    risk_level: Mapped[str] = mapped_column(String(10), index=True)
    accepted: Mapped[bool] = mapped_column(Boolean)
    reason_code: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(String(40), default="")

    status: Mapped[str] = mapped_column(String(20), default="registered", index=True)
    acknowledged_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str] = mapped_column(String(40), default="")
    acknowledge_note: Mapped[str] = mapped_column(Text, default="")

    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    linked_to: Mapped[str | None] = mapped_column(String(32), index=True)

    events: Mapped[list[Event]] = relationship(
        back_populates="case", order_by="Event.id", cascade="all, delete-orphan"
    )

    __table_args__ = (Index("ix_cases_board", "risk_level", "acknowledged_at", "created_at"),)


class Event(Base):
    """What was done to a case, by whom, when; appended in the same transaction, never changed."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(30))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    case: Mapped[Case] = relationship(back_populates="events")


class RuleProposal(Base):
    """A lexicon entry somebody proposes; takes effect only after a second person approved it.

    `entry` is the entry as `data/risk/lexicon.yaml` would hold it; `preview` what it would have
    done to the latest cases when it was proposed.
    """

    __tablename__ = "rule_proposals"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    proposed_by: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    entry: Mapped[dict[str, Any]] = mapped_column(JSON)
    preview: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    policy_version: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default="proposed", index=True)
    decided_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(40), default="")
    decision_note: Mapped[str] = mapped_column(Text, default="")
