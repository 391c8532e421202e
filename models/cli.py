"""The training commands of `triage`: train, evaluate, data check. Registered by entry point."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models import data_cli, report, study_cli, tracking
from models.encoder.build import BASE_NAME, build, default_delta, encoder_name, other_encoder
from models.metrics import show
from models.options import TrainOptions
from models.train import Taught
from models.train import train as run_training
from triage import settings
from triage.bundle import READER, Bundle
from triage.encoder import OnnxEncoder
from triage.errors import EncoderError
from triage.pipeline import Triager, default_encoder_dir

_console = Console(stderr=True)


def register(app: typer.Typer, data_app: typer.Typer) -> None:
    """Add this package's commands to the console script."""
    app.command()(train)
    app.command()(evaluate)
    data_cli.register(data_app)
    study_cli.register(data_app)


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
        typer.Option(
            "--finetune", help="先做低秩微调（两核约四十分钟）。 fine-tune the encoder first"
        ),
    ] = False,
    share: Annotated[float, typer.Option(help="语料比例（学习曲线）。 share of the corpus")] = 1.0,
    no_evaluate: Annotated[bool, typer.Option(help="不做评估。 skip evaluation")] = False,
) -> None:
    """训练模型包：同一种子、同一语料得到同样的成绩。 Train, evaluate and log a bundle."""
    data, root = settings.data_dir(), settings.project_root()
    target = target or settings.bundle_dir()
    options = replace(TrainOptions(), name=name, share=share, extra=tuple(extra or ()))
    taught: Taught | None
    if finetune:
        directory, taught = tuned_encoder(data, options, _step)
    else:
        directory = encoder or other_encoder(_step) or _default_encoder()
        taught = taught_of(directory)
    try:
        opened = OnnxEncoder.open(directory, threads=4)
    except EncoderError as error:
        _console.print(f"没有编码器（{error}），只训练字词模型包", style="yellow")
        opened, taught = None, None
    run_training(data, opened, target, options, settings.cache_dir() / "vectors", _step, taught)
    if no_evaluate:
        _console.print(f"模型包已写到 {target}")
        return
    triager = Triager.open(bundle=target, encoder=directory, data=data, threads=4)
    figures = report.evaluate_bundle(triager, data, root, _step)
    report.write_into(target, figures)
    if target == settings.bundle_dir():
        report.write_reports(triager, figures, data, root, _step)
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
    robust: Annotated[
        bool,
        typer.Option("--robustness", help="稳健性：改写留出的叙述再问。 robustness suite"),
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="只评这些集合。 one of: " + ", ".join(report.SETS)),
    ] = None,
) -> None:
    """评估模型包：撰写文本与真实文本并列，带样本数和区间。 Evaluate a bundle."""
    data, root = settings.data_dir(), settings.project_root()
    triager = Triager.open(bundle=bundle, encoder=encoder, data=data, threads=4)
    unknown = set(only or ()) - set(report.SETS)
    if unknown:
        raise typer.BadParameter(f"没有集合 {'、'.join(unknown)}，可选 {'、'.join(report.SETS)}")
    if robust:
        figures = report.robustness(triager, data, root, _step)
        _print_robustness(figures)
    else:
        figures = report.evaluate_bundle(triager, data, root, _step, only or report.SETS)
        if only is None and bundle in (None, settings.bundle_dir()):
            report.write_reports(triager, figures, data, root, _step)
        _print(figures)
    if output is not None:
        output.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


def _default_encoder() -> Path:
    """The encoder of the current default bundle, or the plain decoded one."""
    bundle = settings.bundle_dir()
    if (bundle / "manifest.json").is_file():
        return default_encoder_dir(Bundle.open(bundle))
    return settings.cache_dir() / "encoder" / BASE_NAME


def taught_of(directory: Path) -> Taught | None:
    """The default bundle's delta and reader, when `directory` is the encoder built with them."""
    delta, name = default_delta()
    reader = settings.bundle_dir() / READER
    if delta is None or directory.name != name or not reader.is_file():
        return None
    named = Bundle.open(settings.bundle_dir()).json("thresholds.json")["full"].get("bodies", ())
    return Taught(delta, reader, tuple(named))


def tuned_encoder(
    data: Path, options: TrainOptions, progress: Callable[[str], None]
) -> tuple[Path, Taught]:
    """Fine-tune on the training batches and build the encoder with the new delta."""
    # torch is an extra: only this command needs it.
    from models.reader.run import teach

    taught = teach(data, options, progress)
    target = settings.cache_dir() / "encoder" / encoder_name(taught.delta)
    build(target, delta=taught.delta, progress=progress)
    return target, taught


def _step(message: str) -> None:
    _console.print(f"· {message}")


def _print(figures: dict[str, object]) -> None:
    table = Table("项目", "数值（95% 区间）")
    for name, text in report.headline(figures).items():
        table.add_row(name, text)
    Console().print(table)


def _print_robustness(figures: dict[str, Any]) -> None:
    table = Table("改写", "大类变了", "细类变了", "牵头变了", "风险等级变了")
    for name, row in figures["rewrites"].items():
        table.add_row(name, *(show(row[k]) for k in ("type", "sub_type", "lead", "risk_level")))
    Console().print(table)
    Console().print(f"解释的忠实度：{figures['faithfulness']}")
