"""How far two annotators agree who worked apart: authored texts relabelled blind, real questions.

Files hold labels by id only. The second annotator saw the text and the guide, not the first label.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklearn.metrics import cohen_kappa_score

from models.corpus.records import Record, by_id, load_corpus
from models.metrics import proportion
from triage.knowledge import Knowledge
from triage.risk.levels import rank

Label = Mapping[str, Any]

#: Second labels of authored records, 15% of every batch (`in_sample`).
RELABELLED = Path("corpus") / "relabelled"
LAY = Path("corpus") / "lay_dev"


def read_labels(path: Path) -> dict[str, Label]:
    """Labels by id of a JSON-lines file, or of all such files in a folder; {} when absent."""
    if not path.exists():
        return {}
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    rows = (
        json.loads(line)
        for f in files
        for line in f.read_text(encoding="utf-8").splitlines()
        if line
    )
    return {r["id"]: r for r in rows}


def agreement(
    first: Mapping[str, Label], second: Mapping[str, Label], knowledge: Knowledge
) -> dict[str, Any]:
    """Agreement on type, sub-type (strict, and with what either accepts), abstention and level.

    `level_kappa` is quadratically weighted: red for blue weighs nine times red for orange.
    """
    ids = sorted(set(first) & set(second))
    if not ids:
        return {"n": 0}
    type_of = knowledge.taxonomy.type_of
    a, b = [first[i] for i in ids], [second[i] for i in ids]
    told = [
        (x, y)
        for x, y in zip(a, b, strict=True)
        if not x.get("unsure", False) and not y.get("unsure", False)
    ]
    level_a = [rank(x.get("risk_level", "blue")) for x in a]
    level_b = [rank(y.get("risk_level", "blue")) for y in b]
    kappa = cohen_kappa_score(level_a, level_b, weights="quadratic", labels=[0, 1, 2, 3])
    return {
        "n": len(ids),
        "type": proportion([type_of(x["sub_type"]) == type_of(y["sub_type"]) for x, y in told]),
        "sub_type": proportion([x["sub_type"] == y["sub_type"] for x, y in told]),
        "sub_type_accepted": proportion(
            [
                x["sub_type"] in {y["sub_type"], *y.get("acceptable_sub_types", ())}
                or y["sub_type"] in {x["sub_type"], *x.get("acceptable_sub_types", ())}
                for x, y in told
            ]
        ),
        "unsure": proportion(
            [bool(x.get("unsure")) == bool(y.get("unsure")) for x, y in zip(a, b, strict=True)]
        ),
        "level": proportion([m == n for m, n in zip(level_a, level_b, strict=True)]),
        "level_within_one": proportion(
            [abs(m - n) <= 1 for m, n in zip(level_a, level_b, strict=True)]
        ),
        "level_kappa": round(float(kappa), 4),
    }


def as_label(record: Record) -> Label:
    return {
        "sub_type": record.sub_type,
        "acceptable_sub_types": record.acceptable_sub_types,
        "unsure": record.unsure,
        "risk_level": record.risk_level,
    }


def all_agreements(data: Path, knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    """Authored narratives, authored risk texts, both together, and real lay questions."""
    narratives, risk = load_corpus(data, adjudicated=False)
    second = read_labels(data / RELABELLED)
    out = {}
    for name, records in (
        ("撰写叙述", narratives),
        ("撰写风险文本", risk),
        ("撰写合计", [*narratives, *risk]),
    ):
        first = {i: as_label(r) for i, r in by_id(records).items()}
        out[name] = agreement(first, second, knowledge)
    out["真实提问"] = agreement(
        read_labels(data / LAY / "annotator_a.jsonl"),
        read_labels(data / LAY / "annotator_b.jsonl"),
        knowledge,
    )
    return {k: v for k, v in out.items() if v["n"]}


def disagreements(
    records: Mapping[str, Record], second: Mapping[str, Label]
) -> list[tuple[Record, Label]]:
    """Authored records whose second label differs in type of dispute or level, for adjudication."""
    out = []
    for i, label in second.items():
        record = records.get(i)
        if record is None:
            continue
        accepted = {record.sub_type, *record.acceptable_sub_types}
        other_kind = not record.unsure and label["sub_type"] not in accepted
        if other_kind or label.get("risk_level", "blue") != record.risk_level:
            out.append((record, label))
    return out
