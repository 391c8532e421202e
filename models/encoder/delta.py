"""Merging a low-rank delta into the decoded weights: W += scale · B·A, a few numpy products."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from triage.errors import EncoderError

Weights = dict[str, NDArray[np.float32]]


def merge(weights: Weights, delta: Path) -> Weights:
    """New weights with `delta` added; `weights` itself is not changed.

    Tensors in the file: `<name>.lora_A` (r, in) with `<name>.lora_B` (out, r), or `<name>` to be
    added whole. The metadata key `scale` (default 1) multiplies the products.

    Raises:
        EncoderError: unknown name, missing half of a pair, or a shape that does not fit.
    """
    merged = dict(weights)
    with safe_open(delta, framework="numpy") as file:
        meta = file.metadata() or {}
        scale = float(json.loads(meta.get("scale", "1")))
        names = set(file.keys())
        for key in sorted(names):
            if key.endswith(".lora_B"):
                continue
            if key.endswith(".lora_A"):
                target = key.removesuffix(".lora_A")
                other = f"{target}.lora_B"
                if other not in names:
                    raise EncoderError(f"增量文件缺少 {other}")
                a = file.get_tensor(key).astype(np.float32)
                b = file.get_tensor(other).astype(np.float32)
                added = scale * (b @ a)
            else:
                target = key
                added = file.get_tensor(key).astype(np.float32)
            if target not in merged:
                raise EncoderError(f"增量文件里的 {target} 不是编码器的权重")
            if merged[target].shape != added.shape:
                raise EncoderError(
                    f"增量 {target} 形状 {added.shape} 与权重 {merged[target].shape} 不合"
                )
            merged[target] = (merged[target] + added).astype(np.float32)
    return merged
