"""Linear heads over `Features`, stored as plain arrays.

A head holds one weight block for the dense vector and one for the counts, a bias and a
temperature. Training fits the blocks together (`models/heads.py`); here they are only applied, so
an answer costs two small products and every contribution is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.features import Features

Float = NDArray[np.float32]


@dataclass(frozen=True)
class LinearHead:
    """`dense_weights`: (k, dim) or None for a head that reads counts alone; `dense_mean`: (dim,)
    subtracted first, because e5 vectors crowd around one direction (encoder.md);
    `count_weights`: (k, columns) or None; `bias`: (k,); `temperature` > 0 divides the logits.
    """

    name: str
    dense_weights: Float | None
    dense_mean: Float | None
    count_weights: Float | None
    bias: Float
    temperature: float = 1.0

    def logits(self, features: Features) -> Float:
        """(k,) logits divided by the temperature."""
        total = self.bias.astype(np.float32).copy()
        if self.dense_weights is not None:
            if features.dense is None or self.dense_mean is None:
                raise ValueError(f"head {self.name} needs the encoder")
            total += self.dense_weights @ (features.dense - self.dense_mean)
        if self.count_weights is not None:
            row = features.counts
            total += self.count_weights[:, row.indices] @ row.data.astype(np.float32)
        return np.asarray(total / self.temperature, dtype=np.float32)

    def sigmoid(self, features: Features) -> Float:
        """(k,) independent probabilities."""
        return np.asarray(1 / (1 + np.exp(-self.logits(features))), dtype=np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For `BundleWriter.tensors`; weights in half precision, which moves no probability by
        more than 0.001 and halves the file.
        """
        out: dict[str, NDArray[Any]] = {
            f"{self.name}.bias": self.bias.astype(np.float32),
            f"{self.name}.temperature": np.asarray([self.temperature], np.float32),
        }
        if self.dense_weights is not None and self.dense_mean is not None:
            out[f"{self.name}.dense_weights"] = self.dense_weights.astype(np.float16)
            out[f"{self.name}.dense_mean"] = self.dense_mean.astype(np.float32)
        if self.count_weights is not None:
            out[f"{self.name}.count_weights"] = self.count_weights.astype(np.float16)
        return out

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, NDArray[Any]]) -> LinearHead | None:
        """The head called `name`, or None when the bundle has none."""
        if f"{name}.bias" not in arrays:
            return None

        def get(part: str) -> Float | None:
            value = arrays.get(f"{name}.{part}")
            return None if value is None else np.asarray(value, dtype=np.float32)

        return cls(
            name,
            get("dense_weights"),
            get("dense_mean"),
            get("count_weights"),
            np.asarray(arrays[f"{name}.bias"], dtype=np.float32),
            float(arrays[f"{name}.temperature"][0]),
        )
