"""The blend's weights: found, repeatable, never worse than a part, kept on disk, refused when damaged."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import SetupError
from tools.sequence import blend
from tools.sequence.blend import EDGES, BlendWeights, fit_blend, one_for_all, standardised
from tools.sequence.evaluate import evaluate, evaluate_all
from tools.sequence.interactions import Cases, Sequences

ITEMS = 40


def cases_of(lengths, items=ITEMS, seed=0):
    """One case a user, with histories of these lengths."""
    random = np.random.default_rng(seed)
    flat = np.concatenate([random.permutation(items)[: length + 1] for length in lengths]).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(np.array(lengths) + 1)]).astype(np.int64)
    return Cases(Sequences(flat, offsets), np.arange(len(lengths), dtype=np.int32), offsets[1:] - 1)


def guess(strength, seed, items=ITEMS, only=lambda _length: True):
    """A part that lifts the target by `strength` in cases of some lengths, over noise of deviation 1."""

    def score(cases):
        rows = []
        for end, target, length in zip(cases.ends, cases.targets, cases.lengths(), strict=True):
            row = np.random.default_rng([seed, int(end)]).normal(size=items)
            row[target] += strength * only(length)
            rows.append(row)
        return np.array(rows, np.float32).reshape(len(cases), items)

    return score


def gain(score, cases):
    return evaluate(score, cases).ndcg10


def blended(weights, parts):
    return lambda cases: weights.combine({name: part(cases) for name, part in parts.items()}, cases.lengths())


def test_a_useless_part_gets_next_to_nothing():
    parts = {"noise": guess(0, 1), "knows": guess(3, 2)}
    found = fit_blend(parts, cases_of([3, 8, 15, 25] * 60))
    noise, knows = found.weights.T
    assert (noise < 0.1 * knows).all()
    assert gain(blended(found, parts), cases_of([3, 8, 15, 25] * 60, seed=9)) > 0.5


def test_a_part_that_is_wrong_gets_nothing():
    parts = {"wrong": guess(-3, 1), "knows": guess(2, 2)}
    assert fit_blend(parts, cases_of([5] * 100)).used() == ("knows",)


def test_two_parts_that_know_different_things_both_count():
    parts = {"a": guess(2, 1), "b": guess(2, 2)}
    cases = cases_of([5] * 300)
    found = fit_blend(parts, cases)
    assert found.weights[0, 0] == pytest.approx(found.weights[0, 1], rel=0.4)
    assert gain(blended(found, parts), cases) > max(gain(part, cases) for part in parts.values()) + 0.05


def test_weights_fit_the_scale_of_the_scores():
    plain = {"a": guess(2, 1), "b": guess(2, 2)}
    scaled = {"a": plain["a"], "b": lambda cases: plain["b"](cases) * 100}
    cases = cases_of([5] * 200)
    first, second = (fit_blend(parts, cases).weights for parts in (plain, scaled))
    np.testing.assert_allclose(first, second * [1, 100], rtol=0.02)


def test_short_and_long_histories_get_weights_of_their_own():
    parts = {
        "short": guess(4, 1, only=lambda length: length < 20),
        "long": guess(4, 2, only=lambda length: length >= 20),
    }
    cases = cases_of([3, 7, 12, 22, 30] * 60)
    found = fit_blend(parts, cases)
    by_edge = dict(zip(found.edges, found.weights, strict=True))
    assert by_edge[0][0] > 1.5 * by_edge[0][1]
    assert by_edge[20][1] > 1.5 * by_edge[20][0]
    np.testing.assert_allclose(by_edge[100], by_edge[50])  # nobody there: those of all
    one = one_for_all({"short": 1.0, "long": 1.0})
    fresh = cases_of([3, 7, 12, 22, 30] * 60, seed=5)
    assert gain(blended(found, parts), fresh) > gain(blended(one, parts), fresh) + 0.02


def test_lengths_that_want_the_same_share_their_weights():
    found = fit_blend({"a": guess(2, 1), "b": guess(1, 2)}, cases_of([2] * 40 + [15] * 3))
    np.testing.assert_allclose(found.weights[1], found.weights[0], rtol=0.5)
    np.testing.assert_allclose(found.weights[3:], np.tile(found.weights[3], (3, 1)))


@settings(max_examples=25)
@given(
    strengths=st.lists(st.floats(-2, 4), min_size=1, max_size=4),
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=25),
    seed=st.integers(0, 99),
)
def test_the_blend_is_no_worse_than_its_best_part(strengths, lengths, seed):
    parts = {f"part {place}": guess(strength, seed + place) for place, strength in enumerate(strengths)}
    cases = cases_of(lengths, seed=seed)
    found = fit_blend(parts, cases, seed)
    assert (found.weights >= 0).all()
    assert (found.weights.sum(1) > 0).all()
    assert np.isfinite(found.weights).all()
    measured = evaluate_all(parts, cases, {"blend": found.combine})
    best = max(measured[name].ndcg10 for name in parts)
    assert measured["blend"].ndcg10 >= best - 1e-6
    again = fit_blend(parts, cases, seed)
    np.testing.assert_array_equal(found.weights, again.weights)


def test_more_cases_than_are_read_are_sampled_by_the_seed(monkeypatch):
    monkeypatch.setattr(blend, "MOST_CASES", 30)
    parts, cases = {"a": guess(2, 1), "b": guess(1, 2)}, cases_of([5] * 120)
    first, second, other = (fit_blend(parts, cases, seed).weights for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_without_cases_all_weigh_alike():
    parts = {"a": guess(2, 1), "b": guess(1, 2)}
    empty = cases_of([3]).part(slice(0, 0))
    assert fit_blend(parts, empty).to_json() == {"any": {"a": 0.5, "b": 0.5}}


def test_targets_that_no_part_brings(monkeypatch):
    monkeypatch.setattr(blend, "CANDIDATES", 5)
    missed = {"a": guess(-50, 1), "b": guess(-50, 2)}
    cases = cases_of([3, 12] * 20)
    assert fit_blend(missed, cases).to_json() == {"any": {"a": 0.5, "b": 0.5}}
    # beside such cases, the others decide
    short = {name: guess(6, place, only=lambda length: length < 5) for place, name in enumerate("ab")}
    mixed = {"a": short["a"], "b": lambda cases: -short["b"](cases)}
    found = fit_blend(mixed, cases)
    assert (found.weights[:, 0] > 0).all()
    assert (found.weights[:, 1] < found.weights[:, 0]).all()


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_part_of_constant_scores_does_no_harm(value):
    parts = {"flat": lambda cases: np.full((len(cases), ITEMS), value, np.float32), "knows": guess(3, 1)}
    cases = cases_of([4] * 50)
    found = fit_blend(parts, cases)
    assert np.isfinite(found.weights).all()
    assert gain(blended(found, parts), cases) >= gain(parts["knows"], cases) - 1e-6
    alone = fit_blend({"flat": parts["flat"]}, cases)
    assert alone.used() == ("flat",)


def test_a_catalogue_of_one_item():
    sequences = Sequences(np.zeros(3, np.int32), np.arange(4, dtype=np.int64))
    cases = Cases(sequences, np.arange(3, dtype=np.int32), np.arange(3, dtype=np.int64))
    found = fit_blend({"a": guess(1, 1, items=1), "b": guess(1, 2, items=1)}, cases)
    assert (found.weights.sum(1) > 0).all()


WEIGHTS = BlendWeights(("a", "b", "c"), (0, 5, 20), np.array([[1, 0, 0], [0.5, 2, 0], [0, 3, 0]], np.float32))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(0, 9))
def test_one_is_combined_as_in_a_batch(lengths, seed):
    random = np.random.default_rng(seed)
    scores = {name: random.normal(size=(len(lengths), 7)).astype(np.float32) for name in "abc"}
    kept = {name: values.copy() for name, values in scores.items()}
    batch = WEIGHTS.combine(scores, np.array(lengths))
    assert batch.dtype == np.float32
    for row, length in enumerate(lengths):
        weights = WEIGHTS.weights[0 if length < 5 else 1 if length < 20 else 2]
        expected = sum(weight * scores[name][row] for weight, name in zip(weights, "abc", strict=True))
        np.testing.assert_allclose(batch[row], expected, atol=1e-5)
        single = WEIGHTS.combine({name: values[row] for name, values in scores.items()}, length)
        np.testing.assert_array_equal(single, batch[row])
    for name, values in kept.items():
        np.testing.assert_array_equal(scores[name], values)


def test_only_parts_that_count_are_asked_for():
    assert WEIGHTS.used() == ("a", "b")
    WEIGHTS.combine(dict.fromkeys("ab", np.ones((1, 2), np.float32)), np.array([3]))
    with pytest.raises(ValueError, match="above zero"):
        BlendWeights(("a",), (0,), np.zeros((1, 1), np.float32)).combine({"a": np.ones(2)}, 1)


def test_weights_are_told_by_length():
    assert list(WEIGHTS.to_json()) == ["from 0 events", "from 5 events", "from 20 events"]
    assert WEIGHTS.to_json()["from 5 events"] == {"a": 0.5, "b": 2.0, "c": 0.0}
    assert one_for_all({"a": 0.25}).to_json() == {"any": {"a": 0.25}}


def test_weights_survive_the_disk(tmp_path):
    path = tmp_path / "blend.json"
    fitted = fit_blend({"a": guess(2, 1), "b": guess(1, 2)}, cases_of([3, 30] * 40))
    for weights in (WEIGHTS, fitted, one_for_all({"x": 1.0})):
        weights.save(path)
        loaded = BlendWeights.load(path)
        assert (loaded.parts, loaded.edges) == (weights.parts, weights.edges)
        np.testing.assert_allclose(loaded.weights, weights.weights, atol=1e-6)
        assert loaded.weights.dtype == np.float32
    assert EDGES[0] == 0


SOUND = {"parts": ["a", "b"], "edges": [0, 5], "weights": [[1, 0], [0.5, 0.5]]}
DAMAGES = {
    "no parts": {"parts": None},
    "a part too many": {"parts": ["a", "b", "c"]},
    "an edge too few": {"edges": [0]},
    "edges not from 0": {"edges": [1, 5]},
    "below zero": {"weights": [[1, -1], [1, 1]]},
    "a row of zeros": {"weights": [[1, 0], [0, 0]]},
    "no number": {"weights": [[1, "x"], [0, 1]]},
    "ragged": {"weights": [[1], [0, 1]]},
    "nan": {"weights": [[1, float("nan")], [0, 1]]},
    "infinite": {"weights": [[1, float("inf")], [0, 1]]},
    "none": {"weights": []},
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "3",
        "null",
        "{",
        "\x00\xff",
        *(json.dumps(SOUND | change) for change in DAMAGES.values()),
    ],
    ids=["empty", "object", "list", "number", "null", "cut", "noise", *DAMAGES],
)
def test_unusable_weights_are_refused(text, tmp_path):
    path = tmp_path / "blend.json"
    path.write_text(json.dumps(SOUND))
    BlendWeights.load(path)
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SetupError, match="palate build"):
        BlendWeights.load(path)


def test_missing_weights_are_refused(tmp_path):
    with pytest.raises(SetupError, match="palate build"):
        BlendWeights.load(tmp_path / "blend.json")


@pytest.mark.parametrize("shape", [(5,), (3, 5), (0,), (2, 0), (1,)])
def test_standard_scores_have_mean_0_and_deviation_1(shape):
    scores = standardised(np.random.default_rng(0).normal(5, 3, shape).astype(np.float32))
    assert scores.dtype == np.float32
    assert scores.shape == shape
    if shape[-1] > 1:
        np.testing.assert_allclose(scores.mean(-1), 0, atol=1e-5)
        np.testing.assert_allclose(scores.std(-1), 1, atol=1e-4)
    assert not standardised(np.full(4, 2.0, np.float32)).any()
