"""A newcomer opens these first: they must parse, and the first must run."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda p: p.stem)
def test_notebooks_parse(path: Path) -> None:
    compile(path.read_text(encoding="utf-8"), path.name, "exec")


def test_the_first_notebook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(FOLDER / "01_explore_corpus.py"))
    assert "叙述" in capsys.readouterr().out
