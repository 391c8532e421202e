"""Who threatens whom, by what means and when – as far as the words say it.

For the reasons and for whoever takes the call; the level does not depend on it. Read from the clause
of the signal and its neighbours in the same sentence. What is not said stays empty: nothing is
guessed beyond who speaks.
"""

from __future__ import annotations

import re
from dataclasses import replace

from triage.knowledge.facets import FacetWords
from triage.risk.scope import ScopeReader
from triage.risk.signals import Signal

_FIRST = r"我|俺|阮|老子|咱|额|偶|𠊎|涯|劳资"
_THIRD = (
    r"他|她|伊|佢|渠|对方|老板|房东|老公|丈夫|男人|老婆|婆婆|公公|前夫|前妻|邻居|女儿|儿子|孩子|娃|妈|爸|娘|爹|"
    r"哥|弟|姐|妹|嫂|催收|债主|[一-龥]某"
)
_SUBJECT = re.compile(f"(?P<first>{_FIRST})|(?P<third>{_THIRD})")
_OWN_HAND = re.compile(
    rf"(?:{_FIRST})(?!妈|爸|娘|爹|哥|弟|姐|妹|家|男人|老公|老婆|女儿|儿子)[^，。！？]{{0,6}}"
    r"(?:打|掐|踢|踹|扇|抽|锁|关|把|将)(?:了|过|着)?(?:她|他|伊|佢|老婆|孩子|娃|爹|娘|妈)"
)
_AGAINST_TELLER = "对方针对来人一方"


def described(signal: Signal, text: str, scope: ScopeReader, words: FacetWords) -> Signal:
    """`signal` with who, means and time filled in, for the codes the data names."""
    if signal.code not in words.codes or signal.level == "blue":
        return signal
    sentence = scope.sentence_at(signal.start)
    # One clause to either side, inside the sentence: 汽油买好了，今晚就去他家.
    before = scope.clause_at(max(sentence.start, scope.clause_at(signal.start).start - 1))
    after = scope.clause_at(min(sentence.end - 1, scope.clause_at(max(signal.end - 1, 0)).end))
    start, end = max(sentence.start, before.start), min(sentence.end, after.end)
    start, end = min(start, signal.start), max(end, signal.end)
    near = text[start:end]
    means, time = words.means_pattern.search(near), words.time_pattern.search(near)
    return replace(
        signal,
        who=_who(signal, text, scope),
        means=means.group() if means else "",
        time=time.group() if time else "",
    )


def _who(signal: Signal, text: str, scope: ScopeReader) -> str:
    if signal.form == "quoted_accusation":
        return "别人指称来人"
    clause = scope.clause_at(signal.start)
    # The last person named before the phrase is its subject; in 弄死他 itself it is the aim.
    named = list(_SUBJECT.finditer(text[clause.start : signal.start]))
    if signal.code == "R-SELF":
        named = named or list(_SUBJECT.finditer(text[signal.start : signal.end]))[:1]
    other = bool(named) and named[-1].group("third") is not None
    if signal.code == "R-SELF":
        return "他人本人" if other or signal.form == "quoted" else "来人本人"
    if signal.form == "quoted":
        return _AGAINST_TELLER
    if signal.code in ("R-DV", "R-COERCE"):
        own = _OWN_HAND.search(text[clause.start : clause.end])
        return "来人针对对方" if own else _AGAINST_TELLER
    return "他人针对他人" if other else "来人针对对方"
