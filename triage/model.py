"""The trained parts of a bundle, opened as objects the pipeline uses.

File names inside a bundle: `chars.skops`, `words.skops` (vectorisers), `heads.safetensors` (linear
heads; names ending in `.plain` read counts alone, for degraded mode), `thresholds.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from triage.bundle import Bundle
from triage.classify import Thresholds
from triage.errors import BundleError
from triage.features import Features
from triage.heads import LinearHead
from triage.knowledge.taxonomy import Taxonomy
from triage.result import RiskLevel
from triage.risk.assess import ModelOpinion
from triage.risk.evidence import signal_row
from triage.risk.signals import Signal
from triage.text import clauses

#: Signal codes of the risk code head, in order; "" is “no signal”.
RISK_CODES = (
    "",
    "R-KILL",
    "R-WEAP",
    "R-SELF",
    "R-DV",
    "R-VULN",
    "R-MASS",
    "R-PETI",
    "R-MEDIA",
    "R-WAGE",
    "R-FLIGHT",
    "R-COERCE",
    "R-POL",
    "R-MIND",
    "R-LIMIT",
)
_AT_LEAST: tuple[RiskLevel, ...] = ("yellow", "orange", "red")


@dataclass(frozen=True)
class Brain:
    """Everything learned. Methods take `with_encoder` because each head has a plain twin."""

    name: str
    labels: tuple[str, ...]
    chars: TfidfVectorizer
    word_counts: TfidfVectorizer
    heads: dict[str, LinearHead]
    raw_thresholds: dict[str, Any]
    dense_mean: NDArray[np.float32] | None

    def sub_type(self, with_encoder: bool) -> LinearHead:
        head = self._head("sub_type", with_encoder)
        if head is None:
            raise BundleError("模型包里没有细类分类头（sub_type）")
        return head

    def secondary(self, with_encoder: bool) -> LinearHead | None:
        return self._head("secondary", with_encoder)

    def unsure(self, with_encoder: bool) -> LinearHead | None:
        return self._head("unsure", with_encoder)

    def thresholds(self, with_encoder: bool) -> Thresholds:
        raw = self.raw_thresholds["full" if with_encoder else "plain"]
        return Thresholds(
            unsure=dict(raw["unsure"]),
            unsure_head=float(raw["unsure_head"]),
            secondary=float(raw["secondary"]),
        )

    def crime_probability(self, features: Features) -> float | None:
        head = self._head("crime", features.dense is not None)
        return float(head.sigmoid(features)[0]) if head is not None else None

    def risk_opinion(
        self, features: Features, signals: Sequence[Signal] = ()
    ) -> ModelOpinion | None:
        """The learned risk reader's word, or None when the bundle or the encoder lacks it."""
        head = self._head("risk", features.dense is not None)
        if head is None:
            return None
        p = head.sigmoid(features, signal_row(signals))
        at_least: dict[RiskLevel, float] = {}
        ceiling = 1.0
        for level, value in zip(_AT_LEAST, p, strict=True):
            ceiling = min(ceiling, float(value))
            at_least[level] = ceiling
        return ModelOpinion(at_least, self._risk_spans(features))

    def _risk_spans(self, features: Features) -> tuple[tuple[int, int, str, float], ...]:
        """Clauses with their most likely signal code, most likely first."""
        head = self._head("risk_code", True)
        if head is None or features.encoded is None or head.dense_weights is None:
            return ()
        found: list[tuple[int, int, str, float]] = []
        for clause in clauses(features.text):
            vector = features.encoded.span(clause.start, clause.end)
            clause_features = Features(clause.text, vector, None, features.counts)
            p = head.softmax(clause_features)
            best = int(np.argmax(p[1:])) + 1
            if p[best] > p[0]:
                found.append((clause.start, clause.end, RISK_CODES[best], float(p[best])))
        return tuple(sorted(found, key=lambda f: -f[3])[:3])

    def _head(self, name: str, with_encoder: bool) -> LinearHead | None:
        return self.heads.get(name if with_encoder else f"{name}.plain")


def load_brain(bundle: Bundle, taxonomy: Taxonomy) -> Brain:
    """Open the parts and check that every label still exists in the taxonomy.

    Raises:
        BundleError: a label the taxonomy no longer has, or a missing file.
    """
    unknown = [c for c in bundle.manifest.labels if c not in taxonomy.codes]
    if unknown:
        raise BundleError(f"模型包的细类 {unknown[0]} 在分类目录里没有，请重新训练或恢复目录")
    arrays = bundle.tensors("heads.safetensors")
    names = {key.rpartition(".")[0] for key in arrays if key.endswith(".bias")}
    heads = {n: h for n in names if (h := LinearHead.from_arrays(n, arrays)) is not None}
    mean = arrays.get("dense_mean")
    return Brain(
        name=bundle.manifest.name,
        labels=bundle.manifest.labels,
        chars=bundle.skops("chars.skops"),
        word_counts=bundle.skops("words.skops"),
        heads=heads,
        raw_thresholds=bundle.json("thresholds.json"),
        dense_mean=None if mean is None else np.asarray(mean, dtype=np.float32),
    )
