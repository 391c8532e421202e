"""How often an answer changes when only the telling changes: `triage evaluate --robustness`.

Each rewrite of `data/robustness/rewrites.yaml` is applied to held-out narratives; type, first
sub-type, lead and risk level are compared with the answer to the untouched text. Swaps of persons
(name, sex, household registration, region, ethnic group, record, schooling) must change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import opencc

from models.corpus.records import Record
from models.evaluate import answer_all
from models.metrics import proportion
from models.perturb import Perturber
from triage.knowledge.loader import Record as YamlRecord
from triage.knowledge.loader import load_yaml
from triage.pipeline import Triager

SEED = 20261125
Rewrite = Callable[[str], str]
_AMOUNT = re.compile(r"(?<![\d.])(\d{2,7})(?=(?:\.\d+)?(?:块|元|万|千))")


class Rewrites(YamlRecord):
    """`data/robustness/rewrites.yaml`; fields are explained in its README."""

    version: str
    preambles: list[str]
    codas: list[str]
    polite: list[str]
    emotional: list[str]
    dialects: dict[str, dict[str, str]]
    swaps: dict[str, list[tuple[str, str]]]
    prefixes: dict[str, list[str]]


#: Kinds that touch the person only: at most 1% of types may change; the others 2%.
PERSON = frozenset(
    {"gender", "surname", "region", "hukou", "ethnic", "record", "education", "amounts"}
)


def load_rewrites(data: Path) -> Rewrites:
    return load_yaml(data / "robustness" / "rewrites.yaml", Rewrites, data)


def rewrites(table: Rewrites, perturber: Perturber) -> dict[str, Rewrite]:
    """Rewrites by name; the same text is always rewritten the same way."""
    to_traditional = opencc.OpenCC("s2t").convert

    def rng(text: str) -> np.random.Generator:
        return np.random.default_rng([SEED, len(text), ord(text[0])])

    out: dict[str, Rewrite] = {
        "traditional": to_traditional,
        "no_punctuation": perturber.drop_punctuation,
        "homophones": lambda t: perturber.mistype(t, rng(t)),
        "preamble": lambda t: _picked(table.preambles, t) + t,
        "coda": lambda t: t + _picked(table.codas, t),
        "polite": lambda t: _picked(table.polite, t).replace("{}", t),
        "emotional": lambda t: _picked(table.emotional, t).replace("{}", t),
        "amounts": lambda t: _AMOUNT.sub(lambda m: str(int(m.group()) * 3 + 1), t),
    }
    for name, words in table.dialects.items():
        out[f"dialect_{name}"] = _replacer(words)
    for name, pairs in table.swaps.items():
        out[name] = _replacer(dict(pairs) | {b: a for a, b in pairs})
    for name, prefixes in table.prefixes.items():
        out[name] = _prefixer(prefixes)
    return out


def _picked(options: Sequence[str], text: str) -> str:
    return options[len(text) % len(options)]


def _prefixer(options: Sequence[str]) -> Rewrite:
    return lambda text: _picked(options, text) + text


def _replacer(words: dict[str, str]) -> Rewrite:
    pattern = re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
    return lambda text: pattern.sub(lambda m: words[m.group()], text)


def robustness_report(triager: Triager, records: Sequence[Record], data: Path) -> dict[str, Any]:
    """Share of changed answers by rewrite, over the records the rewrite touches.

    Args:
        records: held-out narratives; unsure ones are left out, nobody can tell their type.
    """
    told = [r for r in records if not r.unsure]
    table = rewrites(load_rewrites(data), Perturber([r.text for r in told]))
    before = answer_all(triager, told)
    out: dict[str, Any] = {}
    for name, rewrite in table.items():
        touched = [(r, b) for r, b in zip(told, before, strict=True) if rewrite(r.text) != r.text]
        if not touched:
            continue
        after = answer_all(
            triager,
            [r.model_copy(update={"text": rewrite(r.text), "evidence": ()}) for r, _ in touched],
        )
        pairs = [(b, a) for (_, b), a in zip(touched, after, strict=True)]
        out[name] = {
            "type": proportion([b.type.label != a.type.label for b, a in pairs]),
            "sub_type": proportion([b.sub_types[0].code != a.sub_types[0].code for b, a in pairs]),
            "lead": proportion([b.committees[0].code != a.committees[0].code for b, a in pairs]),
            "risk_level": proportion([b.risk.level != a.risk.level for b, a in pairs]),
            "must_not_change": name in PERSON,
        }
    return out


def faithfulness(triager: Triager, records: Sequence[Record]) -> dict[str, float | int]:
    """Mean fall of the first sub-type's probability when its top three spans are deleted, and when
    as many characters are deleted elsewhere at random: the first must be the larger by far.
    """
    generator = np.random.default_rng(SEED)
    told = [r for r in records if not r.unsure and len(r.text) >= 30]
    before = answer_all(triager, told)
    cut_texts, random_texts, kept = [], [], []
    for r, b in zip(told, before, strict=True):
        spans = sorted((s.start, s.end) for s in b.explanation[:3])
        removed = {i for s, e in spans for i in range(s, e)}
        if not removed:
            continue
        others = [i for i in range(len(r.text)) if i not in removed]
        # A run of neighbours, as the spans are: single characters would hurt reading differently.
        start = int(generator.integers(0, max(1, len(others) - len(removed))))
        dropped = set(others[start : start + len(removed)])
        kept.append(b)
        cut_texts.append("".join(c for i, c in enumerate(r.text) if i not in removed) or "无")
        random_texts.append("".join(c for i, c in enumerate(r.text) if i not in dropped) or "无")

    def falls(texts: Sequence[str]) -> list[float]:
        answers = triager.triage_batch([("", t) for t in texts])
        out = []
        for b, a in zip(kept, answers, strict=True):
            code, p = b.sub_types[0].code, b.sub_types[0].probability
            now = {s.code: s.probability for s in getattr(a, "sub_types", [])}
            out.append(p - now.get(code, 0.0))
        return out

    return {
        "n": len(kept),
        "fall_without_spans": round(float(np.mean(falls(cut_texts))), 4),
        "fall_without_random": round(float(np.mean(falls(random_texts))), 4),
    }
