"""Fit and measure the linking scores on authored groups of filings: `triage data linking`.

Groups are split in halves by a hash of their name: weights and thresholds come from the development
half, figures from the other. `same_filing` is judged by pairs; groups by what a clerk would be shown:
the links of each filing to earlier ones, followed to connected sets.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from sklearn.linear_model import LogisticRegression

from models.metrics import proportion
from triage.knowledge.linking import LinkingPolicy, PairWeights
from triage.linking import (
    FEATURES,
    Filing,
    Linker,
    pair_features,
    score,
)
from triage.pipeline import Triager

FILE = Path("linking") / "filings.jsonl"
#: A same-filing link must be right this often, a group link must merge nothing wrong (issue 4).
MIN_PRECISION = 0.97


class AuthoredFiling(BaseModel):
    """One line of `data/linking/filings.jsonl` (its README explains the fields)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    group: str
    same_filing: str | None
    person: str
    opponent: str
    day: dt.date
    text: str

    @property
    def half(self) -> Literal["dev", "test"]:
        key = self.group or self.id
        return "dev" if hashlib.sha256(key.encode()).digest()[0] % 2 else "test"


@dataclass(frozen=True)
class Pair:
    a: AuthoredFiling
    b: AuthoredFiling
    row: np.ndarray
    same_filing: bool
    same_group: bool


def load_filings(data: Path) -> list[AuthoredFiling]:
    lines = (data / FILE).read_text(encoding="utf-8").splitlines()
    return [AuthoredFiling.model_validate_json(line) for line in lines if line.strip()]


def as_filings(authored: Sequence[AuthoredFiling], triager: Triager) -> dict[str, Filing]:
    """Filings with vectors and kinds, as the service builds them."""
    return {a.id: triager.filing(a.id, a.text, day=a.day, opponent=a.opponent) for a in authored}


def pairs_of(authored: Sequence[AuthoredFiling], filings: dict[str, Filing]) -> list[Pair]:
    roots = {a.id: a.same_filing or a.id for a in authored}
    out = []
    for i, a in enumerate(authored):
        for b in authored[:i]:
            out.append(
                Pair(
                    a,
                    b,
                    pair_features(filings[a.id], filings[b.id]),
                    roots[a.id] == roots[b.id],
                    bool(a.group) and a.group == b.group,
                )
            )
    return out


def fit_policy(pairs: Sequence[Pair], window_days: int, version: str) -> LinkingPolicy:
    """Weights by logistic regression on development pairs, thresholds for the wanted precision."""

    def fitted(truth: Sequence[bool]) -> PairWeights:
        x, y = np.stack([p.row for p in pairs]), np.asarray(truth)
        model = LogisticRegression(C=1.0, class_weight={0: 1.0, 1: 5.0}, max_iter=2000).fit(x, y)
        weights = PairWeights(
            bias=round(float(model.intercept_[0]), 3),
            features=[round(float(v), 3) for v in model.coef_[0]],
            threshold=0.5,
        )
        p = np.asarray([score(weights, row) for row in x])
        at = 0.99
        for t in np.arange(0.05, 0.995, 0.005):
            chosen = p >= t
            if chosen.any() and y[chosen].mean() >= MIN_PRECISION:
                at = float(t)
                break
        return weights.model_copy(update={"threshold": round(at, 3)})

    return LinkingPolicy(
        version=version,
        window_days=window_days,
        same_filing=fitted([p.same_filing for p in pairs]),
        same_opponent=fitted([p.same_group for p in pairs]),
    )


def measure(
    authored: Sequence[AuthoredFiling], filings: dict[str, Filing], policy: LinkingPolicy
) -> dict[str, Any]:
    """Same-filing precision and recall by pair; group recall and wrong merges by connected sets."""
    linker = Linker(policy)
    order = sorted(authored, key=lambda a: (a.day, a.id))
    by_id = {a.id: a for a in authored}
    roots = {a.id: a.same_filing or a.id for a in authored}
    parent = {a.id: a.id for a in authored}

    def top(i: str) -> str:
        while parent[i] != i:
            i = parent[i]
        return i

    same_hits, wrong_merges, linked_repeats = [], [], set()
    for position, a in enumerate(order):
        earlier = [filings[b.id] for b in order[:position]]
        for link in linker.links(filings[a.id], earlier):
            other = by_id[link.other]
            belongs = bool(a.group) and a.group == other.group
            if link.kind == "same_filing":
                right = roots[a.id] == roots[other.id]
                same_hits.append(right)
                if right:
                    linked_repeats.add(frozenset((a.id, other.id)))
            if not belongs and roots[a.id] != roots[other.id]:
                wrong_merges.append((a.id, other.id))
            parent[top(a.id)] = top(other.id)
    repeats = [
        frozenset((a.id, b.id))
        for i, a in enumerate(order)
        for b in order[:i]
        if roots[a.id] == roots[b.id]
    ]
    groups: dict[str, list[str]] = {}
    for a in authored:
        if a.group:
            groups.setdefault(a.group, []).append(a.id)
    found = []
    for members in groups.values():
        if len(members) < 2:
            continue
        counts: dict[str, int] = {}
        for m in members:
            counts[top(m)] = counts.get(top(m), 0) + 1
        largest = max(counts.values())
        found += [True] * (largest if largest > 1 else 0)
        found += [False] * (len(members) - (largest if largest > 1 else 0))
    return {
        "filings": len(authored),
        "groups": sum(len(m) > 1 for m in groups.values()),
        "same_filing_precision": proportion(same_hits),
        "same_filing_recall": proportion([r in linked_repeats for r in repeats]),
        "group_recall": proportion(found),
        "wrong_merges": wrong_merges,
    }


def write_policy(policy: LinkingPolicy, path: Path) -> None:
    """The policy as YAML a county can read, each weight with its name."""

    def block(name: str, w: PairWeights, what: str) -> list[str]:
        named = "，".join(f"{f} {v:+g}" for f, v in zip(FEATURES, w.features, strict=True))
        return [
            f"# {what}：{named}",
            f"{name}:",
            f"  bias: {w.bias}",
            f"  features: {json.dumps(w.features)}",
            f"  threshold: {w.threshold}",
        ]

    lines = [
        "# 归并线索的打分：由 triage data linking --fit 在开发集的编写分组上拟合；门槛可以调高（更少、更准）。",
        f'version: "{policy.version}"',
        f"window_days: {policy.window_days}",
        *block("same_filing", policy.same_filing, "同一件事再次登记"),
        *block("same_opponent", policy.same_opponent, "多人对同一对方"),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
