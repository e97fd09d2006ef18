"""What a later wish makes of an earlier one about the same thing."""

from pathlib import Path

import pytest

from agent.parsing import Wish
from agent.turn.succession import as_joined, as_said_before, outdated, with_either
from memory.preferences import FacetTarget, RangeTarget, Strength, Target
from memory.session import Session, add_preference, begin_change
from tools.catalog import Catalog
from tools.catalog.load import load_catalog


@pytest.fixture(scope="module")
def restaurants() -> Catalog:
    return load_catalog(Path(__file__).parents[2] / "restaurants")


def _after(target: Target, strength: Strength = "must") -> Session:
    session, _ = add_preference(begin_change(Session("s"), "said", "before"), "+", strength, target, "before")
    return begin_change(session, "said", "now")


def _wish(target: Target) -> Wish:
    return Wish("+", "must", target, "now")


@pytest.mark.parametrize(
    ("before", "now", "joined"),
    [
        ((25, None), (None, 50), (25, 50)),  # "fancier", "no more than 50"
        ((25, 50), (None, 40), (25, 40)),
        ((None, 20), (None, 25), (None, 25)),  # a looser bound takes the place of a tighter one
        ((80, 100), (None, 120), (None, 120)),
        ((100, None), (None, 90), (None, 90)),  # nothing is both
        ((25, None), (30, 40), (30, 40)),
    ],
)
def test_an_open_range_joins_what_it_leaves_room_for(
    before: tuple[float | None, float | None],
    now: tuple[float | None, float | None],
    joined: tuple[float | None, float | None],
) -> None:
    wish = as_joined(_wish(RangeTarget("price", *now)), _after(RangeTarget("price", *before)), False)
    assert wish.target == RangeTarget("price", *joined)


def test_a_correction_joins_nothing() -> None:
    wish = _wish(RangeTarget("price", None, 50))
    assert as_joined(wish, _after(RangeTarget("price", 25, None)), True) == wish


def test_a_wish_said_again_less_exactly_stands_as_it_was() -> None:
    session = _after(FacetTarget(("language",), ("Spanish",)))
    again = _wish(FacetTarget(("language", "country"), ("Spanish", "Spain")))
    assert as_said_before(again, session).target == FacetTarget(("language",), ("Spanish",))


def test_another_value_of_a_facet_with_one_value_outdates_the_first(restaurants: Catalog) -> None:
    session = _after(FacetTarget(("city",), ("Porto",)))
    (gone,) = outdated(_wish(FacetTarget(("city",), ("Lisbon",))), session, restaurants)
    assert gone.target == FacetTarget(("city",), ("Porto",))
    either = with_either(_wish(FacetTarget(("city",), ("Lisbon",))), session, restaurants)
    assert either.target == FacetTarget(("city",), ("Porto", "Lisbon"))


def test_a_facet_with_many_values_may_have_both(restaurants: Catalog) -> None:
    session = _after(FacetTarget(("cuisine",), ("Italian",)))
    assert not outdated(_wish(FacetTarget(("cuisine",), ("Vegetarian",))), session, restaurants)
