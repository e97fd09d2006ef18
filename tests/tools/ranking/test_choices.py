"""Held-out choices: true events that the evaluation model has not seen, wishes that hold of the item, and their file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.artifact import open_build, read_catalog
from tools.catalog import Catalog
from tools.catalog.load import InteractionTable, read_interactions
from tools.catalog.spec import CatalogSpec
from tools.errors import SetupError
from tools.ranking.build import build_ranking
from tools.ranking.cases import with_strangers
from tools.ranking.choices import Choice, draw_choices, part_of
from tools.ranking.choices_file import LISTED, RerankCase, load_choices, save_choices
from tools.ranking.tuned import CONTEXTS, TunedReranker
from tools.sequence.build import VALIDATION_EVENTS, build_sequence_model
from tools.sequence.interactions import interactions_from_columns, leave_one_out
from tools.text.graph import KeywordGraph
from tools.text.keywords import KeywordIndex

Built = tuple[Catalog, InteractionTable, KeywordIndex, KeywordGraph]


@pytest.fixture(scope="module")
def built(restaurants: Any, build_folder: Path) -> Built:
    build, _ = open_build(build_folder)
    catalog = read_catalog(build)
    assert catalog.spec.interactions is not None
    table = read_interactions(catalog, catalog.spec.interactions, restaurants.folder)
    return catalog, table, KeywordIndex.load(catalog, build), KeywordGraph.load(build)


@pytest.fixture(scope="module")
def choices(built: Built) -> list[Choice]:
    return draw_choices(*built, seed=0)


def test_no_choice_is_on_an_event_the_evaluation_model_has_seen(built: Built, choices: list[Choice]) -> None:
    catalog, table, *_ = built
    split = leave_one_out(
        interactions_from_columns(table.users, table.rows, table.times, len(catalog)), VALIDATION_EVENTS
    )
    seen = {
        (int(label), int(item))
        for label, user in zip(np.unique(table.users), range(split.train.user_count), strict=True)
        for item in split.train.history(user)
    }
    assert choices
    for choice in choices:
        assert (choice.user, choice.target) not in seen
        assert choice.target not in choice.before
        assert set(choice.history) <= set(choice.before)
        assert set(choice.seeds) <= set(choice.before)
        assert choice.history
        assert choice.seeds


def test_nothing_disliked_is_chosen_or_told(built: Built, choices: list[Choice]) -> None:
    table = built[1]
    disliked = {
        (int(u), int(r)) for u, r, f in zip(table.users, table.rows, table.liked, strict=True) if f < 0
    }
    for choice in choices:
        assert not {(choice.user, row) for row in (choice.target, *choice.history, *choice.seeds)} & disliked


def test_wishes_hold_of_the_item(built: Built, choices: list[Choice]) -> None:
    catalog, _, keywords, graph = built
    for choice in choices:
        item = catalog.items[choice.target]
        own = {value for facet in keywords.facets for value in item.values(facet)}
        assert choice.phrases or choice.category
        assert len(choice.phrases) == len(choice.kinds) <= 2
        for phrase, kind in zip(choice.phrases, choice.kinds, strict=True):
            assert (phrase in own) == (kind == "own")
            assert phrase in graph.phrases
            if kind == "text":
                assert set(phrase.split()) <= set(
                    item.text.casefold().replace(",", " ").replace(".", " ").split()
                )
        if choice.category is not None:
            assert choice.category[1] in item.values(choice.category[0])
    assert {"own", "text"} <= {kind for choice in choices for kind in choice.kinds}


def test_the_same_seed_draws_the_same_choices(built: Built, choices: list[Choice]) -> None:
    assert draw_choices(*built, seed=0) == choices
    assert draw_choices(*built, seed=1) != choices


def test_a_user_is_either_fitted_on_or_measured_on(choices: list[Choice]) -> None:
    assert all(choice.part == part_of(choice.user, 0) for choice in choices)
    assert {choice.part for choice in choices} == {"fit", "test"}
    share = np.mean([part_of(user, 0) == "test" for user in range(3_000)])
    assert share == pytest.approx(1 / 3, abs=0.03)


def test_a_catalogue_without_keywords_or_texts_is_asked_by_category_alone(built: Built) -> None:
    catalog, table, *_ = built
    items = [type(item)(item.id, item.title, "", (), item.facets) for item in catalog.items]
    spec = catalog.spec.model_dump(by_alias=True)
    for facet in spec["facets"].values():
        facet["role"] = "person" if facet["role"] == "keyword" else facet["role"]
    bare = Catalog(CatalogSpec.model_validate(spec), items)
    nothing = np.zeros((0, 4), np.float32)
    from scipy import sparse

    graph = KeywordGraph([], nothing, sparse.csr_array((len(bare), 0), dtype=np.float32))
    found = draw_choices(bare, table, KeywordIndex(bare, [], nothing), graph, seed=0)
    assert found
    assert not any(choice.phrases for choice in found)
    assert any(choice.category for choice in found)


def test_strangers_know_nothing_of_the_item_and_are_fitted_on(choices: list[Choice]) -> None:
    strangers = with_strangers(choices)
    assert strangers
    for number, strange in strangers.items():
        own = choices[number]
        other = next(c for c in choices if c.user == strange.user and c.before == strange.before)
        assert own.part == other.part == "fit"
        assert other.user != own.user
        assert (strange.target, strange.phrases, strange.category) == (own.target, own.phrases, own.category)
        assert strange.history == other.history
        assert own.target not in (*other.before, other.target)
    assert with_strangers([c for c in choices if c.user == choices[0].user]) == {}


def test_nobody_has_done_anything(built: Built) -> None:
    catalog, _, keywords, graph = built
    none = np.zeros(0, np.int32)
    empty = InteractionTable(none, none, np.zeros(0, np.int64), np.zeros(0, np.int8))
    assert draw_choices(catalog, empty, keywords, graph, seed=0) == []


def test_the_cases_of_a_build_are_true_choices(built: Built, choices: list[Choice], tmp_path: Path) -> None:
    catalog, table, keywords, graph = built
    for name in ("model", "again", "first"):
        (tmp_path / name).mkdir()
    build_sequence_model(
        interactions_from_columns(table.users, table.rows, table.times, len(catalog)),
        tmp_path / "model",
        seed=0,
        evaluation_folder=tmp_path / "held-out",
    )
    vectors = np.eye(len(catalog), keywords.vectors.shape[1], dtype=np.float32)

    def made(folder: str, model: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return build_ranking(
            tmp_path / folder,
            catalog, table, tmp_path / model, vectors, keywords, graph, 0, lambda _share: None,
        )  # fmt: skip

    fusion, tuned = made("first", "held-out")
    assert set(fusion) == {"history", "words", "both"}
    cases = load_choices(tmp_path / "first" / "choices.json")
    assert cases
    assert len(cases) == tuned["both"]["cases"] <= tuned["both"]["tried"]
    assert tuned["words"]["tried"] == tuned["both"]["tried"]
    ids = [item.id for item in catalog.items]
    told = {
        (c.part, c.phrases, c.kinds, c.category, tuple(ids[row] for row in c.history), ids[c.target]): c
        for c in choices
    }
    for case in cases:
        taken = case.candidates[case.taken]
        choice = told[case.part, case.phrases, case.kinds, case.category, case.history, taken]
        assert not {ids[row] for row in choice.before} & set(case.candidates)
        assert (
            len(set(case.candidates)) == len(case.candidates) == len(case.scores) == len(case.tuned) <= LISTED
        )
        assert list(case.scores) == sorted(case.scores, reverse=True)
        assert {len(scores) for scores in case.sources.values()} == {len(case.candidates)}
    assert made("again", "held-out") == (fusion, tuned)
    assert (tmp_path / "again" / "choices.json").read_bytes() == (
        tmp_path / "first" / "choices.json"
    ).read_bytes()
    assert made("again", "nowhere")[0] == {}
    assert load_choices(tmp_path / "again" / "choices.json") == []


def test_a_small_catalogue_is_left_as_the_retriever_has_it(build_folder: Path, manifest: Any) -> None:
    build, _ = open_build(build_folder)
    tuned = TunedReranker.load(build / "tuned.json")
    for context in CONTEXTS:
        assert tuned.idle(context)
        assert manifest.tuned[context]["idle"]
        assert manifest.tuned[context]["fit"]["cases"] < 100


def test_the_file_gives_back_what_was_written(tmp_path: Path) -> None:
    plain = RerankCase(
        "fit",
        0,
        ("a",),
        ("a plot",),
        ("text",),
        None,
        ("b", "c"),
        (1.5, 1.0),
        (0.0, -0.5),
        {"text": (0.1, 0.2)},
        1,
    )
    with_category = RerankCase(
        "test", 1, (), ("é", "b"), ("own", "near"), ("genres", "Drama"), ("x",), (0.0,), (0.0,), {}, 0
    )
    for cases in ([], [plain], [plain, with_category]):
        save_choices(tmp_path / "choices.json", cases)
        assert load_choices(tmp_path / "choices.json") == cases


@pytest.mark.parametrize("content", ["", "{}x", "[1]", '[{"part": "fit"}]', "null"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "choices.json").write_text(content, encoding="utf-8")
    with pytest.raises(SetupError, match="palate build"):
        load_choices(tmp_path / "choices.json")
    with pytest.raises(SetupError, match="palate build"):
        load_choices(tmp_path / "nowhere.json")
