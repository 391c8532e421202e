"""The dataset card of the authored corpus, written from the corpus itself: `triage data card`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from models.agreement import all_agreements
from models.corpus.records import Record, load_corpus
from models.corpus.splits import load_plan, split
from models.metrics import show
from triage.knowledge import Knowledge
from triage.similar import load_cases

CARD = Path("corpus") / "CARD.md"


def write_card(data: Path) -> Path:
    """Write `data/corpus/CARD.md` and return its path."""
    knowledge = Knowledge.load(data)
    narratives, risk = load_corpus(data)
    cases = load_cases(data / "corpus" / "cases" / "closed")
    plan = load_plan(data)
    parts, risk_parts = split(narratives, plan), split(risk, plan)
    per = Counter(r.sub_type for r in narratives)
    case_per = Counter(c.sub_type for c in cases)
    agreements = "\n".join(
        f"| {name} | {row['n']} | {show(row['type'])} | {show(row['sub_type'])} | "
        f"{show(row['level'])} | {row['level_kappa']:.3f} |"
        for name, row in all_agreements(data, knowledge).items()
    )
    text = f"""# 语料卡（dataset card）

由 `triage data card` 从语料本身生成，不要手改。

**全部是为本项目撰写的合成文本（authored, synthetic），没有真实当事人。** 撰写者是语言模型扮演的多位“作者”：
每位作者一批，每条先领一张写作卡（细类、长度、说话人、方言、书写、边界或混合、地点、身份、语气、从哪里说起），
想好一个具体的人再写；不套模板、不填空、不重复句子。标签由写作者给出，15% 由另一位标注员不看原标重标，
不一致的经裁定（`adjudicated.jsonl`）。同一套写法写出来的文本彼此相像，成绩必然比真实来人乐观：请同时看“真实提问”一栏。

## 数量

| 集合 | 条数 | 训练 | 校准 | 测试 |
|---|---|---|---|---|
| 叙述 | {len(narratives)} | {len(parts.train)} | {len(parts.calibration)} | {len(parts.test)} |
| 风险文本 | {len(risk)} | {len(risk_parts.train)} | {len(risk_parts.calibration)} | {len(risk_parts.test)} |
| 办结案例 | {len(cases)} | 全部 | – | – |

划分按撰写批次和故事（`splits.yaml`），绝不按行。每细类叙述最少 {min(per.values())} 条、最多 {max(per.values())} 条；
每细类案例最少 {min(case_per.get(c, 0) for c in knowledge.taxonomy.codes)} 件。

## 叙述的分布

{_spread(narratives)}

## 风险文本的分布

- 等级：{_counts([r.risk_level for r in risk])}
- 证据形式：{_counts([e.form for r in risk for e in r.evidence])}
- 信号：{_counts([e.code for r in risk for e in r.evidence])}
- 最小对：{sum(n > 1 for n in Counter(r.pair for r in risk if r.pair).values())} 组

## 一致程度（两人互不知情）

| 集合 | n | 大类 | 细类 | 等级 | 等级加权 κ |
|---|---|---|---|---|---|
{agreements}

## 用途与限制

- 用来训练和检验分流建议；不得用来评价任何个人。
- 语音错字、方言按作者的语感写成，与真实语音转写有差距；少数民族语言没有覆盖。
- 风险文本不写任何作案、自伤方法的操作细节。
- 真实公开文本（`../shared/data`）只用来测量，不在本语料内。
"""
    target = data / CARD
    target.write_text(text, encoding="utf-8")
    return target


def _spread(records: Sequence[Record]) -> str:
    n = len(records)

    def share(name: str, hits: int, goal: str) -> str:
        return f"| {name} | {hits} | {hits / n:.1%} | {goal} |"

    rows = [
        share("15–60 字", sum(len(r.text) <= 60 for r in records), "35%"),
        share("61–200 字", sum(60 < len(r.text) <= 200 for r in records), "45%"),
        share("200 字以上", sum(len(r.text) > 200 for r in records), "20%"),
        share("本人说", sum(r.voice == "first" for r in records), "60%"),
        share("受理员摘要", sum(r.voice == "clerk" for r in records), "15%"),
        share("网格员上报", sum(r.voice == "grid" for r in records), "10%"),
        share("语音转写", sum(r.voice == "asr" for r in records), "10%"),
        share("对方来说", sum(r.voice == "opponent" for r in records), "5%"),
        share("方言色彩", sum(r.dialect is not None for r in records), "12%"),
        share("错别字", sum("typo" in r.traits for r in records), "10%"),
        share("繁體", sum("trad" in r.traits for r in records), "4%"),
        share("在边界上", sum("boundary" in r.traits for r in records), "≥700 条"),
        share("真混合", sum(bool(r.secondary) for r in records), "≥500 条"),
        share("分不出（unsure）", sum(r.unsure for r in records), "≥150 条"),
        share("不是纠纷", sum("none" in r.traits for r in records), "≥150 条"),
        share("非蓝色", sum(r.risk_level != "blue" for r in records), "–"),
    ]
    return "\n".join(["| 项目 | 条数 | 比例 | 目标 |", "|---|---|---|---|", *rows])


def _counts(values: Sequence[str]) -> str:
    return "，".join(f"{k} {n}" for k, n in Counter(values).most_common())
