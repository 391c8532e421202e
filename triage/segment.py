"""jieba, loaded once, with its cache in a private folder and its chatter off."""

from __future__ import annotations

import logging
import warnings
from functools import cache, lru_cache

from triage import settings

with warnings.catch_warnings():
    # jieba still imports pkg_resources, which warns (jieba #1026).
    warnings.simplefilter("ignore")
    import jieba


@cache
def _tokenizer() -> jieba.Tokenizer:
    folder = settings.cache_dir() / "jieba"
    folder.mkdir(parents=True, exist_ok=True)
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # The default cache is a marshal file in shared /tmp, which another user could replace.
    tokenizer.tmp_dir = str(folder)
    tokenizer.initialize()
    return tokenizer


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[tuple[str, int, int], ...]:
    """(word, start, end) of every word of `text`, in order; offsets are code points.

    One answer segments its narrative several times and the issues of the same closed cases again and
    again: remembering them saves about a third of the time outside the encoder.
    """
    return tuple(_tokenizer().tokenize(text))
