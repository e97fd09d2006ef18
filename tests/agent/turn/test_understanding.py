"""What a language model may add to the rules' reading: what it quotes and the catalogue has, and never a contradiction."""

import json
from typing import Any

import pytest

from agent.llm import Budget, BudgetedModel, LanguageModel
from agent.llm.reading import ModelReading, read_with_model
from agent.parsing import Parser
from agent.turn.understanding import is_unsure, merged, read_again
from memory.preferences import FacetTarget, KeywordTarget, RangeTarget
from tools.errors import ToolFailed


def _now(model: LanguageModel) -> BudgetedModel:
    return BudgetedModel(model, Budget(5.0))


def _proposal(**parts: Any) -> ModelReading:
    empty: dict[str, Any] = {"titles": [], "values": [], "ranges": [], "themes": []}
    return ModelReading.model_validate(empty | parts)


def _merged(parser: Parser, message: str, proposal: ModelReading) -> Any:
    return merged(parser.read(message), proposal, message, parser, shown=False)


def test_what_is_quoted_and_known_is_added_and_only_steers(restaurant_parser: Parser) -> None:
    message = "mum fancies noodles of the land of the rising sun"
    proposal = _proposal(
        values=[
            {"facet": "cuisine", "value": "japanese", "refused": False, "quote": "land of the rising sun"}
        ]
    )
    reading = _merged(restaurant_parser, message, proposal)
    added = [w for w in reading.wishes if isinstance(w.target, FacetTarget)]
    assert [(w.polarity, w.strength, w.target.values, w.words) for w in added] == [
        ("+", "prefer", ("Japanese",), "land of the rising sun")
    ]
    assert reading.intent == "recommend"


@pytest.mark.parametrize(
    "part",
    [
        {"values": [{"facet": "cuisine", "value": "Klingon", "refused": False, "quote": "fancies noodles"}]},
        {"values": [{"facet": "mood", "value": "Japanese", "refused": False, "quote": "fancies noodles"}]},
        {"values": [{"facet": "cuisine", "value": "Japanese", "refused": False, "quote": "never said"}]},
        {"ranges": [{"facet": "cuisine", "low": 1, "high": 2, "quote": "fancies noodles"}]},
        {"ranges": [{"facet": "price", "low": 50, "high": 2, "quote": "fancies noodles"}]},
        {"titles": [{"title": "Sakura House", "feeling": "liked", "quote": "fancies noodles"}]},
        {"titles": [{"title": "The Ritz", "feeling": "liked", "quote": "fancies noodles"}]},
    ],
)
def test_what_is_not_quoted_or_not_in_the_catalogue_is_left_out(restaurant_parser: Parser, part: Any) -> None:
    message = "mum fancies noodles"
    assert _merged(restaurant_parser, message, _proposal(**part)) == restaurant_parser.read(message)


def test_the_rules_are_the_referee_of_what_they_read(restaurant_parser: Parser) -> None:
    message = "no mexican, under 30 euros, something with a view"
    proposal = _proposal(
        values=[{"facet": "cuisine", "value": "Mexican", "refused": False, "quote": "mexican"}],
        ranges=[{"facet": "price", "low": 30, "high": None, "quote": "30 euros"}],
    )
    before = restaurant_parser.read(message)
    assert _merged(restaurant_parser, message, proposal).wishes == before.wishes
    assert any(w.polarity == "-" for w in before.wishes)
    assert any(isinstance(w.target, RangeTarget) for w in before.wishes)


def test_a_title_is_linked_by_its_telling_word(restaurant_parser: Parser) -> None:
    message = "that sakura thing near us was lush"
    proposal = _proposal(titles=[{"title": "Sakura House", "feeling": "liked", "quote": "sakura thing"}])
    reading = _merged(restaurant_parser, message, proposal)
    assert [restaurant_parser.catalog.items[m.row].title for m in reading.mentions] == ["Sakura House"]


def test_a_refused_theme_is_never_shown(restaurant_parser: Parser) -> None:
    message = "we get seasick so mind that"
    proposal = _proposal(themes=[{"theme": "boats", "refused": True, "quote": "we get seasick"}])
    (wish,) = _merged(restaurant_parser, message, proposal).wishes
    assert (wish.polarity, wish.strength, wish.target) == ("-", "never", KeywordTarget("boats"))


def test_a_model_is_asked_only_where_the_rules_are_unsure(restaurant_parser: Parser) -> None:
    assert not is_unsure(restaurant_parser.read("italian in Porto"), "italian in Porto")
    vague = "hm well you see it is complicated"
    assert is_unsure(restaurant_parser.read(vague), vague)


def test_the_schema_goes_with_the_request_and_the_answer_is_read(model: Any, server: Any) -> None:
    said = {
        "titles": [],
        "values": [],
        "ranges": [],
        "themes": [{"theme": "quiet", "refused": False, "quote": "calm"}],
    }
    server.replies = [server.says(json.dumps(said))]
    reading = read_with_model(_now(model), "somewhere calm", "places", ["city (Porto, …)"])
    assert [t.theme for t in reading.themes] == ["quiet"]
    request = server.requests[0]
    assert request["response_format"]["type"] == "json_schema"
    assert "<message>somewhere calm</message>" in request["messages"][1]["content"]


@pytest.mark.parametrize("answer", ["", "not json", "{}", '{"titles": 3}', "<html>", "[" * 5_000])
def test_nonsense_leaves_the_rules_reading_and_says_so(
    model: Any, server: Any, restaurant_parser: Parser, answer: str
) -> None:
    server.replies = [server.says(answer)]
    before = restaurant_parser.read("italian in Porto")
    reading, notices = read_again(before, "italian in Porto", restaurant_parser, _now(model), shown=False)
    assert reading == before
    assert [n.code for n in notices] == ["llm_failed"]


def test_a_model_that_refuses_the_schema_is_a_failed_tool(model: Any, server: Any) -> None:
    server.replies = [server.fails(400, "response_format is not supported")]
    with pytest.raises(ToolFailed):
        read_with_model(_now(model), "x", "places", [])
