"""One suite that every recommender passes, and what is particular to each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.sequence.baselines.models import Cooccurrence, Markov, Popularity, Transitions
from tools.sequence.build import build_sequence_model
from tools.sequence.interactions import Sequences, interactions_from_columns
from tools.sequence.neural.network import NetworkConfig, SasRec
from tools.sequence.neural.train import TrainConfig, train_network, weights_of
from tools.sequence.serve import Network, SequenceModel
from tools.sequence.transitions import fit_transitions

from .conftest import ITEMS, chain_interactions

SMALL = TrainConfig(network=NetworkConfig(dim=16, blocks=1, window=8), epochs=2, batch_positions=64)
HISTORIES = st.lists(st.lists(st.integers(0, ITEMS - 1), max_size=12, unique=True), min_size=1, max_size=5)


def network(chain):
    weights = train_network(chain.sequences(), ITEMS, SMALL).weights
    return Network(weights, SMALL.network.heads)


MAKERS = {
    "popularity": lambda chain: Popularity.fit(chain.sequences(), ITEMS),
    "markov": lambda chain: Markov.fit(chain.sequences(), ITEMS),
    "transitions": lambda chain: Transitions.fit(chain.sequences(), ITEMS),
    "cooccurrence": lambda chain: Cooccurrence.fit(chain.sequences(), ITEMS),
    "sasrec": network,
}


@pytest.fixture(scope="session")
def model(chain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sequence")
    build_sequence_model(chain, folder, config=SMALL)
    return SequenceModel.load(folder)


@pytest.fixture(scope="session", params=[*MAKERS, "blend"])
def recommender(request, chain, model):
    return model if request.param == "blend" else MAKERS[request.param](chain)


@given(histories=HISTORIES)
def test_a_batch_is_its_singles(recommender, histories):
    rows = [np.array(history, dtype=np.int32) for history in histories]
    batch = recommender.scores_batch(rows)
    assert batch.shape == (len(rows), ITEMS)
    for row, history in zip(batch, rows, strict=True):
        single = recommender.scores(history)
        assert single.dtype == np.float32
        np.testing.assert_allclose(row, single, atol=1e-4)


def test_an_empty_history_is_answered(recommender):
    scores = recommender.scores(np.zeros(0, np.int32))
    assert scores.shape == (ITEMS,)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_seed_gives_the_same_list(name, chain):
    history = np.array([3, 4, 5], dtype=np.int32)
    first, second = (MAKERS[name](chain).scores(history) for _ in range(2))
    assert first.tolist() == second.tolist()


@given(
    history=st.lists(st.integers(-5, ITEMS + 5), max_size=15),
    exclude=st.lists(st.integers(-5, ITEMS + 5), max_size=10),
    allowed=st.none() | st.lists(st.booleans(), min_size=ITEMS, max_size=ITEMS).map(np.array),
    k=st.integers(0, ITEMS + 3),
)
def test_next_items_are_allowed_unseen_sorted_and_as_many_as_there_are(model, history, exclude, allowed, k):
    listed = model.next_items(history, k, exclude, allowed)
    rows, scores = [row for row, _ in listed], [score for _, score in listed]
    open_rows = {
        row
        for row in range(ITEMS)
        if row not in history and row not in exclude and (allowed is None or allowed[row])
    }
    assert set(rows) <= open_rows
    assert len(rows) == len(set(rows)) == min(k, len(open_rows))
    assert scores == sorted(scores, reverse=True)
    if rows:
        best = max(model.scores(history)[sorted(open_rows)])
        assert scores[0] == pytest.approx(float(best))


def test_unknown_items_change_nothing(model):
    assert model.scores([4, 999, -3, 5]).tolist() == model.scores([4, 5]).tolist()


def test_nothing_known_is_answered_by_popularity(model):
    expected = np.lexsort((np.arange(ITEMS), -model.popularity))[:5]
    assert [row for row, _ in model.next_items([999], 5)] == expected.tolist()
    assert np.argmax(model.scores([])) == expected[0]


def test_scores_are_on_one_scale(model):
    for history in ([], [3], [7, 8, 9, 10]):
        scores = model.scores(history)
        assert scores.mean() == pytest.approx(0, abs=1e-4)
        assert scores.std() == pytest.approx(1, abs=1e-3)


def test_a_mask_of_the_wrong_length_is_refused(model):
    with pytest.raises(ValueError, match="30"):
        model.next_items([1], 3, allowed=np.ones(4, bool))


def test_transition_counts_are_users_counted_by_hand():
    #   user 0: 0 1 2, user 1: 0 2 1, user 2: 2 0
    made = interactions_from_columns([0, 0, 0, 1, 1, 1, 2, 2], [0, 1, 2, 0, 2, 1, 2, 0], range(8), 4)
    rules = Transitions.fit(made.sequences(), 4)
    counts = [[rules.transition_count(a, b) for b in range(4)] for a in range(4)]
    assert counts == [[0, 2, 2, 0], [0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert [rules.support(item) for item in range(-1, 5)] == [0, 3, 2, 3, 0, 0]
    assert rules.transition_count(9, 0) == rules.transition_count(0, 9) == rules.transition_count(-1, 0) == 0


@given(st.lists(st.permutations(range(7)), min_size=1, max_size=6), st.integers(1, 8))
def test_transition_counts_match_a_plain_loop(histories, window):
    flat = np.concatenate(histories).astype(np.int32)
    table = fit_transitions(Sequences(flat, np.arange(len(histories) + 1) * 7), 7, window)
    for a in range(7):
        for b in range(7):
            expected = sum(0 < list(h).index(b) - list(h).index(a) <= window for h in histories)
            assert table.count(a, b) == expected


def test_the_chain_is_known_by_markov_and_rules(chain):
    for fit in (Markov.fit, Transitions.fit):
        scores = fit(chain.sequences(), ITEMS).scores_batch([np.array([i], np.int32) for i in range(ITEMS)])
        scores[np.arange(ITEMS), np.arange(ITEMS)] = -np.inf
        assert np.mean(scores.argmax(1) == (np.arange(ITEMS) + 1) % ITEMS) > 0.9


def test_cooccurrence_is_ease_when_nothing_is_cut_off():
    made = chain_interactions(users=20, items=8)
    matrix = np.zeros((20, 8))
    matrix[made.users, made.items] = 1
    inverse = np.linalg.inv(matrix.T @ matrix + 5 * np.eye(8))
    expected = -inverse / np.diag(inverse)
    fitted = Cooccurrence.fit(made.sequences(), 8, rank=7, ridge=5.0)
    got = np.stack([fitted.scores(np.array([item], np.int32)) for item in range(8)])
    off = ~np.eye(8, dtype=bool)
    assert np.corrcoef(got[off], expected[off])[0, 1] > 0.98  # seven of eight dimensions


@given(length=st.integers(1, 14), seed=st.integers(0, 5))
def test_numpy_and_torch_agree(length, seed):
    import torch

    torch.manual_seed(seed)
    config = NetworkConfig(dim=12, blocks=2, heads=3, window=9)
    sasrec = SasRec(25, config)
    for parameter in sasrec.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    served = Network(weights_of(sasrec), config.heads)
    history = np.random.default_rng(seed).permutation(25)[:length].astype(np.int32)
    np.testing.assert_allclose(served.scores(history), sasrec.scores_batch([history])[0], atol=2e-4)
