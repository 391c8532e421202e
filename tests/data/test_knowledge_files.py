"""Every shipped knowledge file loads, agrees with the others, and a fault names its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from triage.errors import KnowledgeError
from triage.knowledge import Knowledge
from triage.result import TYPE_LABELS

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load(DATA)


def test_taxonomy_is_complete(knowledge: Knowledge) -> None:
    codes = knowledge.taxonomy.codes
    assert len(codes) == 42
    counts = {t: len(knowledge.taxonomy.of_type(t)) for t in TYPE_LABELS}
    assert counts == {"labour": 10, "commercial": 12, "family": 10, "other": 10}


def test_bodies_are_complete(knowledge: Knowledge) -> None:
    codes = [b.code for b in knowledge.bodies.bodies]
    assert len(codes) == 25
    assert sum(c.startswith("MC-") for c in codes) == 14


def test_every_sub_type_has_a_taker(knowledge: Knowledge) -> None:
    for sub in knowledge.taxonomy.sub_types:
        assert sub.lead in knowledge.bodies
        assert sub.statutes, sub.code


def test_fourteen_risk_codes(knowledge: Knowledge) -> None:
    assert len(knowledge.policy.kinds) == 14
    assert knowledge.policy.kinds["R-PETI"].cap == "yellow"
    assert knowledge.policy.kinds["R-MEDIA"].cap == "yellow"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("taxonomy", "bodies", "statutes", "clocks", "rules", "risk", "linking"):
        shutil.copytree(DATA / folder, tmp_path / folder)
    return tmp_path


def break_line(path: Path, old: str, new: str) -> int:
    """Replace the first `old` and return its 1-based line."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return line


def test_unknown_body_is_reported_with_line_and_field(copy: Path) -> None:
    line = break_line(copy / "taxonomy/taxonomy.yaml", "lead: MC-FIN", "lead: MC-BANK")
    with pytest.raises(KnowledgeError) as error:
        Knowledge.load(copy)
    assert error.value.file == "taxonomy/taxonomy.yaml"
    assert error.value.line == line
    assert error.value.field is not None
    assert error.value.field.endswith("lead")
    assert "MC-BANK" in str(error.value)


def test_misspelt_field_is_reported(copy: Path) -> None:
    line = break_line(copy / "bodies/bodies.yaml", "remit: 医疗纠纷", "remitt: 医疗纠纷")
    with pytest.raises(KnowledgeError) as error:
        Knowledge.load(copy)
    assert error.value.line is not None
    assert abs(error.value.line - line) <= 1
    assert "remit" in (error.value.field or "")


def test_bad_statute_is_reported(copy: Path) -> None:
    break_line(copy / "taxonomy/taxonomy.yaml", "劳动合同法:30", "劳动合同法第30条")
    with pytest.raises(KnowledgeError, match="法条写法不对"):
        Knowledge.load(copy)


def test_law_not_listed_is_reported(copy: Path) -> None:
    break_line(copy / "taxonomy/taxonomy.yaml", "保险法:23", "海商法:23")
    with pytest.raises(KnowledgeError, match="海商法"):
        Knowledge.load(copy)


def test_bad_regular_expression_is_reported(copy: Path) -> None:
    break_line(copy / "risk/lexicon.yaml", "'遗书'", "'遗书('")
    with pytest.raises(KnowledgeError, match="正则写错了"):
        Knowledge.load(copy)


def test_yaml_syntax_error_names_the_line(copy: Path) -> None:
    path = copy / "clocks/clocks.yaml"
    path.write_text("version: '1'\nclocks: [\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as error:
        Knowledge.load(copy)
    assert error.value.line is not None


def test_missing_file_is_reported(copy: Path) -> None:
    (copy / "risk/policy.yaml").unlink()
    with pytest.raises(KnowledgeError, match="文件不存在"):
        Knowledge.load(copy)


def test_a_conflict_rule_is_checked_like_the_others(copy: Path) -> None:
    path = copy / "rules/conflicts.yaml"
    whole = path.read_text(encoding="utf-8")
    line = break_line(path, "instead: MC-TOWN", "instead: MC-NOWHERE")
    with pytest.raises(KnowledgeError) as error:
        Knowledge.load(copy)
    assert (error.value.line, error.value.field) == (line, "rules[0].instead")
    path.write_text(
        whole.replace("    when:\n", "    when:\n      sub_type: [NO-SUCH]\n", 1), encoding="utf-8"
    )
    with pytest.raises(KnowledgeError, match="NO-SUCH"):
        Knowledge.load(copy)
