"""Thresholds and temperatures from the calibration split; nothing here sees the test split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.corpus.records import Record
from models.heads import fit_temperature, logits, sigmoid, softmax
from triage.heads import LinearHead
from triage.knowledge.taxonomy import Taxonomy

#: At most this share of answerable texts may be asked back (issue 4).
MAX_FALSE_UNSURE = 0.08
#: At most this share of single disputes may be shown a second one (issue 4).
MAX_FALSE_SECONDARY = 0.08


def calibrated(
    head: LinearHead, labels: Sequence[str], z: NDArray[np.float64], records: Sequence[Record]
) -> LinearHead:
    """`head` with the temperature that fits the answerable calibration records best."""
    keep = [i for i, r in enumerate(records) if not r.unsure]
    y = np.asarray([labels.index(records[i].sub_type) for i in keep])
    return replace(head, temperature=head.temperature * fit_temperature(z[keep], y))


def thresholds(
    sub_type: LinearHead,
    secondary: LinearHead,
    unsure: LinearHead,
    labels: Sequence[str],
    taxonomy: Taxonomy,
    dense: NDArray[np.float32] | None,
    counts: Any,
    records: Sequence[Record],
) -> dict[str, Any]:
    """What `thresholds.json` holds for one set of heads.

    Abstention is class-conditional: for each predicted type the top probability that half of the
    allowed false questions fall under; the learned head gets the other half of the allowance.
    """
    p = softmax(logits(sub_type, dense, counts))
    top = p.max(axis=1)
    best = [taxonomy.type_of(labels[i]) for i in p.argmax(axis=1)]
    answerable = np.asarray([not r.unsure for r in records])
    by_type = {}
    for label in {t.code for t in taxonomy.types}:
        mine = np.asarray([b == label for b in best]) & answerable
        by_type[label] = (
            round(float(np.quantile(top[mine], MAX_FALSE_UNSURE / 2)), 4)
            if mine.sum() > 20
            else 0.2
        )
    asked = sigmoid(logits(unsure, dense, counts))[:, 0]
    unsure_at = float(np.quantile(asked[answerable], 1 - MAX_FALSE_UNSURE / 2))

    q = sigmoid(logits(secondary, dense, counts))
    q[:, labels.index("OTH-MISC")] = 0.0
    q[np.arange(len(q)), p.argmax(axis=1)] = 0.0
    single = np.asarray([not r.secondary for r in records]) & answerable
    second_at = float(np.quantile(q.max(axis=1)[single], 1 - MAX_FALSE_SECONDARY))
    return {
        "unsure": by_type,
        "unsure_head": round(min(max(unsure_at, 0.02), 0.98), 4),
        "secondary": round(min(max(second_at, 0.05), 0.98), 4),
    }


def best_binary_threshold(
    probability: NDArray[np.float64], truth: NDArray[np.bool_], min_recall: float
) -> float:
    """The highest threshold that still finds `min_recall` of the positives."""
    positives = np.sort(probability[truth])
    if len(positives) == 0:
        return 0.5
    index = int(np.floor((1 - min_recall) * len(positives)))
    return float(min(max(positives[min(index, len(positives) - 1)] - 1e-6, 0.02), 0.98))
