"""`triage serve` and `triage data export-decisions`. Registered by entry point."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvicorn

from serve.app import create_app
from serve.settings import Settings
from serve.storage.engine import open_engine, session_factory
from serve.storage.export import export_decisions
from serve.storage.migrate import migrate
from serve.storage.proposals import export_approved
from triage import settings as triage_settings
from triage.errors import InputError
from triage.pipeline import Triager


def register(app: typer.Typer, data_app: typer.Typer) -> None:
    """Add this package's commands to the console script."""
    app.command()(serve)
    data_app.command("export-decisions")(export)
    data_app.command("export-rules")(export_rules)


def serve(
    host: Annotated[str | None, typer.Option(help="监听地址。 address")] = None,
    port: Annotated[int | None, typer.Option(help="端口。 port")] = None,
    bundle: Annotated[Path | None, typer.Option(help="模型包。 bundle")] = None,
    database: Annotated[str | None, typer.Option(help="数据库地址。 SQLAlchemy URL")] = None,
    no_accounts: Annotated[
        bool, typer.Option("--i-know-no-accounts", help="明知还没有账号仍要对外监听。")
    ] = False,
) -> None:
    """启动服务。 Serve the pages and the HTTP interface."""
    settings = Settings()
    changes = {"host": host, "port": port, "bundle": bundle, "database": database}
    settings = settings.model_copy(update={k: v for k, v in changes.items() if v is not None})
    if not _loopback(settings.host) and not no_accounts:
        raise InputError(
            "not_loopback",
            "系统还没有账号和权限，只能在本机（127.0.0.1）使用；"
            "确实要对外监听，请加 --i-know-no-accounts 并自行做好网络隔离",
        )
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    triager = Triager.open(
        bundle=settings.bundle,
        encoder=settings.encoder,
        threads=settings.threads,
        progress=_step,
    )
    if triager.degraded_reason:
        _step(f"注意：降级运行（{triager.degraded_reason}）")
    _step(f"办结案例 {len(triager.index)} 件，模型包 {triager.brain.name}")
    _step("迁移数据库")
    app = create_app(triager, settings)
    _step(
        f"服务已启动：http://{settings.host}:{settings.port} （按 Ctrl+C 停止；仅限本机，暂无账号）"
    )
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")


def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="输出 JSONL。 output")],
    since: Annotated[
        dt.datetime | None, typer.Option(help="从哪天起。 from this day", formats=["%Y-%m-%d"])
    ] = None,
    database: Annotated[str | None, typer.Option(help="数据库地址。 SQLAlchemy URL")] = None,
) -> None:
    """导出受理员的决定，作为训练记录（已脱敏）。 Export clerks' decisions as training records."""
    engine = open_engine(database or Settings().database)
    migrate(engine)
    day = since.date() if since is not None else None
    count = export_decisions(session_factory(engine), output, day)
    typer.echo(f"已导出 {count} 条决定到 {output}")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _step(message: str) -> None:
    print(f"· {message}", flush=True)


def export_rules(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="默认 data/risk/local.yaml。 county rules file"),
    ] = None,
    database: Annotated[str | None, typer.Option(help="数据库地址。 SQLAlchemy URL")] = None,
) -> None:
    """导出经两人审批的风险规则，写成本县规则文件，下次启动生效。 Approved risk rules."""
    settings = Settings()
    engine = open_engine(database or settings.database)
    migrate(engine)
    target = output or triage_settings.data_dir() / "risk" / "local.yaml"
    version = dt.date.today().strftime("%Y.%m.%d")
    count = export_approved(session_factory(engine), version, target)
    typer.echo(f"已写出 {count} 条本县规则")
