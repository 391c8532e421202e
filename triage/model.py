"""The trained parts of a bundle, opened as objects the pipeline uses.

File names inside a bundle: `chars.skops`, `words.skops` (vectorisers), `heads.safetensors` (linear
heads; names ending in `.plain` read counts alone, for degraded mode), `reader.safetensors`
(attention heads, when the encoder was taught), `thresholds.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from triage.bundle import READER, Bundle
from triage.classify import Opinion, Thresholds
from triage.errors import BundleError
from triage.features import Features
from triage.heads import LinearHead
from triage.knowledge.taxonomy import Taxonomy
from triage.reader import AT_LEAST, FORMS, RISK_CODES, Reader
from triage.result import RiskLevel
from triage.risk.assess import ModelOpinion, ModelSpan
from triage.risk.evidence import signal_row
from triage.risk.signals import Signal
from triage.text import clauses

Float = NDArray[np.float32]
#: Heads over counts alone that add their word to the reader's.
_RISK_WORDS = "risk.plain"
_SECOND_WORDS = "secondary.plain"


@dataclass(frozen=True)
class TopicHead:
    """The sub-type logits: a weighted sum of up to three experts.

    `linears`: (head, weight) – over vectors and counts, and over counts alone; `reader_weight` of the
    attention head. The weights come from the calibration split and already hold the temperature
    (`models/calibrate.py`); a bundle without a reader has `reader_weight` 0.
    """

    linears: tuple[tuple[LinearHead, float], ...]
    reader_weight: float

    def logits(self, features: Features) -> Float:
        total = np.sum([w * h.logits(features) for h, w in self.linears], axis=0)
        if features.reading is not None and self.reader_weight:
            total = total + self.reader_weight * features.reading.logits("sub_type")
        return np.asarray(total, dtype=np.float32)

    def token_shares(self, features: Features, index: int) -> NDArray[np.float64] | None:
        """(n,) what each token adds to logit `index` against the average class; None: no tokens."""
        encoded, reading = features.encoded, features.reading
        if encoded is None:
            return None
        out = np.zeros(len(encoded.tokens))
        if not len(out):
            return out
        if reading is not None and self.reader_weight:
            out += self.reader_weight * reading.shares("sub_type", index)
        for head, weight in self.linears:
            if head.dense_weights is None:
                continue
            row = head.dense_weights[index] - head.dense_weights.mean(axis=0)
            scale = weight / head.temperature
            if reading is not None:
                out += scale * reading.pooled_shares("topic", row)
            else:
                mean = head.dense_mean if head.dense_mean is not None else np.float32(0)
                norm = float(np.linalg.norm(encoded.tokens.mean(axis=0))) or 1.0
                out += scale * ((encoded.tokens / norm - mean) @ row) / len(encoded.tokens)
        return out

    def count_shares(
        self, features: Features, index: int, limit: int
    ) -> Iterator[tuple[int, float]]:
        """(column, share) of the `limit` weightiest counted n-grams, in no order."""
        columns, values = features.counts.indices, features.counts.data
        total = np.zeros(len(columns))
        for head, weight in self.linears:
            if head.count_weights is not None:
                chosen = head.count_weights[:, columns]
                row = chosen[index] - chosen.mean(axis=0)
                total += weight / head.temperature * row * values
        if len(total) > limit:
            first = np.argpartition(-np.abs(total), limit)[:limit]
            columns, total = columns[first], total[first]
        yield from zip(columns.tolist(), total.tolist(), strict=True)


@dataclass(frozen=True)
class Brain:
    """Everything learned. Each head has a plain twin that reads counts alone (degraded mode)."""

    name: str
    labels: tuple[str, ...]
    chars: TfidfVectorizer
    word_counts: TfidfVectorizer
    heads: dict[str, LinearHead]
    reader: Reader | None
    raw_thresholds: dict[str, Any]
    dense_mean: Float | None

    def topic(self, with_encoder: bool) -> TopicHead:
        """The sub-type head for full or degraded mode."""
        head = self._head("sub_type", with_encoder)
        if head is None:
            raise BundleError("模型包里没有细类分类头（sub_type）")
        blend = self._raw(with_encoder)["blend"]
        linears = [(head, float(blend["linear"]))]
        plain = self._head("sub_type", False)
        if with_encoder and plain is not None and "plain" in blend:
            linears.append((plain, float(blend["plain"])))
        return TopicHead(tuple(linears), float(blend.get("reader", 0.0)))

    def opinion(self, features: Features) -> Opinion:
        """All that is believed about the kind of dispute, before any threshold."""
        z = self.topic(features.encoded is not None).logits(features)
        e = np.exp(z - z.max())
        holds = self._holds(features)
        return Opinion(
            np.asarray(e / e.sum(), dtype=np.float32),
            holds,
            self._unsure(features),
        )

    def _holds(self, features: Features) -> Float | None:
        """Probability of each dispute being held besides the main one: what the reader's looks,
        the word counts and the “two disputes” head say, weighed as `second` of the thresholds.
        """
        if features.reading is None:
            head = self._head("secondary", features.encoded is not None)
            return head.sigmoid(features) if head is not None else None
        weights = self._raw(True)["second"]
        z = weights["holds"] * features.reading.logits("holds") + weights["offset"]
        z = z + weights["mixed"] * features.reading.logits("mixed")
        z = z + weights["plain"] * self.heads[_SECOND_WORDS].logits(features)
        return np.asarray(1 / (1 + np.exp(-z)), dtype=np.float32)

    def _unsure(self, features: Features) -> float | None:
        if features.reading is not None:
            return float(features.reading.sigmoid("unsure")[0])
        head = self._head("unsure", features.encoded is not None)
        return float(head.sigmoid(features)[0]) if head is not None else None

    def thresholds(self, with_encoder: bool) -> Thresholds:
        raw = self._raw(with_encoder)
        return Thresholds(
            unsure=dict(raw["unsure"]),
            unsure_head=float(raw["unsure_head"]),
            secondary=float(raw["secondary"]),
        )

    def _raw(self, with_encoder: bool) -> dict[str, Any]:
        raw: dict[str, Any] = self.raw_thresholds["full" if with_encoder else "plain"]
        return raw

    def body_preference(self, features: Features) -> dict[str, float]:
        """Learned probability of each leading body; {} without the reader."""
        if features.reading is None:
            return {}
        codes = self._raw(True)["bodies"]
        p = features.reading.softmax("body")
        return {c: float(v) for c, v in zip(codes, p, strict=False)}

    def risk_opinion(
        self, features: Features, signals: Sequence[Signal] = ()
    ) -> ModelOpinion | None:
        """The learned risk reader's word; None without a reader or encoder: rules alone decide."""
        if features.reading is None:
            return None
        z = features.reading.logits("risk", signal_row(signals))
        p = np.asarray(1 / (1 + np.exp(-self._calibrated(z, features))), dtype=np.float32)
        at_least: dict[RiskLevel, float] = {}
        ceiling = 1.0
        for level, value in zip(AT_LEAST, p, strict=True):
            ceiling = min(ceiling, float(value))
            at_least[level] = ceiling
        return ModelOpinion(at_least, self._risk_spans(features))

    def _calibrated(self, z: Float, features: Features) -> Float:
        """Log odds of each level from the reader's logits and those of the word counts."""
        reader, counted, offset = np.asarray(self._raw(True)["risk"], dtype=np.float32).T
        words = self.heads[_RISK_WORDS].logits(features)
        return np.asarray(z * reader + words * counted + offset, dtype=np.float32)

    def _risk_spans(self, features: Features) -> tuple[ModelSpan, ...]:
        """Runs of tokens the reader takes for a signal, strongest first.

        When no token is, the clause that adds most to “at least orange” stands for the text: an
        alarm without words would be useless to a supervisor.
        """
        reading, encoded = features.reading, features.encoded
        if reading is None or encoded is None or not len(encoded.tokens):
            return ()
        codes, forms = reading.tokens("code"), reading.tokens("form")
        shares = reading.shares("risk", AT_LEAST.index("orange"), against_mean=False)
        found = []
        for clause in clauses(features.text):
            inside = (encoded.offsets[:, 0] < clause.end) & (encoded.offsets[:, 1] > clause.start)
            if not inside.any():
                continue
            signal = 1 - codes[inside, 0]
            strength = float(np.sort(signal)[-max(1, len(signal) // 2) :].mean())
            code = int(codes[inside, 1:].mean(axis=0).argmax()) + 1
            form = int(forms[inside].mean(axis=0).argmax())
            found.append(
                ModelSpan(
                    clause.start,
                    clause.end,
                    RISK_CODES[code],
                    FORMS[form],
                    strength,
                    float(shares[inside].sum()),
                )
            )
        strong = sorted((f for f in found if f.strength >= 0.5), key=lambda f: -f.strength)[:3]
        return tuple(strong or sorted(found, key=lambda f: -f.share)[:1])

    def _head(self, name: str, with_encoder: bool) -> LinearHead | None:
        return self.heads.get(name if with_encoder else f"{name}.plain")


def load_brain(bundle: Bundle, taxonomy: Taxonomy) -> Brain:
    """Open the parts and check that every label still exists in the taxonomy.

    Raises:
        BundleError: a label the taxonomy no longer has, a missing file, or a reader of an older
            version whose parts this one no longer understands.
    """
    unknown = [c for c in bundle.manifest.labels if c not in taxonomy.codes]
    if unknown:
        raise BundleError(f"模型包的细类 {unknown[0]} 在分类目录里没有，请重新训练或恢复目录")
    arrays = bundle.tensors("heads.safetensors")
    names = {key.rpartition(".")[0] for key in arrays if key.endswith(".bias")}
    heads = {n: h for n in names if (h := LinearHead.from_arrays(n, arrays)) is not None}
    mean = arrays.get("dense_mean")
    thresholds = bundle.json("thresholds.json")
    reader = None
    if READER in bundle.manifest.files:
        reader = Reader.from_arrays(bundle.tensors(READER))
        _check_reader(reader, heads, thresholds)
    return Brain(
        name=bundle.manifest.name,
        labels=bundle.manifest.labels,
        chars=bundle.skops("chars.skops"),
        word_counts=bundle.skops("words.skops"),
        heads=heads,
        reader=reader,
        raw_thresholds=thresholds,
        dense_mean=None if mean is None else np.asarray(mean, dtype=np.float32),
    )


def _check_reader(reader: Reader, heads: dict[str, LinearHead], thresholds: dict[str, Any]) -> None:
    """An older bundle must fail when it is opened, not at the first citizen's answer."""
    wanted = {"second", "risk", "bodies"} - set(thresholds["full"])
    wanted |= {_RISK_WORDS, _SECOND_WORDS} - set(heads)
    wanted |= {"sub_type", "holds", "mixed", "unsure", "body", "risk"} - set(reader.heads)
    if wanted:
        raise BundleError(
            f"模型包由旧版本训练，缺少 {'、'.join(sorted(wanted))}，请用 triage train 重新训练"
        )
