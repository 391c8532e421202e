"""Filings that belong together: the same filing told again, many against one opponent.

Two questions about a pair of filings, each answered by a small logistic score over what both texts
state: wording (character 2-grams), meaning (centred vectors), the opponent's name, sums, kind of
dispute, days apart. Weights and thresholds are data (`data/linking/policy.yaml`), measured by
`triage data linking`. Nothing is merged here: a link is a hint, the merge is the clerk's click.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from triage.amounts import find_amounts
from triage.knowledge.linking import LinkingPolicy, PairWeights

Kind = Literal["same_filing", "same_opponent"]

_SUFFIX = (
    r"厂|公司|店|馆|中心|超市|学校|幼儿园|医院|诊所|合作社|物业|健身房|酒店|饭店|宾馆|工作室|美容院|驾校|培训班|"
    r"托管班|养老院|站点|仓库|矿|砖窑|农场|养殖场|建材|家具城|小区|花园|公寓|楼盘|工地|项目部|影楼|网吧|作坊|棋牌室"
)
_NAME = re.compile(rf"([一-鿿]{{2,8}}?)({_SUFFIX})")
#: Words before a name that are no part of it.
_LEAD = re.compile(
    r".*(?:在|的|给|那个|那家|这家|这个|我们|他们|人家|一家|就是|跟|和|被|把|找|去|到|叫|欠|进|从|向|对|告|是|有|了|说|开|县|镇|村|市|区|东头|西头|南边|北边)"
)
_COMMON = frozenset(
    [
        "鞋",
        "服装",
        "袜",
        "木材",
        "家具",
        "食品",
        "包装",
        "装修",
        "装饰",
        "工程",
        "建筑",
        "劳务",
        "物流",
        "运输",
        "保洁",
        "家政",
        "教育",
        "健身",
        "美容",
        "美发",
        "餐饮",
        "快递",
        "房产",
        "中介",
        "电子",
        "五金",
        "塑料",
        "印刷",
        "制衣",
        "玩具",
        "石材",
        "陶瓷",
        "水果",
        "早餐",
        "奶茶",
        "火锅",
        "烧烤",
        "手机",
        "电动车",
        "县",
        "镇",
        "市",
        "省",
        "人民",
        "第一",
        "中心",
        "大",
        "小",
        "老",
        "新",
        "那",
        "这",
        "他",
        "有限",
        "分",
        "总",
        "饭",
        "网",
        "本",
        "工",
        "全",
    ]
)


FEATURES = (
    "wording",
    "meaning",
    "same_name",
    "near_name",
    "other_name",
    "same_sum",
    "other_sums",
    "kind",
    "weeks_apart",
)


@dataclass(frozen=True)
class Filing:
    """One filing ready to be compared.

    `text`: normalised. `vector`: centred unit whole-text vector, or None without the encoder.
    `opponent`: the form's field, "" when empty. `kinds`: probability of each sub-type.
    """

    id: str
    text: str
    day: dt.date | None = None
    vector: NDArray[np.float32] | None = None
    opponent: str = ""
    kinds: NDArray[np.float32] | None = None

    @cached_property
    def grams(self) -> frozenset[str]:
        plain = re.sub(r"\W", "", self.text)
        return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))

    @cached_property
    def names(self) -> frozenset[str]:
        """Cores of the opponents' names: 宏发鞋厂 → 宏发."""
        found = {core for m in _NAME.finditer(self.text) if (core := _core(m.group(1)))}
        if self.opponent and (core := _core(re.sub(rf"({_SUFFIX})+$", "", self.opponent))):
            found.add(core)
        return frozenset(found)

    @cached_property
    def sums(self) -> frozenset[float]:
        return frozenset(a.yuan for a in find_amounts(self.text) if a.yuan and a.yuan >= 100)


@dataclass(frozen=True)
class Link:
    """`other`: id of the earlier filing; `reasons`: Chinese, what both share."""

    kind: Kind
    other: str
    score: float
    reasons: tuple[str, ...]


class Linker:
    """Compares a new filing with earlier ones. Pure: keeps no filings of its own."""

    def __init__(self, policy: LinkingPolicy) -> None:
        self.policy = policy

    def links(self, new: Filing, earlier: Sequence[Filing]) -> list[Link]:
        """Links above the thresholds, strongest first; one kind an earlier filing."""
        found = []
        for old in earlier:
            if _days(new, old) > self.policy.window_days:
                continue
            row = pair_features(new, old)
            same = score(self.policy.same_filing, row)
            group = score(self.policy.same_opponent, row)
            if same >= self.policy.same_filing.threshold:
                found.append(Link("same_filing", old.id, same, _reasons(new, old, row)))
            elif group >= self.policy.same_opponent.threshold:
                found.append(Link("same_opponent", old.id, group, _reasons(new, old, row)))
        return sorted(found, key=lambda link: -link.score)


def pair_features(a: Filing, b: Filing) -> NDArray[np.float64]:
    """(9,) in the order of `FEATURES`; symmetric."""
    shared = len(a.grams & b.grams)
    wording = shared / max(1, min(len(a.grams), len(b.grams)))
    meaning = float(a.vector @ b.vector) if a.vector is not None and b.vector is not None else 0.0
    same_name = bool(a.names & b.names)
    near = not same_name and any(_near(x, y) for x in a.names for y in b.names)
    other = bool(a.names) and bool(b.names) and not same_name and not near
    same_sum = bool(a.sums & b.sums)
    other_sums = bool(a.sums) and bool(b.sums) and not same_sum
    kind = float(a.kinds @ b.kinds) if a.kinds is not None and b.kinds is not None else 0.0
    return np.asarray(
        [
            wording,
            meaning,
            same_name,
            near,
            other,
            same_sum,
            other_sums,
            kind,
            min(_days(a, b), 120) / 7,
        ],
        dtype=np.float64,
    )


def score(weights: PairWeights, row: NDArray[np.float64]) -> float:
    z = weights.bias + float(np.dot(weights.features, row))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def _days(a: Filing, b: Filing) -> int:
    return abs((a.day - b.day).days) if a.day is not None and b.day is not None else 0


def _core(name: str) -> str:
    core = _LEAD.sub("", name)
    for word in sorted(_COMMON, key=len, reverse=True):
        if core.endswith(word) and len(core) > len(word) + 1:
            core = core[: -len(word)]
    return core if len(core) >= 2 and core not in _COMMON else ""


@lru_cache(maxsize=4096)
def _sound(name: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(name))


def _near(a: str, b: str) -> bool:
    """The same by sound (宏发, 洪发), or one contained in the other (宏发, 宏发鞋业)."""
    return _sound(a) == _sound(b) or a in b or b in a


def _reasons(a: Filing, b: Filing, row: NDArray[np.float64]) -> tuple[str, ...]:
    out = []
    names = a.names & b.names
    if names:
        out.append("对方名称相同：" + "、".join(sorted(names)[:2]))
    elif row[FEATURES.index("near_name")]:
        out.append("对方名称相近")
    sums = a.sums & b.sums
    if sums:
        out.append("金额相同：" + "、".join(f"{v:g}元" for v in sorted(sums)[:2]))
    if row[FEATURES.index("wording")] >= 0.4:
        out.append(f"文字重合 {row[0]:.0%}")
    if row[FEATURES.index("kind")] >= 0.5:
        out.append("纠纷类型相同")
    return tuple(out) or ("内容相近",)
