"""One suite that every recommender passes, and what is particular to each."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.sequence.baselines.ease import Cooccurrence, Ease
from tools.sequence.baselines.graph import Graph
from tools.sequence.baselines.item_knn import ItemKnn
from tools.sequence.baselines.markov import Markov
from tools.sequence.baselines.popularity import Popularity
from tools.sequence.baselines.rules import Transitions
from tools.sequence.baselines.similarity import Similarity
from tools.sequence.interactions import Sequences, interactions_from_columns
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.train import TrainConfig, train_network
from tools.sequence.transitions import fit_transitions

from .conftest import ITEMS

SMALL = TrainConfig(network=NetworkConfig(dim=16, blocks=1, window=8), epochs=2, batch_positions=64)
HISTORIES = st.lists(st.lists(st.integers(0, ITEMS - 1), max_size=12, unique=True), min_size=1, max_size=5)


def network(encoder="sasrec", items="ids"):
    def made(chain):
        shape = replace(SMALL.network, encoder=encoder, items=items, times=encoder != "sasrec")
        text = np.random.default_rng(0).normal(size=(ITEMS, 4)).astype(np.float32)
        return train_network(chain.sequences(), ITEMS, replace(SMALL, network=shape), text=text).served()

    return made


# The chain's items in ten kinds of three; every third item has a maker as well, the last has nothing.
FEATURES = tuple(
    frozenset({f"kind {item // 3}", *(["maker"] if item % 3 == 0 else [])} if item < ITEMS - 1 else ())
    for item in range(ITEMS)
)

FITS = {
    "popularity": Popularity.fit,
    "markov": Markov.fit,
    "transitions": Transitions.fit,
    "cooccurrence": Cooccurrence.fit,
    "ease": Ease.fit,
    "item-knn": ItemKnn.fit,
    "item-knn of three": lambda sequences, items: ItemKnn.fit(sequences, items, neighbours=3),
    "graph": lambda sequences, items: Graph.fit(sequences, items, FEATURES[:items]),
    "graph without features": Graph.fit,
    "similarity": lambda sequences, items: Similarity.fit(sequences, items, FEATURES[:items]),
    "similarity without features": Similarity.fit,
}
MAKERS = {
    **{name: lambda chain, fit=fit: fit(chain.sequences(), ITEMS) for name, fit in FITS.items()},
    "sasrec": network(),
    "ligr with texts": network("ligr", "ids+text"),
    "bert4rec of texts": network("bert4rec", "text"),
}


@pytest.fixture(scope="module", params=MAKERS)
def recommender(request, chain):
    return MAKERS[request.param](chain)


@settings(max_examples=20)
@given(histories=HISTORIES)
def test_a_batch_is_its_singles(recommender, histories):
    rows = [np.array(history, dtype=np.int32) for history in histories]
    batch = recommender.scores_batch(rows)
    assert batch.shape == (len(rows), ITEMS)
    for row, history in zip(batch, rows, strict=True):
        single = recommender.scores(history)
        assert single.dtype == np.float32
        np.testing.assert_allclose(row, single, atol=1e-4)


def test_no_history_at_all(recommender):
    assert recommender.scores_batch([]).shape == (0, ITEMS)


def test_an_empty_history_is_answered(recommender):
    scores = recommender.scores(np.zeros(0, np.int32))
    assert scores.shape == (ITEMS,)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize(
    ("histories", "items"),
    [([], 1), ([[0]], 1), ([[0], [2], [1, 2]], 3), ([[], [0, 1]], 2), ([], 4)],
    ids=["no user", "one item", "users with one event", "a user without events", "no event"],
)
def test_a_tiny_catalogue_is_answered(name, histories, items):
    flat = np.array([item for history in histories for item in history], dtype=np.int32)
    ends = np.cumsum([0, *(len(history) for history in histories)]).astype(np.int64)
    tiny = FITS[name](Sequences(flat, ends), items)
    for history in ([], [0], list(range(items))):
        row = np.array(history, dtype=np.int32)
        scores = tiny.scores(row)
        assert scores.shape == (items,)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()
        np.testing.assert_allclose(tiny.scores_batch([row])[0], scores, atol=1e-5)


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_seed_gives_the_same_list(name, chain):
    history = np.array([3, 4, 5], dtype=np.int32)
    first, second = (MAKERS[name](chain).scores(history) for _ in range(2))
    assert first.tolist() == second.tolist()


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
