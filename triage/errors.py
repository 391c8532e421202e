"""The few faults the library names. Edges (CLI, HTTP) turn them into exit codes or problem+json.

Every message is Chinese, says which field or file is meant and what to do about it.
"""

from __future__ import annotations


class TriageError(Exception):
    """Base of all faults this library raises on purpose; `str(error)` is fit to show a clerk."""


class InputError(TriageError):
    """One input item cannot be answered.

    Args:
        code: stable English identifier, e.g. `empty_text`, `text_too_long`, `not_utf8`.
        message: Chinese sentence for the user.
        field: name of the offending field, if there is one.
    """

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class KnowledgeError(TriageError):
    """A file under `data/` is wrong. Names file, line and field.

    Args:
        file: path as the editor knows it, relative to the data folder.
        message: Chinese sentence saying what was found and what was expected.
        line: 1-based line in that file, if it could be determined.
        field: dotted path of the field, e.g. `sub_types[3].lead`.
    """

    def __init__(
        self, file: str, message: str, line: int | None = None, field: str | None = None
    ) -> None:
        where = file + (f" 第 {line} 行" if line else "") + (f" 字段 {field}" if field else "")
        super().__init__(f"{where}：{message}")
        self.file = file
        self.line = line
        self.field = field
        self.message = message


class BundleError(TriageError):
    """A model bundle is missing, incomplete, altered, or made for another encoder or taxonomy."""


class EncoderError(TriageError):
    """The sentence encoder is missing or corrupt; the caller answers in degraded mode."""
