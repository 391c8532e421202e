"""The sentence encoder at serving time: onnxruntime, no torch.

One pass gives the vector of the whole text and the states of its tokens, from which any span's
vector is pooled. Long texts are cut at sentence ends into chunks of about 400 characters, because
the encoder reads at most 512 tokens; the whole vector averages over all tokens of all chunks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from triage.errors import EncoderError

DESCRIPTION = "encoder.json"
#: Characters of a chunk: 400 Chinese characters stay under 512 tokens with room for the prefix.
CHUNK = 400
_CHUNK_TOKENS = 512
#: Padded tokens of one run: the states of 1024 stay in a core's cache, and a larger run is slower
#: (four texts of 153 tokens together 28 ms a text, sixteen 29, thirty-two 34) and holds more memory.
_RUN_TOKENS = 1024
_RUN_CHUNKS = 32
#: Largest allowed distance of the probe vector from the stored one.
_PROBE_TOLERANCE = 0.01
_SENTENCE = re.compile(r"[。！？；!?;\n…]+")
_COMMA = re.compile(r"[，,、：: ]")

Float = NDArray[np.float32]


@dataclass(frozen=True)
class EncodedText:
    """`whole`: (dim,) unit vector. `tokens`: (n, dim) states without prefix and special tokens;
    `offsets`: (n, 2) code points [start, end) in the text. n may be 0 for an empty text.
    """

    whole: Float
    tokens: Float
    offsets: NDArray[np.int32]


class Encoder(Protocol):
    """What the pipeline needs of an encoder; `fingerprint` names what its vectors depend on."""

    name: str
    dim: int
    fingerprint: str

    def encode(self, texts: Sequence[str]) -> list[EncodedText]: ...

    def embed(self, texts: Sequence[str]) -> Float: ...


@dataclass(frozen=True)
class _Chunk:
    text: int
    encoding: Encoding
    shift: int  # code points before this chunk in its text, minus the prefix's length
    skip: int  # prefix length in characters


class OnnxEncoder:
    """Thread-safe after `open`: onnxruntime sessions and the tokenizer hold no call state."""

    def __init__(
        self,
        session: ort.InferenceSession,
        tokenizer: Tokenizer,
        name: str,
        dim: int,
        fingerprint: str,
        prefix: str,
        chunk: int = CHUNK,
    ) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.name = name
        self.dim = dim
        self.fingerprint = fingerprint
        self.prefix = prefix
        self._chunk = chunk

    @classmethod
    def open(cls, directory: Path, threads: int = 2, verify: bool = True) -> OnnxEncoder:
        """Open an encoder directory.

        Args:
            threads: intra-op threads of one run.
            verify: compare file sizes and the stored probe vector; a full hash of 160 MB would
                cost a second at every start, the probe runs the whole chain in 20 ms.
        Raises:
            EncoderError: missing, truncated or altered; the Chinese message says how to rebuild.
        """
        described = directory / DESCRIPTION
        try:
            info = json.loads(described.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise EncoderError(cls._missing(directory)) from error
        except (OSError, ValueError) as error:
            raise EncoderError(f"编码器说明 {DESCRIPTION} 已损坏，{_REBUILD}") from error
        if verify:
            for name, facts in info["files"].items():
                file = directory / name
                if not file.is_file() or file.stat().st_size != facts["bytes"]:
                    raise EncoderError(f"编码器文件 {name} 缺失或不完整，{_REBUILD}")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        try:
            session = ort.InferenceSession(
                str(directory / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        except Exception as error:  # onnxruntime and tokenizers raise bare Exception types
            raise EncoderError(f"编码器打不开，{_REBUILD}") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(int(info["max_tokens"]))
        encoder = cls(
            session,
            tokenizer,
            info["name"],
            int(info["dim"]),
            info["fingerprint"],
            info["prefix"],
            # An encoder that reads fewer tokens gets shorter chunks: nothing is cut off unread.
            min(CHUNK, int(info["max_tokens"]) * CHUNK // _CHUNK_TOKENS),
        )
        if verify and "probe" in info:
            expected = np.asarray(info["probe"]["vector"], dtype=np.float32)
            got = encoder.embed([info["probe"]["text"]])[0]
            if float(np.linalg.norm(got - expected)) > _PROBE_TOLERANCE:
                raise EncoderError(f"编码器权重与说明不符，可能损坏，{_REBUILD}")
        return encoder

    @staticmethod
    def _missing(directory: Path) -> str:
        if (directory / "modules.json").is_file():
            return (
                f"{directory.name} 是 sentence-transformers 目录但还没有转换，"
                "请把 TRIAGE_ENCODER 指向它再运行 make serve 或 python -m models.encoder.build"
            )
        return f"没有找到编码器，{_REBUILD}"

    def encode(self, texts: Sequence[str]) -> list[EncodedText]:
        """Vectors and token states of `texts`, in order; all chunks share the runs."""
        chunks = self._chunks(texts)
        states: list[Float | None] = [None] * len(chunks)
        for group in _groups([len(c.encoding.ids) for c in chunks]):
            for i, value in zip(group, self._run([chunks[i] for i in group]), strict=True):
                states[i] = value
        rows: list[list[Float]] = [[] for _ in texts]
        places: list[list[NDArray[np.int32]]] = [[] for _ in texts]
        pooled: list[list[tuple[Float, int]]] = [[] for _ in texts]
        for chunk, state in zip(chunks, states, strict=True):
            assert state is not None
            # The whole vector pools every token incl. prefix and specials, as e5 was trained.
            pooled[chunk.text].append((state.mean(axis=0), max(len(state), 1)))
            spans = np.asarray(chunk.encoding.offsets, dtype=np.int32)
            special = np.asarray(chunk.encoding.special_tokens_mask, dtype=bool)
            keep = ~special & (spans[:, 1] > chunk.skip)
            shifted = spans[keep] + chunk.shift
            shifted[:, 0] = np.maximum(shifted[:, 0], chunk.shift + chunk.skip)
            rows[chunk.text].append(state[keep])
            places[chunk.text].append(shifted)
        return [
            EncodedText(
                _unit(
                    np.average(
                        [v for v, _ in pooled[t]], axis=0, weights=[w for _, w in pooled[t]]
                    ).astype(np.float32)
                ),
                np.concatenate(rows[t]) if rows[t] else np.zeros((0, self.dim), np.float32),
                np.concatenate(places[t]) if places[t] else np.zeros((0, 2), np.int32),
            )
            for t in range(len(texts))
        ]

    def embed(self, texts: Sequence[str]) -> Float:
        """(n, dim) unit whole-text vectors."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        out = []
        for begin in range(0, len(texts), 64):
            out += [e.whole for e in self.encode(texts[begin : begin + 64])]
        return np.stack(out)

    def _chunks(self, texts: Sequence[str]) -> list[_Chunk]:
        skip = len(self.prefix)
        pieces = [
            (t, at, part) for t, text in enumerate(texts) for at, part in cut(text, self._chunk)
        ]
        encodings = self._tokenizer.encode_batch([self.prefix + part for _, _, part in pieces])
        return [
            _Chunk(t, e, at - skip, skip) for (t, at, _), e in zip(pieces, encodings, strict=True)
        ]

    def _run(self, chunks: Sequence[_Chunk]) -> list[Float]:
        lengths = [len(c.encoding.ids) for c in chunks]
        ids = np.full((len(chunks), max(lengths)), 1, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, (chunk, n) in enumerate(zip(chunks, lengths, strict=True)):
            ids[row, :n] = chunk.encoding.ids
            mask[row, :n] = 1
        (states,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return [states[row, :n] for row, n in enumerate(lengths)]


_REBUILD = "请运行 make serve 或 python -m models.encoder.build 重新生成"


def cut(text: str, size: int = CHUNK) -> list[tuple[int, str]]:
    """(start, chunk) pieces of at most `size` characters, cut at sentence ends, then at commas."""
    if len(text) <= size:
        return [(0, text)]
    out: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        end = min(at + size, len(text))
        if end < len(text):
            window = text[at:end]
            # Not before half the size: a chunk of three characters is no context.
            ends = [m.end() for m in _SENTENCE.finditer(window) if m.end() > size // 2]
            ends = ends or [m.end() for m in _COMMA.finditer(window) if m.end() > size // 2]
            if ends:
                end = at + ends[-1]
        out.append((at, text[at:end]))
        at = end
    return out


def _groups(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of chunks that run together: sorted by length, bounded in padded tokens."""
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    groups: list[list[int]] = []
    current: list[int] = []
    for i in order:
        longest = lengths[i]
        full = len(current) == _RUN_CHUNKS or (len(current) + 1) * longest > _RUN_TOKENS
        if current and full:
            groups.append(current)
            current = []
        current.append(i)
    if current:
        groups.append(current)
    return groups


def _unit(vector: Float) -> Float:
    norm = float(np.linalg.norm(vector))
    return np.asarray(vector / norm if norm > 0 else vector, dtype=np.float32)
