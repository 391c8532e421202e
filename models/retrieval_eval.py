"""Similar closed cases on graded queries: nDCG@5 and recall@5, by weights (`triage data retrieval`).

120 queries, each with a pool of 20 closed cases graded 0–3 by a reader (`data/corpus/cases/
queries.jsonl`; queries are authored narratives, graded blind to any score). Even query numbers are
development – weights are chosen there – odd ones test.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from models.corpus.records import by_id, load_corpus
from triage.pipeline import Triager

FILE = Path("corpus") / "cases" / "queries.jsonl"
DEPTH = 5
#: Of vectors, words and type.
Weights = tuple[float, float, float]


@dataclass(frozen=True)
class Query:
    """`grades`: 0–3 of each case of the pool, in the pool's order."""

    id: str
    text: str
    pool: tuple[str, ...]
    grades: tuple[int, ...]

    @property
    def half(self) -> str:
        return "test" if int(self.id[2:]) % 2 else "dev"


@dataclass(frozen=True)
class Parts:
    """What each part of the score says of a pool: (20,) words, dense, type."""

    query: Query
    words: np.ndarray
    dense: np.ndarray
    kind: np.ndarray

    def scores(self, dense: float, words: float, kind: float) -> np.ndarray:
        return np.asarray(dense * self.dense + words * self.words + kind * self.kind)


def load_queries(data: Path) -> list[Query]:
    narratives, _ = load_corpus(data)
    texts = by_id(narratives)
    out = []
    for line in (data / FILE).read_text(encoding="utf-8").splitlines():
        if line.strip():
            raw = json.loads(line)
            pool = tuple(raw["pool"])
            grades = tuple(int(raw["grades"].get(c, 0)) for c in pool)
            out.append(Query(raw["id"], texts[raw["record"]].text, pool, grades))
    return out


def parts_of(triager: Triager, queries: Sequence[Query]) -> list[Parts]:
    """The parts of the score for each query's pool, from the shipped index."""
    place = {c.case_id: i for i, c in enumerate(triager.index.cases)}
    out = []
    for q in queries:
        rows = [place[c] for c in q.pool]
        read = triager.read(q.text)
        likely = dict(triager.classified(read).ranked)
        words, dense, kind = triager.index.parts(read.prepared.text, read.features.whole, likely)
        out.append(Parts(q, words[rows], dense[rows], kind[rows]))
    return out


def ndcg(grades: Sequence[int], order: Sequence[int], depth: int = DEPTH) -> float | None:
    """nDCG with gains 2^grade - 1; None when nothing in the pool is relevant."""
    gains = np.asarray([2.0 ** grades[i] - 1 for i in order[:depth]])
    best = np.sort(2.0 ** np.asarray(grades, dtype=float) - 1)[::-1][:depth]
    discount = 1 / np.log2(np.arange(2, depth + 2))
    ideal = float((best * discount[: len(best)]).sum())
    return float((gains * discount[: len(gains)]).sum()) / ideal if ideal else None


def recall(grades: Sequence[int], order: Sequence[int], depth: int = DEPTH) -> float | None:
    """Share of the cases graded ≥ 2 (at most `depth`) among the first `depth`."""
    good = {i for i, g in enumerate(grades) if g >= 2}
    if not good:
        return None
    return len(good & set(order[:depth])) / min(len(good), depth)


def figures(parts: Sequence[Parts], weights: Weights) -> dict[str, float | int]:
    """Mean nDCG@5 and recall@5 with their n."""
    scored = [(p.query.grades, list(np.argsort(-p.scores(*weights)))) for p in parts]
    n = [v for g, o in scored if (v := ndcg(g, o)) is not None]
    r = [v for g, o in scored if (v := recall(g, o)) is not None]
    return {
        "ndcg5": round(float(np.mean(n)), 4),
        "ndcg5_n": len(n),
        "recall5": round(float(np.mean(r)), 4),
        "recall5_n": len(r),
    }


def choose(parts: Sequence[Parts]) -> tuple[Weights, dict[Weights, dict[str, float | int]]]:
    """The weights (dense, words, type) with the best development nDCG@5, and all figures."""
    dev = [p for p in parts if p.query.half == "dev"]
    grid = list(product((1.0,), (0.25, 0.5, 1.0, 2.0), (0.0, 0.1, 0.2, 0.4, 0.8)))
    grid += [(0.0, 1.0, 0.0), (0.0, 1.0, 0.4), (1.0, 0.0, 0.0)]
    table = {w: figures(dev, w) for w in grid}
    best = max(grid, key=lambda w: table[w]["ndcg5"])
    return best, table
