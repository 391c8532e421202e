"""A client over the real application, the real pipeline and a temporary database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serve.app import create_app
from serve.settings import Settings
from triage.pipeline import Triager


@pytest.fixture
def client(triager: Triager, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(database=f"sqlite:///{(tmp_path / 'test.db').as_posix()}")
    with TestClient(create_app(triager, settings), follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def degraded_client(degraded: Triager, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(database=f"sqlite:///{(tmp_path / 'degraded.db').as_posix()}")
    with TestClient(create_app(degraded, settings), follow_redirects=False) as opened:
        yield opened
