"""The HTTP interface: the contract, the errors, batches with bad items, registering."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from serve.problems import MEDIA_TYPE
from triage.result import TriageResult

TEXT = "厂里三个月没发工资了，老板天天讲下礼拜。"
RED = "汽油买好了，今天不给钱我就去烧了他家。"


def problem(response: object, status: int) -> dict[str, object]:
    assert response.status_code == status  # type: ignore[attr-defined]
    assert response.headers["content-type"].startswith(MEDIA_TYPE)  # type: ignore[attr-defined]
    body: dict[str, object] = response.json()  # type: ignore[attr-defined]
    assert body["status"] == status
    assert any("一" <= c <= "龥" for c in str(body["detail"])), body
    return body


def test_triage_answers_the_contract_and_writes_nothing(client: TestClient) -> None:
    response = client.post("/api/v1/triage", json={"id": "a", "text": TEXT})
    assert response.status_code == 200
    answer = TriageResult.model_validate(response.json())
    assert answer.id == "a"
    assert answer.type.label == "labour"
    assert "没有符合条件的案件" in client.get("/cases").text


def test_bad_requests_are_chinese_problems(client: TestClient) -> None:
    url = "/api/v1/triage"
    json_type = {"content-type": "application/json"}
    problem(client.post(url, content=b"{bad", headers=json_type), 400)
    problem(client.post(url, content=b'{"text":"\xb9\xa4\xd7\xca"}', headers=json_type), 400)
    body = problem(client.post(url, json={"id": "1"}), 422)
    assert body["errors"] == [{"field": "text", "message": "缺少这个字段，请补上"}]
    assert "20000" in str(problem(client.post(url, json={"text": "字" * 20_001}), 422)["detail"])
    problem(client.post(url, json={"text": "   "}), 422)
    problem(client.post(url, json={"text": 5}), 422)
    problem(client.get("/api/v1/nowhere"), 404)
    problem(client.delete(url), 405)


def test_a_batch_answers_good_items_around_bad_ones(client: TestClient) -> None:
    items = [{"id": "1", "text": TEXT}, {"id": "2"}, "x", {"id": "4", "text": ""}, {"text": TEXT}]
    results = client.post("/api/v1/triage/batch", json=items).json()["results"]
    assert [r["id"] for r in results] == ["1", "2", "line-3", "4", "line-5"]
    assert ["error" in r for r in results] == [False, True, True, True, False]
    assert results[1]["field"] == "text"


def test_ndjson_with_bad_lines(client: TestClient) -> None:
    good = json.dumps({"id": "好", "text": TEXT}, ensure_ascii=False).encode()
    body = b"\n".join([good, b"{bad", b'{"id":"g","text":"\xb9\xa4"}', good])
    response = client.post(
        "/api/v1/triage/batch", content=body, headers={"content-type": "application/x-ndjson"}
    )
    results = response.json()["results"]
    assert len(results) == 4
    assert "JSON" in results[1]["error"]
    assert "UTF-8" in results[2]["error"]
    assert results[3]["type"]["label"] == "labour"


def test_batch_refusals(client: TestClient) -> None:
    url = "/api/v1/triage/batch"
    problem(client.post(url, json={"text": TEXT}), 422)
    problem(client.post(url, content=b"[", headers={"content-type": "application/json"}), 400)
    problem(client.post(url, content=b"x", headers={"content-type": "text/plain"}), 415)
    problem(client.post(url, json=[{"text": "字"}] * 1001), 413)


def test_health_catalogue_and_headers(client: TestClient) -> None:
    health = client.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["closed_cases"] > 0
    assert client.get("/readyz").json() == {"ready": True, "database": True}
    assert len(client.get("/api/v1/taxonomy").json()["sub_types"]) == 42
    assert len(client.get("/api/v1/bodies").json()["bodies"]) == 25
    headers = client.get("/").headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["x-frame-options"] == "DENY"


def test_degraded_is_said_everywhere(degraded_client: TestClient) -> None:
    assert degraded_client.get("/healthz").json()["status"] == "degraded"
    answer = degraded_client.post("/api/v1/triage", json={"text": TEXT}).json()
    assert answer["degraded"]
    assert answer["type"]["label"] == "labour"
    assert "降级运行" in degraded_client.get("/status").text
    assert "降级" in degraded_client.post("/intake/triage", data={"text": TEXT}).text


def test_register_accepts_and_keeps_what_was_suggested(client: TestClient) -> None:
    response = client.post("/api/v1/cases", json={"text": TEXT, "decided_by": "王敏"})
    assert response.status_code == 201
    case = response.json()
    assert case["accepted"]
    assert case["suggestion"]["versions"]["bundle"]
    assert [e["kind"] for e in case["events"]] == ["registered"]
    again = client.get(f"/api/v1/cases/{case['case_code']}").json()
    assert again["text"] == TEXT


def test_external_code_is_idempotent(client: TestClient) -> None:
    body = {"text": TEXT, "external_code": "ZJ-2026-1"}
    first, second = (client.post("/api/v1/cases", json=body).json() for _ in range(2))
    assert first["case_code"] == second["case_code"]
    assert "共 1 件" in client.get("/cases").text


def test_correction_needs_a_reason_and_known_codes(client: TestClient) -> None:
    url = "/api/v1/cases"
    problem(client.post(url, json={"text": TEXT, "sub_type": "COM-SERV"}), 422)
    problem(client.post(url, json={"text": TEXT, "sub_type": "LAB-NONE", "reason": "x"}), 422)
    problem(client.post(url, json={"text": TEXT, "lead": "MC-NONE", "reason": "x"}), 422)
    good = client.post(url, json={"text": TEXT, "sub_type": "COM-SERV", "reason": "个人雇的"})
    assert good.status_code == 201
    assert not good.json()["accepted"]


def test_a_clerk_cannot_lower_red(client: TestClient) -> None:
    body = {"text": RED, "risk_level": "yellow", "reason": "看着没事"}
    problem(client.post("/api/v1/cases", json=body), 403)
    raised = client.post(
        "/api/v1/cases", json={"text": TEXT, "risk_level": "red", "reason": "当场拿刀"}
    )
    assert raised.json()["risk_level"] == "red"


def test_acknowledge_once(client: TestClient) -> None:
    code = client.post("/api/v1/cases", json={"text": RED}).json()["case_code"]
    url = f"/api/v1/cases/{code}/acknowledge"
    problem(client.post(url, json={"by": ""}), 422)
    first = client.post(url, json={"by": "陈主任", "note": "已通知派出所"}).json()
    second = client.post(url, json={"by": "别人"}).json()
    assert first["acknowledged_by"] == second["acknowledged_by"] == "陈主任"
    problem(client.post("/api/v1/cases/20000101-0001/acknowledge", json={"by": "x"}), 404)


def test_cross_site_posts_are_refused(client: TestClient) -> None:
    response = client.post(
        "/intake/register", data={"text": TEXT}, headers={"origin": "http://evil.example"}
    )
    problem(response, 403)


@pytest.mark.parametrize("path", ["/", "/cases", "/supervisor", "/status", "/about"])
def test_pages_open(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert 'lang="zh-CN"' in response.text
