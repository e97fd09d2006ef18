"""The profile: what lasts of a person beyond one session, in one catalogue. Tastes, and what they have met with.

A session of a known user begins with the profile's tastes and events as its own; what it adds to them or takes back of
them is mirrored into the profile when the turn is saved. A wish about tonight that goes against a taste sets it aside in
the session and leaves the profile as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from memory.preferences import Preference, Target, contradicts
from memory.session import Event, Session, add_event, add_preference, begin_change, refuses, set_aside


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
    """The profile after a session went from one state to another.

    A taste set aside for tonight, or by a catalogue that lost its facet, stays in it. "Forget everything about me"
    empties it, whichever sessions it came from.
    """
    new = after.changes[len(before.changes) :]
    opened = {c.id for c in new if c.kind == "profile"}  # what these brought was in the profile already
    said = {c.id for c in new} - opened
    forgotten = any(c.kind == "forgotten" for c in new)
    if forgotten:
        profile = replace(profile, preferences=(), events=())

    met = {e.id for e in before.live_events} | {e.id for e in after.events if e.change in opened}
    live = [e for e in after.live_events if e.lasting]
    new_events = [e for e in live if e.id not in met]
    gone_events = [e for e in after.events if e.lasting and e.id in met and e.withdrawn is not None]
    events = _with_events(profile.events, live, {_met(e) for e in new_events + gone_events})

    known = () if forgotten else (*_tastes(before), *(p for p in after.preferences if p.change in opened))
    known_tastes, held = {_said(p) for p in known}, _tastes(after)
    lost = known_tastes - {_said(p) for p in held}
    liked = [e.item_id for e in new_events if e.kind == "liked"]
    preferences = [
        p for p in profile.preferences if _said(p) not in lost and not any(refuses(p, i) for i in liked)
    ]
    came = [p for p in held if p.change in said or _said(p) not in known_tastes]
    for taste in came:
        if _said(taste) not in {_said(p) for p in preferences}:
            preferences = [p for p in preferences if not contradicts(taste, p)]
            preferences.append(replace(taste, id=0, turn=0, change=0, withdrawn=None))
    return replace(profile, preferences=tuple(preferences), events=events)


def _tastes(session: Session) -> tuple[Preference, ...]:
    """The tastes that a session knows of, those set aside included, in the order they were said."""
    aside = set_aside(session, by_catalog=True)
    return tuple(p for p in session.preferences if p.lasting and (p.active or p in aside))


def _said(taste: Preference) -> tuple[Target, str, str, bool]:
    """What two tastes have in common that say the same."""
    return taste.target, taste.polarity, taste.strength, taste.insisted


def _met(event: Event) -> tuple[str, str]:
    return event.item_id, event.kind


def _with_events(
    stored: Iterable[Event], live: Iterable[Event], changed: set[tuple[str, str]]
) -> tuple[Event, ...]:
    """The stored events with the changed ones as the session has them now: an item's latest feeling comes last."""
    latest: dict[tuple[str, str], Event] = {}
    for event in live:
        if _met(event) in changed:
            latest.pop(_met(event), None)
            latest[_met(event)] = replace(event, id=0, turn=0, change=0, withdrawn=None)
    kept = [e for e in stored if _met(e) not in changed]
    return tuple(sorted([*kept, *latest.values()], key=lambda e: e.at))
