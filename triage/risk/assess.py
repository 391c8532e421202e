"""From signals to a level: the policy applied, with every step kept for the “why”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from triage.knowledge.risk import Lexicon, Policy
from triage.result import RiskLevel
from triage.risk.facets import described
from triage.risk.levels import capped, highest, rank
from triage.risk.scope import ScopeReader
from triage.risk.signals import Facts, Signal, arrears, counted_signals, worded_signals

_LEVEL_NAMES: dict[RiskLevel, str] = {
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "blue": "蓝色",
}
_FORM_NAMES = {
    "direct": "直说",
    "implicit": "含蓄",
    "negated": "否定",
    "quoted": "转述对方的话",
    "quoted_accusation": "转述别人的指责",
    "hypothetical": "带条件",
    "question": "疑问",
    "idiom": "气话、成语",
    "historical": "过去",
    "historical_resolved": "过去且已了结",
    "slang": "俚语、方言、谐音",
    "false_friend": "字面吓人而无恶意",
}
#: What the “why” says of an entry the learned reader does not second.
_DOUBTED = "模型未支持更高等级"
#: Words and weapons of one attack are one signal, not two independent ones.
_FAMILY = {"R-WEAP": "R-KILL"}
_MINOR = re.compile(
    r"(?:女儿|儿子|孩子|娃|闺女|小囡|细路|学生|男孩|女孩)[^。！？]{0,8}?(?:[1１]?[0-7０-７]岁|十[一二三四五六七]?(?:岁|了|$|[，。])|初[一二三]|高[一二三]|[一二三四五六]年级)"
    r"|(?:1[0-7]|[5-9]|十[一二三四五六七]|[七八九])岁的?(?:女儿|儿子|孩子|娃|闺女|学生|男孩|女孩)|我(?:今年)?(?:1[0-7]|十[一二三四五六七])岁|"
    r"(?:我|她|他)(?:在|上|读|念)(?:初[一二三中]|高[一二三中]|小学)"
)


@dataclass(frozen=True)
class ModelSpan:
    """A clause [start, end) of the normalised text the learned reader leans on.

    `strength`: how surely it holds a signal; `share`: what it adds to “at least orange” (logits).
    """

    start: int
    end: int
    code: str
    form: str
    strength: float
    share: float


@dataclass(frozen=True)
class ModelOpinion:
    """What the learned reader says of one text: probabilities of at least each level."""

    at_least: dict[RiskLevel, float]
    spans: tuple[ModelSpan, ...] = ()


@dataclass(frozen=True)
class Assessment:
    level: RiskLevel
    score: float
    signals: list[Signal]
    why: list[str] = field(default_factory=list)


class RiskReader:
    """Lexicon, scope and policy in one object, built once. Works without the encoder."""

    def __init__(self, lexicon: Lexicon, policy: Policy) -> None:
        self.lexicon = lexicon
        self.policy = policy

    def signals(self, text: str, facts: Facts) -> list[Signal]:
        """All signals in `text` (normalised), including those that count for nothing (negated)."""
        found = worded_signals(text, self.lexicon, self.policy, ScopeReader(text))
        found += self._disguised(text, found)
        counted = counted_signals(text, facts, self.policy)
        signals = [self._owing(self._minor(s, text), text, facts) for s in found + counted]
        return sorted(signals, key=lambda s: (s.start, s.end))

    def _disguised(self, text: str, found: Sequence[Signal]) -> list[Signal]:
        """Signals that only show once homophones, pinyin and split characters are spelled out."""
        told = self.lexicon.spellings.plain(text)
        if told is None:
            return []
        plain, origin = told
        out = []
        for s in worded_signals(plain, self.lexicon, self.policy, ScopeReader(plain)):
            start, end = origin[s.start], origin[s.end]
            if not any(f.code == s.code and f.start < end and start < f.end for f in found):
                said = f"写作变形，即“{plain[s.start : s.end]}”"
                out.append(replace(s, start=start, end=max(end, start + 1), because=said))
        return out

    def assess(
        self,
        text: str,
        facts: Facts,
        opinion: ModelOpinion | None = None,
        signals: Sequence[Signal] | None = None,
    ) -> Assessment:
        """Level by policy, floor by rules, raised by the calibrated model.

        Args:
            text: normalised simplified text.
            facts: extracted numbers; `facts.today` dates the limits.
            opinion: the learned reader's probabilities, or None when it cannot run.
            signals: of `self.signals(text, facts)` when the caller already has them.
        """
        signals = self.signals(text, facts) if signals is None else signals
        scope = ScopeReader(text)
        facets = self.lexicon.facets
        signals = [
            described(self._seconded(s, text, opinion), text, scope, facets) for s in signals
        ]
        level = highest(s.level for s in signals)
        why = [self._explain(s, text) for s in signals if s.code != "R-VULN"]
        level, raised = self._raise(level, signals)
        why += raised
        level, added, because = self._model(level, text, signals, opinion)
        why += because
        if not why:
            why = ["没有发现风险信号"]
        added = [described(s, text, scope, facets) for s in added]
        return Assessment(level, self._score(level, opinion), signals + added, why)

    def _minor(self, signal: Signal, text: str) -> Signal:
        """A minor's wish to die is red always (ruling 3)."""
        counts = signal.code == "R-SELF" and rank(signal.level) >= rank("orange")
        if counts and signal.level != "red" and _MINOR.search(text):
            return replace(signal, level="red", because="未成年人")
        return signal

    def _seconded(self, signal: Signal, text: str, opinion: ModelOpinion | None) -> Signal:
        """What an entry that is no floor keeps of its level when the reader sees the whole text.

        Said outright, affirmed and live, it keeps its level unless the reader is all but sure that
        nothing is meant (`silence`), which takes a text with some context (`context`): then it
        stays visible as yellow. In any other form it counts
        only as far as the reader agrees. Without the reader every entry counts in full.
        """
        if signal.floor or opinion is None:
            return signal
        model = self.policy.model
        if signal.form != "direct":
            limit = highest(lv for lv, p in opinion.at_least.items() if p >= model.agree)
        else:
            doubted = opinion.at_least["orange"] < model.silence and len(text) >= model.context
            limit = "yellow" if doubted else "red"
        level = capped(signal.level, limit)
        return signal if level == signal.level else replace(signal, level=level, because=_DOUBTED)

    def _owing(self, signal: Signal, text: str, facts: Facts) -> Signal:
        """Out of reach while wages are owed is orange, elsewhere only feared (ruling 6)."""
        unreachable = signal.code == "R-FLIGHT" and signal.form in ("direct", "question")
        if unreachable and signal.level == "yellow" and facts.labour and arrears(text):
            return replace(signal, level="orange", because="欠着工资")
        return signal

    def _raise(self, level: RiskLevel, signals: Sequence[Signal]) -> tuple[RiskLevel, list[str]]:
        """+1 for a vulnerable person or a second independent harm signal, capped by policy."""
        cap = self.policy.raise_.cap
        harm = {
            _FAMILY.get(s.code, s.code)
            for s in signals
            if self.policy.kinds[s.code].harm
            and rank(s.level) >= rank("yellow")
            and s.form not in ("idiom", "question")
            and s.because != _DOUBTED
        }
        if not harm or rank(level) >= rank(cap):
            return level, []
        if any(self.policy.kinds[s.code].raises for s in signals):
            return cap, [f"涉及弱势人员，由{_LEVEL_NAMES[level]}上调到{_LEVEL_NAMES[cap]}"]
        if len(harm) >= 2:
            names = "、".join(sorted(self.policy.kinds[c].name for c in harm))
            return cap, [f"同时有两个独立信号（{names}），上调到{_LEVEL_NAMES[cap]}"]
        return level, []

    def _model(
        self,
        level: RiskLevel,
        text: str,
        signals: Sequence[Signal],
        opinion: ModelOpinion | None,
    ) -> tuple[RiskLevel, list[Signal], list[str]]:
        if opinion is None:
            return level, [], []
        thresholds = self.policy.model
        # A few words give the reader little to go by: thin probabilities raise nothing.
        least = thresholds.bare if len(text) < thresholds.context else 0.0
        proposed: RiskLevel = "blue"
        if opinion.at_least["red"] >= max(thresholds.red, least):
            proposed = "red"
        elif opinion.at_least["orange"] >= max(thresholds.orange, least):
            proposed = "orange"
        elif opinion.at_least["yellow"] >= max(thresholds.yellow, least):
            proposed = "yellow"
        if rank(level) < rank("red"):
            proposed = capped(proposed, thresholds.red_cap_without_rule)
        if rank(proposed) <= rank(level):
            return level, [], []
        added = [
            Signal(
                m.code,
                m.start,
                m.end,
                m.form,
                capped(proposed, self.policy.kinds[m.code].cap),
                "MODEL",
                source="model",
            )
            for m in opinion.spans
            # What the reader itself takes for harmless explains no alarm.
            if m.form not in ("negated", "false_friend")
            and not any(
                s.code == m.code and s.start < m.end and m.start < s.end and s.level != "blue"
                for s in signals
            )
        ]
        share = opinion.at_least[proposed]
        because = f"学习模型判断至少{_LEVEL_NAMES[proposed]}（概率 {share:.2f}），上调"
        if added:
            because += "，依据：" + "、".join(f"“{text[s.start : s.end]}”" for s in added[:3])
        return proposed, added, [because]

    def _score(self, level: RiskLevel, opinion: ModelOpinion | None) -> float:
        """Probability of orange or red: the model's, never below what the level asserts."""
        floor = {"blue": 0.01, "yellow": 0.1, "orange": 0.6, "red": 0.9}[level]
        if opinion is None:
            return floor
        return float(min(max(opinion.at_least["orange"], floor), 1.0))

    def _explain(self, signal: Signal, text: str) -> str:
        said = text[signal.start : signal.end]
        form = _FORM_NAMES.get(signal.form, signal.form)
        name = self.policy.kinds[signal.code].name
        details = [name, form]
        if signal.who:
            details.append(signal.who)
        if signal.means:
            details.append(f"手段“{signal.means}”")
        if signal.time:
            details.append(f"时间“{signal.time}”")
        if signal.because:
            details.append(f"因“{signal.because}”")
        level = _LEVEL_NAMES[signal.level]
        return f"说了“{said}”（{'，'.join(details)}）→ {level}；规则 {signal.rule}"
