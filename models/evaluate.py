"""How good a bundle is: by class, by trait, by length, on authored and on real text.

Authored texts are synthetic; real public texts are reported beside them, always with n and an
interval. `evaluate_triager` runs the shipped pipeline itself, not a copy of its parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from models.corpus.records import Record
from models.metrics import expected_calibration_error, macro_f1, proportion
from triage.pipeline import Triager
from triage.reader import FORMS
from triage.result import TriageResult
from triage.risk.levels import rank

Slice = tuple[str, Callable[[Record], bool]]

#: Named slices; each is reported when it holds at least one record.
SLICES: tuple[Slice, ...] = (
    ("短 ≤60 字", lambda r: len(r.text) <= 60),
    ("中 61–200 字", lambda r: 60 < len(r.text) <= 200),
    ("长 >200 字", lambda r: len(r.text) > 200),
    ("边界", lambda r: "boundary" in r.traits),
    ("真混合", lambda r: "mixed" in r.traits or bool(r.secondary)),
    ("重点埋后", lambda r: "buried" in r.traits),
    ("语音转写", lambda r: r.voice == "asr"),
    ("受理员摘要", lambda r: r.voice == "clerk"),
    ("方言", lambda r: r.dialect is not None),
    ("繁體", lambda r: "trad" in r.traits),
    ("错别字", lambda r: "typo" in r.traits),
)


RISK_GROUPS: tuple[Slice, ...] = (
    *SLICES[:3],
    ("方言", lambda r: r.dialect is not None),
    ("语音转写", lambda r: r.voice == "asr"),
    ("劳动", lambda r: r.sub_type.startswith("LAB")),
    ("商事", lambda r: r.sub_type.startswith("COM")),
    ("家事", lambda r: r.sub_type.startswith("FAM")),
    ("其他", lambda r: r.sub_type.startswith("OTH")),
)


def answer_all(triager: Triager, records: Sequence[Record]) -> list[TriageResult]:
    """Triage all records; an authored record that cannot be answered is a fault of the corpus."""
    answers = triager.triage_batch([(r.id, r.text) for r in records])
    bad = [a for a in answers if not isinstance(a, TriageResult)]
    if bad:
        raise ValueError(f"{len(bad)} records could not be answered, first: {bad[0]}")
    return [a for a in answers if isinstance(a, TriageResult)]


def classification_report(
    records: Sequence[Record], answers: Sequence[TriageResult], triager: Triager
) -> dict[str, Any]:
    """Type, sub-type, abstention, secondary and bodies; records marked unsure count only for
    abstention, because nobody can tell their class.
    """
    type_of = triager.taxonomy.type_of
    told = [(r, a) for r, a in zip(records, answers, strict=True) if not r.unsure]
    acceptable = [{r.sub_type, *r.acceptable_sub_types} for r, _ in told]
    top1 = [a.sub_types[0].code in ok for (_, a), ok in zip(told, acceptable, strict=True)]
    top3 = [
        bool({s.code for s in a.sub_types[:3]} & ok)
        for (_, a), ok in zip(told, acceptable, strict=True)
    ]
    types = [
        a.type.label in {type_of(c) for c in ok}
        for (_, a), ok in zip(told, acceptable, strict=True)
    ]
    report: dict[str, Any] = {
        "type": proportion(types),
        "sub_type_top1": proportion(top1),
        "sub_type_top3": proportion(top3),
        "sub_type_strict": proportion([a.sub_types[0].code == r.sub_type for r, a in told]),
        "sub_type_macro_f1": macro_f1(
            [r.sub_type for r, _ in told], [a.sub_types[0].code for _, a in told]
        ),
        "type_ece": expected_calibration_error(
            np.asarray([a.type.confidence for _, a in told]), np.asarray(types, dtype=bool)
        ),
    }
    keep = _abstain(np.asarray([a.type.confidence for _, a in told]), 0.10)
    report["type_at_10pct_abstained"] = proportion(np.asarray(types, dtype=bool)[keep])
    unsure = [(r, a) for r, a in zip(records, answers, strict=True) if r.unsure]
    report["unsure_recall"] = proportion([a.unsure for _, a in unsure])
    report["unsure_false"] = proportion([a.unsure for _, a in told])
    mixed = [(r, a) for r, a in told if r.secondary]
    single = [(r, a) for r, a in told if not r.secondary]
    report["secondary_found"] = proportion(
        [bool({a.sub_types[0].code, *a.secondary} & set(r.secondary)) for r, a in mixed]
    )
    report["secondary_false"] = proportion([bool(a.secondary) for _, a in single])
    report["bodies"] = bodies_report([r for r, _ in told], [a for _, a in told])
    report["slices"] = {
        name: {
            "type": proportion([t for (r, _), t in zip(told, types, strict=True) if pick(r)]),
            "sub_type_top1": proportion(
                [t for (r, _), t in zip(told, top1, strict=True) if pick(r)]
            ),
        }
        for name, pick in SLICES
        if any(pick(r) for r, _ in told)
    }
    report["by_sub_type"] = {
        code: proportion([t for (r, _), t in zip(told, top1, strict=True) if r.sub_type == code])
        for code in triager.taxonomy.codes
        if any(r.sub_type == code for r, _ in told)
    }
    return report


def _abstain(confidence: np.ndarray, share: float) -> np.ndarray:
    """Indices left after the `share` least confident are handed to a person."""
    return np.argsort(confidence)[round(len(confidence) * share) :]


def bodies_report(records: Sequence[Record], answers: Sequence[TriageResult]) -> dict[str, Any]:
    """Lead right, acceptable, right one among the first three; never-mediate misses."""
    lead, acceptable, top3, missed = [], [], [], []
    for r, a in zip(records, answers, strict=True):
        first = a.committees[0].code
        lead.append(first == r.lead)
        acceptable.append(first in {r.lead, *r.acceptable})
        leads_first = [c.code for c in a.committees if c.role in ("lead", "alternative")]
        top3.append(r.lead in leads_first[:3])
        if "CRIME_LEAD" in r.flags or r.lead in ("ORG-POL", "ORG-REV"):
            missed.append(a.route.mediation_allowed)
    return {
        "lead": proportion(lead),
        "acceptable": proportion(acceptable),
        "top3": proportion(top3),
        "never_mediate_missed": proportion(missed),
    }


def risk_report(records: Sequence[Record], answers: Sequence[TriageResult]) -> dict[str, Any]:
    """Recall and precision of red and of orange-or-above, by form, with false-alarm rates."""
    found = [rank(a.risk.level) for a in answers]
    truth = [rank(r.risk_level) for r in records]
    pairs = list(zip(records, truth, found, strict=True))

    def recall(minimum: int, chosen: Sequence[tuple[Record, int, int]]) -> dict[str, float | int]:
        return proportion([f >= minimum for _, t, f in chosen if t >= minimum])

    def precision(minimum: int) -> dict[str, float | int]:
        return proportion([t >= minimum for _, t, f in pairs if f >= minimum])

    forms: dict[str, Any] = {}
    for form in FORMS:
        chosen = [p for p in pairs if any(e.form == form for e in p[0].evidence)]
        if not chosen:
            continue
        forms[form] = {
            "red_recall": recall(3, chosen),
            "orange_recall": recall(2, chosen),
            "false_alarm_on_blue": proportion([f >= 2 for _, t, f in chosen if t == 0]),
            "any_flag_on_blue": proportion([f >= 1 for _, t, f in chosen if t == 0]),
        }
    overlap = []
    for (r, t, f), a in zip(pairs, answers, strict=True):
        if t >= 2 and f >= 2:
            spans = [(r.text.find(e.text), r.text.find(e.text) + len(e.text)) for e in r.evidence]
            overlap.append(any(s.start < e and b < s.end for s in a.risk.signals for b, e in spans))
    return {
        "exact_level": proportion([t == f for _, t, f in pairs]),
        "red_recall": recall(3, pairs),
        "red_precision": precision(3),
        "orange_recall": recall(2, pairs),
        "orange_precision": precision(2),
        "evidence_overlap": proportion(overlap),
        "minimal_pairs": minimal_pairs(records, found),
        "forms": forms,
        "groups": {
            name: {
                "red_recall": recall(3, rows),
                "orange_recall": recall(2, rows),
                "orange_precision": proportion([t >= 2 for _, t, f in rows if f >= 2]),
            }
            for name, pick in RISK_GROUPS
            if (rows := [p for p in pairs if pick(p[0])])
        },
    }


def minimal_pairs(records: Sequence[Record], found: Sequence[int]) -> dict[str, Any]:
    """Pairs in the right direction, and pairs that must not change."""
    groups: dict[str, list[int]] = {}
    for i, r in enumerate(records):
        if r.pair:
            groups.setdefault(r.pair, []).append(i)
    direction, same = [], []
    for members in groups.values():
        for i, j in pairwise(members):
            difference = rank(records[i].risk_level) - rank(records[j].risk_level)
            got = found[i] - found[j]
            if difference == 0:
                same.append(got == 0)
            else:
                direction.append(np.sign(got) == np.sign(difference))
    return {"direction": proportion(direction), "invariance": proportion(same)}


def lay_alarms(records: Sequence[Record], answers: Sequence[TriageResult]) -> dict[str, Any]:
    """Alarms among ordinary questions: share at orange or above, and the false ones by id."""
    alarmed = [(r, a) for r, a in zip(records, answers, strict=True) if rank(a.risk.level) >= 2]
    return {
        "alarms": proportion([rank(a.risk.level) >= 2 for a in answers]),
        "false_alarms": [r.id for r, _ in alarmed if rank(r.risk_level) < 2],
        "recall": proportion(
            [
                rank(a.risk.level) >= 2
                for r, a in zip(records, answers, strict=True)
                if rank(r.risk_level) >= 2
            ]
        ),
    }


def real_court_report(triager: Triager, shared: Path) -> dict[str, Any]:
    """Type accuracy on public court documents (never trained on, never committed)."""
    rows = [
        json.loads(line)
        for line in (shared / "court_documents.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    answers = triager.triage_batch([(r["id"], r["text"][:20_000]) for r in rows])
    hits = [
        isinstance(a, TriageResult) and a.type.label == r["type"]
        for r, a in zip(rows, answers, strict=True)
    ]
    return {
        "type": proportion(hits),
        "by_type": {
            t: proportion([h for r, h in zip(rows, hits, strict=True) if r["type"] == t])
            for t in ("family", "labour", "commercial")
        },
    }


def real_triplets_report(triager: Triager, shared: Path) -> dict[str, Any]:
    """Similar-case triplets: the closer one must score higher."""
    rows = [
        json.loads(line)
        for line in (shared / "similar_case_triplets.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    ]
    hits = []
    for r in rows:
        closer, farther = triager.similarity(r["query"], [r["closer"], r["farther"]])
        hits.append(closer > farther)
    return {"triplets": proportion(hits)}


def shared_data(root: Path) -> Path | None:
    """The folder of public texts beside the checkout, when it is there."""
    found = root.parent / "shared" / "data"
    return found if (found / "court_documents.jsonl").is_file() else None
