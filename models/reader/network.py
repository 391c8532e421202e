"""The network in torch: encoder with low-rank adapters, two attention pools, linear heads.

The same sums as `triage.reader`, which applies what is learned here without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import BertModel

from triage.reader import FORMS, RISK_CODES


@dataclass(frozen=True)
class Shape:
    """Sizes of the heads and of the adapters."""

    labels: int
    bodies: int
    extra: int  # columns of the rules' signal row
    rank: int = 16
    alpha: int = 32
    topic_queries: int = 3
    risk_queries: int = 4


class Pool(nn.Module):
    """Even mean and `queries` attentive means of the content tokens: (B, (m + 1) · dim)."""

    def __init__(self, queries: int, width: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, width) / width)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = (mask == 0).unsqueeze(1)
        scores = torch.einsum("md,bnd->bmn", self.queries, states).masked_fill(hidden, -1e4)
        even = mask / mask.sum(1, keepdim=True).clamp(min=1)
        attention = torch.cat([even.unsqueeze(1), scores.softmax(-1)], dim=1)
        return torch.einsum("bmn,bnd->bmd", attention, states).flatten(1)


def look(
    queries: torch.Tensor, weights: torch.Tensor, states: torch.Tensor, mask: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """((B, k) logits, each from its own attentive mean; (B, k, L) what every token is worth)."""
    scores = torch.einsum("kd,bnd->bkn", queries, states)
    attention = scores.masked_fill((mask == 0).unsqueeze(1), -1e4).softmax(-1)
    worth = torch.einsum("kd,bnd->bkn", weights, states)
    return (attention * worth).sum(-1), worth


class Network(nn.Module):
    """Encoder and all heads; `forward` returns logits by head name."""

    def __init__(self, directory: Path, shape: Shape) -> None:
        super().__init__()
        # No dropout inside the encoder: drawing masks took more than half of a step on CPU (12
        # against 25 texts a second), and one mask a text kept it from learning at all
        # (docs/decisions/0006-no-dropout.md). The pooled vectors have their own.
        base = BertModel.from_pretrained(
            str(directory),
            add_pooling_layer=False,
            attention_probs_dropout_prob=0.0,
            hidden_dropout_prob=0.0,
        ).float()
        self.encoder = get_peft_model(
            base,
            LoraConfig(
                r=shape.rank,
                lora_alpha=shape.alpha,
                lora_dropout=0.0,
                target_modules=["query", "key", "value", "dense"],
            ),
        )
        width = base.config.hidden_size
        self.register_buffer("centre", torch.zeros(width))
        # e5 token states differ by 0.12 a dimension; heads learn at a sensible rate on unit scale.
        self.register_buffer("scale", torch.ones(()))
        self.topic = Pool(shape.topic_queries, width)
        self.risk = Pool(shape.risk_queries, width)
        topic = (shape.topic_queries + 1) * width
        risk = (shape.risk_queries + 1) * width
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.ModuleDict(
            {
                "sub_type": nn.Linear(topic, shape.labels),
                "holds": nn.Linear(topic, shape.labels),
                "unsure": nn.Linear(topic, 1),
                "body": nn.Linear(topic, shape.bodies),
                "mixed": nn.Linear(topic, 1),
                "risk": nn.Linear(risk, 3),
            }
        )
        # One look per label: the second dispute of a mixed narrative stands in other words than the
        # first, and a few shared looks see only the louder one.
        self.label_queries = nn.Parameter(torch.randn(shape.labels, width) / width)
        self.label_weights = nn.Parameter(torch.randn(shape.labels, width) / width)
        # The same for the three levels: the clause that makes a text dangerous is one in many, and
        # its tokens are labelled, so what a token is worth is taught where it stands.
        self.level_queries = nn.Parameter(torch.randn(3, width) / width)
        self.level_weights = nn.Parameter(torch.randn(3, width) / width)
        self.rules = nn.Linear(shape.extra, 3, bias=False)
        nn.init.zeros_(self.rules.weight)
        self.tokens = nn.ModuleDict(
            {"code": nn.Linear(width, len(RISK_CODES)), "form": nn.Linear(width, len(FORMS))}
        )

    def states(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(B, L, dim) centred token states, scaled to unit deviation."""
        out = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return (out - self.centre) * self.scale

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, content: torch.Tensor, rules: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Args:
        mask: (B, L) real tokens; content: (B, L) those that belong to the text itself;
        rules: (B, extra) what the rules saw.
        """
        states = self.states(ids, mask)
        topic = self.dropout(self.topic(states, content))
        risk = self.dropout(self.risk(states, content))
        out = {name: head(risk if name == "risk" else topic) for name, head in self.heads.items()}
        out["holds"] = (
            out["holds"] + look(self.label_queries, self.label_weights, states, content)[0]
        )
        level, out["worth"] = look(self.level_queries, self.level_weights, states, content)
        out["risk"] = out["risk"] + level + self.rules(rules)
        for name, head in self.tokens.items():
            out[name] = head(states)
        weight = mask.unsqueeze(-1).float()
        out["whole"] = (states * weight).sum(1) / weight.sum(1)
        return out
