"""Training end to end on a few records, heads against scikit-learn, figures with intervals."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from models.corpus.records import Record, write_records
from models.heads import HeadOptions, fit_softmax, fit_temperature, logits, softmax
from models.metrics import expected_calibration_error, proportion, wilson
from models.options import TrainOptions
from models.train import train
from triage.knowledge import Knowledge
from triage.pipeline import Triager


def test_wilson_is_the_textbook_value() -> None:
    low, high = wilson(8, 10)
    assert low == pytest.approx(0.490, abs=0.002)
    assert high == pytest.approx(0.943, abs=0.002)
    assert proportion([])["n"] == 0


def test_calibration_error_of_a_perfect_and_a_boastful_model() -> None:
    right = np.asarray([True] * 80 + [False] * 20)
    assert expected_calibration_error(np.full(100, 0.8), right, bins=1) == pytest.approx(
        0, abs=1e-6
    )
    assert expected_calibration_error(np.full(100, 1.0), right) == pytest.approx(0.2, abs=1e-6)


def test_head_equals_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(60, 8)).astype(np.float32)
    counts = sparse.random(60, 20, 0.3, format="csr", random_state=0, dtype=np.float32)
    y = ["a", "b", "c"] * 20
    options = HeadOptions(c=2.0, dense_scale=1.5, class_weight=None)
    mean = dense.mean(axis=0)
    head = fit_softmax("h", ["a", "b", "c"], y, dense, mean, counts, options)
    design = sparse.hstack([sparse.csr_matrix((dense - mean) * 1.5), counts]).tocsr()
    model = LogisticRegression(C=2.0, max_iter=400, random_state=options.seed).fit(design, y)
    assert np.allclose(softmax(logits(head, dense, counts)), model.predict_proba(design), atol=1e-4)


def test_temperature_tames_confidence() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 300)
    z = rng.normal(size=(300, 3))
    z[np.arange(300), y] += 1.0
    assert fit_temperature(z * 10, y) == pytest.approx(10 * fit_temperature(z, y), rel=0.05)


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match="share"):
        replace(TrainOptions(), share=0)


@pytest.fixture
def small_data(tmp_path: Path, data: Path, knowledge: Knowledge) -> Path:
    """A data folder with the plainest examples as a tiny corpus."""
    for folder in (
        "taxonomy",
        "bodies",
        "statutes",
        "clocks",
        "rules",
        "risk",
        "calendar",
        "parties",
        "linking",
    ):
        shutil.copytree(data / folder, tmp_path / folder)
    for batch, prefix in (("a", ""), ("b", "麻烦问一下，"), ("c", "我想反映，")):
        records = [
            Record(id=f"{batch}{i}", text=prefix + s.example, sub_type=s.code, lead=s.lead,
                   batch=batch, unsure=s.code == "OTH-MISC")
            for i, s in enumerate(knowledge.taxonomy.sub_types)
        ]  # fmt: skip
        write_records(tmp_path / "corpus" / "narratives" / f"{batch}.jsonl", records)
    (tmp_path / "corpus" / "splits.yaml").write_text(
        "version: t\ncalibration: [b]\ntest: [c]\n", encoding="utf-8"
    )
    (tmp_path / "corpus" / "cases" / "closed").mkdir(parents=True)
    return tmp_path


def test_train_without_encoder_and_learn_from_decisions(small_data: Path) -> None:
    """The counts-only bundle answers, and a clerk's corrections change what it says."""
    options = replace(TrainOptions(), max_chars=2000, max_words=1000)
    target = small_data / "bundle"
    text = "后山那片板栗树被人打了一遍，竹竿都打断了"
    train(small_data, None, target, options, small_data / "cache")
    before = Triager.open(target, small_data / "none", small_data)
    assert before.encoder is None
    decisions = small_data / "decisions.jsonl"
    rows = [
        {"id": f"decision:{i}", "text": f"{text}，第{i}回了", "sub_type": "OTH-LAND",
         "lead": "ORG-ALAND", "batch": "decisions", "story": str(i), "source": "decision"}
        for i in range(6)
    ]  # fmt: skip
    decisions.write_text(
        "\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8"
    )
    train(small_data, None, target, replace(options, extra=(decisions,)), small_data / "cache")
    after = Triager.open(target, small_data / "none", small_data)
    assert after.triage(text).sub_types[0].code == "OTH-LAND"
    p = {s.code: s.probability for s in before.triage(text).sub_types}
    assert after.triage(text).sub_types[0].probability > p.get("OTH-LAND", 0.0)


def test_same_seed_same_bundle(small_data: Path) -> None:
    options = replace(TrainOptions(), max_chars=1000, max_words=500)
    weights = []
    for name in ("one", "two"):
        target = train(small_data, None, small_data / name, options, small_data / "cache")
        weights.append((target / "heads.safetensors").read_bytes())
    assert weights[0] == weights[1]
