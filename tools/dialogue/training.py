"""Trains the dialogue network: first on dialogues made of interactions, then on recorded ones."""

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from tools.dialogue.counts import Floats
from tools.dialogue.network import DialogueNetwork, Example, make_batch
from tools.dialogue.wishes import MadeDialogues

MADE_BATCH, MADE_RATE = 64, 2e-3
TUNED_BATCH, TUNED_RATE = 32, 1e-3
WARM_UP = 0.07  # share of the steps
LAST_RATE = 0.05
MADE_DECAY, TUNED_DECAY = 0.02, 0.05
CLIP = 2.0
SCORED = 64

Priors = Callable[[Example], Tensor]
Tell = Callable[[str], object]


def pretrain(
    network: DialogueNetwork,
    dialogues: MadeDialogues,
    said: Floats,
    inputs: Tensor,
    priors: Tensor,
    steps: int,
    tell: Tell,
) -> float:
    """Trains on made dialogues in place; the mean loss of the last tenth. said: vectors of the wishes."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=MADE_RATE, weight_decay=MADE_DECAY)
    losses: list[float] = []
    network.train()
    for at in range(steps):
        examples = [dialogues.draw() for _ in range(MADE_BATCH)]
        losses.append(_step(network, optimiser, examples, said, inputs, priors, _rate(MADE_RATE, at, steps)))
        if (at + 1) % 100 == 0:
            tell(f"learning from interactions: step {at + 1} of {steps}, loss {np.mean(losses[-100:]):.3f}")
    return float(np.mean(losses[-max(1, steps // 10) :]))


def tune(
    network: DialogueNetwork,
    examples: Sequence[Example],
    said: Floats,
    inputs: Tensor,
    priors_of: Priors,
    epochs: int,
    seed: int,
) -> DialogueNetwork:
    """A copy of the network trained on recorded dialogues."""
    tuned = copy.deepcopy(network)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(tuned.parameters(), lr=TUNED_RATE, weight_decay=TUNED_DECAY)
    steps = epochs * -(-len(examples) // TUNED_BATCH)
    tuned.train()
    done = 0
    for _ in range(epochs):
        order = rng.permutation(len(examples))
        for start in range(0, len(order), TUNED_BATCH):
            chosen = [examples[n] for n in order[start : start + TUNED_BATCH]]
            priors = torch.stack([priors_of(e) for e in chosen])
            _step(tuned, optimiser, chosen, said, inputs, priors, _rate(TUNED_RATE, done, steps))
            done += 1
    return tuned


def log_shares(
    network: DialogueNetwork, examples: Sequence[Example], said: Floats, inputs: Tensor, priors_of: Priors
) -> Floats:
    """What the network expects next, in logs; items named already at about -1e4. (examples, items)"""
    network.eval()
    scored = []
    with torch.no_grad():
        for start in range(0, len(examples), SCORED):
            chosen = examples[start : start + SCORED]
            batch = make_batch(chosen, said, len(inputs))
            priors = torch.stack([priors_of(e) for e in chosen])
            scores = network(batch, inputs, priors) + batch.known
            scored.append(torch.log_softmax(scores, 1).numpy())
    return np.concatenate(scored) if scored else np.zeros((0, len(inputs)), np.float32)


def _step(
    network: DialogueNetwork,
    optimiser: torch.optim.Optimizer,
    examples: Sequence[Example],
    said: Floats,
    inputs: Tensor,
    priors: Tensor,
    rate: float,
) -> float:
    for group in optimiser.param_groups:
        group["lr"] = rate
    batch = make_batch(examples, said, len(inputs))
    scores = network(batch, inputs, priors) + batch.known
    loss = -(batch.wanted * torch.log_softmax(scores, 1)).sum(1).mean()
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
    optimiser.step()
    return float(loss.item())


def _rate(peak: float, at: int, steps: int) -> float:
    warm = min(1.0, (at + 1) / max(1.0, WARM_UP * steps))
    return peak * warm * max(LAST_RATE, 1 - at / steps)
