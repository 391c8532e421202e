"""The FastAPI application: routes, pages, errors, headers, logs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from serve import problems
from serve.api import cases as cases_api
from serve.api import catalogue, health
from serve.api import triage as triage_api
from serve.pages import about, intake, risk_review, supervisor
from serve.pages import cases as cases_pages
from serve.settings import Settings
from serve.storage.engine import open_engine, session_factory
from serve.storage.migrate import migrate
from triage import __version__
from triage.pipeline import Triager

_log = structlog.get_logger("serve")
_HERE = Path(__file__).parent

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
#: Swagger's page loads from a public network, which a government network does not have.
_DESCRIPTION = (
    "县级综治中心矛盾纠纷分流。研判接口不写入任何数据；登记接口才保存。出错一律为 problem+json，"
    "说明为中文。由人决定，系统只给建议。"
)


def create_app(triager: Triager, settings: Settings | None = None) -> FastAPI:
    """Wire everything; migrates the database before the first request."""
    settings = settings or Settings()
    engine = open_engine(settings.database)
    migrate(engine)
    app = FastAPI(
        title="矛盾纠纷分流 Dispute triage",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )
    app.state.triager = triager
    app.state.settings = settings
    app.state.engine = engine
    app.state.sessions = session_factory(engine)
    problems.install(app)
    _install_guards(app, settings)
    for router in (triage_api.router, catalogue.router, health.router, cases_api.router):
        app.include_router(router)
    for router in (
        intake.router,
        cases_pages.router,
        supervisor.router,
        risk_review.router,
        about.router,
    ):
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    _publish_schema(app, triager)
    return app


def _install_guards(app: FastAPI, settings: Settings) -> None:
    @app.middleware("http")
    async def guard(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        began = time.perf_counter()
        number = uuid.uuid4().hex[:12]
        refused = _refusal(request, settings)
        response = refused if refused is not None else await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.url.path.startswith("/static/"):
            response.headers["Cache-Control"] = "max-age=3600"
        response.headers["X-Request-Id"] = number
        # Never the narrative, a name or a query string: logs hold no personal data.
        route = request.scope.get("route")
        _log.info(
            "request",
            id=number,
            method=request.method,
            route=getattr(route, "path", "-"),
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 1),
        )
        return response


def _refusal(request: Request, settings: Settings) -> Response | None:
    """Too large a body, or a form posted from another site."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > settings.body_limit:
        limit = settings.body_limit // (1024 * 1024)
        return problems.answer(413, f"内容超过 {limit} MB，请分批发送", "too_large")
    if request.method in ("POST", "PUT", "PATCH", "DELETE"):
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return problems.answer(403, "请求来自别的网站，已拒绝", "cross_site")
    return None


def _publish_schema(app: FastAPI, triager: Triager) -> None:
    """Put the shared error body and the loaded codes into the published schema."""
    original = app.openapi
    codes = {
        "sub_types": list(triager.taxonomy.codes),
        "bodies": [b.code for b in triager.bodies.bodies],
    }

    def openapi() -> dict[str, Any]:
        schema = original()
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:
            reference = "#/components/schemas/{model}"
            problem = problems.Problem.model_json_schema(ref_template=reference)
            schemas.update(problem.pop("$defs", {}))
            schemas["Problem"] = problem
            _list_codes(schemas, codes)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _list_codes(node: Any, codes: dict[str, list[str]]) -> None:
    """Replace every `x-codes` mark below `node` with the enumeration it names."""
    if isinstance(node, dict):
        name = node.pop("x-codes", None)
        if name is not None:
            node["enum"] = codes[name]
            node.pop("maxLength", None)
    for child in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        _list_codes(child, codes)
