"""The supervisor's second look: blue sample, phrases that cried wolf, proposed rules."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from serve.deps import FactoryDep, TriagerDep
from serve.pages.render import page
from serve.problems import ProblemError
from serve.storage import proposals, review
from serve.storage.cases import today

router = APIRouter(prefix="/supervisor")

Text = Annotated[str, Form()]


@router.get("/audit")
def audit_page(request: Request, factory: FactoryDep, triager: TriagerDep) -> HTMLResponse:
    return _audit(request, factory, triager)


def _audit(
    request: Request, factory: FactoryDep, triager: TriagerDep, error: str = ""
) -> HTMLResponse:
    rows = [{"case": c, "audit": review.audited(c)} for c in review.blue_sample(factory, today())]
    return page(
        request,
        "risk_audit.html",
        422 if error else 200,
        rows=rows,
        phrases=review.false_alarms(factory),
        taxonomy=triager.taxonomy,
        error=error,
        active="audit",
    )


@router.post("/audit/{code}")
def audit(
    request: Request,
    code: str,
    factory: FactoryDep,
    triager: TriagerDep,
    level: Text = "blue",
    by: Text = "",
    note: Text = "",
) -> Response:
    try:
        review.audit(factory, code, level, by[:40], note[:2000])
    except ProblemError as error:
        return _audit(request, factory, triager, error.detail)
    return RedirectResponse("/supervisor/audit", status_code=303)


@router.get("/rules")
def rules_page(request: Request, factory: FactoryDep, triager: TriagerDep) -> HTMLResponse:
    return _rules(request, factory, triager)


@router.post("/rules")
def propose(
    request: Request,
    factory: FactoryDep,
    triager: TriagerDep,
    rule_id: Text = "",
    code: Text = "",
    level: Text = "yellow",
    patterns: Text = "",
    excluded: Text = "",
    note: Text = "",
    by: Text = "",
    mode: Text = "preview",
) -> Response:
    """Preview (nothing is stored) or propose."""
    typed = {
        "rule_id": rule_id[:20],
        "code": code[:20],
        "level": level[:10],
        "patterns": patterns[:2000],
        "excluded": excluded[:2000],
        "note": note[:2000],
        "by": by[:40],
    }
    raw: dict[str, Any] = {
        "id": typed["rule_id"].strip(),
        "code": typed["code"],
        "level": typed["level"],
        "patterns": _lines(typed["patterns"]),
        "not": _lines(typed["excluded"]),
    }
    knowledge = triager.knowledge
    try:
        if not raw["id"]:
            raise ProblemError(422, "请填写规则编号，例如 KILL-21", "missing", "rule_id")
        if mode == "propose":
            proposals.propose(factory, raw, typed["by"], typed["note"], knowledge, today())
            return RedirectResponse("/supervisor/rules", status_code=303)
        _, hits, seen = proposals.try_entry(factory, raw, knowledge, today())
    except ProblemError as error:
        return _rules(request, factory, triager, typed=typed, error=error.detail)
    return _rules(request, factory, triager, typed=typed, hits=hits, seen=seen)


@router.post("/rules/{number}")
def decide(
    request: Request,
    number: int,
    factory: FactoryDep,
    triager: TriagerDep,
    decision: Text = "",
    by: Text = "",
    note: Text = "",
) -> Response:
    try:
        proposals.decide(factory, number, decision, by[:40], note[:2000])
    except ProblemError as error:
        return _rules(request, factory, triager, error=error.detail)
    return RedirectResponse("/supervisor/rules", status_code=303)


def _rules(
    request: Request, factory: FactoryDep, triager: TriagerDep, **values: Any
) -> HTMLResponse:
    return page(
        request,
        "risk_rules.html",
        422 if values.get("error") else 200,
        proposals=proposals.listing(factory),
        kinds=triager.knowledge.policy.signals,
        limit=proposals.PREVIEW_CASES,
        active="rules",
        **{"typed": {}, "hits": None, "seen": 0, "error": ""} | values,
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
