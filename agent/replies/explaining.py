"""Reasons: what speaks for an item, as facts of the catalogue and counts of the interactions, and a sentence of each.

Every sentence is made from its evidence by a frame, so that it claims nothing else. Order of preference: what the person
asked for, what the item shares with what they liked, what others went on to, what it is, and only then how well known it
is. What the reply says of all items is not said again of each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.answer import Evidence, Reason
from agent.replies.describing import fact_text, listed
from agent.replies.framing import (
    ASKED,
    ASKED_AND_MORE,
    KNOWN,
    LIKE,
    LIKE_BOTH,
    LIKE_HAD,
    LIKE_MADE,
    LIKE_THINGS,
    MET,
    MET_TOO,
    THEME,
    THEME_AND_MORE,
    TOLD,
    TOLD_BARE,
    WENT_ON,
    Openings,
    filled,
    is_thing,
)
from agent.replies.likeness import is_person, made_and_what, rarity, shared_text, shared_values
from agent.retrieval.constraints import Allowed
from memory.preferences import FAME, CritiqueTarget, FacetTarget, Preference, RangeTarget, facets_of
from tools.catalog import Catalog, Item
from tools.text.keywords import KeywordMatch
from tools.toolbox import Toolbox

SENTENCES = 2  # an item, and what is not known of it; more nobody reads
TOLD_KEYWORDS = 2
COMMON = 0.3  # of the items that name any: a value of more tells nothing ("in English")
BRIEF_VALUES = 7  # of a facet, for the language model
MIN_TRANSITIONS = 5  # fewer people than this going on to an item is chance
MIN_LIFT = 1.5  # and they must do so this much more than everybody does

Fact = tuple[str, list[str | float]]  # a facet and some values of it


@dataclass(frozen=True)
class Ground:
    """What reasons may be made of in this turn, and how the items' reasons open so far."""

    wishes: tuple[Preference, ...]
    seeds: tuple[int, ...]
    history: tuple[int, ...]
    matches: dict[str, list[KeywordMatch]]
    allowed: Allowed
    openings: Openings = field(default_factory=Openings)

    @property
    def said_of_all(self) -> frozenset[str]:
        """Values that the reply says of every item shown: each item need not say them again."""
        relaxed = {p.id for p in self.allowed.relaxed}
        flat = (p for p in self.wishes if p.hard and p.polarity == "+" and p.id not in relaxed)
        return frozenset(
            p.target.values[0] for p in flat if _is_flat(p) and isinstance(p.target, FacetTarget)
        )


def _is_flat(wish: Preference) -> bool:
    """Whether to name the wish says all of how an item meets it."""
    match wish.target:
        case FacetTarget(facets, values):
            return wish.hard and len(facets) == len(values) == 1
        case RangeTarget(_, low, high):
            return low == high
    return False


def explain(row: int, ground: Ground, toolbox: Toolbox) -> tuple[Reason, ...]:
    """A sentence or two for an item, the strongest first; and what of the wishes the catalogue cannot tell of it."""
    item = toolbox.catalog.items[row]
    alike = (_keyword_reason(row, item, ground, toolbox), _shared_reason(row, item, ground, toolbox))
    found = [reason for reason in alike if reason is not None]
    met = _met_facts(item, ground, toolbox.catalog)
    if not found and (told := _telling_reason(row, item, ground, toolbox, met)) is not None:
        found, met = [told], [fact for fact in met if toolbox.catalog.spec.facets[fact[0]].kind == "numeric"]
    room = SENTENCES - len(found) - bool(met)
    if met and found:  # a number or two behind the first sentence: no reason of their own
        also = _wish_reason(item, met, MET_TOO, toolbox.catalog)
        found[0] = Reason(f"{found[0].text} {also.text}", found[0].evidence + also.evidence)
    elif met:
        found.append(_wish_reason(item, met, ground.openings.pick(row, MET), toolbox.catalog))
    other = _fame_reason(row, item, ground, toolbox) or _transition_reason(row, item, ground, toolbox)
    if room > 0 and other is not None:
        found.append(other)
    if not found:
        found.append(_popularity_reason(row, item, toolbox) or _facts_reason(item, toolbox.catalog))
    missing = _unknown_reason(row, item, ground, toolbox)
    return tuple([*found, missing] if missing else found)


def _keyword_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """ "Heist, as you asked; also double-cross": the item's own keywords that mean what was asked for, and some more."""
    held = {value: facet for facet in toolbox.keywords.facets for value in item.values(facet)}
    found: dict[str, str] = {}  # keyword → the phrase that it was found for
    for phrase, matches in ground.matches.items():
        best = next((m.keyword for m in matches if m.keyword in held), None)
        if best is not None:
            found.setdefault(best, phrase)
    if not found:
        return None
    said = list(found)[:3]
    more = [k for k in held if k not in found][: max(0, 3 - len(said))]
    exact = all(found[k].casefold() == k.casefold() for k in said)
    frames = (ASKED_AND_MORE if more else ASKED) if exact else (THEME_AND_MORE if more else THEME)
    text = filled(ground.openings.pick(row, frames), what=listed(said), more=listed(more))
    return Reason(text, tuple(Evidence("facet", item.id, held[k], k) for k in [*said, *more]))


def _shared_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """ "Shares neo-noir with Heat (1995)": the rarest values shared with the liked item it is closest to."""
    catalog = toolbox.catalog
    best: tuple[float, int, list[tuple[str, str]]] | None = None
    for seed in ground.seeds:
        shared = shared_values(item, catalog.items[seed], catalog)
        weight = sum(rarity(f, v, catalog) for f, v in shared)
        if shared and (best is None or weight > best[0]):
            best = (weight, seed, shared)
    if best is None:
        return None
    _, seed, shared = best
    new = [(f, v) for f, v in shared if v not in ground.said_of_all] or shared
    made, what = made_and_what(new, catalog)
    liked = catalog.items[seed].title
    frames: tuple[str, ...] = LIKE_BOTH if what else LIKE_MADE
    if not made:
        frames = _likeness_frames(what, catalog)
    text = filled(
        ground.openings.pick(row, frames),
        liked=liked,
        made=shared_text(made, catalog),
        what=listed([v for _, v in what]),
    )
    evidence = tuple(
        Evidence("facet", item.id, f, v, with_item_id=catalog.items[seed].id) for f, v in (*made, *what)
    )
    return Reason(text, evidence)


def _likeness_frames(what: Sequence[tuple[str, str]], catalog: Catalog) -> tuple[str, ...]:
    """The frames in which these shared values read well."""
    roles = {catalog.spec.facets[f].role for f, _ in what}
    if not all(is_thing(v) or catalog.spec.facets[f].role != "keyword" for f, v in what):
        return LIKE
    return LIKE_HAD if roles <= {"keyword", "person"} else LIKE_THINGS


def _transition_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """ "23 of the 104 people with Heat in their history went on to this one"."""
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
    text = filled(WENT_ON[row % len(WENT_ON)], liked=earlier.title, count=str(count), of=str(of))
    return Reason(text, (Evidence("transition", item.id, with_item_id=earlier.id, count=count, of=of),))


def _met_facts(item: Item, ground: Ground, catalog: Catalog) -> list[Fact]:
    """The facts that meet wishes, where they say more than the wish does: the runtime, and not "Comedy" to whom asked for
    nothing but comedies."""
    relaxed = {p.id for p in ground.allowed.relaxed}
    facts: list[Fact] = []
    for wish in ground.wishes:
        if wish.polarity == "-" or wish.id in relaxed or _is_flat(wish):
            continue
        for facet, values in met_values(wish, item):
            in_title = catalog.spec.facets[facet].role == "year" and str(values[0]) in item.title
            if not in_title and (facet, values) not in facts:
                facts.append((facet, values))
    return facts


def _wish_reason(item: Item, met: Sequence[Fact], frame: str, catalog: Catalog) -> Reason:
    """ "106 min, as you asked": facts that meet wishes."""
    evidence = tuple(Evidence("facet", item.id, facet, v) for facet, values in met for v in values)
    return Reason(filled(frame, what=facts_text(item, met, catalog)), evidence)


def facts_text(item: Item, facts: Sequence[Fact], catalog: Catalog) -> str:
    """ "Western, with Clint Eastwood": bare values first."""
    said = [(f, fact_text(item, f, catalog, [str(v) for v in values])) for f, values in facts]
    said.sort(key=lambda fact: _is_worded(catalog.spec.facets[fact[0]].fact))
    return ", ".join(dict.fromkeys(text for _, text in said))


def _telling_reason(
    row: int, item: Item, ground: Ground, toolbox: Toolbox, met: Sequence[Fact]
) -> Reason | None:
    """ "Police corruption and neo-noir, directed by Curtis Hanson": what the item is, where it is like nothing that was
    spoken of; with what meets a wish, or else who made it."""
    catalog = toolbox.catalog
    keywords = [
        (f, v) for f in catalog.spec.by_role("keyword") for v in item.values(f) if v not in ground.said_of_all
    ][:TOLD_KEYWORDS]
    if not keywords:
        return None
    parts: dict[str, list[Fact]] = {}
    if categories := [fact for fact in met if catalog.spec.facets[fact[0]].kind == "categorical"]:
        parts = {"made": categories}
    else:
        parts = dict(zip(("made", "other"), ([f] for f in _makers(item, ground, catalog)), strict=False))
    frames = [
        f for f in TOLD if all(part in parts for part in ("made", "other") if f"{{{part}}}" in f.lower())
    ]
    if categories:
        bare = any(not _is_worded(catalog.spec.facets[facet].fact) for facet, _ in categories)
        frames = list(TOLD_BARE if bare else TOLD[:2])
    frame = ground.openings.pick(row, frames)
    said = {part: facts_text(item, facts, catalog) for part, facts in parts.items()}
    used = [
        (f, v)
        for part, facts in parts.items()
        if f"{{{part}}}" in frame.lower()
        for f, vs in facts
        for v in vs
    ]
    text = filled(frame, what=listed([v for _, v in keywords]), **said)
    return Reason(text, tuple(Evidence("facet", item.id, f, v) for f, v in (*keywords, *used)))


def _makers(item: Item, ground: Ground, catalog: Catalog) -> list[Fact]:
    """Who or what made the item, people first, as facts that need words of their own ("directed by"); no commonplaces,
    and nothing that was wished for."""
    wished = {f for p in ground.wishes if p.polarity == "+" for f in facets_of(p.target)}
    found: list[Fact] = [
        (name, [item.values(name)[0]])
        for name, facet in catalog.spec.facets.items()
        if facet.kind == "categorical"
        and name in item.facets
        and name not in wished
        and not facet.cue_required
        and _is_worded(facet.fact)
        and (
            facet.role == "person"
            or catalog.count(name, item.values(name)[0]) < COMMON * int(catalog.known(name).sum())
        )
    ]
    return sorted(found, key=lambda fact: not is_person(fact[0], catalog))


def _is_worded(fact: str) -> bool:
    """Whether a fact says more than the bare value."""
    return fact not in ("", "{value}", "{values}")


def met_values(wish: Preference, item: Item) -> list[Fact]:
    """(facet, the item's values that meet the wish)."""
    match wish.target:
        case FacetTarget(facets, values):
            found: list[Fact] = []
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


def _fame_reason(row: int, item: Item, ground: Ground, toolbox: Toolbox) -> Reason | None:
    """How many people had the item, for who wishes for what is little known, or well known."""
    asked = any(isinstance(p.target, CritiqueTarget) and p.target.quality == FAME for p in ground.wishes)
    return _popularity_reason(row, item, toolbox, least=2) if asked else None


def _popularity_reason(row: int, item: Item, toolbox: Toolbox, least: int = MIN_TRANSITIONS) -> Reason | None:
    count = int(toolbox.sequence.popularity[row])
    if count < least:
        return None
    return Reason(filled(KNOWN, count=str(count)), (Evidence("popularity", item.id, count=count),))


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
