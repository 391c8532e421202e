"""`triage data …`: studies that justify a choice – which reader, which weights, which thresholds."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.corpus.records import load_corpus
from triage import settings
from triage.knowledge import Knowledge

_out = Console()


def register(app: typer.Typer) -> None:
    """Add the commands to `triage data`."""
    app.command("curve")(data_curve)
    app.command("retrieval")(data_retrieval)
    app.command("risk-audit")(data_risk_audit)
    app.command("risk-policy")(data_risk_policy)
    app.command("forms")(data_forms)
    app.command("reader-study")(data_reader_study)
    app.command("classifiers")(data_classifiers)


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


def data_reader_study(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="只跑这几项。 only these variants")
    ] = None,
) -> None:
    """微调的几项设置各带来什么（每项约一刻钟）。 Ablation of the fine-tuning settings."""
    # torch is an extra: only this command needs it.
    from models.reader.study import VARIANTS, reader_study, write_report

    unknown = set(only or ()) - set(VARIANTS)
    if unknown:
        raise typer.BadParameter(f"没有 {'、'.join(unknown)}，可选 {'、'.join(VARIANTS)}")
    root = settings.project_root()
    rows = reader_study(settings.data_dir(), tuple(only or VARIANTS), progress=_out.print)
    _out.print(write_report(rows, root).read_text(encoding="utf-8"))


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
