"""At which level a case is best handled: 简易下派，一般属地，疑难上报 (`domain.md` section 1)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from triage.knowledge.levels import LevelRules
from triage.result import RiskLevel

Level = Literal["V", "T", "C"]

NAMES: dict[Level, str] = {"V": "村（社区）", "T": "镇（街道）", "C": "县级"}


def case_level(
    rules: LevelRules,
    sub_type: str,
    body_levels: Collection[str],
    text: str,
    amount: float | None,
    headcount: int | None,
    secondary: bool,
    pending: bool,
    risk: RiskLevel,
) -> tuple[Level, str]:
    """(level, Chinese reason). Never lower than the points ask for.

    Args:
        body_levels: levels at which the leading body exists, e.g. {"C", "T"}.
        text: normalised narrative, searched for words of another county or town.
    """
    why = []
    points = 0
    for add, reason in (
        (rules.amount_yuan.points(amount), "金额较大"),
        (rules.headcount.points(headcount), "人数较多"),
        (rules.secondary if secondary else 0, "两件纠纷交织"),
        (rules.pending if pending else 0, "已在其他程序"),
        (rules.risk.get(risk, 0), "风险等级高"),
        (
            rules.cross_border.points if any(w in text for w in rules.cross_border.words) else 0,
            "跨区域",
        ),
    ):
        if add:
            points += add
            why.append(reason)
    order: tuple[Level, ...] = ("V", "T", "C")
    wanted: Level = "T"
    if points >= rules.county:
        wanted = "C"
    elif points <= rules.village and sub_type in rules.simple:
        wanted = "V"
    higher = [v for v in order[order.index(wanted) :] if v in body_levels]
    if higher and higher[0] != wanted:
        wanted = higher[0]
        why.append("牵头机构设在这一级")
    elif not higher:
        # The body is a lower one: the case stays at its level, the body works under it.
        why.append(f"由{NAMES[wanted]}统筹，牵头机构配合")
    return wanted, "、".join(why) or ("情节简单" if wanted == "V" else "一般情形，属地办理")
