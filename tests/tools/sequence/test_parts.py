"""The served model: parts kept as arrays, scores on one scale, lists that hold what they may."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import SetupError
from tools.sequence.blend import EDGES, BlendWeights, one_for_all, standardised
from tools.sequence.interactions import Sequences, leave_one_out
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.forward import Network
from tools.sequence.neural.train import fresh_network
from tools.sequence.parts import Parts
from tools.sequence.serve import SequenceModel

from .conftest import ITEMS

FEATURES = tuple(frozenset({f"kind {item // 3}"}) for item in range(ITEMS))
CONFIGS = (
    NetworkConfig(dim=8, blocks=1, window=6, items="ids+text", times=True),
    NetworkConfig(dim=8, blocks=2, window=5, encoder="bert4rec"),
)


def untrained(config, items=ITEMS, seed=0):
    text = np.random.default_rng(seed).normal(size=(items, 5)).astype(np.float32)
    network = fresh_network(items, config, seed, text)
    random = np.random.default_rng(seed)
    arrays = {
        name: value + random.normal(0, 0.1, value.shape).astype(value.dtype)
        if value.dtype.kind == "f"
        else value
        for name, value in network.arrays().items()
    }
    return Network(arrays, config)


def parts_of(sequences, items, features=(), configs=()):
    networks = tuple(untrained(config, items, seed) for seed, config in enumerate(configs))
    return replace(Parts.fit(sequences, items, features), networks=networks)


@pytest.fixture(scope="module")
def folder(chain, tmp_path_factory):
    parts = parts_of(chain.sequences(), ITEMS, FEATURES, CONFIGS)
    weights = np.random.default_rng(0).uniform(0.1, 1, (len(EDGES), 5)).astype(np.float32).round(3)
    path = tmp_path_factory.mktemp("parts")
    SequenceModel(parts, BlendWeights(parts.names(), EDGES, weights)).save(path)
    return path


@pytest.fixture(scope="module")
def model(folder):
    return SequenceModel.load(folder)


@pytest.fixture
def copied(model, tmp_path):
    """A copy of the model's folder, to be spoiled."""
    model.save(tmp_path)
    SequenceModel.load(tmp_path)
    return tmp_path


def test_parts_that_exist_are_named(chain):
    sequences = chain.sequences()
    assert Parts.fit(sequences, ITEMS).names() == ("popularity", "rules")
    assert Parts.fit(sequences, ITEMS, (frozenset(),) * ITEMS).names() == ("popularity", "rules")
    named = parts_of(sequences, ITEMS, FEATURES, CONFIGS).names()
    assert named == ("popularity", "rules", "similarity", "network 1", "network 2")


def test_saved_and_loaded_models_answer_alike(model, chain, tmp_path):
    parts = parts_of(chain.sequences(), ITEMS, FEATURES, CONFIGS)
    fresh = SequenceModel(parts, model.blend)
    model.save(tmp_path / "deep" / "copy")
    again = SequenceModel.load(tmp_path / "deep" / "copy")
    for history in ([], [5], [1, 2, 3, 4, 5, 6, 7, 8, 9]):
        np.testing.assert_array_equal(fresh.scores(history), model.scores(history))
        np.testing.assert_array_equal(again.scores(history), model.scores(history))
    times = [10, 2000, 10**6]
    np.testing.assert_array_equal(again.scores([3, 4, 5], times), fresh.scores([3, 4, 5], times))
    assert [network.config for network in again.parts.networks] == list(CONFIGS)


@pytest.mark.parametrize("timed", [True, False])
def test_cases_are_scored_as_single_histories(model, chain, timed):
    cases = leave_one_out(replace(chain, timed=timed)).test
    batch = standardised(model.score_cases(cases))
    assert batch.shape == (len(cases), ITEMS)
    for case, history in enumerate(cases.histories()):
        times = cases.times()[case].tolist() if timed else None
        np.testing.assert_allclose(model.scores(history.tolist(), times), batch[case], atol=1e-3)


def test_each_length_is_weighed_as_the_blend_says(model, chain):
    parts = model.parts
    rules_then_popular = np.array([[0, 1]] * 1 + [[1, 0]] * 5, np.float32)
    plain = replace(parts, similarity=None, networks=())
    served = SequenceModel(plain, BlendWeights(plain.names(), EDGES, rules_then_popular))
    rules = standardised(parts.rules.scores(np.array([4], np.int32)))
    np.testing.assert_allclose(served.scores([4]), rules, atol=1e-5)
    popular = standardised(parts.popularity.logs)
    np.testing.assert_allclose(served.scores([4, 5, 6, 7, 8]), popular, atol=1e-5)
    assert len(leave_one_out(chain).test)


def test_a_part_without_weight_is_not_asked(model):
    class Broken:
        def scores(self, *_given):
            raise AssertionError

        scores_batch = scores

    weights = one_for_all(dict.fromkeys(model.parts.names(), 0.0) | {"rules": 1.0})
    served = SequenceModel(replace(model.parts, networks=(Broken(), Broken())), weights)
    assert np.isfinite(served.scores([3])).all()


@given(
    history=st.lists(st.integers(-5, ITEMS + 5), max_size=15),
    exclude=st.lists(st.integers(-5, ITEMS + 5), max_size=10),
    allowed=st.none() | st.lists(st.booleans(), min_size=ITEMS, max_size=ITEMS).map(np.array),
    k=st.integers(0, ITEMS + 3),
    step=st.none() | st.integers(0, 10**6),
)
def test_lists_are_allowed_unseen_sorted_and_as_long_as_can_be(model, history, exclude, allowed, k, step):
    kept = None if allowed is None else allowed.copy()
    times = None if step is None else [step * place for place in range(len(history))]
    listed = model.next_items(history, k, exclude, allowed, times)
    rows, scores = [row for row, _ in listed], [score for _, score in listed]
    open_rows = sorted(
        row
        for row in range(ITEMS)
        if row not in history and row not in exclude and (allowed is None or allowed[row])
    )
    every = model.scores(history, times)
    assert [(row, every[row]) for row in sorted(open_rows, key=lambda row: (-every[row], row))][:k] == listed
    assert scores == sorted(scores, reverse=True)
    assert len(rows) == min(k, len(open_rows))
    assert allowed is None or (allowed == kept).all()


def test_unknown_items_change_nothing(model):
    np.testing.assert_array_equal(model.scores([4, 999, -3, 5]), model.scores([4, 5]))
    np.testing.assert_array_equal(model.scores([4, 999, 5], [1, 2, 3]), model.scores([4, 5], [1, 3]))


def test_nothing_known_is_answered_by_popularity(model):
    expected = np.lexsort((np.arange(ITEMS), -model.popularity))[:5]
    for history in ([], [999], [-1]):
        assert [row for row, _ in model.next_items(history, 5)] == expected.tolist()


def test_scores_are_on_one_scale(model):
    for history in ([], [3], [7, 8, 9, 10], list(range(29))):
        scores = model.scores(history)
        assert scores.dtype == np.float32
        assert scores.mean() == pytest.approx(0, abs=1e-4)
        assert scores.std() == pytest.approx(1, abs=1e-3)


def test_times_matter_to_a_network_that_reads_them(model):
    told, untold = model.scores([3, 4, 5], [0, 10, 10**7]), model.scores([3, 4, 5])
    assert not np.allclose(told, untold, atol=1e-4)


def test_wrong_lengths_are_refused(model):
    with pytest.raises(ValueError, match="30"):
        model.next_items([1], 3, allowed=np.ones(4, bool))
    with pytest.raises(ValueError, match="times"):
        model.scores([1, 2], [5])


def test_counts_are_users(model, chain):
    histories = [chain.sequences().history(user).tolist() for user in range(chain.user_count)]
    for item in (0, 7, 29):
        assert model.support(item) == sum(item in history for history in histories)
        after = sum(
            item in history and (item + 1) in history[history.index(item) + 1 :] for history in histories
        )
        assert abs(model.transition_count(item, item + 1) - after) <= 1  # a window of ten
    assert model.support(-1) == model.support(ITEMS) == model.transition_count(ITEMS, 0) == 0


@pytest.mark.parametrize("items", [1, 2])
def test_a_catalogue_of_hardly_any_items(items, tmp_path):
    sequences = Sequences(np.arange(items, dtype=np.int32), np.array([0, items]), np.arange(items))
    parts = parts_of(sequences, items, configs=CONFIGS)
    SequenceModel(parts, one_for_all(dict.fromkeys(parts.names(), 1.0))).save(tmp_path)
    model = SequenceModel.load(tmp_path)
    assert [row for row, _ in model.next_items([], 5)] == list(range(items))
    assert len(model.next_items([0], 5)) == items - 1
    assert model.next_items([items - 1], 5, exclude=[0]) == []
    assert np.isfinite(model.scores([0])).all()


ARRAYS = (
    "popularity",
    "transitions.columns",
    "transitions.row_ends",
    "transitions.weights",
    "similarity.data",
    "similarity.indices",
    "network 1.item_vectors",
    "network 1.period_edges",
    "network 2.mask_vector",
    "network 2.blocks.1.attention.out.weight",
)


@pytest.mark.parametrize("damage", ["missing", "truncated", "shape", "type", "noise", "objects", "empty"])
@pytest.mark.parametrize("name", [*(f"{name}.npy" for name in ARRAYS), "sequence.json", "blend.json"])
def test_a_damaged_file_is_refused_with_the_repair(copied, name, damage):
    path = copied / name
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "noise":
        path.write_bytes(b"\x00\xff" * 40)
    elif damage == "empty":
        path.write_bytes(b"")
    elif path.suffix != ".npy":
        path.write_text("[]" if damage == "shape" else "{}")
    elif damage == "shape":
        np.save(path, np.zeros((2, 2), np.load(path).dtype))
    elif damage == "type":
        np.save(path, np.load(path).astype(np.float16))
    else:
        np.save(path, np.array([{}], dtype=object))
    with pytest.raises(SetupError, match="palate build"):
        SequenceModel.load(copied)


@pytest.mark.parametrize("wrong", [-1, 10**6])
@pytest.mark.parametrize(
    "name", ["transitions.columns", "transitions.row_ends", "similarity.indices", "similarity.indptr"]
)
@pytest.mark.parametrize("place", [0, 3, -1])
def test_an_array_that_points_outside_is_refused(copied, name, wrong, place):
    values = np.load(copied / f"{name}.npy")
    values[place] = wrong
    np.save(copied / f"{name}.npy", values)
    with pytest.raises(SetupError, match="palate build"):
        SequenceModel.load(copied)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": None},
        {"arrays": []},
        {"arrays": {"popularity": 3}},
        {"arrays": {}},
        {"networks": [{"dim": 15}, {}]},
        {"networks": [{"size": 8}, {}]},
        {"networks": [{}]},
        {"networks": None},
        {"features": None},
    ],
    ids=str,
)
def test_a_description_of_something_else_is_refused(copied, change):
    path = copied / "sequence.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(SetupError, match="palate build"):
        SequenceModel.load(copied)


@pytest.mark.parametrize("key", ["format", "arrays", "networks", "features"])
def test_a_description_that_lacks_something_is_refused(copied, key):
    path = copied / "sequence.json"
    about = json.loads(path.read_text())
    del about[key]
    path.write_text(json.dumps(about))
    with pytest.raises(SetupError, match="palate build"):
        SequenceModel.load(copied)


def test_weights_of_other_parts_are_refused(copied):
    one_for_all({"popularity": 1.0, "rules": 1.0}).save(copied / "blend.json")
    with pytest.raises(SetupError, match="palate build"):
        SequenceModel.load(copied)


@pytest.mark.parametrize("k", [0, 1, 7, 99])
def test_lists_for_many_are_the_lists_of_each(model, chain, k):
    cases = leave_one_out(chain).test
    listed = model.top_items(cases, k)
    assert listed.shape == (len(cases), min(k, ITEMS - int(cases.lengths().max())))
    for case, history in enumerate(cases.histories()):
        each = model.next_items(history, listed.shape[1], times=cases.times()[case])
        assert listed[case].tolist() == [row for row, _ in each]
    assert model.top_items(cases.part(slice(0, 0)), 3).shape == (0, 3)
