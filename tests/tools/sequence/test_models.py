"""Every model of the registry learns the chain; what one cannot be fitted on is told."""

from dataclasses import replace

import numpy as np
import pytest

from tools.errors import UserInputError
from tools.sequence.evaluate import evaluate
from tools.sequence.interactions import interactions_from_columns, leave_one_out
from tools.sequence.models import BASELINES, MODELS, Material

from .conftest import ITEMS, chain_interactions

TEXTS = tuple(f"kind{item // 3} place{item // 5}" for item in range(ITEMS))
FEATURES = tuple(frozenset({f"kind {item // 3}"}) for item in range(ITEMS))
LEARNING = [name for name in MODELS if name != "popularity"]
SLOW = ("bert4rec", "palate", "sasrec-ids-text", "sasrec")


def silent(_done, _message):
    pass


@pytest.fixture(scope="module")
def material():
    split = leave_one_out(chain_interactions(users=200))
    return Material(split, ITEMS, TEXTS, FEATURES)


@pytest.fixture(scope="module")
def popular(material):
    fitted = MODELS["popularity"](material, silent)
    return evaluate(fitted.score, material.split.test).ndcg10


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in LEARNING]
)
def test_it_learns_the_chain(name, material, popular):
    fitted = MODELS[name](material, silent)
    assert evaluate(fitted.score, material.split.test).ndcg10 > 2 * popular
    assert all(0 <= metric <= 1 for _, metric in fitted.curve)
    assert bool(fitted.curve) == (name not in BASELINES)


@pytest.mark.parametrize("name", MODELS)
def test_the_test_targets_are_not_read(name, chain):
    split = leave_one_out(chain)
    material = Material(split, ITEMS, TEXTS, FEATURES, budget_s=0.0)
    first = MODELS[name](material, silent).score(split.test)
    second = MODELS[name](replace(material, split=replace(split, test=None)), silent).score(split.test)
    np.testing.assert_array_equal(first, second)
    assert first.shape == (len(split.test), ITEMS)
    assert np.isfinite(first).all()


@pytest.mark.parametrize("name", ["sasrec-text", "sasrec-ids-text"])
def test_a_model_of_texts_needs_texts(name, chain):
    with pytest.raises(UserInputError, match="nothing of its items"):
        MODELS[name](Material(leave_one_out(chain), ITEMS), silent)


@pytest.mark.parametrize("name", MODELS)
def test_too_little_data_is_answered_or_refused(name):
    split = leave_one_out(interactions_from_columns([0] * 4, range(4), range(4), 4))
    material = Material(split, 4, TEXTS[:4], FEATURES[:4])
    if name in BASELINES or name == "palate":
        assert np.isfinite(MODELS[name](material, silent).score(split.test)).all()
    else:
        with pytest.raises(UserInputError, match="too little data"):
            MODELS[name](material, silent)


def test_times_are_read_where_there_are_some(chain):
    untimed = leave_one_out(replace(chain, timed=False))
    material = Material(untimed, ITEMS, budget_s=0.0)
    assert np.isfinite(MODELS["palate"](material, silent).score(untimed.test)).all()
    with pytest.raises(UserInputError, match="no times"):
        MODELS["sasrec-times"](material, silent)


def test_the_budget_is_kept_and_the_checkpoint_written(chain, tmp_path):
    material = Material(leave_one_out(chain), ITEMS, budget_s=0.0, checkpoint_folder=tmp_path)
    fitted = MODELS["sasrec"](material, silent)
    assert "1 epochs" in fitted.about
    assert len(fitted.curve) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["network-1.pt"]
