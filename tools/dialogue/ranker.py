"""The learned fusion: how much each number that speaks for an item counts, and how they bear on each other."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tools.dialogue.counts import Floats

HIDDEN, DROPOUT = 64, 0.3
EPOCHS, BATCH, RATE, DECAY = 8, 64, 3e-3, 1e-3
FURTHEST = 6.0  # deviations from the mean beyond which a number says no more


class Scorer(nn.Module):
    """A weighted sum, plus one hidden layer for what depends on what else holds."""

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.straight = nn.Linear(numbers, 1)
        nn.init.zeros_(self.straight.weight)
        self.bent = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(numbers, HIDDEN),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, 1),
        )

    def forward(self, numbers: Tensor) -> Tensor:
        return torch.as_tensor((self.straight(numbers) + self.bent(numbers)).squeeze(-1))


@dataclass(frozen=True)
class Ranker:
    """Scores items by their numbers. mean, spread: (numbers,) of the training candidates."""

    scorer: Scorer
    mean: Floats
    spread: Floats

    def scores(self, numbers: Floats) -> Floats:
        """(items,) from (items, numbers)."""
        with torch.no_grad():
            scored = self.scorer(torch.from_numpy(_ready(numbers, self.mean, self.spread)))
            return np.asarray(scored.numpy(), np.float32)


@dataclass(frozen=True)
class Candidates:
    """Turns to learn from. numbers: (turns, candidates, numbers) float16; taken: (turns, candidates) bool."""

    numbers: NDArray[np.float16]
    taken: NDArray[np.bool_]

    def of(self, turns: NDArray[np.int64]) -> "Candidates":
        """Some of the turns."""
        return Candidates(self.numbers[turns], self.taken[turns])


def fit_ranker(candidates: Candidates, seed: int) -> Ranker:
    """Fits the scorer by the softmax of what was taken among the candidates."""
    mean, spread = _moments(candidates.numbers)
    numbers = torch.from_numpy(_ready(candidates.numbers, mean, spread))
    taken = candidates.taken.astype(np.float32)
    wanted = torch.from_numpy(taken / np.maximum(taken.sum(1, keepdims=True), 1))
    return Ranker(_fitted(numbers, wanted, seed), mean, spread)


def _fitted(numbers: Tensor, wanted: Tensor, seed: int) -> Scorer:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    scorer = Scorer(numbers.shape[2])
    optimiser = torch.optim.AdamW(scorer.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * math.ceil(len(numbers) / BATCH)
    done = 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(numbers))
        for start in range(0, len(order), BATCH):
            chosen = torch.from_numpy(order[start : start + BATCH])
            loss = -(wanted[chosen] * torch.log_softmax(scorer(numbers[chosen]), 1)).sum(1).mean()
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, (done + 1) / 20) * max(0.02, 1 - done / steps)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            done += 1
    scorer.eval()
    return scorer


def _moments(numbers: NDArray[np.float16]) -> tuple[Floats, Floats]:
    some = numbers[::4].reshape(-1, numbers.shape[2]).astype(np.float32)
    return some.mean(0), some.std(0) + 1e-3


def _ready(numbers: NDArray[np.floating], mean: Floats, spread: Floats) -> Floats:
    return np.asarray(np.clip((numbers.astype(np.float32) - mean) / spread, -FURTHEST, FURTHEST), np.float32)
