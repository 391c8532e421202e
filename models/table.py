"""Records with everything the heads read of them, row for row; vectors cached on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from safetensors.numpy import load_file, save_file
from scipy import sparse

from models.corpus.records import Record
from triage.encoder import Encoder
from triage.features import FeatureMaker
from triage.reader import Reader
from triage.text import normalise

Dense = NDArray[np.float32]
#: Heads of the reader whose logits training needs again.
HEADS = ("sub_type", "holds", "mixed", "unsure", "body", "risk")


@dataclass
class Table:
    """`dense`: what linear heads read (`Features.dense`); `read`: the reader's logits by head,
    {} without a reader; `whole`: unit whole-text vectors.
    """

    records: list[Record]
    texts: list[str]
    dense: Dense | None
    whole: Dense | None
    counts: sparse.csr_matrix
    read: dict[str, Dense]

    def rows(self, keep: Sequence[int] | NDArray[np.int64]) -> Table:
        index = np.asarray(keep, dtype=int)
        return Table(
            [self.records[i] for i in index],
            [self.texts[i] for i in index],
            None if self.dense is None else self.dense[index],
            None if self.whole is None else self.whole[index],
            self.counts[index],
            {k: v[index] for k, v in self.read.items()},
        )

    def joined(self, other: Table) -> Table:
        """Both tables' rows, this one's first."""

        def stack(a: Dense | None, b: Dense | None) -> Dense | None:
            return None if a is None or b is None else np.vstack([a, b])

        return Table(
            self.records + other.records,
            self.texts + other.texts,
            stack(self.dense, other.dense),
            stack(self.whole, other.whole),
            sparse.vstack([self.counts, other.counts], format="csr"),
            {k: np.vstack([v, other.read[k]]) for k, v in self.read.items()},
        )


def make_table(
    records: Sequence[Record],
    maker: FeatureMaker,
    encoder: Encoder | None,
    reader: Reader | None,
    reader_key: str,
    cache: Path,
) -> Table:
    """Read all records once.

    Args:
        maker: fitted vectorisers.
        reader_key: names the reader's weights in the cache ("" without one).
    """
    texts = [normalise(r.text).text for r in records]
    counts = maker.counts(texts)
    if encoder is None:
        return Table(list(records), texts, None, None, counts, {})
    rows = _rows(texts, encoder, reader, reader_key, cache)
    read = {h: rows[h] for h in HEADS} if reader is not None else {}
    dense = rows["pooled"] if reader is not None else rows["whole"]
    return Table(list(records), texts, dense, rows["whole"], counts, read)


def _rows(
    texts: Sequence[str], encoder: Encoder, reader: Reader | None, reader_key: str, cache: Path
) -> dict[str, Dense]:
    file = cache / f"read-{encoder.fingerprint[:12]}-{reader_key[:12] or 'none'}.safetensors"
    names = ("whole", "pooled", *HEADS) if reader is not None else ("whole",)
    known: dict[str, dict[str, Dense]] = {}
    if file.is_file():
        stored = load_file(file)
        keys = bytes(stored["keys"]).decode("ascii")
        for i in range(len(keys) // 32):
            known[keys[i * 32 : i * 32 + 32]] = {n: stored[n][i] for n in names}
    wanted = [hashlib.sha256(t.encode("utf-8")).hexdigest()[:32] for t in texts]
    missing = list({k: i for i, k in enumerate(wanted) if k not in known}.values())
    for begin in track(
        range(0, len(missing), 64), description="编码", disable=not missing, transient=True
    ):
        part = missing[begin : begin + 64]
        for i, e in zip(part, encoder.encode([texts[i] for i in part]), strict=True):
            row: dict[str, Dense] = {"whole": e.whole}
            if reader is not None:
                reading = reader.read(e)
                row["pooled"] = reading.pooled("topic")
                row |= {h: reading.logits(h) for h in HEADS}
            known[wanted[i]] = row
    if missing:
        cache.mkdir(parents=True, exist_ok=True)
        arrays = {n: np.stack([r[n] for r in known.values()]).astype(np.float32) for n in names}
        arrays["keys"] = np.frombuffer("".join(known).encode("ascii"), dtype=np.uint8)
        save_file(arrays, file.with_suffix(".part"))
        file.with_suffix(".part").replace(file)
    if not wanted:
        return {n: np.zeros((0, encoder.dim), dtype=np.float32) for n in names}
    return {n: np.stack([known[k][n] for k in wanted]).astype(np.float32) for n in names}
