"""`triage data check`: what anyone can rerun to see whether the corpus is worth learning from.

Problems stop the command with exit code 1; measured counts are printed beside what was asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.corpus.records import Record, load_corpus
from models.near import near_duplicates
from triage import settings
from triage.amounts import find_amounts
from triage.encoder import OnnxEncoder
from triage.knowledge import Knowledge
from triage.masking import mask
from triage.similar import load_cases
from triage.text import normalise

#: Jaccard of character 5-grams from which two texts are one (issue 3).
MAX_JACCARD = 0.3
#: Share of texts that may open with the same four characters (issue 3).
MAX_OPENING = 0.005
#: Cosine of centred vectors from which two texts of different stories are suspicious.
MAX_COSINE = 0.97


def run(data: Path, out: Console, knowledge_only: bool, embeddings: bool) -> list[str]:
    """Run all checks, print them, and return the problems found."""
    knowledge = Knowledge.load(data)
    out.print(
        f"知识文件：{len(knowledge.taxonomy.codes)} 个细类，{len(knowledge.bodies.bodies)} 个机构，"
        f"{len(knowledge.lexicon.entries)} 条风险词条，无错误"
    )
    if knowledge_only:
        return []
    narratives, risk = load_corpus(data)
    problems = [
        *_codes(narratives + risk, knowledge),
        *_ids(narratives + risk),
        *_personal(narratives + risk),
        *_openings(narratives),
        *_amounts(narratives),
    ]
    pairs = near_duplicates([(r.id, r.text, r.group) for r in narratives + risk], MAX_JACCARD)
    problems += [f"近似重复（{j:.2f}）：{a} 与 {b}" for a, b, j in pairs]
    if embeddings:
        problems += _dense_duplicates(narratives + risk)
    _spread(narratives, risk, data, out)
    for problem in problems[:60]:
        out.print(f"[red]✗[/red] {problem}")
    out.print(f"共 {len(problems)} 个问题" if problems else "全部检查通过")
    return problems


def _codes(records: Iterable[Record], k: Knowledge) -> list[str]:
    codes, bodies = set(k.taxonomy.codes), {b.code for b in k.bodies.bodies}
    signals = set(k.policy.kinds)
    problems = []
    for r in records:
        for code in (r.sub_type, *r.secondary, *r.acceptable_sub_types):
            if code not in codes:
                problems.append(f"{r.id}：细类 {code} 不存在")
        for code in (r.lead, *r.co, *r.acceptable):
            if code not in bodies:
                problems.append(f"{r.id}：机构 {code} 不存在")
        problems += [
            f"{r.id}：风险信号 {e.code} 不存在" for e in r.evidence if e.code not in signals
        ]
        if r.risk_level != "blue" and not r.evidence:
            problems.append(f"{r.id}：等级 {r.risk_level} 没有证据片段")
        if r.sub_type in r.secondary:
            problems.append(f"{r.id}：次要纠纷与主要纠纷相同")
    return problems


def _ids(records: Iterable[Record]) -> list[str]:
    counts = Counter(r.id for r in records)
    return [f"编号重复：{i}" for i, n in counts.items() if n > 1]


def _personal(records: Iterable[Record]) -> list[str]:
    """Numbers of persons – telephone, identity, bank card – have no place in authored texts."""
    marks = ("〔电话〕", "〔身份证〕", "〔银行卡〕")
    return [f"{r.id}：含有个人号码" for r in records if any(m in mask(r.text) for m in marks)]


def _openings(records: Sequence[Record]) -> list[str]:
    if not records:
        return []
    counts = Counter(r.text[:4] for r in records)
    limit = max(3, int(len(records) * MAX_OPENING))
    return [f"开头“{o}”用了 {n} 次，上限 {limit}" for o, n in counts.items() if n > limit]


def _amounts(records: Iterable[Record]) -> list[str]:
    """A labelled amount must be one the text states, or a sum, difference or product of those."""
    problems = []
    for r in records:
        if r.amount_yuan is None:
            continue
        stated = [a.yuan for a in find_amounts(normalise(r.text).text) if a.yuan]
        if stated and not _derivable(r.amount_yuan, stated):
            problems.append(f"{r.id}：标注金额 {r.amount_yuan:g} 与正文金额 {stated} 对不上")
    return problems


def _derivable(wanted: float, stated: Sequence[float]) -> bool:
    close = 0.01 * wanted
    some = stated[:12]
    sums = {0.0}
    for value in some:
        sums |= {s + value for s in sums}
    multiple = any(abs(wanted / v - round(wanted / v)) < 0.02 and wanted >= v for v in some)
    difference = any(abs(abs(a - b) - wanted) <= close for a in sums for b in some)
    return multiple or difference or any(abs(s - wanted) <= close for s in sums)


def _dense_duplicates(records: Sequence[Record]) -> list[str]:
    import numpy as np

    from models.embed import embed_cached

    encoder = OnnxEncoder.open(
        settings.encoder_dir() or settings.cache_dir() / "encoder" / "e5-small-zh", threads=4
    )
    vectors = embed_cached(
        [normalise(r.text).text for r in records], encoder, settings.cache_dir() / "vectors"
    )
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    problems = []
    for begin in range(0, len(records), 512):
        block = vectors[begin : begin + 512] @ vectors.T
        for i, j in zip(*np.nonzero(block > MAX_COSINE), strict=True):
            a, b = begin + int(i), int(j)
            if a < b and records[a].group != records[b].group:
                problems.append(f"向量近似重复：{records[a].id} 与 {records[b].id}")
    return problems


def _spread(narratives: Sequence[Record], risk: Sequence[Record], data: Path, out: Console) -> None:
    n = max(len(narratives), 1)
    table = Table("项目", "实际", "目标")

    def share(name: str, count: int, goal: str) -> None:
        table.add_row(name, f"{count}（{100 * count / n:.1f}%）", goal)

    per = Counter(r.sub_type for r in narratives)
    table.add_row("叙述（合成）", str(len(narratives)), "≥ 5000")
    table.add_row("最少的细类", str(per.most_common()[-1] if per else "-"), "≥ 90")
    share("≤60 字", sum(len(r.text) <= 60 for r in narratives), "35%")
    share("61–200 字", sum(60 < len(r.text) <= 200 for r in narratives), "45%")
    share(">200 字", sum(len(r.text) > 200 for r in narratives), "20%")
    for voice, goal in (
        ("first", "60%"),
        ("clerk", "15%"),
        ("grid", "10%"),
        ("asr", "10%"),
        ("opponent", "5%"),
    ):
        share(f"说话人 {voice}", sum(r.voice == voice for r in narratives), goal)
    share("方言", sum(r.dialect is not None for r in narratives), "12%")
    for trait, goal in (
        ("typo", "10%"),
        ("trad", "4%"),
        ("boundary", "≥700 条"),
        ("none", "≥150 条"),
    ):
        share(trait, sum(trait in r.traits for r in narratives), goal)
    share("真混合", sum(bool(r.secondary) for r in narratives), "≥500 条")
    share("unsure", sum(r.unsure for r in narratives), "≥150 条")
    table.add_row("风险文本（合成）", str(len(risk)), "≥ 1800")
    levels = Counter(r.risk_level for r in risk)
    table.add_row("风险等级", str(dict(levels)), "红 ≥400，橙 ≥350")
    table.add_row("形式", str(dict(Counter(e.form for r in risk for e in r.evidence))), "八种")
    pairs = defaultdict(list)
    for r in risk:
        if r.pair:
            pairs[r.pair].append(r)
    table.add_row("最小对", str(sum(len(v) > 1 for v in pairs.values())), "≥ 250")
    cases = load_cases(data / "corpus" / "cases" / "closed")
    fewest = Counter(c.sub_type for c in cases).most_common()
    table.add_row("办结案例（合成）", str(len(cases)), "≥ 600")
    table.add_row("案例最少的细类", str(fewest[-1] if fewest else "-"), "≥ 10")
    out.print(table)
