"""The reader learned with torch and the reader applied with numpy must be one and the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from models.corpus.records import Evidence, Record
from models.perturb import Perturber
from models.reader.examples import Example, Span, build_examples, view
from models.reader.fit import ReaderOptions, _groups, _pair_loss, fit_reader
from models.reader.network import Shape
from triage.bundle import Bundle
from triage.encoder import EncodedText
from triage.pipeline import default_encoder_dir
from triage.reader import FORMS, RISK_CODES, Head, Reader
from triage.settings import bundle_dir

DIM = 6


@pytest.fixture
def tiny() -> tuple[Reader, EncodedText]:
    rng = np.random.default_rng(0)
    reader = Reader(
        centre=rng.normal(size=DIM).astype(np.float32),
        queries={"topic": rng.normal(size=(2, DIM)).astype(np.float32)},
        heads={
            "sub_type": Head(
                "topic",
                rng.normal(size=(4, 3 * DIM)).astype(np.float32),
                rng.normal(size=4).astype(np.float32),
            )
        },
        token_heads={},
        label_heads={
            "sub_type": (
                rng.normal(size=(4, DIM)).astype(np.float32),
                rng.normal(size=(4, DIM)).astype(np.float32),
            )
        },
    )
    tokens = rng.normal(size=(5, DIM)).astype(np.float32)
    offsets = np.asarray([[i, i + 1] for i in range(5)], dtype=np.int32)
    return reader, EncodedText(tokens.mean(axis=0), tokens, offsets)


def test_token_shares_add_up_to_the_logit(tiny: tuple[Reader, EncodedText]) -> None:
    reader, encoded = tiny
    reading = reader.read(encoded)
    for index in range(4):
        shares = reading.shares("sub_type", index, against_mean=False)
        bias = reader.heads["sub_type"].bias[index]
        assert float(shares.sum() + bias) == pytest.approx(
            float(reading.logits("sub_type")[index]), abs=1e-4
        )


def test_a_text_without_tokens_is_still_read(tiny: tuple[Reader, EncodedText]) -> None:
    reader, _ = tiny
    empty = EncodedText(
        np.ones(DIM, np.float32), np.zeros((0, DIM), np.float32), np.zeros((0, 2), np.int32)
    )
    p = reader.read(empty).softmax("sub_type")
    assert p.shape == (4,)
    assert float(p.sum()) == pytest.approx(1.0, abs=1e-5)


def _example(text: str, sub_type: int) -> Example:
    rules = np.zeros(3, dtype=np.float32)
    return Example(text, sub_type, (sub_type,), False, 0, (0.0, 0.0, 0.0), (), rules)


def test_numpy_reads_what_torch_wrote(tmp_path: Path) -> None:
    """One short fit on the real encoder; the stored tensors must open and separate the classes."""
    directory = default_encoder_dir(Bundle.open(bundle_dir()))
    wages = [f"厂里拖欠工资{i}个月没有发" for i in range(2, 14)]
    noise = [f"楼上半夜{i}点还在装修吵得睡不着" for i in range(2, 14)]
    examples = [_example(t, 0) for t in wages] + [_example(t, 1) for t in noise]
    base = np.random.default_rng(1).normal(size=(len(examples), 384)).astype(np.float32)
    options = ReaderOptions(epochs=1, batch=8, threads=2, similarity=0.0, disturb=0.5)
    delta, tensors = fit_reader(
        directory, examples, base, Shape(2, 2, 3, rank=2), tmp_path, options
    )
    assert delta.is_file()
    arrays = load_file(tensors)
    reader = Reader.from_arrays(arrays)
    assert reader.heads["sub_type"].weights.shape == (2, 4 * 384)
    assert reader.token_heads["code"][0].shape == (len(RISK_CODES), 384)
    assert reader.token_heads["form"][0].shape == (len(FORMS), 384)
    assert reader.heads["risk"].extra_weights is not None
    assert set(reader.label_heads) == {"holds", "risk"}


def test_harmless_evidence_is_taught_as_no_signal() -> None:
    record = Record(
        id="a", text="气死我了押金不退", sub_type="COM-LEASE", lead="MC-COM", batch="t",
        evidence=(Evidence(code="R-KILL", text="气死我了", form="false_friend"),),
    )  # fmt: skip
    (example,) = build_examples([record], ["COM-LEASE"], ["MC-COM"], np.zeros((1, 3), np.float32))
    assert example.spans == (Span(0, 4, 0, FORMS.index("false_friend")),)


def test_a_piece_that_lost_its_evidence_says_so() -> None:
    text = "他欠我三万块钱。" * 60 + "今天不还我就烧了他家。"
    record = Record(
        id="a", text=text, sub_type="COM-LOAN", lead="MC-COM", batch="t", risk_level="red",
        evidence=(Evidence(code="R-WEAP", text="烧了他家", form="direct"),),
    )  # fmt: skip
    (example,) = build_examples([record], ["COM-LOAN"], ["MC-COM"], np.zeros((1, 3), np.float32))
    rng = np.random.default_rng(0)
    seen = [view(example, rng, 200, None, 0) for _ in range(40)]
    assert {v.whole for v in seen} == {True, False}
    for v in seen:
        assert v.whole == bool(v.spans)
        assert all(v.text[s.start : s.end] == "烧了他家" for s in v.spans)


def test_members_of_a_story_meet_in_one_step_and_are_kept_apart() -> None:
    story = [replace(_example("甲" * n, 0), group="s") for n in (30, 31, 29)]
    others = [replace(_example("乙" * n, 1), group=f"o{n}") for n in range(5, 90, 3)]
    rng = np.random.default_rng(0)
    groups = _groups(others[:14] + story + others[14:], rng, ReaderOptions(batch=6))
    together = [g for g in groups if set(g) & {14, 15, 16}]
    assert len(together) <= 2
    levels = torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    good = _pair_loss(torch.tensor([[3.0] * 3, [-3.0] * 3]), levels, ["s", "s"], 2.0)
    bad = _pair_loss(torch.tensor([[-3.0] * 3, [3.0] * 3]), levels, ["s", "s"], 2.0)
    assert float(good) < 0.05 < 5 < float(bad)
    strangers = _pair_loss(torch.tensor([[-3.0] * 3, [3.0] * 3]), levels, ["s", "o"], 2.0)
    assert float(strangers) == 0.0


def test_disturbances_leave_evidence_alone() -> None:
    texts = ["老王欠我钱，天天躲着不见，我要砍死他，你们看着办。"] * 40
    perturber = Perturber(texts)
    rng = np.random.default_rng(2)
    start = texts[0].index("我要砍死他")
    for _ in range(60):
        changed = perturber.disturb(texts[0], rng, protect=[(start, start + 5)])
        assert changed is None or "我要砍死他" in changed
