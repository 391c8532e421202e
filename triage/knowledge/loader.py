"""Read one YAML file into a pydantic model; faults name file, line and field.

YAML is parsed twice: once into plain data, once into nodes, whose marks tell the line of each
field. PyYAML's safe loader only, so a data file can never run code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from triage.errors import KnowledgeError

# The C loader reads the same language about eight times faster; not every wheel carries it.
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Record(BaseModel):
    """Base of all knowledge records: immutable, and an unknown key is an error, not a typo lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


T = TypeVar("T", bound=BaseModel)


def load_yaml(path: Path, model: type[T], root: Path) -> T:
    """Load and check `path`.

    Args:
        path: the YAML file.
        model: what it must be.
        root: data folder; messages name the file relative to it.
    Raises:
        KnowledgeError: missing file, YAML syntax, or a field that does not fit (line and field).
    """
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise KnowledgeError(name, "文件不存在，请从发行包恢复") from error
    except UnicodeDecodeError as error:
        raise KnowledgeError(name, "不是 UTF-8 编码，请另存为 UTF-8") from error
    try:
        node = yaml.compose(text, Loader=_LOADER)
        data = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "格式错误"
        raise KnowledgeError(
            name, f"YAML 语法错误（{problem}）", line=mark.line + 1 if mark else None
        ) from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = _dotted(first["loc"])
        raise KnowledgeError(name, explain(first), line_of(node, first["loc"]), field) from error


def line_of(node: yaml.Node | None, loc: Sequence[int | str]) -> int | None:
    """1-based line of the deepest part of `loc` that exists under `node`."""
    if node is None:
        return None
    line = int(node.start_mark.line) + 1
    for key in loc:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            child = next((v for k, v in node.value if k.value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            child = node.value[key]
        if child is None:
            break
        node = child
        line = int(node.start_mark.line) + 1
    return line


def _dotted(loc: Sequence[int | str]) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc).lstrip(".")


def explain(fault: ErrorDetails) -> str:
    """One pydantic fault in Chinese."""
    kind, message = fault["type"], fault["msg"]
    known = {
        "missing": "缺少这个字段",
        "extra_forbidden": "不认识的字段，请检查拼写",
        "string_type": "应为文字",
        "int_type": "应为整数",
        "int_parsing": "应为整数",
        "list_type": "应为列表",
        "too_short": "至少要有一项",
        "literal_error": "不在可选的值里",
        "bool_parsing": "应为 true 或 false",
        "bool_type": "应为 true 或 false",
    }
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return known.get(kind, message)
