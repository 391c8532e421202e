"""From corpus to bundle: vectors and counts → heads → calibration → bundle directory.

Serving and this default training need no torch. Fine-tuning (`models/finetune`) only changes the
encoder the vectors come from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from models.calibrate import calibrated, thresholds
from models.corpus.records import Record, load_corpus, read_records
from models.corpus.splits import Split, load_plan, split
from models.embed import embed_cached
from models.heads import fit_sigmoids, fit_softmax, logits
from models.options import TrainOptions
from models.risk_heads import fit_risk_heads
from triage.bundle import DELTA, BundleWriter
from triage.encoder import Encoder
from triage.features import FeatureMaker, spaced_words
from triage.heads import LinearHead
from triage.knowledge import Knowledge
from triage.similar import load_cases
from triage.text import normalise

Progress = Callable[[str], None]


@dataclass
class Table:
    """Records with their features, row for row."""

    records: list[Record]
    texts: list[str]
    dense: np.ndarray | None
    counts: sparse.csr_matrix

    def rows(self, keep: Sequence[int]) -> Table:
        index = np.asarray(keep, dtype=int)
        return Table(
            [self.records[i] for i in index],
            [self.texts[i] for i in index],
            None if self.dense is None else self.dense[index],
            self.counts[index],
        )


def case_records(data: Path) -> list[Record]:
    """Closed cases as extra training narratives: a clerk's file of the same kinds of dispute."""
    return [
        Record(
            id=f"case:{c.case_id}",
            text=c.facts,
            sub_type=c.sub_type,
            secondary=c.secondary,
            lead=c.body,
            voice="clerk",
            batch="cases",
            story=c.case_id,
        )
        for c in load_cases(data / "corpus" / "cases" / "closed")
    ]


def fit_vectorisers(
    texts: Sequence[str], spaced: Sequence[str], options: TrainOptions
) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    """Character 1–4-grams and jieba words, each cut to its most frequent columns."""
    chars = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, 4),
        min_df=2,
        max_features=options.max_chars,
        sublinear_tf=True,
        dtype=np.float32,
    )
    words = TfidfVectorizer(
        token_pattern=r"\S+",
        ngram_range=(1, 2),
        min_df=2,
        max_features=options.max_words,
        sublinear_tf=True,
        dtype=np.float32,
        lowercase=False,
    )
    return chars.fit(texts), words.fit(spaced)


def train(
    data: Path,
    encoder: Encoder | None,
    target: Path,
    options: TrainOptions,
    cache: Path,
    progress: Progress = lambda _: None,
    delta: Path | None = None,
) -> Path:
    """Train a bundle on the authored corpus (and `options.extra`) and write it to `target`.

    Args:
        encoder: None trains the counts-only heads alone.
        cache: folder for vectors.
        delta: the low-rank delta `encoder` was built with; it travels with the bundle.
    Returns:
        The bundle directory; its metrics are filled in by `models.report` afterwards.
    """
    knowledge = Knowledge.load(data)
    labels = tuple(knowledge.taxonomy.codes)
    progress("读取语料")
    narratives, risk = load_corpus(data)
    plan = load_plan(data)
    parts = split(narratives, plan)
    training = sampled(parts, options) + case_records(data)
    for path in options.extra:
        training += read_records(path)
    risk_parts = split(risk, plan)

    progress("统计字词")
    texts = [normalise(r.text).text for r in training]
    chars, words = fit_vectorisers(texts, [spaced_words(t) for t in texts], options)
    maker = FeatureMaker(chars, words, None)

    def table(records: list[Record]) -> Table:
        normal = [normalise(r.text).text for r in records]
        dense = embed_cached(normal, encoder, cache) if encoder is not None else None
        return Table(records, normal, dense, maker.counts(normal))

    progress("编码语料")
    train_table, calibration = table(training), table(parts.calibration)
    risk_table = table(risk_parts.train)

    heads: list[LinearHead] = []
    limits: dict[str, Any] = {}
    mean = train_table.dense.mean(axis=0) if train_table.dense is not None else None
    for plain in (False, True):
        if not plain and encoder is None:
            continue
        progress("训练" + ("字词分类头（降级用）" if plain else "分类头"))
        fitted, limit = _fit_set(train_table, calibration, labels, knowledge, mean, options, plain)
        heads += fitted
        limits["plain" if plain else "full"] = limit
    progress("训练风险头")
    heads += fit_risk_heads(_joined(train_table, risk_table), mean, encoder, options, knowledge)
    if "full" not in limits:
        limits["full"] = limits["plain"]

    progress("写出模型包")
    arrays: dict[str, np.ndarray] = {}
    for head in heads:
        arrays.update(head.arrays())
    if mean is not None:
        arrays["dense_mean"] = mean.astype(np.float32)
    writer = BundleWriter(target)
    try:
        writer.skops("chars.skops", chars)
        writer.skops("words.skops", words)
        writer.tensors("heads.safetensors", arrays)
        writer.json("thresholds.json", limits)
        if delta is not None:
            writer.copy(delta, DELTA)
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d")
        return writer.finish(
            name=f"{options.name}-{stamp}",
            created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            taxonomy=knowledge.taxonomy.version,
            labels=labels,
            encoder=encoder.fingerprint if encoder is not None else "",
            metrics={},
            parameters={
                **options.flat(),
                "encoder_name": encoder.name if encoder is not None else "",
                "train_records": len(training),
                "calibration_records": len(parts.calibration),
                "risk_records": len(risk_parts.train),
            },
        )
    except BaseException:
        writer.discard()
        raise


def sampled(parts: Split, options: TrainOptions) -> list[Record]:
    """`options.share` of the training records, whole groups, chosen by the seed."""
    if options.share >= 1:
        return list(parts.train)
    rng = np.random.default_rng(options.seed)
    groups = sorted({r.group for r in parts.train})
    keep = set(rng.permutation(groups)[: round(len(groups) * options.share)])
    return [r for r in parts.train if r.group in keep]


def _joined(first: Table, second: Table) -> Table:
    if not second.records:
        return first
    dense = None
    if first.dense is not None and second.dense is not None:
        dense = np.vstack([first.dense, second.dense])
    return Table(
        first.records + second.records,
        first.texts + second.texts,
        dense,
        sparse.vstack([first.counts, second.counts], format="csr"),
    )


def _fit_set(
    table: Table,
    calibration: Table,
    labels: tuple[str, ...],
    knowledge: Knowledge,
    mean: np.ndarray | None,
    options: TrainOptions,
    plain: bool,
) -> tuple[list[LinearHead], dict[str, Any]]:
    """The sub-type, secondary, unsure and crime heads of one set, calibrated."""
    suffix = ".plain" if plain else ""
    dense = None if plain else table.dense
    own_mean = None if plain else mean
    calibration_dense = None if plain else calibration.dense
    chosen = options.plain if plain else options.sub_type

    told = [i for i, r in enumerate(table.records) if not r.unsure]
    sub = table.rows(told)
    sub_dense = None if plain else sub.dense
    sub_type = fit_softmax(
        "sub_type" + suffix,
        labels,
        [r.sub_type for r in sub.records],
        sub_dense,
        own_mean,
        sub.counts,
        chosen,
    )
    # Both disputes of a mixed narrative are positive: the head learns “holds this dispute”.
    holds = np.zeros((len(sub.records), len(labels)), dtype=bool)
    for i, r in enumerate(sub.records):
        for code in (r.sub_type, *r.secondary):
            holds[i, labels.index(code)] = True
    secondary = fit_sigmoids(
        "secondary" + suffix, holds, sub_dense, own_mean, sub.counts, options.secondary
    )
    asked = np.asarray([[r.unsure] for r in table.records])
    unsure = fit_sigmoids("unsure" + suffix, asked, dense, own_mean, table.counts, options.unsure)
    police = np.asarray([[r.lead == "ORG-POL" and r.sub_type != "FAM-DV"] for r in table.records])
    crime = fit_sigmoids("crime" + suffix, police, dense, own_mean, table.counts, options.unsure)

    z = logits(sub_type, calibration_dense, calibration.counts)
    sub_type = calibrated(sub_type, labels, z, calibration.records)
    limit = thresholds(
        sub_type,
        secondary,
        unsure,
        labels,
        knowledge.taxonomy,
        calibration_dense,
        calibration.counts,
        calibration.records,
    )
    return [sub_type, secondary, unsure, crime], limit
