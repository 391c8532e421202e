"""How exactly the extractors read: labelled window texts, one exact-match rate a field.

The texts are authored (synthetic). Even numbers are development, odd numbers test: only development
errors are listed, so that nobody mends an extractor on the half that measures it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.metrics import proportion, show
from triage.amounts import find_amounts, main_amount
from triage.dates import find_dates
from triage.errors import KnowledgeError
from triage.headcount import find_headcount
from triage.procedures import find_pending
from triage.text import normalise

Half = Literal["dev", "test"]

LABELLED = Path("extraction") / "labelled.jsonl"
REPORT = Path("docs") / "reports" / "extraction.md"


class Labelled(BaseModel):
    """One window text and what it states (`data/extraction/README.md`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^x\d+$")
    text: str = Field(min_length=1)
    amounts: tuple[float, ...]
    amount_total: float | None
    headcount: int | None = Field(ge=2)
    dates: tuple[str, ...]
    said_on: dt.date
    procedures: tuple[str, ...]

    @property
    def half(self) -> Half:
        return "test" if int(self.id[1:]) % 2 else "dev"


def load_labelled(data: Path) -> list[Labelled]:
    """Read `data/extraction/labelled.jsonl`.

    Raises:
        KnowledgeError: a line is no valid record; the message names file and line.
    """
    path = data / LABELLED
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(Labelled.model_validate_json(line))
        except ValidationError as error:
            raise KnowledgeError(LABELLED.as_posix(), error.errors()[0]["msg"], number) from error
    return rows


#: What a field is worth as labelled, and as found in the normalised text on the day it was said.
_Field = tuple[Callable[[Labelled], Any], Callable[[str, dt.date], Any]]
FIELDS: dict[str, _Field] = {
    "amounts": (
        lambda r: sorted(r.amounts),
        lambda text, _: sorted(a.yuan for a in find_amounts(text) if a.yuan is not None),
    ),
    "amount_total": (lambda r: r.amount_total, lambda text, _: main_amount(text)),
    "headcount": (
        lambda r: r.headcount,
        lambda text, _: found.count if (found := find_headcount(text)) is not None else None,
    ),
    "dates": (
        # The order of mention says nothing about the case; a day said twice is one day.
        lambda r: sorted(set(r.dates)),
        lambda text, day: sorted({d.iso for d in find_dates(text, day) if d.iso is not None}),
    ),
    "procedures": (
        lambda r: sorted(set(r.procedures)),
        lambda text, _: sorted({p.kind for p in find_pending(text)}),
    ),
}
FIELD_NAMES = {
    "amounts": "全部金额",
    "amount_total": "争议金额",
    "headcount": "人数",
    "dates": "日期",
    "procedures": "已在办程序",
}


class Error(BaseModel):
    """A text whose field was not read exactly."""

    id: str
    field: str
    wanted: Any
    found: Any
    text: str


def evaluate_extraction(
    rows: Sequence[Labelled],
) -> tuple[dict[str, dict[str, dict[str, dict[str, float | int]]]], list[Error]]:
    """Figures by half, field and slice (all, stated, absent), and the development errors.

    `stated` holds the texts that hold the field; without that slice a reader that finds nothing
    would look good.
    """
    figures: dict[str, dict[str, dict[str, dict[str, float | int]]]] = {}
    errors = []
    for half in ("dev", "test"):
        chosen = [(r, normalise(r.text).text) for r in rows if r.half == half]
        figures[half] = {}
        for field, (wanted, found) in FIELDS.items():
            want = [wanted(r) for r, _ in chosen]
            got = [found(text, r.said_on) for r, text in chosen]
            hits = [w == g for w, g in zip(want, got, strict=True)]
            stated = [w is not None and w != [] for w in want]
            figures[half][field] = {
                "all": proportion(hits),
                "stated": proportion([h for h, s in zip(hits, stated, strict=True) if s]),
                "absent": proportion([h for h, s in zip(hits, stated, strict=True) if not s]),
            }
            if half == "dev":
                errors += [
                    Error(id=r.id, field=field, wanted=w, found=g, text=r.text)
                    for (r, _), w, g in zip(chosen, want, got, strict=True)
                    if w != g
                ]
    return figures, errors


def write_report(
    figures: dict[str, dict[str, dict[str, dict[str, float | int]]]], root: Path
) -> Path:
    """Write `docs/reports/extraction.md` and return its path."""
    lines = [
        "# 抽取成绩",
        "",
        "由 `triage data extraction` 生成。文本是撰写的合成文本（`data/extraction/`），逐字段完全一致才算对；",
        "方括号内为 95% Wilson 区间。偶数号为开发集，奇数号为测试集；规则只照开发集的错处改。",
        "“写明”只算标注里有该项的文本，“未写”只算没有的：全空的抽取器在前一列得零分。",
    ]
    for half, title in (("test", "测试集"), ("dev", "开发集")):
        lines += ["", f"## {title}", "", "| 字段 | 全部 | 写明 | 未写 |", "|---|---|---|---|"]
        for field, name in FIELD_NAMES.items():
            part = figures[half][field]
            cells = " | ".join(show(part[k]) for k in ("all", "stated", "absent"))
            lines.append(f"| {name} `{field}` | {cells} |")
    target = root / REPORT
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target
