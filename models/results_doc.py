"""`docs/reports/results.md` and `risk.md`: the figures of one bundle, each with n and interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.metrics import show

_TOPICS = {
    "type": "大类",
    "sub_type_top1": "细类首选",
    "sub_type_top3": "细类前三",
    "sub_type_strict": "细类首选（只认主标）",
    "type_at_10pct_abstained": "大类（最没把握的 10% 交人）",
    "unsure_recall": "分不出的被问回",
    "unsure_false": "分得出却被问回",
    "secondary_found": "混合纠纷找到第二个",
    "secondary_false": "单一纠纷误报第二个",
}
_BODIES = {
    "lead": "牵头正确",
    "acceptable": "牵头可接受",
    "top3": "正确者在前三",
    "never_mediate_missed": "不得调解而漏判",
}
_RISK = {
    "red_recall": "红色召回",
    "red_precision": "红色精确",
    "orange_recall": "橙色及以上召回",
    "orange_precision": "橙色及以上精确",
    "exact_level": "等级完全一致",
    "evidence_overlap": "证据与标注重叠",
}
FORM_NAMES = {
    "direct": "直说",
    "implicit": "含蓄",
    "negated": "否定",
    "quoted": "转述",
    "hypothetical": "假设",
    "historical": "过去",
    "slang": "俚语方言谐音",
    "false_friend": "假朋友",
}


def _figure(value: Any) -> str:
    if isinstance(value, Mapping) and "value" in value:
        return show(dict(value)) if value["n"] else "–"
    return "–" if value is None else str(value)


def results_text(report: Mapping[str, Any], bundle: str) -> str:
    """Classification, bodies, slices and classes; authored beside real."""
    authored, lay = report.get("authored", {}), report.get("lay", {})
    lines = [
        "# 成绩",
        "",
        f"由 `triage evaluate` 生成；模型包 {bundle}。撰写叙述是整批留出的作者（合成文本）；真实提问是公开的法律咨询，"
        "两人独立标注、裁定，从不参与训练。方括号内为 95% Wilson 区间。",
        "",
        "| 项目 | 撰写叙述 | 真实提问 |",
        "|---|---|---|",
    ]
    lines += [
        f"| {name} | {_figure(authored.get(key))} | {_figure(lay.get(key))} |"
        for key, name in _TOPICS.items()
    ]
    lines.append(
        f"| 大类校准误差 ECE | {_figure(authored.get('type_ece'))} | {_figure(lay.get('type_ece'))} |"
    )
    lines += [
        f"| {name} | {_figure(authored.get('bodies', {}).get(key))} | – |"
        for key, name in _BODIES.items()
    ]
    if "court" in report:
        lines.append(f"| 裁判文书大类（公开真实） | – | {_figure(report['court']['type'])} |")
    if "similar" in report:
        lines.append(f"| 类案三元组（公开真实） | – | {_figure(report['similar']['triplets'])} |")
    lines += ["", "## 分组（撰写叙述）", "", "| 分组 | 大类 | 细类首选 |", "|---|---|---|"]
    lines += [
        f"| {name} | {_figure(row['type'])} | {_figure(row['sub_type_top1'])} |"
        for name, row in authored.get("slices", {}).items()
    ]
    lines += ["", "## 各细类首选", "", "| 细类 | 撰写叙述 | 真实提问 |", "|---|---|---|"]
    lines += [
        f"| {code} | {_figure(row)} | {_figure(lay.get('by_sub_type', {}).get(code))} |"
        for code, row in authored.get("by_sub_type", {}).items()
    ]
    return "\n".join(lines) + "\n"


def risk_text(report: Mapping[str, Any], bundle: str, curves: Sequence[str]) -> str:
    """Recall, precision, forms, groups, alarms on real questions, and the two curves."""
    texts, narratives = report.get("risk", {}), report.get("authored_risk_in_narratives", {})
    lines = [
        "# 风险识别成绩",
        "",
        f"由 `triage evaluate` 生成；模型包 {bundle}。风险文本是整批留出的作者写的八种形式（合成，红橙占多数）；"
        "叙述是留出的普通叙述，比例接近窗口日常。",
        "",
        "| 项目 | 风险文本 | 普通叙述 |",
        "|---|---|---|",
    ]
    lines += [
        f"| {name} | {_figure(texts.get(key))} | {_figure(narratives.get(key))} |"
        for key, name in _RISK.items()
    ]
    pairs = texts.get("minimal_pairs", {})
    lines.append(f"| 最小对方向正确 | {_figure(pairs.get('direction'))} | – |")
    lines.append(f"| 不变对保持不变 | {_figure(pairs.get('invariance'))} | – |")
    lay = report.get("lay_risk", {})
    if lay:
        lines.append(f"| 真实提问里报橙或红 | – | {_figure(lay['alarms'])} |")
        lines.append(f"| 真实提问里该报而报到 | – | {_figure(lay['recall'])} |")
    lines += [
        "",
        "## 按形式",
        "",
        "| 形式 | 红色召回 | 橙色及以上召回 | 蓝色文本误报橙红 | 蓝色文本被标任何颜色 |",
        "|---|---|---|---|---|",
    ]
    keys = ("red_recall", "orange_recall", "false_alarm_on_blue", "any_flag_on_blue")
    lines += [
        f"| {FORM_NAMES[form]} | " + " | ".join(_figure(row[k]) for k in keys) + " |"
        for form, row in texts.get("forms", {}).items()
    ]
    lines += [
        "",
        "## 按长度、方言、大类",
        "",
        "| 分组 | 红色召回 | 橙色及以上召回 | 橙色及以上精确 |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | "
        + " | ".join(_figure(row[k]) for k in ("red_recall", "orange_recall", "orange_precision"))
        + " |"
        for name, row in texts.get("groups", {}).items()
    ]
    return "\n".join([*lines, *curves]) + "\n"


def curve_lines(
    title: str, points: Sequence[tuple[float, Mapping[str, Any]]], used: str
) -> list[str]:
    """One table a supervisor chooses from."""
    lines = [
        "",
        f"## 两条曲线（{title}）",
        "",
        f"红、橙门槛一起移动；现用 {used}。每 100 件报警数与召回、期望代价（分钟）对照："
        "漏一个红按 20,000 分钟、漏一个橙按 600 分钟、误报一次 20 分钟计（前两项是假定，不是测量）。",
        "",
        "| 门槛 | 红色召回 | 橙色及以上召回 | 橙色及以上精确 | 每 100 件报警 | 期望代价／件 |",
        "|---|---|---|---|---|---|",
    ]
    for value, row in points:
        cells = " | ".join(
            _figure(row[k]) for k in ("red_recall", "orange_recall", "orange_precision")
        )
        lines.append(f"| {value:.2f} | {cells} | {row['alarms_per_100']} | {row['cost_minutes']} |")
    return lines


def write(root: Path, name: str, text: str) -> Path:
    target = root / "docs" / "reports" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target
