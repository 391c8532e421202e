"""Where things are. Read once at the edge; inner functions take plain paths."""

from __future__ import annotations

import hashlib
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


def given_encoder() -> Path | None:
    """What env TRIAGE_ENCODER names: any sentence-transformers directory; None when unset."""
    value = os.environ.get("TRIAGE_ENCODER")
    return Path(value) if value else None


def encoder_dir() -> Path | None:
    """Another encoder than the bundle's own, ready to be opened; None when none is named.

    A sentence-transformers directory is not touched: set-up (`python -m models.encoder.build`, which
    `make serve` and `triage train` call) converts it into the cache, under a name that changes with
    its weights.
    """
    given = given_encoder()
    if given is None or (given / "encoder.json").is_file():
        return given
    weights = given / "model.safetensors"
    facts = weights.stat() if weights.is_file() else None
    mark = f"{facts.st_size}-{facts.st_mtime_ns}" if facts is not None else "-"
    short = hashlib.sha256(mark.encode()).hexdigest()[:12]
    return cache_dir() / "encoder" / f"{given.resolve().name}-{short}"
