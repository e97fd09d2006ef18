"""The tools' one definition, the two forms made of it, and what an offer shows of the small catalogue."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from agent.agent import Agent
from tools.errors import RetryableByModel
from tools.faces import CHOOSE, FACES, Offer, ToolFace, faces_for, langchain_tool, openai_function
from tools.faces.names import Names
from tools.toolbox import Toolbox

ALL = (*FACES, CHOOSE)


@pytest.fixture(scope="module")
def toolbox(shared_agent: Agent) -> Toolbox:
    return shared_agent.toolbox


@pytest.fixture
def offer(toolbox: Toolbox) -> Offer:
    return Offer(toolbox, np.ones(len(toolbox.catalog), bool))


@pytest.mark.parametrize("face", ALL, ids=lambda face: face.name)
def test_every_tool_and_argument_is_documented(face: ToolFace) -> None:
    function = openai_function(face)["function"]
    assert (function["name"], function["description"]) == (face.name, face.description)
    assert function["description"].endswith(".")
    properties = function["parameters"]["properties"]
    assert properties
    assert all(given["description"] and "type" in given for given in properties.values())
    assert set(function["parameters"].get("required", ())) <= set(properties)
    # the plainest of JSON schema, which every compatible server takes
    assert not {"$ref", "$defs", "anyOf", "allOf"} & set(json.dumps(function).split('"'))


@pytest.mark.parametrize("face", ALL, ids=lambda face: face.name)
def test_langchain_sends_the_very_function(face: ToolFace) -> None:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    assert convert_to_openai_tool(langchain_tool(face, str)) == openai_function(face)


def test_a_langchain_tool_gives_checked_arguments_or_says_what_is_wrong() -> None:
    seen: list[Any] = []

    def use(given: Any) -> str:
        seen.append(given)
        return "fine"

    tool = langchain_tool(next(face for face in FACES if face.name == "search_items"), use)
    assert tool.invoke({"words": " candles ", "k": 99, "why": "no reason"}) == "fine"
    assert (seen[0].words, seen[0].k) == ("candles", 20)
    said = tool.invoke({"words": "", "k": "secret"})
    assert "words: " in said
    assert "k: " in said
    assert "secret" not in said
    assert len(seen) == 1


def test_a_catalogue_without_keywords_offers_no_tool_for_them(toolbox: Toolbox) -> None:
    assert faces_for(toolbox) == FACES
    without = cast(Toolbox, SimpleNamespace(keywords=SimpleNamespace(keywords=())))
    assert [face.name for face in faces_for(without)] == [f.name for f in FACES if f.name != "keyword_items"]


def test_lines_are_short_and_hold_a_few_facts(toolbox: Toolbox, offer: Offer) -> None:
    [line] = offer.show([(toolbox.catalog.rows["r01"], 1.0)])
    assert json.loads(line) == {
        "id": 0,
        "title": "Trattoria Luna",
        "cuisine": "Italian",
        "city": "Lisbon",
        "price": 24,
        "opened": 2009,
        "style": "Casual",
    }
    [whole] = offer.show([(0, 1.0)], whole=True)
    assert json.loads(whole)["keywords"] == "handmade pasta, candlelight, family run"
    assert json.loads(whole)["text"].startswith("A small room")


def test_long_values_are_cut(toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    items = list(toolbox.catalog.items)
    facets = {**items[0].facets, "keywords": tuple("word" * 20 for _ in range(99)), "style": "s" * 9_000}
    items[0] = replace(items[0], title="t" * 9_000, text="x" * 9_000, facets=facets)
    monkeypatch.setattr(toolbox.catalog, "items", tuple(items))
    offer = Offer(toolbox, np.ones(len(items), bool))
    assert len(offer.show([(0, 1.0)], whole=True)[0]) < 1_500


def test_what_is_not_allowed_is_not_shown_even_when_a_tool_gives_it(toolbox: Toolbox) -> None:
    allowed = np.zeros(len(toolbox.catalog), bool)
    allowed[3] = True
    offer = Offer(toolbox, allowed)
    allowed[:] = True  # the offer keeps its own
    assert len(offer.show([(2, 1.0), (3, 0.5)])) == 1
    assert offer.shown == {3}
    assert offer.legal([2, 3, 3, -1, 10**9]) == (3,)
    for found in (offer.next_items(20), offer.search_items("pizza", 20), offer.similar_items(["3"], 20)):
        assert {row for row, _ in found} <= {3}


def test_nothing_allowed_finds_nothing(toolbox: Toolbox) -> None:
    offer = Offer(toolbox, np.zeros(len(toolbox.catalog), bool))
    assert offer.search_items("pizza", 5) == offer.next_items(5) == offer.keyword_items(["sushi"], 5) == []


def test_similar_items_are_others(offer: Offer) -> None:
    found = offer.similar_items(["Trattoria Luna", "Osteria Sole"], 20)
    assert found
    assert not {0, 1} & {row for row, _ in found}


def test_an_item_is_told_of_only_after_it_was_shown(offer: Offer) -> None:
    with pytest.raises(RetryableByModel, match="Ask a tool that lists items first"):
        offer.one_item(4)
    offer.show([(row, 1.0) for row in range(12)])
    assert offer.one_item(4) == [(4, 1.0)]
    with pytest.raises(RetryableByModel, match=r"0 .Trattoria Luna.*and 4 more"):
        offer.one_item(29)


def test_a_wrong_keyword_comes_back_with_some_that_are_spelt_nearly_so(offer: Offer) -> None:
    with pytest.raises(RetryableByModel, match="Near in spelling: '"):
        offer.keyword_items(["quantum chromodynamics"], 5)


@pytest.mark.parametrize(
    "name", ["Trattoria Luna", "the TRATTORIA  luna", "Luna"], ids=["very", "article", "part"]
)
def test_names_are_taken_as_people_write_them(toolbox: Toolbox, name: str) -> None:
    names = Names(toolbox.catalog)
    assert names.rows(name) == ([] if name == "Luna" else [0])
    assert "Trattoria Luna" in names.near("Tratoria Lunna", range(30))
    assert "Trattoria Luna" not in names.near("Tratoria Lunna", range(1, 30))


def test_years_and_articles_tell_titles_apart(toolbox: Toolbox) -> None:
    titles = ["Heat (1986)", "Heat (1995)", "Godfather, The (1972)", "Amélie (2001)"]
    items = [replace(item, title=title) for item, title in zip(toolbox.catalog.items, titles, strict=False)]
    names = Names(type(toolbox.catalog)(toolbox.catalog.spec, items))
    assert names.rows("heat") == [0, 1]
    assert names.rows("Heat (1995)") == [1]
    assert names.rows("The Godfather") == [2]
    assert names.rows("amelie") == [3]
    assert names.rows("") == names.rows("the") == []


def test_an_offer_may_be_asked_from_many_threads(offer: Offer) -> None:
    with ThreadPoolExecutor(8) as threads:
        lines = list(threads.map(lambda row: offer.show([(row % 30, 1.0)]), range(300)))
    assert offer.shown == frozenset(range(30))
    assert all(len(line) == 1 for line in lines)
