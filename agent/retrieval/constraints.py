"""What may be shown: hard wishes as masks over the catalogue, and which of them gives way when nothing is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from memory.preferences import (
    CritiqueTarget,
    FacetTarget,
    ItemTarget,
    KeywordTarget,
    Preference,
    RangeTarget,
    Target,
)
from tools.catalog.items import Mask
from tools.toolbox import Toolbox

MOST_WEIGHED = 12  # wishes of which every set is tried: 4,096 sets at most
JUST_SAID = 1.0  # more than a person is over a category: the value asked for now is not what gives way
SAME_KEYWORD = 0.62  # cosine from which a refused phrase takes a keyword with it ("gore" ~ "gory violence")


@dataclass(frozen=True)
class Holds:
    """Where a wish holds, and where the catalogue cannot tell. Both (items,) bool."""

    preference: Preference
    yes: Mask
    unknown: Mask

    @property
    def may_show(self) -> Mask:
        """Items the wish leaves: a range leaves the unknown ones too (they come last), a category does not."""
        if self.preference.polarity == "-" or isinstance(self.preference.target, RangeTarget):
            return self.yes | self.unknown
        return self.yes


@dataclass(frozen=True)
class Allowed:
    """The outcome: what may be shown, what of it only for want of a fact, and which wishes gave way."""

    mask: Mask
    unknown: Mask
    wishes: tuple[Holds, ...]
    relaxed: tuple[Preference, ...] = ()
    conflict: tuple[
        Preference, ...
    ] = ()  # said to be a must, and nothing fits them all: none gives way unasked
    by_meaning: bool = (
        False  # something that fits else was left out for it only comes near to what was refused
    )


def holds(preference: Preference, toolbox: Toolbox) -> Holds:
    """Where one wish holds. A refusal "holds" where the refused thing is absent."""
    catalog = toolbox.catalog
    has, known = target_masks(preference.target, toolbox, preference.polarity == "-")
    if preference.polarity == "-":
        return Holds(preference, ~has & known, ~has & ~known)
    return Holds(
        preference,
        has,
        ~known if isinstance(preference.target, RangeTarget) else np.zeros(len(catalog), bool),
    )


def target_masks(target: Target, toolbox: Toolbox, refused: bool = False) -> tuple[Mask, Mask]:
    """Items that have the target, and items of which the catalogue knows. refused: take it in a wide sense."""
    catalog = toolbox.catalog
    everything = np.ones(len(catalog), bool)
    match target:
        case ItemTarget(item_id, _):
            return catalog.mask_of([item_id]), everything
        case FacetTarget(facets, values):
            has = np.zeros(len(catalog), bool)
            known = np.zeros(len(catalog), bool)
            for facet in facets:
                has |= catalog.having(facet, values)
                known |= catalog.known(facet)
            if refused:
                for value in values:  # who refuses War is not shown "world war ii" either
                    has |= toolbox.mentions.in_keywords(value)
            return has, known
        case RangeTarget(facet, low, high):
            numbers = catalog.numbers(facet)
            with np.errstate(invalid="ignore"):
                inside = (numbers >= (-np.inf if low is None else low)) & (
                    numbers <= (np.inf if high is None else high)
                )
            return inside, catalog.known(facet)
        case KeywordTarget(phrase):
            matches = toolbox.match_keywords([phrase])[phrase]
            keywords = [m.keyword for m in matches if m.cosine >= SAME_KEYWORD]
            has = np.zeros(len(catalog), bool)
            for facet in toolbox.keywords.facets:
                has |= catalog.having(facet, keywords)
            if refused:
                named = toolbox.mentions
                has |= named.in_keywords(phrase) | named.in_text(phrase) | named.in_titles(phrase)
                # of an item that only has a title nobody can say that it is not there: it comes last
                return has, toolbox.text_trust == 1.0
            return has, everything
        case CritiqueTarget():
            return everything, everything  # steers, and bars nothing


def allow(wishes: Sequence[Preference], excluded: Mask, toolbox: Toolbox) -> Allowed:
    """What may be shown under all hard wishes; when nothing is left, the weakest give way, as few as possible.

    excluded: items that must not appear whatever gives way (seen, disliked, rejected), as (items,) bool. A refusal
    never gives way, nor does a wish that was said to be a must: where those leave nothing, they are the conflict.
    """
    hard = [holds(p, toolbox) for p in wishes if p.hard]
    base = ~excluded
    for h in hard:
        if h.preference.polarity == "-":
            base &= h.may_show
    refusals = [h for h in hard if h.preference.polarity == "-"]
    musts = [h for h in hard if h.preference.polarity == "+"]
    firm = [h for h in musts if h.preference.insisted]
    left = _meeting(firm, _meeting(refusals, np.ones(len(base), bool)))
    if base.any() and firm and (not left.any() or _exclude_each_other(firm)):
        nothing = np.zeros(len(base), bool)
        return Allowed(nothing, nothing, (*firm, *refusals), (), tuple(h.preference for h in firm))
    base = _meeting(firm, base)
    musts = [h for h in musts if not h.preference.insisted]
    given_up = _least_to_give_up(musts, base, toolbox)
    kept = firm + [h for h in musts if h.preference not in given_up]
    mask = _meeting(kept, base)
    unknown = mask & np.any([h.unknown for h in (*kept, *refusals)] or [np.zeros(len(mask), bool)], axis=0)
    by_meaning = _left_out_by_meaning(refusals, _meeting(kept, ~excluded), toolbox)
    return Allowed(mask, unknown, (*kept, *refusals), given_up, by_meaning=by_meaning)


def _left_out_by_meaning(refusals: Sequence[Holds], fitting: Mask, toolbox: Toolbox) -> bool:
    """Whether a refused theme took an item with it whose words do not name it, and which nothing else rules out: "outdoor seating"
    goes with "counter seats"."""
    themes = [(h, t.phrase) for h in refusals if isinstance(t := h.preference.target, KeywordTarget)]
    for refused, phrase in themes:
        left = _meeting([h for h in refusals if h is not refused], fitting) & ~refused.may_show
        named = toolbox.mentions
        if (left & ~(named.in_keywords(phrase) | named.in_text(phrase) | named.in_titles(phrase))).any():
            return True
    return False


def _exclude_each_other(firm: Sequence[Holds]) -> bool:
    """Whether two bounds on one number leave none: "over 3 hours and under 90 minutes". An unknown length is no way out."""
    ranges = [t for h in firm if isinstance(t := h.preference.target, RangeTarget)]
    return any(
        a.facet == b.facet and a.low is not None and b.high is not None and a.low > b.high
        for a in ranges
        for b in ranges
    )


def _least_to_give_up(musts: Sequence[Holds], base: Mask, toolbox: Toolbox) -> tuple[Preference, ...]:
    """The fewest, then weakest, of the wishes without which something is left.

    Past MOST_WEIGHED of them the weakest go one at a time first: trying all sets takes twice as long for each more.
    """
    if not base.any() or _meeting(musts, base).any():
        return ()
    latest = max((h.preference.turn for h in musts), default=0)

    def weight(h: Holds) -> float:
        just_said = h.preference.turn == latest and isinstance(h.preference.target, FacetTarget)
        return _weight(h, toolbox) + JUST_SAID * just_said

    firmest = sorted(musts, key=weight, reverse=True)
    weighed, dropped = firmest[:MOST_WEIGHED], [h.preference for h in firmest[MOST_WEIGHED:]]
    for count in range(len(weighed) + 1):
        options = sorted(combinations(weighed, count), key=lambda few: sum(map(weight, few)))
        for few in options:
            if _meeting([h for h in weighed if not any(h is g for g in few)], base).any():
                return tuple(sorted((*(h.preference for h in few), *dropped), key=lambda p: p.id))
    return ()


def _meeting(wishes: Sequence[Holds], base: Mask) -> Mask:
    """Items of the base that every one of these wishes leaves."""
    mask = base.copy()
    for h in wishes:
        mask &= h.may_show
    return mask


def _weight(h: Holds, toolbox: Toolbox) -> float:
    """How firmly a wish is held: a person over a category over a number over a keyword; the later over the earlier."""
    target = h.preference.target
    recent = 0.01 * h.preference.turn
    if isinstance(target, KeywordTarget):
        return 0.5 + recent
    if isinstance(target, RangeTarget):
        return 1.0 + recent
    if isinstance(target, FacetTarget):
        roles = {toolbox.catalog.spec.facets[f].role for f in target.facets}
        return (2.5 if "person" in roles else 2.0) + recent
    return 3.0 + recent
