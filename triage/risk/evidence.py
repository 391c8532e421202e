"""Rule signals as numbers for the learned reader: what the rules saw, in which form, how grave.

With these columns the learned reader's average precision on risk texts it never saw rises from
0.793 to 0.821 (orange or red) and from 0.662 to 0.676 (red); docs/reports/risk.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from triage.reader import RISK_CODES
from triage.risk.levels import rank
from triage.risk.signals import Signal

#: Order of the columns, that of the token head without “no signal”; bundles are trained for it.
_CODES = RISK_CODES[1:]
_FORMS = (
    "negated",
    "quoted",
    "quoted_accusation",
    "hypothetical",
    "historical",
    "historical_resolved",
    "question",
    "idiom",
    "implicit",
    "direct",
)
COLUMNS = len(_CODES) * 3 + len(_FORMS)


def signal_row(signals: Sequence[Signal]) -> NDArray[np.float32]:
    """(52,): for each code whether a signal reaches yellow, orange, red; then the forms seen.

    Halved, so that the regulariser weighs them like a word.
    """
    row = np.zeros(COLUMNS, dtype=np.float32)
    for signal in signals:
        place = _CODES.index(signal.code) * 3
        row[place : place + rank(signal.level)] = 0.5
        if signal.form in _FORMS:
            row[len(_CODES) * 3 + _FORMS.index(signal.form)] = 0.5
    return row
