import json
from dataclasses import replace

import numpy as np
import pytest

from tools.sequence.build import build_sequence_model
from tools.sequence.evaluate import evaluate
from tools.sequence.interactions import interactions_from_columns, leave_one_out
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.train import TrainConfig
from tools.sequence.serve import SequenceModel
from tools.sequence.transitions import fit_transitions

from .conftest import ITEMS

SMALL = TrainConfig(network=NetworkConfig(dim=16, blocks=1, window=8), epochs=2, batch_positions=64)
TIMED = replace(SMALL, seed=1, network=replace(SMALL.network, times=True, items="ids"))
TEXTS = tuple(f"kind{item // 3} place{item // 5}" for item in range(ITEMS))
FEATURES = tuple(frozenset({f"kind {item // 3}"}) for item in range(ITEMS))
NAMES = ["popularity", "rules", "similarity", "network 1", "network 2", "blend"]


def build(chain, folder, **options):
    return build_sequence_model(chain, folder, TEXTS, FEATURES, configs=(SMALL, TIMED), **options)


@pytest.fixture(scope="session")
def built(chain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    seen = []
    report = build(
        chain,
        folder / "model",
        progress=lambda done, _message: seen.append(done),
        checkpoint_folder=folder / "checkpoints",
        evaluation_folder=folder / "measured",
    )
    return folder, report, seen


def test_the_table(built, chain):
    folder, report, seen = built
    assert [row.name for row in report.rows] == NAMES
    assert (report.users, report.items, report.interactions) == (60, ITEMS, len(chain))
    assert report.test_cases == 60
    assert all(0 <= row.ndcg10 <= row.hr10 <= 1 and row.train_s >= 0 for row in report.rows)
    assert json.loads(json.dumps(report.to_json())) == report.to_json()
    assert report.rows[-1].ndcg10 > report.rows[0].ndcg10
    assert report.rows[-1].validation_ndcg10 >= max(row.validation_ndcg10 for row in report.rows) - 1e-6
    for weights in report.blend_weights.values():
        assert list(weights) == NAMES[:-1]
        assert min(weights.values()) >= 0
    assert len(report.epochs) == 2
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert not list((folder / "checkpoints").iterdir())


def test_the_served_model_knows_every_event_and_the_measured_one_does_not(built, chain):
    folder, report, _ = built
    served, measured = (SequenceModel.load(folder / name) for name in ("model", "measured"))
    assert int(served.popularity.sum()) == len(chain)
    split = leave_one_out(chain, 3)
    assert int(measured.popularity.sum()) == len(split.train.items)
    again = evaluate(measured.score_cases, split.test)
    assert again.ndcg10 == pytest.approx(report.rows[-1].ndcg10, abs=1e-4)
    seen = fit_transitions(split.train, ITEMS)
    later = fit_transitions(chain.sequences(), ITEMS)
    pairs = [(a, b) for a in range(ITEMS) for b in range(ITEMS)]
    assert [measured.transition_count(*pair) for pair in pairs] == [seen.count(*pair) for pair in pairs]
    assert [served.transition_count(*pair) for pair in pairs] == [later.count(*pair) for pair in pairs]


def test_the_same_seed_builds_the_same_model(built, chain, tmp_path):
    folder, report, _ = built
    other = build(chain, tmp_path)
    assert other.blend_weights == report.blend_weights
    assert (
        SequenceModel.load(tmp_path).scores([3, 4]) == SequenceModel.load(folder / "model").scores([3, 4])
    ).all()


def test_saved_and_loaded_models_answer_alike(built, tmp_path):
    model = SequenceModel.load(built[0] / "model")
    model.save(tmp_path / "copy")
    assert SequenceModel.load(tmp_path / "copy").next_items([5], 9) == model.next_items([5], 9)


def test_serving_loads_no_torch(built):
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from tools.sequence.serve import SequenceModel; "
        f"SequenceModel.load(Path({str(built[0] / 'model')!r})).next_items([1], 3); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


WORLDS = {
    "no item": ([], [], [], 0),
    "no event": ([], [], [], 6),
    "one item, one user": ([0], [0], [0], 1),
    "one item, many users": (range(9), [0] * 9, range(9), 1),
    "users with one event": (range(9), range(9), range(9), 9),
    "users with two events": ([0, 0, 1, 1], [0, 1, 1, 0], range(4), 2),
    "one user": ([0] * 9, range(9), range(9), 9),
    "one long history": ([0] * 200, range(200), range(200), 200),
    "all at once": (np.repeat(range(12), 6), np.tile(range(6), 12), [0] * 72, 6),
    "an item nobody had": (np.repeat(range(12), 6), np.tile(range(6), 12), range(72), 40),
    "two items": (np.repeat(range(30), 2), np.tile([0, 1], 30), range(60), 2),
}


@pytest.mark.parametrize("told", [False, True], ids=["", "told"])
@pytest.mark.parametrize("name", WORLDS)
def test_the_smallest_worlds_build_load_and_answer(name, told, tmp_path):
    interactions = interactions_from_columns(*(list(column) for column in WORLDS[name][:3]), WORLDS[name][3])
    items = interactions.item_count
    texts = tuple(f"kind{item // 3}" for item in range(items)) if told else ()
    report = build_sequence_model(interactions, tmp_path / "model", texts, configs=(SMALL, TIMED))
    model = SequenceModel.load(tmp_path / "model")
    assert (report.users, report.items) == (interactions.user_count, items)
    for history in ([], [0], [items - 1, 0], [99999]):
        scores = model.scores(history)
        assert scores.shape == (items,)
        assert np.isfinite(scores).all()
        known = {row for row in history if 0 <= row < items}
        assert len(model.next_items(history, items)) == items - len(known)
    assert model.popularity.sum() == len(interactions)
    assert model.transition_count(0, 1) <= model.support(0)


def test_a_report_tells_its_seed_and_epochs(chain, tmp_path):
    report = build_sequence_model(chain, tmp_path, seed=4, configs=(replace(SMALL, epochs=1),))
    assert report.seed == 4
    assert report.epochs == [1]
    assert [row.name for row in report.rows] == ["popularity", "rules", "network 1", "blend"]


def test_an_interrupted_build_goes_on(built, chain, tmp_path):
    def interrupt(done, _message):
        if done > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(chain, tmp_path / "model", progress=interrupt, checkpoint_folder=tmp_path / "checkpoints")
    assert list((tmp_path / "checkpoints").iterdir())
    assert not (tmp_path / "model").exists()
    report = build(chain, tmp_path / "model", checkpoint_folder=tmp_path / "checkpoints")
    assert report.blend_weights == built[1].blend_weights
    assert not list((tmp_path / "checkpoints").iterdir())


def test_an_order_alone_is_built_without_times(chain, tmp_path):
    build_sequence_model(replace(chain, timed=False), tmp_path, configs=(SMALL, TIMED))
    model = SequenceModel.load(tmp_path)
    assert np.isfinite(model.scores([3, 4])).all()
