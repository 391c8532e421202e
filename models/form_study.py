"""In what form a dangerous phrase is said: the rules' scope against the form head (`triage data forms`).

Measured on the labelled evidence of held-out risk texts. The rules know no slang and no implication,
so those count as affirmed for both. Three readers are compared: the rules, the head learned from the
corpus, and the union (the rules' word where they see a form, the head's where they see none).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.corpus.records import Record, load_corpus
from models.corpus.splits import load_plan, split
from models.metrics import proportion, show
from triage.encoder import Encoder
from triage.pipeline import Triager
from triage.reader import FORMS, Reader
from triage.risk.scope import ScopeReader
from triage.risk.signals import PUBLIC_FORM
from triage.text import normalise

#: What both readers can tell apart; everything else is itself.
_AFFIRMED = ("direct", "implicit", "slang")
READERS = ("rules", "model", "union")
_NAMES = {
    "affirmed": "肯定（直说、含蓄、俚语）",
    "negated": "否定",
    "quoted": "转述",
    "hypothetical": "假设、疑问、气话",
    "historical": "过去",
    "false_friend": "假朋友",
}
CLASSES = tuple(_NAMES)


def form_study(triager: Triager, data: Path) -> dict[str, Any]:
    """Recall by true class and reader, and accuracy by reader, on the test risk texts.

    Raises:
        ValueError: the bundle has no reader, or there is no encoder.
    """
    brain = triager.brain
    if brain.reader is None or triager.encoder is None:
        raise ValueError("比较形式需要编码器和带阅读头的模型包")
    encoder, reader = triager.encoder, brain.reader
    _, risk = load_corpus(data)
    rows = [
        row
        for record in split(risk, load_plan(data)).test
        for row in _read(record, encoder, reader)
    ]
    report: dict[str, Any] = {"n": len(rows), "accuracy": {}, "recall": {}}
    for name in READERS:
        report["accuracy"][name] = proportion([r[name] == r["true"] for r in rows])
    for name in CLASSES:
        of_class = [r for r in rows if r["true"] == name]
        report["recall"][name] = {
            by: proportion([r[by] == name for r in of_class]) for by in READERS
        }
    return report


def _coarse(form: str) -> str:
    return "affirmed" if form in _AFFIRMED else form


def _read(record: Record, encoder: Encoder, learned_by: Reader) -> list[dict[str, str]]:
    text = normalise(record.text).text
    reading = learned_by.read(encoder.encode([text])[0])
    forms, scope = reading.tokens("form"), ScopeReader(text)
    rows = []
    for evidence in record.evidence:
        said = normalise(evidence.text).text
        start = text.find(said)
        if start < 0:
            continue
        end = start + len(said)
        inside = (reading.offsets[:, 0] < end) & (reading.offsets[:, 1] > start)
        if not inside.any():
            continue
        learned = _coarse(FORMS[int(np.log(forms[inside] + 1e-6).mean(axis=0).argmax())])
        ruled = _ruled(scope, start, end)
        rows.append(
            {
                "true": _coarse(evidence.form),
                "rules": ruled,
                "model": learned,
                "union": learned if ruled == "affirmed" else ruled,
            }
        )
    return rows


def _ruled(scope: ScopeReader, start: int, end: int) -> str:
    """The rules look from inside the phrase, as a lexicon match does: its last part carries the
    dangerous word, its first part the denial or the speaker.
    """
    for place in (start, start + (end - start) // 2, max(start, end - 3)):
        form = _coarse(PUBLIC_FORM.get(scope.form(place, end).form, "direct"))
        if form != "affirmed":
            return form
    return "affirmed"


def write_report(report: dict[str, Any], path: Path) -> None:
    """`docs/reports/forms.md`."""
    lines = [
        "# 形式识别：规则与模型",
        "",
        f"由 `triage data forms` 生成；留出的风险文本（合成）里 {report['n']} 处标注的证据。"
        "规则不分直说、含蓄、俚语，三者合为“肯定”。“合并”：规则看出形式就听规则，否则听模型。",
        "",
        "| 真实形式 | 规则 | 模型 | 合并 |",
        "|---|---|---|---|",
    ]
    for name in CLASSES:
        cells = _cells([report["recall"][name][r] for r in READERS])
        lines.append(f"| {_NAMES[name]} | {cells} |")
    lines.append(f"| **全部（正确率）** | {_cells([report['accuracy'][r] for r in READERS])} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _cells(figures: Sequence[dict[str, Any]]) -> str:
    return " | ".join(show(f) for f in figures)
