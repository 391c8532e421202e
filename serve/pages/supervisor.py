"""The risk board: open red and orange cases, oldest unacknowledged first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from serve.deps import FactoryDep, TriagerDep
from serve.highlight import highlight, marks_of
from serve.pages.render import page
from serve.problems import ProblemError
from serve.storage import cases as store
from serve.storage.models import Case
from triage.pipeline import Triager
from triage.result import TriageResult

router = APIRouter(prefix="/supervisor")

Text = Annotated[str, Form()]


@router.get("")
def board(request: Request, factory: FactoryDep, triager: TriagerDep) -> HTMLResponse:
    return _board(request, factory, triager)


@router.post("/{code}/acknowledge")
def acknowledge(
    request: Request,
    code: str,
    factory: FactoryDep,
    triager: TriagerDep,
    by: Text = "",
    note: Text = "",
) -> Response:
    try:
        store.acknowledge(factory, code, by[:40], note[:2000])
    except ProblemError as error:
        return _board(request, factory, triager, error.detail)
    return RedirectResponse("/supervisor", status_code=303)


@router.post("/{code}/level")
def change_level(
    request: Request,
    code: str,
    factory: FactoryDep,
    triager: TriagerDep,
    level: Text = "",
    by: Text = "",
    reason: Text = "",
) -> Response:
    try:
        store.change_level(factory, code, level, by[:40], reason[:2000])
    except ProblemError as error:
        return _board(request, factory, triager, error.detail)
    return RedirectResponse("/supervisor", status_code=303)


def _board(
    request: Request, factory: FactoryDep, triager: Triager, error: str = ""
) -> HTMLResponse:
    waiting, seen = store.board(factory)
    now = store.now()
    htmx = request.headers.get("hx-request") == "true"
    return page(
        request,
        "supervisor_board.html" if htmx else "supervisor.html",
        422 if error and not htmx else 200,
        waiting=[_row(case, now, triager) for case in waiting],
        seen=[_row(case, now, triager) for case in seen],
        updated=now,
        error=error,
        taxonomy=triager.taxonomy,
        bodies=triager.bodies,
        active="supervisor",
    )


def _row(case: Case, now: Any, triager: Triager) -> dict[str, Any]:
    result = TriageResult.model_validate(case.suggestion)
    plan = triager.knowledge.policy.levels[case.risk_level]  # type: ignore[index]
    since = store.raised_at(case)
    minutes = (now - since).total_seconds() / 60
    return {
        "case": case,
        "result": result,
        "marked": highlight(case.narrative, marks_of(result)),
        "response": plan.response,
        "limit": plan.acknowledge_minutes,
        "since": since,
        "overdue": case.acknowledged_at is None and minutes > plan.acknowledge_minutes,
        "now": now,
    }
