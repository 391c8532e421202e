"""`triage bench`: the speed table, each figure with the machine's load and a named alternative.

The alternative for the encoder is sentence-transformers on torch over the same weights, measured in
the same run when the `ml` extra is installed; it runs in a child process, because this package may
not import torch and its memory must not count as ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from triage import settings
from triage.bundle import Bundle
from triage.encoder import OnnxEncoder
from triage.pipeline import Triager, default_encoder_dir
from triage.similar import CaseIndex, ClosedCase

_SENTENCES = (
    "我在城东一家五金厂干了两年多，今年开春以后厂里就没按时发过工资，",
    "先说等货款回来，后来又说老板在外面跑贷款，一个月拖一个月，",
    "现在欠了我和同车间五个工友一共四个月的钱，加起来差不多八万八，",
    "前天去厂里一看大门锁着，机器也搬走了一半，打老板电话关机，",
    "老板娘的手机也不通，听隔壁厂的人讲她进了看守所，",
    "我们几个家里都等着用钱，孩子开学、老人看病，不知道该找谁，",
    "也不懂能不能先去仲裁，麻烦你们给指条路。",
)

_PEER = """
import json, sys, time
import torch
from sentence_transformers import SentenceTransformer
torch.set_num_threads(int(sys.argv[2]))
model = SentenceTransformer(sys.argv[1], device="cpu")
texts = json.load(sys.stdin)
model.encode(texts[:2])
single = []
for text in texts[:40]:
    t = time.perf_counter(); model.encode([text]); single.append(time.perf_counter() - t)
t = time.perf_counter(); model.encode(texts, batch_size=32); whole = time.perf_counter() - t
print(json.dumps({"p50": sorted(single)[len(single) // 2], "rate": len(texts) / whole}))
"""


def narratives(count: int, length: int = 200) -> list[str]:
    """`count` different narratives of about `length` characters, for timing only."""
    rng = np.random.default_rng(7)
    texts = []
    for i in range(count):
        order = rng.permutation(len(_SENTENCES))
        text = f"编号{i}，" + "".join(_SENTENCES[j] for j in order)
        texts.append(text[:length])
    return texts


def run(out: Console, cases: int, threads: int, bundle: Path | None, encoder: Path | None) -> None:
    """Measure and print; nothing is written."""
    load_before = os.getloadavg()[0]
    begun = time.perf_counter()
    triager = Triager.open(bundle=bundle, encoder=encoder, threads=threads)
    start_up = time.perf_counter() - begun
    _enlarge(triager, cases)
    texts = narratives(200)
    for text in texts[:10]:
        triager.triage(text)
    whole = _times(triager.triage, texts)
    begun = time.perf_counter()
    triager.triage_batch([(str(i), t) for i, t in enumerate(texts)])
    batch_rate = len(texts) / (time.perf_counter() - begun)
    memory = _resident_mb()

    table = Table("项目", "数值", "目标", "对照")
    table.add_row("启动（载入）", f"{start_up:.1f} s", "< 10 s", "")
    table.add_row(
        f"全流程单条 200 字（{cases} 案例）",
        f"p50 {_ms(whole, 50)}  p95 {_ms(whole, 95)}",
        "p50 ≤ 40 ms  p95 ≤ 80 ms",
        "",
    )
    table.add_row("批量", f"{batch_rate:.0f} 条/s", "≥ 30 条/s", "")
    table.add_row("常驻内存", f"{memory:.0f} MB", "≤ 1200 MB", "")
    if triager.encoder is not None:
        _encoder_rows(table, texts, threads, encoder)
    out.print(table)
    out.print(
        f"处理器 {os.cpu_count()} 核，编码线程 {threads}，"
        f"负载（1 分钟）测前 {load_before:.2f}、测后 {os.getloadavg()[0]:.2f}"
    )


def _encoder_rows(table: Table, texts: list[str], threads: int, encoder: Path | None) -> None:
    directory = encoder or settings.encoder_dir()
    if directory is None:
        directory = default_encoder_dir(Bundle.open(settings.bundle_dir()))
    own = OnnxEncoder.open(directory, threads=threads)
    own.embed(texts[:4])
    single = _times(lambda t: own.embed([t]), texts[:40])
    begun = time.perf_counter()
    own.embed(texts)
    rate = len(texts) / (time.perf_counter() - begun)
    peer = _peer(directory, texts, threads)
    against, batch_against = "未装 ml 附加包，无对照", ""
    if peer is not None:
        against = (
            f"sentence-transformers {peer['p50'] * 1000:.1f} ms，"
            f"快 {peer['p50'] / float(np.median(single)):.2f} 倍"
        )
        batch_against = (
            f"sentence-transformers {peer['rate']:.0f} 条/s，快 {rate / peer['rate']:.2f} 倍"
        )
    table.add_row("编码单条（onnxruntime）", f"p50 {_ms(single, 50)}", "", against)
    table.add_row("编码批量（onnxruntime）", f"{rate:.0f} 条/s", "", batch_against)


def _peer(directory: Path, texts: Sequence[str], threads: int) -> dict[str, float] | None:
    if find_spec("sentence_transformers") is None:
        return None
    done = subprocess.run(
        [sys.executable, "-c", _PEER, str(directory), str(threads)],
        input=json.dumps([f"query: {t}" for t in texts]),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
    )
    if done.returncode != 0:
        return None
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _enlarge(triager: Triager, wanted: int) -> None:
    """Repeat the closed cases with small perturbations until the index holds `wanted`."""
    index = triager.index
    if not index.cases or len(index) >= wanted:
        return
    times = -(-wanted // len(index))
    cases: list[ClosedCase] = (index.cases * times)[:wanted]
    vectors = None
    if index.vectors is not None:
        rng = np.random.default_rng(3)
        many = np.tile(index.vectors, (times, 1))[:wanted]
        many = many + rng.normal(0, 0.02, many.shape).astype(np.float32)
        vectors = (many / np.linalg.norm(many, axis=1, keepdims=True)).astype(np.float32)
    triager.index = CaseIndex(cases, vectors, index.mean)


def _times(call: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    out = []
    for text in texts:
        begun = time.perf_counter()
        call(text)
        out.append(time.perf_counter() - begun)
    return out


def _ms(times: Sequence[float], percentile: int) -> str:
    return f"{np.percentile(times, percentile) * 1000:.1f} ms"


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")
