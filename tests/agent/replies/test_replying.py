"""How the wishes in force are said around a slate."""

from dataclasses import replace

import numpy as np
import pytest

from agent.answer import SlateItem
from agent.parsing import Parser
from agent.replies.describing import with_article
from agent.replies.replying import slate_reply
from agent.retrieval.constraints import Allowed
from memory.preferences import FacetTarget, Polarity, Preference


def _leaning(number: int, polarity: Polarity, value: str) -> Preference:
    strength = "prefer" if polarity == "+" else "avoid"
    return Preference(number, polarity, strength, FacetTarget(("cuisine",), (value,)), value, 0)


def _said(parser: Parser, *wishes: Preference) -> str:
    catalog = parser.catalog
    everything = np.ones(len(catalog), bool)
    item = catalog.items[0]
    slate = [SlateItem(item.id, item.title, item.facets, 1.0, (), ())]
    return slate_reply(slate, wishes, Allowed(everything, ~everything, ()), 1, catalog)


def test_a_soft_refusal_leans_once(restaurant_parser: Parser) -> None:
    assert _said(restaurant_parser, _leaning(1, "-", "Seafood")) == "One restaurant: rather no Seafood."


def test_what_is_leaned_to_stands_before_what_is_leaned_from(restaurant_parser: Parser) -> None:
    wishes = _leaning(1, "-", "Seafood"), _leaning(2, "+", "Mexican"), _leaning(3, "-", "Indian")
    said = _said(restaurant_parser, *wishes)
    assert said == "One restaurant: rather Mexican, no Seafood and no Indian."


def test_of_many_wishes_only_the_latest_are_read_back(restaurant_parser: Parser) -> None:
    values = ("Mexican", "Thai", "Indian", "Seafood", "Italian", "Greek")
    early = [_leaning(n, "-", value) for n, value in enumerate(values[:5])]
    latest = replace(_leaning(6, "+", "Greek"), turn=3)
    assert "before" not in _said(restaurant_parser, *early[1:], latest)  # of few all are
    said = _said(restaurant_parser, *early, latest)
    assert said == "One restaurant: rather Greek; what you said before counts too."
    assert "before" not in _said(restaurant_parser, *early, replace(latest, turn=0))  # all in one message


def test_one_restaurant_is_one(restaurant_parser: Parser) -> None:
    assert _said(restaurant_parser).startswith("One restaurant that is well known here.")


@pytest.mark.parametrize(
    ("noun", "said"),
    [("film", "a film"), ("album", "an album"), ("uniform", "a uniform"), ("hourglass", "an hourglass")],
)
def test_the_article_goes_by_the_sound(noun: str, said: str) -> None:
    assert with_article(noun) == said
