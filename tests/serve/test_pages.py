"""Pages work as plain forms too; nothing typed is lost; nothing a citizen says becomes markup."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.testclient import TestClient

from serve.highlight import Mark, highlight

TEXT = "公司欠我两个月工资，一直拖着，打电话也不给个准话。"
RED = "汽油买好了，今天不给钱我就去烧了他家。"
ORANGE = "老板失联，老板娘进了看守所，我们六个人的工钱怎么办？"


def test_the_suggestion_as_a_whole_page_without_script(client: TestClient) -> None:
    page = client.post("/intake/triage", data={"text": TEXT}).text
    assert "采纳并登记" in page
    assert "职工（劳动争议）调解委员会" in page
    assert TEXT in page


def test_empty_text_gets_a_message(client: TestClient) -> None:
    assert "正文是空的" in client.post("/intake/triage", data={"text": " "}).text
    assert "正文是空的" in client.post("/intake/register", data={"text": ""}).text


def test_markup_in_a_narrative_stays_text(client: TestClient) -> None:
    text = '老板欠我工资<script>alert(1)</script>"onload="x'
    page = client.post("/intake/triage", data={"text": text}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_register_correct_and_see_it(client: TestClient) -> None:
    form = {
        "text": TEXT,
        "mode": "correct",
        "sub_type": "COM-SERV",
        "lead": "MC-COM",
        "risk_level": "yellow",
        "reason_code": "type",
        "decided_by": "王敏",
        "token": "t-1",
    }
    first = client.post("/intake/register", data=form)
    assert first.status_code == 303
    second = client.post("/intake/register", data=form)
    assert first.headers["location"] == second.headers["location"]
    page = client.get(first.headers["location"]).text
    assert "已登记" in page
    assert "（更正）" in page
    assert "类型判断不对" in page


def test_a_refused_correction_keeps_the_narrative(client: TestClient) -> None:
    form = {"text": RED, "mode": "correct", "risk_level": "blue", "reason": "没事"}
    response = client.post("/intake/register", data=form)
    assert response.status_code == 422
    assert "只有主管可以下调" in response.text
    assert RED in response.text


def test_the_board_shows_the_oldest_unacknowledged_first(client: TestClient) -> None:
    codes = []
    for text in (ORANGE, TEXT, RED):
        response = client.post("/intake/register", data={"text": text})
        codes.append(re.search(r"/cases/([\d-]+)", response.headers["location"])[1])  # type: ignore[index]
    page = client.get("/supervisor").text
    assert page.index(codes[0]) < page.index(codes[2])
    assert codes[1] not in page
    assert "risk-red" in page
    client.post(f"/supervisor/{codes[0]}/acknowledge", data={"by": "陈主任"})
    page = client.get("/supervisor").text
    assert page.index(codes[2]) < page.index(codes[0])
    assert "待确认（1）" in page


def test_only_the_supervisor_lowers_and_only_with_a_reason(client: TestClient) -> None:
    location = client.post("/intake/register", data={"text": RED}).headers["location"]
    code = re.search(r"/cases/([\d-]+)", location)[1]  # type: ignore[index]
    url = f"/supervisor/{code}/level"
    refused = client.post(url, data={"level": "yellow", "by": "陈主任", "reason": ""})
    assert "必须写明理由" in refused.text
    client.post(url, data={"level": "yellow", "by": "陈主任", "reason": "已到场核实，是气话"})
    page = client.get(f"/cases/{code}").text
    assert "调整风险等级" in page
    assert "已到场核实" in page


def test_query_and_paging(client: TestClient) -> None:
    for i in range(23):
        client.post("/intake/register", data={"text": f"{TEXT}第{i}次来问。"})
    page = client.get("/cases").text
    assert "共 23 件，第 1 / 2 页" in page
    assert "下一页" in page
    assert "共 1 件" in client.get("/cases", params={"text": "第7次"}).text
    assert "没有符合条件" in client.get("/cases", params={"type": "FAM"}).text


def test_unknown_case_is_a_page(client: TestClient) -> None:
    response = client.get("/cases/20000101-0009")
    assert response.status_code == 404
    assert "没有登记编号" in response.text


def test_highlight_handles_overlaps_and_escapes() -> None:
    marks = [Mark(0, 4, "a", "甲"), Mark(2, 6, "b", "乙"), Mark(9, 99, "c", "越界")]
    out = str(highlight("a<b>cdefg\nh", marks))
    assert "&lt;" in out
    assert 'class="a b"' in out
    assert "<br>" in out
    assert "越界" not in out


def test_the_export_is_masked_and_trainable(client: TestClient, tmp_path: Path) -> None:
    from models.corpus.records import read_records
    from serve.storage.export import export_decisions

    client.post("/intake/register", data={"text": TEXT + "我电话13812345678。"})
    out = tmp_path / "decisions.jsonl"
    assert export_decisions(client.app.state.sessions, out) == 1  # type: ignore[attr-defined]
    (record,) = read_records(out)
    assert "13812345678" not in record.text
    assert record.batch == "decisions"
    assert record.lead == "MC-LAB"
