"""Blend, temperatures and thresholds from the calibration split; nothing here sees the test split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from models.heads import softmax
from models.risk_targets import level_targets
from models.table import Table
from triage.knowledge.taxonomy import Taxonomy

Float = NDArray[np.float64]

#: At most this share of answerable texts may be asked back (issue 4).
MAX_FALSE_UNSURE = 0.08
#: At most this share of single disputes may be shown a second one (issue 4).
MAX_FALSE_SECONDARY = 0.08


def blend(experts: Mapping[str, Float], y: NDArray[np.int64]) -> dict[str, float]:
    """Weight of each expert's logits (n, k) that together fit labels `y` best by log loss.

    The weights include the temperature; none is negative.
    """
    names = list(experts)

    def mixed(w: NDArray[np.float64]) -> Float:
        total: Float = np.sum([v * experts[n] for v, n in zip(w, names, strict=True)], axis=0)
        return total

    def loss(w: NDArray[np.float64]) -> float:
        p = softmax(mixed(w))
        return float(-np.log(np.maximum(p[np.arange(len(y)), y], 1e-12)).mean())

    start = np.full(len(names), 1.0 / len(names))
    found = minimize(loss, start, bounds=[(0.0, 5.0)] * len(names), method="L-BFGS-B")
    return {n: round(float(v), 4) for n, v in zip(names, found.x, strict=True)}


def abstention(
    p: Float, asked: Float, labels: Sequence[str], taxonomy: Taxonomy, table: Table
) -> dict[str, Any]:
    """Thresholds of the two reasons to ask back: no class stands out, or the learned head says so.

    Abstention is class-conditional: for each predicted type the top probability that a share of the
    answerable calibration texts falls under. The allowance is split between the two reasons where
    the most unsure calibration texts are found.

    Args:
        p: (n, 42) blended probabilities; asked: (n,) of the unsure head.
    """
    answerable = np.asarray([not r.unsure for r in table.records])
    top = p.max(axis=1)
    best = np.asarray([taxonomy.type_of(labels[i]) for i in p.argmax(axis=1)])
    # Plain fields with few details must not be asked back: some room is left for real text.
    allowance = MAX_FALSE_UNSURE * 0.6
    outcome: tuple[float, dict[str, Any]] | None = None
    for share in (0.0, 0.25, 0.5, 0.75):
        low = allowance * share
        by_type = {
            t.code: round(float(np.quantile(top[answerable & (best == t.code)], low)), 4)
            if low and (answerable & (best == t.code)).sum() > 20
            else 0.12
            for t in taxonomy.types
        }
        doubted = top < np.asarray([by_type[b] for b in best])
        rest = asked[answerable & ~doubted]
        left = max(allowance - doubted[answerable].mean(), 0.002)
        at = float(np.quantile(rest, 1 - left))
        at = round(min(max(at, 0.02), 0.98), 4)
        found = float((doubted | (asked >= at))[~answerable].mean()) if (~answerable).any() else 0
        if outcome is None or found > outcome[0]:
            outcome = (found, {"unsure": by_type, "unsure_head": at})
    assert outcome is not None
    return outcome[1]


def second_blend(
    parts: Mapping[str, Float], p: Float, labels: Sequence[str], table: Table
) -> dict[str, float]:
    """Weights that turn what speaks for a second dispute into its log odds.

    Logistic regression over the strongest second candidate of each answerable text; the label is
    whether the text truly holds two disputes.

    Args:
        parts: logits of `holds` and `plain` (n, 42) and of `mixed` (n, 1).
        p: (n, 42) probabilities of the main dispute.
    Returns:
        Weight by part, and `offset`.
    """
    rows = [i for i, r in enumerate(table.records) if not r.unsure]
    score = np.sum([v for v in parts.values() if v.shape[1] > 1], axis=0)
    second = _candidates(score, p, labels).argmax(axis=1)
    x = np.stack([v[rows, second[rows] if v.shape[1] > 1 else 0] for v in parts.values()], axis=1)
    y = [bool(table.records[i].secondary) for i in rows]
    if not 10 <= sum(y) <= len(y) - 10:
        return {**dict.fromkeys(parts, 1.0), "offset": 0.0}
    model = LogisticRegression(C=1.0).fit(x, y)
    weights = {n: round(float(c), 4) for n, c in zip(parts, model.coef_[0], strict=True)}
    return {**weights, "offset": round(float(model.intercept_[0]), 4)}


def _candidates(score: Float, p: Float, labels: Sequence[str]) -> Float:
    """`score` (n, 42) without what can be no second dispute: the main one, and “no dispute”."""
    out = score.copy()
    out[:, list(labels).index("OTH-MISC")] = -np.inf
    out[np.arange(len(out)), p.argmax(axis=1)] = -np.inf
    return out


def secondary_threshold(p: Float, holds: Float, labels: Sequence[str], table: Table) -> float:
    """The probability above which at most 8% of single disputes would show a second one."""
    q = _candidates(holds, p, labels)
    single = np.asarray([not r.secondary and not r.unsure for r in table.records])
    at = float(np.quantile(q.max(axis=1)[single], 1 - MAX_FALSE_SECONDARY * 0.8))
    return round(min(max(at, 0.05), 0.98), 4)


def risk_calibration(z: Float, words: Float, levels: Sequence[str]) -> list[list[float]]:
    """[reader, words, offset] for at least yellow, orange, red: Platt scaling of both logits.

    Args:
        z: (n, 3) of the reader; words: (n, 3) of the word counts.
    """
    targets = level_targets(list(levels))
    out = []
    for j in range(3):
        if not 5 <= targets[:, j].sum() <= len(targets) - 5:
            out.append([1.0, 0.0, 0.0])
            continue
        model = LogisticRegression(C=10.0).fit(
            np.stack([z[:, j], words[:, j]], axis=1), targets[:, j]
        )
        out.append([round(float(v), 4) for v in (*model.coef_[0], model.intercept_[0])])
    return out
