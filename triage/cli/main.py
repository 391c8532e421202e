"""`triage`: the console script. Commands of `models` and `serve` join through entry points.

`triage` may not import those packages; each registers itself in the group `triage.commands` with a
function `register(app, data_app)`, so a machine that serves without the training extra simply
lacks the training commands' libraries and is told so when it calls one.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from triage.cli import bench as bench_command
from triage.cli import lines
from triage.cli.messages import say
from triage.errors import TriageError

app = typer.Typer(
    name="triage",
    help="矛盾纠纷分流：分类、机构、途径、风险、相似案例。 Dispute triage for 综治中心.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="数据：检查、导出。 Data checks and exports.", no_args_is_help=True)
risk_app = typer.Typer(help="风险推导。 Risk derivations.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(risk_app, name="risk")

_console = Console(stderr=True)

BundleOption = Annotated[Path | None, typer.Option("--bundle", help="模型包目录 bundle directory")]
EncoderOption = Annotated[
    Path | None, typer.Option("--encoder", help="编码器目录 encoder directory")
]


@app.command()
def predict(
    source: Annotated[
        Path | None, typer.Argument(help="输入 JSONL：每行 id、text。 JSON lines with id and text")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="输出 JSONL。 output JSON lines")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="直接给一段文字。 one text")] = None,
    bundle: BundleOption = None,
    encoder: EncoderOption = None,
) -> None:
    """研判：一行一件，次序和编号不变，坏行给出 error 而不中断。 Triage narratives, one a line."""
    if text is None and source is None:
        _fail(say("need_input"))
    if text is None and output is None:
        _fail(say("need_output"))
    triager = lines.open_triager(_console, bundle, encoder)
    if text is not None:
        answers = triager.triage_batch([("", text)])
        print(answers[0].model_dump_json(indent=2))
        return
    assert source is not None
    assert output is not None
    count, bad = lines.predict_file(triager, source, output, _console)
    _console.print(say("done", n=count, bad=bad, out=output))


@app.command()
def similar(
    source: Annotated[Path, typer.Argument(help="每行 id、query、candidates。 JSON lines")],
    output: Annotated[Path, typer.Option("-o", "--output", help="输出 JSONL。 output")],
    bundle: BundleOption = None,
    encoder: EncoderOption = None,
) -> None:
    """相似度：给一段文字和若干候选打分，越大越像。 Score candidates against a query."""
    triager = lines.open_triager(_console, bundle, encoder)
    count = lines.similar_file(triager, source, output, _console)
    _console.print(say("scored", n=count, out=output))


@app.command()
def bench(
    cases: Annotated[int, typer.Option(help="办结案例数。 closed cases")] = 10_000,
    threads: Annotated[int, typer.Option(help="编码线程数。 encoder threads")] = 2,
    bundle: BundleOption = None,
    encoder: EncoderOption = None,
) -> None:
    """测速：全流程、批量、内存，并与 sentence-transformers 比。 Print the speed table."""
    _console.print(say("bench_wait"))
    bench_command.run(Console(), cases=cases, threads=threads, bundle=bundle, encoder=encoder)


@risk_app.command("explain")
def risk_explain(
    text: Annotated[str, typer.Option("--text", help="一段文字。 one text")],
    bundle: BundleOption = None,
    encoder: EncoderOption = None,
) -> None:
    """风险推导：每个信号、形式、规则、等级。 The whole derivation of a risk level."""
    triager = lines.open_triager(_console, bundle, encoder)
    assessment = triager.assess_risk(text)
    plan = triager.knowledge.policy.levels[assessment.level]
    out = Console()
    out.print(f"等级：{plan.name}（橙色及以上概率 {assessment.score:.2f}）")
    for step in assessment.why:
        out.print(f"- {step}")
    out.print(f"处置：{plan.response}")
    out.print(f"政策版本：{triager.knowledge.policy.version}；模型包：{triager.brain.name}")


def _fail(message: str) -> NoReturn:
    _console.print(f"{say('error')}：{message}", style="red")
    raise typer.Exit(2)


def _plug_in() -> None:
    """Let the other two packages add their commands."""
    for entry in sorted(entry_points(group="triage.commands"), key=lambda e: e.name):
        entry.load()(app, data_app)


def main() -> None:
    """Run the console script; faults end in one Chinese line and exit code 2."""
    _plug_in()
    try:
        app()
    except TriageError as error:
        _console.print(f"{say('error')}：{error}", style="red")
        sys.exit(2)


if __name__ == "__main__":
    main()
