import json
from dataclasses import replace

import numpy as np
import pytest

from tools.errors import SetupError
from tools.sequence.blend import BlendWeights, fit_blend
from tools.sequence.build import build_sequence_model
from tools.sequence.evaluate import evaluate
from tools.sequence.interactions import interactions_from_columns, leave_one_out
from tools.sequence.neural.network import NetworkConfig
from tools.sequence.neural.train import TrainConfig
from tools.sequence.serve import SequenceModel

from .conftest import ITEMS

SMALL = TrainConfig(network=NetworkConfig(dim=16, blocks=1, window=8), epochs=2, batch_positions=64)
NAMES = ["popularity", "last-item Markov", "transitions", "co-occurrence", "SASRec", "blend"]


@pytest.fixture(scope="session")
def built(chain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    seen = []
    report = build_sequence_model(
        chain,
        folder / "model",
        progress=lambda done, _message: seen.append(done),
        checkpoint_folder=folder / "checkpoints",
        config=SMALL,
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
    assert sum(report.blend_weights.values()) == pytest.approx(1, abs=1e-3)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert not list((folder / "checkpoints").iterdir())


def test_the_served_model_knows_every_event_and_the_measured_one_does_not(built, chain):
    folder, report, _ = built
    served, measured = (SequenceModel.load(folder / name) for name in ("model", "measured"))
    assert int(served.popularity.sum()) == len(chain)
    split = leave_one_out(chain, 3)
    assert int(measured.popularity.sum()) == len(split.train.items)
    again = evaluate(measured.scores_batch, split.test)
    assert again.ndcg10 == pytest.approx(report.rows[-1].ndcg10, abs=1e-6)


def test_the_same_seed_builds_the_same_model(built, chain, tmp_path):
    folder, report, _ = built
    other = build_sequence_model(chain, tmp_path, config=SMALL)
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


@pytest.mark.parametrize("damage", ["missing", "truncated", "other shape", "noise"])
@pytest.mark.parametrize(
    "name",
    ["sequence.json", "blend.json", "popularity.npy", "transitions.columns.npy", "network.positions.npy"],
)
def test_a_damaged_file_is_refused_with_the_repair(built, tmp_path, name, damage):
    SequenceModel.load(built[0] / "model").save(tmp_path)
    path = tmp_path / name
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "noise":
        path.write_bytes(b"\x00\xff" * 40)
    elif path.suffix == ".npy":
        np.save(path, np.zeros((2, 2)))
    else:
        path.write_text("[]")
    with pytest.raises(SetupError, match="palate build"):
        SequenceModel.load(tmp_path)


def test_a_transition_table_that_points_outside_is_refused(built, tmp_path):
    SequenceModel.load(built[0] / "model").save(tmp_path)
    columns = np.load(tmp_path / "transitions.columns.npy")
    columns[0] = ITEMS
    np.save(tmp_path / "transitions.columns.npy", columns)
    with pytest.raises(SetupError, match="palate build"):
        SequenceModel.load(tmp_path)


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


@pytest.mark.parametrize("name", WORLDS)
def test_the_smallest_worlds_build_load_and_answer(name, tmp_path):
    interactions = interactions_from_columns(*(list(column) for column in WORLDS[name][:3]), WORLDS[name][3])
    report = build_sequence_model(interactions, tmp_path, config=SMALL)
    model = SequenceModel.load(tmp_path)
    items = interactions.item_count
    assert (report.users, report.items) == (interactions.user_count, items)
    for history in ([], [0], [items - 1, 0], [99999]):
        scores = model.scores(history)
        assert scores.shape == (items,)
        assert np.isfinite(scores).all()
        known = {row for row in history if 0 <= row < items}
        assert len(model.next_items(history, items)) == items - len(known)
    assert model.popularity.sum() == len(interactions)
    assert model.transition_count(0, 1) <= model.support(0)


def test_the_blend_keeps_to_the_part_that_knows(chain):
    cases = leave_one_out(chain, 3).validation
    answers = np.eye(ITEMS, dtype=np.float32)

    def knows(histories):
        return answers[[(history[-1] + 1) % ITEMS for history in histories]]

    def guesses(histories):
        return np.stack([np.random.default_rng(len(h)).normal(size=ITEMS) for h in histories]).astype(
            np.float32
        )

    parts = {"guesses": guesses, "knows": knows}
    blend = fit_blend(parts, cases)
    assert blend.weights["knows"] > 0.6
    assert blend == fit_blend(parts, cases)
    together = evaluate(lambda h: blend.combine({name: part(h) for name, part in parts.items()}), cases)
    assert together.ndcg10 >= evaluate(knows, cases).ndcg10


@pytest.mark.parametrize(
    "text", ["", "{}", '{"weights": {}}', '{"weights": {"a": -1}}', '{"weights": {"a": 0}}', "3"]
)
def test_unusable_weights_are_refused(text, tmp_path):
    (tmp_path / "blend.json").write_text(text)
    with pytest.raises(SetupError, match="palate build"):
        BlendWeights.load(tmp_path / "blend.json")


def test_weights_survive_the_disk(tmp_path):
    weights = BlendWeights({"a": 0.25, "b": 0.75})
    weights.save(tmp_path / "blend.json")
    assert BlendWeights.load(tmp_path / "blend.json") == weights


def test_a_configuration_is_kept_but_for_the_seed(chain, tmp_path):
    report = build_sequence_model(chain, tmp_path, seed=4, config=replace(SMALL, epochs=1))
    assert report.seed == 4
    assert report.epochs == 1
