"""Dropout from random bytes: torch's own draws 32 bits for every number, a tenth of a training step here."""

import torch
from torch import Tensor


def dropout(states: Tensor, rate: float, random: torch.Generator | None) -> Tensor:
    """States with about `rate` of the numbers set to zero and the others scaled up; as they are without `random`.

    The rate is rounded to a multiple of 1/256, and the scale fits the rounded rate.
    """
    dropped = round(rate * 256)
    if random is None or not dropped:
        return states
    count = states.numel()
    words = torch.empty((count + 7) // 8, dtype=torch.int64).random_(-(2**63), None, generator=random)
    drawn = words.view(torch.uint8)[:count].view(states.shape)
    return states * ((drawn >= dropped).to(states.dtype) * (256 / (256 - dropped)))
