"""Migrations from an empty database, whole or nothing, and logs without personal data."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text
from structlog.testing import capture_logs

from serve.storage.engine import open_engine, session_factory, transaction
from serve.storage.migrate import migrate
from serve.storage.models import Base


def test_migration_builds_what_the_models_say(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{(tmp_path / 'a.db').as_posix()}")
    migrate(engine)
    migrate(engine)
    found = inspect(engine)
    for name, table in Base.metadata.tables.items():
        assert {c["name"] for c in found.get_columns(name)} == set(table.columns.keys())
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_fault_leaves_nothing_half_written(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{(tmp_path / 'b.db').as_posix()}")
    migrate(engine)
    factory = session_factory(engine)

    def half() -> None:
        with transaction(factory) as session:
            session.execute(text("insert into alembic_version values ('x')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with engine.connect() as connection:
        rows = connection.execute(text("select count(*) from alembic_version")).scalar()
    assert rows == 1


def test_logs_hold_no_personal_data(client: TestClient) -> None:
    secret = "欧阳晓燕13812345678欠我五万块"
    with capture_logs() as logs:
        client.post("/api/v1/triage", json={"text": secret})
        client.post("/intake/register", data={"text": secret, "applicant": "欧阳晓燕"})
        client.get("/cases", params={"text": "欧阳晓燕"})
    assert len(logs) == 3
    assert "欧阳" not in str(logs)
    assert "13812345678" not in str(logs)
    assert all(entry["route"] != "-" for entry in logs)
