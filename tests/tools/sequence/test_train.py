"""Training: repeatable to the bit, through kills and damaged files; text speaks for what nobody had."""

import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.sequence.evaluate import evaluate, timed_scorer
from tools.sequence.interactions import Sequences, leave_one_out
from tools.sequence.neural.checkpoint import read_checkpoint, write_checkpoint
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.start import spectral_item_vectors
from tools.sequence.neural.train import TrainConfig, train_network

from .conftest import ITEMS

SMALL = TrainConfig(
    network=NetworkConfig(dim=16, blocks=1, window=8),
    epochs=4,
    patience=9,
    batch_positions=64,
    warmup_steps=5,
    learning_rate=5e-3,
)
TEXT = np.random.default_rng(7).normal(size=(ITEMS, 6)).astype(np.float32)
KINDS = {
    "sasrec": {},
    "ligr with texts": {"encoder": "ligr", "items": "ids+text"},
    "bert4rec with times": {"encoder": "bert4rec", "times": True},
    "texts and times": {"items": "text", "times": True},
}


class Killed(BaseException):
    """Stands for kill -9: nothing in the code under test catches it."""


def kind(name, **changes):
    return replace(SMALL, network=replace(SMALL.network, **KINDS[name]), **changes)


def assert_same_weights(first, second):
    assert first.weights.keys() == second.weights.keys()
    for name, array in first.weights.items():
        np.testing.assert_array_equal(second.weights[name], array)


def last_items(network):
    """Scores after each item alone, that item left out."""
    scores = network.scores_batch([np.array([item], np.int32) for item in range(ITEMS)])
    scores[np.arange(ITEMS), np.arange(ITEMS)] = -np.inf
    return scores


@pytest.mark.parametrize("name", KINDS)
def test_the_same_seed_gives_the_same_weights(chain, name):
    split = leave_one_out(chain)
    first, second, other = (
        train_network(split.train, ITEMS, kind(name, epochs=2, seed=seed), split.validation, TEXT)
        for seed in (3, 3, 4)
    )
    assert_same_weights(first, second)
    assert not np.array_equal(first.weights["positions"], other.weights["positions"])


def test_it_learns_what_follows_what(chain):
    split = leave_one_out(chain)
    trained = train_network(split.train, ITEMS, replace(SMALL, epochs=40))
    assert np.mean(last_items(trained.network()).argmax(1) == (np.arange(ITEMS) + 1) % ITEMS) > 0.8
    for network in (trained.network(), trained.served()):
        assert evaluate(timed_scorer(network), split.test).ndcg10 > 0.7


@pytest.mark.parametrize("objective", ["sampled", "gbce"])
def test_it_learns_with_every_objective(chain, objective):
    trained = train_network(chain.sequences(), ITEMS, replace(SMALL, epochs=40, objective=objective))
    best = np.argsort(-last_items(trained.network()), axis=1)[:, :3]
    assert np.mean((best == (np.arange(ITEMS)[:, None] + 1) % ITEMS).any(1)) > 0.9


def test_distillation_draws_an_item_to_what_followed_it(chain):
    config = replace(SMALL, epochs=10, learning_rate=2e-3)

    def likeness(weight):
        trained = train_network(chain.sequences(), ITEMS, replace(config, distillation=weight))
        vectors = trained.weights["items.ids"]
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return float((unit * np.roll(unit, -1, axis=0)).sum(1).mean())

    assert likeness(5.0) > likeness(0.0) + 0.05


@pytest.mark.parametrize(("name", "kill_after"), [("sasrec", 1), ("sasrec", 3), *((n, 2) for n in KINDS)])
def test_a_killed_run_goes_on_to_the_same_weights(chain, tmp_path, name, kill_after):
    split, config = leave_one_out(chain), kind(name)
    whole = train_network(split.train, ITEMS, config, split.validation, TEXT)
    checkpoint = tmp_path / "run" / "network.pt"

    def kill(done, _message):
        if done > (kill_after + 0.5) / config.epochs:
            raise Killed

    def train(progress):
        return train_network(
            split.train, ITEMS, config, split.validation, TEXT, progress=progress, checkpoint=checkpoint
        )

    with pytest.raises(Killed):
        train(kill)
    seen = []
    resumed = train(lambda done, _message: seen.append(done))
    assert min(seen) > kill_after / config.epochs  # it did not start over
    assert (resumed.epochs, resumed.validation) == (whole.epochs, whole.validation)
    assert [metric for _, metric in resumed.curve] == [metric for _, metric in whole.curve]
    assert_same_weights(whole, resumed)
    assert [path.name for path in checkpoint.parent.iterdir()] == ["network.pt"]
    seen.clear()
    assert_same_weights(whole, train(lambda done, _message: seen.append(done)))
    assert not seen  # a finished run is read, not repeated


KILLED_PROGRAM = """
import os, signal, sys
from pathlib import Path
import numpy as np
from tools.sequence.interactions import Sequences
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.train import TrainConfig, train_network

folder = Path(sys.argv[1])
given = np.load(folder / "sequences.npz")
def progress(done, _message):
    if done > 0.6:
        os.kill(os.getpid(), signal.SIGKILL)
config = eval((folder / "config.txt").read_text())
train_network(Sequences(given["items"], given["offsets"], given["times"]), int(sys.argv[2]), config,
              progress=progress, checkpoint=folder / "network.pt")
"""


def test_kill_9_in_the_middle_of_an_epoch(chain, tmp_path):
    sequences, config = chain.sequences(), replace(SMALL, network=replace(SMALL.network, times=True))
    np.savez(tmp_path / "sequences.npz", **sequences._asdict())
    (tmp_path / "config.txt").write_text(repr(config))
    (tmp_path / "killed.py").write_text(KILLED_PROGRAM)
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, tmp_path / "killed.py", tmp_path, str(ITEMS)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    seen = []
    resumed = train_network(
        sequences,
        ITEMS,
        config,
        progress=lambda done, _message: seen.append(done),
        checkpoint=tmp_path / "network.pt",
    )
    assert min(seen) > 0.5
    assert_same_weights(train_network(sequences, ITEMS, config), resumed)


@pytest.fixture(scope="module")
def checkpoint(chain, tmp_path_factory):
    """The bytes of a finished run's checkpoint, and the weights it leads to."""
    path = tmp_path_factory.mktemp("checkpoint") / "network.pt"
    config = replace(SMALL, epochs=1)
    train_network(chain.sequences(), ITEMS, config, checkpoint=path)
    return path.read_bytes(), config


def spoiled(whole, spoil):
    size = len(whole)
    if spoil == "other format":
        return b"not a checkpoint"
    if spoil == "a byte of a number":
        return whole[: size // 2] + bytes([whole[size // 2] ^ 64]) + whole[size // 2 + 1 :]
    return whole[
        : {"empty": 0, "cut short": 500, "cut in half": size // 2, "cut at the end": size - 1}[spoil]
    ]


@pytest.mark.parametrize(
    "spoil",
    ["empty", "cut short", "cut in half", "cut at the end", "a byte of a number", "other format", "folder"],
)
def test_a_damaged_checkpoint_is_not_used(chain, tmp_path, checkpoint, spoil):
    whole, config = checkpoint
    path = tmp_path / "network.pt"
    if spoil == "folder":
        path = tmp_path / "missing" / "network.pt"
    else:
        path.write_bytes(spoiled(whole, spoil))
    seen = []
    train_network(
        chain.sequences(), ITEMS, config, progress=lambda done, _m: seen.append(done), checkpoint=path
    )
    assert seen  # it started over
    seen.clear()
    train_network(
        chain.sequences(), ITEMS, config, progress=lambda done, _m: seen.append(done), checkpoint=path
    )
    assert not seen  # and left a whole one behind


@given(place=st.integers(0, 10**9), change=st.integers(1, 255))
def test_no_wrong_byte_is_read(checkpoint, tmp_path_factory, place, change):
    whole = bytearray(checkpoint[0])
    whole[place % len(whole)] ^= change
    path = tmp_path_factory.getbasetemp() / "wrong byte.pt"
    path.write_bytes(whole)
    assert read_checkpoint(path, "") is None


@pytest.mark.parametrize("foreign", ["seed", "network", "items", "data", "validation", "text", "start"])
def test_a_foreign_checkpoint_is_not_used(chain, tmp_path, foreign):
    split = leave_one_out(chain)
    sequences, config, path = split.train, replace(SMALL, epochs=1), tmp_path / "network.pt"
    train_network(sequences, ITEMS, config, checkpoint=path)
    items, validation, text, start = ITEMS, None, None, None
    if foreign == "seed":
        config = replace(config, seed=1)
    elif foreign == "network":
        config = replace(config, network=replace(config.network, encoder="ligr"))
    elif foreign == "items":
        items = ITEMS + 1
    elif foreign == "data":
        sequences = sequences._replace(items=sequences.items[::-1].copy())
    elif foreign == "validation":
        validation = split.validation
    elif foreign == "text":
        text = TEXT
    else:
        start = train_network(sequences, ITEMS, replace(config, seed=5)).weights
    expected = train_network(sequences, items, config, validation, text, start)
    got = train_network(sequences, items, config, validation, text, start, checkpoint=path)
    assert_same_weights(expected, got)


def test_checkpoints_are_written_whole_and_read_back(tmp_path):
    path = tmp_path / "deep" / "run.pt"
    for number in range(2):
        write_checkpoint(path, {"identity": "me", "numbers": torch.arange(3), "epoch": number})
    state = read_checkpoint(path, "me")
    assert state["epoch"] == 1
    assert state["numbers"].tolist() == [0, 1, 2]
    assert read_checkpoint(path, "you") is None
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("budget_s", "epochs"), [(0.0, 1), (1e-6, 1), (1e6, 4), (None, 4)])
def test_a_budget_cuts_the_epochs(chain, budget_s, epochs):
    trained = train_network(chain.sequences(), ITEMS, replace(SMALL, budget_s=budget_s))
    assert trained.epochs == epochs


def test_it_stops_when_validation_no_longer_improves(chain):
    split = leave_one_out(chain)
    config = replace(SMALL, epochs=50, patience=1, learning_rate=1e-9)
    seen = []
    trained = train_network(
        split.train, ITEMS, config, split.validation, progress=lambda done, _m: seen.append(done)
    )
    assert max(seen) < 0.2
    assert trained.validation.ndcg10 == pytest.approx(max(metric for _, metric in trained.curve), abs=1e-5)


def test_training_leaves_torch_randomness_and_threads_alone(chain):
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_network(chain.sequences(), ITEMS, replace(SMALL, epochs=1))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("name", KINDS)
def test_going_on_without_a_step_changes_nothing(chain, name):
    sequences = chain.sequences()
    first = train_network(sequences, ITEMS, kind(name, epochs=1), text=TEXT)
    still = kind(name, epochs=1, learning_rate=0.0, average_epochs=0.0)
    later = sequences._replace(times=sequences.times + 7)
    assert_same_weights(first, train_network(later, ITEMS, still, text=TEXT, start=first.weights))


def test_periods_stay_those_of_the_weights_that_are_led_on(chain):
    """Else a network would be led on with other periods than it is asked with."""
    config = kind("bert4rec with times", epochs=1, learning_rate=0.05, average_epochs=0.0)
    sequences = chain.sequences()
    first = train_network(sequences, ITEMS, config)
    late = sequences._replace(times=sequences.times + 10**6)  # all of it after the first training
    second = train_network(late, ITEMS, config, start=first.weights)
    moved = np.abs(second.weights["periods"] - first.weights["periods"]).max(1) > 1e-6
    assert set(np.flatnonzero(moved)) <= {0, len(moved) - 1}
    assert moved[-1]


@pytest.mark.parametrize("items", ["text", "ids+text"])
@pytest.mark.parametrize("encoder", ["sasrec", "ligr", "bert4rec"])
def test_an_item_nobody_had_ranks_near_its_likes(items, encoder):
    """Four kinds of six items, told apart by their texts; the sixth of each kind is in no history."""
    random = np.random.default_rng(0)
    text = np.repeat(np.eye(4), 6, axis=0) + random.normal(0, 0.1, (24, 4))
    histories = [random.permutation(5)[:4] + 6 * random.integers(4) for _ in range(80)]
    flat = np.concatenate(histories).astype(np.int32)
    sequences = Sequences(flat, np.arange(81) * 4)
    network = replace(SMALL.network, items=items, encoder=encoder)
    config = replace(SMALL, network=network, epochs=25)
    served = train_network(sequences, 24, config, text=text.astype(np.float32)).served()
    cold = np.arange(4) * 6 + 5
    for group in range(4):
        scores = served.scores(np.arange(3, dtype=np.int32) + 6 * group)
        assert scores[cold].argmax() == group
        others = np.delete(scores, [*range(6 * group, 6 * group + 6)])
        assert scores[cold[group]] > np.median(others)
    if items == "text":
        projection = train_network(sequences, 24, replace(config, epochs=1), text=text.astype(np.float32))
        vectors = projection.served().arrays["item_vectors"]
        expected = text.astype(np.float32) @ projection.weights["items.projection.weight"].T
        np.testing.assert_allclose(vectors, expected, atol=1e-5)


@pytest.mark.parametrize("encoder", ["sasrec", "ligr", "bert4rec"])
def test_histories_longer_than_the_window_are_learnt_from(encoder):
    flat = np.tile(np.arange(20, dtype=np.int32), 6)
    config = replace(SMALL, network=replace(SMALL.network, encoder=encoder, window=3), epochs=2)
    trained = train_network(Sequences(flat, np.arange(7) * 20), 20, config)
    assert all(np.isfinite(array).all() for array in trained.weights.values())


@pytest.mark.parametrize("histories", [[[0]], [[0, 1]], [[0], [1], []], [[0, 1], [1, 0]]])
def test_the_least_data_trains(histories):
    flat = np.array([item for row in histories for item in row], dtype=np.int32)
    offsets = np.cumsum([0, *(len(row) for row in histories)]).astype(np.int64)
    sequences = Sequences(flat, offsets, np.arange(len(flat)))
    for name in ("sasrec", "bert4rec with times"):
        trained = train_network(sequences, 2, kind(name, epochs=1, distillation=0.5))
        assert np.isfinite(trained.served().scores(np.array([0], np.int32))).all()


@settings(max_examples=20)
@given(st.lists(st.permutations(range(5)), min_size=1, max_size=4), st.integers(1, 8))
def test_starting_vectors_exist_for_any_small_data(histories, dim):
    flat = np.concatenate(histories).astype(np.int32)
    vectors = spectral_item_vectors(Sequences(flat, np.arange(len(histories) + 1) * 5), 6, dim, 0.25, 0)
    assert vectors.shape == (6, dim)
    assert np.isfinite(vectors).all()


def test_starting_vectors_are_the_same_each_time():
    """Most of these items have no transition: ARPACK went on from their null space at random."""
    sequences = Sequences(np.tile(np.arange(6, dtype=np.int32), 5), np.arange(6) * 6)
    first, second, third = (spectral_item_vectors(sequences, 40, 16, 0.25, 0) for _ in range(3))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, third)


def test_a_configuration_is_read_back_from_plain_values():
    values = asdict(NetworkConfig(items="text", encoder="ligr", times=True))
    assert NetworkConfig(**values) == NetworkConfig(items="text", encoder="ligr", times=True)
