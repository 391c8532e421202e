"""One settings object, read from the environment at the edge (prefix TRIAGE_)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from triage.settings import project_root


class Settings(BaseSettings):
    """`database`: SQLAlchemy URL. `batch_limit`: items of one batch. `body_limit`: bytes."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_", extra="ignore")

    database: str = Field(
        default_factory=lambda: f"sqlite:///{(project_root() / 'var' / 'triage.db').as_posix()}"
    )
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 2
    batch_limit: int = 1000
    body_limit: int = 20 * 1024 * 1024
    bundle: Path | None = None
    encoder: Path | None = None
