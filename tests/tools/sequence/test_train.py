import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.sequence.evaluate import evaluate
from tools.sequence.interactions import Sequences, leave_one_out
from tools.sequence.neural.network import NetworkConfig, SasRec, next_item_loss
from tools.sequence.neural.train import (
    TrainConfig,
    length_batches,
    spectral_item_vectors,
    train_network,
    window_starts,
)

from .conftest import ITEMS

SMALL = TrainConfig(
    network=NetworkConfig(dim=16, blocks=1, window=8),
    epochs=4,
    patience=9,
    batch_positions=64,
    warmup_steps=5,
    learning_rate=5e-3,
)


class Killed(BaseException):
    """Stands for kill -9: nothing in the code under test catches it."""


@pytest.mark.parametrize("size", [1.0, 30.0])  # logits that exp() can take, and such that it cannot
def test_the_chunked_loss_is_torch_cross_entropy(size):
    torch.manual_seed(0)
    tensors = [torch.randn(37, 8) * size, torch.randn(50, 8), torch.randn(50)]
    targets = torch.randint(0, 50, (37,))
    results = []
    for loss_of in (
        lambda s, v, b: torch.nn.functional.cross_entropy(s @ v.T + b, targets),
        lambda s, v, b: next_item_loss(s, targets, v, b, chunk=10),
    ):
        leaves = [tensor.clone().requires_grad_() for tensor in tensors]
        loss = loss_of(*leaves) * 3
        loss.backward()
        results.append([loss.detach(), *(leaf.grad for leaf in leaves)])
    for expected, got in zip(*results, strict=True):
        torch.testing.assert_close(got, expected)


def test_padding_changes_no_state():
    torch.manual_seed(1)
    network = SasRec(20, NetworkConfig(dim=8, heads=2, window=6)).eval()
    alone = network(torch.tensor([[4, 5, 6]]))
    padded = network(torch.tensor([[4, 5, 6, 0, 19, 2]]))
    torch.testing.assert_close(padded[:, :3], alone)


@given(
    lengths=st.lists(st.integers(0, 40), max_size=8),
    window=st.integers(1, 12),
    seed=st.integers(0, 3),
    positions=st.integers(1, 50),
)
def test_windows_cover_every_target_once(lengths, window, seed, positions):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    sequences = Sequences(np.arange(offsets[-1], dtype=np.int32), offsets)
    random = np.random.default_rng(seed)
    starts, sizes = window_starts(sequences, window, random)
    assert (sizes >= 1).all()
    assert (sizes <= window).all()
    covered = [start + step + 1 for start, size in zip(starts, sizes, strict=True) for step in range(size)]
    firsts = set(offsets[:-1].tolist())
    assert sorted(covered) == [place for place in range(offsets[-1]) if place not in firsts]
    groups = [group.tolist() for group in length_batches(sizes, positions, random)]
    assert sorted(itertools.chain.from_iterable(groups)) == list(range(len(sizes)))


def test_it_learns_what_follows_what(chain):
    split = leave_one_out(chain)
    trained = train_network(split.train, ITEMS, replace(SMALL, epochs=40))
    after = trained.network().scores_batch([np.array([i], np.int32) for i in range(ITEMS)])
    after[np.arange(ITEMS), np.arange(ITEMS)] = -np.inf
    assert np.mean(after.argmax(1) == (np.arange(ITEMS) + 1) % ITEMS) > 0.8
    assert evaluate(trained.network().scores_batch, split.test).ndcg10 > 0.7


@pytest.mark.parametrize("kill_after", [1, 3])
def test_a_killed_run_goes_on_to_the_same_weights(chain, tmp_path, kill_after):
    split = leave_one_out(chain)
    whole = train_network(split.train, ITEMS, SMALL, split.validation)
    checkpoint = tmp_path / "run" / "sasrec.pt"

    def kill(done, _message):
        if done > (kill_after + 0.5) / SMALL.epochs:
            raise Killed

    with pytest.raises(Killed):
        train_network(split.train, ITEMS, SMALL, split.validation, progress=kill, checkpoint=checkpoint)
    assert checkpoint.exists()
    seen = []
    resumed = train_network(
        split.train,
        ITEMS,
        SMALL,
        split.validation,
        progress=lambda done, _message: seen.append(done),
        checkpoint=checkpoint,
    )
    assert min(seen) > kill_after / SMALL.epochs  # it did not start over
    assert resumed.epochs == whole.epochs
    assert resumed.validation == whole.validation
    for name, array in whole.weights.items():
        np.testing.assert_array_equal(resumed.weights[name], array)
    assert [path.name for path in checkpoint.parent.iterdir()] == ["sasrec.pt"]


@pytest.mark.parametrize("spoil", ["truncate", "noise", "other seed"])
def test_a_checkpoint_that_does_not_fit_is_not_used(chain, tmp_path, spoil):
    checkpoint = tmp_path / "sasrec.pt"
    sequences, config = chain.sequences(), replace(SMALL, epochs=1)
    train_network(sequences, ITEMS, replace(config, seed=int(spoil == "other seed")), checkpoint=checkpoint)
    if spoil == "truncate":
        checkpoint.write_bytes(checkpoint.read_bytes()[:500])
    elif spoil == "noise":
        checkpoint.write_bytes(b"not a checkpoint")
    expected = train_network(sequences, ITEMS, config).weights
    got = train_network(sequences, ITEMS, config, checkpoint=checkpoint).weights
    for name, array in expected.items():
        np.testing.assert_array_equal(got[name], array)


def test_it_stops_when_validation_no_longer_improves(chain):
    split = leave_one_out(chain)
    config = replace(SMALL, epochs=50, patience=1, learning_rate=1e-9)
    seen = []
    train_network(split.train, ITEMS, config, split.validation, progress=lambda done, _m: seen.append(done))
    assert max(seen) < 0.2


def test_training_leaves_torch_randomness_alone(chain):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_network(chain.sequences(), ITEMS, replace(SMALL, epochs=1))
    assert torch.equal(torch.rand(3), expected)


@settings(max_examples=20)
@given(st.lists(st.permutations(range(5)), min_size=1, max_size=4), st.integers(1, 8))
def test_starting_vectors_exist_for_any_small_data(histories, dim):
    flat = np.concatenate(histories).astype(np.int32)
    vectors = spectral_item_vectors(Sequences(flat, np.arange(len(histories) + 1) * 5), 6, dim, 0.25, 0)
    assert vectors.shape == (6, dim)
    assert np.isfinite(vectors).all()


@pytest.mark.parametrize("wrong", [{"dim": 10, "heads": 3}, {"window": 0}, {"blocks": 0}])
def test_an_impossible_shape_is_refused(wrong):
    with pytest.raises(ValueError, match="heads"):
        NetworkConfig(**wrong)
