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
    app.command("curve")(data_curve)
    app.command("linking")(data_linking)
    app.command("card")(data_card)
    app.command("retrieval")(data_retrieval)
    app.command("risk-audit")(data_risk_audit)
    app.command("risk-policy")(data_risk_policy)
    app.command("forms")(data_forms)
    app.command("classifiers")(data_classifiers)


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


def data_retrieval() -> None:
    """相似案例成绩：分级查询上的 nDCG@5、recall@5，及各权重。 Retrieval on graded queries."""
    from models.retrieval_eval import choose, figures, load_queries, parts_of
    from triage.pipeline import Triager
    from triage.similar import DENSE_WEIGHT, TYPE_BONUS, WORD_WEIGHT

    parts = parts_of(Triager.open(), load_queries(settings.data_dir()))
    best, table = choose(parts)
    shipped = (DENSE_WEIGHT, WORD_WEIGHT, TYPE_BONUS)
    lines = [
        "# 相似案例成绩",
        "",
        "由 `triage data retrieval` 生成。120 个查询各配 20 件办结案例，人工按 0–3 分级（不看系统打分）；"
        "权重（向量、字词、类型）只在开发半边选，另一半报告。文本均为合成。",
        "",
        "| 权重（向量, 字词, 类型） | 半边 | nDCG@5 | recall@5 |",
        "|---|---|---|---|",
    ]
    for grid_point, row in sorted(table.items(), key=lambda kv: -float(kv[1]["ndcg5"]))[:8]:
        lines.append(
            f"| {grid_point} | 开发 | {row['ndcg5']:.3f} n={row['ndcg5_n']} | {row['recall5']:.3f} n={row['recall5_n']} |"
        )
    test = [p for p in parts if p.query.half == "test"]
    for name, chosen in (("开发最佳", best), ("随系统", shipped)):
        row = figures(test, chosen)
        lines.append(
            f"| {name} {chosen} | 测试 | {row['ndcg5']:.3f} n={row['ndcg5_n']} "
            f"| {row['recall5']:.3f} n={row['recall5_n']} |"
        )
    target = settings.project_root() / "docs" / "reports" / "retrieval.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _out.print("\n".join(lines[4:]))


def data_risk_audit() -> None:
    """风险词条各自准不准（训练语料上），决定哪些词条可以单独定级。 Precision by entry."""
    from models.corpus.splits import load_plan, split
    from models.risk_audit import audit

    data = settings.data_dir()
    knowledge = Knowledge.load(data)
    narratives, risk = load_corpus(data)
    plan = load_plan(data)
    records = [*split(narratives, plan).train, *split(risk, plan).train]
    floors = {e.id: e.floor for e in knowledge.lexicon.entries}
    table = Table("规则", "给出", "单独定级", "命中", "对", "精确", "95% 下限")
    for s in audit(records, knowledge):
        alone = "是" if floors.get(s.rule, True) else "须模型附议"
        table.add_row(
            s.rule, s.given, alone, str(s.texts), str(s.right),
            f"{s.right / s.texts:.2f}", f"{s.low:.2f}",
        )  # fmt: skip
    _out.print(table)


def data_risk_policy() -> None:
    """模型门槛各种取值在校准故事上的成绩。 Sweep of the policy's model thresholds."""
    from models.corpus.lay import load_lay_questions
    from models.evaluate import shared_data
    from models.policy_study import policy_study
    from triage.pipeline import Triager

    data = settings.data_dir()
    shared = shared_data(settings.project_root())
    lay = load_lay_questions(data, shared) if shared is not None else []
    rows = policy_study(Triager.open(), data, lay)
    names = ("red_recall", "red_precision", "orange_recall", "orange_precision")
    safe = ("false_friend", "negated", "quoted", "historical", "lay")
    table = Table("设置", *names, *safe, "worth")
    for row in rows[:15]:
        table.add_row(
            " ".join(f"{v}" for v in row["settings"].values()),
            *(f"{row[n]['value']:.3f}" for n in (*names, *safe)),
            f"{row['worth']:.3f}",
        )
    _out.print(table)


def data_forms() -> None:
    """形式识别：规则、模型、合并三者对照。 Rules against the form head."""
    from models.form_study import form_study, write_report
    from triage.pipeline import Triager

    report = form_study(Triager.open(), settings.data_dir())
    target = settings.project_root() / "docs" / "reports" / "forms.md"
    write_report(report, target)
    _out.print(target.read_text(encoding="utf-8"))


def data_classifiers() -> None:
    """各种分类方法在留出集上的比较。 The classifier study."""
    from models.classifier_study import classifier_study, write_report

    root = settings.project_root()
    rows = classifier_study(settings.data_dir(), root, progress=_out.print)
    _out.print(write_report(rows, root).read_text(encoding="utf-8"))


def data_curve(
    finetune: Annotated[
        bool, typer.Option("--finetune", help="每一档都整套微调（数小时）。 fine-tune each share")
    ] = False,
) -> None:
    """学习曲线：语料每加倍一次，成绩提高多少。 Learning curve by doublings of the corpus."""
    # Only this command needs the training code.
    from models.learning_curve import learning_curve, write_report

    data, root = settings.data_dir(), settings.project_root()
    rows = learning_curve(data, root, finetune=finetune, progress=_out.print)
    _out.print(f"报告写到 {write_report(rows, finetune, root).name}")


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
