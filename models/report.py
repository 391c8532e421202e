"""Evaluate a bundle on everything there is, write the figures into it and its model card.

The figures come from the shipped pipeline run on texts it did not learn from: the authored test
batches (synthetic), the labelled real lay questions, public court documents, similar-case triplets.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models import results_doc
from models.corpus.lay import load_lay_questions
from models.corpus.records import load_corpus
from models.corpus.splits import load_plan, split
from models.evaluate import (
    answer_all,
    classification_report,
    lay_alarms,
    real_court_report,
    real_triplets_report,
    risk_report,
    shared_data,
)
from models.metrics import show
from models.risk_curves import curve, prepare
from models.robustness import faithfulness, robustness_report
from triage.bundle import MANIFEST, sha256
from triage.pipeline import Triager

#: What can be measured; the public court texts are long and take most of the time.
SETS = ("authored", "risk", "lay", "court", "similar")


def evaluate_bundle(
    triager: Triager,
    data: Path,
    root: Path,
    progress: Callable[[str], None] = lambda _: None,
    sets: Sequence[str] = SETS,
) -> dict[str, Any]:
    """The reports asked for; real-text parts are absent without the shared folder."""
    narratives, risk = load_corpus(data)
    plan = load_plan(data)
    test, risk_test = split(narratives, plan).test, split(risk, plan).test
    out: dict[str, Any] = {"authored_is": "撰写的合成文本（synthetic）"}
    if test and "authored" in sets:
        progress(f"撰写叙述测试集 {len(test)} 条")
        answers = answer_all(triager, test)
        out["authored"] = classification_report(test, answers, triager)
        out["authored_risk_in_narratives"] = risk_report(test, answers)
    if risk_test and "risk" in sets:
        progress(f"撰写风险测试集 {len(risk_test)} 条")
        out["risk"] = risk_report(risk_test, answer_all(triager, risk_test))
    shared = shared_data(root)
    if shared is None:
        return out
    lay = load_lay_questions(data, shared)
    if lay and "lay" in sets:
        progress(f"真实提问 {len(lay)} 条")
        answers = answer_all(triager, lay)
        out["lay"] = classification_report(lay, answers, triager)
        out["lay_risk"] = lay_alarms(lay, answers)
    if "court" in sets:
        progress("裁判文书")
        out["court"] = real_court_report(triager, shared)
    if "similar" in sets:
        progress("类案三元组")
        out["similar"] = real_triplets_report(triager, shared)
    return out


def write_reports(
    triager: Triager,
    figures: dict[str, Any],
    data: Path,
    root: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """`docs/reports/results.md` and `risk.md` with the two curves, from a full evaluation."""
    name = triager.brain.name
    results_doc.write(root, "results.md", results_doc.results_text(figures, name))
    narratives, risk = load_corpus(data)
    plan = load_plan(data)
    used = triager.knowledge.policy.model
    lines: list[str] = []
    for title, records in (
        ("留出的风险文本", split(risk, plan).test),
        ("留出的普通叙述", split(narratives, plan).test),
    ):
        progress(f"曲线：{title}")
        points = curve(prepare(triager, records, dt.date.today()), triager)
        lines += results_doc.curve_lines(title, points, f"红 {used.red}、橙 {used.orange}")
    results_doc.write(root, "risk.md", results_doc.risk_text(figures, name, lines))


def robustness(
    triager: Triager, data: Path, root: Path, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """The robustness suite and the faithfulness of explanations on held-out narratives; also
    written to `docs/reports/robustness.md`.
    """
    narratives, _ = load_corpus(data)
    held = split(narratives, load_plan(data)).test
    progress(f"稳健性：{len(held)} 条留出叙述")
    out: dict[str, Any] = {
        "rewrites": robustness_report(triager, held, data),
        "faithfulness": faithfulness(triager, held),
    }
    rows = "\n".join(
        f"| {name}{'（不得变）' if row['must_not_change'] else ''} | "
        + " | ".join(show(row[k]) for k in ("type", "sub_type", "lead", "risk_level"))
        + " |"
        for name, row in out["rewrites"].items()
    )
    faith = out["faithfulness"]
    text = f"""# 稳健性与解释的忠实度

由 `triage evaluate --robustness` 生成；模型包 {triager.brain.name}。对留出的撰写叙述（合成）逐条改写，数值是答案**变了**的比例。
要求：大类变化不超过 2%（人物互换不超过 1%），细类不超过 5%。

| 改写 | 大类 | 细类 | 牵头 | 风险等级 |
|---|---|---|---|---|
{rows}

删去解释里权重最大的三段，首选细类的概率平均下降 **{faith["fall_without_spans"]:.3f}**；
随机删去同样多的字，平均下降 {faith["fall_without_random"]:.3f}（n={faith["n"]}）。
"""
    target = root / "docs" / "reports" / "robustness.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return out


def headline(report: dict[str, Any]) -> dict[str, str]:
    """The dozen figures people look for, as text with n and interval."""
    wanted = {
        "撰写叙述 大类": ("authored", "type"),
        "撰写叙述 细类首选": ("authored", "sub_type_top1"),
        "撰写叙述 细类前三": ("authored", "sub_type_top3"),
        "撰写叙述 牵头机构": ("authored", "bodies", "lead"),
        "撰写叙述 可接受机构": ("authored", "bodies", "acceptable"),
        "撰写叙述 漏掉不得调解": ("authored", "bodies", "never_mediate_missed"),
        "真实提问 大类": ("lay", "type"),
        "真实提问 细类首选": ("lay", "sub_type_top1"),
        "真实提问 细类前三": ("lay", "sub_type_top3"),
        "裁判文书 大类": ("court", "type"),
        "类案三元组": ("similar", "triplets"),
        "风险 红色召回": ("risk", "red_recall"),
        "风险 红色精确": ("risk", "red_precision"),
        "风险 橙色及以上召回": ("risk", "orange_recall"),
        "风险 橙色及以上精确": ("risk", "orange_precision"),
    }
    out = {}
    for name, path in wanted.items():
        value: Any = report
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, dict):
            out[name] = show(value)
    return out


def write_into(bundle: Path, report: dict[str, Any]) -> None:
    """Put the figures and the model card into the bundle and re-seal its manifest."""
    manifest = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))
    manifest["metrics"] = headline(report)
    _write_json(bundle / "metrics.json", report)
    (bundle / "model_card.md").write_text(model_card(manifest, report), encoding="utf-8")
    for name in ("metrics.json", "model_card.md"):
        manifest["files"][name] = sha256(bundle / name)
    _write_json(bundle / MANIFEST, manifest)


def _extra(parameters: dict[str, Any]) -> str:
    """Says plainly when a county's own records were added."""
    names = parameters.get("extra")
    if names:
        return f"，另加本地记录（{names}，已脱敏，可能含真实案件）"
    return "，没有真实当事人"


def _write_json(path: Path, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def model_card(manifest: dict[str, Any], report: dict[str, Any]) -> str:
    """Model card in Chinese, written from the run's own facts."""
    parameters = manifest["parameters"]
    rows = "\n".join(f"| {k} | {v} |" for k, v in headline(report).items())
    weak = sorted(
        report.get("authored", {}).get("by_sub_type", {}).items(), key=lambda kv: kv[1]["value"]
    )[:8]
    weak_rows = "\n".join(f"| {code} | {show(figure)} |" for code, figure in weak)
    return f"""# 模型卡：{manifest["name"]}

- 用途：县级综治中心受理窗口的分流建议（类型、机构、途径、风险、相似案例）。**由人决定**，不生成文字。
- 训练数据：`data/` 中**撰写的合成语料**（叙述 {parameters.get("train_records", "?")} 条、风险文本 {parameters.get("risk_records", "?")} 条）{_extra(parameters)}；公开真实文本只用于测量，不参与训练。
- 编码器：{parameters.get("encoder_name") or "无（仅字词）"}；指纹 `{manifest["encoder"][:16]}`。
- 分类目录版本：{manifest["taxonomy"]}；训练时间：{manifest["created"]}；种子：{parameters.get("seed")}。
- 复现：`make train`（同一种子），再 `triage evaluate`。

## 成绩（n 与 95% 区间）

| 项目 | 数值 |
|---|---|
{rows}

## 最弱的细类（撰写测试集）

| 细类 | 首选正确 |
|---|---|
{weak_rows}

## 局限

- 撰写文本与真实来人说话仍有差距，以“真实提问”一栏为准估计上线效果。
- 风险部分会漏报：等级只是提示，主管须抽查蓝色案件。
- 不含也不得加入姓名、性别、户籍、民族、前科等个人特征。
"""
