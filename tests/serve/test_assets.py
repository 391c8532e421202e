"""What is vendored is what was vetted; nothing reaches for another host or a newer browser."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

SERVE = Path(__file__).parents[2] / "serve"
#: Not in Chrome 90, the floor of 信创 browsers (ecosystem.md).
TOO_NEW = (":has(", "@container", "color-mix", "structuredClone", ".at(", "Object.hasOwn", "inert")


def own_files() -> list[Path]:
    found = [*(SERVE / "templates").rglob("*.html"), *(SERVE / "static").glob("*.*")]
    assert len(found) > 8
    return found


def test_vendored_files_are_the_pinned_ones() -> None:
    folder = SERVE / "static" / "vendor"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_no_outside_address() -> None:
    for path in own_files():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text), path.name


def test_nothing_newer_than_chrome_90() -> None:
    for path in own_files():
        text = path.read_text(encoding="utf-8")
        for feature in TOO_NEW:
            assert feature not in text, (path.name, feature)


def test_no_inline_script_or_style() -> None:
    for path in (SERVE / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*src=)", text), path.name
        assert " style=" not in text, path.name
        assert not re.search(r"\son[a-z]+=", text), path.name
