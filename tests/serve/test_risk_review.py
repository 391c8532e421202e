"""The second look: blue sample, phrases that cried wolf, rules by two persons."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serve.storage import proposals
from triage.errors import InputError, KnowledgeError
from triage.knowledge import Knowledge
from triage.risk.preview import parse_entry, preview

BLUE = "房东退租时押金一千二不退，说墙上有钉子眼。"
ORANGE = "老板失联，老板娘进了看守所，我们六个人的工钱怎么办？"
RULE = {
    "rule_id": "KILL-91",
    "code": "R-KILL",
    "level": "orange",
    "patterns": "钉子眼",
    "note": "试一试",
    "by": "甲主管",
}


def _register(client: TestClient, text: str) -> str:
    response = client.post("/api/v1/cases", json={"text": text, "decided_by": "王敏"})
    assert response.status_code == 201, response.text
    return str(response.json()["case_code"])


def test_a_missed_case_found_in_the_blue_sample_goes_to_the_board(client: TestClient) -> None:
    code = _register(client, BLUE)
    assert code in client.get("/supervisor/audit").text
    form = {"level": "orange", "by": "李主管", "note": "原话里有威胁"}
    assert client.post(f"/supervisor/audit/{code}", data=form).status_code == 303
    assert code in client.get("/supervisor").text
    page = client.get("/supervisor/audit").text
    assert "李主管 已读" in page
    assert (
        client.post(f"/supervisor/audit/{code}", data={"level": "x", "by": "a"}).status_code == 422
    )
    nameless = client.post(f"/supervisor/audit/{code}", data={"level": "blue"})
    assert "复核人" in nameless.text


def test_a_lowered_alarm_is_listed_by_phrase(client: TestClient) -> None:
    code = _register(client, ORANGE)
    assert "还没有被下调的报警" in client.get("/supervisor/audit").text
    form = {"level": "yellow", "by": "李主管", "reason": "老板已经回来"}
    assert client.post(f"/supervisor/{code}/level", data=form).status_code == 303
    page = client.get("/supervisor/audit").text
    assert "“失联”" in page or "“老板失联”" in page
    assert code in page


def test_preview_stores_nothing_and_shows_what_it_hits(client: TestClient) -> None:
    code = _register(client, BLUE)
    page = client.post("/supervisor/rules", data=RULE | {"mode": "preview"}).text
    assert f"/cases/{code}" in page
    assert "命中 1 件" in page
    assert "还没有人提出规则" in page


def test_a_rule_needs_two_persons(client: TestClient, tmp_path: Path, data: Path) -> None:
    _register(client, BLUE)
    assert client.post("/supervisor/rules", data=RULE | {"mode": "propose"}).status_code == 303
    own = client.post("/supervisor/rules/1", data={"decision": "approve", "by": "甲主管"})
    assert own.status_code == 422
    assert "另一位主管" in own.text
    other = client.post("/supervisor/rules/1", data={"decision": "approve", "by": "乙主管"})
    assert other.status_code == 303
    again = client.post("/supervisor/rules/1", data={"decision": "reject", "by": "丙主管"})
    assert "已经处理过" in again.text
    twice = client.post("/supervisor/rules", data=RULE | {"mode": "propose"})
    assert "已有人提出" in twice.text
    assert "乙主管" in client.get("/supervisor/rules").text

    folder = tmp_path / "data"
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("corpus", "bundle"))
    factory = client.app.state.sessions  # type: ignore[attr-defined]
    assert proposals.export_approved(factory, "t", folder / "risk" / "local.yaml") == 1
    knowledge = Knowledge.load(folder)
    assert knowledge.lexicon.entries[-1].id == "KILL-91"
    assert "+t" in knowledge.lexicon.version
    withdrawn = client.post("/supervisor/rules/1", data={"decision": "withdraw", "by": "甲主管"})
    assert withdrawn.status_code == 303
    assert proposals.export_approved(factory, "t", folder / "risk" / "local.yaml") == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patterns": "(没写完"}, "正则"),
        ({"patterns": "(好+)+了"}, "只能写词语"),
        ({"patterns": ""}, "patterns"),
        ({"patterns": "(好)?"}, "任何文字"),
        ({"rule_id": "KILL-01"}, "已经有了"),
        ({"code": "R-NONE"}, "没有风险信号"),
        ({"rule_id": ""}, "规则编号"),
        ({"by": "", "mode": "propose"}, "提出人"),
    ],
)
def test_a_bad_rule_is_explained_and_not_lost(
    client: TestClient, change: dict[str, str], message: str
) -> None:
    response = client.post("/supervisor/rules", data=RULE | {"mode": "preview"} | change)
    assert response.status_code == 422
    assert message in response.text or message == "patterns"
    assert "试一试" in response.text


def test_preview_reads_scope(knowledge: Knowledge) -> None:
    raw = {"id": "X-1", "code": "R-KILL", "level": "red", "patterns": ["剁了他的手"]}
    entry = parse_entry(raw, knowledge)
    hits = preview(
        entry,
        [
            ("a", "我要剁了他的手", False),
            ("b", "我不会剁了他的手", False),
            ("c", "押金不退", False),
        ],
        knowledge,
        dt.date(2026, 11, 24),
    )
    assert [(h.key, h.after) for h in hits] == [("a", "red"), ("b", "blue")]
    with pytest.raises(InputError):
        parse_entry({"id": "X", "code": "R-KILL", "level": "red"}, knowledge)


def test_a_county_rule_must_not_reuse_a_number(tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("corpus", "bundle"))
    (folder / "risk" / "local.yaml").write_text(
        'version: "t"\nentries:\n  - {id: KILL-01, code: R-KILL, level: red, patterns: [x]}\n',
        encoding="utf-8",
    )
    with pytest.raises(KnowledgeError, match="KILL-01"):
        Knowledge.load(folder)
