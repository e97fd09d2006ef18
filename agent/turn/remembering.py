"""Takes what a message says into the session: events, wishes, what a later wish replaces, and what is withdrawn."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from agent.answer import Notice
from agent.parsing import Mention, Reading, Wish
from agent.parsing.reading import Critique
from agent.parsing.vocabulary.titles import TRAILING_YEAR
from agent.replies.describing import describe_wish, listed
from agent.turn.succession import as_joined, as_said_before, is_joined, outdated, with_either
from agent.turn.withdrawing import Remembered, concerns, take_back, take_back_besides, undo_last
from memory.preferences import (
    CritiqueTarget,
    FacetTarget,
    ItemTarget,
    KeywordTarget,
    Preference,
    RangeTarget,
    Target,
    facets_of,
)
from memory.session import (
    EventKind,
    EventSource,
    Session,
    add_event,
    add_preference,
    begin_change,
    clear,
    drop_empty_change,
    restore,
    withdraw,
)
from tools.catalog import Catalog, Item

EVENTS: dict[str, EventKind] = {
    "liked": "liked",
    "disliked": "disliked",
    "seen": "seen",
    "rejected": "rejected",
    "accepted": "accepted",
    "asked": "asked_about",
}
LASTING_KINDS = frozenset({"liked", "disliked", "seen", "accepted"})
THEM = re.compile(r"\b(?:him|her|them)$")
WORDS_KEPT = 200  # of an utterance, to say what an undo took back


def remember(
    session: Session, reading: Reading, catalog: Catalog, shown: Sequence[int], at: float, message: str = ""
) -> Remembered:
    """The session with this message's events and wishes. shown: rows of the last slate; at: Unix seconds."""
    words = message[:WORDS_KEPT]
    if reading.intent == "undo" and not (reading.forget or reading.forget_facets or reading.forget_items):
        return undo_last(session, catalog, words)
    forgets = reading.intent == "start_over" and reading.about_me and bool(session.user)
    session = begin_change(session, "forgotten" if forgets else "said", words)
    if reading.intent == "start_over":
        session = clear(session, keep_lasting=bool(session.user) and not forgets)
    if reading.intent == "undo":
        remembered = take_back(session, reading, catalog)
    else:
        remembered = _take_in(session, reading, catalog, shown, at)
    return replace(remembered, session=drop_empty_change(remembered.session))


def _take_in(
    session: Session, reading: Reading, catalog: Catalog, shown: Sequence[int], at: float
) -> Remembered:
    notices: list[Notice] = []
    if reading.intent in ("recommend", "refine", "more", "reject"):
        once = [p.id for p in session.wishes if isinstance(p.target, CritiqueTarget) and not p.target.quality]
        session = withdraw(session, once)  # "something completely different" was said of one slate
    for mention in reading.mentions:
        session, said = _take_mention(session, mention, catalog, at)
        notices += said
    session, said = take_back_besides(session, reading, catalog)
    notices += said
    session = _permit(session, reading)
    if any(c.kind == "different" for c in reading.critiques):
        session, said = _break_away(session, catalog)
        notices += said
    if reading.corrects:
        session, said = _make_room(session, reading, catalog)
        notices += said
    wished = " ".join(w.words for w in reading.wishes if w.polarity == "+")
    wanted = {name for name, _ in catalog.spec.ends_meant(wished)}
    for said_now in reading.wishes:
        wish = as_said_before(as_joined(said_now, session, reading.corrects), session)
        wish = with_either(wish, session, catalog) if reading.adds else wish
        session, said = _replace_outdated(session, wish, catalog)
        notices += said
        session, said = _take_wish(session, wish, catalog, wanted)
        notices += said
    explicit = {w.target.facet for w in reading.wishes if isinstance(w.target, RangeTarget)}
    for critique in reading.critiques:
        if critique.kind == "number" and critique.aspect in explicit:
            continue  # "shorter, under 90 minutes" says itself how short
        session, said = _take_critique(session, critique, reading, catalog, shown)
        notices += said
    return Remembered(session, tuple(notices))


def _take_wish(
    session: Session, wish: Wish, catalog: Catalog, wanted: Collection[str] = ()
) -> tuple[Session, list[Notice]]:
    """One wish more, and what it replaced. Of a wish and a refusal of the same thing in one message the refusal stays. wanted: scales
    along which the message wishes: "funny but not silly" steers not away from what is funny."""
    steers = [target for target in _steers_off(wish, catalog) if target.quality not in wanted]
    for target in steers:
        session, _ = add_preference(session, "+", "prefer", target, wish.words, wish.lasting)
    if steers and wish.strength == "avoid":
        return session, []  # "nothing too violent": no more than that
    session, replaced = add_preference(
        session, wish.polarity, wish.strength, wish.target, wish.words, wish.lasting, wish.insisted
    )
    now = session.changes[-1].id
    notices = _partly_known(wish, catalog)
    for old in replaced:
        said = describe_wish(old, catalog)
        if old.change == now and old.polarity == wish.polarity and old.insisted and wish.insisted:
            session = restore(
                session, old
            )  # two bounds that nothing can meet: both stand until one is taken back
        elif old.change == now and old.polarity != wish.polarity:
            text = f"You both asked for and ruled out {_named(old, catalog)}; I kept the refusal."
            notices.append(Notice("contradiction", text))
            if wish.polarity == "+":
                session = restore(withdraw(session, [session.preferences[-1].id]), old)
        elif old.change < now and old.lasting and not wish.lasting and old.polarity != wish.polarity:
            notices.append(Notice("taste_set_aside", f"For this conversation I set aside: {said}."))
        elif old.change < now and old.target != wish.target and not is_joined(wish, old):
            notices.append(Notice("wish_replaced", f"That replaces your earlier wish: {said}."))
        elif old.change < now and old.polarity != wish.polarity:
            notices.append(Notice("wish_replaced", f"That takes back: {said}."))
    return session, notices


def _replace_outdated(session: Session, wish: Wish, catalog: Catalog) -> tuple[Session, list[Notice]]:
    """ "And in Lisbon?" after "in Porto": what cannot hold beside it goes, and is said to go."""
    return _replace(session, outdated(wish, session, catalog), catalog)


def _replace(session: Session, gone: Sequence[Preference], catalog: Catalog) -> tuple[Session, list[Notice]]:
    """The session without these wishes, and what is said of that."""
    if not gone:
        return session, []
    said = "; ".join(describe_wish(p, catalog) for p in gone)
    notice = Notice("wish_replaced", f"That replaces your earlier wish: {said}.")
    return withdraw(session, (p.id for p in gone)), [notice]


def _steers_off(wish: Wish, catalog: Catalog) -> list[CritiqueTarget]:
    """ "I hate violence": few items are tagged so, therefore a refused quality of a scale steers the order as well."""
    if wish.polarity == "+" or not isinstance(wish.target, KeywordTarget):
        return []
    ends = catalog.spec.ends_meant(wish.target.phrase)
    return [CritiqueTarget(name, -1 if sign > 0 else 1, ()) for name, sign in ends]


def _partly_known(wish: Wish, catalog: Catalog) -> list[Notice]:
    """Says of a refused value that the catalogue may not name it wherever it belongs."""
    if wish.polarity == "+" or not isinstance(wish.target, FacetTarget):
        return []
    partial = [f for f in wish.target.facets if catalog.spec.facets[f].partial]
    if not partial:
        return []
    label, noun = catalog.spec.label(partial[0]), catalog.spec.catalog.noun
    text = f"I know only a part of each {noun}'s {label}, so {listed(wish.target.values, 'or')} may still be in one."
    return [Notice("partly_known", text)]


def _named(preference: Preference, catalog: Catalog) -> str:
    return describe_wish(preference, catalog).removeprefix("no ").removeprefix("not ")


def add_feeling(
    session: Session,
    item: Item,
    kind: EventKind,
    source: EventSource,
    words: str,
    at: float,
    lasting: bool = False,
) -> Session:
    """The session with what happened to an item, and the wish for its like, or never for it, that follows."""
    lasting = lasting and kind in LASTING_KINDS
    session = add_event(session, item.id, kind, source, at, lasting)
    target = ItemTarget(item.id, item.title)
    if kind == "liked":
        session, _ = add_preference(session, "+", "prefer", target, words)
    elif kind in ("disliked", "rejected"):
        session, _ = add_preference(session, "-", "never", target, words, lasting)
    return session


def _take_mention(
    session: Session, mention: Mention, catalog: Catalog, at: float
) -> tuple[Session, list[Notice]]:
    item = catalog.items[mention.row]
    kind = EVENTS.get(mention.sentiment)
    notices: list[Notice] = []
    if kind is None:
        return session, notices
    session = add_feeling(session, item, kind, "dialogue", mention.text, at, mention.lasting)
    name = TRAILING_YEAR.sub("", mention.text).strip('"“” ')
    if kind == "rejected" and not mention.pointed and len(name.split()) > 1:
        # "no star trek": the series, and not only the one item that the name finds
        session, _ = add_preference(session, "-", "never", KeywordTarget(name), mention.text)
    if mention.others:
        others = ", ".join(catalog.items[row].title for row in mention.others[:3])
        notices.append(
            Notice("ambiguous_title", f"By “{mention.text}” I took {item.title}; there is also {others}.")
        )
    return session, notices


def _permit(session: Session, reading: Reading) -> Session:
    """ "Action is fine", "I don't mind older ones": takes back what was refused or bounded before."""
    lifted = [
        p.id
        for p in session.wishes
        if (p.polarity == "-" and concerns(p, reading.permitted, ()))
        or (isinstance(p.target, RangeTarget) and p.target.facet in reading.permitted_facets)
    ]
    return withdraw(session, lifted)


def _make_room(session: Session, reading: Reading, catalog: Catalog) -> tuple[Session, list[Notice]]:
    """ "A comedy instead": takes back the earlier positive wishes on the facets named now, and says so."""
    now = session.changes[-1].id
    wishes = [as_said_before(w, session) for w in reading.wishes]
    named = [w.target for w in wishes if isinstance(w.target, FacetTarget) and w.polarity == "+"]
    facets = {f for target in named for f in target.facets}
    outdated = [
        p
        for p in session.wishes
        if isinstance(p.target, FacetTarget)
        and p.polarity == "+"
        and p.change < now
        and p.target not in named
        and facets & set(p.target.facets)
    ]
    if not outdated:
        return session, []
    said = "; ".join(describe_wish(p, catalog) for p in outdated)
    notice = Notice("wish_replaced", f"That replaces your earlier wish: {said}.")
    return withdraw(session, (p.id for p in outdated)), [notice]


def _break_away(session: Session, catalog: Catalog) -> tuple[Session, list[Notice]]:
    """ "Something completely different": takes back what the answer was to be and to be like. What is ruled out,
    bounds on numbers, and what was said to be a must, stays."""
    now = session.changes[-1].id
    likes = [
        p
        for p in session.wishes
        if p.polarity == "+"
        and p.change < now
        and not (p.lasting or p.insisted)
        and not isinstance(p.target, RangeTarget)
    ]
    if not likes:
        return session, []
    said = "; ".join(describe_wish(p, catalog) for p in likes)
    return withdraw(session, (p.id for p in likes)), [Notice("wish_replaced", f"I set aside: {said}.")]


def _take_critique(
    session: Session, critique: Critique, reading: Reading, catalog: Catalog, shown: Sequence[int]
) -> tuple[Session, list[Notice]]:
    """ "Shorter", "darker", "same director", "something completely different": relative to the item named, else to the
    one spoken of just before, else to what was shown."""
    named = [m.row for m in reading.mentions if m.sentiment not in ("disliked", "unseen", "accepted")]
    if not named and critique.kind != "different" and session.item_spoken_of in catalog.rows:
        named = [catalog.rows[session.item_spoken_of]]
    if not named and reading.goes_on and critique.kind != "different":
        named = _just_liked(session, catalog)
    meant = named or list(shown)
    if critique.kind == "number":
        return _bound(session, critique, named, shown, catalog)
    if critique.kind == "same":
        return _keep(session, critique, meant, catalog)
    if not meant and critique.kind == "different":
        return session, []
    session, notices = _take_back_opposites(session, critique, catalog)
    than = tuple(catalog.items[row].id for row in meant if critique.compares)
    target = CritiqueTarget(critique.aspect, critique.direction, than)
    session, _ = add_preference(session, "+", "prefer", target, critique.words)
    return session, notices


def _take_back_opposites(
    session: Session, critique: Critique, catalog: Catalog
) -> tuple[Session, list[Notice]]:
    """ "Too bleak": without the theme "bleak" that was wished for before."""
    scale = catalog.spec.scales.get(critique.aspect)
    if critique.kind != "quality" or scale is None:
        return session, []
    opposite = set(scale.high_words if critique.direction < 0 else scale.low_words)
    gone = [
        p
        for p in session.wishes
        if isinstance(p.target, KeywordTarget) and p.polarity == "+" and not p.lasting
        and set(p.target.phrase.lower().split()) & opposite
    ]  # fmt: skip
    return _replace(session, gone, catalog)


def _just_liked(session: Session, catalog: Catalog) -> list[int]:
    """The item that the message before asked for the like of: "something like Heat", "but newer"."""
    liked = [e.item_id for e in session.live_events if e.kind == "liked" and e.turn == session.next_turn - 1]
    return [catalog.rows[i] for i in liked[-1:] if i in catalog.rows]


def _bound(
    session: Session, critique: Critique, named: Sequence[int], shown: Sequence[int], catalog: Catalog
) -> tuple[Session, list[Notice]]:
    """ "Shorter": a bound just beyond the item named, else beyond the middle of what was shown."""
    facet, words = critique.aspect, critique.words
    numbers = catalog.numbers(facet)
    known = [float(numbers[row]) for row in (named or shown) if not np.isnan(numbers[row])]
    label = catalog.spec.label(facet)
    if not named and not shown:
        return _bound_by_words(session, critique, catalog)
    if not known:
        whose = catalog.items[named[0]].title if named else "what was shown"
        text = f"I do not know the {label} of {whose}, so “{words}” has nothing to go by."
        return session, [Notice("critique_without_reference", text)]
    middle = float(np.median(known))
    if named:
        middle = min(known) if critique.direction < 0 else max(known)
    bound = float(np.ceil(middle) - 1 if critique.direction < 0 else np.floor(middle) + 1)
    target = RangeTarget(facet, None, bound) if critique.direction < 0 else RangeTarget(facet, bound, None)
    old = next(
        (p for p in session.wishes if isinstance(p.target, RangeTarget) and p.target.facet == facet), None
    )
    if old is not None and isinstance(
        old.target, RangeTarget
    ):  # "from the 90s … newer": the other bound stays
        low = target.low if target.low is not None else old.target.low
        high = target.high if target.high is not None else old.target.high
        if low is None or high is None or low <= high:
            target = RangeTarget(facet, low, high)
    session, _ = add_preference(session, "+", "must", target, words)
    return session, []


def _bound_by_words(session: Session, critique: Critique, catalog: Catalog) -> tuple[Session, list[Notice]]:
    """ "Nothing that's too long" before anything was shown: what the catalogue calls long bounds it."""
    spec = catalog.spec.facets[critique.aspect]
    judged = "too" in critique.words.lower().split()  # "shorter" needs something to be shorter than
    if judged and critique.direction < 0 and spec.long_words is not None and spec.long_words.low is not None:
        target = RangeTarget(critique.aspect, None, spec.long_words.low - 1)
    elif (
        judged
        and critique.direction > 0
        and spec.short_words is not None
        and spec.short_words.high is not None
    ):
        target = RangeTarget(critique.aspect, spec.short_words.high + 1, None)
    else:
        text = f"Nothing was shown yet, so “{critique.words}” has nothing to go by."
        return session, [Notice("critique_without_reference", text)]
    session, _ = add_preference(session, "+", "must", target, critique.words)
    return session, []


def _keep(
    session: Session, critique: Critique, meant: Sequence[int], catalog: Catalog
) -> tuple[Session, list[Notice]]:
    """ "Same director": a wish for the values of the item meant; of several, of the first."""
    facet = critique.aspect
    label = catalog.spec.label(facet)
    named = [p for p in session.wishes if p.polarity == "+" and facets_of(p.target) == (facet,)]
    if THEM.search(critique.words.lower()) and named and session.item_spoken_of not in catalog.rows:
        return session, []  # "anything else by him": by whom the wish names already
    if not meant:
        return session, [
            Notice("critique_without_reference", f"“{critique.words}” as what? Name one, or point at it.")
        ]
    if catalog.spec.facets[facet].kind == "numeric":
        value = catalog.items[meant[0]].number(facet)
        target: Target | None = None if value is None else RangeTarget(facet, value, value)
    else:
        values = catalog.items[meant[0]].values(facet)
        target = FacetTarget((facet,), values) if values else None
    title = catalog.items[meant[0]].title
    if target is None:
        text = f"I do not know the {label} of {title}, so “{critique.words}” has nothing to go by."
        return session, [Notice("critique_without_reference", text)]
    session, _ = add_preference(session, "+", "must", target, critique.words)
    if len(meant) == 1:
        return session, []
    return session, [Notice("critique_reference", f"“{critique.words}”: I took that of {title}.")]
