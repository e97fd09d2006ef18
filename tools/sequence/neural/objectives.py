"""Objectives: what a state should say about its target, as a loss over the catalogue or a sample of it."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

ObjectiveKind = Literal["softmax", "sampled", "gbce"]
CALIBRATION = 0.75
NEGATIVES = 512  # shared by a whole batch: the item product stays one dense matrix product

# (states (positions, dim), targets (positions,), vectors (items, dim), bias (items,), random) -> mean loss
Objective = Callable[[Tensor, Tensor, Tensor, Tensor, torch.Generator], Tensor]


def full_softmax(
    states: Tensor,
    targets: Tensor,
    vectors: Tensor,
    bias: Tensor,
    random: torch.Generator,  # noqa: ARG001
) -> Tensor:
    """Mean cross-entropy of the target over the whole catalogue.

    states: (positions, dim) float32, only positions that have a target.
    targets: (positions,) int64 in [0, items).
    Memory is one chunk of 1.2 million logits. Full softmax after Klenitskiy & Vasilev 2023 (arXiv 2309.07602).
    """
    chunk = max(16, LOGITS // len(vectors))
    loss: Tensor = _FullSoftmax.apply(states, targets, vectors, bias, chunk)  # type: ignore[no-untyped-call]
    return loss


def sampled_softmax(
    states: Tensor, targets: Tensor, vectors: Tensor, bias: Tensor, random: torch.Generator
) -> Tensor:
    """Cross-entropy of the target against NEGATIVES items drawn uniformly and shared by the batch."""
    own, others = _own_and_others(states, targets, vectors, bias, random)
    return functional.cross_entropy(
        torch.cat([own[:, None], others], 1), torch.zeros(len(own), dtype=torch.int64)
    )


def gbce(states: Tensor, targets: Tensor, vectors: Tensor, bias: Tensor, random: torch.Generator) -> Tensor:
    """Generalised binary cross-entropy (Petrov & Macdonald 2023, arXiv 2308.07192) with shared negatives.

    The positive's probability is raised to a power that undoes what sampling does to it; a calibration of 1
    gives calibrated probabilities, 0 plain binary cross-entropy, gSASRec's setting is .75.
    """
    own, others = _own_and_others(states, targets, vectors, bias, random)
    share = min(others.shape[1] / max(len(vectors) - 1, 1), 1.0)
    power = share * (CALIBRATION * (1 - 1 / share) + 1 / share)
    positive = -power * functional.logsigmoid(own)
    negative = functional.softplus(others).sum(1)
    return (positive + negative).mean() / (others.shape[1] + 1)


def _own_and_others(
    states: Tensor, targets: Tensor, vectors: Tensor, bias: Tensor, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Logits of each target, and of the shared negatives with accidental hits sent to the bottom."""
    drawn = torch.randint(len(vectors), (min(NEGATIVES, len(vectors)),), generator=random)
    own = (states * vectors[targets]).sum(1) + bias[targets]  # (positions,)
    others = torch.addmm(bias[drawn], states, vectors[drawn].T)  # (positions, negatives)
    return own, others.masked_fill(drawn == targets[:, None], -1e4)


OBJECTIVES: dict[str, Objective] = {"softmax": full_softmax, "sampled": sampled_softmax, "gbce": gbce}

# 1.2 million logits (5 MB) at a time: twice as fast here as 2,048 rows of 9,066 items
LOGITS = 1_200_000


class _FullSoftmax(torch.autograd.Function):
    """Cross-entropy over all items whose gradients are made chunk by chunk in the forward pass.

    Autograd would keep positions × items logits; here one chunk lives at a time, in one reused buffer
    small enough for the cache, and nothing is computed twice. Under autocast the logits are bfloat16.
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
        low = torch.is_autocast_enabled("cpu")
        kind = torch.bfloat16 if low else torch.float32
        with torch.autocast("cpu", enabled=False):
            states, vectors, bias = states.float(), vectors.float(), bias.float()
            given, table = states.to(kind), vectors.to(kind)
            offsets = bias.to(kind)
            buffer = torch.empty(min(chunk, count), len(vectors), dtype=kind)
            state_grad = torch.empty_like(states)
            table_grad = torch.zeros(len(vectors), vectors.shape[1] + 1)
            # No logit is larger than this; below 60 exp() cannot overflow and needs no shift by the row's
            # maximum, which saves two of the five passes over the logits.
            bound = states.norm(dim=1).max() * vectors.norm(dim=1).max() + bias.abs().max()
            shifted = not bool(bound < 60.0)
            log_totals = torch.zeros(())
            for start in range(0, count, chunk):
                part = slice(start, min(start + chunk, count))
                odds = torch.addmm(
                    offsets, given[part], table.T, out=buffer[: part.stop - start]
                )  # (chunk, items)
                if shifted:
                    top = odds.amax(1, keepdim=True)
                    log_totals += top.sum()
                    odds.sub_(top)
                odds.exp_()
                totals = odds.sum(1, keepdim=True, dtype=torch.float32)
                log_totals += totals.log().sum()
                share = 1.0 / (totals * count)  # softmax over items and the mean over positions, at once
                torch.mul(torch.mm(odds, table), share, out=state_grad[part])
                # one product for the gradients of the vectors and, in the last column, of the bias
                weighed = torch.cat([states[part] * share, share], 1).to(kind)
                table_grad += torch.mm(odds.T, weighed)
            loss = log_totals - (states * vectors[targets]).sum() - bias[targets].sum()
            vector_grad, bias_grad = table_grad[:, :-1].contiguous(), table_grad[:, -1].contiguous()
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
