"""One fine-tuning run from the corpus on disk: what `make train` calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from models.corpus.records import Record, load_corpus, read_records
from models.corpus.splits import load_plan, split
from models.embed import embed_cached
from models.encoder.build import ready
from models.options import TrainOptions
from models.reader.examples import build_examples
from models.reader.fit import ReaderOptions, fit_reader
from models.reader.network import Shape
from models.risk_targets import rule_rows
from models.train import Taught, case_records, sampled
from triage import settings
from triage.encoder import OnnxEncoder
from triage.knowledge import Knowledge


def teach(
    data: Path,
    options: TrainOptions,
    progress: Callable[[str], None],
    reader_options: ReaderOptions | None = None,
    target: Path | None = None,
) -> Taught:
    """Fine-tune on the training side of the splits and `options.extra`.

    Returns:
        Paths of the delta and of the reader's tensors.
    """
    knowledge = Knowledge.load(data)
    records = training_records(data, options)
    bodies = [b.code for b in knowledge.bodies.bodies]
    labels = knowledge.taxonomy.codes
    progress(f"微调：{len(records)} 条")
    rules = rule_rows(records, knowledge)
    examples = build_examples(records, labels, bodies, rules)
    plain = ready(progress=progress)
    base = embed_cached(
        [e.text for e in examples],
        OnnxEncoder.open(plain, threads=2),
        settings.cache_dir() / "vectors",
    )
    chosen = reader_options or replace(ReaderOptions(), seed=options.seed)
    shape = Shape(len(labels), len(bodies), rules.shape[1], chosen.rank, 2 * chosen.rank)
    out = target or settings.cache_dir() / "finetune"
    delta, reader = fit_reader(plain, examples, base, shape, out, chosen, progress)
    return Taught(delta, reader, tuple(bodies))


def training_records(data: Path, options: TrainOptions) -> list[Record]:
    """Narratives (a share of them for learning curves), risk texts, closed cases, extra records."""
    narratives, risk = load_corpus(data)
    plan = load_plan(data)
    records = [
        *sampled(split(narratives, plan), options),
        *split(risk, plan).train,
        *case_records(data),
    ]
    for path in options.extra:
        records += read_records(path)
    return records
