"""The networks' forward pass in numpy, so that serving needs no torch. Equal to network.py (a test compares).

The products of one user are einsums, not `@`: BLAS wakes its threads for products this small, and on two
busy cores a product then took 12 ms of waiting, against 0.1-0.2 ms this way and 0.05 ms on idle cores.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.sequence.interactions import Floats, Ints, Longs
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.windows import Rows, history_rows, like_lengths

if TYPE_CHECKING:
    from tools.sequence.neural.network import NextItemNetwork

Arrays = Mapping[str, NDArray[Any]]
MANY = 64  # histories; torch joins what numpy does in a dozen passes, and takes a second to come in
Product = Callable[[Floats, Floats], Floats]  # (…, n, k), (k, m) -> (…, n, m)


class Network:
    """A trained network as arrays, with the scoring calls every recommender has."""

    def __init__(self, arrays: Arrays, config: NetworkConfig) -> None:
        """arrays: "item_vectors" and "item_bias", and the network's parameters under their names."""
        self.arrays = arrays
        self.config = config
        self._encoder: NextItemNetwork | None = None

    def about(self) -> dict[str, Any]:
        return asdict(self.config)

    def scores(self, history: Ints, times: Longs | None = None) -> Floats:
        """Logits of every item after this history: (items,) float32; the bias alone for an empty one."""
        vectors, bias = self.arrays["item_vectors"], self.arrays["item_bias"]
        if not len(history):
            return np.array(bias)
        rows, asked = self._rows([history], None if times is None else [times])
        state = last_states(self.arrays, self.config, rows, asked, _einsum)[0]
        scores: Floats = np.einsum("id,d->i", vectors, state) + bias
        return scores

    def scores_batch(self, histories: list[Ints], times: list[Longs] | None = None) -> Floats:
        """Logits for several histories: (batch, items) float32. Many at once go through torch where it is installed."""
        if len(histories) >= MANY and find_spec("torch") is not None:
            return self._in_torch().scores_batch(histories, times)
        states = np.zeros((len(histories), self.config.dim), np.float32)
        for chosen in like_lengths(histories, self.config.recent):
            rows, asked = self._rows(
                [histories[row] for row in chosen], None if times is None else [times[row] for row in chosen]
            )
            states[chosen] = last_states(self.arrays, self.config, rows, asked, np.matmul)
        scores: Floats = states @ self.arrays["item_vectors"].T
        scores += self.arrays["item_bias"]
        return scores

    def _in_torch(self) -> "NextItemNetwork":
        if self._encoder is None:
            from tools.sequence.neural.network import NextItemNetwork

            self._encoder = NextItemNetwork.from_arrays(self.arrays, self.config)
        return self._encoder

    def _rows(self, histories: list[Ints], times: list[Longs] | None) -> tuple[Rows, Longs]:
        return history_rows(histories, times, self.config, self.arrays["period_edges"])


def one_thread_each() -> None:
    """Keeps torch inside the calling thread, where several threads score at once; nothing without torch."""
    if find_spec("torch") is not None:
        import torch

        torch.set_num_threads(1)


def last_states(arrays: Arrays, config: NetworkConfig, rows: Rows, asked: Longs, product: Product) -> Floats:
    """The state at each row's asked position: (batch, dim) float32.

    Only that position asks in the last block, which then costs one query a row instead of `window`.
    """
    scale = np.float32(config.dim**0.5)
    states = arrays["item_vectors"][rows.items] * scale  # (batch, length, dim)
    if rows.masked is not None:
        states[rows.masked] = arrays["mask_vector"] * scale
    states += arrays["positions"][: states.shape[1]]
    if rows.gaps is not None and rows.periods is not None:
        states += arrays["gaps"][rows.gaps] + arrays["periods"][rows.periods]
    elif config.times:
        states += arrays["gaps"][0] + arrays["periods"][0]
    length = states.shape[1]
    causal = np.tri(length, dtype=bool)[None, None]  # (1, 1, queries, keys)
    readable = causal if config.causal else rows.real[:, None, None, :]
    for index in range(config.blocks):
        block = _Block(arrays, f"blocks.{index}.", config, product)
        if index < config.blocks - 1:
            states = block.states(states, states, readable)
            continue
        last = states[np.arange(len(asked)), asked][:, None]  # (batch, 1, dim)
        reach = rows.real & (np.arange(length) <= asked[:, None])
        states = block.states(states, last, reach[:, None, None, :])
    final: Floats = _norm(states, arrays, "final_norm.")[:, -1]
    return final


class _Block:
    """One attention block over (batch, length, dim) states."""

    def __init__(self, arrays: Arrays, name: str, config: NetworkConfig, product: Product) -> None:
        self.arrays, self.name, self.product = arrays, name, product
        self.heads, self.ligr = config.heads, config.encoder == "ligr"

    def states(self, read: Floats, asking: Floats, readable: NDArray[np.bool_]) -> Floats:
        """The states of `asking` (batch, queries, dim) after reading `read` (batch, length, dim)."""
        mixed = self._attention(read, asking, readable)
        if self.ligr:
            asking = asking + _sigmoid(self._linear(asking, "attention_gate.")) * mixed
            fed, factor = np.split(self._linear(self._norm(asking, "feed_norm."), "feed_in."), 2, axis=-1)
            fed = self._linear(fed * _sigmoid(fed) * factor, "feed_out.")
            return asking + _sigmoid(self._linear(asking, "feed_gate.")) * fed
        asking = asking + mixed
        fed = _gelu(self._linear(self._norm(asking, "feed_norm."), "feed_in."))
        return asking + self._linear(fed, "feed_out.")

    def _attention(self, read: Floats, asking: Floats, readable: NDArray[np.bool_]) -> Floats:
        batch, length, dim = read.shape
        queries, width = asking.shape[1], dim // self.heads
        weight = self.arrays[self.name + "attention.query_key_value.weight"]
        bias = self.arrays[self.name + "attention.query_key_value.bias"]
        normed = self._norm(read, "attention_norm.")
        wanted = normed if asking is read else self._norm(asking, "attention_norm.")
        query = self.product(wanted, weight[:dim].T) + bias[:dim]
        joined = self.product(normed, weight[dim:].T) + bias[dim:]
        query = query.reshape(batch, queries, self.heads, width).transpose(0, 2, 1, 3)
        key, value = joined.reshape(batch, length, 2, self.heads, width).transpose(2, 0, 3, 1, 4)
        odds = np.matmul(query, key.swapaxes(-1, -2))  # (batch, heads, queries, length)
        odds *= np.float32(width**-0.5)
        odds = np.where(readable, odds, np.float32(-np.inf))
        odds -= odds.max(-1, keepdims=True)
        np.exp(odds, out=odds)
        odds /= odds.sum(-1, keepdims=True)
        mixed = np.matmul(odds, value).transpose(0, 2, 1, 3).reshape(batch, queries, dim)
        return self._linear(mixed, "attention.out.")

    def _linear(self, states: Floats, name: str) -> Floats:
        out = self.product(states, self.arrays[self.name + name + "weight"].T)
        out += self.arrays[self.name + name + "bias"]
        return out

    def _norm(self, states: Floats, name: str) -> Floats:
        return _norm(states, self.arrays, self.name + name)


def _einsum(states: Floats, weight: Floats) -> Floats:
    out: Floats = np.einsum("bpi,io->bpo", states, weight)
    return out


def _norm(states: Floats, arrays: Arrays, name: str) -> Floats:
    centred = states - states.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-5))  # torch's LayerNorm eps
    centred /= spread
    centred *= arrays[name + "weight"]
    centred += arrays[name + "bias"]
    out: Floats = centred.astype(np.float32, copy=False)
    return out


def _gelu(values: Floats) -> Floats:
    """The tanh form: numpy has no erf."""
    inner = values * values
    inner *= np.float32(0.044715 * 0.7978845608)
    inner += np.float32(0.7978845608)
    inner *= values
    np.tanh(inner, out=inner)
    inner += np.float32(1.0)
    inner *= values
    inner *= np.float32(0.5)
    return inner


def _sigmoid(values: Floats) -> Floats:
    out: Floats = np.float32(1.0) / (np.float32(1.0) + np.exp(-values))
    return out
