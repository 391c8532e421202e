"""A repeated filing is pointed out; only the clerk links it."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

TEXT = "宏发鞋厂拖欠我八千六百元工资，从六月拖到现在，老板总说下个月给。"
AGAIN = "我上回来过，就是宏发鞋厂那八千六百元工资，六月起一直拖着，老板还是说下个月给。"
OTHER = "楼上装修把我家天花板震裂了，物业不管。"


def _register(client: TestClient, text: str, **more: str) -> str:
    response = client.post("/api/v1/cases", json={"text": text, **more})
    assert response.status_code == 201, response.text
    return str(response.json()["case_code"])


def test_the_page_points_out_the_earlier_filing_and_the_clerk_links(client: TestClient) -> None:
    first = _register(client, TEXT)
    page = client.post("/intake/triage", data={"text": AGAIN}).text
    assert f'value="{first}"' in page
    assert "是否关联由您决定" in page
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token is not None
    form = {"text": AGAIN, "token": token.group(1), "mode": "accept", "linked_to": first}
    response = client.post("/intake/register", data=form)
    second = response.headers["location"].split("/")[2].split("?")[0]
    assert f"/cases/{first}" in client.get(f"/cases/{second}").text
    assert "共 1 件" in client.get(f"/cases/{first}").text
    assert "关联到已登记的案件" in client.get(f"/cases/{second}").text


def test_another_matter_is_not_linked(client: TestClient) -> None:
    _register(client, TEXT)
    assert "可能相关的已登记案件" not in client.post("/intake/triage", data={"text": OTHER}).text


def test_links_over_http(client: TestClient) -> None:
    first = _register(client, TEXT)
    second = _register(client, AGAIN)
    found = client.get(f"/api/v1/cases/{second}/links").json()
    assert [f["case_code"] for f in found] == [first]
    assert found[0]["reasons"]


def test_a_link_to_nothing_is_refused(client: TestClient) -> None:
    response = client.post("/api/v1/cases", json={"text": TEXT, "linked_to": "20200101-0001"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "linked_to"
    assert client.get("/api/v1/cases/20200101-0001").status_code == 404
