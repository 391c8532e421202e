"""Vectors of narratives and the clerk's links between cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("vector", sa.LargeBinary))
        table.add_column(sa.Column("linked_to", sa.String(32)))
    op.create_index("ix_cases_linked_to", "cases", ["linked_to"])
    op.create_index("ix_cases_created_at", "cases", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_cases_created_at", "cases")
    op.drop_index("ix_cases_linked_to", "cases")
    with op.batch_alter_table("cases") as table:
        table.drop_column("linked_to")
        table.drop_column("vector")
