"""What a catalogue's own words say: vectors where there are some, nothing where there are none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from tools.sequence import words
from tools.sequence.fit import Known
from tools.sequence.neural.text import whitened
from tools.sequence.words import described, word_vectors

WORDS = st.lists(st.sampled_from(["red", "blue", "pen", "ink", "cup", ""]), max_size=4).map(" ".join)


def test_words_stand_beside_the_features():
    known = described(["Red pen, RED", ""], [frozenset({"kind: pen"}), frozenset({"kind: ink"})])
    assert known == (frozenset({"kind: pen", "word: red", "word: pen"}), frozenset({"kind: ink"}))
    assert described(["Red"], []) == (frozenset({"word: red"}),)
    assert described([], [frozenset({"a"})]) == (frozenset({"a"}),)
    assert described([], []) == ()


@pytest.mark.parametrize(
    "texts",
    [[], [""], ["", "", ""], ["one item"], ["the same"] * 5, ["each", "has", "its", "own"], ["x", ""]],
    ids=["none", "one empty", "all empty", "one", "identical", "nothing shared", "one told"],
)
def test_too_little_is_no_vector(texts):
    assert word_vectors(described(texts, [])) is None
    assert Known.of(texts, ()).text is None


@given(st.lists(WORDS, max_size=12))
def test_any_texts_give_finite_vectors_or_none(texts):
    known = Known.of(texts, ())
    assert len(known.features) in (0, len(texts))
    if known.text is not None:
        assert known.text.dtype == np.float32
        assert known.text.shape[0] == len(texts)
        assert np.isfinite(known.text).all()


@given(st.lists(WORDS, min_size=3, max_size=12))
def test_alike_texts_have_alike_vectors(texts):
    vectors = word_vectors(described([*texts, texts[0]], []))
    if vectors is not None:
        np.testing.assert_allclose(vectors[0], vectors[-1], atol=1e-5)


def test_like_texts_lie_nearer_than_unlike_ones():
    texts = ["red pen", "red ink pen", "blue cup", "blue tea cup", "red pen ink", "tea cup"]
    vectors = word_vectors(described(texts, []))
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > cosines[0, 3]
    assert cosines[2, 3] > cosines[2, 4]
    again = word_vectors(described(texts, []))
    np.testing.assert_array_equal(vectors, again)


def test_whitened_rows_have_unit_variance_and_nothing_stays_nothing():
    random = np.random.default_rng(0)
    vectors = (random.normal(size=(400, 6)) * [9, 5, 1, 0.2, 3, 2] + 50).astype(np.float32)
    vectors[7] = 0
    white = whitened(vectors, 4)
    known = np.delete(white, 7, axis=0)
    assert white.shape == (400, 4)
    assert not white[7].any()
    np.testing.assert_allclose(known.T @ known / 399, np.eye(4) / 4, atol=1e-3)
    assert np.mean((known**2).sum(1)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("rows", [np.zeros((0, 3)), np.zeros((4, 3)), np.ones((1, 3)), np.full((5, 3), 0.1)])
def test_texts_that_tell_nothing_apart_are_whitened_to_nothing(rows):
    white = whitened(rows.astype(np.float32))
    assert white.shape == rows.shape
    assert not white.any()


@pytest.mark.parametrize("exact", [0, 512])
def test_both_ways_to_the_vectors_agree(exact, monkeypatch):
    random = np.random.default_rng(0)
    table = sparse.csr_array(random.random((40, 25)) * (random.random((40, 25)) < 0.3))
    monkeypatch.setattr(words, "EXACT", exact)
    for made in (table, sparse.csr_array(table.T.tocsr())):
        found = words.leading_vectors(made, 20, 0)
        left, strengths, _ = np.linalg.svd(made.toarray(), full_matrices=False)
        expected = (left * strengths)[:, :20]
        order = np.argsort(-(found**2).sum(0))
        np.testing.assert_allclose(np.abs(found[:, order]), np.abs(expected), atol=1e-8)


@pytest.mark.parametrize("kinds", [2, 5, 10])
def test_texts_of_few_kinds_give_the_same_vectors_each_time(kinds):
    """Singular values that are alike or zero leave the vectors free: ARPACK then gave others each time."""
    texts = [f"kind{item % kinds} place{item // 5}" for item in range(30)]
    known = described(texts, [frozenset({f"kind {item % kinds}"}) for item in range(30)])
    first = word_vectors(known)
    for _ in range(3):
        np.testing.assert_array_equal(word_vectors(known), first)
