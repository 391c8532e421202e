"""The way of one narrative; the only place that knows the order of the steps.

normalise → extract → encode once → classify → risk → route → similar → one `TriageResult`.
Data flows one way; no step reaches back. `Triager` is built once from the bundle and `data/`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from threadpoolctl import threadpool_limits

from triage import settings
from triage.bundle import Bundle
from triage.classify import Classification, Classifier, Opinion
from triage.encoder import Encoder, OnnxEncoder
from triage.errors import BundleError, EncoderError, InputError, TriageError
from triage.explain import Explainer
from triage.extract import extract
from triage.features import FeatureMaker, Features
from triage.flags import find_flags, unsupported_language
from triage.knowledge import Knowledge
from triage.knowledge.bodies import Bodies
from triage.knowledge.taxonomy import Taxonomy
from triage.linking import Filing
from triage.model import Brain, load_brain
from triage.result import (
    ExplanationSpan,
    Extracted,
    RiskAnswer,
    RiskSignal,
    TriageFailure,
    TriageResult,
    TypeLabel,
    Versions,
)
from triage.risk.assess import Assessment, ModelOpinion, RiskReader
from triage.risk.signals import Facts, Signal, facts_of
from triage.routing import Router, Situation
from triage.similar import CaseIndex, centred, load_cases, rank_candidates
from triage.text import NormalisedText, normalise

#: Longest narrative answered, in code points (issue 2); longer ones are refused with a message.
MAX_CHARACTERS = 20_000
#: Narratives encoded together in a batch; larger groups gain nothing and hold more memory.
BATCH = 64

Progress = Callable[[str], None]
_NO_CASES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Narrative:
    """One text as read once: normalised, encoded, and what is believed about its kind."""

    prepared: NormalisedText
    features: Features
    opinion: Opinion


class Triager:
    """Narrative in, `TriageResult` out. Thread-safe: nothing changes after construction."""

    def __init__(
        self,
        knowledge: Knowledge,
        brain: Brain,
        index: CaseIndex,
        encoder: Encoder | None,
        degraded_reason: str | None,
    ) -> None:
        self.knowledge = knowledge
        self.brain = brain
        self.index = index
        self.encoder = encoder
        self.degraded_reason = degraded_reason
        self._maker = FeatureMaker(brain.chars, brain.word_counts, encoder, brain.reader)
        self._classifier = Classifier(
            knowledge.taxonomy,
            knowledge.questions,
            brain.labels,
            brain.thresholds(encoder is not None),
        )
        self._topic = brain.topic(encoder is not None)
        self._explainer = Explainer(self._maker.names())
        self._risk = RiskReader(knowledge.lexicon, knowledge.policy)
        self._router = Router(knowledge)
        self._body_names = {b.code: b.name for b in knowledge.bodies.bodies}

    @classmethod
    def open(
        cls,
        bundle: Path | None = None,
        encoder: Path | None = None,
        data: Path | None = None,
        threads: int = 2,
        cases: Path | None = None,
        progress: Progress = lambda _: None,
    ) -> Triager:
        """Load everything; fall back to words alone when the encoder is missing or corrupt.

        Args:
            bundle: bundle directory; default from the settings.
            encoder: encoder directory; default from the settings.
            data: knowledge folder; default from the settings.
            threads: threads of the encoder.
            cases: closed cases; default `data/corpus/cases`.
            progress: told each step in Chinese.
        Raises:
            KnowledgeError, BundleError: without knowledge or a bundle there is no answer at all.
        """
        # numpy's BLAS threads spin after each small product and fight the encoder's threads for the
        # cores: one thread halves the time of an answer (108 → 52 ms on two cores).
        threadpool_limits(limits=1, user_api="blas")
        data = data or settings.data_dir()
        progress("读取知识文件")
        knowledge = Knowledge.load(data)
        progress("校验模型包")
        opened = Bundle.open(bundle or settings.bundle_dir())
        brain = load_brain(opened, knowledge.taxonomy)
        progress("载入编码器")
        model, reason = cls._open_encoder(encoder, opened, threads)
        progress("载入办结案例")
        closed = load_cases(cases or data / "corpus" / "cases" / "closed")
        index = CaseIndex.build(closed, model, brain.dense_mean, settings.cache_dir() / "index")
        return cls(knowledge, brain, index, model, reason)

    @staticmethod
    def _open_encoder(
        encoder: Path | None, bundle: Bundle, threads: int
    ) -> tuple[Encoder | None, str | None]:
        directory = encoder or settings.encoder_dir() or default_encoder_dir(bundle)
        try:
            model = OnnxEncoder.open(directory, threads=threads)
        except EncoderError as error:
            return None, str(error)
        if model.fingerprint != bundle.manifest.encoder:
            return None, "编码器与模型包不是一套（指纹不符），请用这个编码器重新训练模型包"
        return model, None

    @property
    def taxonomy(self) -> Taxonomy:
        return self.knowledge.taxonomy

    @property
    def bodies(self) -> Bodies:
        return self.knowledge.bodies

    def status(self) -> dict[str, Any]:
        """What is loaded, for the health page."""
        return {
            "bundle": self.brain.name,
            "encoder": self.encoder.name if self.encoder is not None else "",
            "degraded": self.encoder is None,
            "degraded_reason": self.degraded_reason,
            "closed_cases": len(self.index),
            "taxonomy": self.knowledge.taxonomy.version,
            "risk_policy": self.knowledge.policy.version,
            "law": self.knowledge.laws.version,
        }

    def triage(
        self,
        text: str,
        id: str = "",
        today: dt.date | None = None,
        in_hand: Mapping[str, int] = _NO_CASES,
    ) -> TriageResult:
        """Answer one narrative.

        Args:
            text: as the citizen said it; at most `MAX_CHARACTERS` code points.
            today: the day deadlines count from; default the machine's date.
            in_hand: open cases by leading body, for desks with a `capacity`.
        Raises:
            InputError: text is empty or too long (Chinese message, field `text`).
        """
        return self._answer(self.read(text), id, today, in_hand)

    def triage_with_filing(
        self,
        text: str,
        today: dt.date | None = None,
        opponent: str = "",
        in_hand: Mapping[str, int] = _NO_CASES,
    ) -> tuple[TriageResult, Filing]:
        """The answer and, from the same encoder pass, the filing to compare with earlier ones."""
        read, day = self.read(text), today or dt.date.today()
        return self._answer(read, "", day, in_hand), self._filing("", read, day, opponent)

    def triage_batch(
        self, items: Sequence[tuple[str, str]], today: dt.date | None = None
    ) -> list[TriageResult | TriageFailure]:
        """Answer (id, text) pairs in order; a bad item gets a `TriageFailure` in its place."""
        answers: list[TriageResult | TriageFailure] = []
        for begin in range(0, len(items), BATCH):
            group = items[begin : begin + BATCH]
            prepared: list[NormalisedText | TriageFailure] = []
            for id_, text in group:
                try:
                    prepared.append(self._prepare(text))
                except InputError as error:
                    prepared.append(
                        TriageFailure(
                            id=id_, error=error.message, code=error.code, field=error.field
                        )
                    )
            good = [p for p in prepared if isinstance(p, NormalisedText)]
            made = iter(self._maker.make([p.text for p in good]))
            for (id_, _), p in zip(group, prepared, strict=True):
                if isinstance(p, TriageFailure):
                    answers.append(p)
                else:
                    answers.append(self._answer(self._understood(p, next(made)), id_, today))
        return answers

    def similarity(self, query: str, candidates: Sequence[str]) -> list[float]:
        """Scores of `candidates` against `query`; higher is more similar (`triage similar`)."""
        return rank_candidates(query, candidates, self.encoder, self.brain.dense_mean)

    def assess_risk(self, text: str, today: dt.date | None = None) -> Assessment:
        """The risk step alone, for `triage risk explain`; rules only when there is no encoder."""
        read, day = self.read(text), today or dt.date.today()
        return self._assess(read, extract(read.prepared, day), self.classified(read), day)

    def filing(self, id: str, text: str, day: dt.date | None = None, opponent: str = "") -> Filing:
        """A filing ready for `Linker.links`."""
        return self._filing(id, self.read(text), day, opponent)

    def read(self, text: str) -> Narrative:
        """Everything the later steps share: one normalisation, one encoder pass, one opinion.

        Raises:
            InputError: text is empty or too long (Chinese message, field `text`).
        """
        prepared = self._prepare(text)
        return self._understood(prepared, self._maker.make([prepared.text])[0])

    def classified(self, read: Narrative) -> Classification:
        return self._classifier.classify(read.prepared.text, read.opinion)

    def risk_inputs(
        self, read: Narrative, extracted: Extracted, classified: Classification, day: dt.date
    ) -> tuple[Facts, list[Signal], ModelOpinion | None]:
        """What the risk policy is applied to: facts, signals, and the reader's word."""
        label: TypeLabel = classified.type.label
        labour = label == "labour" or classified.ranked[0][0] == "COM-SERV"
        facts = facts_of(extracted, day, labour)
        signals = self._risk.signals(read.prepared.text, facts)
        return facts, signals, self.brain.risk_opinion(read.features, signals)

    def _understood(self, prepared: NormalisedText, features: Features) -> Narrative:
        return Narrative(prepared, features, self.brain.opinion(features))

    def _filing(self, id_: str, read: Narrative, day: dt.date | None, opponent: str) -> Filing:
        vector = None
        if read.features.whole is not None and self.brain.dense_mean is not None:
            vector = centred(read.features.whole[None, :], self.brain.dense_mean)[0]
        return Filing(id_, read.prepared.text, day, vector, opponent, read.opinion.sub_type)

    def _prepare(self, text: str) -> NormalisedText:
        if len(text) > MAX_CHARACTERS:
            raise InputError(
                "text_too_long",
                f"正文有 {len(text)} 个字，超过上限 {MAX_CHARACTERS} 个字，请删减或分成几件登记",
                "text",
            )
        prepared = normalise(text)
        if not prepared.text.strip():
            raise InputError("empty_text", "正文是空的，请写上来人说的事情", "text")
        return prepared

    def _answer(
        self,
        read: Narrative,
        id_: str,
        today: dt.date | None,
        in_hand: Mapping[str, int] = _NO_CASES,
    ) -> TriageResult:
        day = today or dt.date.today()
        prepared, features = read.prepared, read.features
        extracted = extract(prepared, day)
        roles = {p.role for p in extracted.parties}
        classified = self.classified(read)
        if unsupported_language(prepared.text):
            classified = self._no_guess(classified)
        assessment = self._assess(read, extracted, classified, day)
        flags = find_flags(prepared.text, extracted, "foreign" in roles)
        situation = Situation(
            text=prepared.text,
            sub_types=classified.ranked,
            secondary=classified.secondary,
            risk_level=assessment.level,
            signals=assessment.signals,
            flags=frozenset(flags),
            roles=frozenset(roles),
            pending=frozenset(p.kind for p in extracted.pending),
            headcount=extracted.headcount,
            unsure=classified.unsure,
            preference=self.brain.body_preference(features),
            today=day,
            amount_yuan=extracted.amount_yuan,
            in_hand=in_hand,
        )
        secondary = [*classified.secondary, *self._router.doubtful(situation)][:2]
        situation = replace(situation, secondary=secondary)
        recommended = self._router.recommend(situation)
        flags |= recommended.flags
        return TriageResult(
            id=id_,
            type=classified.type,
            sub_types=classified.sub_types,
            secondary=secondary,
            unsure=classified.unsure,
            question=classified.question,
            explanation=self._explain(prepared, features, classified),
            committees=recommended.committees,
            route=recommended.route,
            risk=self._risk_answer(prepared, assessment),
            similar=self.index.search(
                prepared.text, features.whole, dict(classified.ranked), self._body_names
            ),
            extracted=extracted,
            flags=sorted(flags),
            versions=Versions(
                bundle=self.brain.name,
                taxonomy=self.knowledge.taxonomy.version,
                risk_policy=self.knowledge.policy.version,
                law=self.knowledge.laws.version,
                encoder=self.encoder.name if self.encoder is not None else "",
            ),
            degraded=self.encoder is None,
            degraded_reason=self.degraded_reason,
        )

    def _assess(
        self, read: Narrative, extracted: Extracted, classified: Classification, day: dt.date
    ) -> Assessment:
        facts, signals, opinion = self.risk_inputs(read, extracted, classified, day)
        return self._risk.assess(read.prepared.text, facts, opinion, signals)

    def _risk_answer(self, prepared: NormalisedText, assessment: Assessment) -> RiskAnswer:
        plan = self.knowledge.policy.levels[assessment.level]
        signals = []
        for s in assessment.signals:
            start, end = prepared.to_original(s.start, s.end)
            signals.append(
                RiskSignal(
                    code=s.code,
                    start=start,
                    end=end,
                    text=prepared.original[start:end],
                    form=s.public_form,
                    source=s.source,
                    name=self.knowledge.policy.kinds[s.code].name,
                    rule=s.rule,
                    level=s.level,
                    who=s.who,
                    means=s.means,
                    time=s.time,
                )
            )
        return RiskAnswer(
            level=assessment.level,
            score=round(assessment.score, 4),
            signals=signals,
            response=plan.response,
            level_name=plan.name,
            why=assessment.why,
        )

    def _explain(
        self, prepared: NormalisedText, features: Features, classified: Classification
    ) -> list[ExplanationSpan]:
        code = classified.ranked[0][0]
        spans = []
        for share in self._explainer.spans(features, self._topic, self.brain.labels.index(code)):
            start, end = prepared.to_original(share.start, share.end)
            spans.append(
                ExplanationSpan(
                    start=start,
                    end=end,
                    text=prepared.original[start:end],
                    toward=code,
                    weight=round(share.weight, 4),
                )
            )
        return spans

    def _no_guess(self, classified: Classification) -> Classification:
        """Another language: handed to a person, with the question and no confident label."""
        return Classification(
            type=classified.type.model_copy(
                update={"confidence": min(classified.type.confidence, 0.5)}
            ),
            ranked=classified.ranked,
            sub_types=classified.sub_types,
            secondary=[],
            unsure=True,
            question=self.knowledge.questions.language,
        )


def default_encoder_dir(bundle: Bundle) -> Path:
    """Where set-up puts the encoder this bundle was trained with: named by its fingerprint."""
    name = str(bundle.manifest.parameters.get("encoder_name", "e5-small-zh"))
    return settings.cache_dir() / "encoder" / name


__all__ = ["BATCH", "MAX_CHARACTERS", "BundleError", "TriageError", "Triager"]
