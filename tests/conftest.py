"""The real pipeline, opened once for all tests: no mock where the real part can run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from triage.knowledge import Knowledge
from triage.pipeline import Triager

ROOT = Path(__file__).parents[1]
TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="session")
def data() -> Path:
    return ROOT / "data"


@pytest.fixture(scope="session")
def knowledge(data: Path) -> Knowledge:
    return Knowledge.load(data)


@pytest.fixture(scope="session")
def triager() -> Triager:
    """The default bundle with its encoder, as `make serve` opens it."""
    return Triager.open(threads=2)


@pytest.fixture(scope="session")
def degraded(tmp_path_factory: pytest.TempPathFactory) -> Triager:
    """The same bundle with no encoder to be found."""
    return Triager.open(encoder=tmp_path_factory.mktemp("no-encoder"), threads=1)


@pytest.fixture
def today() -> dt.date:
    return TODAY
