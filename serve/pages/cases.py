"""The case list and one case with its suggestion, decision and history."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from serve.deps import FactoryDep, TriagerDep
from serve.highlight import highlight, marks_of
from serve.pages.render import page
from serve.problems import ProblemError
from serve.storage import cases as store
from triage.result import TriageResult

router = APIRouter()
_SIZE = 20


@router.get("/cases")
def listing(
    request: Request,
    factory: FactoryDep,
    triager: TriagerDep,
    status: str = "",
    type: str = "",
    level: str = "",
    text: str = "",
    page_number: int = 1,
) -> HTMLResponse:
    query = store.Query(status, type, level, text, max(page_number, 1), _SIZE)
    rows, total = store.listing(factory, query)
    return page(
        request,
        "cases.html",
        rows=rows,
        total=total,
        pages=max(1, -(-total // _SIZE)),
        query=query,
        taxonomy=triager.taxonomy,
        bodies=triager.bodies,
        active="cases",
    )


@router.get("/cases/{code}")
def one(
    request: Request, code: str, factory: FactoryDep, triager: TriagerDep, new: int = 0
) -> HTMLResponse:
    try:
        case = store.find(factory, code)
    except ProblemError as error:
        return page(request, "not_found.html", 404, message=error.detail, active="cases")
    result = TriageResult.model_validate(case.suggestion)
    return page(
        request,
        "case.html",
        case=case,
        linked=store.linked(factory, code),
        result=result,
        marked=highlight(case.narrative, marks_of(result)),
        taxonomy=triager.taxonomy,
        bodies=triager.bodies,
        new=bool(new),
        active="cases",
    )
