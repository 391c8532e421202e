"""The runtime: offsets, chunks, batches, and a corrupt file that is noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from triage.bundle import Bundle
from triage.encoder import OnnxEncoder, cut
from triage.errors import EncoderError
from triage.pipeline import default_encoder_dir
from triage.settings import bundle_dir


@pytest.fixture(scope="module")
def directory() -> Path:
    return default_encoder_dir(Bundle.open(bundle_dir()))


@pytest.fixture(scope="module")
def encoder(directory: Path) -> OnnxEncoder:
    return OnnxEncoder.open(directory)


def test_offsets_cover_the_text_incl_emoji(encoder: OnnxEncoder) -> None:
    text = "我们😀六个人abc的工钱，老板失联！"
    encoded = encoder.encode([text])[0]
    covered = set()
    for start, end in encoded.offsets:
        assert 0 <= start < end <= len(text)
        covered |= set(range(start, end))
    assert covered == set(range(len(text)))
    assert np.isclose(np.linalg.norm(encoded.whole), 1)


def test_a_batch_gives_what_single_texts_give(encoder: OnnxEncoder) -> None:
    texts = ["老板失联", "隔壁砌墙占了我家半尺地，说了三年不肯拆。" * 12, "", "离婚"]
    together = encoder.embed(texts)
    for i, text in enumerate(texts):
        assert np.abs(encoder.embed([text])[0] - together[i]).max() < 1e-4


def test_long_texts_are_cut_at_sentence_ends(encoder: OnnxEncoder) -> None:
    text = "厂里三个月没发工资了，老板天天讲下礼拜。" * 60
    pieces = cut(text)
    assert "".join(p for _, p in pieces) == text
    assert all(len(p) <= 400 for _, p in pieces)
    assert all(p.endswith("。") for _, p in pieces)
    encoded = encoder.encode([text])[0]
    assert encoded.offsets[-1][1] == len(text)


def test_missing_and_corrupt_are_said_in_chinese(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="没有找到编码器"):
        OnnxEncoder.open(tmp_path / "none")
    copy = tmp_path / "copy"
    shutil.copytree(directory, copy)
    with (copy / "model.onnx.data").open("r+b") as handle:
        handle.truncate(1000)
    with pytest.raises(EncoderError, match="不完整"):
        OnnxEncoder.open(copy)


def test_altered_weights_fail_the_probe(directory: Path, tmp_path: Path) -> None:
    copy = tmp_path / "altered"
    shutil.copytree(directory, copy)
    with (copy / "model.onnx.data").open("r+b") as handle:
        handle.seek(100_000_000)
        handle.write(bytes(8_000_000))
    with pytest.raises(EncoderError, match="不符"):
        OnnxEncoder.open(copy)
