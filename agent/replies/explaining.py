"""Reasons: what speaks for an item, as facts of the catalogue and counts of the interactions, and a sentence of each.

Every sentence is made from its evidence by a template, so that it claims nothing else. Order of preference: what the
person asked for, what the item shares with what they liked, what others went on to, and only then how well known it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agent.answer import Evidence, Reason
from agent.replies.describing import fact_text, listed
from agent.retrieval.constraints import Allowed
from memory.preferences import FacetTarget, Preference, RangeTarget
from tools.catalog import Catalog, Item
from tools.text.keywords import KeywordMatch
from tools.toolbox import Toolbox

REASONS = 3
BRIEF_VALUES = 7  # of a facet, for the language model
MIN_TRANSITIONS = 5  # fewer people than this going on to an item is chance
MIN_LIFT = 1.5  # and they must do so this much more than everybody does
TELLING_SHARE = 0.12  # a shared value that more of the catalogue than this has says little ("Drama")


@dataclass(frozen=True)
class Ground:
    """What reasons may be made of in this turn."""

    wishes: tuple[Preference, ...]
    seeds: tuple[int, ...]
    history: tuple[int, ...]
    matches: dict[str, list[KeywordMatch]]
    allowed: Allowed


def explain(row: int, ground: Ground, toolbox: Toolbox) -> tuple[Reason, ...]:
    """Up to three reasons for an item, the strongest first; there is always at least one."""
    item = toolbox.catalog.items[row]
    reasons: list[Reason] = []
    for make in (_keyword_reason, _shared_reason, _transition_reason, _wish_reason):
        reason = make(row, item, ground, toolbox)
        if reason is not None:
            reasons.append(reason)
    missing = _unknown_reason(row, item, ground, toolbox)
    if not reasons:
        reasons.append(_popularity_reason(row, item, toolbox) or _facts_reason(item, toolbox.catalog))
    reasons = reasons[:REASONS]
    return tuple([*reasons, missing] if missing else reasons)


def _keyword_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """ "It has heist and double-cross": the item's own keywords that mean what was asked for."""
    held = {value: facet for facet in toolbox.keywords.facets for value in item.values(facet)}
    found: list[str] = []
    for matches in ground.matches.values():
        best = next((m.keyword for m in matches if m.keyword in held), None)
        if best is not None and best not in found:
            found.append(best)
    if not found:
        return None
    evidence = tuple(Evidence("facet", item.id, held[k], k) for k in found[:3])
    frames = ("On your theme: {what}.", "Close to your words: {what}.")
    return Reason(_pick(frames, row).format(what=listed(found[:3])), evidence)


def _shared_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """ "Like Heat (1995): also with Al Pacino": the rarest values shared with the liked item it is closest to."""
    catalog = toolbox.catalog
    best: tuple[float, int, list[tuple[str, str]]] | None = None
    for seed in ground.seeds:
        shared = _shared_values(item, catalog.items[seed], catalog)
        weight = sum(_rarity(f, v, catalog) for f, v in shared)
        if shared and (best is None or weight > best[0]):
            best = (weight, seed, shared)
    if best is None:
        return None
    _, seed, shared = best
    liked = catalog.items[seed]
    parts: list[str] = []
    evidence: list[Evidence] = []
    for facet in list(dict.fromkeys(f for f, _ in shared))[:2]:
        values = [v for f, v in shared if f == facet][:3]
        parts.append(
            (catalog.spec.facets[facet].shared or "also {values}").format(
                values=listed(values), value=listed(values)
            )
        )
        evidence += [Evidence("facet", item.id, facet, v, with_item_id=liked.id) for v in values]
    frames = ("Like {liked}: {what}.", "In common with {liked}: {what}.")
    return Reason(_pick(frames, row).format(liked=liked.title, what="; ".join(parts)), tuple(evidence))


def _shared_values(item: Item, liked: Item, catalog: Catalog) -> list[tuple[str, str]]:
    """(facet, value) held by both, rarest first; a single commonplace value ("Drama") is no likeness."""
    shared = [
        (name, value)
        for name, facet in catalog.spec.facets.items()
        if facet.kind == "categorical" and facet.shared and name in item.facets
        for value in item.values(name)
        if value in liked.values(name)
    ]
    shared.sort(key=lambda fv: -_rarity(fv[0], fv[1], catalog))
    if len(shared) == 1 and catalog.count(*shared[0]) > TELLING_SHARE * len(catalog):
        return []
    return shared[:4]


def _rarity(facet: str, value: str, catalog: Catalog) -> float:
    return float(np.log(len(catalog) / max(catalog.count(facet, value), 1)))


def _transition_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """ "23 of the 104 people who rated Heat went on to this one"."""
    sequence = toolbox.sequence
    best: tuple[float, int, int, int] | None = None
    for source in ground.history[-10:]:
        count, of = sequence.transition_count(source, row), sequence.support(source)
        if count < MIN_TRANSITIONS or of == 0:
            continue
        lift = (count / of) / max(float(sequence.popularity[row]) / max(toolbox.users, 1), 1e-9)
        if lift >= MIN_LIFT and (best is None or lift > best[0]):
            best = (lift, source, count, of)
    if best is None:
        return None
    _, source, count, of = best
    earlier = toolbox.catalog.items[source]
    text = f"{count} of the {of} people with {earlier.title} in their history went on to this within their next ten."
    return Reason(text, (Evidence("transition", item.id, with_item_id=earlier.id, count=count, of=of),))


def _wish_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """ "Comedy, from 1994 and 95 min, as you wished": the facts that meet typed wishes."""
    catalog = toolbox.catalog
    relaxed = {p.id for p in ground.allowed.relaxed}
    parts: list[str] = []
    evidence: list[Evidence] = []
    for wish in ground.wishes:
        if wish.polarity == "-" or wish.id in relaxed:
            continue
        for facet, values in _met(wish, item):
            parts.append(fact_text(item, facet, catalog, [str(v) for v in values]))
            evidence += [Evidence("facet", item.id, facet, v) for v in values]
    if not parts:
        return None
    asked = all(p.hard for p in ground.wishes if _met(p, item))
    frames = ("Fits: {what}.", "{What}, as you asked.") if asked else ("Fits: {what}.",)
    what = listed(list(dict.fromkeys(parts))[:4])
    return Reason(_pick(frames, row).format(what=what, What=what[:1].upper() + what[1:]), tuple(evidence))


def _met(wish: Preference, item: Item) -> list[tuple[str, list[str | float]]]:
    """(facet, the item's values that meet the wish)."""
    match wish.target:
        case FacetTarget(facets, values):
            found: list[tuple[str, list[str | float]]] = []
            for facet in facets:
                met: list[str | float] = [v for v in item.values(facet) if v in values]
                if met:
                    found.append((facet, met))
            return found
        case RangeTarget(facet, low, high):
            number = item.number(facet)
            if number is not None and (low is None or number >= low) and (high is None or number <= high):
                return [(facet, [int(number) if number.is_integer() else number])]
    return []


def _unknown_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """ "Its runtime is not in the catalogue": shown for want of a fact."""
    catalog = toolbox.catalog
    facets: list[str] = []
    for held in ground.allowed.wishes:
        target = held.preference.target
        if held.unknown[row] and isinstance(target, RangeTarget | FacetTarget):
            facets += [target.facet] if isinstance(target, RangeTarget) else list(target.facets)
    facets = [f for f in dict.fromkeys(facets) if f not in item.facets]
    if not facets:
        return None
    labels = listed([catalog.spec.label(f) for f in facets])
    verb = "is" if len(facets) == 1 else "are"
    return Reason(
        f"Its {labels} {verb} not in the catalogue.", tuple(Evidence("unknown", item.id, f) for f in facets)
    )


def _popularity_reason(row: int, item: Item, toolbox: Toolbox) -> Reason | None:
    count = int(toolbox.sequence.popularity[row])
    if count < MIN_TRANSITIONS:
        return None
    frames = (
        "Well known here: {n} people have it in their history.",
        "{n} people here have it in their history.",
    )
    return Reason(_pick(frames, row).format(n=count), (Evidence("popularity", item.id, count=count),))


def _facts_reason(item: Item, catalog: Catalog) -> Reason:
    """The last resort: what the item is."""
    for name, facet in catalog.spec.facets.items():
        if name in item.facets:
            values: list[str | float] = (
                list(item.values(name)) if facet.kind == "categorical" else [item.number(name) or 0]
            )
            text = fact_text(item, name, catalog)
            return Reason(
                f"{text[:1].upper()}{text[1:]}.", tuple(Evidence("facet", item.id, name, v) for v in values)
            )
    return Reason(f"It is in the catalogue as {item.title}.", (Evidence("popularity", item.id, count=0),))


def _pick(frames: Sequence[str], row: int) -> str:
    """One wording of several, always the same for an item."""
    return frames[row % len(frames)]


def check_evidence(evidence: Evidence, toolbox: Toolbox) -> bool:
    """Whether a piece of evidence is true in the catalogue and the interactions; independent of how it was found."""
    catalog, sequence = toolbox.catalog, toolbox.sequence
    if evidence.item_id not in catalog.rows:
        return False
    item, row = catalog.item(evidence.item_id), catalog.rows[evidence.item_id]
    checks: dict[str, Callable[[], bool]] = {
        "facet": lambda: (
            _has(item, evidence)
            and (evidence.with_item_id is None or _has(catalog.item(evidence.with_item_id), evidence))
        ),
        "unknown": lambda: evidence.facet not in item.facets,
        "popularity": lambda: int(sequence.popularity[row]) == evidence.count,
        "transition": lambda: (
            evidence.with_item_id is not None
            and sequence.transition_count(catalog.rows[evidence.with_item_id], row) == evidence.count
            and sequence.support(catalog.rows[evidence.with_item_id]) == evidence.of
        ),
    }
    return checks[evidence.kind]()


def _has(item: Item, evidence: Evidence) -> bool:
    if evidence.facet is None:
        return False
    number = item.number(evidence.facet)
    if number is not None:
        return number == evidence.value
    return evidence.value in item.values(evidence.facet)


def brief_facts(item: Item, catalog: Catalog) -> str:
    """What a language model judges an item by: title, categories, keywords; people, numbers and text cost seconds."""
    facts = [item.title]
    for name, facet in catalog.spec.facets.items():
        if facet.kind == "categorical" and facet.many and facet.role != "person" and name in item.facets:
            facts.append(", ".join(item.values(name)[:BRIEF_VALUES]))
    return "; ".join(facts if len(facts) > 1 or not item.text else [*facts, item.text])
