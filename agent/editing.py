"""A wish changed by hand: its strength, its polarity or what it is about, held against the catalogue."""

from dataclasses import dataclass
from typing import Any

from rapidfuzz import process

from memory.preferences import (
    CritiqueTarget,
    FacetTarget,
    ItemTarget,
    KeywordTarget,
    Polarity,
    Preference,
    RangeTarget,
    Strength,
    Target,
)
from tools.catalog import Catalog
from tools.errors import UserInputError

STRENGTHS: dict[str, tuple[Strength, Strength]] = {
    "+": ("must", "prefer"),
    "-": ("never", "avoid"),
}  # firm, soft
OTHER_STRENGTH: dict[Strength, Strength] = {
    one: other for firm, soft in STRENGTHS.values() for one, other in ((firm, soft), (soft, firm))
}
OPPOSITE: dict[Strength, Strength] = {"must": "never", "prefer": "avoid", "never": "must", "avoid": "prefer"}
LONGEST_PHRASE = 200  # characters


@dataclass(frozen=True)
class Edit:
    """What to change of a wish; None leaves it. value: as `preferences` lists it for the wish's kind."""

    strength: str | None = None
    polarity: str | None = None
    value: Any = None


def edited(wish: Preference, edit: Edit, catalog: Catalog) -> tuple[Polarity, Strength, Target]:
    """The wish's polarity, strength and target after an edit. Raises UserInputError with what would be right."""
    if edit.strength is None and edit.polarity is None and edit.value is None:
        raise UserInputError("nothing to change: give a strength, a polarity or a value")
    if isinstance(wish.target, ItemTarget | CritiqueTarget):
        raise UserInputError("this wish can only be removed; say another in its place")
    polarity: Polarity = wish.polarity
    if edit.polarity is not None:
        if edit.polarity not in ("+", "-"):
            raise UserInputError(f"no polarity {edit.polarity!r}; there are + and -")
        polarity = edit.polarity  # type: ignore[assignment]
    strength = wish.strength if polarity == wish.polarity else OPPOSITE[wish.strength]
    if edit.strength is not None:
        found = next((s for s in STRENGTHS[polarity] if s == edit.strength), None)
        if found is None:
            allowed = " and ".join(STRENGTHS[polarity])
            raise UserInputError(
                f"no strength {edit.strength!r} with polarity {polarity}; there are {allowed}"
            )
        strength = found
    target = wish.target if edit.value is None else _target(wish.target, edit.value, catalog)
    return polarity, strength, target


def _target(old: Target, value: Any, catalog: Catalog) -> Target:
    """The target with a new value; its kind stays."""
    match old:
        case KeywordTarget():
            if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_PHRASE:
                raise UserInputError(f"a keyword is a phrase of 1 to {LONGEST_PHRASE} characters")
            return KeywordTarget(value.strip().encode("utf-8", "replace").decode())  # half a character
        case FacetTarget(facets, _):
            given = (
                value.get("values")
                if isinstance(value, dict)
                else [value]
                if isinstance(value, str)
                else value
            )
            if not isinstance(given, list | tuple) or not given or not all(isinstance(v, str) for v in given):
                raise UserInputError("a facet wish takes one value or a list of values")
            return FacetTarget(facets, tuple(_known(v, facets, catalog) for v in given))
        case RangeTarget(facet, low, high):
            if not isinstance(value, dict) or not set(value) <= {"facet", "min", "max"}:
                raise UserInputError(
                    'a range takes an object such as {"min": 90, "max": 120}; null leaves a side open'
                )
            low, high = (_bound(value.get(k, old_bound)) for k, old_bound in (("min", low), ("max", high)))
            if low is None and high is None:
                raise UserInputError("a range needs a bound; remove the wish to have none")
            if low is not None and high is not None and low > high:
                raise UserInputError(f"a range from {low:g} to {high:g} holds nothing")
            return RangeTarget(facet, low, high)
    raise AssertionError(old)  # the others cannot be edited


def _known(value: str, facets: tuple[str, ...], catalog: Catalog) -> str:
    """The catalogue's spelling of a value of one of the facets."""
    values = {v.casefold(): v for f in facets for v in catalog.values(f)}
    found = values.get(value.casefold())
    if found is None:
        near = [
            values[match[0]]
            for match in process.extract(value.casefold(), list(values), limit=3, score_cutoff=60)
        ]
        hint = f"; near: {', '.join(repr(v) for v in near)}" if near else ""
        raise UserInputError(f"no {catalog.spec.label(facets[0])} {value!r} in this catalogue{hint}")
    return found


def _bound(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise UserInputError(f"a bound is a number, not {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise UserInputError("that bound is too large") from None
