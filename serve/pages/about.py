"""Running state and what this system is and is not."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from serve.deps import SettingsDep, TriagerDep
from serve.pages.render import page

router = APIRouter()


@router.get("/status")
def status(request: Request, triager: TriagerDep, settings: SettingsDep) -> HTMLResponse:
    database = settings.database.split(":", 1)[0].split("+")[0]
    return page(request, "status.html", status=triager.status(), database=database, active="status")


@router.get("/about")
def about(request: Request) -> HTMLResponse:
    return page(request, "about.html", active="about")
