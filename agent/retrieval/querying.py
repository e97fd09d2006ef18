"""What a session's events and wishes look for, as the tools and the ranking take it."""

from collections.abc import Sequence
from dataclasses import dataclass

from memory.preferences import FAME, CritiqueTarget, FacetTarget, ItemTarget, KeywordTarget, Preference
from memory.session import Session
from tools.catalog import Catalog

SEEDS = 5  # liked items that the answer is to be like
EARLIER = 0.3  # weight of items named in an earlier message than the latest: people move on
TASTE_EVENTS = 5.0  # a lasting taste says as much of tonight as so many events of a history do
EARLIER_THEME = 0.6  # themes add up more than they replace: "heist", then "with a twist ending"


@dataclass(frozen=True)
class Comparison:
    """More (1) or less (-1) of a quality than these rows have; than the candidates' mean where there are none."""

    quality: str
    direction: int
    than: tuple[int, ...]


@dataclass(frozen=True)
class Query:
    """What is looked for. Rows are places in the catalogue."""

    history: tuple[int, ...]  # the sequence: the profile's items, then the session's, oldest first
    seeds: tuple[int, ...]  # liked in this session: what the answer should be like
    seed_weights: tuple[float, ...]  # the latest named count most
    disliked: tuple[int, ...]
    phrases: tuple[str, ...]  # keywords wished for
    phrase_weights: tuple[float, ...]  # the latest count most
    words: str  # what it is to be about, for the search by meaning
    soft: tuple[Preference, ...]
    shown: dict[int, int]  # how often each row was shown already
    critiques: tuple[Comparison, ...] = ()
    unlike: tuple[int, ...] = ()  # "something completely different": from these
    kinds: tuple[tuple[str, str], ...] = ()  # facet and value of the categories wished for tonight
    tastes_only: bool = False  # nothing was said about tonight, only lasting tastes are known

    @property
    def tastes_beside(self) -> bool:
        """Whether all that was said are lasting tastes, beside what is known of what the person took."""
        return self.tastes_only and bool(self.history)

    @property
    def taste_share(self) -> float:
        """What a lasting taste weighs beside what the person took, the less the more is known of that. Of people with 30 events,
        what they took says what they take next, and wishes that only repeat it put it back (docs/steering.md)."""
        return TASTE_EVENTS / (TASTE_EVENTS + len(self.history))


def make_query(session: Session, catalog: Catalog, keep_last: bool = False) -> Query:
    """The query of a session as it stands. keep_last: the items shown last do not step back for having been shown."""
    rows = catalog.rows
    themes = _latest(
        [p for p in session.wishes if isinstance(p.target, KeywordTarget) and p.polarity == "+"],
        EARLIER_THEME,
    )
    liked = _latest(
        [p for p in session.wishes if isinstance(p.target, ItemTarget) and p.polarity == "+"], EARLIER
    )
    phrases = {p.target.phrase: weight for p, weight in themes if isinstance(p.target, KeywordTarget)}
    seeds = {p.target.item_id: weight for p, weight in liked if isinstance(p.target, ItemTarget)}
    seeds = dict.fromkeys(session.items_with(["accepted"]), 1.0) | seeds
    seeds = {i: weight for i, weight in list(seeds.items())[-SEEDS:] if i in rows}
    compared = [p.target for p in session.wishes if isinstance(p.target, CritiqueTarget)]
    return Query(
        history=tuple(rows[i] for i in session.sequence() if i in rows),
        seeds=tuple(rows[i] for i in seeds),
        seed_weights=tuple(seeds.values()),
        disliked=tuple(rows[i] for i in session.items_with(["disliked", "rejected"]) if i in rows),
        phrases=tuple(phrases),
        phrase_weights=tuple(phrases.values()),
        # a category alone is a filter and no theme: texts nearest to the word "Comedy" are no better comedies
        words=", ".join(dict.fromkeys(list(phrases) + _categories(session, catalog))) if phrases else "",
        soft=tuple(
            p for p in session.wishes if not p.hard and not isinstance(p.target, ItemTarget | CritiqueTarget)
        ),
        shown=_shown(session, catalog, keep_last),
        critiques=tuple(
            # "nothing too violent" is measured by what it shall be like
            Comparison(
                c.quality,
                c.direction,
                _rows(c.than, catalog) or (tuple(rows[i] for i in seeds) if c.quality != FAME else ()),
            )
            for c in compared
            if c.quality
        ),
        unlike=tuple(row for c in compared if not c.quality for row in _rows(c.than, catalog)),
        kinds=_kinds(session, catalog),
        tastes_only=not seeds and _tastes_only(session, [p for p, _ in themes]),
    )


def _rows(item_ids: Sequence[str], catalog: Catalog) -> tuple[int, ...]:
    return tuple(catalog.rows[i] for i in item_ids if i in catalog.rows)


def _latest(wishes: Sequence[Preference], earlier: float) -> list[tuple[Preference, float]]:
    """The wishes with their weights: 1 for those of the latest message that has any."""
    last = max((p.turn for p in wishes), default=0)
    return [(p, 1.0 if p.turn == last else earlier) for p in wishes]


def _tastes_only(session: Session, themes: Sequence[Preference]) -> bool:
    """Whether all themes wished for are lasting tastes; where there is no theme, whether all wishes are."""
    told = themes or session.wishes
    return bool(told) and all(p.lasting for p in told)


def _categories(session: Session, catalog: Catalog) -> list[str]:
    """The categories wished for; people are no theme."""
    return [
        value
        for p in session.wishes
        if isinstance(p.target, FacetTarget) and p.polarity == "+"
        and not any(catalog.spec.facets[f].role == "person" for f in p.target.facets)
        for value in p.target.values
    ]  # fmt: skip


def _kinds(session: Session, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    """Categories wished for tonight, of the facets of which an item may have several: such a one may be of a kind on paper only."""
    facets = catalog.spec.facets
    return tuple(
        (facet, value)
        for p in session.wishes
        if isinstance(p.target, FacetTarget) and p.polarity == "+" and not p.lasting
        for facet in p.target.facets
        if facets[facet].of_kinds
        for value in p.target.values
    )


def _shown(session: Session, catalog: Catalog, keep_last: bool) -> dict[int, int]:
    counts: dict[int, int] = {}
    turns = [turn for turn in session.turns if turn.slate]
    for turn in turns[:-1] if keep_last else turns:
        for item_id in turn.slate:
            if item_id in catalog.rows:
                row = catalog.rows[item_id]
                counts[row] = counts.get(row, 0) + 1
    return counts
