"""Which events a network reads together: every target once, nobody's events beside another's."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.sequence.interactions import Sequences
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.windows import (
    FEWEST_POSITIONS,
    GAP_BUCKETS,
    MASKED_SHARE,
    MOST_POSITIONS,
    PERIODS,
    SIDE_BY_SIDE,
    UNTIMED_SHARE,
    gap_buckets,
    history_rows,
    length_batches,
    like_lengths,
    period_edges,
    periods,
    positions_a_batch,
    training_rows,
    window_starts,
)

LENGTHS = st.lists(st.integers(0, 40), max_size=8)
ENCODERS = st.sampled_from(["sasrec", "bert4rec"])


def sequences_of(lengths):
    """Users of these lengths; every event is an item of its own, so that an item tells its place."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Sequences(np.arange(offsets[-1], dtype=np.int32), offsets)


@given(lengths=LENGTHS, window=st.integers(1, 12), seed=st.integers(0, 5), positions=st.integers(1, 50))
def test_windows_cover_every_target_once(lengths, window, seed, positions):
    sequences = sequences_of(lengths)
    random = np.random.default_rng(seed)
    starts, sizes = window_starts(sequences, window, random)
    assert ((sizes >= 1) & (sizes <= window)).all()
    owners = sequences.owners()
    assert (owners[starts] == owners[starts + sizes]).all()  # from the first input to the last target
    covered = [start + step + 1 for start, size in zip(starts, sizes, strict=True) for step in range(size)]
    firsts = set(sequences.offsets[:-1].tolist())
    assert sorted(covered) == [place for place in range(sequences.offsets[-1]) if place not in firsts]
    groups = [group.tolist() for group in length_batches(sizes, positions, random)]
    assert sorted(itertools.chain.from_iterable(groups)) == list(range(len(sizes)))
    assert all(sizes[group].sum() < positions + sizes[group].max() for group in groups)


def test_a_long_history_is_cut_elsewhere_each_time():
    random = np.random.default_rng(0)
    cuts = {tuple(window_starts(sequences_of([30]), 8, random)[0].tolist()) for _ in range(20)}
    assert len(cuts) > 3


@given(
    lengths=st.lists(st.integers(2, 25), min_size=1, max_size=5),
    window=st.integers(2, 9),
    encoder=ENCODERS,
    timed=st.booleans(),
    seed=st.integers(0, 99),
)
def test_an_epochs_rows_ask_for_what_was_next_or_hidden(lengths, window, encoder, timed, seed):
    sequences = sequences_of(lengths)
    config = NetworkConfig(dim=4, window=window, encoder=encoder, times=timed)
    random = np.random.default_rng(seed)
    marks = np.arange(len(sequences.items), dtype=np.int8)  # stand for gaps and periods
    starts, sizes = window_starts(sequences, config.events_read, random)
    owners, asked_for = sequences.owners(), []
    for group in length_batches(sizes, 20, random):
        rows, targets, asked = training_rows(
            sequences, (marks, marks) if timed else None, starts[group], sizes[group], config, random
        )
        assert rows.items.shape[1] <= window
        assert not (asked & ~rows.real).any()
        for row, (start, size) in enumerate(zip(starts[group], sizes[group], strict=True)):
            real = rows.items[row, rows.real[row]]
            assert real.tolist() == list(range(start, start + len(real)))
            assert len(set(owners[real].tolist())) == 1
            if config.causal:
                assert rows.masked is None
                assert targets[row, asked[row]].tolist() == (real + 1).tolist()
                asked_for += targets[row, asked[row]].tolist()
            else:
                assert (asked[row] == rows.masked[row]).all()
                assert asked[row, size]  # the last one is always hidden
                assert targets[row, asked[row]].tolist() == rows.items[row, asked[row]].tolist()
                asked_for.append(int(targets[row, size]))
            if not timed:
                assert rows.gaps is None
                continue
            told = rows.real[row] if config.causal else rows.real[row] & ~rows.masked[row]
            assert rows.gaps[row, told].tolist() in (rows.items[row, told].tolist(), [0] * told.sum())
            assert (rows.gaps[row] == rows.periods[row]).all()
            if not config.causal:
                assert not rows.gaps[row, rows.masked[row]].any()  # as when it is served
    if config.causal:
        assert sorted(asked_for) == sorted(set(range(sum(lengths))) - set(sequences.offsets[:-1].tolist()))
    else:
        assert set(sequences.offsets[1:] - 1) <= set(asked_for)


def test_some_rows_are_read_without_times():
    sequences = sequences_of([2] * 5000)
    marks = np.ones(10_000, np.int8)
    starts, sizes = window_starts(sequences, 5, np.random.default_rng(0))
    config = NetworkConfig(dim=4, window=5, times=True)
    rows, _, _ = training_rows(sequences, (marks, marks), starts, sizes, config, np.random.default_rng(1))
    assert (rows.gaps == 0).all(1).mean() == pytest.approx(UNTIMED_SHARE, abs=0.015)


def test_some_events_are_hidden_besides_the_last():
    sequences = sequences_of([21] * 200)
    config = NetworkConfig(dim=4, window=50, encoder="bert4rec")
    starts, sizes = window_starts(sequences, config.events_read, np.random.default_rng(0))
    _, _, asked = training_rows(sequences, None, starts, sizes, config, np.random.default_rng(1))
    assert asked[:, 20].all()
    assert asked[:, :20].mean() == pytest.approx(MASKED_SHARE, abs=0.03)


def test_gaps_by_hand():
    times = np.array([100, 100, 101, 103, 110, 50, 50 + 2**40])
    #                first  0    1    2    7   first  beyond the last bucket
    assert gap_buckets(times, np.array([0, 5, 5, 7])).tolist() == [0, 1, 2, 2, 4, 0, GAP_BUCKETS - 1]
    assert gap_buckets(np.zeros(0, np.int64), np.array([0])).tolist() == []


@given(st.lists(st.lists(st.integers(0, 2**33), max_size=6), max_size=5))
def test_gaps_are_unknown_first_and_grow_with_the_time(histories):
    times = np.array([stamp for row in histories for stamp in sorted(row)], dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in histories])]).astype(np.int64)
    found = gap_buckets(times, offsets)
    seconds = np.diff(times, prepend=0)
    first = np.isin(np.arange(len(times)), offsets[:-1])
    assert not found[first].any()
    assert ((found[~first] >= 1) & (found[~first] < GAP_BUCKETS)).all()
    order = np.argsort(seconds[~first], kind="stable")
    assert (np.diff(found[~first][order]) >= 0).all()


def test_periods_hold_equally_many_events_and_the_last_is_open():
    times = np.random.default_rng(0).integers(0, 10**9, 63 * 40)
    edges = period_edges(times)
    found = periods(times, edges)
    assert edges.shape == (PERIODS - 2,)
    assert (found.min(), found.max()) == (1, PERIODS - 1)
    counts = np.bincount(found)[1:]
    assert counts.min() >= 38
    assert counts.max() <= 42
    assert periods(np.array([-5, times.max(), 10**12]), edges).tolist() == [1, PERIODS - 1, PERIODS - 1]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=80))
def test_periods_of_any_times_lie_in_the_table_and_keep_the_order(times):
    stamps = np.sort(np.array(times, dtype=np.int64))
    found = periods(stamps, period_edges(stamps))
    assert ((found >= 1) & (found < PERIODS)).all()
    assert (np.diff(found) >= 0).all()


@given(st.lists(st.integers(1, 14), min_size=1, max_size=6), ENCODERS, st.booleans())
def test_rows_to_score_hold_the_latest_events(lengths, encoder, told):
    config = NetworkConfig(dim=4, window=7, encoder=encoder, times=True)
    histories = [np.arange(length, dtype=np.int32) + 1 for length in lengths]
    when = [np.cumsum(2 ** history.astype(np.int64)) for history in histories]
    edges = np.arange(PERIODS - 2) * 100
    rows, asked = history_rows(histories, when if told else None, config, edges)
    assert rows.items.shape[1] <= 7
    for row, history in enumerate(histories):
        kept = min(len(history), config.events_read)
        assert rows.items[row, :kept].tolist() == history[-kept:].tolist()
        assert asked[row] == (kept - 1 if config.causal else kept)
        assert rows.real[row].sum() == asked[row] + 1
        if not config.causal:
            assert np.flatnonzero(rows.masked[row]).tolist() == [kept]
        if told:
            # a gap of 2**k seconds falls into bucket k + 1; that before the first event is not known
            expected = [0 if item == 1 else min(item + 1, GAP_BUCKETS - 1) for item in history[-kept:]]
            assert rows.gaps[row, :kept].tolist() == expected
            assert rows.periods[row, :kept].tolist() == periods(when[row][-kept:], edges).tolist()
            assert not rows.gaps[row, kept:].any()
        else:
            assert rows.gaps is rows.periods is None


@given(st.lists(st.integers(0, 3000), max_size=30), st.integers(1, 1500))
def test_like_lengths_take_every_history_that_is_not_empty(lengths, window):
    histories = [np.zeros(length, np.int32) for length in lengths]
    groups = list(like_lengths(histories, window))
    rows = [row for group in groups for row in group.tolist()]
    assert sorted(rows) == [row for row, length in enumerate(lengths) if length]
    for group in groups:
        widest = max(min(lengths[row], window) for row in group)
        assert len(group) == 1 or len(group) * widest <= SIDE_BY_SIDE


@pytest.mark.parametrize(
    ("positions", "size"), [(0, FEWEST_POSITIONS), (160_000, 1000), (10**9, MOST_POSITIONS)]
)
def test_more_positions_make_larger_batches(positions, size):
    assert positions_a_batch(positions) == size
