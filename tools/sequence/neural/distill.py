"""Transition-aware distillation: item vectors are drawn towards what the rules saw come next.

Beside the objective over states, a few items a step are asked by their bare vectors for the items that
followed them: cross-entropy against the rules' row. After MQSA-TED's embedding distillation.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tools.sequence.interactions import Sequences
from tools.sequence.transitions import fit_transitions

ITEMS_A_STEP = 128
TEMPERATURE = 1.0


class TransitionTeacher:
    """The rules' rows as distributions, and the loss that compares item vectors with them."""

    def __init__(self, sequences: Sequences, item_count: int) -> None:
        table = fit_transitions(sequences, item_count)
        self.rows = table.matrix(table.weights)
        self.known = np.flatnonzero(np.diff(self.rows.indptr))

    def loss(self, vectors: Tensor, random: np.random.Generator) -> Tensor:
        """Mean cross-entropy of ITEMS_A_STEP random items' rows: a scalar. vectors: (items, dim)."""
        if not len(self.known):
            return vectors.sum() * 0
        drawn = random.choice(self.known, min(ITEMS_A_STEP, len(self.known)), replace=False)
        rows = torch.from_numpy(self.rows[drawn].toarray())  # (drawn, items)
        unit = functional.normalize(vectors, dim=1)
        logits = unit[torch.from_numpy(drawn)] @ unit.T * (vectors.shape[1] ** 0.5 / TEMPERATURE)
        return functional.cross_entropy(logits, rows / rows.sum(1, keepdim=True))
