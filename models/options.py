"""All options of a training run in one place, validated on creation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models.heads import HeadOptions


@dataclass(frozen=True)
class TrainOptions:
    """One run of `triage train`.

    `max_chars`, `max_words`: vocabulary sizes of the two vectorisers; they bound the bundle's size
    (42 classes × columns × 2 bytes a head). `share`: fraction of the training stories used, for
    learning curves. `decision_weight`: how many authored texts one exported decision counts for.
    """

    name: str = "default"
    seed: int = 20261124
    share: float = 1.0
    max_chars: int = 16_000
    max_words: int = 8_000
    sub_type: HeadOptions = field(default_factory=lambda: HeadOptions(c=4.0))
    plain: HeadOptions = field(default_factory=lambda: HeadOptions(c=20.0))
    secondary: HeadOptions = field(default_factory=lambda: HeadOptions(c=2.0))
    unsure: HeadOptions = field(default_factory=lambda: HeadOptions(c=2.0))
    risk: HeadOptions = field(default_factory=lambda: HeadOptions(c=8.0))
    decision_weight: float = 3.0
    extra: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError("share must be in (0, 1]")
        if self.max_chars < 100 or self.max_words < 100:
            raise ValueError("vocabularies under 100 columns cannot work")

    def flat(self) -> dict[str, Any]:
        """Dotted keys and plain values, for MLflow and the manifest."""
        out: dict[str, Any] = {}
        for key, value in asdict(self).items():
            if isinstance(value, dict):
                out.update({f"{key}.{k}": v for k, v in value.items()})
            elif key == "extra":
                out[key] = ",".join(Path(v).name for v in value)
            else:
                out[key] = value
        return out
