"""A next-item network: an item encoder, position and time-gap encodings, attention blocks, tied scores.

With the default configuration it is SASRec (Kang & McAuley 2018, arXiv 1808.09781); other item encoders,
blocks and objectives are one small file each. `forward.py` computes the same in numpy.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tools.sequence.interactions import Floats, Ints, Longs
from tools.sequence.neural.blocks import BLOCKS
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.dropout import dropout
from tools.sequence.neural.items import item_encoder
from tools.sequence.neural.windows import GAP_BUCKETS, PERIODS, Rows, history_rows, like_lengths


class NextItemNetwork(nn.Module):
    """Histories in, one state for each position out; scores are tied to the item vectors plus a bias."""

    def __init__(self, item_count: int, config: NetworkConfig, text: Tensor | None = None) -> None:
        super().__init__()
        self.config = config
        self.items = item_encoder(config.items, item_count, config.dim, text)
        self.item_bias = nn.Parameter(torch.zeros(item_count))
        self.positions = nn.Parameter(torch.randn(config.window, config.dim) * 0.02)
        self.gaps = nn.Parameter(torch.zeros(GAP_BUCKETS, config.dim)) if config.times else None
        self.periods = nn.Parameter(torch.zeros(PERIODS, config.dim)) if config.times else None
        self.register_buffer("period_edges", torch.zeros(PERIODS - 2, dtype=torch.int64))
        self.mask_vector = None if config.causal else nn.Parameter(torch.randn(config.dim) * 0.02)
        self.blocks = nn.ModuleList(BLOCKS[config.encoder](config) for _ in range(config.blocks))
        self.final_norm = nn.LayerNorm(config.dim)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], config: NetworkConfig) -> "NextItemNetwork":
        """The network again from what `arrays` gave, its item vectors as they are, for scoring."""
        network = cls(len(arrays["item_bias"]), replace(config, items="ids"))
        state = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        state["items.ids"] = state.pop("item_vectors")
        network.load_state_dict(state)
        return network

    def forward(self, rows: Rows, vectors: Tensor, random: torch.Generator | None = None) -> Tensor:
        """States: (batch, length, dim). vectors: (items, dim), from `self.items`. random: for dropout in training."""
        states = dropout(self._embedded(rows, vectors), self.config.dropout, random)
        # rows are padded on the right, so a causal reader never meets the padding
        readable = None if self.config.causal else torch.from_numpy(rows.real)[:, None, None, :]
        for block in self.blocks:
            states = block(states, readable, random)
        final: Tensor = self.final_norm(states)
        return final

    def last_states(self, rows: Rows, asked: Longs, vectors: Tensor) -> Tensor:
        """The state at each row's asked position, without dropout: (batch, dim)."""
        states = self._embedded(rows, vectors)
        readable = None if self.config.causal else torch.from_numpy(rows.real)[:, None, None, :]
        for block in self.blocks[:-1]:
            states = block(states, readable, None)
        asking = states[torch.arange(len(asked)), torch.from_numpy(asked)][:, None]
        within = rows.real & (np.arange(rows.items.shape[1]) <= asked[:, None])
        last = self.blocks[-1].one(states, asking, torch.from_numpy(within)[:, None, None, :])  # type: ignore[operator]
        final: Tensor = self.final_norm(last[:, 0])
        return final

    def _embedded(self, rows: Rows, vectors: Tensor) -> Tensor:
        states = functional.embedding(torch.from_numpy(rows.items), vectors)
        if self.mask_vector is not None and rows.masked is not None:
            states = torch.where(torch.from_numpy(rows.masked)[..., None], self.mask_vector, states)
        states = states * float(self.config.dim**0.5) + self.positions[: rows.items.shape[1]]
        for table, places in ((self.gaps, rows.gaps), (self.periods, rows.periods)):
            if table is not None:
                states = states + (
                    table[0] if places is None else functional.embedding(torch.from_numpy(places), table)
                )
        return states

    @torch.no_grad()
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `forward.Network` needs: the item vectors as they come out of the encoder, and the parameters."""
        kept = {name: tensor for name, tensor in self.state_dict().items() if not name.startswith("items.")}
        kept["item_vectors"] = self.items()
        return {name: tensor.numpy().copy() for name, tensor in kept.items()}

    @torch.no_grad()
    def scores_batch(self, histories: list[Ints], times: list[Longs] | None = None) -> Floats:
        """Logits of every item after each history, the bias alone for an empty one: (batch, items) float32."""
        vectors = self.items()
        states = torch.zeros(len(histories), self.config.dim)
        for chosen in like_lengths(histories, self.config.recent):
            rows, asked = history_rows(
                [histories[row] for row in chosen],
                None if times is None else [times[row] for row in chosen],
                self.config,
                self.get_buffer("period_edges").numpy(),
            )
            states[torch.from_numpy(chosen)] = self.last_states(rows, asked, vectors).float()
        scores: Floats = torch.addmm(self.item_bias, states, vectors.T).float().numpy()
        return scores
