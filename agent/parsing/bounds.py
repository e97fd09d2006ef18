"""Several bounds on one number in one message: taken together, or found to rule each other out."""

from dataclasses import replace

from agent.parsing.reading import Wish
from memory.preferences import RangeTarget


def overlap(a: RangeTarget, b: RangeTarget) -> bool:
    """Whether two ranges that are joined by "or" or "and" may be one: "from the 80s or 90s". Open ends that point away
    from each other would make a range of everything."""
    both_open = (a.low is None and b.high is None) or (a.high is None and b.low is None)
    return not both_open


def either_side(a: RangeTarget, b: RangeTarget) -> RangeTarget | None:
    """What "before 1950 or after 2000" rules out: the numbers between; None when nothing lies between."""
    below, above = (a, b) if a.low is None else (b, a)
    if below.high is None or above.low is None or below.high + 1 > above.low - 1:
        return None
    return RangeTarget(a.facet, below.high + 1, above.low - 1)


def narrowed(wishes: list[Wish]) -> list[Wish]:
    """Ranges on one facet in one message as one: "more than 90 minutes but less than two hours". Two that nothing can
    meet both stay, as musts: which of them was meant is for the person to say."""
    kept: list[Wish] = []
    for wish in wishes:
        place = _same_facet(wish, kept)
        if place is None:
            kept.append(wish)
            continue
        old = kept[place]
        both = meeting(old.target, wish.target)
        if both is not None:
            kept[place] = replace(old, target=both, words=f"{old.words}, {wish.words}")
        else:
            kept[place] = replace(old, strength="must", insisted=True)
            kept.append(replace(wish, strength="must", insisted=True))
    return kept


def _same_facet(wish: Wish, kept: list[Wish]) -> int | None:
    """The place of an earlier range on the same facet; None when there is none."""
    if not isinstance(wish.target, RangeTarget) or wish.polarity != "+":
        return None
    for n, old in enumerate(kept):
        target = old.target
        if isinstance(target, RangeTarget) and old.polarity == "+" and target.facet == wish.target.facet:
            return n
    return None


def meeting(a: object, b: object) -> RangeTarget | None:
    """What is within both of two ranges on one facet; None when nothing is."""
    if not (isinstance(a, RangeTarget) and isinstance(b, RangeTarget)):
        return None
    low = max((n for n in (a.low, b.low) if n is not None), default=None)
    high = min((n for n in (a.high, b.high) if n is not None), default=None)
    if low is not None and high is not None and low > high:
        return None
    return RangeTarget(a.facet, low, high)
