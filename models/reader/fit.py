"""Fine-tuning on CPU: one pass, all tasks; written as a low-rank delta and the reader's tensors."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn import functional as F

from models.perturb import Perturber
from models.reader.examples import Example, View, view
from models.reader.network import Network, Shape

Progress = Callable[[str], None]
PREFIX = "query: "


@dataclass(frozen=True)
class ReaderOptions:
    """Settings of one fine-tuning run (docs/decisions/0006, 0007).

    `batch_tokens`: padded tokens a step; `characters`: longest piece of a text shown at once;
    `disturb`: chance that a text is shown with a small disturbance (`models/perturb.py`);
    `worth`: weight of the level of every token; `pair`: weight of keeping members of a story apart
    by `margin` where their levels differ;
    `similarity`: weight of keeping the base encoder's notion of likeness in the mean vector, which
    similar-case search needs and labels alone would wear away.
    """

    rank: int = 16
    epochs: int = 4
    rate: float = 4e-4
    head_rate: float = 3e-3
    batch_tokens: int = 1600
    batch: int = 12
    characters: int = 380
    warmup: float = 0.08
    smoothing: float = 0.05
    disturb: float = 0.3
    holds: float = 10.0
    mixed: float = 0.5
    unsure: float = 0.5
    body: float = 0.3
    risk: float = 2.0
    code: float = 0.5
    form: float = 0.3
    worth: float = 1.0
    pair: float = 0.5
    margin: float = 2.0
    similarity: float = 4.0
    red_weight: float = 1.5
    seed: int = 20261124
    threads: int = 2

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 2:
            raise ValueError("epochs ≥ 1 and batch ≥ 2")


@dataclass(frozen=True)
class _Batch:
    ids: torch.Tensor
    mask: torch.Tensor
    content: torch.Tensor
    codes: torch.Tensor
    forms: torch.Tensor
    examples: list[Example]
    views: list[View]


def fit_reader(
    directory: Path,
    examples: Sequence[Example],
    base_vectors: np.ndarray,
    shape: Shape,
    target: Path,
    options: ReaderOptions,
    progress: Progress = lambda _: None,
) -> tuple[Path, Path]:
    """Train, and write `delta.safetensors` and `reader.safetensors` into `target`.

    Args:
        directory: the plain decoded encoder.
        examples: training examples only; held-out batches must not be among them.
        base_vectors: (n, dim) unit vectors of the plain encoder, row for row.
    """
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(options.seed)
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    net = Network(directory, shape)
    perturber = Perturber([e.text for e in examples])
    base = torch.from_numpy(base_vectors - base_vectors.mean(axis=0))
    _standardise(net, tokenizer, examples, rng)
    adapters = [p for n, p in net.encoder.named_parameters() if p.requires_grad]
    heads = [p for n, p in net.named_parameters() if not n.startswith("encoder.")]
    optimiser = torch.optim.AdamW(
        [{"params": adapters, "lr": options.rate}, {"params": heads, "lr": options.head_rate}],
        weight_decay=0.01,
    )
    plan = [_groups(examples, rng, options) for _ in range(options.epochs)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=[options.rate, options.head_rate],
        total_steps=sum(map(len, plan)) + 1,
        pct_start=options.warmup,
    )
    weights = _class_weights(examples, shape.labels)
    for epoch, groups in enumerate(plan):
        net.train()
        losses = []
        for group in groups:
            chosen = [examples[i] for i in group]
            views = [view(e, rng, options.characters, perturber, options.disturb) for e in chosen]
            batch = _collate(tokenizer, chosen, views)
            rules = torch.from_numpy(np.stack([e.rules for e in chosen]))
            out = net(batch.ids, batch.mask, batch.content, rules)
            loss = _loss(out, batch, base[group], weights, options)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(adapters + heads, 1.0)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        # Written after every epoch: a run that is cut off has still taught something.
        written = _save(net, target, shape, options)
        progress(f"微调第 {epoch + 1}/{options.epochs} 轮，损失 {np.mean(losses):.3f}")
    return written


def _standardise(
    net: Network, tokenizer: Tokenizer, examples: Sequence[Example], rng: np.random.Generator
) -> None:
    """Set centre and scale from the content tokens of 256 texts under the untouched encoder."""
    net.eval()
    picked = [examples[i] for i in rng.permutation(len(examples))[:256]]
    tokens = []
    with torch.no_grad():
        for begin in range(0, len(picked), 16):
            part = picked[begin : begin + 16]
            batch = _collate(tokenizer, part, [view(e, rng, 300, None, 0) for e in part])
            tokens.append(net.states(batch.ids, batch.mask)[batch.content > 0])
    states = torch.cat(tokens)
    net.centre.copy_(states.mean(0))
    net.scale.copy_(1 / (states - states.mean(0)).std())


def _groups(
    examples: Sequence[Example], rng: np.random.Generator, o: ReaderOptions
) -> list[list[int]]:
    """Random batches of texts of like length, bounded in padded tokens: padding is wasted time."""
    length = [min(len(e.text), o.characters) for e in examples]
    # Members of a story share one draw, so that they stand side by side and meet in one step.
    draw: dict[str, float] = {}
    for i, e in enumerate(examples):
        draw.setdefault(e.group or str(i), length[i] * rng.uniform(0.75, 1.33))
    order = sorted(range(len(examples)), key=lambda i: draw[examples[i].group or str(i)])
    groups: list[list[int]] = [[]]
    for i in order:
        longest = max((length[j] for j in groups[-1]), default=0)
        if len(groups[-1]) == o.batch or (
            groups[-1] and (len(groups[-1]) + 1) * max(longest, length[i]) > o.batch_tokens
        ):
            groups.append([])
        groups[-1].append(i)
    rng.shuffle(groups)
    return groups


def _collate(tokenizer: Tokenizer, examples: list[Example], views: list[View]) -> _Batch:
    encoded = tokenizer.encode_batch([PREFIX + v.text for v in views])
    longest = max(len(e.ids) for e in encoded)
    ids = torch.ones((len(views), longest), dtype=torch.long)
    mask = torch.zeros((len(views), longest), dtype=torch.long)
    content = torch.zeros((len(views), longest))
    codes = torch.full((len(views), longest), -100, dtype=torch.long)
    forms = torch.full((len(views), longest), -100, dtype=torch.long)
    for row, (e, v, example) in enumerate(zip(encoded, views, examples, strict=True)):
        n = len(e.ids)
        ids[row, :n] = torch.tensor(e.ids)
        mask[row, :n] = 1
        for place, (start, end) in enumerate(e.offsets):
            if end <= len(PREFIX) or e.special_tokens_mask[place]:
                continue
            content[row, place] = 1
            if example.levels is None:
                continue
            a, b = start - len(PREFIX), end - len(PREFIX)
            span = next((s for s in v.spans if s.start < b and a < s.end), None)
            codes[row, place] = span.code if span is not None else 0
            if span is not None:
                forms[row, place] = span.form
    return _Batch(ids, mask, content, codes, forms, examples, views)


def _class_weights(examples: Sequence[Example], labels: int) -> torch.Tensor:
    counts = np.bincount([e.sub_type for e in examples if e.sub_type >= 0], minlength=labels)
    return torch.tensor(np.sqrt(counts.mean() / np.maximum(counts, 1)), dtype=torch.float32)


def _loss(
    out: dict[str, torch.Tensor],
    batch: _Batch,
    base: torch.Tensor,
    weights: torch.Tensor,
    o: ReaderOptions,
) -> torch.Tensor:
    y = torch.tensor([e.sub_type for e in batch.examples])
    told = y >= 0
    loss = o.unsure * F.binary_cross_entropy_with_logits(
        out["unsure"][:, 0].float(), (~told).float()
    )
    loss = loss + o.body * F.cross_entropy(
        out["body"].float(),
        torch.tensor([e.body for e in batch.examples]),
        label_smoothing=o.smoothing,
    )
    if told.any():
        loss = loss + F.cross_entropy(
            out["sub_type"][told].float(), y[told], weight=weights, label_smoothing=o.smoothing
        )
        holds = out["holds"].float()
        multi = torch.zeros_like(holds)
        for row, example in enumerate(batch.examples):
            multi[row, list(example.holds)] = 1.0
        loss = loss + o.holds * F.binary_cross_entropy_with_logits(holds[told], multi[told])
        loss = loss + o.mixed * F.binary_cross_entropy_with_logits(
            out["mixed"][told, 0].float(), (multi[told].sum(1) > 1).float()
        )
    # A piece that lost the evidence may have lost the level with it.
    known = [
        i
        for i, (e, v) in enumerate(zip(batch.examples, batch.views, strict=True))
        if e.levels is not None and v.whole
    ]
    if known:
        wanted = torch.tensor([batch.examples[i].levels for i in known])
        loss = loss + o.risk * F.binary_cross_entropy_with_logits(
            out["risk"][known].float(), wanted, pos_weight=torch.tensor([1.0, 1.0, o.red_weight])
        )
        loss = loss + o.worth * _worth_loss(out["worth"][known].float(), wanted, batch.codes[known])
        loss = loss + o.pair * _pair_loss(
            out["risk"][known].float(), wanted, [batch.examples[i].group for i in known], o.margin
        )
    if (batch.codes >= 0).any():
        scale = torch.ones(out["code"].shape[-1])
        scale[0] = 0.2
        loss = loss + o.code * F.cross_entropy(
            out["code"].flatten(0, 1).float(),
            batch.codes.flatten(),
            weight=scale,
            ignore_index=-100,
        )
    if (batch.forms >= 0).any():
        loss = loss + o.form * F.cross_entropy(
            out["form"].flatten(0, 1).float(), batch.forms.flatten(), ignore_index=-100
        )
    if o.similarity and len(base) > 2:
        mine = F.normalize(out["whole"].float() - out["whole"].float().mean(0).detach(), dim=-1)
        theirs = F.normalize(base, dim=-1)
        loss = loss + o.similarity * F.mse_loss(mine @ mine.T, theirs @ theirs.T)
    return loss


def _worth_loss(worth: torch.Tensor, levels: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """A token of the evidence is worth the level of its text, every other token nothing.

    Args:
        worth: (B, 3, L); levels: (B, 3); codes: (B, L) code index, 0 no signal, -100 not content.
    """
    signal = (codes > 0).unsqueeze(1)
    target = signal * levels.unsqueeze(-1)
    weight = (codes >= 0).unsqueeze(1) * torch.where(signal, 1.0, 0.2)
    each = F.binary_cross_entropy_with_logits(worth, target, reduction="none")
    return (each * weight).sum() / weight.sum().clamp(min=1) / worth.shape[1]


def _pair_loss(
    risk: torch.Tensor, levels: torch.Tensor, groups: list[str], margin: float
) -> torch.Tensor:
    """Members of one story: the one that reaches a level must score `margin` above one that does
    not. The shared words cancel out; what is left is the negation, the speaker, the time.
    """
    parts = []
    for i, group in enumerate(groups):
        for j in range(len(groups)):
            if i != j and group and group == groups[j]:
                gap = levels[i] - levels[j]
                if (gap > 0).any():
                    parts.append(F.softplus(margin - (risk[i] - risk[j]))[gap > 0].mean())
    return torch.stack(parts).mean() if parts else risk.sum() * 0


def _save(net: Network, target: Path, shape: Shape, o: ReaderOptions) -> tuple[Path, Path]:
    """Adapters under the names of the weights they change (`models/encoder/delta.py`); heads under
    the names `triage.reader` reads.
    """
    target.mkdir(parents=True, exist_ok=True)
    meta = {
        "scale": json.dumps(shape.alpha / shape.rank),
        "options": json.dumps(asdict(o)),
    }
    delta: dict[str, torch.Tensor] = {}
    for name, value in net.encoder.named_parameters():
        if "lora_" not in name:
            continue
        plain = name.removeprefix("base_model.model.")
        weight, _, rest = plain.partition(".lora_")
        delta[f"{weight}.weight.lora_{rest[0]}"] = value.detach().half().contiguous()
    # The scale is folded into the weights: serving subtracts the centre and multiplies once less.
    scale = net.scale
    tensors: dict[str, torch.Tensor] = {"centre": net.centre.float()}
    for name, pool in (("topic", net.topic), ("risk", net.risk)):
        tensors[f"query.{name}"] = (pool.queries.detach() * scale).half()
    for name, head in net.heads.items():
        stem = f"head.{'risk' if name == 'risk' else 'topic'}.{name}"
        tensors[f"{stem}.weights"] = (head.weight.detach() * scale).half()
        tensors[f"{stem}.bias"] = head.bias.detach().float()
    tensors["label.holds.queries"] = (net.label_queries.detach() * scale).half()
    tensors["label.holds.weights"] = (net.label_weights.detach() * scale).half()
    tensors["label.risk.queries"] = (net.level_queries.detach() * scale).half()
    tensors["label.risk.weights"] = (net.level_weights.detach() * scale).half()
    tensors["head.risk.risk.extra"] = net.rules.weight.detach().float().contiguous()
    for name, head in net.tokens.items():
        tensors[f"token.{name}.weights"] = (head.weight.detach() * scale).half()
        tensors[f"token.{name}.bias"] = head.bias.detach().float()
    files = target / "delta.safetensors", target / "reader.safetensors"
    for file, content in zip(files, (delta, tensors), strict=True):
        save_file({k: v.contiguous() for k, v in content.items()}, file, metadata=meta)
        file.chmod(0o644)
    return files
