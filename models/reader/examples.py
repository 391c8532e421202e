"""Training examples of the reader: a text with all its targets, and the piece shown in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.corpus.records import Record
from models.perturb import Perturber
from models.risk_targets import UNLABELLED_RISK, level_targets
from triage.encoder import cut
from triage.reader import FORMS, RISK_CODES
from triage.text import normalise


@dataclass(frozen=True)
class Span:
    """Labelled evidence: code points [start, end) of the text, index in `RISK_CODES`, in `FORMS`."""

    start: int
    end: int
    code: int
    form: int


@dataclass(frozen=True)
class Example:
    """`sub_type` -1: unsure, nobody can tell its class. `levels` None: risk not labelled.

    `group`: the story; its members differ in little, and are shown in one step.
    """

    text: str
    sub_type: int
    holds: tuple[int, ...]
    unsure: bool
    body: int
    levels: tuple[float, ...] | None
    spans: tuple[Span, ...]
    rules: NDArray[np.float32]
    group: str = ""


@dataclass(frozen=True)
class View:
    """What one step sees of an example. `whole`: all evidence is inside, so the level holds."""

    text: str
    spans: tuple[Span, ...]
    whole: bool


def build_examples(
    records: Sequence[Record],
    labels: Sequence[str],
    bodies: Sequence[str],
    rules: NDArray[np.float32],
) -> list[Example]:
    """Examples of records; evidence that only looks like a signal is taught as no signal.

    Args:
        rules: (n, m) `rule_rows` of the same records.
    """
    index: Mapping[str, int] = {c: i for i, c in enumerate(labels)}
    body_index = {c: i for i, c in enumerate(bodies)}
    out = []
    for r, row in zip(records, rules, strict=True):
        text = normalise(r.text).text
        spans = []
        for e in r.evidence:
            wanted = normalise(e.text).text
            at = text.find(wanted)
            if at >= 0:
                harmless = r.risk_level == "blue" or e.form == "false_friend"
                code = 0 if harmless else RISK_CODES.index(e.code)
                spans.append(Span(at, at + len(wanted), code, FORMS.index(e.form)))
        levels = None
        if r.batch not in UNLABELLED_RISK:
            levels = tuple(float(v) for v in level_targets([r.risk_level])[0])
        out.append(
            Example(
                text,
                -1 if r.unsure else index[r.sub_type],
                tuple(index[c] for c in (r.sub_type, *r.secondary)),
                r.unsure,
                body_index[r.lead],
                levels,
                tuple(spans),
                row,
                r.group,
            )
        )
    return out


def view(
    example: Example,
    rng: np.random.Generator,
    size: int,
    perturber: Perturber | None,
    chance: float,
) -> View:
    """A piece of at most `size` characters; with probability `chance` slightly disturbed."""
    if len(example.text) <= size:
        seen = View(example.text, example.spans, True)
    else:
        pieces = cut(example.text, size)
        start, text = pieces[int(rng.integers(0, len(pieces)))]
        end = start + len(text)
        inside = tuple(
            Span(s.start - start, s.end - start, s.code, s.form)
            for s in example.spans
            if s.start >= start and s.end <= end
        )
        seen = View(text, inside, len(inside) == len(example.spans))
    if perturber is None or rng.random() >= chance:
        return seen
    disturbed = perturber.disturb(seen.text, rng, protect=[(s.start, s.end) for s in seen.spans])
    if disturbed is None:
        return seen
    moved = []
    for s in seen.spans:
        said = seen.text[s.start : s.end]
        at = disturbed.find(said)
        if at < 0:
            return seen
        moved.append(Span(at, at + len(said), s.code, s.form))
    return View(disturbed, tuple(moved), seen.whole)
