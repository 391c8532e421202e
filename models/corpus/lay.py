"""Labels of real lay questions, kept by id only; the texts stay in the shared folder."""

from __future__ import annotations

import json
from pathlib import Path

from models.corpus.records import Record
from triage.knowledge import Knowledge

LABELS = "lay_dev/labels.jsonl"


def load_lay_questions(data: Path, shared: Path) -> list[Record]:
    """The real development set: committed labels joined with the public texts.

    Returns [] when no labels are committed yet. Never used for training (research licences).
    """
    path = data / "corpus" / LABELS
    if not path.is_file():
        return []
    texts = {
        row["id"]: row["text"]
        for row in map(
            json.loads,
            (shared / "lay_questions.jsonl").read_text(encoding="utf-8").splitlines(),
        )
    }
    taxonomy = Knowledge.load(data).taxonomy
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        label = json.loads(line)
        records.append(
            Record(
                id=label["id"],
                text=texts[label["id"]],
                sub_type=label["sub_type"],
                acceptable_sub_types=tuple(label.get("acceptable_sub_types", [])),
                unsure=label.get("unsure", False),
                risk_level=label.get("risk_level", "blue"),
                lead=taxonomy.sub_type(label["sub_type"]).lead,
                batch="lay",
            )
        )
    return records
