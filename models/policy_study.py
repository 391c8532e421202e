"""Which model thresholds the risk policy should carry: a sweep on the calibration split.

`triage data risk-policy` prints the settings that keep red and orange recall highest at the wanted
precision, on held-back stories of the risk texts, and what each would flag among the real lay
questions. The test authors are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from models.corpus.records import Record, load_corpus
from models.corpus.splits import load_plan, split
from models.metrics import proportion
from models.risk_curves import Prepared, figures, levels_under, prepare
from models.risk_targets import SAID_ON
from triage.knowledge.risk import ModelThresholds
from triage.pipeline import Triager
from triage.risk.levels import rank

_RED = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
_ORANGE = (0.2, 0.25, 0.3, 0.4, 0.5)
_AGREE = (0.1, 0.2, 0.3)
_SILENCE = (0.0, 0.05, 0.1, 0.15, 0.2)
#: Forms that must stay blue when their record is.
_SAFE = ("false_friend", "negated", "quoted", "historical")


def policy_study(triager: Triager, data: Path, lay: Sequence[Record] = ()) -> list[dict[str, Any]]:
    """One row a setting, best first; `lay`: the real questions, for counting alarms only.

    A setting's worth: what it lacks to the bars of the issue (red recall .95, orange recall .95, red
    precision .70, orange precision .75), summed; settings that lack the same are told apart by a
    tenth of all margins.
    """
    _, risk = load_corpus(data)
    held = prepare(triager, split(risk, load_plan(data)).calibration, SAID_ON)
    asked = prepare(triager, lay, SAID_ON)
    rows = [_row(triager, held, asked, t) for t in _settings(triager.knowledge.policy.model)]
    return sorted(rows, key=lambda r: -float(r["worth"]))


def _settings(shipped: ModelThresholds) -> Iterator[ModelThresholds]:
    yield shipped
    for red, orange, agree, silence in product(_RED, _ORANGE, _AGREE, _SILENCE):
        yield shipped.model_copy(
            update={"red": red, "orange": orange, "agree": agree, "silence": silence}
        )


def _row(
    triager: Triager, held: list[Prepared], asked: list[Prepared], t: ModelThresholds
) -> dict[str, Any]:
    records = [p.record for p in held]
    levels = levels_under(held, triager, t)
    row: dict[str, Any] = figures(records, levels)
    row["settings"] = {
        "red": t.red, "orange": t.orange, "agree": t.agree, "silence": t.silence, "context": t.context
    }  # fmt: skip
    alarms = [rank(v) >= 2 for v in levels]
    for form in _SAFE:
        row[form] = proportion(
            [a for r, a in zip(records, alarms, strict=True) if _harmless(r, form)]
        )
    row["lay"] = proportion([rank(v) >= 2 for v in levels_under(asked, triager, t)])
    margins = (
        row["red_recall"]["value"] - 0.95,
        row["orange_recall"]["value"] - 0.95,
        row["red_precision"]["value"] - 0.70,
        row["orange_precision"]["value"] - 0.75,
    )
    row["worth"] = round(sum(min(m, 0.0) for m in margins) + 0.1 * sum(margins), 4)
    return row


def _harmless(record: Record, form: str) -> bool:
    return record.risk_level == "blue" and any(e.form == form for e in record.evidence)
