"""SASRec in torch: item vectors, causal self-attention blocks, one score for every item.

The block is the pre-norm transformer of Kang & McAuley 2018 (arXiv 1808.09781) with GELU; output scores
are tied to the item vectors plus a bias. `forward.py` computes the same in numpy.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.sequence.interactions import Floats, Ints, batches


@dataclass(frozen=True)
class NetworkConfig:
    """The network's shape; saved beside the weights."""

    dim: int = 64
    blocks: int = 2
    heads: int = 2
    window: int = 100  # the most recent items that are read
    dropout: float = 0.15

    def __post_init__(self) -> None:
        if self.dim % self.heads or min(self.dim, self.blocks, self.heads, self.window) < 1:
            raise ValueError("dim must be a multiple of heads, and dim, blocks, heads and window at least 1")


class Block(nn.Module):
    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.dropout = config.dropout
        self.attention_norm = nn.LayerNorm(config.dim)
        self.query_key_value = nn.Linear(config.dim, 3 * config.dim)
        self.attention_out = nn.Linear(config.dim, config.dim)
        self.feed_norm = nn.LayerNorm(config.dim)
        self.feed_in = nn.Linear(config.dim, 4 * config.dim)
        self.feed_out = nn.Linear(4 * config.dim, config.dim)

    def forward(self, states: Tensor) -> Tensor:
        batch, length, dim = states.shape
        joined = self.query_key_value(self.attention_norm(states))  # (batch, length, 3 dim)
        query, key, value = joined.view(batch, length, 3, self.heads, dim // self.heads).permute(
            2, 0, 3, 1, 4
        )
        # Rows are padded on the right, so the causal mask alone keeps real positions from reading padding.
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        mixed = mixed.transpose(1, 2).reshape(batch, length, dim)
        states = states + functional.dropout(self.attention_out(mixed), self.dropout, self.training)
        fed = self.feed_out(functional.gelu(self.feed_in(self.feed_norm(states)), approximate="tanh"))
        return states + functional.dropout(fed, self.dropout, self.training)


class SasRec(nn.Module):
    """Histories in, one state for each position out; `next_item_loss` and `scores` do the rest."""

    def __init__(self, item_count: int, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.item_vectors = nn.Parameter(torch.randn(item_count, config.dim) * 0.02)
        self.item_bias = nn.Parameter(torch.zeros(item_count))
        self.positions = nn.Parameter(torch.randn(config.window, config.dim) * 0.02)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.final_norm = nn.LayerNorm(config.dim)

    def forward(self, items: Tensor) -> Tensor:
        """items: (batch, length) int64, right-padded with any row; gives (batch, length, dim)."""
        states = self.item_vectors[items] * self.config.dim**0.5 + self.positions[: items.shape[1]]
        states = functional.dropout(states, self.config.dropout, self.training)
        for block in self.blocks:
            states = block(states)
        final: Tensor = self.final_norm(states)
        return final

    @torch.no_grad()
    def scores_batch(self, histories: list[Ints]) -> Floats:
        """Logits of every item after each history, without dropout: (batch, items) float32."""
        self.eval()
        states = torch.zeros(len(histories), self.config.dim)
        sizes = np.minimum([len(history) for history in histories], self.config.window).astype(np.int64)
        order = np.argsort(sizes, kind="stable")
        order = order[sizes[order] > 0]
        for part in batches(len(order), 32):  # like lengths together, so that little padding is computed
            rows = order[part]
            items = np.zeros((len(rows), sizes[rows[-1]]), np.int64)
            for place, row in enumerate(rows):
                items[place, : sizes[row]] = histories[row][-sizes[row] :]
            encoded = self(torch.from_numpy(items))
            states[torch.from_numpy(rows)] = encoded[
                torch.arange(len(rows)), torch.from_numpy(sizes[rows] - 1)
            ]
        scores: Floats = torch.addmm(self.item_bias, states, self.item_vectors.T).numpy()
        return scores


class _FullSoftmaxLoss(torch.autograd.Function):
    """Cross-entropy over all items whose gradients are made chunk by chunk in the forward pass.

    Autograd would keep positions × items logits; here one chunk lives at a time, in one reused buffer
    small enough for the cache, and nothing is computed twice.
    """

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx,
        states: Tensor,
        targets: Tensor,
        vectors: Tensor,
        bias: Tensor,
        chunk: int,
    ) -> Tensor:
        count = len(states)
        buffer = torch.empty(min(chunk, count), len(vectors))
        state_grad, vector_grad = torch.empty_like(states), torch.zeros_like(vectors)
        bias_grad = torch.zeros_like(bias)
        # No logit is larger than this; below 60 exp() cannot overflow and needs no shift by the row's
        # maximum, which saves two of the five passes over the logits.
        bound = states.norm(dim=1).max() * vectors.norm(dim=1).max() + bias.abs().max()
        shifted = not bool(bound < 60.0)
        log_totals = torch.zeros(())
        for start in range(0, count, chunk):
            part = slice(start, min(start + chunk, count))
            odds = torch.addmm(
                bias, states[part], vectors.T, out=buffer[: part.stop - start]
            )  # (chunk, items)
            if shifted:
                top = odds.amax(1, keepdim=True)
                log_totals += top.sum()
                odds.sub_(top)
            totals = odds.exp_().sum(1, keepdim=True)
            log_totals += totals.log().sum()
            share = 1.0 / (totals * count)  # softmax over items and the mean over positions, at once
            torch.mm(odds, vectors, out=state_grad[part]).mul_(share)
            vector_grad.addmm_(odds.T, states[part] * share)
            bias_grad.addmv_(odds.T, share[:, 0])
        loss = log_totals - (states * vectors[targets]).sum() - bias[targets].sum()
        # the target's own term: the softmax minus one
        state_grad -= vectors[targets] / count
        vector_grad.index_add_(0, targets, states, alpha=-1.0 / count)
        bias_grad.index_add_(0, targets, torch.full_like(states[:, 0], -1.0 / count))
        ctx.save_for_backward(state_grad, vector_grad, bias_grad)
        return loss / count

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, grad: Tensor) -> tuple[Tensor | None, ...]:
        state_grad, vector_grad, bias_grad = ctx.saved_tensors  # type: ignore[attr-defined]
        return state_grad * grad, None, vector_grad * grad, bias_grad * grad, None


def next_item_loss(
    states: Tensor, targets: Tensor, vectors: Tensor, bias: Tensor, chunk: int = 256
) -> Tensor:
    """Mean cross-entropy of the next item over the whole catalogue.

    states: (positions, dim) float32, only positions that have a target.
    targets: (positions,) int64 in [0, items).
    Memory is chunk × items × 4 bytes. Full softmax after Klenitskiy & Vasilev 2023 (arXiv 2309.07602).
    """
    loss: Tensor = _FullSoftmaxLoss.apply(states, targets, vectors, bias, chunk)  # type: ignore[no-untyped-call]
    return loss
