"""Figures with their n and a 95% interval; nothing is reported without both."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson score interval of a proportion; (0, 1) for n = 0."""
    if n == 0:
        return 0.0, 1.0
    p = hits / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def proportion(hits: Sequence[bool] | NDArray[np.bool_]) -> dict[str, float | int]:
    """{"value", "n", "low", "high"} of a list of hits."""
    n, k = len(hits), int(np.sum(hits))
    low, high = wilson(k, n)
    return {
        "value": round(k / n, 4) if n else 0.0,
        "n": n,
        "low": round(low, 4),
        "high": round(high, 4),
    }


def expected_calibration_error(
    confidence: NDArray[np.float64], correct: NDArray[np.bool_], bins: int = 10
) -> float:
    """Mean |accuracy − confidence| over equal-mass bins, weighted by their size."""
    if len(confidence) == 0:
        return 0.0
    order = np.argsort(confidence)
    total = 0.0
    for part in np.array_split(order, min(bins, len(order))):
        total += len(part) * abs(float(correct[part].mean()) - float(confidence[part].mean()))
    return round(total / len(order), 4)


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Unweighted mean F1 over the labels that occur in `truth`."""
    scores = []
    for label in sorted(set(truth)):
        tp = sum(t == label == f for t, f in zip(truth, found, strict=True))
        fp = sum(f == label != t for t, f in zip(truth, found, strict=True))
        fn = sum(t == label != f for t, f in zip(truth, found, strict=True))
        scores.append(2 * tp / (2 * tp + fp + fn) if tp else 0.0)
    return round(float(np.mean(scores)), 4) if scores else 0.0


def show(figure: dict[str, float | int]) -> str:
    """`0.912 [0.88, 0.94] n=240`."""
    return f"{figure['value']:.3f} [{figure['low']:.2f}, {figure['high']:.2f}] n={figure['n']}"
