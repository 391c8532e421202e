"""Near-duplicate texts by character 5-grams: exact Jaccard on MinHash candidates.

datasketch proposes pairs; each is then measured exactly, so the threshold is not blurred.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from datasketch import MinHash, MinHashLSH

_SKIP = re.compile(r"\W+")
GRAM = 5
_PERMUTATIONS = 64


def grams(text: str) -> frozenset[str]:
    """Character 5-grams without punctuation and blanks; the whole text when it is shorter."""
    plain = _SKIP.sub("", text)
    if len(plain) <= GRAM:
        return frozenset({plain})
    return frozenset(plain[i : i + GRAM] for i in range(len(plain) - GRAM + 1))


def near_duplicates(
    items: Sequence[tuple[str, str, str]], threshold: float
) -> list[tuple[str, str, float]]:
    """Pairs of (id, text, group) in different groups whose Jaccard exceeds `threshold`.

    Members of one group (a story, a minimal pair) are alike on purpose.
    """
    sets = [grams(text) for _, text, _ in items]
    # Candidates are asked for well below the threshold: 64 permutations estimate within ±0.06.
    index = MinHashLSH(threshold=max(0.1, threshold - 0.12), num_perm=_PERMUTATIONS)
    found = []
    for i, s in enumerate(sets):
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update_batch([g.encode() for g in s])
        for j in index.query(sketch):
            if items[i][2] == items[j][2]:
                continue
            jaccard = len(s & sets[j]) / len(s | sets[j])
            if jaccard > threshold:
                found.append((items[j][0], items[i][0], jaccard))
        index.insert(i, sketch)
    return sorted(found, key=lambda f: -f[2])
