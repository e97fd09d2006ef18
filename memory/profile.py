"""The profile: what lasts of a person beyond one session, in one catalogue. Tastes, and what they have met with.

A session of a known user begins with the profile's tastes and events as its own; what it adds to them or takes back of
them is mirrored into the profile when the turn is saved. A wish about tonight that goes against a taste sets it aside in
the session and leaves the profile as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from memory.preferences import Preference, contradicts
from memory.session import Event, Session, add_event, add_preference, begin_change


@dataclass(frozen=True)
class Profile:
    """Lasting preferences and events of one user with one catalogue, oldest first. Ids and changes in them mean nothing."""

    user: str
    catalog: str
    preferences: tuple[Preference, ...] = ()
    events: tuple[Event, ...] = ()


def open_with_profile(session: Session, profile: Profile) -> Session:
    """A new session that knows what lasts of its user."""
    if not profile.preferences and not profile.events:
        return session
    session = begin_change(session, "profile", "")
    for event in profile.events:
        session = add_event(session, event.item_id, event.kind, event.source, event.at, lasting=True)
    for p in profile.preferences:
        session, _ = add_preference(session, p.polarity, p.strength, p.target, p.text, True, p.insisted)
    return session


def mirrored(profile: Profile, before: Session, after: Session) -> Profile:
    """The profile after a session went from one state to another."""
    live_before = {p.id for p in before.wishes}
    came = [p for p in after.wishes if p.lasting and p.id not in live_before]
    went = [p for p in before.wishes if p.lasting and not after.preferences[p.id - 1].active]
    went = [p for p in went if not _set_aside(p, after)]
    preferences = [p for p in profile.preferences if not any(_same(p, gone) for gone in went)]
    for new in came:
        if not any(_same(new, p) for p in preferences):
            preferences = [p for p in preferences if not contradicts(new, p)]
            preferences.append(replace(new, id=0, turn=0, change=0, withdrawn=None))
    events_before = {e.id for e in before.live_events}
    new_events = [e for e in after.live_events if e.lasting and e.id not in events_before]
    gone_events = [
        e for e in before.live_events if e.lasting and after.events[e.id - 1].withdrawn is not None
    ]
    events = _without(profile.events, gone_events)
    known = {(e.item_id, e.kind) for e in events}
    events += [
        replace(e, id=0, turn=0, change=0, withdrawn=None)
        for e in new_events
        if (e.item_id, e.kind) not in known
    ]
    return replace(profile, preferences=tuple(preferences), events=tuple(events))


def _same(a: Preference, b: Preference) -> bool:
    return a.target == b.target and a.polarity == b.polarity


def _set_aside(taste: Preference, session: Session) -> bool:
    """Whether a taste gave way to a wish about tonight."""
    return any(not p.lasting and contradicts(p, taste) for p in session.wishes)


def _without(events: Iterable[Event], gone: Iterable[Event]) -> list[Event]:
    taken = {(e.item_id, e.kind) for e in gone}
    return [e for e in events if (e.item_id, e.kind) not in taken]
