"""Level, duty and learned preference: added to the rules, never above them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from triage.knowledge import Knowledge
from triage.knowledge.bodies import Bodies
from triage.level import case_level
from triage.routing import Router, Situation

MONDAY = dt.date(2026, 11, 23)


def situation(sub_type: str, text: str = "两家的事", **more: Any) -> Situation:
    return Situation(
        text=text, sub_types=[(sub_type, 0.9)], secondary=[], risk_level="blue", signals=[], **more
    )


def test_an_absent_desk_is_never_recommended_silently(knowledge: Knowledge) -> None:
    router = Router(knowledge)
    medical = router.recommend(situation("OTH-MED", today=MONDAY)).committees[0]
    assert "今日不值班" in medical.reason
    assert "11 月 24 日" in medical.reason
    tuesday = router.recommend(situation("OTH-MED", today=MONDAY + dt.timedelta(days=1)))
    assert "今日不值班" not in tuesday.committees[0].reason


def test_preference_chooses_within_the_remit_and_says_so(knowledge: Knowledge) -> None:
    router = Router(knowledge)
    liked = router.recommend(situation("FAM-ELD", preference={"MC-VILL": 0.8, "MC-FAM": 0.1}))
    assert liked.committees[0].code == "MC-VILL"
    assert "学习偏好" in liked.committees[0].reason
    weak = router.recommend(situation("FAM-ELD", preference={"MC-VILL": 0.4}))
    assert weak.committees[0].code == "MC-FAM"
    outside = router.recommend(situation("FAM-ELD", preference={"MC-LAB": 0.99}))
    assert outside.committees[0].code == "MC-FAM"


def test_preference_never_overrides_never_mediate(knowledge: Knowledge) -> None:
    router = Router(knowledge)
    answer = router.recommend(situation("OTH-ADMIN", preference={"MC-TOWN": 0.99}))
    assert answer.committees[0].code == "ORG-REV"
    assert not answer.route.mediation_allowed


def test_police_by_preference_stops_mediation(knowledge: Knowledge) -> None:
    answer = Router(knowledge).recommend(situation("OTH-MISC", preference={"ORG-POL": 0.9}))
    assert answer.committees[0].code == "ORG-POL"
    assert not answer.route.mediation_allowed
    assert "CRIME_LEAD" in answer.flags


@pytest.mark.parametrize(
    ("sub_type", "levels", "facts", "expected"),
    [
        ("OTH-NEI", {"V"}, {}, "V"),
        ("OTH-NEI", {"V", "T"}, {"amount": 80_000.0}, "T"),
        ("LAB-WAGE", {"C", "T"}, {"headcount": 12}, "C"),
        ("OTH-MED", {"C"}, {}, "C"),
        ("OTH-NEI", {"T", "C"}, {"text": "对方是隔壁镇的"}, "C"),
    ],
)
def test_levels(
    knowledge: Knowledge, sub_type: str, levels: set[str], facts: dict[str, Any], expected: str
) -> None:
    base: dict[str, Any] = {
        "text": "", "amount": None, "headcount": None, "secondary": False, "pending": False,
        "risk": "blue",
    }  # fmt: skip
    level, why = case_level(knowledge.levels, sub_type, levels, **(base | facts))
    assert level == expected
    assert why


@pytest.mark.parametrize(
    ("text", "sub_type", "lead"),
    [
        ("村委会把我家的菜地收回去租给别人，我要跟村委会讨个说法", "OTH-NEI", "MC-TOWN"),
        ("隔壁占我家滴水，村委会出过证明", "OTH-NEI", "MC-VILL"),
        ("上次那个调解员是他姐夫，调来调去帮着他", "COM-LOAN", "MC-COM"),
        ("村调解是对方的亲戚，一直偏袒", "OTH-NEI", "MC-CNTY"),
        ("我们没有告村委会，就是两家的事", "OTH-NEI", "MC-VILL"),
    ],
)
def test_who_has_an_interest_stands_aside(
    knowledge: Knowledge, text: str, sub_type: str, lead: str
) -> None:
    answer = Router(knowledge).recommend(situation(sub_type, text))
    assert answer.committees[0].code == lead
    if lead == "MC-CNTY":
        assert "MC-VILL" not in {c.code for c in answer.committees}
        assert "回避" in answer.committees[0].reason


def test_a_full_desk_keeps_its_lead_and_says_so(knowledge: Knowledge) -> None:
    bodies = [
        b.model_copy(update={"capacity": 3}) if b.code in ("MC-VILL", "MC-TOWN") else b
        for b in knowledge.bodies.bodies
    ]
    county = replace(knowledge, bodies=Bodies(version=knowledge.bodies.version, bodies=bodies))
    router = Router(county)
    full = router.recommend(situation("OTH-NEI", in_hand={"MC-VILL": 3, "MC-TOWN": 4}))
    assert full.committees[0].code == "MC-VILL"
    assert "在办 3 件，已到上限 3 件" in full.committees[0].reason
    town = next((c for c in full.committees if c.code == "MC-TOWN"), None)
    assert town is None or "已到上限" in town.reason
    free = router.recommend(situation("OTH-NEI", in_hand={"MC-VILL": 2}))
    assert "已到上限" not in free.committees[0].reason
