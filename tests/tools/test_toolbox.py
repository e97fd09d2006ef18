"""What the agent calls, on the really built small catalogue: keywords, mentions, Chroma, and the four proposers."""

from pathlib import Path

import numpy as np
import pytest

from agent.agent import Agent
from tools.errors import SetupError
from tools.text.keywords import KeywordIndex
from tools.text.mentions import stems
from tools.text.store import TextStore
from tools.toolbox import Scored, Toolbox


@pytest.fixture(scope="module")
def toolbox(shared_agent: Agent) -> Toolbox:
    return shared_agent.toolbox


def _ids(found: Scored, toolbox: Toolbox) -> list[str]:
    return [toolbox.catalog.items[row].id for row, _ in found]


def test_the_very_keyword_matches_itself_best(toolbox: Toolbox) -> None:
    for keyword in toolbox.keywords.keywords:
        first = toolbox.match_keywords([keyword.upper()])[keyword.upper()][0]
        assert (first.keyword, first.cosine) == (keyword, 1.0)


@pytest.mark.parametrize(
    ("phrase", "keyword"),
    [
        ("pizza from a wood oven", "wood-fired pizza"),
        ("open until late at night", "late night"),
        ("raw fish sushi", "sushi"),
    ],
)
def test_a_phrase_finds_the_keyword_that_means_the_same(toolbox: Toolbox, phrase: str, keyword: str) -> None:
    assert keyword in [m.keyword for m in toolbox.match_keywords([phrase])[phrase]]


def test_what_means_nothing_here_matches_nothing(toolbox: Toolbox) -> None:
    assert toolbox.match_keywords(["quantum chromodynamics"])["quantum chromodynamics"] == []


def test_keyword_scores_are_those_of_the_holders(toolbox: Toolbox) -> None:
    scores = toolbox.keywords.scores(toolbox.match_keywords(["omakase"]))
    assert scores.argmax() == toolbox.catalog.rows["r07"]
    assert scores.max() == pytest.approx(1.0)


def test_damaged_keywords_are_refused(toolbox: Toolbox, tmp_path: Path) -> None:
    toolbox.keywords.save(tmp_path)
    assert KeywordIndex.load(toolbox.catalog, tmp_path).keywords == toolbox.keywords.keywords
    (tmp_path / "keywords.json").write_text("[", encoding="utf-8")
    with pytest.raises(SetupError, match="palate build"):
        KeywordIndex.load(toolbox.catalog, tmp_path)


@pytest.mark.parametrize(
    ("phrase", "ids"),
    [
        ("pizza", {"r03", "r04"}),
        ("Pizzas", {"r03", "r04"}),
        ("menu", {"r05", "r11", "r16", "r20", "r25", "r27"}),
        ("piz", set()),
        ("", set()),
    ],
)
def test_a_word_is_found_within_keywords(toolbox: Toolbox, phrase: str, ids: set[str]) -> None:
    mask = toolbox.mentions.in_keywords(phrase)
    assert {item.id for item, held in zip(toolbox.catalog.items, mask, strict=True) if held} == ids


def test_a_word_is_found_within_texts(toolbox: Toolbox) -> None:
    mask = toolbox.mentions.in_text("cathedrals")
    assert np.flatnonzero(mask).tolist() == [toolbox.catalog.rows["r25"]]


def test_stems_join_plurals_and_accents() -> None:
    assert stems("Boxes, dishes & Cafés") == ["box", "dish", "cafe"]


def test_the_search_finds_by_meaning_what_no_word_names(toolbox: Toolbox) -> None:
    everything = np.ones(len(toolbox.catalog), bool)
    assert "r12" in _ids(toolbox.search_items("a night of karaoke with friends", 3, everything), toolbox)
    assert "r11" in _ids(toolbox.search_items("zen temple with water", 3, everything), toolbox)


def test_every_proposer_keeps_to_what_is_allowed(toolbox: Toolbox) -> None:
    allowed = toolbox.catalog.having("city", ["Porto"])
    rows = [toolbox.catalog.rows["r01"]]
    proposals = [
        toolbox.next_items(rows, 50, allowed),
        toolbox.search_items("pasta", 50, allowed),
        toolbox.keyword_items(["tasting menu", "takeaway"], 50, allowed),
        toolbox.similar_items(rows, 50, allowed),
    ]
    for found in proposals:
        assert found
        assert allowed[[row for row, _ in found]].all()
        assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)


def test_nothing_allowed_gives_nothing(toolbox: Toolbox) -> None:
    nothing = np.zeros(len(toolbox.catalog), bool)
    assert toolbox.search_items("pasta", 5, nothing) == []
    assert toolbox.keyword_items(["tacos"], 5, nothing) == []
    assert toolbox.similar_items([0], 5, nothing) == []
    assert list(toolbox.next_items([0], 5, nothing)) == []


def test_the_sequence_model_learned_where_guests_go_next(toolbox: Toolbox) -> None:
    rows = toolbox.catalog.rows
    everything = np.ones(len(toolbox.catalog), bool)
    for earlier, later in (("r01", "r02"), ("r08", "r09"), ("r14", "r15")):
        assert later in _ids(toolbox.next_items([rows[earlier]], 3, everything), toolbox)


def test_stored_vectors_come_in_the_order_asked_for(toolbox: Toolbox) -> None:
    vectors = toolbox.vectors([5, 2, 9])
    assert np.allclose(vectors[1], toolbox.vectors([2])[0])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_text_store_works_on_a_copy(build_folder: Path) -> None:
    from tools.artifact import open_build

    build, _ = open_build(build_folder)
    before = {p: p.read_bytes() for p in (build / "chroma").rglob("*") if p.is_file()}
    store = TextStore(build / "chroma")
    store.search(np.ones(384, np.float32) / np.sqrt(384), 3)
    store.close()
    assert {p: p.read_bytes() for p in (build / "chroma").rglob("*") if p.is_file()} == before


def test_a_missing_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="palate build"):
        TextStore(tmp_path)


def test_reading_among_few_gives_as_many(toolbox: Toolbox) -> None:
    found = toolbox.text.search(toolbox.vector("dinner"), 10, ["r30", "r29"])
    assert {item_id for item_id, _ in found} == {"r29", "r30"}


def test_what_is_of_a_category_alone_is_more_of_it_than_what_is_of_several(toolbox: Toolbox) -> None:
    catalog = toolbox.catalog
    vegetarian = np.flatnonzero(catalog.having("cuisine", ["Vegetarian"]))
    everything = range(len(catalog))
    typical = toolbox.typical("cuisine", "Vegetarian", everything, toolbox.vectors(everything))
    alone = [row for row in vegetarian if len(catalog.items[row].values("cuisine")) == 1]
    beside = [row for row in vegetarian if len(catalog.items[row].values("cuisine")) > 1]
    assert typical[vegetarian].mean() > typical.mean()
    assert typical[alone].mean() > typical[beside].mean()


@pytest.mark.parametrize(
    ("quality", "kind"),
    [("italian", ("cuisine", "Italian")), ("pizza", None), ("lisbon", None), ("", None)],
)
def test_a_quality_may_name_a_category(toolbox: Toolbox, quality: str, kind: tuple[str, str] | None) -> None:
    assert toolbox.kind_of(quality) == kind


def test_along_a_quality_that_names_a_category_lies_what_is_of_it(toolbox: Toolbox) -> None:
    has = toolbox.catalog.having("cuisine", ["Japanese"])
    places = toolbox.along("japanese", toolbox.vectors(range(len(has))))
    assert places[has].min() > places[~has].mean()
