"""Weights and thresholds of the linking scores as data (`data/linking/policy.yaml`)."""

from __future__ import annotations

from pydantic import Field

from triage.knowledge.loader import Record


class PairWeights(Record):
    """One logistic score; `features` in the order of `FEATURES`."""

    bias: float
    features: list[float] = Field(
        min_length=9, max_length=9, description="九项，次序见 triage/linking.py"
    )
    threshold: float = Field(ge=0, le=1)


class LinkingPolicy(Record):
    """`window_days`: filings further apart than this are not compared."""

    version: str
    window_days: int = Field(gt=0)
    same_filing: PairWeights
    same_opponent: PairWeights
