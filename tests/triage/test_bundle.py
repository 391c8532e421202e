"""A bundle is whole and unaltered, or it is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from triage.bundle import Bundle, BundleWriter
from triage.errors import BundleError
from triage.knowledge import Knowledge
from triage.model import load_brain
from triage.settings import bundle_dir, data_dir


def test_the_shipped_bundle_is_safe_and_small() -> None:
    bundle = Bundle.open(bundle_dir())
    names = set(bundle.manifest.files)
    assert not [n for n in names if n.endswith((".pkl", ".pickle", ".joblib", ".pt", ".bin"))]
    assert sum(p.stat().st_size for p in bundle_dir().iterdir()) < 25 * 1024 * 1024
    assert bundle.manifest.metrics
    assert "model_card.md" in names
    assert "合成" in (bundle_dir() / "model_card.md").read_text(encoding="utf-8")


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(bundle_dir(), copy)
    path = copy / "thresholds.json"
    path.write_text(path.read_text() + " ")
    with pytest.raises(BundleError, match=r"thresholds\.json"):
        Bundle.open(copy)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(bundle_dir(), copy)
    (copy / "chars.skops").unlink()
    with pytest.raises(BundleError, match="缺少文件"):
        Bundle.open(copy)
    with pytest.raises(BundleError, match="不完整"):
        Bundle.open(tmp_path)


def test_a_reader_of_an_older_version_is_refused_at_opening() -> None:
    """Not at the first citizen's answer: the thresholds of the older format lack `second`."""

    class Older(Bundle):
        def json(self, name: str) -> object:
            stored = super().json(name)
            del stored["full"]["second"]
            return stored

    opened = Bundle.open(bundle_dir())
    taxonomy = Knowledge.load(data_dir()).taxonomy
    assert load_brain(opened, taxonomy).reader is not None
    with pytest.raises(BundleError, match="second"):
        load_brain(Older(opened.directory, opened.manifest), taxonomy)


def test_an_untrusted_type_is_refused(tmp_path: Path) -> None:
    class Custom:
        pass

    writer = BundleWriter(tmp_path / "b")
    writer.skops("chars.skops", Custom())
    writer.finish(
        name="x", created="", taxonomy="", labels=(), encoder="", metrics={}, parameters={}
    )
    with pytest.raises(BundleError, match="不受信任"):
        Bundle.open(tmp_path / "b").skops("chars.skops")


def test_tensors_survive(tmp_path: Path) -> None:
    writer = BundleWriter(tmp_path / "b")
    value = np.arange(12, dtype=np.float32).reshape(3, 4).T
    writer.tensors("t.safetensors", {"x": value})
    writer.finish(
        name="x", created="", taxonomy="", labels=(), encoder="", metrics={}, parameters={}
    )
    assert np.array_equal(Bundle.open(tmp_path / "b").tensors("t.safetensors")["x"], value)
