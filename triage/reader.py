"""The learned reader: attention heads over the token states of the one encoder pass.

A *pool* looks at the tokens several times at once: once evenly (the mean) and once for each learned
query, so that a point buried in a long narrative still counts. Heads are linear on the pooled
vectors; with the attention given, every token's share of a logit is exact. Two pools: `topic` (what
the dispute is) and `risk` (what may happen). Token heads name the risk code and the form of each
token. Trained with torch in `models/reader`; applied here with numpy, about 0.3 ms a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.encoder import EncodedText
from triage.result import RiskLevel

Float = NDArray[np.float32]

#: Codes of the token head; the first is “no signal”. The order is fixed by trained bundles.
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
#: Forms of the token head, in the order of trained bundles (`data/labelling_guide.md` section 4).
FORMS = (
    "direct",
    "implicit",
    "negated",
    "quoted",
    "hypothetical",
    "historical",
    "slang",
    "false_friend",
)
AT_LEAST: tuple[RiskLevel, ...] = ("yellow", "orange", "red")


@dataclass(frozen=True)
class Head:
    """`weights`: (k, (m + 1) · dim) on the pooled vectors; `bias`: (k,); `temperature` divides."""

    pool: str
    weights: Float
    bias: Float
    temperature: float = 1.0
    extra_weights: Float | None = None


class Reading:
    """One text as the reader sees it; each pool and logit is computed once, when asked for."""

    def __init__(self, reader: Reader, encoded: EncodedText) -> None:
        self._reader = reader
        self.offsets = encoded.offsets
        states = encoded.tokens if len(encoded.tokens) else encoded.whole[None, :]
        self._states = states - reader.centre
        self._pools: dict[str, tuple[Float, Float]] = {}

    def _pool(self, name: str) -> tuple[Float, Float]:
        """((m + 1, n) attention, ((m + 1) · dim,) pooled vector)."""
        if name not in self._pools:
            scores = self._reader.queries[name] @ self._states.T
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            looks = scores / scores.sum(axis=1, keepdims=True)
            even = np.full((1, len(self._states)), 1 / len(self._states), dtype=np.float32)
            attention = np.concatenate([even, looks]).astype(np.float32)
            self._pools[name] = (attention, (attention @ self._states).ravel())
        return self._pools[name]

    def pooled(self, pool: str) -> Float:
        """((m + 1) · dim,) what the heads of a pool read."""
        return self._pool(pool)[1]

    def logits(self, head: str, extra: Float | None = None) -> Float:
        """(k,) logits of a head, divided by its temperature."""
        h = self._reader.heads[head]
        total = h.weights @ self._pool(h.pool)[1] + h.bias
        if h.extra_weights is not None and extra is not None:
            total = total + h.extra_weights @ extra
        if head in self._reader.label_heads:
            total = total + self._looks(*self._reader.label_heads[head]).sum(axis=1)
        return np.asarray(total / h.temperature, dtype=np.float32)

    def _looks(self, queries: Float, weights: Float) -> Float:
        """(k, n) each token's share of a logit that has a look of its own; rows sum to the logit."""
        scores = queries @ self._states.T
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        worth = weights @ self._states.T
        return np.asarray(scores * worth / scores.sum(axis=1, keepdims=True), dtype=np.float32)

    def sigmoid(self, head: str, extra: Float | None = None) -> Float:
        return np.asarray(1 / (1 + np.exp(-self.logits(head, extra))), dtype=np.float32)

    def softmax(self, head: str) -> Float:
        z = self.logits(head)
        e = np.exp(z - z.max())
        return np.asarray(e / e.sum(), dtype=np.float32)

    def shares(self, head: str, index: int, against_mean: bool = True) -> Float:
        """(n,) what each token adds to logit `index`, exact for the attention as it is.

        Args:
            against_mean: relative to the average class; what speaks for all explains nothing.
        """
        h = self._reader.heads[head]
        row = h.weights[index] - (h.weights.mean(axis=0) if against_mean else 0)
        total = self.pooled_shares(h.pool, row)
        if head in self._reader.label_heads:
            looks = self._looks(*self._reader.label_heads[head])
            total = total + looks[index] - (looks.mean(axis=0) if against_mean else 0)
        return np.asarray(total / h.temperature, dtype=np.float32)

    def pooled_shares(self, pool: str, row: Float) -> Float:
        """(n,) each token's share of `row` · pooled vector."""
        attention, _ = self._pool(pool)
        parts = row.reshape(len(attention), -1) @ self._states.T
        return np.asarray((attention * parts).sum(axis=0), dtype=np.float32)

    def tokens(self, head: str) -> Float:
        """(n, k) probabilities of a token head (`code`, `form`)."""
        weights, bias = self._reader.token_heads[head]
        z = self._states @ weights.T + bias
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True)
class Reader:
    """`queries`: per pool (m, dim); `centre`: (dim,) mean token state, subtracted first;
    `label_heads`: queries and weights, both (k, dim), of heads that look once per label.
    """

    centre: Float
    queries: dict[str, Float]
    heads: dict[str, Head]
    token_heads: dict[str, tuple[Float, Float]]
    label_heads: dict[str, tuple[Float, Float]] = field(default_factory=dict)

    def read(self, encoded: EncodedText) -> Reading:
        return Reading(self, encoded)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Reader:
        """From the tensors of `reader.safetensors`, stored in half precision."""
        full = {k: np.asarray(v, dtype=np.float32) for k, v in arrays.items()}
        pools = {k.split(".")[1]: v for k, v in full.items() if k.startswith("query.")}
        heads, token_heads, label_heads = {}, {}, {}
        for key in full:
            kind, _, rest = key.partition(".")
            if kind == "head" and rest.endswith(".weights"):
                pool, name = rest.split(".")[:2]
                stem = f"head.{pool}.{name}"
                temperature = full.get(f"{stem}.temperature")
                heads[name] = Head(
                    pool,
                    full[key],
                    full[f"{stem}.bias"],
                    1.0 if temperature is None else float(temperature[0]),
                    full.get(f"{stem}.extra"),
                )
            elif kind == "token" and rest.endswith(".weights"):
                name = rest.split(".")[0]
                token_heads[name] = (full[key], full[f"token.{name}.bias"])
            elif kind == "label" and rest.endswith(".weights"):
                name = rest.split(".")[0]
                label_heads[name] = (full[f"label.{name}.queries"], full[key])
        return cls(full["centre"], pools, heads, token_heads, label_heads)
