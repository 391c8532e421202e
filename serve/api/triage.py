"""Triage over HTTP: the same object as the library gives; nothing is written."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from serve.deps import SettingsDep, TriagerDep
from serve.problems import RESPONSES, ProblemError
from serve.storage.cases import today
from triage.pipeline import MAX_CHARACTERS
from triage.result import TriageFailure, TriageResult

router = APIRouter(prefix="/api/v1", tags=["研判"])

_EXAMPLE: dict[str, Any] = {
    "id": "A-001",
    "text": "老板失联，老板娘进了看守所，我们六个人的工钱怎么办？",
}


class Narrative(BaseModel):
    """One narrative; `text` up to 20,000 characters."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(default="", max_length=200)
    text: str = Field(min_length=1, max_length=MAX_CHARACTERS, description="来人说的话，全文")


class BatchAnswer(BaseModel):
    """`results` in the order asked; an item that cannot be answered holds `error`."""

    results: list[TriageResult | TriageFailure]


@router.post("/triage", summary="研判一件", responses=RESPONSES)
def triage_one(narrative: Narrative, triager: TriagerDep) -> TriageResult:
    """一段叙述进，一份完整建议出。不保存。"""
    return triager.triage(narrative.text, narrative.id, today())


_BATCH_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"id": {"type": "string"}, "text": {"type": "string"}},
                        "required": ["text"],
                    },
                },
                "example": [_EXAMPLE],
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


@router.post("/triage/batch", summary="研判一批", responses=RESPONSES, openapi_extra=_BATCH_BODY)
async def triage_batch(request: Request, triager: TriagerDep, settings: SettingsDep) -> BatchAnswer:
    """JSON 列表，或一行一个 JSON（application/x-ndjson）。坏的一项给出 error，其余照答，次序不变。"""
    body = await request.body()
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind in ("application/x-ndjson", "application/jsonl"):
        items = _lines(body)
    elif kind == "application/json":
        items = _list(body)
    else:
        raise ProblemError(
            415, "请用 application/json（列表）或 application/x-ndjson（一行一件）", "media_type"
        )
    if len(items) > settings.batch_limit:
        raise ProblemError(
            413, f"一批最多 {settings.batch_limit} 件，这里有 {len(items)} 件，请分批", "too_many"
        )
    results = await run_in_threadpool(_answer, triager, items)
    return BatchAnswer(results=results)


Item = tuple[str, str] | TriageFailure


def _answer(triager: Any, items: list[Item]) -> list[TriageResult | TriageFailure]:
    answers = iter(triager.triage_batch([i for i in items if isinstance(i, tuple)], today()))
    return [next(answers) if isinstance(i, tuple) else i for i in items]


def _list(body: bytes) -> list[Item]:
    try:
        value = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ProblemError(400, "请求正文不是 UTF-8 编码", "not_utf8", "body") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise ProblemError(
            400, "请求正文不是完整的 JSON，请检查引号和逗号", "bad_json", "body"
        ) from error
    if not isinstance(value, list):
        raise ProblemError(422, "请求正文应是一个列表，每项有 id 和 text", "not_a_list", "body")
    return [_item(v, n) for n, v in enumerate(value, start=1)]


def _lines(body: bytes) -> list[Item]:
    items: list[Item] = []
    for number, raw in enumerate(body.split(b"\n"), start=1):
        if not raw.strip():
            continue
        try:
            items.append(_item(json.loads(raw.decode("utf-8")), number))
        except UnicodeDecodeError:
            items.append(_failure(number, "not_utf8", f"第 {number} 行不是 UTF-8 编码"))
        except (json.JSONDecodeError, RecursionError):
            items.append(_failure(number, "bad_json", f"第 {number} 行不是完整的 JSON"))
    return items


def _failure(number: int, code: str, message: str, id_: str = "", field: str | None = None) -> Item:
    return TriageFailure(id=id_ or f"line-{number}", code=code, error=message, field=field)


def _item(value: Any, number: int) -> Item:
    if not isinstance(value, dict):
        return _failure(number, "not_an_object", f"第 {number} 项应是一个 JSON 对象")
    id_ = str(value.get("id", f"line-{number}"))
    text = value.get("text")
    if text is None:
        return _failure(number, "missing_field", f"第 {number} 项缺少字段 text", id_, "text")
    if not isinstance(text, str):
        return _failure(number, "wrong_type", f"第 {number} 项的 text 应为文字", id_, "text")
    return id_, text
