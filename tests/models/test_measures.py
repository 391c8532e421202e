"""Agreement, audit of risk entries, robustness rewrites: the measuring tools themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from models.agreement import agreement
from models.calibrate import blend, risk_calibration, second_blend
from models.corpus.records import Record
from models.perturb import Perturber
from models.risk_audit import audit
from models.robustness import PERSON, load_rewrites, rewrites
from models.table import Table
from triage.knowledge import Knowledge


def test_agreement_counts_types_levels_and_what_either_accepts(knowledge: Knowledge) -> None:
    first = {
        "a": {"sub_type": "LAB-WAGE", "risk_level": "red"},
        "b": {"sub_type": "LAB-TERM"},
        "c": {"sub_type": "COM-SERV", "acceptable_sub_types": ["LAB-WAGE"]},
        "only": {"sub_type": "OTH-MISC"},
    }
    second = {
        "a": {"sub_type": "LAB-WAGE", "risk_level": "orange"},
        "b": {"sub_type": "LAB-REL"},
        "c": {"sub_type": "LAB-WAGE"},
    }
    figures = agreement(first, second, knowledge)
    assert figures["n"] == 3
    assert figures["type"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["sub_type"]["value"] == pytest.approx(1 / 3, abs=1e-3)
    assert figures["sub_type_accepted"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["level"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert agreement({}, second, knowledge) == {"n": 0}


def test_blend_trusts_the_better_reader() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 400)
    good, poor = rng.normal(size=(400, 3)), rng.normal(size=(400, 3))
    good[np.arange(400), y] += 3
    weights = blend({"good": good, "poor": poor}, y)
    assert weights["good"] > 0.5 > weights["poor"]
    assert set(blend({"linear": good}, y)) == {"linear"}


def test_risk_calibration_undoes_boasting() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(600, 3))
    levels = np.where(rng.random(600) < 1 / (1 + np.exp(-z[:, 2])), "red", "blue")
    slope, words, offset = risk_calibration(z * 4, rng.normal(size=(600, 3)), list(levels))[2]
    assert slope == pytest.approx(0.25, abs=0.08)
    assert abs(words) < 0.3
    assert abs(offset) < 0.4


def test_second_blend_finds_the_part_that_knows() -> None:
    rng = np.random.default_rng(3)
    labels = ["LAB-WAGE", "COM-LOAN", "OTH-MISC"]
    mixed = rng.random(300) < 0.4
    records = [
        Record(
            id=str(i), text="两件事", sub_type="LAB-WAGE", lead="MC-LAB", batch="t",
            secondary=("COM-LOAN",) if m else (),
        )
        for i, m in enumerate(mixed)
    ]  # fmt: skip
    table = Table(records, [r.text for r in records], None, None, sparse.csr_matrix((300, 1)), {})
    p = np.tile([0.8, 0.1, 0.1], (300, 1))
    parts = {
        "holds": rng.normal(size=(300, 3)),
        "mixed": np.where(mixed, 2.0, -2.0)[:, None] + rng.normal(size=(300, 1)),
    }
    weights = second_blend(parts, p, labels, table)
    assert weights["mixed"] > 0.5 > abs(weights["holds"])


def test_audit_counts_only_what_an_entry_claims(knowledge: Knowledge) -> None:
    def text(i: str, said: str, level: str) -> Record:
        return Record(
            id=i, text=said, sub_type="COM-LOAN", lead="MC-COM", batch="t",
            risk_level=level,  # type: ignore[arg-type]
        )  # fmt: skip

    scores = audit(
        [text("a", "他说要砍死我，刀都拎来了", "red"), text("b", "我不会砍死他的", "blue")],
        knowledge,
    )
    assert scores
    assert all(s.texts == 1 and s.right == 1 for s in scores if s.given == "red")


def test_rewrites_are_stable_and_touch_only_what_they_name(data: Path) -> None:
    texts = ["老王说丈夫欠了工资3000元，我们没有办法，孩子怎么办。"] * 40
    table = rewrites(load_rewrites(data), Perturber(texts))
    assert set(table) >= PERSON
    for name, rewrite in table.items():
        assert rewrite(texts[0]) == rewrite(texts[0]), name
    assert "，" not in table["no_punctuation"](texts[0])
    assert "妻子" in table["gender"](texts[0])
    assert "9001元" in table["amounts"](texts[0])
    assert table["preamble"](texts[0]).endswith(texts[0])
    assert len(table["coda"](texts[0])) > len(texts[0]) + 250
