"""The clerk's page: paste, see, accept or correct, register."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from serve.deps import FactoryDep, TriagerDep
from serve.highlight import highlight, marks_of
from serve.linking import KIND_NAMES, hints, stored
from serve.pages.render import page
from serve.problems import ProblemError
from serve.storage import cases as store
from serve.storage.cases import Factory
from serve.suggestion import suggest
from triage.errors import InputError
from triage.pipeline import MAX_CHARACTERS, Triager
from triage.result import RISK_LEVELS

router = APIRouter()

Text = Annotated[str, Form()]
Many = Annotated[list[str], Form()]


@router.get("/")
def show(request: Request) -> HTMLResponse:
    return page(request, "intake.html", text="", limit=MAX_CHARACTERS, active="intake")


@router.post("/intake/triage")
def triage(
    request: Request, triager: TriagerDep, factory: FactoryDep, text: Text = ""
) -> HTMLResponse:
    """The suggestion for one narrative, as a fragment for htmx or as a whole page."""
    text = _unix(text)
    try:
        values = _suggestion(triager, factory, text)
    except InputError as error:
        values = {"error": error.message}
    template = "intake_result.html" if _is_htmx(request) else "intake.html"
    return page(request, template, text=text, limit=MAX_CHARACTERS, active="intake", **values)


@router.post("/intake/register")
def register(
    request: Request,
    triager: TriagerDep,
    factory: FactoryDep,
    text: Text = "",
    token: Text = "",
    mode: Text = "accept",
    sub_type: Text = "",
    secondary: Many = [],  # noqa: B006  FastAPI copies form defaults
    lead: Text = "",
    co: Many = [],  # noqa: B006
    risk_level: Text = "",
    reason_code: Text = "",
    reason: Text = "",
    decided_by: Text = "",
    applicant: Text = "",
    phone: Text = "",
    opponent: Text = "",
    place: Text = "",
    channel: Text = "窗口",
    visit: Text = "首访",
    external_code: Text = "",
    linked_to: Text = "",
) -> Response:
    """Store the case with the decision; the suggestion is computed anew, never trusted."""
    text = _unix(text)
    if not text.strip():
        return _again(request, triager, factory, text, "正文是空的，请写上来人说的事情")
    corrected = mode == "correct"
    level = risk_level if risk_level in RISK_LEVELS else None
    try:
        suggested, filing = suggest(triager, factory, text, opponent.strip())
        case = store.register(
            factory,
            store.Intake(
                narrative=text,
                applicant=applicant.strip()[:80],
                phone=phone.strip()[:40],
                opponent=opponent.strip()[:120],
                place=place.strip()[:120],
                channel=channel[:20],
                visit=visit[:10],
                external_code=external_code.strip()[:64] or None,
                token=token[:64] or None,
                vector=stored(filing),
                linked_to=linked_to.strip()[:32] or None,
            ),
            suggested,
            store.Decision(
                sub_type=sub_type if corrected and sub_type else None,
                secondary=[s for s in secondary if s] if corrected else None,
                lead=lead if corrected and lead else None,
                co=[c for c in co if c] if corrected else None,
                risk_level=level if corrected else None,
                reason_code=reason_code if corrected else "",
                reason=reason[:2000] if corrected else "",
                decided_by=decided_by.strip()[:40],
                known_sub_types=frozenset(triager.taxonomy.codes),
                known_bodies=frozenset(b.code for b in triager.bodies.bodies),
            ),
        )
    except (ProblemError, InputError) as error:
        return _again(request, triager, factory, text, str(error), open_correction=corrected)
    target = f"/cases/{case.case_code}?new=1"
    if _is_htmx(request):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


def _again(
    request: Request,
    triager: Triager,
    factory: Factory,
    text: str,
    message: str,
    open_correction: bool = False,
) -> HTMLResponse:
    """The page once more with what was wrong; nothing typed in the narrative is lost."""
    values: dict[str, Any] = {}
    if text.strip():
        try:
            values = _suggestion(triager, factory, text)
        except InputError:
            values = {}
    values["error"] = message
    template = "intake_result.html" if _is_htmx(request) else "intake.html"
    return page(
        request, template, 200 if _is_htmx(request) else 422, text=text, limit=MAX_CHARACTERS,
        active="intake", open_correction=open_correction, **values,
    )  # fmt: skip


def _suggestion(triager: Triager, factory: Factory, text: str) -> dict[str, Any]:
    result, filing = suggest(triager, factory, text)
    return {
        "result": result,
        "marked": highlight(text, marks_of(result)),
        "token": uuid.uuid4().hex,
        "links": hints(triager, factory, filing),
        "link_names": KIND_NAMES,
        "taxonomy": triager.taxonomy,
        "bodies": triager.bodies,
        "co_codes": [c.code for c in result.committees if c.role == "co"],
    }


def _is_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _unix(text: str) -> str:
    """Browsers post CR LF; offsets count what the clerk sees."""
    return text.replace("\r\n", "\n")
