"""Type, sub-type, secondary disputes and abstention from calibrated heads.

Heads learn the 42 fine labels; types are sums of fine probabilities, which measured better than
learning four types directly (encoder.md: 0.784 against 0.710).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.knowledge.taxonomy import Questions, Taxonomy
from triage.result import TYPE_LABELS, SubTypeAnswer, TypeAnswer, TypeLabel

#: A very short text is never answered with more than this (domain.md section 8, ruling 13).
SHORT_CONFIDENCE = 0.6
SHORT_LENGTH = 6

_HAN = re.compile(r"[一-鿿]")


@dataclass(frozen=True)
class Thresholds:
    """`unsure`: by predicted type, the top sub-type probability below which the service asks;
    `unsure_head`: probability of the learned abstention head; `secondary`: of a second dispute.
    All three come from the calibration split (`models/calibrate.py`).
    """

    unsure: dict[str, float]
    unsure_head: float
    secondary: float


@dataclass(frozen=True)
class Opinion:
    """What the heads believe of one text. `sub_type`: (42,) probabilities of the main dispute;
    `holds`: (42,) of holding each dispute at all; `unsure`: that a clerk would have to ask.
    """

    sub_type: NDArray[np.float32]
    holds: NDArray[np.float32] | None
    unsure: float | None


@dataclass(frozen=True)
class Classification:
    type: TypeAnswer
    ranked: list[tuple[str, float]]
    sub_types: list[SubTypeAnswer]
    secondary: list[str]
    unsure: bool
    question: str | None


class Classifier:
    """Built once from a bundle; turns an `Opinion` into an answer by the bundle's thresholds."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        questions: Questions,
        labels: Sequence[str],
        thresholds: Thresholds,
    ) -> None:
        self.taxonomy = taxonomy
        self.questions = questions
        self.labels = tuple(labels)
        self.thresholds = thresholds
        self._types = [taxonomy.type_of(c) for c in self.labels]

    def classify(self, text: str, opinion: Opinion) -> Classification:
        """Answer for one narrative (normalised text); never fails on odd text."""
        p: NDArray[np.float32] = opinion.sub_type
        han = len(_HAN.findall(text))
        if han < SHORT_LENGTH:
            p = _soften(p, SHORT_CONFIDENCE)
        order = np.argsort(-p, kind="stable")
        ranked = [(self.labels[i], float(p[i])) for i in order]
        by_type: dict[TypeLabel, float] = dict.fromkeys(TYPE_LABELS, 0.0)
        for label, value in zip(self._types, p, strict=True):
            by_type[label] += float(value)
        best = max(by_type, key=lambda t: by_type[t])
        confidence = by_type[best]
        if han < SHORT_LENGTH:
            confidence = min(confidence, SHORT_CONFIDENCE)
        ranked = self._within_type_first(ranked, best)
        secondary = self._secondary(opinion, ranked)
        unsure = self._unsure(opinion, ranked, best, han)
        question = self._question(text, ranked, han) if unsure else None
        return Classification(
            type=TypeAnswer(
                label=best,
                confidence=round(min(confidence, 1.0), 4),
                probabilities={k: round(min(v, 1.0), 4) for k, v in by_type.items()},
            ),
            ranked=ranked,
            sub_types=[
                SubTypeAnswer(
                    code=c, name=self.taxonomy.sub_type(c).name, probability=round(min(v, 1.0), 4)
                )
                for c, v in ranked[:5]
            ],
            secondary=secondary,
            unsure=unsure,
            question=question,
        )

    def _within_type_first(
        self, ranked: list[tuple[str, float]], best: TypeLabel
    ) -> list[tuple[str, float]]:
        """The first sub-type belongs to the answered type, so that one answer is never two."""
        if self.taxonomy.type_of(ranked[0][0]) == best:
            return ranked
        first = next(i for i, (c, _) in enumerate(ranked) if self.taxonomy.type_of(c) == best)
        return [ranked[first], *ranked[:first], *ranked[first + 1 :]]

    def _secondary(self, opinion: Opinion, ranked: list[tuple[str, float]]) -> list[str]:
        if opinion.holds is None:
            return []
        p = opinion.holds
        primary = ranked[0][0]
        found = [
            (float(v), c)
            for c, v in zip(self.labels, p, strict=True)
            if v >= self.thresholds.secondary and c not in (primary, "OTH-MISC")
        ]
        return [c for _, c in sorted(found, reverse=True)[:2]]

    def _unsure(
        self, opinion: Opinion, ranked: list[tuple[str, float]], best: TypeLabel, han: int
    ) -> bool:
        if han < 2:
            return True
        if ranked[0][1] < self.thresholds.unsure.get(best, 0.0):
            return True
        return opinion.unsure is not None and opinion.unsure >= self.thresholds.unsure_head

    def _question(self, text: str, ranked: list[tuple[str, float]], han: int) -> str:
        if not text.strip():
            return self.questions.empty
        if han == 0 and re.search(r"[A-Za-z]{3}", text):
            return self.questions.language
        first, second = ranked[0], ranked[1]
        if first[0] == "OTH-MISC" or first[1] < 0.2:
            return self.questions.default
        return self.questions.between(first[0], second[0], self.taxonomy)


def _soften(p: np.ndarray, cap: float) -> np.ndarray:
    """Mix with the uniform distribution until no probability exceeds `cap`."""
    top = float(p.max())
    if top <= cap:
        return p
    uniform = 1.0 / p.shape[0]
    share = (top - cap) / (top - uniform)
    return np.asarray(p * (1 - share) + uniform * share)
