"""Which reader of a dispute is best: `triage data classifiers` → docs/reports/classifiers.md.

Every candidate learns from the same training records and is scored on the held-out authors
(synthetic) and on the real lay questions. Settings of each (C, k, weights) are fixed beforehand or
chosen on the calibration author. The fine-tuned encoder is the shipped one; what it replaced is the
plain decoded encoder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.calibrate import blend
from models.corpus.records import load_corpus
from models.corpus.splits import load_plan, split
from models.encoder.build import default_delta, ready
from models.heads import HeadOptions, fit_softmax, logits, softmax
from models.learning_curve import Figures, figures, held_out
from models.metrics import show
from models.options import TrainOptions
from models.table import Table, make_table
from models.train import case_records, fit_vectorisers
from triage import settings
from triage.bundle import READER, Bundle, sha256
from triage.encoder import OnnxEncoder
from triage.features import FeatureMaker, spaced_words
from triage.knowledge import Knowledge
from triage.knowledge.taxonomy import Taxonomy
from triage.model import load_brain
from triage.similar import centred
from triage.text import normalise

Matrix = NDArray[np.float64]
#: Log probabilities of each set's rows (n, 42), by set.
Answers = dict[str, Matrix]
Score = Callable[[Table], Matrix]
_NEIGHBOURS = 15


def classifier_study(
    data: Path, root: Path, progress: Callable[[str], None] = lambda _: None
) -> list[tuple[str, dict[str, Figures]]]:
    """(candidate, figures by set); needs the plain and the fine-tuned encoder.

    Raises:
        BundleError: no default bundle, or one without a reader.
    """
    knowledge = Knowledge.load(data)
    taxonomy = knowledge.taxonomy
    narratives, _ = load_corpus(data)
    parts = split(narratives, load_plan(data))
    train = [r for r in [*parts.train, *case_records(data)] if not r.unsure]
    held = {"校准": [r for r in parts.calibration if not r.unsure], **held_out(parts, data, root)}
    texts = [normalise(r.text).text for r in train]
    maker = FeatureMaker(
        *fit_vectorisers(texts, [spaced_words(t) for t in texts], TrainOptions()), None
    )
    brain = load_brain(Bundle.open(settings.bundle_dir()), taxonomy)
    tables: dict[str, dict[str, Table]] = {}
    for kind in ("plain", "tuned"):
        progress(f"编码（{kind}）")
        delta = default_delta()[0] if kind == "tuned" else None
        encoder = OnnxEncoder.open(ready(delta), threads=2)
        reader = brain.reader if kind == "tuned" else None
        key = sha256(settings.bundle_dir() / READER) if kind == "tuned" else ""
        cache = settings.cache_dir() / "vectors"
        tables[kind] = {
            name: make_table(rows, maker, encoder, reader, key, cache)
            for name, rows in {"train": train, **held}.items()
        }
    answers = _candidates(tables, taxonomy, progress)
    out = []
    for name, by_set in answers.items():
        scored = {
            s: figures(held[s], softmax(z), taxonomy.codes, taxonomy.type_of)
            for s, z in by_set.items()
            if s != "校准"
        }
        out.append((name, scored))
    return out


def _candidates(
    tables: Mapping[str, Mapping[str, Table]], taxonomy: Taxonomy, progress: Callable[[str], None]
) -> dict[str, Answers]:
    plain, tuned = tables["plain"], tables["tuned"]
    labels = taxonomy.codes
    y = [r.sub_type for r in plain["train"].records]
    sets = [s for s in plain if s != "train"]

    def every(score: Score, side: Mapping[str, Table]) -> Answers:
        return {s: score(side[s]) for s in sets}

    def linear(side: Mapping[str, Table], dense: bool, counts: bool, o: HeadOptions) -> Answers:
        t = side["train"]
        vectors = t.dense if dense else None
        mean = vectors.mean(axis=0) if vectors is not None else None
        head = fit_softmax("study", labels, y, vectors, mean, t.counts if counts else None, o)
        # A head applies only the blocks it was fitted on.
        return every(lambda u: logits(head, u.dense, u.counts), side)

    out: dict[str, Answers] = {}
    base = HeadOptions(c=4.0, dense_scale=4.0)
    progress("线性头")
    out["字、词 TF-IDF + 线性"] = linear(plain, False, True, base)
    out["原编码器 + 线性"] = linear(plain, True, False, base)
    out["原编码器 + 字词 + 线性"] = linear(plain, True, True, base)
    out["原编码器 + 字词，先大类后细类"] = _two_steps(plain, taxonomy, base)
    progress("近邻与标签说明")
    out[f"原编码器，{_NEIGHBOURS} 近邻"] = every(_neighbours(plain["train"], labels), plain)
    described = _described(taxonomy)
    out["原编码器，与细类说明比相似（不训练）"] = every(
        _descriptions(plain["train"], described), plain
    )
    out["原编码器 + 字词 + 细类说明，混合"] = _blended(
        [out["原编码器 + 字词 + 线性"], out["原编码器，与细类说明比相似（不训练）"]], plain, labels
    )
    out[f"微调编码器，{_NEIGHBOURS} 近邻"] = every(_neighbours(tuned["train"], labels), tuned)
    out["微调：注意力阅读头"] = every(lambda t: t.read["sub_type"].astype(np.float64), tuned)
    progress("微调后的线性头")
    tuned_options = TrainOptions().sub_type
    out["微调：阅读向量 + 字词 + 线性"] = linear(tuned, True, True, tuned_options)
    chosen = ["微调：注意力阅读头", "微调：阅读向量 + 字词 + 线性", "字、词 TF-IDF + 线性"]
    out["微调：三者混合（随系统的做法）"] = _blended([out[c] for c in chosen], tuned, labels)
    return out


def _two_steps(side: Mapping[str, Table], taxonomy: Taxonomy, o: HeadOptions) -> Answers:
    """P(type) · P(sub-type | type), each a linear head of its own."""
    t = side["train"]
    assert t.dense is not None
    mean = t.dense.mean(axis=0)
    types = [taxonomy.type_of(r.sub_type) for r in t.records]
    first = fit_softmax("type", [x.code for x in taxonomy.types], types, t.dense, mean, t.counts, o)
    out = {
        s: np.zeros((len(u.records), len(taxonomy.codes))) for s, u in side.items() if s != "train"
    }
    for j, kind in enumerate(taxonomy.types):
        rows = [i for i, x in enumerate(types) if x == kind.code]
        codes = [c for c in taxonomy.codes if taxonomy.type_of(c) == kind.code]
        y = [t.records[i].sub_type for i in rows]
        within = fit_softmax("sub", codes, y, t.dense[rows], mean, t.counts[rows], o)
        where = [taxonomy.codes.index(c) for c in codes]
        for s, total in out.items():
            u = side[s]
            of_type = np.log(softmax(logits(first, u.dense, u.counts))[:, [j]] + 1e-12)
            total[:, where] = of_type + np.log(softmax(logits(within, u.dense, u.counts)) + 1e-12)
    return out


def _neighbours(train: Table, labels: Sequence[str]) -> Score:
    assert train.whole is not None
    mean = train.whole.mean(axis=0)
    rows = centred(train.whole, mean)
    hot = np.zeros((len(rows), len(labels)))
    hot[np.arange(len(rows)), [labels.index(r.sub_type) for r in train.records]] = 1

    def score(t: Table) -> Matrix:
        assert t.whole is not None
        near = centred(t.whole, mean) @ rows.T
        top = np.argpartition(-near, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
        votes = np.stack([np.exp(10 * n[i]) @ hot[i] for n, i in zip(near, top, strict=True)])
        return np.asarray(np.log(votes / votes.sum(axis=1, keepdims=True) + 1e-4))

    return score


def _described(taxonomy: Taxonomy) -> NDArray[np.float32]:
    """(42, dim) vectors of name, definition, boundary notes and plain example."""
    encoder = OnnxEncoder.open(ready(), threads=2)
    texts = []
    for code in taxonomy.codes:
        s = taxonomy.sub_type(code)
        texts.append(normalise(f"{s.name}。{s.definition}{s.example}").text)
    return encoder.embed(texts)


def _descriptions(train: Table, described: NDArray[np.float32]) -> Score:
    assert train.whole is not None
    mean, middle = train.whole.mean(axis=0), described.mean(axis=0)

    def score(t: Table) -> Matrix:
        assert t.whole is not None
        alike = centred(t.whole, mean) @ centred(described, middle).T
        return np.asarray(20.0 * alike, dtype=float)

    return score


def _blended(
    members: Sequence[Answers], side: Mapping[str, Table], labels: Sequence[str]
) -> Answers:
    """Weights of the members' logits fitted on the calibration author."""
    y = np.asarray([labels.index(r.sub_type) for r in side["校准"].records])
    weights = blend({str(i): m["校准"] for i, m in enumerate(members)}, y)
    return {
        s: np.asarray(sum(weights[str(i)] * m[s] for i, m in enumerate(members)))
        for s in members[0]
    }


def write_report(rows: Sequence[tuple[str, dict[str, Figures]]], root: Path) -> Path:
    """`docs/reports/classifiers.md`."""
    lines = [
        "# 分类方法比较",
        "",
        "由 `triage data classifiers` 生成：各方法学同一批训练记录，在整批留出的作者（合成）和真实提问"
        "（从不训练）上比较；混合权重只用校准作者选。",
        "",
        "| 方法 | 集合 | 大类 | 细类首选 | 细类前三 |",
        "|---|---|---|---|---|",
    ]
    for name, by_set in rows:
        for held, f in by_set.items():
            cells = " | ".join(show(f[k]) for k in ("type", "top1", "top3"))
            lines.append(f"| {name} | {held} | {cells} |")
    target = root / "docs" / "reports" / "classifiers.md"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target
