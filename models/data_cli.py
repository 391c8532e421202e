"""`triage data …`: checks and measurements of the corpus itself."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models import check
from models.agreement import RELABELLED, all_agreements, disagreements, read_labels
from models.corpus.records import by_id, load_corpus
from models.corpus_card import write_card
from models.extraction_eval import FIELD_NAMES, evaluate_extraction, load_labelled
from models.extraction_eval import write_report as write_extraction_report
from models.metrics import show
from triage import settings
from triage.knowledge import Knowledge

_out = Console()


def register(app: typer.Typer) -> None:
    """Add the commands to `triage data`."""
    app.command("check")(data_check)
    app.command("agreement")(data_agreement)
    app.command("audit")(data_audit)
    app.command("extraction")(data_extraction)
    app.command("linking")(data_linking)
    app.command("card")(data_card)


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
    problems = check.run(settings.data_dir(), _out, knowledge_only, embeddings)
    if problems:
        raise typer.Exit(1)


def data_agreement(
    adjudicate: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="把不一致的记录写到这里，供裁定。 disagreements"),
    ] = None,
) -> None:
    """两位标注员的一致程度（盲标 15%，真实提问全部）。 Inter-annotator agreement."""
    data = settings.data_dir()
    table = Table("集合", "n", "大类", "细类", "细类（含可接受）", "等级", "加权 κ")
    for name, row in all_agreements(data, Knowledge.load(data)).items():
        table.add_row(
            name,
            str(row["n"]),
            *(show(row[k]) for k in ("type", "sub_type", "sub_type_accepted", "level")),
            f"{row['level_kappa']:.3f}",
        )
    _out.print(table)
    if adjudicate is not None:
        narratives, risk = load_corpus(data, adjudicated=False)
        rows = disagreements(by_id([*narratives, *risk]), read_labels(data / RELABELLED))
        _write_lines(
            adjudicate,
            [
                {
                    "id": r.id,
                    "text": r.text,
                    "first": {"sub_type": r.sub_type, "risk_level": r.risk_level},
                    "second": dict(second),
                }
                for r, second in rows
            ],
        )
        _out.print(f"{len(rows)} 条不一致，已写到 {adjudicate}")


def data_audit(
    limit: Annotated[int, typer.Option(help="列出多少条。 how many")] = 150,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="写成 JSONL。 output")
    ] = None,
) -> None:
    """可疑标签：交叉验证概率与标签相左的记录（cleanlab）。 Suspect labels."""
    # cleanlab is part of the `ml` extra.
    from models.label_audit import suspects, verdicts

    data = settings.data_dir()
    found = suspects(data, Knowledge.load(data), limit)
    table = Table("编号", "标注", "模型以为", "分", "正文")
    for s in found:
        table.add_row(
            s.record.id, s.record.sub_type, s.proposed, f"{s.quality:.3f}", s.record.text[:40]
        )
    _out.print(table)
    read = verdicts(data)
    changed = sum(v["verdict"] == "relabelled" for v in read)
    _out.print(f"此前已读 {len(read)} 条可疑记录，改标 {changed} 条")
    if output is not None:
        _write_lines(
            output,
            [
                {
                    "id": s.record.id,
                    "sub_type": s.record.sub_type,
                    "proposed": s.proposed,
                    "quality": round(s.quality, 4),
                    "text": s.record.text,
                }
                for s in found
            ],
        )


def data_extraction() -> None:
    """抽取成绩：金额、人数、日期、已在办程序，逐项完全一致才算对。 Extraction figures."""
    figures, errors = evaluate_extraction(load_labelled(settings.data_dir()))
    for half, title in (("test", "测试集"), ("dev", "开发集")):
        table = Table(title, "全部", "写明", "未写")
        for field, name in FIELD_NAMES.items():
            part = figures[half][field]
            table.add_row(name, *(show(part[k]) for k in ("all", "stated", "absent")))
        _out.print(table)
    for e in errors[:40]:
        _out.print(f"{e.id} {e.field}：标注 {e.wanted}，读到 {e.found}｜{e.text[:60]}")
    path = write_extraction_report(figures, settings.project_root())
    _out.print(f"开发集错 {len(errors)} 处；报告写到 {path.name}")


def data_card() -> None:
    """重写语料卡：数量、分布、一致程度。 Rewrite the dataset card."""
    _out.print(f"语料卡写到 {write_card(settings.data_dir()).name}")


def data_linking(
    fit: Annotated[
        bool, typer.Option("--fit", help="重新拟合并写回 data/linking/policy.yaml。 refit")
    ] = False,
) -> None:
    """归并线索成绩：同一件事再次登记、多人对同一对方。 Linking figures on authored groups."""
    from models.linking_eval import (
        as_filings,
        fit_policy,
        load_filings,
        measure,
        pairs_of,
        write_policy,
    )
    from triage.knowledge.linking import LinkingPolicy
    from triage.knowledge.loader import load_yaml
    from triage.pipeline import Triager

    data = settings.data_dir()
    triager = Triager.open()
    authored = load_filings(data)
    filings = as_filings(authored, triager)
    halves = {h: [a for a in authored if a.half == h] for h in ("dev", "test")}
    path = data / "linking" / "policy.yaml"
    policy = load_yaml(path, LinkingPolicy, data)
    if fit:
        version = dt.date.today().strftime("%Y.%m.%d")
        pairs = pairs_of(halves["dev"], filings)
        policy = fit_policy(pairs, policy.window_days, version)
        write_policy(policy, path)
    lines = ["# 归并线索成绩", "", "由 `triage data linking` 生成；分组是编写的（合成）。", ""]
    lines += [
        "| 半边 | 登记 | 分组 | 同一件事 精确 | 同一件事 召回 | 分组召回 | 误并 |",
        "|---|---|---|---|---|---|---|",
    ]
    for half, name in (("dev", "开发"), ("test", "测试")):
        row = measure(halves[half], filings, policy)
        shown = [
            show(row[k]) for k in ("same_filing_precision", "same_filing_recall", "group_recall")
        ]
        lines.append(
            f"| {name} | {row['filings']} | {row['groups']} | "
            + " | ".join(shown)
            + f" | {len(row['wrong_merges'])} |"
        )
        _out.print(f"{name}：误并 {row['wrong_merges'][:8]}")
    target = settings.project_root() / "docs" / "reports" / "linking.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _out.print("\n".join(lines[4:]))


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    path.write_text(text, encoding="utf-8")
