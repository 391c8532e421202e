"""Named dependencies of the routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session, sessionmaker

from serve.settings import Settings
from triage.pipeline import Triager


def _triager(request: Request) -> Triager:
    triager: Triager = request.app.state.triager
    return triager


def _factory(request: Request) -> sessionmaker[Session]:
    factory: sessionmaker[Session] = request.app.state.sessions
    return factory


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


TriagerDep = Annotated[Triager, Depends(_triager)]
FactoryDep = Annotated[sessionmaker[Session], Depends(_factory)]
SettingsDep = Annotated[Settings, Depends(_settings)]
