"""Networks side by side, and parts brought up to date."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from tools.sequence import fit
from tools.sequence.fit import (
    FEWEST_EVENTS,
    Known,
    fit_blended,
    network_configs,
    train_side_by_side,
    up_to_date,
    update_epochs,
)
from tools.sequence.interactions import Sequences, leave_one_out
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.train import TrainConfig, train_network

from .conftest import ITEMS

SMALL = TrainConfig(network=NetworkConfig(dim=16, blocks=1, window=8), epochs=2, batch_positions=64)
LIGR = replace(SMALL, network=replace(SMALL.network, encoder="ligr", times=True), seed=1)
TEXTS = tuple(f"kind {item // 3} thing" for item in range(ITEMS))


class Killed(BaseException):
    """Stands for Ctrl-C."""


def silent(_done, _message):
    pass


def weights_equal(first, second):
    return first.weights.keys() == second.weights.keys() and all(
        np.array_equal(array, second.weights[name]) for name, array in first.weights.items()
    )


def test_side_by_side_is_one_after_another(chain, tmp_path):
    split = leave_one_out(chain)
    configs = [SMALL, LIGR, replace(SMALL, seed=2), replace(SMALL, seed=3)]
    alone = [train_network(split.train, ITEMS, config, split.validation) for config in configs]
    for folder in (None, tmp_path, tmp_path):  # without checkpoints, writing them, and reading them
        beside = train_side_by_side(split.train, ITEMS, configs, split.validation, None, silent, folder)
        assert all(map(weights_equal, alone, beside))
        assert [network.validation for network in beside] == [network.validation for network in alone]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"network-{n}.pt" for n in range(1, 5)]


def test_an_interrupted_pair_goes_on(chain, tmp_path):
    whole = train_side_by_side(chain.sequences(), ITEMS, [SMALL, LIGR], None, None, silent)

    def interrupt(done, _message):
        if done > 0.7:
            raise Killed

    with pytest.raises(Killed):
        train_side_by_side(chain.sequences(), ITEMS, [SMALL, LIGR], None, None, interrupt, tmp_path)
    seen = []
    resumed = train_side_by_side(
        chain.sequences(),
        ITEMS,
        [SMALL, LIGR],
        None,
        None,
        lambda done, message: seen.append((message[:9], done)),
        tmp_path,
    )
    assert all(map(weights_equal, whole, resumed))
    assert len(seen) < 2 * 2 * 8


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_ends_the_other_network_and_is_the_one_told(chain, monkeypatch, failing):
    ended = threading.Event()
    started = threading.Barrier(2)

    def train(_sequences, _items, config, _validation, _text, _start, progress, _checkpoint):
        started.wait(20)
        if config.seed == failing:
            raise ValueError("out of paper")
        try:
            for _ in range(2000):
                progress(0.5, "")
                ended.wait(0.01)
        except BaseException:
            ended.set()
            raise

    monkeypatch.setattr(fit, "train_network", train)
    with pytest.raises(ValueError, match="out of paper"):
        train_side_by_side(chain.sequences(), ITEMS, [SMALL, replace(SMALL, seed=1)], None, None, silent)
    assert ended.is_set()


def test_progress_is_the_mean_and_never_falls(chain):
    seen = []
    train_side_by_side(
        chain.sequences(),
        ITEMS,
        [SMALL, LIGR],
        None,
        None,
        lambda done, message: seen.append((done, message)),
    )
    shares = [done for done, _ in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {message.split(":")[0] for _, message in seen} == {"network 1", "network 2"}


def test_too_little_data_trains_no_network(chain):
    few = Sequences(np.arange(FEWEST_EVENTS - 1, dtype=np.int32), np.array([0, FEWEST_EVENTS - 1]))
    assert train_side_by_side(few, 100, [SMALL], None, None, silent) == ()
    assert train_side_by_side(chain.sequences(), 4, [SMALL], None, None, silent) == ()
    assert train_side_by_side(chain.sequences(), ITEMS, [], None, None, silent) == ()


@pytest.mark.parametrize("texts", [(), TEXTS])
@pytest.mark.parametrize("timed", [False, True])
def test_the_networks_read_what_is_known(texts, timed):
    known = Known.of(texts, ())
    configs = network_configs(known, timed, seed=5, budget_s=9.0)
    assert {(config.network.items, config.network.times) for config in configs} == {
        ("ids+text" if texts else "ids", timed)
    }
    assert len({config.seed for config in configs}) == len(configs) == 2
    assert {config.seed for config in network_configs(known, timed, seed=6)}.isdisjoint(
        config.seed for config in configs
    )
    assert all(0 < config.budget_s <= 9.0 for config in configs)  # the update needs some of it
    assert all(config.budget_s is None for config in network_configs(known, timed, seed=5))


def test_what_is_fitted_knows_what_it_may(chain):
    split, known = leave_one_out(chain, 3), Known.of(TEXTS, ())
    fitted = fit_blended(split, ITEMS, known, (SMALL,), silent)
    assert list(fitted.parts.names()) == ["popularity", "rules", "similarity", "network 1"]
    assert fitted.seconds.keys() == set(fitted.parts.names())
    assert fitted.model.popularity.sum() == len(split.train.items)
    current = up_to_date(split.train_and_validation, ITEMS, known, (SMALL,), fitted, silent)
    assert current.popularity.sum() == len(split.train_and_validation.items)
    assert current.parts.names() == fitted.parts.names()
    assert current.blend is fitted.blend


def test_the_test_targets_are_not_read(chain):
    split = leave_one_out(chain, 3)
    hidden = replace(split, test=None)
    first, second = (fit_blended(given, ITEMS, Known(), (SMALL,), silent) for given in (split, hidden))
    np.testing.assert_array_equal(first.model.scores([3, 4]), second.model.scores([3, 4]))


def test_networks_are_led_on_from_their_weights(chain):
    split, configs = leave_one_out(chain, 3), (SMALL, LIGR)
    fitted = fit_blended(split, ITEMS, Known(), configs, silent)
    still = tuple(replace(config, learning_rate=0.0) for config in configs)
    current, again, same = (
        up_to_date(chain.sequences(), ITEMS, Known(), given, fitted, silent).parts.networks
        for given in (configs, configs, still)
    )
    for place, network in enumerate(fitted.networks):
        before = network.weights["positions"]
        moved = np.abs(before - current[place].arrays["positions"]).max()
        assert 0 < moved < 0.2
        np.testing.assert_array_equal(current[place].arrays["positions"], again[place].arrays["positions"])
        np.testing.assert_array_equal(same[place].arrays["positions"], before)
        np.testing.assert_array_equal(current[place].arrays["period_edges"], network.weights["period_edges"])


@pytest.mark.parametrize("epochs", [1, 2, 8, 40])
def test_more_epochs_are_led_on_for_more(epochs):
    assert 1 <= update_epochs(epochs) <= max(epochs, update_epochs(1))
    assert update_epochs(epochs) <= update_epochs(epochs + 4)


def test_networks_once_trained_are_led_on_with_few_events(chain):
    trained = train_side_by_side(chain.sequences(), ITEMS, [SMALL], None, None, silent)
    few = Sequences(np.arange(9, dtype=np.int32), np.array([0, 9]), np.arange(9))
    assert len(train_side_by_side(few, ITEMS, [SMALL], None, None, silent, start=trained)) == 1
