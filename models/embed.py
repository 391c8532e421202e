"""Vectors of many texts, cached on disk by encoder fingerprint and text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.progress import track
from safetensors.numpy import load_file, save_file

from triage.encoder import Encoder


def embed_cached(
    texts: Sequence[str], encoder: Encoder, cache: Path, label: str = "编码"
) -> np.ndarray:
    """(n, dim) float32 whole-text vectors of normalised `texts`, read from `cache` where known.

    The cache is one safetensors file an encoder, keyed by the SHA-256 of each text; it only ever
    grows and may be deleted at any time.
    """
    file = cache / f"vectors-{encoder.fingerprint[:16]}.safetensors"
    known: dict[str, np.ndarray] = {}
    if file.is_file():
        stored = load_file(file)
        keys = bytes(stored["keys"]).decode("ascii")
        known = {keys[i * 32 : i * 32 + 32]: v for i, v in enumerate(stored["vectors"])}
    wanted = [hashlib.sha256(t.encode("utf-8")).hexdigest()[:32] for t in texts]
    missing = [i for i, k in enumerate(wanted) if k not in known]
    step = 128
    for begin in track(
        range(0, len(missing), step), description=label, disable=not missing, transient=True
    ):
        part = missing[begin : begin + step]
        for i, vector in zip(part, encoder.embed([texts[i] for i in part]), strict=True):
            known[wanted[i]] = vector
    if missing:
        cache.mkdir(parents=True, exist_ok=True)
        part_file = file.with_suffix(".part")
        names = "".join(known)
        save_file(
            {
                "keys": np.frombuffer(names.encode("ascii"), dtype=np.uint8),
                "vectors": np.stack(list(known.values())).astype(np.float32),
            },
            part_file,
        )
        part_file.replace(file)
    if not texts:
        return np.zeros((0, encoder.dim), dtype=np.float32)
    return np.stack([known[k] for k in wanted]).astype(np.float32)
