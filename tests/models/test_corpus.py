"""The corpus parses, is not copied from itself, and does not leak between splits."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from models.corpus.lay import LABELS
from models.corpus.records import Record, load_corpus, read_records, write_records
from models.corpus.splits import batch_folds, load_plan, split
from models.near import near_duplicates
from triage.errors import KnowledgeError
from triage.knowledge import Knowledge
from triage.similar import load_cases


@pytest.fixture(scope="module")
def corpus(data: Path) -> tuple[list[Record], list[Record]]:
    return load_corpus(data)


def test_every_sub_type_has_its_share(
    corpus: tuple[list[Record], list[Record]], knowledge: Knowledge
) -> None:
    counts = Counter(r.sub_type for r in corpus[0])
    assert len(corpus[0]) >= 840
    assert all(counts[c] >= 20 for c in knowledge.taxonomy.codes), counts.most_common()[-5:]


def test_codes_are_known(
    corpus: tuple[list[Record], list[Record]], knowledge: Knowledge, data: Path
) -> None:
    codes, signals = set(knowledge.taxonomy.codes), set(knowledge.policy.kinds)
    for r in (*corpus[0], *corpus[1]):
        assert {r.sub_type, *r.secondary, *r.acceptable_sub_types} <= codes, r.id
        assert all(b in knowledge.bodies for b in (r.lead, *r.co, *r.acceptable)), r.id
        assert {e.code for e in r.evidence} <= signals, r.id
    for c in load_cases(data / "corpus" / "cases" / "closed"):
        assert c.sub_type in codes
        assert c.body in knowledge.bodies
        assert c.outcome in ("成功", "不成", "撤回")


@pytest.fixture(scope="module")
def alike(corpus: tuple[list[Record], list[Record]]) -> list[tuple[str, str, float]]:
    """Pairs of different stories that share more than 30% of their character 5-grams."""
    return near_duplicates([(r.id, r.text, r.group) for r in (*corpus[0], *corpus[1])], 0.3)


def test_no_two_stories_are_one_text(alike: list[tuple[str, str, float]]) -> None:
    assert alike == []


def test_no_leak_from_train_to_test(
    corpus: tuple[list[Record], list[Record]], data: Path, alike: list[tuple[str, str, float]]
) -> None:
    """No story stands on two sides, and no held-out text has a near neighbour that trains."""
    plan = load_plan(data)
    for records in corpus:
        parts = split(records, plan)
        held = parts.test + parts.calibration
        assert not {r.group for r in parts.train} & {r.group for r in held}
        sides = {r.id: "train" for r in parts.train} | {r.id: "held" for r in held}
        assert not [p for p in alike if {sides.get(p[0]), sides.get(p[1])} == {"train", "held"}]


def test_a_leak_would_be_seen(corpus: tuple[list[Record], list[Record]]) -> None:
    """The measure itself: the same text under another story is a pair."""
    record = max(corpus[0], key=lambda r: len(r.text))
    copied = record.text[: len(record.text) * 3 // 4]
    pairs = near_duplicates([("a", record.text, "1"), ("b", copied, "2")], 0.3)
    assert [(x, y) for x, y, _ in pairs] == [("a", "b")]


def test_splits_are_by_batch_and_story(
    corpus: tuple[list[Record], list[Record]], data: Path
) -> None:
    plan = load_plan(data)
    assert plan.test
    assert plan.calibration or any(share.calibration for share in plan.stories.values())
    for records in corpus:
        parts = split(records, plan)
        assert parts.train
        assert parts.calibration
        assert parts.test
        for batch in (*plan.test, *plan.calibration):
            assert not any(r.batch == batch for r in parts.train)
    folds = batch_folds(corpus[0], 2, seed=1)
    assert sorted(i for f in folds for i in f) == list(range(len(corpus[0])))


def test_public_texts_are_not_committed(data: Path) -> None:
    """Labels of real questions are kept by id only."""
    path = data / "corpus" / LABELS
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            assert "text" not in json.loads(line)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    good = Record(id="a", text="欠钱", sub_type="COM-LOAN", lead="MC-COM", batch="t")
    write_records(path, [good])
    with path.open("a", encoding="utf-8") as handle:
        handle.write('{"id": "b", "sub_type": "COM-LOAN", "lead": "MC-COM", "batch": "t"}\n')
    with pytest.raises(KnowledgeError) as error:
        read_records(path)
    assert error.value.line == 2
    assert error.value.field == "text"


def test_evidence_must_be_in_the_text() -> None:
    with pytest.raises(ValueError, match="不在正文里"):
        Record(
            id="a", text="欠钱", sub_type="COM-LOAN", lead="MC-COM", batch="t",
            evidence=({"code": "R-KILL", "text": "杀", "form": "direct"},),  # type: ignore[arg-type]
        )  # fmt: skip


def test_near_duplicates_find_a_copy() -> None:
    text = "厂里三个月没发工资了，老板天天讲下礼拜，我们等不下去了。"
    items = [
        ("a", text, "1"),
        ("b", text.replace("三个月", "四个月"), "2"),
        ("c", "隔壁砌墙占地", "3"),
    ]
    assert [(a, b) for a, b, _ in near_duplicates(items, 0.3)] == [("a", "b")]
    assert near_duplicates([("a", text, "1"), ("b", text, "1")], 0.3) == []
