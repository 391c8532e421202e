"""Who is in the story, by the words people use for roles (`data/parties/roles.yaml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from triage import settings
from triage.knowledge.loader import Record, load_yaml


class Role(Record):
    name: str
    words: list[str]


class Roles(Record):
    version: str
    roles: dict[str, Role]


@dataclass(frozen=True)
class Party:
    start: int
    end: int
    text: str
    role: str


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    root = settings.data_dir()
    roles = load_yaml(root / "parties" / "roles.yaml", Roles, root).roles
    plain = {w: code for code, role in roles.items() for w in role.words}
    # Longest first, so that 镇政府 is not read as 政府 and 前男友 not as 男友.
    ordered = sorted(plain, key=len, reverse=True)
    return re.compile("|".join(f"(?:{w})" for w in ordered)), plain


def find_parties(text: str) -> list[Party]:
    """First mention of each role in a normalised text, in text order."""
    pattern, words = _pattern()
    first: dict[str, Party] = {}
    for match in pattern.finditer(text):
        said = match.group()
        role = words.get(said) or next(r for w, r in words.items() if re.fullmatch(w, said))
        if role not in first and not (role == "minor" and _grown(said)):
            first[role] = Party(match.start(), match.end(), said, role)
    return sorted(first.values(), key=lambda p: p.start)


def _grown(said: str) -> bool:
    """“18岁” and more is no minor; under 3 digits only."""
    number = re.match(r"(\d{1,2})岁", said)
    return bool(number and int(number[1]) >= 18)
