"""What the command line says, in Chinese or English by the user's locale.

`TRIAGE_LANG=zh|en` wins over LC_ALL, LC_MESSAGES and LANG; without any, Chinese, because the
product's users read Chinese.
"""

from __future__ import annotations

import os

_MESSAGES: dict[str, tuple[str, str]] = {
    "loading": ("载入模型包、编码器和案例", "loading bundle, encoder and cases"),
    "degraded": ("注意：降级运行（{reason}）", "note: degraded mode ({reason})"),
    "predicting": ("研判", "triaging"),
    "done": (
        "完成 {n} 条，其中 {bad} 条有问题，写入 {out}",
        "{n} items, {bad} bad, written to {out}",
    ),
    "scored": ("已打分 {n} 条，写入 {out}", "{n} items scored, written to {out}"),
    "need_input": ("请给出输入文件，或用 --text 给一段文字", "give an input file or --text"),
    "need_output": ("请用 -o 给出输出文件", "give an output file with -o"),
    "not_found": ("找不到文件 {path}", "file not found: {path}"),
    "bench_wait": ("测速中，约需一分钟", "measuring, about a minute"),
    "error": ("错误", "error"),
}


def chinese() -> bool:
    """Whether messages are Chinese for this user."""
    chosen = os.environ.get("TRIAGE_LANG", "")
    if chosen:
        return not chosen.lower().startswith("en")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value and value not in ("C", "POSIX", "C.UTF-8"):
            return not value.lower().startswith("en")
    return True


def say(key: str, **values: object) -> str:
    """Message `key` in the user's language with `values` filled in."""
    zh, en = _MESSAGES[key]
    return (zh if chinese() else en).format(**values)
