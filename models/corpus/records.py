"""One training record and how files of them are read (`data/corpus/README.md`).

Authored texts are synthetic. A county's own records and clerks' exported decisions use the same
format, so `triage train --with decisions.jsonl` needs no other reader.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from triage.errors import KnowledgeError
from triage.result import RiskLevel, SignalForm


class Evidence(BaseModel):
    """`text` is an exact substring of the record's text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    text: str
    form: SignalForm


class Record(BaseModel):
    """One narrative with its labels. Unknown keys of exported decisions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str = Field(min_length=1)
    sub_type: str
    acceptable_sub_types: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    lead: str
    co: tuple[str, ...] = ()
    acceptable: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    headcount: int | None = None
    amount_yuan: float | None = None
    risk_level: RiskLevel = "blue"
    evidence: tuple[Evidence, ...] = ()
    unsure: bool = False
    voice: str = "first"
    dialect: str | None = None
    traits: tuple[str, ...] = ()
    batch: str
    story: str = ""
    pair: str | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _evidence_in_text(self) -> Record:
        for item in self.evidence:
            if item.text not in self.text:
                raise ValueError(f"证据“{item.text}”不在正文里")
        return self

    @property
    def group(self) -> str:
        """Records of one story or one minimal pair never part in a split."""
        return self.pair or self.story or self.id


def read_records(path: Path, root: Path | None = None) -> list[Record]:
    """All records of a JSON-lines file, or of every such file in a folder.

    Raises:
        KnowledgeError: file, line and field of the first line that does not fit.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    records: list[Record] = []
    for file in files:
        name = (
            file.relative_to(root).as_posix() if root and file.is_relative_to(root) else file.name
        )
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise KnowledgeError(name, "文件不存在") from error
        except UnicodeDecodeError as error:
            raise KnowledgeError(name, "不是 UTF-8 编码") from error
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                records.append(_parse(line, name, number))
    return records


def _parse(line: str, name: str, number: int) -> Record:
    try:
        return Record.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise KnowledgeError(name, "不是完整的 JSON", number) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(p) for p in first["loc"]) or "text"
        raise KnowledgeError(name, first["msg"], number, field) from error


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write records one a line, defaults left out, keys in field order: diffs stay readable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as handle:
        for record in records:
            value: dict[str, Any] = record.model_dump(mode="json", exclude_defaults=True)
            handle.write(json.dumps(value, ensure_ascii=False) + "\n")


class Adjudication(BaseModel):
    """A third look at a record two annotators read differently; None keeps the first label."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    sub_type: str | None = None
    lead: str | None = None
    risk_level: RiskLevel | None = None
    also_accept: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    note: str = ""

    @field_validator("also_accept", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


def load_corpus(data: Path, adjudicated: bool = True) -> tuple[list[Record], list[Record]]:
    """(narratives, risk texts) of the authored corpus under `data/corpus`.

    Args:
        adjudicated: apply `adjudicated.jsonl`; agreement is measured without it.
    """
    corpus = data / "corpus"
    narratives = read_records(corpus / "narratives", data)
    risk = read_records(corpus / "risk", data) if (corpus / "risk").is_dir() else []
    rulings = corpus / "adjudicated.jsonl"
    if not adjudicated or not rulings.is_file():
        return narratives, risk
    lines = rulings.read_text(encoding="utf-8").splitlines()
    by = {a.id: a for a in map(Adjudication.model_validate_json, filter(None, lines))}
    return [_ruled(r, by.get(r.id)) for r in narratives], [_ruled(r, by.get(r.id)) for r in risk]


def _ruled(record: Record, ruling: Adjudication | None) -> Record:
    if ruling is None:
        return record
    change: dict[str, Any] = {}
    for name in ("sub_type", "lead", "risk_level"):
        if (value := getattr(ruling, name)) is not None:
            change[name] = value
    sub_type = change.get("sub_type", record.sub_type)
    accepted = dict.fromkeys((*record.acceptable_sub_types, *ruling.also_accept))
    change["acceptable_sub_types"] = tuple(c for c in accepted if c != sub_type)
    change["secondary"] = tuple(c for c in record.secondary if c != sub_type)
    change["evidence"] = (*record.evidence, *ruling.evidence)
    return record.model_copy(update=change)


def by_id(records: Sequence[Record]) -> dict[str, Record]:
    return {r.id: r for r in records}
