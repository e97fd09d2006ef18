"""Several bounds on one number in one message."""

from agent.parsing.bounds import either_side, meeting, narrowed, overlap
from agent.parsing.reading import Wish
from memory.preferences import RangeTarget


def _wish(low: float | None, high: float | None, facet: str = "minutes") -> Wish:
    return Wish("+", "must", RangeTarget(facet, low, high), f"{low} to {high}")


def test_bounds_that_something_meets_become_one() -> None:
    (wish,) = narrowed([_wish(90, None), _wish(None, 120)])
    assert wish.target == RangeTarget("minutes", 90, 120)
    assert not wish.insisted


def test_bounds_that_nothing_meets_both_stay_as_musts() -> None:
    wishes = narrowed([_wish(180, None), _wish(None, 90)])
    assert [w.target for w in wishes] == [RangeTarget("minutes", 180, None), RangeTarget("minutes", None, 90)]
    assert all(w.insisted for w in wishes)


def test_bounds_on_other_numbers_are_left_alone() -> None:
    wishes = [_wish(180, None), _wish(None, 90, "price")]
    assert narrowed(wishes) == wishes


def test_open_ends_that_point_away_from_each_other_are_no_one_range() -> None:
    below, above = RangeTarget("year", None, 1949), RangeTarget("year", 2001, None)
    assert not overlap(below, above)
    assert either_side(below, above) == either_side(above, below) == RangeTarget("year", 1950, 2000)
    assert meeting(below, above) is None


def test_nothing_lies_between_ends_that_overlap() -> None:
    assert either_side(RangeTarget("year", None, 2000), RangeTarget("year", 1990, None)) is None
