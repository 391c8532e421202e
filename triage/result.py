"""The contract: what one narrative yields (`docs/design.md`, section 4).

Field names and meanings are fixed; extra keys may be added, none may be removed. Offsets count
Unicode code points of the text exactly as it was given.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TypeLabel = Literal["labour", "commercial", "family", "other"]
RiskLevel = Literal["red", "orange", "yellow", "blue"]
SignalForm = Literal[
    "direct",
    "implicit",
    "negated",
    "quoted",
    "hypothetical",
    "historical",
    "slang",
    "false_friend",
]

TYPE_LABELS: tuple[TypeLabel, ...] = ("labour", "commercial", "family", "other")
RISK_LEVELS: tuple[RiskLevel, ...] = ("blue", "yellow", "orange", "red")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TypeAnswer(_Frozen):
    """Calibrated probabilities over the four types; `confidence` is that of `label`."""

    label: TypeLabel
    confidence: float = Field(ge=0, le=1)
    probabilities: dict[TypeLabel, float]


class SubTypeAnswer(_Frozen):
    """One of the 42 sub-types with its calibrated probability."""

    code: str
    name: str
    probability: float = Field(ge=0, le=1)


class ExplanationSpan(_Frozen):
    """Words that spoke for (`weight` > 0) or against a sub-type."""

    start: int
    end: int
    text: str
    toward: str
    weight: float


class CommitteeAnswer(_Frozen):
    """A recommended body; the first with role `lead` is the recommendation."""

    code: str
    name: str
    role: Literal["lead", "co", "alternative"]
    score: float = Field(ge=0, le=1)
    reason: str
    rule: str = Field(default="", description="id of the rule in data/rules that decided")


class StatuteRef(_Frozen):
    law: str
    article: int
    sub_article: int | None = Field(default=None, description="1 in 第276条之一")
    label: str = Field(default="", description="as a Chinese reader cites it")


class Clock(_Frozen):
    name: str
    days: int
    basis: str
    unit: str = "日"


class Route(_Frozen):
    path: list[str]
    next: str
    mediation_allowed: bool
    statutes: list[StatuteRef]
    clocks: list[Clock]
    notes: list[str] = []
    level: Literal["V", "T", "C"] = Field(default="T", description="分级建议：村社、镇街、县级")
    level_reason: str = ""


class RiskSignal(_Frozen):
    code: str
    start: int
    end: int
    text: str
    form: SignalForm
    source: Literal["rule", "model"]
    name: str = ""
    rule: str = Field(default="", description="id of the lexicon or policy rule")
    level: RiskLevel = Field(default="blue", description="level this signal alone would give")
    who: str = Field(default="", description="who threatens whom, as far as it is said")
    means: str = Field(default="", description="means named near the signal")
    time: str = Field(default="", description="time named near the signal")


class RiskAnswer(_Frozen):
    level: RiskLevel
    score: float = Field(ge=0, le=1, description="calibrated probability of orange or red")
    signals: list[RiskSignal]
    response: str
    level_name: str = ""
    why: list[str] = []


class SimilarCase(_Frozen):
    case_id: str
    score: float
    title: str
    outcome: str
    committee: str
    sub_type: str = ""
    days: int | None = None
    agreement: str = ""
    why: str = ""


class ExtractedDate(_Frozen):
    start: int
    end: int
    text: str
    iso: str | None = Field(default=None, description="YYYY-MM-DD, YYYY-MM or YYYY")


class ExtractedParty(_Frozen):
    start: int
    end: int
    text: str
    role: str


class PendingProcedure(_Frozen):
    """A procedure said to be already under way (court, arbitration, police, petition, review)."""

    kind: str
    start: int
    end: int
    text: str


class Extracted(_Frozen):
    headcount: int | None = None
    amount_yuan: float | None = None
    dates: list[ExtractedDate] = []
    parties: list[ExtractedParty] = []
    pending: list[PendingProcedure] = []
    repeat_visits: int | None = None


class Versions(_Frozen):
    bundle: str
    taxonomy: str
    risk_policy: str
    law: str = ""
    encoder: str = ""


class TriageResult(_Frozen):
    """Everything the service says about one narrative."""

    id: str
    type: TypeAnswer
    sub_types: list[SubTypeAnswer] = Field(min_length=3)
    secondary: list[str]
    unsure: bool
    question: str | None
    explanation: list[ExplanationSpan]
    committees: list[CommitteeAnswer]
    route: Route
    risk: RiskAnswer
    similar: list[SimilarCase]
    extracted: Extracted
    flags: list[str]
    versions: Versions
    degraded: bool = Field(default=False, description="answered without the sentence encoder")
    degraded_reason: str | None = None


class TriageFailure(_Frozen):
    """The answer to an item that cannot be triaged; keeps its place and id in a batch."""

    id: str
    error: str = Field(description="Chinese sentence: what is wrong and what to do")
    code: str
    field: str | None = None
