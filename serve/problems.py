"""Every API error as problem+json (RFC 9457), in Chinese, naming the field and what to do."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from triage.errors import InputError, TriageError

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: "请求读不懂",
    403: "不允许",
    404: "没有这个地址或记录",
    405: "这个地址不支持这种请求方式",
    409: "与现有记录冲突",
    413: "内容太大",
    415: "内容类型不支持",
    422: "内容不合要求",
    500: "服务内部出错",
    503: "服务还没有准备好",
}


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """Body of every error answer."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = ""
    errors: list[FieldProblem] = Field(default_factory=list)


class ProblemError(Exception):
    """Raised by routes; becomes a problem answer with this status."""

    def __init__(self, status: int, detail: str, code: str = "", field: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.field = field


#: For `responses=` of every route, so that the schema documents what can come back.
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": _TITLES[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 403, 404, 413, 415, 422)
}


def answer(
    status: int, detail: str, code: str = "", errors: list[FieldProblem] | None = None
) -> JSONResponse:
    """One problem+json response."""
    body = Problem(
        title=_TITLES.get(status, "出错了"),
        status=status,
        detail=detail,
        code=code,
        errors=errors or [],
    )
    return JSONResponse(body.model_dump(), status_code=status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(ProblemError)
    def _problem(_: Request, error: ProblemError) -> JSONResponse:
        errors = [FieldProblem(field=error.field, message=error.detail)] if error.field else []
        return answer(error.status, error.detail, error.code, errors)

    @app.exception_handler(InputError)
    def _input(_: Request, error: InputError) -> JSONResponse:
        errors = [FieldProblem(field=error.field or "text", message=error.message)]
        return answer(422, error.message, error.code, errors)

    @app.exception_handler(TriageError)
    def _triage(_: Request, error: TriageError) -> JSONResponse:
        return answer(500, str(error), "internal")

    @app.exception_handler(HTTPException)
    def _http(_: Request, error: HTTPException) -> JSONResponse:
        detail = _TITLES.get(error.status_code, "请检查请求后再试")
        if error.status_code == 400:
            detail = "请求正文不是完整的 JSON，或者不是 UTF-8 编码，请检查后再发"
        response = answer(error.status_code, detail, "http")
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    def _validation(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = []
        for item in error.errors():
            place = [str(p) for p in item["loc"] if p not in ("body", "query", "path")]
            field = ".".join(place) or "body"
            if item["type"] == "json_invalid":
                detail = "请求正文不是完整的 JSON，请检查引号、逗号和编码（UTF-8）"
                return answer(400, detail, "bad_json", [FieldProblem(field="body", message=detail)])
            errors.append(FieldProblem(field=field, message=_explain(item)))
        return answer(422, "；".join(f"{e.field}：{e.message}" for e in errors), "invalid", errors)


def _explain(item: Any) -> str:
    context = item.get("ctx") or {}
    known = {
        "missing": "缺少这个字段，请补上",
        "string_type": "应为文字",
        "string_too_long": f"太长，最多 {context.get('max_length')} 个字，请删减",
        "string_too_short": "不能为空，请填写",
        "list_type": "应为列表",
        "too_long": f"太多，最多 {context.get('max_length')} 项，请分批",
        "literal_error": f"只能是 {context.get('expected')}",
        "int_parsing": "应为整数",
        "int_type": "应为整数",
        "bool_parsing": "应为 true 或 false",
        "bool_type": "应为 true 或 false",
        "model_attributes_type": "应为一个 JSON 对象",
        "dict_type": "应为一个 JSON 对象",
        "extra_forbidden": "不认识的字段，请检查拼写",
        "string_pattern_mismatch": "格式不对，请检查",
        "greater_than_equal": f"不能小于 {context.get('ge')}",
        "less_than_equal": f"不能大于 {context.get('le')}",
    }
    return known.get(item["type"], "格式不对，请检查")
