"""Where things are. Read once at the edge; inner functions take plain paths."""

from __future__ import annotations

import os
from pathlib import Path


def project_root() -> Path:
    """The folder that holds `triage/`, `data/` and the rest."""
    return Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """Knowledge and corpus: env TRIAGE_DATA, else `<root>/data`."""
    return Path(os.environ.get("TRIAGE_DATA") or project_root() / "data")


def cache_dir() -> Path:
    """What can be rebuilt at any time: env TRIAGE_CACHE, else `<root>/.cache`."""
    return Path(os.environ.get("TRIAGE_CACHE") or project_root() / ".cache")


def bundle_dir() -> Path:
    """The model bundle: env TRIAGE_BUNDLE, else `<data>/bundle/default`."""
    return Path(os.environ.get("TRIAGE_BUNDLE") or data_dir() / "bundle" / "default")


def encoder_dir() -> Path | None:
    """Another encoder directory: env TRIAGE_ENCODER, else None (the bundle's own)."""
    value = os.environ.get("TRIAGE_ENCODER")
    return Path(value) if value else None
