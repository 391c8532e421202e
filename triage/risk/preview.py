"""What a proposed lexicon entry would have done to texts already seen, before anyone approves it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from triage.errors import InputError
from triage.extract import extract
from triage.knowledge import Knowledge
from triage.knowledge.loader import explain
from triage.knowledge.risk import Lexicon, LexiconEntry
from triage.result import RiskLevel
from triage.risk.assess import RiskReader
from triage.risk.levels import rank
from triage.risk.signals import facts_of
from triage.text import normalise

#: What a supervisor may write: words, choices, optional parts, gaps of at most 99 characters. Without
#: unbounded repeats no text can make the pattern run for ever.
_BOUNDED = re.compile(r"(?:[\w，、。！？“”]|\.\{0,\d{1,2}\}|[()|]|\?)+")


@dataclass(frozen=True)
class Hit:
    """One text the entry matches: what it said, in which form, the rule level before and after."""

    key: str
    said: str
    form: str
    before: RiskLevel
    after: RiskLevel


def parse_entry(raw: Mapping[str, Any], knowledge: Knowledge) -> LexiconEntry:
    """Check a proposed entry as the loader would.

    Raises:
        InputError: Chinese message with the field at fault.
    """
    try:
        entry = LexiconEntry.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "patterns"
        raise InputError("bad_entry", f"规则的“{field}”不对：{explain(first)}", field) from error
    if entry.code not in knowledge.policy.kinds:
        raise InputError("bad_entry", f"没有风险信号 {entry.code}", "code")
    if any(e.id == entry.id for e in knowledge.lexicon.entries):
        raise InputError("bad_entry", f"规则编号 {entry.id} 已经有了，请换一个", "id")
    for pattern in (*entry.patterns, *entry.not_):
        if not _BOUNDED.fullmatch(pattern):
            raise InputError(
                "bad_entry",
                "只能写词语，和这几种写法：(甲|乙) 任选、.{0,6} 中间最多几个字、后面加 ? 表示可有可无",
                "patterns",
            )
    if entry.pattern.search(""):
        raise InputError("bad_entry", "这个写法会匹配任何文字，请写得具体些", "patterns")
    return entry


def preview(
    entry: LexiconEntry,
    texts: Iterable[tuple[str, str, bool]],
    knowledge: Knowledge,
    today: dt.date,
) -> list[Hit]:
    """Hits of `entry` in (key, text, is labour) triples, those whose level would rise first.

    Rules only: the learned reader is left out, so the preview costs no encoder pass and shows the
    most the entry could do.
    """
    lexicon = Lexicon(
        version=knowledge.lexicon.version, entries=[*knowledge.lexicon.entries, entry]
    )
    before = RiskReader(knowledge.lexicon, knowledge.policy)
    after = RiskReader(lexicon, knowledge.policy)
    hits = []
    for key, text, labour in texts:
        prepared = normalise(text)
        if not entry.pattern.search(prepared.text):
            continue
        found = extract(prepared, today)
        facts = facts_of(found, today, labour)
        new = after.assess(prepared.text, facts)
        mine = next((s for s in new.signals if s.rule == entry.id), None)
        if mine is None:
            continue
        old = before.assess(prepared.text, facts)
        hits.append(Hit(key, prepared.text[mine.start : mine.end], mine.form, old.level, new.level))
    return sorted(hits, key=lambda h: rank(h.before) - rank(h.after))
