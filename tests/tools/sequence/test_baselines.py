"""What is particular to each recommender without training."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from tools.sequence.baselines import item_rows
from tools.sequence.baselines.ease import MOST_EXACT_ITEMS, Cooccurrence, Ease
from tools.sequence.baselines.graph import Graph
from tools.sequence.baselines.item_knn import ItemKnn
from tools.sequence.baselines.item_rows import ItemRows, strongest
from tools.sequence.baselines.markov import Markov
from tools.sequence.baselines.popularity import Popularity
from tools.sequence.baselines.rules import Transitions
from tools.sequence.baselines.similarity import Similarity, feature_vectors
from tools.sequence.interactions import Sequences
from tools.sequence.transitions import fit_transitions, pattern_sums

from .conftest import ITEMS, chain_interactions


def sequences_of(*histories):
    ends = np.cumsum([0, *(len(history) for history in histories)]).astype(np.int64)
    return Sequences(np.array([item for row in histories for item in row], dtype=np.int32), ends)


def row(*items):
    return np.array(items, dtype=np.int32)


def off_diagonal(size):
    return ~np.eye(size, dtype=bool)


@pytest.fixture(scope="module")
def dense_chain():
    """Twenty users of eight items: their matrix, and their sequences."""
    made = chain_interactions(users=20, items=8)
    matrix = np.zeros((20, 8))
    matrix[made.users, made.items] = 1
    return matrix, made.sequences()


def test_ease_is_the_closed_form(dense_chain):
    matrix, sequences = dense_chain
    inverse = np.linalg.inv(matrix.T @ matrix + 5 * np.eye(8))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    fitted = Ease.fit(sequences, 8, ridge=5.0)
    got = np.stack([fitted.scores(row(item)) for item in range(8)])
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_cooccurrence_comes_near_ease(dense_chain):
    _, sequences = dense_chain
    fitted = (Ease.fit(sequences, 8, ridge=5.0), Cooccurrence.fit(sequences, 8, rank=7, ridge=5.0))
    exact, ranked = (np.stack([model.scores(row(item)) for item in range(8)]) for model in fitted)
    assert np.corrcoef(exact[off_diagonal(8)], ranked[off_diagonal(8)])[0, 1] > 0.98


def test_exact_ease_of_a_large_catalogue_is_refused():
    with pytest.raises(ValueError, match="Cooccurrence"):
        Ease.fit(sequences_of([0, 1]), MOST_EXACT_ITEMS + 1)
    with pytest.raises(ValueError, match="ridge"):
        Ease.fit(sequences_of([0, 1]), 3, ridge=0.0)


def test_item_knn_is_the_shrunk_cosine(dense_chain):
    matrix, sequences = dense_chain
    together, roots = matrix.T @ matrix, np.sqrt(matrix.sum(0))
    expected = together / (np.outer(roots, roots) + 2.0)
    fitted = ItemKnn.fit(sequences, 8, shrinkage=2.0)
    got = np.stack([fitted.scores(row(item)) - fitted.rows.backoff for item in range(8)])
    np.testing.assert_allclose(got[off_diagonal(8)], expected[off_diagonal(8)], atol=1e-5)
    assert not np.diag(got).any()


def test_item_knn_keeps_the_nearest(dense_chain):
    _, sequences = dense_chain
    every, three = (ItemKnn.fit(sequences, 8, neighbours=keep) for keep in (8, 3))
    for item in range(8):
        full, cut = (model.scores(row(item)) - model.rows.backoff for model in (every, three))
        kept = np.flatnonzero(cut)
        assert len(kept) == 3
        assert full[kept].min() >= np.delete(full, [*kept, item]).max()
        np.testing.assert_allclose(full[kept], cut[kept])


@given(st.integers(1, 12), st.integers(0, 3))
def test_dense_and_sparse_rows_score_alike(length, seed):
    random = np.random.default_rng(seed)
    matrix = sparse.csr_array((random.random((12, 12)) * (random.random((12, 12)) < 0.6)).astype(np.float32))
    decay, backoff = (0.7 ** np.arange(5)).astype(np.float32), random.random(12).astype(np.float32)
    dense = ItemRows(matrix, decay, backoff)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(item_rows, "DENSE_ITEMS", 0)
        thin = ItemRows(matrix, decay, backoff)
    assert (dense.dense is None, thin.dense is None) == (False, True)
    history = random.permutation(12)[:length].astype(np.int32)
    np.testing.assert_allclose(dense.scores(history), thin.scores(history), atol=1e-5)
    np.testing.assert_allclose(dense.scores_batch([history]), thin.scores_batch([history]), atol=1e-5)


def test_the_strongest_lie_furthest_from_zero():
    block = np.array([[0, -3, 1, 2], [0, 0, 0, 5]], dtype=np.float32)
    assert strongest(block, 2).toarray().tolist() == [[0, -3, 0, 2], [0, 0, 0, 5]]
    assert strongest(block, 9).toarray().tolist() == block.tolist()
    assert strongest(block, 2).nnz == 3


def test_likeness_counts_what_is_rare():
    features = (frozenset("ab"), frozenset("ac"), frozenset("bd"), frozenset("a"), frozenset())
    fitted = Similarity.fit(sequences_of([0, 3]), 5, features)
    scores = fitted.scores(row(0))
    # b is had by two of five, a by three; items 1 and 2 share one feature each, 4 none
    assert scores[0] > scores[2] > scores[1] > scores[4] == 0
    assert scores[0] == pytest.approx(1.0, abs=0.002)


def test_what_every_item_has_says_nothing():
    vectors = feature_vectors([frozenset({"film", "war"}), frozenset({"film"}), frozenset({"film", "war"})])
    assert vectors.toarray().tolist() == [[1], [0], [1]]
    assert feature_vectors([frozenset()]).shape == (1, 1)


@pytest.mark.parametrize("fit", [Similarity.fit, Graph.fit])
def test_features_of_another_catalogue_are_refused(fit):
    with pytest.raises(ValueError, match="features"):
        fit(sequences_of([0, 1]), 3, [frozenset("a")])


def test_the_graph_takes_the_near_first_and_the_like_among_them():
    #   0 → 1 → 3, 0 → 2 → 4; 2 is like 0 and 5 is like 0 but never reached
    walks = sequences_of([0, 1], [0, 2], [1, 3], [2, 4])
    like = (frozenset("a"), frozenset("b"), frozenset("a"), frozenset("c"), frozenset("d"), frozenset("a"))
    plain, informed = Graph.fit(walks, 6).scores(row(0)), Graph.fit(walks, 6, like).scores(row(0))
    assert plain[1] == plain[2] > plain[3] == plain[4] > plain[5]
    assert informed[2] > informed[1] > informed[3]
    assert informed[5] > plain[5]


def test_models_leave_a_shared_table_as_it_is(chain):
    table = fit_transitions(chain.sequences(), ITEMS)
    before = {name: value.copy() for name, value in vars(table).items()}
    popularity = Popularity.fit(chain.sequences(), ITEMS)
    for value in vars(table).values():
        value.flags.writeable = False  # as it is when mapped from disk
    Markov(table, popularity).scores(row(1))
    Transitions(table, popularity).scores(row(1))
    Graph.fit(chain.sequences(), ITEMS, table=table).scores(row(1))
    for name, value in vars(table).items():
        np.testing.assert_array_equal(value, before[name])


def test_rules_sum_the_roots_of_smoothed_shares():
    rules = Transitions.fit(sequences_of([0, 1, 2], [0, 2]), 4)
    # after 0 came 1 (one later), 2 (two later) and 2 (one later): weights 1 and 1.5 of 2.5
    discount = (np.array([2, 1, 2, 0]) + 1.0) ** -0.075
    shares = np.sqrt(np.array([0, 1.0, 1.5, 0]) / 102.5)
    np.testing.assert_allclose(rules.scores(row(0)), shares * discount + rules.rows.backoff, atol=1e-6)
    later = np.sqrt(np.array([0, 0, 1.0, 0]) / 101.0)  # after 1 came 2
    np.testing.assert_allclose(
        rules.scores(row(0, 1)), (later + shares / 2) * discount + rules.rows.backoff, atol=1e-6
    )


def test_unsaid_pairs_are_ordered_by_popularity(chain):
    rules = Transitions.fit(chain.sequences(), ITEMS)
    np.testing.assert_array_equal(rules.scores(row()), rules.popularity.small)


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=6))
def test_sums_of_a_pattern(groups):
    ends = np.cumsum([0, *(len(group) for group in groups)]).astype(np.int64)
    flat = np.array([value for group in groups for value in group], dtype=np.int32)
    assert pattern_sums(ends, flat).tolist() == [sum(group) for group in groups]


@given(st.lists(st.permutations(range(6)), min_size=1, max_size=5), st.integers(1, 7))
def test_the_tables_other_values_match_a_plain_loop(histories, window):
    table = fit_transitions(sequences_of(*histories), 6, window)
    weights, direct = table.matrix(table.weights).toarray(), table.matrix(table.next_counts).toarray()
    for a in range(6):
        for b in range(6):
            gaps = [list(h).index(b) - list(h).index(a) for h in histories]
            assert weights[a, b] == pytest.approx(sum(1 / gap for gap in gaps if 0 < gap <= window), rel=1e-5)
            assert direct[a, b] == gaps.count(1)
