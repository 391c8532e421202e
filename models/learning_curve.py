"""What each doubling of the corpus gives: `triage data curve`.

Default: frozen encoder + linear head over vectors and counts, minutes on two cores. `--finetune`
repeats the whole fine-tuning at each share (hours) and scores the blended reader as shipped. Scores
are taken on the held-out authored batches and on the real lay questions, never on training text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.corpus.lay import load_lay_questions
from models.corpus.records import Record, load_corpus
from models.corpus.splits import Split, load_plan, split
from models.encoder.build import ready
from models.evaluate import answer_all, classification_report, shared_data
from models.heads import fit_softmax, logits, softmax
from models.metrics import proportion, show
from models.options import TrainOptions
from models.table import make_table
from models.train import case_records, fit_vectorisers, sampled, train
from triage import settings
from triage.encoder import OnnxEncoder
from triage.features import FeatureMaker, spaced_words
from triage.knowledge import Knowledge
from triage.pipeline import Triager
from triage.text import normalise

SHARES = (0.125, 0.25, 0.5, 1.0)
Figures = dict[str, dict[str, float | int]]
Row = tuple[float, int, dict[str, Figures]]


def learning_curve(
    data: Path,
    root: Path,
    shares: Sequence[float] = SHARES,
    finetune: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """(share, training records, figures by set) for each share; groups are sampled whole."""
    narratives, _ = load_corpus(data)
    parts = split(narratives, load_plan(data))
    held = held_out(parts, data, root)
    rows: list[Row] = []
    for share in shares:
        options = replace(TrainOptions(), share=share)
        records = [r for r in sampled(parts, options) if not r.unsure] + case_records(data)
        progress(f"{share:.1%}：{len(records)} 条")
        score = _finetuned if finetune else _frozen
        rows.append((share, len(records), score(data, records, held, options)))
    return rows


def held_out(parts: Split, data: Path, root: Path) -> dict[str, list[Record]]:
    """What candidates are compared on: answerable texts of the held-out authors (synthetic) and,
    where the public texts are at hand, the real lay questions.
    """
    held = {"撰写测试集": [r for r in parts.test if not r.unsure]}
    shared = shared_data(root)
    if shared is not None:
        held["真实提问"] = [r for r in load_lay_questions(data, shared) if not r.unsure]
    return held


def _frozen(
    data: Path, records: list[Record], held: dict[str, list[Record]], options: TrainOptions
) -> dict[str, Figures]:
    taxonomy = Knowledge.load(data).taxonomy
    labels = taxonomy.codes
    encoder = OnnxEncoder.open(ready(), threads=2)
    texts = [normalise(r.text).text for r in records]
    vectorisers = fit_vectorisers(texts, [spaced_words(t) for t in texts], options)
    maker = FeatureMaker(*vectorisers, None)
    cache = settings.cache_dir() / "vectors"
    table = make_table(records, maker, encoder, None, "", cache)
    assert table.dense is not None
    head = fit_softmax(
        "curve",
        labels,
        [r.sub_type for r in records],
        table.dense,
        table.dense.mean(axis=0),
        table.counts,
        replace(options.sub_type, c=4.0, dense_scale=4.0),
    )
    out = {}
    for name, rows in held.items():
        own = make_table(rows, maker, encoder, None, "", cache)
        p = softmax(logits(head, own.dense, own.counts))
        out[name] = figures(rows, p, labels, taxonomy.type_of)
    return out


def figures(
    rows: Sequence[Record], p: np.ndarray, labels: Sequence[str], type_of: Callable[[str], str]
) -> Figures:
    """Type, top-1 and top-3 of probabilities (n, 42), counting every acceptable sub-type."""
    types = np.asarray([type_of(c) for c in labels])
    codes = sorted(set(types))
    by_type = np.stack([p[:, types == t].sum(axis=1) for t in codes], axis=1)
    accepted = [{r.sub_type, *r.acceptable_sub_types} for r in rows]
    order = np.argsort(-p, axis=1)
    return {
        "type": proportion(
            [
                codes[int(row.argmax())] in {type_of(c) for c in ok}
                for row, ok in zip(by_type, accepted, strict=True)
            ]
        ),
        "top1": proportion([labels[o[0]] in ok for o, ok in zip(order, accepted, strict=True)]),
        "top3": proportion(
            [bool({labels[j] for j in o[:3]} & ok) for o, ok in zip(order, accepted, strict=True)]
        ),
    }


def _finetuned(
    data: Path, records: list[Record], held: dict[str, list[Record]], options: TrainOptions
) -> dict[str, Figures]:
    del records  # teach() samples the same share itself
    # torch is an extra: only this variant needs it.
    from models.reader.run import teach

    work = settings.cache_dir() / "curve" / f"{options.share:g}"
    taught = teach(data, options, lambda _: None, target=work)
    directory = ready(taught.delta)
    encoder = OnnxEncoder.open(directory, threads=2)
    cache = settings.cache_dir() / "vectors"
    train(data, encoder, work / "bundle", options, cache, taught=taught)
    triager = Triager.open(work / "bundle", directory, data)
    out = {}
    for name, rows in held.items():
        report = classification_report(rows, answer_all(triager, rows), triager)
        out[name] = {
            "type": report["type"],
            "top1": report["sub_type_top1"],
            "top3": report["sub_type_top3"],
        }
    return out


def write_report(rows: Sequence[Row], finetune: bool, root: Path) -> Path:
    """Write `docs/reports/learning_curve*.md` and return its path."""
    how = "整套微调" if finetune else "冻结编码器 + 线性头"
    lines = [
        f"# 学习曲线（{how}）",
        "",
        f"由 `triage data curve{' --finetune' if finetune else ''}` 生成。语料按故事成组抽样，每次加倍；"
        "数值为 [95% 区间] 与样本数。撰写测试集是整批留出的作者（合成文本）；真实提问从不训练。",
        "",
        "| 比例 | 训练条数 | 集合 | 大类 | 细类首选 | 细类前三 |",
        "|---|---|---|---|---|---|",
    ]
    for share, count, figures in rows:
        for name, f in figures.items():
            cells = " | ".join(show(f[k]) for k in ("type", "top1", "top3"))
            lines.append(f"| {share:.1%} | {count} | {name} | {cells} |")
    name = "learning_curve_finetuned.md" if finetune else "learning_curve.md"
    target = root / "docs" / "reports" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target
