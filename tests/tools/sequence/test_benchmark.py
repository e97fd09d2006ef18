"""The benchmark: what it measures, what it keeps when it goes on, and that a model's end is not its own."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import SetupError, UserInputError
from tools.sequence.benchmark import Plan, run_benchmark
from tools.sequence.benchmark.cold import draw_items, random_recall, without_items
from tools.sequence.benchmark.plan import digest_of, split_of
from tools.sequence.datasets import Dataset
from tools.sequence.evaluate import evaluate, expected_gains, rank_cases
from tools.sequence.interactions import interactions_from_columns, leave_one_out
from tools.sequence.models import BASELINES, Material
from tools.sequence.splits import time_split

ITEMS = 30
# The models of these tests, in a file of their own: each model's process imports its registry by name.
REGISTRY = """
import os, signal, time
import numpy as np
from tools.sequence.models import BASELINES as EVERY, Fitted

BASELINES = {name: EVERY[name] for name in ("popularity", "markov")}

def drawn(material, progress):
    print("to standard output")
    progress(0.5, "epoch 1 [of] 2")
    random = np.random.default_rng(material.seed)
    return Fitted(lambda cases: random.random((len(cases), material.item_count), np.float32), "2 epochs",
                  ((0.1, 0.02), (0.2, 0.05)))

def crashing(material, progress):
    raise ValueError("no\\nweights")

def killed(material, progress):
    os.kill(os.getpid(), signal.SIGKILL)

def interrupted(material, progress):
    folder = material.checkpoint_folder
    if (folder / "state").exists():
        return EVERY["popularity"](material, progress)
    folder.mkdir(parents=True)
    (folder / "state").touch()
    time.sleep(0.3)
    progress(0.5, "halfway")
    os._exit(3)

MODELS = {**BASELINES, "drawn": drawn, "crashing": crashing, "killed": killed, "interrupted": interrupted}
"""


def shop(users: int = 40, seed: int = 0) -> Dataset:
    """People who walk along a chain of items, at times of their own."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        first, start = int(random.integers(ITEMS)), int(random.integers(100))
        rows += [
            (user, (first + step) % ITEMS, start + 5 * step) for step in range(int(random.integers(4, 12)))
        ]
    made = interactions_from_columns(*np.array(rows).T, ITEMS)
    return Dataset("shop", made, tuple(str(row) for row in range(ITEMS)))


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry")
    (folder / "models_of_a_test.py").write_text(REGISTRY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield "models_of_a_test"


@pytest.fixture(scope="module")
def ran(registry, tmp_path_factory):
    """A first run in which models crash and are killed, and a second one in its folder with another model."""
    folder = tmp_path_factory.mktemp("out")
    told = []
    first = run_benchmark(
        shop(),
        Plan(models=("killed", "drawn", "popularity", "crashing"), seeds=2, registry=registry),
        folder,
        lambda *said: told.append(said),
    )
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    second = run_benchmark(
        shop(), Plan(models=("drawn", "popularity", "markov"), seeds=2, registry=registry), folder
    )
    return SimpleNamespace(folder=folder, told=told, first=first, files=files, second=second)


def rows_of(report):
    return {row["name"]: row for row in report["models"]}


def test_rows_stand_in_the_registrys_order(ran):
    assert [row["name"] for row in ran.first["models"]] == ["popularity", "drawn", "crashing", "killed"]
    assert ran.first["switches"]["seeds"] == [0, 1]
    assert (ran.first["users"], ran.first["items"]) == (40, ITEMS)


def test_a_fault_of_a_model_is_its_row(ran):
    rows = rows_of(ran.first)
    assert rows["crashing"]["failed"] == "failed: ValueError: no weights"
    assert rows["killed"]["failed"] == "killed (out of memory?)"
    assert rows["killed"]["hr10"] is None
    assert "ValueError" in (ran.folder / "logs" / "crashing-test-0.txt").read_text()


def test_a_row_has_the_figures_that_evaluate_gives(ran):
    data = shop()
    split = leave_one_out(data.interactions)
    fitted = BASELINES["popularity"](Material(split, ITEMS), lambda _share, _message: None)
    expected = evaluate(fitted.score, split.test)
    row = rows_of(ran.first)["popularity"]
    assert (row["hr10"], row["ndcg10"]) == pytest.approx((expected.hr10, expected.ndcg10))
    assert 10 / ITEMS <= row["coverage"] <= 1
    assert row["train_s"] >= 0
    assert row["ms_per_user"] > 0
    assert row["peak_mb"] > 10


def test_seeds_are_averaged_where_there_is_chance(ran):
    rows = rows_of(ran.first)
    drawn = rows["drawn"]
    values = [run["hr10"] for run in drawn["runs"]]
    assert drawn["seeds"] == [0, 1]
    assert drawn["hr10"] == pytest.approx(np.mean(values))
    assert drawn["hr10_sd"] == pytest.approx(np.std(values, ddof=1))
    assert drawn["validation_ndcg10"] == 0.05
    assert drawn["about"] == "2 epochs"
    assert rows["popularity"]["seeds"] == [0]
    assert rows["popularity"]["without_chance"]
    assert "hr10_sd" not in rows["popularity"]


def test_progress_carries_the_models_own_words(ran):
    assert ("popularity, seed 0", 0.0, "fitting") in ran.told
    assert any(label == "drawn, seed 1" and message.startswith("NDCG@10") for label, _, message in ran.told)


def test_the_folder_holds_table_switches_and_plot(ran):
    assert ran.files["ndcg-seconds.png"].startswith(b"\x89PNG")
    table = ran.files["results.md"].decode()
    assert "| crashing |" in table
    assert "without chance, run once" in table
    assert "- seen items removed: yes" in table
    assert json.loads(ran.files["results.json"])["models"] == ran.first["models"]


def test_finished_rows_are_kept_when_a_model_joins(ran):
    first, second = rows_of(ran.first), rows_of(ran.second)
    assert list(second) == ["popularity", "markov", "drawn"]
    assert second["popularity"] == first["popularity"]  # the moment it finished included
    assert second["drawn"] == first["drawn"]
    stored = json.loads((ran.folder / "results.json").read_text())
    assert {run["model"] for run in stored["runs"]} == {"popularity", "markov", "drawn", "crashing", "killed"}


def test_results_of_other_data_are_moved_aside(ran, registry, tmp_path):
    (tmp_path / "results.json").write_bytes((ran.folder / "results.json").read_bytes())
    (tmp_path / "checkpoints").mkdir()
    told = []
    plan = Plan(models=("popularity",), seeds=2, registry=registry)
    report = run_benchmark(shop(users=30), plan, tmp_path, lambda *said: told.append(said))
    assert report["users"] == 30
    assert (tmp_path / "results-1.json").exists()
    assert (tmp_path / "checkpoints-1").exists()
    assert not (tmp_path / "checkpoints").exists()
    assert "other users, interactions, digest" in told[0][2]


def test_a_file_that_is_no_result_is_left_alone(tmp_path):
    (tmp_path / "results.json").write_text("[1]")
    with pytest.raises(SetupError, match="no result of a benchmark"):
        run_benchmark(shop(), Plan(models=("popularity",)), tmp_path)
    assert (tmp_path / "results.json").read_text() == "[1]"


def test_an_interrupted_fit_counts_its_first_seconds(registry, tmp_path):
    plan = Plan(models=("interrupted",), registry=registry)
    report = run_benchmark(shop(), plan, tmp_path)
    assert report["models"][0]["failed"].startswith("failed: ended with status 3")
    report = run_benchmark(shop(), plan, tmp_path)
    assert report["models"][0]["train_s"] >= 0.3


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"split": "week"}, "'loo' or 'time'"),
        ({"split": "time", "targets": "first"}, "'last' or 'successive'"),
        ({"targets": "successive"}, "need --split time"),
        ({"budget_s": 0}, "more than 0 seconds"),
        ({"budget_s": float("nan")}, "more than 0 seconds"),
        ({"cold": 1.0}, "between 0 and 1"),
        ({"seeds": 0}, "at least one"),
    ],
)
def test_a_contradicting_plan_is_refused(plan, said):
    with pytest.raises(UserInputError, match=said):
        Plan(**plan)


def test_an_unknown_model_is_told_with_the_known_ones(tmp_path):
    with pytest.raises(UserInputError, match="no model 'bpr'; there are: popularity, markov"):
        run_benchmark(shop(), Plan(models=("popularity", "bpr")), tmp_path)


@pytest.mark.parametrize(
    ("rows", "items", "said"),
    [
        ([], 3, "is empty"),
        ([(0, 0, 0), (1, 0, 0)], 1, "only one item"),
        ([(0, 0, 0), (0, 1, 1), (1, 0, 0)], 2, "three events"),
    ],
)
def test_data_nobody_can_be_asked_of(rows, items, said):
    made = interactions_from_columns(*np.array(rows, np.int64).reshape(-1, 3).T, items)
    with pytest.raises(UserInputError, match=said):
        split_of(Dataset("shop", made, ("a",) * items), Plan())


def test_the_digest_knows_texts_and_order():
    data = shop()
    other = Dataset(data.name, data.interactions, data.item_ids, item_texts=("a film",) * ITEMS)
    assert digest_of(data) == digest_of(shop())
    assert len({digest_of(data), digest_of(other), digest_of(shop(seed=1))}) == 3


def test_coverage_counted_by_hand():
    made = interactions_from_columns([0, 0, 0, 1, 1, 1], [0, 1, 2, 3, 4, 5], range(6), 20)
    cases = leave_one_out(made).test
    level = rank_cases(lambda asked: np.zeros((len(asked), 20), np.float32), cases, 20, top=3)
    # of the tied ones the first unseen three: 2, 3, 4 for the first user and 0, 1, 2 for the second
    assert np.flatnonzero(level.in_a_top).tolist() == [0, 1, 2, 3, 4]
    few = rank_cases(lambda asked: np.ones((len(asked), 20), np.float32), cases, 20, top=100)
    assert few.in_a_top.all()


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_ranks_give_what_evaluate_gives(seed, top):
    cases = leave_one_out(shop(users=5, seed=seed).interactions).test
    scores = np.random.default_rng(seed).integers(0, 6, (len(cases), ITEMS)).astype(np.float32)
    ranks = rank_cases(lambda asked: scores[asked.users], cases, ITEMS, top, batch_size=2)
    hits, gains = expected_gains(ranks.above, ranks.level)
    expected = evaluate(lambda asked: scores[asked.users], cases)
    assert (hits.mean(), gains.mean()) == pytest.approx((expected.hr10, expected.ndcg10))
    assert min(top, ITEMS) <= ranks.in_a_top.sum() <= top * len(cases)


EVENTS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, ITEMS - 1), st.integers(0, 40)), min_size=1, max_size=80
)


@given(EVENTS, st.floats(0.01, 0.6), st.integers(0, 99), st.sampled_from(["loo", "last", "successive"]))
def test_no_withheld_item_is_left_to_learn_from(events, share, seed, kind):
    made = interactions_from_columns(*np.array(events).T, ITEMS)
    try:
        split = leave_one_out(made) if kind == "loo" else time_split(made, 0.7, kind)
    except UserInputError:
        return
    withheld = draw_items(ITEMS, share, seed)
    cold = without_items(split, withheld, ITEMS)

    assert 1 <= len(withheld) == len(set(withheld.tolist()))
    for sequences in (cold.train, cold.train_and_validation, cold.validation.sequences):
        assert not np.isin(sequences.items, withheld).any()
    assert cold.train.user_count == split.train.user_count
    for user in range(split.train.user_count):
        kept = [item for item in split.train.history(user) if item not in withheld]
        assert cold.train.history(user).tolist() == kept

    def as_lists(cases, wanted):
        """(history without withheld items, its times, target) of the cases with a wanted target and a history."""
        found = []
        for history, times, target in zip(cases.histories(), cases.times(), cases.targets, strict=True):
            open_places = [place for place, item in enumerate(history) if item not in withheld]
            if open_places and wanted(target):
                found.append((history[open_places].tolist(), times[open_places].tolist(), int(target)))
        return found

    validation = as_lists(split.validation, lambda target: target not in withheld)
    assert as_lists(cold.validation, lambda _target: True) == validation
    assert len(cold.validation) == len(validation)
    test = as_lists(split.test, lambda target: target in withheld)
    assert as_lists(cold.test, lambda _target: True) == test
    assert len(cold.test) == len(test)


def test_random_recall_by_hand():
    cases = leave_one_out(interactions_from_columns([0, 0, 0], [0, 1, 2], [0, 1, 2], 22)).test
    assert random_recall(cases, 22) == pytest.approx(10 / 20)
    assert random_recall(cases, 5) == 1.0
    assert random_recall(cases.part(slice(0, 0)), 22) is None


def test_cold_items_are_asked_for_among_all(tmp_path):
    report = run_benchmark(shop(), Plan(models=("popularity",), cold=0.2), tmp_path)
    cold = report["cold"]
    assert cold["items"] == 6
    assert cold["cases"] > 0
    assert [row["name"] for row in cold["models"]] == ["popularity"]
    # nobody had them, so popularity puts them behind every item somebody had
    assert cold["models"][0]["recall10"] < cold["random_recall10"]
    assert "random order" in (tmp_path / "results.md").read_text()
