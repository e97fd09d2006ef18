"""Takes back what was said: wishes that are named to be forgotten, or the last change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.answer import Notice
from agent.parsing import Reading
from agent.replies.describing import describe_wish
from memory.preferences import (
    ItemTarget,
    KeywordTarget,
    Preference,
    RangeTarget,
    Target,
    contradicts,
    facets_of,
)
from memory.session import Change, Session, last_change, undo, withdraw, withdraw_events
from tools.catalog import Catalog


@dataclass(frozen=True)
class Remembered:
    """The session after the message was taken in, and what the person should know of that."""

    session: Session
    notices: tuple[Notice, ...] = ()


def forget_wishes(session: Session, gone: Iterable[Preference]) -> Session:
    """The session without these wishes, and without what was said of the items they are about."""
    gone = list(gone)
    items = {p.target.item_id for p in gone if isinstance(p.target, ItemTarget)}
    session = withdraw(session, (p.id for p in gone))
    return withdraw_events(session, (e.id for e in session.live_events if e.item_id in items))


def take_back_besides(session: Session, reading: Reading, catalog: Catalog) -> tuple[Session, list[Notice]]:
    """ "Forget Tarantino. Something by Spielberg": the first half."""
    if reading.intent == "undo" or not (reading.forget or reading.forget_facets):
        return session, []
    gone = _named_wishes(session, reading, catalog)
    if not gone:
        return session, []
    said = "; ".join(describe_wish(p, catalog) for p in gone)
    return forget_wishes(session, gone), [Notice("wish_withdrawn", f"Forgotten: {said}.")]


def take_back(session: Session, reading: Reading, catalog: Catalog) -> Remembered:
    """ "Forget what I said about comedies", "the runtime doesn't matter", "forget that I liked Heat"."""
    gone = _named_wishes(session, reading, catalog)
    if not gone:
        return Remembered(session, (Notice("nothing_to_undo", "I had no such wish on record."),))
    said = "; ".join(describe_wish(p, catalog) for p in gone)
    return Remembered(forget_wishes(session, gone), (Notice("wish_withdrawn", f"Forgotten: {said}."),))


def _named_wishes(session: Session, reading: Reading, catalog: Catalog) -> list[Preference]:
    """The wishes that a message names to be forgotten."""
    items = {catalog.items[row].id for row in reading.forget_items}
    gone = [
        p
        for p in session.wishes
        if concerns(p, reading.forget, reading.forget_facets)
        or (isinstance(p.target, ItemTarget) and p.target.item_id in items)
    ]
    named = {(p.text, p.change) for p in gone if isinstance(p.target, ItemTarget)}
    # "no Titanic" refused the film and the theme
    gone += [p for p in session.wishes if (p.text, p.change) in named and p not in gone]
    exact = {t.facet: t for p in gone if isinstance(t := p.target, RangeTarget) and t in reading.forget}
    # of two bounds on one number the one that is named
    return [
        p
        for p in gone
        if not isinstance(p.target, RangeTarget) or exact.get(p.target.facet, p.target) == p.target
    ]


def undo_last(session: Session, catalog: Catalog, words: str) -> Remembered:
    """A plain "undo that": the state before the last change that still stands."""
    change = last_change(session)
    if change is None:
        return Remembered(session, (Notice("nothing_to_undo", "There is nothing to take back."),))
    return Remembered(
        undo(session, change, words),
        (Notice("undone", f"Taken back: {change_in_words(session, change, catalog)}."),),
    )


def change_in_words(session: Session, change: Change, catalog: Catalog) -> str:
    """What a change was, for the person who takes it back."""
    if change.kind in ("said", "forgotten"):
        return f"“{change.words if len(change.words) <= 60 else change.words[:57] + '…'}”"
    pressed = next((e for e in session.events if e.change == change.id), None)
    if change.kind == "button" and pressed is not None and pressed.item_id in catalog.rows:
        return f"what you pressed for {catalog.item(pressed.item_id).title}"
    gone = [describe_wish(p, catalog) for p in session.preferences if p.withdrawn == change.id]
    return f"{'the change of' if change.kind == 'edited' else 'the removal of'} {'; '.join(gone) or 'a wish'}"


def concerns(preference: Preference, targets: Sequence[Target], facets: Sequence[str]) -> bool:
    """Whether a wish is about one of these targets or facets."""
    if set(facets_of(preference.target)) & set(facets):
        return True
    probe = [Preference(0, preference.polarity, preference.strength, t, "", 0) for t in targets]
    return any(contradicts(p, preference) or _same_theme(p.target, preference.target) for p in probe)


def _same_theme(said: Target, kept: Target) -> bool:
    """Whether two free themes share their telling words: "forget the robots" means "a film about robots"."""
    if not (isinstance(said, KeywordTarget) and isinstance(kept, KeywordTarget)):
        return False
    a, b = (set(t.phrase.lower().replace("-", " ").split()) for t in (said, kept))
    return bool(a) and (a <= b or b <= a)
