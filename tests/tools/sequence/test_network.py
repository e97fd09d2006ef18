"""Every item encoder with every sequence encoder: torch as trained, numpy as served."""

from functools import cache
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.dropout import dropout
from tools.sequence.neural.forward import Network
from tools.sequence.neural.items import IdAndTextVectors, item_encoder
from tools.sequence.neural.network import NextItemNetwork
from tools.sequence.neural.train import fresh_network
from tools.sequence.neural.windows import PERIODS, history_rows

ITEMS, WINDOW = 25, 9
KINDS = list(product(("ids", "text", "ids+text"), ("sasrec", "ligr", "bert4rec"), (False, True)))
ENCODERS = ("sasrec", "ligr", "bert4rec")
LENGTHS = st.lists(st.integers(0, 14), min_size=1, max_size=6)


@cache
def made(items: str = "ids", encoder: str = "sasrec", times: bool = False) -> NextItemNetwork:
    """A network whose every parameter says something."""
    config = NetworkConfig(
        items=items, encoder=encoder, dim=12, blocks=2, heads=3, window=WINDOW, times=times, dropout=0.3
    )
    random = torch.Generator().manual_seed(3)
    network = NextItemNetwork(ITEMS, config, torch.randn(ITEMS, 6, generator=random))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.3, generator=random)
        network.get_buffer("period_edges").copy_(torch.arange(PERIODS - 2) * 1000)
    return network


def histories_of(lengths, seed):
    """Histories without a repeated item, and when their events were."""
    random = np.random.default_rng(seed)
    histories = [random.permutation(ITEMS)[:length].astype(np.int32) for length in lengths]
    gaps = [(2.0 ** random.uniform(0, 15, length)).astype(np.int64) for length in lengths]
    return histories, [np.cumsum(row) for row in gaps]


@pytest.mark.parametrize(("items", "encoder", "times"), KINDS)
@settings(max_examples=8)
@given(lengths=LENGTHS, seed=st.integers(0, 99), told=st.booleans())
@example(lengths=[0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 14, 0], seed=0, told=True)
@example(lengths=[0], seed=0, told=True)
def test_numpy_and_torch_agree(items, encoder, times, lengths, seed, told):
    network = made(items, encoder, times)
    served = Network(network.arrays(), network.config)
    histories, when = histories_of(lengths, seed)
    when = when if told else None
    expected = network.scores_batch(histories, when)
    assert expected.dtype == np.float32
    np.testing.assert_allclose(served.scores_batch(histories, when), expected, atol=1e-4)
    for row, history in enumerate(histories):
        single = served.scores(history, None if when is None else when[row])
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, expected[row], atol=1e-4)


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("feed", [1, 3])
@pytest.mark.parametrize("blocks", [1, 3])
def test_numpy_and_torch_agree_in_any_shape(encoder, feed, blocks):
    config = NetworkConfig(encoder=encoder, dim=8, blocks=blocks, heads=1, window=WINDOW, feed=feed)
    network = fresh_network(ITEMS, config)
    histories = histories_of([2, 12], 0)[0]
    served = Network(network.arrays(), config)
    np.testing.assert_allclose(served.scores_batch(histories), network.scores_batch(histories), atol=1e-4)


@pytest.mark.parametrize(("items", "encoder", "times"), KINDS)
def test_training_and_scoring_give_the_same_state(items, encoder, times):
    network = made(items, encoder, times)
    histories, when = histories_of([1, 3, 9, 12], 5)
    edges = network.get_buffer("period_edges").numpy()
    rows, asked = history_rows(histories, when, network.config, edges)
    with torch.no_grad():
        vectors = network.items()
        whole = network(rows, vectors)[torch.arange(4), torch.from_numpy(asked)]
        torch.testing.assert_close(network.last_states(rows, asked, vectors), whole, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("times", [False, True])
def test_what_lies_before_the_window_says_nothing_but_the_gap(encoder, times):
    network = made("ids", encoder, times)
    (history,), (when,) = histories_of([14], 2)
    kept = network.config.events_read
    expected = network.scores_batch([history], [when])
    # one event more, for the gap before the first that is read
    changed = np.concatenate([history[: 14 - kept][::-1], history[-kept:]])
    np.testing.assert_allclose(
        network.scores_batch([changed[-kept - 1 :]], [when[-kept - 1 :]]), expected, atol=1e-5
    )


@pytest.mark.parametrize("encoder", ENCODERS)
def test_times_are_read_only_by_a_network_that_has_them(encoder):
    histories, when = histories_of([4, 12], 1)
    for times in (False, True):
        network = made("ids", encoder, times)
        told, untold = network.scores_batch(histories, when), network.scores_batch(histories)
        assert np.allclose(told, untold, atol=1e-6) != times


@pytest.mark.parametrize("encoder", ["sasrec", "ligr"])
@given(place=st.integers(0, 6), seed=st.integers(0, 20))
def test_what_comes_later_changes_no_earlier_state(encoder, place, seed):
    network = made("ids", encoder, True)
    histories, when = histories_of([7, 7], seed)
    later = [history.copy() for history in histories]
    after = [times.copy() for times in when]
    for history, times in zip(later, after, strict=True):
        history[place + 1 :] = (history[place + 1 :] + 1) % ITEMS
        times[place + 1 :] += 5000
    edges = network.get_buffer("period_edges").numpy()
    with torch.no_grad():
        vectors = network.items()
        first, second = (
            network(history_rows(rows, stamps, network.config, edges)[0], vectors)
            for rows, stamps in ((histories, when), (later, after))
        )
    torch.testing.assert_close(first[:, : place + 1], second[:, : place + 1], atol=1e-6, rtol=1e-5)
    if place < 6:
        assert not torch.allclose(first[:, place + 1 :], second[:, place + 1 :], atol=1e-3)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_asked_position_reads_every_event(encoder):
    network = made("ids", encoder)
    history = histories_of([8], 4)[0][0]
    before = network.scores_batch([history])
    for place in range(8):
        changed = history.copy()
        changed[place] = next(item for item in range(ITEMS) if item not in history)
        assert np.abs(network.scores_batch([changed]) - before).max() > 1e-4


def test_bert4rec_reads_both_ways():
    network = made("ids", "bert4rec")
    history = histories_of([6], 4)[0][0]
    rows, _ = history_rows([history], None, network.config)
    changed, _ = history_rows([history[[0, 1, 2, 3, 5, 4]]], None, network.config)
    with torch.no_grad():
        vectors = network.items()
        assert not torch.allclose(network(rows, vectors)[:, 0], network(changed, vectors)[:, 0], atol=1e-4)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_padding_changes_no_state(encoder):
    network = made("ids", encoder)
    short, long = histories_of([3, 8], 6)[0]
    alone, beside = network.scores_batch([short]), network.scores_batch([short, long])[:1]
    np.testing.assert_allclose(alone, beside, atol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dim": 10, "heads": 3},
        {"window": 0},
        {"blocks": 0},
        {"feed": 0},
        {"encoder": "bert4rec", "window": 1},
        {"dropout": 1.0},
        {"dropout": -0.1},
    ],
)
def test_an_impossible_shape_is_refused(wrong):
    with pytest.raises(ValueError, match="at least"):
        NetworkConfig(**wrong)


@pytest.mark.parametrize("kind", ["text", "ids+text"])
def test_an_encoder_of_texts_needs_texts(kind):
    with pytest.raises(ValueError, match="text vectors"):
        item_encoder(kind, 4, 8, None)


def test_some_items_lose_their_ids_in_training_and_none_their_text():
    encoder = IdAndTextVectors(2000, torch.randn(2000, 3), 4)
    random = torch.Generator().manual_seed(0)
    told, drawn = encoder(), encoder(random)
    hidden = (drawn != told).any(1)
    assert 0.07 < hidden.float().mean() < 0.13
    torch.testing.assert_close(drawn[hidden], encoder.by_text()[hidden])
    assert torch.equal(encoder(), told)


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5])
@pytest.mark.parametrize("shape", [(211, 333), (7, 30, 64)])
def test_dropout_has_its_rate_and_keeps_the_mean(rate, shape):
    states = torch.full(shape, 3.0)
    out = dropout(states, rate, torch.Generator().manual_seed(1))
    kept = out != 0
    assert out.shape == shape
    assert abs(1 - kept.float().mean() - rate) < 0.02
    scale = 256 / (256 - round(rate * 256))
    assert torch.allclose(out[kept], torch.tensor(3.0 * scale))
    assert out.mean() == pytest.approx(3.0, abs=0.06)


def test_dropout_is_drawn_from_its_generator_alone():
    states = torch.randn(5, 7, 3)
    assert dropout(states, 0.2, None) is states
    assert dropout(states, 0.0, torch.Generator()) is states
    first, second, other = (dropout(states, 0.2, torch.Generator().manual_seed(seed)) for seed in (4, 4, 5))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_network_drops_only_with_a_generator(encoder):
    network = made("ids", encoder)
    rows, _ = history_rows(histories_of([5, 8], 0)[0], None, network.config)
    with torch.no_grad():
        vectors = network.items()
        plain, again = network(rows, vectors), network(rows, vectors)
        first, second = (network(rows, vectors, torch.Generator().manual_seed(2)) for _ in range(2))
    assert torch.equal(plain, again)
    assert torch.equal(first, second)
    assert not torch.allclose(plain, first)


def test_fresh_networks_leave_torch_randomness_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second = (fresh_network(9, NetworkConfig(dim=4), seed=1).state_dict() for _ in range(2))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(first[name], second[name]) for name in first)
