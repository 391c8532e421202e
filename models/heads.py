"""Fitting the linear heads that `triage/heads.py` applies.

One logistic regression over [centred dense vector × scale, TF-IDF counts]. The scale sets how much
the regulariser favours the dense block; it and C were chosen on held-out stories and batches with
`triage data classifiers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from triage.heads import LinearHead

Dense = NDArray[np.float32]


@dataclass(frozen=True)
class HeadOptions:
    """`c`: inverse regularisation; `dense_scale`: factor on the centred dense vector;
    `count_scale`: factor on the counts (0 leaves them out).
    """

    c: float = 4.0
    dense_scale: float = 1.0
    count_scale: float = 1.0
    max_iter: int = 400
    class_weight: str | None = "balanced"
    seed: int = 20261124


def _design(
    dense: Dense | None,
    mean: Dense | None,
    counts: sparse.csr_matrix | None,
    o: HeadOptions,
) -> sparse.csr_matrix | Dense:
    blocks = []
    if dense is not None and mean is not None:
        blocks.append((dense - mean) * o.dense_scale)
    if counts is None or o.count_scale == 0:
        return np.asarray(np.hstack(blocks), dtype=np.float32)
    scaled = counts * o.count_scale
    if not blocks:
        return scaled.tocsr()
    return sparse.hstack([sparse.csr_matrix(np.hstack(blocks)), scaled], format="csr")


def fit_softmax(
    name: str,
    labels: Sequence[str],
    y: Sequence[str],
    dense: Dense | None,
    mean: Dense | None,
    counts: sparse.csr_matrix | None,
    options: HeadOptions,
    weights: NDArray[np.float64] | None = None,
) -> LinearHead:
    """Multinomial head; rows of the result follow `labels`, absent labels get a bias of -20."""
    model = _fit(_design(dense, mean, counts, options), np.asarray(y), options, weights)
    rows = {c: i for i, c in enumerate(model.classes_)}
    coef, bias = model.coef_, model.intercept_
    if coef.shape[0] == 1:  # two classes: scikit-learn keeps one row
        coef = np.vstack([-coef / 2, coef / 2])
        bias = np.asarray([-bias[0] / 2, bias[0] / 2])
    full = np.zeros((len(labels), coef.shape[1]), dtype=np.float32)
    full_bias = np.full(len(labels), -20.0, dtype=np.float32)
    for i, label in enumerate(labels):
        if label in rows:
            full[i], full_bias[i] = coef[rows[label]], bias[rows[label]]
    return _unpack(name, full, full_bias, dense, mean, counts, options)


def fit_sigmoids(
    name: str,
    targets: NDArray[np.bool_],
    dense: Dense | None,
    mean: Dense | None,
    counts: sparse.csr_matrix | None,
    options: HeadOptions,
) -> LinearHead:
    """One independent logistic head a column of `targets` (n, k); a constant column never fires."""
    design = _design(dense, mean, counts, options)
    width = design.shape[1]
    full = np.zeros((targets.shape[1], width), dtype=np.float32)
    bias = np.full(targets.shape[1], -20.0, dtype=np.float32)
    for j in range(targets.shape[1]):
        if 0 < targets[:, j].sum() < len(targets):
            model = _fit(design, targets[:, j], options, None)
            full[j], bias[j] = model.coef_[0], model.intercept_[0]
    return _unpack(name, full, bias, dense, mean, counts, options)


def _fit(
    design: sparse.csr_matrix | Dense,
    y: NDArray[np.generic],
    o: HeadOptions,
    weights: NDArray[np.float64] | None,
) -> LogisticRegression:
    model = LogisticRegression(
        C=o.c, max_iter=o.max_iter, class_weight=o.class_weight, random_state=o.seed
    )
    return model.fit(design, y, sample_weight=weights)


def _unpack(
    name: str,
    coef: NDArray[np.float32],
    bias: NDArray[np.float32],
    dense: Dense | None,
    mean: Dense | None,
    counts: sparse.csr_matrix | None,
    o: HeadOptions,
) -> LinearHead:
    """Undo the scales, so that the stored weights apply to raw features."""
    dim = dense.shape[1] if dense is not None and mean is not None else 0
    use_counts = counts is not None and o.count_scale != 0
    return LinearHead(
        name,
        coef[:, :dim] * o.dense_scale if dim else None,
        np.asarray(mean, dtype=np.float32) if dim else None,
        coef[:, dim:] * o.count_scale if use_counts else None,
        bias,
    )


def logits(head: LinearHead, dense: Dense | None, counts: sparse.csr_matrix) -> NDArray[np.float64]:
    """(n, k) logits of many rows at once; the same sums as `LinearHead.logits`."""
    total: NDArray[np.float64] = np.tile(head.bias.astype(np.float64), (counts.shape[0], 1))
    if head.dense_weights is not None and head.dense_mean is not None and dense is not None:
        total += (dense - head.dense_mean) @ head.dense_weights.T
    if head.count_weights is not None:
        total += counts @ head.count_weights.T
    return np.asarray(total / head.temperature, dtype=np.float64)


def softmax(z: NDArray[np.float64]) -> NDArray[np.float64]:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float64)


def sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-z))


def fit_temperature(z: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """The temperature that minimises the log loss of logits `z` (n, k) on labels `y`."""

    def loss(log_t: float) -> float:
        p = softmax(z / np.exp(log_t))
        return float(-np.log(np.maximum(p[np.arange(len(y)), y], 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded")
    return float(np.exp(found.x))
