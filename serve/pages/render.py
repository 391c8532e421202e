"""Jinja environment shared by all pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from serve import wording
from triage import __version__

_templates = Jinja2Templates(directory=Path(__file__).parent.parent / "templates")
_templates.env.globals.update(w=wording, app_version=__version__)
_templates.env.trim_blocks = True
_templates.env.lstrip_blocks = True


def page(request: Request, name: str, status_code: int = 200, **values: Any) -> HTMLResponse:
    """Render a template; `htmx` tells it whether only a fragment was asked for."""
    values["htmx"] = request.headers.get("hx-request") == "true"
    values["degraded"] = request.app.state.triager.encoder is None
    values["degraded_reason"] = request.app.state.triager.degraded_reason
    return _templates.TemplateResponse(request, name, values, status_code=status_code)
