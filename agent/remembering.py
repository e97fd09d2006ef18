"""What a message changes in the session: events, new wishes, wishes replaced or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agent.answer import Notice
from agent.parsing import Mention, Reading, Wish
from agent.parsing.vocabulary.titles import TRAILING_YEAR
from agent.replies.describing import describe_wish
from memory.preferences import (
    FacetTarget,
    ItemTarget,
    KeywordTarget,
    Preference,
    RangeTarget,
    Target,
    contradicts,
)
from memory.session import (
    Event,
    EventKind,
    EventSource,
    Session,
    add_event,
    add_preference,
    clear,
    undo_button,
    undo_turn,
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


@dataclass(frozen=True)
class Remembered:
    """The session after the message was taken in, and what the person should know of that."""

    session: Session
    notices: tuple[Notice, ...] = ()


def remember(
    session: Session, reading: Reading, catalog: Catalog, shown: Sequence[int], at: float
) -> Remembered:
    """The session with this message's events and wishes. shown: rows of the last slate; at: Unix seconds."""
    turn = session.next_turn
    if reading.intent == "start_over":
        return Remembered(clear(session, turn))
    if reading.intent == "undo":
        return _take_back(session, reading, catalog, turn)
    notices: list[Notice] = []
    for mention in reading.mentions:
        session, said = _take_mention(session, mention, catalog, turn, at)
        notices += said
    session = _permit(session, reading, turn)
    if reading.corrects:
        session, said = _make_room(session, reading, catalog, turn)
        notices += said
    for wish in reading.wishes:
        session, said = _take_wish(session, wish, catalog, turn)
        notices += said
    explicit = {w.target.facet for w in reading.wishes if isinstance(w.target, RangeTarget)}
    for critique in reading.critiques:
        if critique.facet in explicit:
            continue  # "shorter, under 90 minutes" says itself how short
        session, said = _take_critique(
            session, critique.facet, critique.direction, critique.words, reading, catalog, shown, turn
        )
        notices += said
    return Remembered(session, tuple(notices))


def _take_wish(session: Session, wish: Wish, catalog: Catalog, turn: int) -> tuple[Session, list[Notice]]:
    """One wish more, and what it replaced. Of a wish and a refusal of the same thing in one message the refusal stays."""
    session, replaced = add_preference(session, wish.polarity, wish.strength, wish.target, wish.words, turn)
    notices: list[Notice] = []
    for old in replaced:
        said = describe_wish(old, catalog)
        if old.turn == turn and old.polarity != wish.polarity:
            text = f"You both asked for and ruled out {_named(old, catalog)}; I kept the refusal."
            notices.append(Notice("contradiction", text))
            if wish.polarity == "+":
                session = _restored(withdraw(session, [session.preferences[-1].id], turn), old)
        elif old.turn < turn and old.target != wish.target:
            notices.append(Notice("wish_replaced", f"That replaces your earlier wish: {said}."))
        elif old.turn < turn and old.polarity != wish.polarity:
            notices.append(Notice("wish_replaced", f"That takes back: {said}."))
    return session, notices


def _named(preference: Preference, catalog: Catalog) -> str:
    return describe_wish(preference, catalog).removeprefix("no ").removeprefix("not ")


def _restored(session: Session, old: Preference) -> Session:
    return replace(
        session,
        preferences=tuple(
            replace(p, withdrawn_turn=None) if p.id == old.id else p for p in session.preferences
        ),
    )


def add_feeling(
    session: Session, item: Item, kind: EventKind, source: EventSource, words: str, turn: int, at: float
) -> Session:
    """The session with what happened to an item, and the wish for its like, or never for it, that follows."""
    session = add_event(session, item.id, kind, source, turn, at)
    target = ItemTarget(item.id, item.title)
    if kind == "liked":
        session, _ = add_preference(session, "+", "prefer", target, words, turn)
    elif kind in ("disliked", "rejected"):
        session, _ = add_preference(session, "-", "never", target, words, turn)
    return session


def _take_mention(
    session: Session, mention: Mention, catalog: Catalog, turn: int, at: float
) -> tuple[Session, list[Notice]]:
    item = catalog.items[mention.row]
    kind = EVENTS.get(mention.sentiment)
    notices: list[Notice] = []
    if kind is None:
        return session, notices
    session = add_feeling(session, item, kind, "dialogue", mention.text, turn, at)
    name = TRAILING_YEAR.sub("", mention.text).strip('"“” ')
    if kind == "rejected" and not mention.pointed and len(name.split()) > 1:
        # "no star trek": the series, and not only the one item that the name finds
        session, _ = add_preference(session, "-", "never", KeywordTarget(name), mention.text, turn)
    if mention.others:
        others = ", ".join(catalog.items[row].title for row in mention.others[:3])
        notices.append(
            Notice("ambiguous_title", f"By “{mention.text}” I took {item.title}; there is also {others}.")
        )
    return session, notices


def _permit(session: Session, reading: Reading, turn: int) -> Session:
    """ "Action is fine", "I don't mind older ones": takes back what was refused or bounded before."""
    lifted = [
        p.id
        for p in session.wishes
        if (p.polarity == "-" and _concerns(p, reading.permitted, ()))
        or (isinstance(p.target, RangeTarget) and p.target.facet in reading.permitted_facets)
    ]
    return withdraw(session, lifted, turn)


def _make_room(
    session: Session, reading: Reading, catalog: Catalog, turn: int
) -> tuple[Session, list[Notice]]:
    """ "A comedy instead": takes back the earlier positive wishes on the facets named now, and says so."""
    named = [w.target for w in reading.wishes if isinstance(w.target, FacetTarget) and w.polarity == "+"]
    facets = {f for target in named for f in target.facets}
    outdated = [
        p
        for p in session.wishes
        if isinstance(p.target, FacetTarget)
        and p.polarity == "+"
        and p.turn < turn
        and p.target not in named
        and facets & set(p.target.facets)
    ]
    if not outdated:
        return session, []
    said = "; ".join(describe_wish(p, catalog) for p in outdated)
    notice = Notice("wish_replaced", f"That replaces your earlier wish: {said}.")
    return withdraw(session, (p.id for p in outdated), turn), [notice]


def _take_critique(
    session: Session,
    facet: str,
    direction: int,
    words: str,
    reading: Reading,
    catalog: Catalog,
    shown: Sequence[int],
    turn: int,
) -> tuple[Session, list[Notice]]:
    """ "Shorter": a bound just beyond the item meant, else beyond the middle of what was shown."""
    named = [
        m.row for m in reading.mentions if m.sentiment in ("liked", "neutral", "seen", "rejected", "asked")
    ]
    numbers = catalog.numbers(facet)
    known = [float(numbers[row]) for row in (named or shown) if not np.isnan(numbers[row])]
    label = catalog.spec.label(facet)
    if not known:
        whose = catalog.items[named[0]].title if named else "what was shown"
        text = f"I do not know the {label} of {whose}, so “{words}” has nothing to go by."
        return session, [Notice("critique_without_reference", text)]
    middle = float(np.median(known))
    if named:
        middle = min(known) if direction < 0 else max(known)
    bound = float(np.ceil(middle) - 1 if direction < 0 else np.floor(middle) + 1)
    target = RangeTarget(facet, None, bound) if direction < 0 else RangeTarget(facet, bound, None)
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
    session, _ = add_preference(session, "+", "must", target, words, turn)
    return session, []


def _take_back(session: Session, reading: Reading, catalog: Catalog, turn: int) -> Remembered:
    """ "Forget what I said about comedies", "the runtime doesn't matter", or a plain "undo that"."""
    if reading.forget or reading.forget_facets:
        gone = [p for p in session.wishes if _concerns(p, reading.forget, reading.forget_facets)]
        if not gone:
            return Remembered(session, (Notice("nothing_to_undo", "I had no such wish on record."),))
        said = "; ".join(describe_wish(p, catalog) for p in gone)
        return Remembered(
            withdraw(session, (p.id for p in gone), turn), (Notice("wish_withdrawn", f"Forgotten: {said}."),)
        )
    pressed = [e for e in session.live_events if e.source == "button"]
    if pressed and pressed[-1].turn == turn - 1:
        return Remembered(undo_button(session, pressed[-1], turn), (_undone_button(pressed[-1], catalog),))
    changed = [p.turn for p in session.wishes] + [e.turn for e in session.live_events]
    changed += [
        p.withdrawn_turn for p in session.preferences if p.withdrawn_turn is not None and p.active is False
    ]
    last = max((t for t in changed if not _is_undo(session, t)), default=0)
    if last == 0:
        return Remembered(session, (Notice("nothing_to_undo", "There is nothing to take back."),))
    said_then = next((t.utterance for t in session.turns if t.number == last), "")
    short = said_then if len(said_then) <= 60 else said_then[:57] + "…"
    return Remembered(undo_turn(session, last, turn), (Notice("undone", f"Taken back: “{short}”."),))


def _undone_button(event: Event, catalog: Catalog) -> Notice:
    return Notice("undone", f"Taken back: what you pressed for {catalog.item(event.item_id).title}.")


def _is_undo(session: Session, number: int) -> bool:
    return any(t.number == number and t.intent == "undo" for t in session.turns)


def _concerns(preference: Preference, targets: Sequence[Target], facets: Sequence[str]) -> bool:
    target = preference.target
    if isinstance(target, FacetTarget) and set(target.facets) & set(facets):
        return True
    if isinstance(target, RangeTarget) and target.facet in facets:
        return True
    probe = [Preference(0, preference.polarity, preference.strength, t, "", 0) for t in targets]
    return any(contradicts(p, preference) for p in probe)
