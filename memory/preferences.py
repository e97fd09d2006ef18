"""Preferences: typed wishes that keep the words they came from and can be withdrawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Polarity = Literal["+", "-"]
Strength = Literal["must", "prefer", "avoid", "never"]


@dataclass(frozen=True)
class ItemTarget:
    """One item: "something like Heat", "not Heat"."""

    item_id: str
    title: str


@dataclass(frozen=True)
class FacetTarget:
    """Any of the values in any of the facets: Clint Eastwood as director or in the cast."""

    facets: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class RangeTarget:
    """A numeric facet between two bounds, both included; None leaves a side open."""

    facet: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class KeywordTarget:
    """A free phrase, matched by meaning: "a robbery that goes wrong"."""

    phrase: str


FAME = "well known"  # the quality that goes by how many people had an item, and not by its text


@dataclass(frozen=True)
class CritiqueTarget:
    """More (1) or less (-1) of a quality than these items have: "darker than Heat". Without a quality: nothing like them."""

    quality: str
    direction: int
    than: tuple[str, ...] = ()


Target = ItemTarget | FacetTarget | RangeTarget | KeywordTarget | CritiqueTarget
KINDS: dict[type, str] = {
    ItemTarget: "item",
    FacetTarget: "facet",
    RangeTarget: "range",
    KeywordTarget: "keyword",
    CritiqueTarget: "critique",
}


@dataclass(frozen=True)
class Preference:
    """One typed wish. `id` counts within the session; `text` is the words it came from.

    change, withdrawn: ids of the session's changes that brought it and took it back. lasting: a taste, and not a wish
    about tonight. insisted: said to be a must ("it has to be French"), which never gives way unasked.
    """

    id: int
    polarity: Polarity
    strength: Strength
    target: Target
    text: str
    turn: int
    change: int = 0
    withdrawn: int | None = None
    lasting: bool = False
    insisted: bool = False

    @property
    def kind(self) -> str:
        """item, facet, range, keyword or critique."""
        return KINDS[type(self.target)]

    @property
    def active(self) -> bool:
        """Whether it still holds."""
        return self.withdrawn is None

    @property
    def hard(self) -> bool:
        """Whether it filters (must, never) and does not only steer (prefer, avoid)."""
        return self.strength in ("must", "never")

    def to_json(self) -> dict[str, Any]:
        """The object `palate ask --json` prints."""
        return {
            "id": self.id,
            "polarity": self.polarity,
            "strength": self.strength,
            "kind": self.kind,
            "value": target_json(self.target),
            "text": self.text,
            "turn": self.turn,
            "lasting": self.lasting,
        }


def target_json(target: Target) -> Any:
    """A target as plain JSON; `target_from_json` reads it back."""
    match target:
        case ItemTarget(item_id, title):
            return {"id": item_id, "title": title}
        case FacetTarget(facets, values):
            return {"facet": facets[0] if len(facets) == 1 else list(facets), "values": list(values)}
        case RangeTarget(facet, low, high):
            return {"facet": facet, "min": _plain(low), "max": _plain(high)}
        case KeywordTarget(phrase):
            return phrase
        case CritiqueTarget(quality, direction, than):
            return {"quality": quality, "direction": direction, "than": list(than)}


def _plain(bound: float | None) -> float | int | None:
    """1990 and not 1990.0."""
    return int(bound) if bound is not None and float(bound).is_integer() else bound


def target_from_json(kind: str, value: Any) -> Target:
    """The target that `target_json` wrote. Raises ValueError on an unknown kind."""
    if kind == "item":
        return ItemTarget(value["id"], value["title"])
    if kind == "facet":
        facet = value["facet"]
        return FacetTarget((facet,) if isinstance(facet, str) else tuple(facet), tuple(value["values"]))
    if kind == "range":
        return RangeTarget(value["facet"], value["min"], value["max"])
    if kind == "keyword":
        return KeywordTarget(value)
    if kind == "critique":
        return CritiqueTarget(value["quality"], value["direction"], tuple(value["than"]))
    raise ValueError(f"unknown kind of preference {kind!r}")


def facets_of(target: Target) -> tuple[str, ...]:
    """The facets a target names."""
    match target:
        case FacetTarget(facets, _):
            return facets
        case RangeTarget(facet, _, _):
            return (facet,)
    return ()


def contradicts(new: Preference, old: Preference) -> bool:
    """Whether a later wish takes the place of an earlier one.

    A new range on a facet replaces the old range on it; the same item, keyword or facet value wished for
    with the other polarity replaces the earlier word on it, and so does a new critique of the same quality.
    """
    match new.target, old.target:
        case RangeTarget(facet=a), RangeTarget(facet=b):
            return a == b
        case FacetTarget(facets=a, values=v), FacetTarget(facets=b, values=w):
            return bool(set(a) & set(b)) and bool(set(v) & set(w))
        case ItemTarget(item_id=i), ItemTarget(item_id=j):
            return i == j
        case KeywordTarget(phrase=p), KeywordTarget(phrase=q):
            return p.casefold() == q.casefold()
        case CritiqueTarget(quality=q), CritiqueTarget(quality=r):
            return q == r
    return False


def active(preferences: Iterable[Preference]) -> tuple[Preference, ...]:
    """Those that still hold, in the order they were said."""
    return tuple(p for p in preferences if p.active)
