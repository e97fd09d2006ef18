"""What is true of items, wishes and counts, as the catalogue and the interactions have it; and what a text claims of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from memory.preferences import (
    CritiqueTarget,
    FacetTarget,
    ItemTarget,
    KeywordTarget,
    Preference,
    RangeTarget,
)
from tools.catalog import Catalog
from tools.sequence.serve import SequenceModel

Verdict = Literal["true", "false", "unverifiable"]
Words = frozenset[str]


@dataclass(frozen=True)
class Told:
    """To whom and of what a text was said.

    about: rows it speaks of where it names none. shown: rows of the slate spoken of. before: rows of earlier slates.
    known: rows the person liked, saw or turned down. question: theirs, where the text answers one.
    """

    kind: Literal["reason", "reply", "answer"]
    about: tuple[int, ...]
    wishes: tuple[Preference, ...] = ()
    liked: tuple[int, ...] = ()
    shown: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    before: tuple[int, ...] = ()
    question: str = ""


@dataclass(frozen=True)
class Claim:
    """Some words of a text, what kind of thing they claim, and whether it is so; `why` when it is not."""

    words: str
    kind: str
    verdict: Verdict
    why: str = ""


@dataclass
class Account:
    """A text while it is read: its claims so far, and what it speaks of.

    excused: facet → rows that it says are unknown in it. lenient: it says that the items may not fit. asked: what
    comes next is said to be what the person asked for. partners: items
    that the subject is likened to.
    """

    told: Told
    subject: tuple[int, ...]
    partners: tuple[int, ...] = ()
    excused: dict[str, set[int]] = field(default_factory=dict)
    lenient: bool = False
    asked: bool = False
    claims: list[Claim] = field(default_factory=list)

    def say(self, words: str, kind: str, holds: bool | None, why: str = "") -> None:
        """Adds a claim; `holds` None when nothing can tell."""
        verdict: Verdict = "unverifiable" if holds is None else "true" if holds else "false"
        self.claims.append(Claim(words, kind, verdict, "" if holds else why))


@dataclass(frozen=True)
class Truths:
    """The catalogue and the interactions, asked by row."""

    catalog: Catalog
    sequence: SequenceModel

    def has(self, row: int, facets: Iterable[str], values: Iterable[str]) -> bool:
        """Whether the item has any of the values in any of the facets; the data may write one value in two ways."""
        wanted = {v.casefold() for v in values}
        item = self.catalog.items[row]
        return any(v.casefold() in wanted for f in facets for v in item.values(f))

    def meets(self, row: int, wish: Preference) -> bool | None:
        """Whether an item is as a wish asks, a refusal being met by absence; None where the catalogue cannot tell."""
        item = self.catalog.items[row]
        match wish.target:
            case RangeTarget(facet, low, high):
                number = item.number(facet)
                if number is None:
                    return None
                inside = (low is None or number >= low) and (high is None or number <= high)
                return inside == (wish.polarity == "+")
            case FacetTarget(facets, values):
                has = self.has(row, facets, values)
                if not has and not any(f in item.facets for f in facets):
                    return None
                return has == (wish.polarity == "+")
            case KeywordTarget(phrase):
                has = self.has(row, self.catalog.spec.by_role("keyword"), [phrase])
                return not has if wish.polarity == "-" else (True if has else None)
            case ItemTarget(item_id, _):
                return wish.polarity == "+" or item.id != item_id
            case CritiqueTarget():
                return None

    def fitting(self, told: Told) -> set[int]:
        """Rows that meet every hard wish on values and numbers and are not yet known to the person; a refused word that
        an item's keywords, title or text hold bars it as well."""
        mask = np.ones(len(self.catalog), bool)
        for wish in told.wishes:
            if not wish.hard:
                continue
            match wish.target:
                case RangeTarget(facet, low, high):
                    numbers = self.catalog.numbers(facet)
                    outside = (numbers < (-np.inf if low is None else low)) | (
                        numbers > (np.inf if high is None else high)
                    )
                    mask &= ~outside if wish.polarity == "+" else (outside | np.isnan(numbers))
                case FacetTarget(facets, values):
                    having = np.any([self.catalog.having(f, values) for f in facets], axis=0)
                    mask &= having if wish.polarity == "+" else ~having
                case KeywordTarget() | ItemTarget() | CritiqueTarget():
                    pass
        compared = (w.target.than for w in told.wishes if isinstance(w.target, CritiqueTarget))
        itself = self.catalog.mask_of(i for than in compared if len(than) == 1 for i in than)
        mask &= ~itself  # no item is funnier than itself
        refused = [
            word.casefold()
            for wish in told.wishes
            if wish.hard and wish.polarity == "-"
            for word in _refused_words(wish)
        ]
        rows = {int(r) for r in np.flatnonzero(mask)} - set(told.known)
        return {r for r in rows if not any(w in self._all_words(r) for w in refused)}

    def _all_words(self, row: int) -> str:
        item = self.catalog.items[row]
        keywords = [k for f in self.catalog.spec.by_role("keyword") for k in item.values(f)]
        return " ".join([item.title, item.text, *keywords]).casefold()


def _refused_words(wish: Preference) -> tuple[str, ...]:
    match wish.target:
        case FacetTarget(_, values):
            return values
        case KeywordTarget(phrase):
            return (phrase,)
    return ()
