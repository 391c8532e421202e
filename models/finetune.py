"""Teach the encoder our reading: low-rank fine-tuning on CPU, shipped as a small delta.

Multi-task over the sub-type, the disputes a text holds, the risk level, and – per token – the risk
signal the token belongs to. Only low-rank matrices on the attention and feed-forward layers learn
(peft, encoder.md: 0.800 against 0.752 for full fine-tuning and 0.729 frozen). The task heads here are
scaffolding: the shipped heads are refitted on the tuned vectors by `models/train.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F
from transformers import BertModel

from models.corpus.records import Record
from models.risk_heads import level_targets
from triage.encoder import cut
from triage.model import RISK_CODES
from triage.text import normalise

Progress = Callable[[str], None]


@dataclass(frozen=True)
class FinetuneOptions:
    """`batch_tokens`: padded tokens a step; `warmup`: share of steps; weights of the four losses.
    `max_tokens` cuts long texts while training: the pass is quadratic and the cut is at random, so
    every part is seen over the epochs.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    epochs: int = 6
    rate: float = 4e-4
    head_rate: float = 4e-3
    batch: int = 24
    max_characters: int = 300
    warmup: float = 0.1
    label_smoothing: float = 0.05
    holds_weight: float = 0.5
    risk_weight: float = 0.7
    token_weight: float = 0.5
    seed: int = 20261124
    threads: int = 4


@dataclass
class Example:
    text: str
    sub_type: int  # -1: unsure, not trained on the sub-type
    holds: list[int]
    levels: list[float] | None  # at least yellow, orange, red; None: level not labelled
    spans: list[tuple[int, int, int]]  # start, end, code index


def examples(records: Sequence[Record], labels: Sequence[str]) -> list[Example]:
    """Training examples of records; evidence that only looks like a signal is no signal."""
    index = {c: i for i, c in enumerate(labels)}
    out = []
    for r in records:
        text = normalise(r.text).text
        spans = []
        for e in r.evidence:
            safe = e.form in ("false_friend", "negated") or r.risk_level == "blue"
            wanted = normalise(e.text).text
            at = text.find(wanted)
            if at >= 0 and not safe:
                spans.append((at, at + len(wanted), RISK_CODES.index(e.code)))
        levels = None
        if r.batch not in ("cases", "decisions"):
            levels = [float(v) for v in level_targets([r.risk_level])[0]]
        holds = [index[c] for c in (r.sub_type, *r.secondary)]
        out.append(Example(text, -1 if r.unsure else index[r.sub_type], holds, levels, spans))
    return out


class Scaffold(nn.Module):
    """Encoder with low-rank adapters and the four temporary heads."""

    def __init__(self, directory: Path, labels: int, o: FinetuneOptions) -> None:
        super().__init__()
        base = BertModel.from_pretrained(str(directory), add_pooling_layer=False).float()
        config = LoraConfig(
            r=o.rank,
            lora_alpha=o.alpha,
            lora_dropout=o.dropout,
            target_modules=["query", "key", "value", "dense"],
        )
        self.encoder = get_peft_model(base, config)
        width = base.config.hidden_size
        self.sub_type = nn.Linear(width, labels)
        self.holds = nn.Linear(width, labels)
        self.levels = nn.Linear(2 * width, 3)
        self.codes = nn.Linear(width, len(RISK_CODES))

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).float()
        mean = (states * weight).sum(1) / weight.sum(1)
        # Unit vectors, scaled: the shipped heads read unit vectors, so learn in their space.
        unit = F.normalize(mean, dim=-1) * math.sqrt(mean.shape[-1])
        peak = states.masked_fill(weight == 0, -1e4).max(1).values
        return (
            self.sub_type(unit),
            self.holds(unit),
            self.levels(torch.cat([unit, peak], dim=-1)),
            self.codes(states),
        )


def finetune(
    directory: Path,
    records: Sequence[Record],
    labels: Sequence[str],
    target: Path,
    options: FinetuneOptions,
    progress: Progress = lambda _: None,
) -> Path:
    """Train the adapters and write them to `target` (safetensors, half precision).

    Args:
        directory: the plain decoded encoder (sentence-transformers layout).
        records: training records only; held-out batches must not be among them.
    """
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(options.seed)
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    data = examples(records, labels)
    model = Scaffold(directory, len(labels), options)
    model.train()
    adapters = [p for n, p in model.encoder.named_parameters() if p.requires_grad]
    heads = [p for n, p in model.named_parameters() if not n.startswith("encoder.")]
    optimiser = torch.optim.AdamW(
        [{"params": adapters, "lr": options.rate}, {"params": heads, "lr": options.head_rate}],
        weight_decay=0.01,
    )
    steps = options.epochs * math.ceil(len(data) / options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=[options.rate, options.head_rate],
        total_steps=steps + options.epochs,
        pct_start=options.warmup,
    )
    counts = np.bincount([e.sub_type for e in data if e.sub_type >= 0], minlength=len(labels))
    weight = torch.tensor(np.sqrt(counts.max() / np.maximum(counts, 1)), dtype=torch.float32)
    for epoch in range(options.epochs):
        losses = []
        for group in _batches(data, rng, options.batch):
            loss = _step(model, tokenizer, [data[i] for i in group], weight, rng, options)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(adapters + heads, 1.0)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        progress(f"微调第 {epoch + 1}/{options.epochs} 轮，损失 {np.mean(losses):.3f}")
    _save(model, target, options)
    return target


def _batches(data: list[Example], rng: np.random.Generator, size: int) -> list[list[int]]:
    """Random batches of texts of like length: padding is wasted time."""
    order = sorted(range(len(data)), key=lambda i: len(data[i].text) + rng.integers(0, 40))
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(groups)
    return groups


def _step(
    model: Scaffold,
    tokenizer: Tokenizer,
    batch: list[Example],
    weight: torch.Tensor,
    rng: np.random.Generator,
    o: FinetuneOptions,
) -> torch.Tensor:
    prefix = "query: "
    pieces = [_window(e, rng, o.max_characters) for e in batch]
    encoded = tokenizer.encode_batch([prefix + text for text, _, _ in pieces])
    longest = max(len(e.ids) for e in encoded)
    ids = torch.ones((len(batch), longest), dtype=torch.long)
    mask = torch.zeros((len(batch), longest), dtype=torch.long)
    codes = torch.full((len(batch), longest), -100, dtype=torch.long)
    for row, (e, (_, spans, _)) in enumerate(zip(encoded, pieces, strict=True)):
        n = len(e.ids)
        ids[row, :n] = torch.tensor(e.ids)
        mask[row, :n] = 1
        if batch[row].levels is None:
            continue
        for place, (start, end) in enumerate(e.offsets):
            if end <= len(prefix) or e.special_tokens_mask[place]:
                continue
            a, b = start - len(prefix), end - len(prefix)
            codes[row, place] = next((c for s, t, c in spans if s < b and a < t), 0)
    sub_type, holds, levels, token_codes = model(ids, mask)

    y = torch.tensor([e.sub_type for e in batch])
    told = y >= 0
    loss = torch.zeros(())
    if told.any():
        loss = loss + F.cross_entropy(
            sub_type[told], y[told], weight=weight, label_smoothing=o.label_smoothing
        )
        multi = torch.zeros_like(holds)
        for row, example in enumerate(batch):
            multi[row, example.holds] = 1.0
        loss = loss + o.holds_weight * 10 * F.binary_cross_entropy_with_logits(
            holds[told], multi[told]
        )
    # A window that lost the evidence may have lost the level with it.
    known = [i for i, e in enumerate(batch) if e.levels is not None and pieces[i][2]]
    if known:
        wanted = torch.tensor([batch[i].levels for i in known])
        loss = loss + o.risk_weight * F.binary_cross_entropy_with_logits(levels[known], wanted)
    if (codes >= 0).any():
        scale = torch.ones(len(RISK_CODES))
        scale[0] = 0.2
        loss = loss + o.token_weight * F.cross_entropy(
            token_codes.flatten(0, 1), codes.flatten(), weight=scale, ignore_index=-100
        )
    return loss


def _window(
    e: Example, rng: np.random.Generator, size: int
) -> tuple[str, list[tuple[int, int, int]], bool]:
    """A random chunk of a long text, its spans shifted, and whether all evidence is inside."""
    if len(e.text) <= size:
        return e.text, e.spans, True
    chunks = cut(e.text, size)
    start, text = chunks[int(rng.integers(0, len(chunks)))]
    inside = [
        (s - start, t - start, c) for s, t, c in e.spans if s >= start and t <= start + len(text)
    ]
    return text, inside, len(inside) == len(e.spans)


def _save(model: Scaffold, target: Path, o: FinetuneOptions) -> None:
    """Adapters under the names of the weights they change, for `models/encoder/delta.py`."""
    tensors: dict[str, torch.Tensor] = {}
    for name, value in model.encoder.named_parameters():
        if "lora_" not in name:
            continue
        plain = name.removeprefix("base_model.model.")
        weight, _, rest = plain.partition(".lora_")
        tensors[f"{weight}.weight.lora_{rest[0]}"] = value.detach().half().contiguous()
    target.parent.mkdir(parents=True, exist_ok=True)
    meta: dict[str, Any] = {"scale": json.dumps(o.alpha / o.rank), "options": json.dumps(asdict(o))}
    save_file(tensors, target, metadata=meta)
    target.chmod(0o644)
