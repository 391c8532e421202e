"""The narrative as safe HTML with the words that mattered marked.

Spans may overlap; the text is cut at every border and each piece carries the classes of all spans
over it. Everything is escaped here; nothing else in the pages is marked safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from triage.result import TriageResult


@dataclass(frozen=True)
class Mark:
    start: int
    end: int
    css: str
    title: str


def marks_of(result: TriageResult) -> list[Mark]:
    """Risk signals (coloured by level) and the words that decided the sub-type (underlined)."""
    found = [
        Mark(s.start, s.end, f"risk-{s.level}", f"{s.name}（{s.rule}）")
        for s in result.risk.signals
        if s.level != "blue"
    ]
    found += [Mark(e.start, e.end, "why", "分类依据") for e in result.explanation if e.weight > 0]
    return found


def highlight(text: str, marks: Sequence[Mark]) -> Markup:
    """`text` with `marks` as <mark> elements; line breaks become <br>."""
    good = [m for m in marks if 0 <= m.start < m.end <= len(text)]
    borders = sorted({0, len(text), *(m.start for m in good), *(m.end for m in good)})
    out = Markup()
    for start, end in pairwise(borders):
        piece = Markup("<br>").join(text[start:end].split("\n"))
        over = [m for m in good if m.start <= start and end <= m.end]
        if over:
            css = " ".join(sorted({m.css for m in over}))
            title = "；".join(dict.fromkeys(m.title for m in over))
            out += Markup('<mark class="{}" title="{}">{}</mark>').format(css, title, piece)
        else:
            out += piece
    return out
