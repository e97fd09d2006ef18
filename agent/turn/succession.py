"""What a later wish makes of an earlier one about the same thing: takes its place, joins it, or only says it again."""

from dataclasses import replace

from agent.parsing import Wish
from memory.preferences import FacetTarget, Preference, RangeTarget
from memory.session import Session
from tools.catalog import Catalog


def as_joined(wish: Wish, session: Session, corrects: bool) -> Wish:
    """The wish with what still holds of an earlier one on the same number: an upper bound joins a lower one ("fancier"
    … "but no more than 50"), and a bound within an earlier range narrows it. corrects: it was said to replace."""
    target, now = wish.target, session.changes[-1].id
    if corrects or wish.polarity != "+" or not isinstance(target, RangeTarget):
        return wish
    if target.low is not None and target.high is not None:
        return wish
    for old in session.wishes:
        held = old.target
        if not isinstance(held, RangeTarget) or held.facet != target.facet:
            continue
        if old.polarity != "+" or old.change == now or (old.lasting and not wish.lasting):
            continue
        low = held.low if target.low is None else target.low
        high = held.high if target.high is None else target.high
        tighter = (target.low is None or held.low is None or target.low >= held.low) and (
            target.high is None or held.high is None or target.high <= held.high
        )
        if (low is None or high is None or low <= high) and tighter:
            return replace(wish, target=RangeTarget(target.facet, low, high))
    return wish


def is_joined(wish: Wish, old: Preference) -> bool:
    """Whether an earlier wish only goes into the later one."""
    a, b = wish.target, old.target
    if isinstance(a, FacetTarget) and isinstance(b, FacetTarget):
        return wish.polarity == old.polarity and a.facets == b.facets and set(b.values) <= set(a.values)
    if not (isinstance(a, RangeTarget) and isinstance(b, RangeTarget)) or wish.polarity != old.polarity:
        return False
    low_kept = b.low is None or (a.low is not None and a.low >= b.low)
    high_kept = b.high is None or (a.high is not None and a.high <= b.high)
    return low_kept and high_kept


def as_said_before(wish: Wish, session: Session) -> Wish:
    """The wish as it stands already, where it only says again, and less exactly, what was said: after "in Spanish" a
    "just Spanish" is no country."""
    target = wish.target
    if wish.polarity != "+" or not isinstance(target, FacetTarget):
        return wish
    for old in session.wishes:
        held = old.target
        if not isinstance(held, FacetTarget) or old.polarity != "+":
            continue
        if set(held.facets) < set(target.facets) and set(held.values) <= set(target.values):
            return replace(wish, target=held)
    return wish


def outdated(wish: Wish, session: Session, catalog: Catalog) -> list[Preference]:
    """Earlier wishes that can no longer hold: of a facet with one value an item has no other ("in Porto" … "and in
    Lisbon?"). Tastes that last stay, and so does what both values may meet."""
    target, now = wish.target, session.changes[-1].id
    if wish.polarity != "+" or not isinstance(target, FacetTarget) or wish.strength != "must":
        return []
    if any(catalog.spec.facets[f].many for f in target.facets):
        return []
    return [
        p
        for p in session.wishes
        if isinstance(p.target, FacetTarget)
        and p.polarity == "+"
        and p.change < now
        and not (p.lasting and not wish.lasting)
        and set(p.target.facets) == set(target.facets)
        and not set(p.target.values) & set(target.values)
    ]


def with_either(wish: Wish, session: Session, catalog: Catalog) -> Wish:
    """ "Or in Porto": the value beside the one that was said before on the same facet of one value."""
    values = [
        v
        for p in outdated(wish, session, catalog)
        if isinstance(p.target, FacetTarget)
        for v in p.target.values
    ]
    if not values or not isinstance(wish.target, FacetTarget):
        return wish
    return replace(
        wish, target=FacetTarget(wish.target.facets, (*dict.fromkeys(values), *wish.target.values))
    )
