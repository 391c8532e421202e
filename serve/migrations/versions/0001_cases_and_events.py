"""Cases and events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_code", sa.String(32), nullable=False, unique=True),
        sa.Column("external_code", sa.String(64), unique=True),
        sa.Column("token", sa.String(64), unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("narrative", sa.Text, nullable=False),
        sa.Column("applicant", sa.String(80), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("opponent", sa.String(120), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("visit", sa.String(10), nullable=False),
        sa.Column("suggestion", sa.JSON, nullable=False),
        sa.Column("bundle_version", sa.String(80), nullable=False),
        sa.Column("taxonomy_version", sa.String(40), nullable=False),
        sa.Column("policy_version", sa.String(40), nullable=False),
        sa.Column("law_version", sa.String(40), nullable=False),
        sa.Column("encoder_version", sa.String(80), nullable=False),
        sa.Column("decided_sub_type", sa.String(20), nullable=False),
        sa.Column("decided_secondary", sa.JSON, nullable=False),
        sa.Column("decided_lead", sa.String(20), nullable=False),
        sa.Column("decided_co", sa.JSON, nullable=False),
        sa.Column("risk_level", sa.String(10), nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("reason_code", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.String(40), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_by", sa.String(40), nullable=False),
        sa.Column("acknowledge_note", sa.Text, nullable=False),
    )
    for column in ("decided_sub_type", "decided_lead", "risk_level", "status"):
        op.create_index(f"ix_cases_{column}", "cases", [column])
    op.create_index("ix_cases_board", "cases", ["risk_level", "acknowledged_at", "created_at"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
    )
    op.create_index("ix_events_case_id", "events", ["case_id"])


def downgrade() -> None:
    op.drop_table("events")
    op.drop_table("cases")
