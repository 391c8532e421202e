"""What single settings of the fine-tuning give the risk reader: `triage data reader-study`.

Each variant learns from the training risk texts and some narratives alone (a quarter of an hour on
two cores instead of an hour) and is read on the calibration stories, never on the test authors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from sklearn.metrics import average_precision_score, roc_auc_score

from models.corpus.records import Record, load_corpus
from models.corpus.splits import load_plan, split
from models.embed import embed_cached
from models.encoder.build import build, ready
from models.metrics import proportion, show
from models.reader.examples import build_examples
from models.reader.fit import ReaderOptions, fit_reader
from models.reader.network import Shape
from models.risk_targets import rule_rows
from triage import settings
from triage.encoder import OnnxEncoder
from triage.knowledge import Knowledge
from triage.reader import Reader
from triage.risk.levels import rank
from triage.text import normalise

_BASE = replace(ReaderOptions(), epochs=3)
VARIANTS: Mapping[str, ReaderOptions] = MappingProxyType(
    {
        "随系统（三轮）": _BASE,
        "不教词的等级": replace(_BASE, worth=0.0),
        "不拉开最小对": replace(_BASE, pair=0.0),
        "两样都不要": replace(_BASE, worth=0.0, pair=0.0),
        "秩 32": replace(_BASE, rank=32),
        "四轮": replace(_BASE, epochs=4),
    }
)
#: Narratives that keep the reader honest about ordinary speech.
_NARRATIVES = 1200
#: Share of the grave texts that must be found where false alarms are counted.
_RECALL = 0.9


def reader_study(
    data: Path,
    names: Sequence[str] = tuple(VARIANTS),
    progress: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """One row a variant: average precision and AUC of orange and red, false alarms at 90% recall,
    and pairs of a story in the right order.
    """
    knowledge = Knowledge.load(data)
    narratives, risk = load_corpus(data)
    plan = load_plan(data)
    parts, ordinary = split(risk, plan), split(narratives, plan).train
    order = np.random.default_rng(_BASE.seed).permutation(len(ordinary))[:_NARRATIVES]
    train = [*parts.train, *(ordinary[i] for i in order)]
    bodies = [b.code for b in knowledge.bodies.bodies]
    labels = knowledge.taxonomy.codes
    rules = rule_rows(train, knowledge)
    examples = build_examples(train, labels, bodies, rules)
    plain = ready(progress=progress)
    cache = settings.cache_dir()
    base = embed_cached(
        [e.text for e in examples], OnnxEncoder.open(plain, threads=2), cache / "vectors"
    )
    out = []
    for name in names:
        options = VARIANTS[name]
        progress(name)
        shape = Shape(len(labels), len(bodies), rules.shape[1], options.rank, 2 * options.rank)
        work = cache / "study"
        delta, tensors = fit_reader(plain, examples, base, shape, work, options, progress)
        encoder = OnnxEncoder.open(build(work / "encoder", delta=delta), threads=2)
        z = _risk_logits(parts.calibration, encoder, load_file(tensors), knowledge)
        out.append({"name": name, **figures(parts.calibration, z)})
    return out


def _risk_logits(
    records: Sequence[Record],
    encoder: OnnxEncoder,
    tensors: Mapping[str, NDArray[Any]],
    knowledge: Knowledge,
) -> NDArray[np.float64]:
    reader = Reader.from_arrays(tensors)
    encoded = encoder.encode([normalise(r.text).text for r in records])
    rows = rule_rows(records, knowledge)
    return np.stack(
        [
            reader.read(e).logits("risk", row).astype(np.float64)
            for e, row in zip(encoded, rows, strict=True)
        ]
    )


def figures(records: Sequence[Record], z: NDArray[np.float64]) -> dict[str, Any]:
    """Figures of the logits z (n, 3) of at least yellow, orange, red."""
    levels = np.asarray([rank(r.risk_level) for r in records])
    row: dict[str, Any] = {"n": len(records)}
    for name, column, level in (("orange", 1, 2), ("red", 2, 3)):
        true = levels >= level
        row[f"{name}_ap"] = float(average_precision_score(true, z[:, column]))
        row[f"{name}_auc"] = float(roc_auc_score(true, z[:, column]))
        at = np.quantile(z[true, column], 1 - _RECALL)
        row[f"{name}_false"] = proportion([bool(v >= at) for v in z[~true, column]])
    groups: dict[str, list[int]] = {}
    for i, r in enumerate(records):
        if r.pair:
            groups.setdefault(r.pair, []).append(i)
    score = z.sum(axis=1)
    row["pairs"] = proportion(
        [
            bool((score[i] - score[j]) * (int(levels[i]) - int(levels[j])) > 0)
            for members in groups.values()
            for i, j in combinations(members, 2)
            if levels[i] != levels[j]
        ]
    )
    return row


def write_report(rows: Sequence[dict[str, Any]], root: Path) -> Path:
    """`docs/reports/reader_study.md`."""
    lines = [
        "# 微调的几项设置",
        "",
        f"由 `triage data reader-study` 生成：只学训练侧的风险文本和 {_NARRATIVES} 条叙述，"
        "在校准故事（合成）上读；误报是召回九成时蓝黄文本被报的比例。",
        "",
        "| 设置 | 橙 AP | 橙 AUC | 橙误报 | 红 AP | 红 AUC | 红误报 | 同一故事次序对 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| {r['name']} | {r['orange_ap']:.3f} | {r['orange_auc']:.3f} | {show(r['orange_false'])} "
            f"| {r['red_ap']:.3f} | {r['red_auc']:.3f} | {show(r['red_false'])} | {show(r['pairs'])} |"
        )
    target = root / "docs" / "reports" / "reader_study.md"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target
