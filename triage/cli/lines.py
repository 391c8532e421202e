"""Reading and writing JSON lines for `predict` and `similar`; a bad line never stops the run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from triage.cli.messages import say
from triage.errors import InputError
from triage.pipeline import BATCH, Triager
from triage.result import TriageFailure


def open_triager(console: Console, bundle: Path | None, encoder: Path | None) -> Triager:
    """Open the pipeline with a progress line and a note when degraded."""
    with console.status(say("loading")):
        triager = Triager.open(bundle=bundle, encoder=encoder)
    if triager.degraded_reason:
        console.print(say("degraded", reason=triager.degraded_reason), style="yellow")
    return triager


def _raw_lines(path: Path) -> list[bytes]:
    if not path.is_file():
        raise InputError("not_found", say("not_found", path=path))
    lines = path.read_bytes().split(b"\n")
    return lines[:-1] if lines and not lines[-1].strip() else lines


def parse_line(raw: bytes, number: int, fields: dict[str, type]) -> dict[str, Any] | TriageFailure:
    """One JSON object, or the failure that takes its place.

    Args:
        number: 1-based line number, used as id when the line has none.
        fields: required field names and their types.
    """
    try:
        line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        return TriageFailure(
            id=f"line-{number}",
            code="not_utf8",
            error=f"第 {number} 行不是 UTF-8 编码，请把文件另存为 UTF-8",
        )
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return TriageFailure(
            id=f"line-{number}",
            code="bad_json",
            error=f"第 {number} 行不是完整的 JSON（第 {error.colno} 个字符附近），请检查引号和逗号",
        )
    if not isinstance(value, dict):
        return TriageFailure(
            id=f"line-{number}", code="bad_json", error=f"第 {number} 行应是一个 JSON 对象"
        )
    id_ = str(value.get("id", f"line-{number}"))
    for name, kind in fields.items():
        if name not in value:
            return TriageFailure(
                id=id_, code="missing_field", field=name, error=f"第 {number} 行缺少字段 {name}"
            )
        if not isinstance(value[name], kind):
            return TriageFailure(
                id=id_,
                code="wrong_type",
                field=name,
                error=f"第 {number} 行的字段 {name} 类型不对，应为{_KIND_NAMES[kind]}",
            )
    return {**value, "id": id_}


_KIND_NAMES: dict[type, str] = {str: "文字", list: "列表"}


def predict_file(triager: Triager, source: Path, output: Path, console: Console) -> tuple[int, int]:
    """Triage every line of `source` into `output`; returns (lines, bad lines)."""
    raw = _raw_lines(source)
    bad = 0
    with _writer(output) as write, _progress(console) as progress:
        task = progress.add_task(say("predicting"), total=len(raw))
        for begin in range(0, len(raw), BATCH):
            group = [
                parse_line(line, begin + i + 1, {"text": str})
                for i, line in enumerate(raw[begin : begin + BATCH])
            ]
            good = [(g["id"], g["text"]) for g in group if isinstance(g, dict)]
            answers = iter(triager.triage_batch(good))
            for item in group:
                answer = item if isinstance(item, TriageFailure) else next(answers)
                bad += isinstance(answer, TriageFailure)
                write(answer.model_dump_json())
            progress.advance(task, len(group))
    return len(raw), bad


def similar_file(triager: Triager, source: Path, output: Path, console: Console) -> int:
    """Score every line's candidates; a bad line gets `error` in its place."""
    raw = _raw_lines(source)
    with _writer(output) as write, _progress(console) as progress:
        task = progress.add_task(say("predicting"), total=len(raw))
        for number, line in enumerate(raw, start=1):
            item = parse_line(line, number, {"query": str, "candidates": list})
            if isinstance(item, TriageFailure):
                write(item.model_dump_json())
            elif not all(isinstance(c, str) for c in item["candidates"]):
                failure = TriageFailure(
                    id=item["id"],
                    code="wrong_type",
                    field="candidates",
                    error=f"第 {number} 行的 candidates 应全是文字",
                )
                write(failure.model_dump_json())
            else:
                scores = triager.similarity(item["query"], item["candidates"])
                write(json.dumps({"id": item["id"], "scores": scores}, ensure_ascii=False))
            progress.advance(task)
    return len(raw)


class _writer:
    """Write lines to a temporary neighbour and move it into place only when all went well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")

    def __enter__(self) -> Any:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("w", encoding="utf-8", newline="\n")
        return lambda line: self._file.write(line + "\n")

    def __exit__(self, kind: object, *_: object) -> None:
        self._file.close()
        if kind is None:
            os.replace(self._part, self._path)
        else:
            self._part.unlink(missing_ok=True)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
