"""The training commands of `triage`: train, evaluate, data check. Registered by entry point."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models import check, report, tracking
from models.corpus.records import load_corpus, read_records
from models.corpus.splits import load_plan, split
from models.encoder.build import BASE_NAME, build, default_delta, encoder_name
from models.options import TrainOptions
from models.train import case_records
from models.train import train as run_training
from triage import settings
from triage.bundle import Bundle
from triage.encoder import OnnxEncoder
from triage.errors import EncoderError
from triage.knowledge import Knowledge
from triage.pipeline import Triager, default_encoder_dir

_console = Console(stderr=True)


def register(app: typer.Typer, data_app: typer.Typer) -> None:
    """Add this package's commands to the console script."""
    app.command()(train)
    app.command()(evaluate)
    data_app.command("check")(data_check)


def train(
    target: Annotated[
        Path | None, typer.Option("-o", "--output", help="模型包写到哪里。 bundle directory")
    ] = None,
    extra: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", help="另加的记录（如导出的决定）。 more records, e.g. decisions.jsonl"
        ),
    ] = None,
    encoder: Annotated[Path | None, typer.Option("--encoder", help="编码器目录。 encoder")] = None,
    name: Annotated[str, typer.Option(help="模型包名称。 name")] = "default",
    finetune: Annotated[
        bool,
        typer.Option("--finetune", help="先做低秩微调（约半小时）。 fine-tune the encoder first"),
    ] = False,
    share: Annotated[float, typer.Option(help="语料比例（学习曲线）。 share of the corpus")] = 1.0,
    no_evaluate: Annotated[bool, typer.Option(help="不做评估。 skip evaluation")] = False,
) -> None:
    """训练模型包：同一种子、同一语料得到同样的成绩。 Train, evaluate and log a bundle."""
    data, root = settings.data_dir(), settings.project_root()
    target = target or settings.bundle_dir()
    options = replace(TrainOptions(), name=name, share=share, extra=tuple(extra or ()))
    delta: Path | None
    if finetune:
        directory, delta = tuned_encoder(data, options, _step)
    else:
        directory = encoder or settings.encoder_dir() or _default_encoder()
        delta = _delta_of(directory)
    try:
        opened = OnnxEncoder.open(directory, threads=4)
    except EncoderError as error:
        _console.print(f"没有编码器（{error}），只训练字词模型包", style="yellow")
        opened = None
    run_training(data, opened, target, options, settings.cache_dir() / "vectors", _step, delta)
    if no_evaluate:
        _console.print(f"模型包已写到 {target}")
        return
    triager = Triager.open(bundle=target, encoder=directory, data=data, threads=4)
    figures = report.evaluate_bundle(triager, data, root, _step)
    report.write_into(target, figures)
    _print(figures)
    run = tracking.log_run(root, Bundle.open(target).manifest.name, options.flat(), figures, target)
    _console.print(f"MLflow 运行 {run}" if run else "未装 MLflow（ml 附加包），未记录运行")
    _console.print(f"模型包已写到 {target}")


def evaluate(
    bundle: Annotated[Path | None, typer.Option("--bundle", help="模型包。 bundle")] = None,
    encoder: Annotated[Path | None, typer.Option("--encoder", help="编码器。 encoder")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="完整报告 JSON。 full report")
    ] = None,
) -> None:
    """评估模型包：撰写文本与真实文本并列，带样本数和区间。 Evaluate a bundle."""
    data, root = settings.data_dir(), settings.project_root()
    triager = Triager.open(bundle=bundle, encoder=encoder, data=data, threads=4)
    figures = report.evaluate_bundle(triager, data, root, _step)
    _print(figures)
    if output is not None:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


def data_check(
    knowledge_only: Annotated[
        bool, typer.Option("--knowledge", help="只查知识文件。 knowledge files only")
    ] = False,
    embeddings: Annotated[
        bool,
        typer.Option("--embeddings", help="另用向量查近似重复（较慢）。 dense near-duplicates"),
    ] = False,
) -> None:
    """检查数据：格式、重复、分布、金额人数。 Check knowledge files and the corpus."""
    problems = check.run(settings.data_dir(), Console(), knowledge_only, embeddings)
    if problems:
        raise typer.Exit(1)


def _default_encoder() -> Path:
    """The encoder of the current default bundle, or the plain decoded one."""
    bundle = settings.bundle_dir()
    if (bundle / "manifest.json").is_file():
        return default_encoder_dir(Bundle.open(bundle))
    return settings.cache_dir() / "encoder" / BASE_NAME


def _delta_of(directory: Path) -> Path | None:
    """The default bundle's delta, when `directory` is the encoder built with it."""
    delta, name = default_delta()
    return delta if directory.name == name else None


def tuned_encoder(
    data: Path, options: TrainOptions, progress: Callable[[str], None]
) -> tuple[Path, Path]:
    """Fine-tune on the training batches and build the encoder with the new delta."""
    # torch is an extra: only this command needs it.
    from models.finetune import FinetuneOptions, finetune

    plain = settings.cache_dir() / "encoder" / BASE_NAME
    if not (plain / "encoder.json").is_file():
        build(plain, progress=progress)
    narratives, risk = load_corpus(data)
    plan = load_plan(data)
    records = [*split(narratives, plan).train, *split(risk, plan).train, *case_records(data)]
    for path in options.extra:
        records += read_records(path)
    labels = Knowledge.load(data).taxonomy.codes
    delta = settings.cache_dir() / "finetune" / "delta.safetensors"
    progress(f"微调编码器：{len(records)} 条")
    finetune(plain, records, labels, delta, FinetuneOptions(seed=options.seed), progress)
    target = settings.cache_dir() / "encoder" / encoder_name(delta)
    build(target, delta=delta, progress=progress)
    return target, delta


def _step(message: str) -> None:
    _console.print(f"· {message}")


def _print(figures: dict[str, object]) -> None:
    table = Table("项目", "数值（95% 区间）")
    for name, text in report.headline(figures).items():
        table.add_row(name, text)
    Console().print(table)
