"""Rows a network reads: histories cut into windows, windows of like length in one batch, little padding."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.sequence.interactions import Ints, Longs, Sequences
from tools.sequence.neural.config import NetworkConfig

GAP_BUCKETS = 32  # 0: no event before, or not known; then one for each doubling of the seconds
PERIODS = 64  # 0: not known; then as many stretches of time with equally many training events
BATCHES = 160  # a batch takes at least this part of an epoch's positions, and
FEWEST_POSITIONS, MOST_POSITIONS = 400, 3200  # no fewer and no more than these
SIDE_BY_SIDE = 2048  # positions scored at once, padding included: what a block makes of them fits the cache
MASKED_SHARE = 0.2  # of the positions of a network that reads both ways
UNTIMED_SHARE = 0.05  # of the rows of a network that reads gaps: histories without times must be answered too


@dataclass(frozen=True)
class Rows:
    """Windows side by side, padded on the right."""

    items: Longs  # (batch, length); padding holds any item
    real: NDArray[np.bool_]  # (batch, length); False on padding
    gaps: Longs | None = None  # (batch, length) bucket of the time since the event before
    periods: Longs | None = None  # (batch, length) the stretch of time it fell into
    masked: NDArray[np.bool_] | None = None  # (batch, length); positions whose item is hidden


def gap_buckets(times: Longs, offsets: Longs) -> NDArray[np.int8]:
    """For every event the bucket of the seconds since its user's event before; 0 for the first: (n,)."""
    seconds = np.diff(times, prepend=times[:1])
    seconds[offsets[:-1][np.diff(offsets) > 0]] = -1
    doublings = np.log2(np.maximum(seconds, 0) + 1.0).astype(np.int64)
    return np.where(seconds < 0, 0, np.minimum(1 + doublings, GAP_BUCKETS - 1)).astype(np.int8)


def period_edges(times: Longs) -> Longs:
    """Where a new period begins, so that all hold equally many of these events: (PERIODS - 2,)."""
    return np.quantile(times, np.linspace(0, 1, PERIODS)[1:-1], method="higher").astype(np.int64)


def periods(times: Longs, edges: Longs) -> NDArray[np.int8]:
    """The period of every event, from 1; what is later than all training is the last one: (n,)."""
    return (1 + np.searchsorted(edges, times, side="right")).astype(np.int8)


def history_rows(
    histories: list[Ints], times: list[Longs] | None, config: NetworkConfig, edges: Longs | None = None
) -> tuple[Rows, Longs]:
    """The most recent items of every history, and the position of each row that tells what comes next.

    A network that reads both ways has a masked position behind the last event; of another it is that event.
    edges: of the periods, for a network that reads times.
    """
    behind = 0 if config.causal else 1
    sizes = np.minimum([len(history) for history in histories], config.recent).astype(np.int64)
    asked = sizes - 1 + behind
    places = np.arange(int(sizes.max()) + behind)
    real = places < sizes[:, None]  # (batch, length)
    items = np.zeros(real.shape, np.int64)
    items[real] = np.concatenate([row[-size:] for row, size in zip(histories, sizes, strict=True)])
    gaps = when = None
    if config.times and times is not None and edges is not None:
        gaps, when = np.zeros_like(items), np.zeros_like(items)
        # one event more than is read, for the gap before the window
        own = [row[-size - 1 :] for row, size in zip(times, sizes, strict=True)]
        kept = np.array([len(row) for row in own])
        offsets = np.concatenate([[0], np.cumsum(kept)])
        stamps = np.concatenate(own)
        read = np.arange(len(stamps)) - np.repeat(offsets[:-1], kept) >= np.repeat(kept - sizes, kept)
        gaps[real] = gap_buckets(stamps, offsets)[read]
        when[real] = periods(stamps[read], edges)
    masked = places == asked[:, None] if behind else None
    return Rows(items, places <= asked[:, None], gaps, when, masked), asked


def like_lengths(histories: list[Ints], recent: int) -> Iterator[Longs]:
    """The places of the histories that are not empty, like lengths together, SIDE_BY_SIDE positions at most."""
    sizes = np.minimum([len(history) for history in histories], recent).astype(np.int64)
    order = np.argsort(sizes, kind="stable")
    order = order[sizes[order] > 0]
    sizes, start = sizes[order], 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - start) * sizes[end] > SIDE_BY_SIDE:
            yield order[start:end]
            start = end


def window_starts(sequences: Sequences, window: int, random: np.random.Generator) -> tuple[Longs, Longs]:
    """Windows that cover every position with a target once: (starts, lengths) into sequences.items.

    A window of length n holds n inputs and the n targets one place later. Where a long history is cut
    changes each epoch, so that the same items are not always the ones read without their past.
    """
    lengths = sequences.lengths()
    users = np.flatnonzero(lengths >= 2)
    firsts, targets = sequences.offsets[:-1][users], lengths[users] - 1
    shifts = np.where(targets > window, random.integers(window, size=len(users)), 0)
    # a shift of s ends the first window after s positions, every later one is a whole one but the last
    pieces = (shifts > 0) + -(-(targets - shifts) // window)
    owner = np.repeat(np.arange(len(users)), pieces)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begins = np.where(shifts[owner] > 0, shifts[owner] + (number - 1) * window, number * window)
    ends = np.minimum(begins + window, targets[owner])
    begins = np.maximum(begins, 0)
    return firsts[owner] + begins, ends - begins


def positions_a_batch(positions: int) -> int:
    """How many positions a batch holds, by how many an epoch has.

    Many small steps beat few large ones on a CPU: on the demo (96,000 positions) 3,200 a batch gave NDCG@10
    .065, 1,600 .072, 800 .077, 400 no better; on a million positions 3,200 did.
    """
    return int(np.clip(positions // BATCHES, FEWEST_POSITIONS, MOST_POSITIONS))


def length_batches(lengths: Longs, positions: int, random: np.random.Generator) -> Iterator[Longs]:
    """Windows of like length together, about `positions` real positions a batch, in random order."""
    order = random.permutation(len(lengths))
    order = order[np.argsort(lengths[order], kind="stable")]
    ends = np.cumsum(lengths[order])
    groups = np.split(order, np.flatnonzero(np.diff(ends // positions)) + 1) if len(order) else []
    for index in random.permutation(len(groups)):
        yield groups[index]


def training_rows(
    sequences: Sequences,
    times: tuple[NDArray[np.int8], NDArray[np.int8]] | None,
    starts: Longs,
    lengths: Longs,
    config: NetworkConfig,
    random: np.random.Generator,
) -> tuple[Rows, Longs, NDArray[np.bool_]]:
    """A batch of windows: (rows, the target at every position, which positions are asked).

    A causal network is asked at every position for the event after it; one that reads both ways for the
    hidden items of a row, of which the last one is always one. times: the gap and the period of every event.
    """
    behind = 0 if config.causal else 1
    width = int(lengths.max()) + behind
    places = starts[:, None] + np.arange(width)  # (batch, length)
    real = np.arange(width) < (lengths + behind)[:, None]
    places = np.minimum(places, len(sequences.items) - 2 + behind)
    items = sequences.items[places].astype(np.int64)
    gaps = when = None
    if times is not None:
        known = random.random((len(starts), 1)) >= UNTIMED_SHARE
        gaps, when = (column[places].astype(np.int64) * known for column in times)
    if config.causal:
        return Rows(items, real, gaps, when), sequences.items[places + 1].astype(np.int64), real
    masked = real & (random.random(items.shape) < MASKED_SHARE)
    masked[np.arange(len(starts)), lengths] = True
    if gaps is not None and when is not None:  # nobody knows when what is asked for will be
        gaps[masked] = when[masked] = 0
    return Rows(items, real, gaps, when, masked), items, masked
