"""Similar closed cases: dense vectors of chunks and TF-IDF of jieba words, summed.

Reference on court triplets (encoder.md): words 0.636, dense chunks 0.682, together 0.694. An exact
scan is enough below about 50,000 cases; the index is two matrices, kept in memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize as l2_rows

from triage.counts import TextCounter
from triage.encoder import Encoder
from triage.features import spaced_words
from triage.masking import mask
from triage.result import SimilarCase
from triage.text import normalise

#: Weights of the sum; measured by `triage data retrieval` (docs/reports/retrieval.md).
DENSE_WEIGHT = 1.0
WORD_WEIGHT = 1.0
TYPE_BONUS = 0.8
#: Two listed cases this alike are one case twice.
SAME_CASE = 0.97
#: Below this likeness (words and vectors, without the bonus) “no close case” is the answer.
FLOOR = 0.12


@dataclass(frozen=True)
class ClosedCase:
    case_id: str
    title: str
    facts: str
    sub_type: str
    secondary: tuple[str, ...]
    body: str
    outcome: str
    days: int
    agreement: str
    issues: tuple[str, ...]

    @property
    def searchable(self) -> str:
        return f"{self.title}。{self.facts}"


def load_cases(path: Path) -> list[ClosedCase]:
    """Closed cases from a JSON-lines file or a folder of them (`data/corpus/cases`)."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    cases = []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.strip():
                continue
            raw = json.loads(line)
            cases.append(
                ClosedCase(
                    case_id=raw["id"],
                    title=raw["title"],
                    facts=raw["facts"],
                    sub_type=raw["sub_type"],
                    secondary=tuple(raw.get("secondary", [])),
                    body=raw["body"],
                    outcome=raw["outcome"],
                    days=int(raw["days"]),
                    agreement=raw["agreement"],
                    issues=tuple(raw.get("issues", [])),
                )
            )
    return cases


class WordScorer:
    """Cosine of TF-IDF vectors over jieba words, fitted on the closed cases themselves."""

    def __init__(self, texts: Sequence[str]) -> None:
        vectoriser = TfidfVectorizer(
            token_pattern=r"\S+", sublinear_tf=True, min_df=1, dtype=np.float32
        )
        self.rows: sparse.csr_matrix = vectoriser.fit_transform([spaced_words(t) for t in texts])
        self._counter = TextCounter(vectoriser)
        by_word = self.rows.T.tocsr()
        self._starts, self._cases, self._values = by_word.indptr, by_word.indices, by_word.data

    def scores(self, query: str) -> NDArray[np.float32]:
        """(n,) cosine of `query` (normalised text) with each case."""
        out = np.zeros(self.rows.shape[0], dtype=np.float32)
        # Only the postings of the query's own words are touched; a case stands once in each.
        for column, weight in zip(*self._counter.row(spaced_words(query)), strict=True):
            part = slice(self._starts[column], self._starts[column + 1])
            out[self._cases[part]] += weight * self._values[part]
        return out


class CaseIndex:
    """Closed cases ready to be searched.

    Args:
        cases: the closed cases; those excluded from display (family violence) are dropped here.
        encoder: None searches by words alone.
        vectors: (n, dim) unit rows, centred by `mean`, aligned with `cases`.
    """

    #: Never shown to other parties' clerks (domain.md section 3, similar cases).
    EXCLUDED = frozenset({"FAM-DV"})

    def __init__(
        self,
        cases: Sequence[ClosedCase],
        vectors: NDArray[np.float32] | None,
        mean: NDArray[np.float32] | None,
    ) -> None:
        self.cases = list(cases)
        self.vectors = vectors
        self.mean = mean
        self._words = WordScorer([normalise(c.searchable).text for c in self.cases] or ["空"])
        self._codes, self._code_of = np.unique(
            [c.sub_type for c in self.cases], return_inverse=True
        )

    @classmethod
    def build(
        cls,
        cases: Sequence[ClosedCase],
        encoder: Encoder | None,
        mean: NDArray[np.float32] | None,
        cache: Path | None = None,
    ) -> CaseIndex:
        """Encode the cases, or read the vectors from `cache` when texts and encoder are the same."""
        shown = [c for c in cases if c.sub_type not in cls.EXCLUDED]
        if encoder is None or mean is None or not shown:
            return cls(shown, None, None)
        key = hashlib.sha256(encoder.fingerprint.encode())
        for case in shown:
            key.update(case.searchable.encode())
        file = cache / f"cases-{key.hexdigest()[:24]}.safetensors" if cache is not None else None
        if file is not None and file.is_file():
            raw = load_file(file)["vectors"].astype(np.float32)
        else:
            raw = encoder.embed([normalise(c.searchable).text for c in shown])
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                part = file.with_suffix(".part")
                save_file({"vectors": raw.astype(np.float16)}, part)
                part.replace(file)
        return cls(shown, centred(raw, mean), mean)

    def __len__(self) -> int:
        return len(self.cases)

    def _weighed(
        self, text: str, dense: NDArray[np.float32] | None, sub_types: dict[str, float]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n,) likeness of a normalised narrative to each case, and (n,) bonus of the type.

        Args:
            dense: the narrative's raw whole-text vector.
            sub_types: probability by code; a case of a likely sub-type gains a little.
        """
        words, meaning, kind = self.parts(text, dense, sub_types)
        alike = WORD_WEIGHT * words + DENSE_WEIGHT * meaning
        return np.asarray(alike, np.float32), np.asarray(TYPE_BONUS * kind, np.float32)

    def parts(
        self, text: str, dense: NDArray[np.float32] | None, sub_types: dict[str, float]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """(n,) word, vector and type scores of each case, before they are weighed."""
        words = self._words.scores(text)[: len(self.cases)]
        meaning = np.zeros(len(self.cases), dtype=np.float32)
        if dense is not None and self.vectors is not None and self.mean is not None:
            meaning = self.vectors @ centred(dense[None, :], self.mean)[0]
        by_code = np.asarray([sub_types.get(str(c), 0.0) for c in self._codes], dtype=np.float32)
        kind = by_code[self._code_of] if len(self.cases) else np.zeros(0, np.float32)
        return words, np.asarray(meaning, dtype=np.float32), kind

    def search(
        self,
        text: str,
        dense: NDArray[np.float32] | None,
        sub_types: dict[str, float],
        body_names: dict[str, str],
        limit: int = 3,
    ) -> list[SimilarCase]:
        """The `limit` most similar cases, best first, near-identical ones once, texts masked."""
        if not self.cases:
            return []
        alike, bonus = self._weighed(text, dense, sub_types)
        scores = alike + bonus
        first = np.argpartition(-scores, min(limit * 8, len(scores)) - 1)[: limit * 8]
        order = first[np.lexsort((first, -scores[first]))]
        picked: list[int] = []
        for i in order:
            if len(picked) == limit:
                break
            # The right type alone makes no similar case.
            if alike[i] >= FLOOR and not any(self._same(int(i), j) for j in picked):
                picked.append(int(i))
        query_words = set(spaced_words(text).split())
        return [self._answer(i, float(scores[i]), query_words, body_names) for i in picked]

    def _same(self, i: int, j: int) -> bool:
        if self.vectors is not None:
            return bool(self.vectors[i] @ self.vectors[j] > SAME_CASE)
        a, b = self._words.rows[i], self._words.rows[j]
        return float((a @ b.T).toarray()[0, 0]) > SAME_CASE

    def _answer(
        self, i: int, score: float, query_words: set[str], body_names: dict[str, str]
    ) -> SimilarCase:
        case = self.cases[i]
        shared = [w for w in case.issues if set(spaced_words(w).split()) & query_words]
        if not shared:
            common = query_words & set(spaced_words(case.facts).split())
            shared = sorted((w for w in common if len(w) > 1), key=lambda w: (-len(w), w))[:3]
        scale = DENSE_WEIGHT + WORD_WEIGHT + TYPE_BONUS
        return SimilarCase(
            case_id=case.case_id,
            score=round(max(0.0, min(score / scale, 1.0)), 4),
            title=mask(case.title),
            outcome=case.outcome,
            committee=body_names.get(case.body, case.body),
            sub_type=case.sub_type,
            days=case.days,
            agreement=mask(case.agreement),
            why="同为：" + "、".join(shared[:3]) if shared else "案情相近",
        )


def centred(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit rows after subtracting `mean`: e5 cosines crowd around 0.87 otherwise."""
    return np.asarray(l2_rows(vectors - mean), dtype=np.float32)


def rank_candidates(
    query: str,
    candidates: Sequence[str],
    encoder: Encoder | None,
    mean: NDArray[np.float32] | None,
) -> list[float]:
    """Similarity of one text to each of a few others (`triage similar`); higher is more similar.

    Words are weighed within the small pool itself, dense vectors centred by `mean`.
    """
    if not candidates:
        return []
    texts = [normalise(t).text for t in (query, *candidates)]
    scorer = WordScorer(texts)
    total = WORD_WEIGHT * scorer.scores(texts[0])[1:]
    if encoder is not None:
        vectors = encoder.embed(texts)
        middle = mean if mean is not None else np.zeros(vectors.shape[1], dtype=np.float32)
        rows = centred(vectors, middle)
        total = total + DENSE_WEIGHT * (rows[1:] @ rows[0])
    return [round(float(v), 6) for v in total]
