"""Attention blocks: what one layer of a sequence encoder does to (batch, length, dim) states."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.dropout import dropout


class Attention(nn.Module):
    """Multi-head self-attention."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.query_key_value = nn.Linear(config.dim, 3 * config.dim)
        self.out = nn.Linear(config.dim, config.dim)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """mask: (batch, 1, 1, length) bool of the positions that may be read, or None for causal reading."""
        query, key, value = self.query_key_value(states).chunk(3, -1)
        return self._attend(query, key, value, mask)

    def one(self, read: Tensor, asking: Tensor, mask: Tensor) -> Tensor:
        """What the states `asking` (batch, 1, dim) read: the last block of a history costs one query, not all."""
        dim = read.shape[-1]
        weight, bias = self.query_key_value.weight, self.query_key_value.bias
        query = functional.linear(asking, weight[:dim], bias[:dim])
        key, value = functional.linear(read, weight[dim:], bias[dim:]).chunk(2, -1)
        return self._attend(query, key, value, mask)

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        batch, queries, dim = query.shape
        query, key, value = (
            part.float().view(batch, -1, self.heads, dim // self.heads).transpose(1, 2)
            for part in (query, key, value)
        )
        with torch.autocast("cpu", enabled=False):  # in bfloat16 its backward pass takes eight times as long
            mixed = functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask, is_causal=mask is None
            )
        read: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, queries, dim))
        return read


class PreNormBlock(nn.Module):
    """The pre-norm transformer block of SASRec (Kang & McAuley 2018, arXiv 1808.09781) with GELU."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.attention_norm = nn.LayerNorm(config.dim)
        self.attention = Attention(config)
        self.feed_norm = nn.LayerNorm(config.dim)
        self.feed_in = nn.Linear(config.dim, config.feed * config.dim)
        self.feed_out = nn.Linear(config.feed * config.dim, config.dim)

    def forward(self, states: Tensor, mask: Tensor | None, random: torch.Generator | None) -> Tensor:
        return self._joined(states, self.attention(self.attention_norm(states), mask), random)

    def one(self, states: Tensor, asking: Tensor, mask: Tensor) -> Tensor:
        read = self.attention.one(self.attention_norm(states), self.attention_norm(asking), mask)
        return self._joined(asking, read, None)

    def _joined(self, states: Tensor, read: Tensor, random: torch.Generator | None) -> Tensor:
        states = states + dropout(read, self.dropout, random)
        fed = self.feed_out(functional.gelu(self.feed_in(self.feed_norm(states)), approximate="tanh"))
        return states + dropout(fed, self.dropout, random)


class LigrBlock(nn.Module):
    """The block of eSASRec: sigmoid gates on both residual branches, SwiGLU as the feed-forward part."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        hidden = config.feed * config.dim
        self.attention_norm = nn.LayerNorm(config.dim)
        self.attention = Attention(config)
        self.attention_gate = nn.Linear(config.dim, config.dim)
        self.feed_norm = nn.LayerNorm(config.dim)
        self.feed_in = nn.Linear(config.dim, 2 * hidden)  # what is fed, and what it is multiplied by
        self.feed_out = nn.Linear(hidden, config.dim)
        self.feed_gate = nn.Linear(config.dim, config.dim)

    def forward(self, states: Tensor, mask: Tensor | None, random: torch.Generator | None) -> Tensor:
        return self._joined(states, self.attention(self.attention_norm(states), mask), random)

    def one(self, states: Tensor, asking: Tensor, mask: Tensor) -> Tensor:
        read = self.attention.one(self.attention_norm(states), self.attention_norm(asking), mask)
        return self._joined(asking, read, None)

    def _joined(self, states: Tensor, read: Tensor, random: torch.Generator | None) -> Tensor:
        read = dropout(read, self.dropout, random)
        states = states + torch.sigmoid(self.attention_gate(states)) * read
        fed, factor = self.feed_in(self.feed_norm(states)).chunk(2, dim=-1)
        fed = dropout(self.feed_out(functional.silu(fed) * factor), self.dropout, random)
        return states + torch.sigmoid(self.feed_gate(states)) * fed


BLOCKS = {"sasrec": PreNormBlock, "ligr": LigrBlock, "bert4rec": PreNormBlock}
