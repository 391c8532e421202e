"""Order of the four levels and the few operations on them."""

from __future__ import annotations

from collections.abc import Iterable

from triage.knowledge.risk import Adjustment
from triage.result import RISK_LEVELS, RiskLevel


def rank(level: RiskLevel) -> int:
    """blue 0, yellow 1, orange 2, red 3."""
    return RISK_LEVELS.index(level)


def highest(levels: Iterable[RiskLevel]) -> RiskLevel:
    """The gravest of `levels`; blue for none."""
    return max(levels, key=rank, default="blue")


def capped(level: RiskLevel, cap: RiskLevel | None) -> RiskLevel:
    return level if cap is None or rank(level) <= rank(cap) else cap


def adjusted(level: RiskLevel, how: Adjustment) -> RiskLevel:
    """Apply one line of the policy's `forms` table."""
    if how == "blue":
        return "blue"
    if how == "down":
        return RISK_LEVELS[max(rank(level) - 1, 0)]
    if how == "max_yellow":
        return capped(level, "yellow")
    return level
