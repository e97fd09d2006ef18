"""What may be shown: hard wishes filter every source, the unknown comes last and is marked, refusals never give way."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.agent import Agent
from agent.retrieval.constraints import allow
from memory.preferences import FacetTarget, ItemTarget, KeywordTarget, Preference, RangeTarget, Target
from tools.toolbox import Toolbox

_numbers = count(1)


@pytest.fixture(scope="module")
def toolbox(shared_agent: Agent) -> Toolbox:
    return shared_agent.toolbox


def wish(target: Target, sign: str = "+", turn: int = 1) -> Preference:
    return Preference(next(_numbers), sign, "must" if sign == "+" else "never", target, "", turn)  # type: ignore[arg-type]


def _facet(facet: str, *values: str) -> FacetTarget:
    return FacetTarget((facet,), values)


def _ids(mask: np.ndarray, toolbox: Toolbox) -> set[str]:
    return {toolbox.catalog.items[row].id for row in np.flatnonzero(mask)}


def _nothing(toolbox: Toolbox) -> np.ndarray:
    return np.zeros(len(toolbox.catalog), bool)


def test_hard_wishes_hold_together(toolbox: Toolbox, restaurants: object) -> None:
    wishes = [
        wish(_facet("city", "Porto")),
        wish(RangeTarget("price", None, 30)),
        wish(_facet("cuisine", "Mexican"), "-"),
    ]
    allowed = allow(wishes, _nothing(toolbox), toolbox)
    expected = restaurants.ids(  # type: ignore[attr-defined]
        lambda r: r["city"] == "Porto" and r["price"] <= 30 and "Mexican" not in r["cuisine"]
    )
    assert _ids(allowed.mask, toolbox) == expected == {"r03", "r09", "r10", "r19"}
    assert allowed.relaxed == ()


def test_a_soft_wish_filters_nothing(toolbox: Toolbox) -> None:
    soft = Preference(1, "+", "prefer", _facet("city", "Porto"), "", 1)
    assert allow([soft], _nothing(toolbox), toolbox).mask.all()


def test_an_unknown_number_is_left_and_marked(toolbox: Toolbox) -> None:
    allowed = allow([wish(RangeTarget("price", None, 13))], _nothing(toolbox), toolbox)
    assert _ids(allowed.mask, toolbox) == {"r13", "r12", "r22"}
    assert _ids(allowed.unknown, toolbox) == {"r12", "r22"}


def test_an_unknown_category_is_not_what_was_asked_for(toolbox: Toolbox) -> None:
    allowed = allow([wish(_facet("cuisine", "Italian"))], _nothing(toolbox), toolbox)
    assert "r30" not in _ids(allowed.mask, toolbox)


def test_either_of_two_values_will_do(toolbox: Toolbox) -> None:
    allowed = allow([wish(_facet("cuisine", "French", "Seafood"))], _nothing(toolbox), toolbox)
    assert _ids(allowed.mask, toolbox) == {"r23", "r24", "r26", "r27", "r29"}


def test_a_refused_word_takes_the_keywords_that_hold_it(toolbox: Toolbox) -> None:
    allowed = allow([wish(KeywordTarget("pizza"), "-")], _nothing(toolbox), toolbox)
    assert {"r03", "r04"}.isdisjoint(_ids(allowed.mask, toolbox))


def test_the_least_wish_gives_way_and_is_named(toolbox: Toolbox) -> None:
    price = wish(RangeTarget("price", None, 40))
    wishes = [wish(_facet("cuisine", "French")), wish(_facet("city", "Lisbon")), price]
    allowed = allow(wishes, _nothing(toolbox), toolbox)
    assert allowed.relaxed == (price,)
    assert _ids(allowed.mask, toolbox) == {"r27"}


def test_what_was_seen_stays_away_whatever_gives_way(toolbox: Toolbox) -> None:
    wishes = [wish(_facet("cuisine", "French")), wish(_facet("city", "Lisbon"))]
    allowed = allow(wishes, toolbox.catalog.mask_of(["r27"]), toolbox)
    assert "r27" not in _ids(allowed.mask, toolbox)
    assert len(allowed.relaxed) == 1


def test_refusals_of_everything_leave_nothing(toolbox: Toolbox) -> None:
    cities = [wish(_facet("city", c), "-") for c in ("Lisbon", "Porto", "Seville", "Bristol")]
    allowed = allow(cities, _nothing(toolbox), toolbox)
    assert not allowed.mask.any()
    assert allowed.relaxed == ()


CITIES = ("Lisbon", "Porto", "Seville", "Bristol")
CUISINES = ("Italian", "Japanese", "Mexican", "Indian", "Portuguese", "French", "Seafood", "Vegetarian")
TARGETS: st.SearchStrategy[Target] = st.one_of(
    st.sampled_from(CITIES).map(lambda v: _facet("city", v)),
    st.sampled_from(CUISINES).map(lambda v: _facet("cuisine", v)),
    st.sampled_from(["Kenji Mori", "Claire Dubois", "Rosa Vidal"]).map(lambda v: _facet("chef", v)),
    st.integers(10, 90).map(lambda n: RangeTarget("price", None, n)),
    st.integers(1980, 2022).map(lambda n: RangeTarget("opened", n, None)),
    st.sampled_from(["r01", "r09", "r27"]).map(lambda i: ItemTarget(i, i)),
)
WISHES = st.lists(st.builds(wish, TARGETS, st.sampled_from("++-")), max_size=5)


def _fits(mask: np.ndarray, preference: Preference, toolbox: Toolbox, restaurants: object) -> set[str]:
    """The shown items that break the wish by what the files say; a number that is missing breaks nothing."""
    target, broken = preference.target, set()
    for key in _ids(mask, toolbox):
        row = restaurants.facts(key)  # type: ignore[attr-defined]
        match target:
            case ItemTarget(item_id, _):
                has = key == item_id
            case RangeTarget(facet, low, high):
                number = row[facet]
                if number is None:
                    continue
                has = (low is None or number >= low) and (high is None or number <= high)
            case FacetTarget(facets, values):
                held = row[facets[0]] if isinstance(row[facets[0]], list) else [row[facets[0]]]
                has = bool(set(values) & set(held))
            case _:
                raise AssertionError(target)
        if has != (preference.polarity == "+"):
            broken.add(key)
    return broken


@given(wishes=WISHES, excluded=st.sets(st.sampled_from([f"r{n:02}" for n in range(1, 31)]), max_size=10))
def test_what_is_left_breaks_no_wish_in_force(
    shared_agent: Agent, restaurants: object, wishes: list[Preference], excluded: set[str]
) -> None:
    toolbox = shared_agent.toolbox
    allowed = allow(wishes, toolbox.catalog.mask_of(excluded), toolbox)
    assert excluded.isdisjoint(_ids(allowed.mask, toolbox))
    assert all(p.polarity == "+" for p in allowed.relaxed)
    for preference in wishes:
        if preference not in allowed.relaxed:
            assert _fits(allowed.mask, preference, toolbox, restaurants) == set()


@given(wishes=WISHES)
def test_no_fewer_wishes_could_have_given_way(shared_agent: Agent, wishes: list[Preference]) -> None:
    toolbox = shared_agent.toolbox
    allowed = allow(wishes, _nothing(toolbox), toolbox)
    for spared in allowed.relaxed:
        kept = [p for p in wishes if p not in allowed.relaxed or p is spared]
        assert allow(kept, _nothing(toolbox), toolbox).relaxed != ()


def test_dozens_of_wishes_that_nothing_meets_are_all_named(toolbox: Toolbox) -> None:
    """Trying every set of forty would never end."""
    wishes = [wish(_facet("city", f"nowhere {n}")) for n in range(40)]
    allowed = allow(wishes, _nothing(toolbox), toolbox)
    assert allowed.mask.all()
    assert allowed.relaxed == tuple(wishes)
