"""What lasts of a person: tastes go from session to session, wishes of one evening do not, and users stay apart."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.preferences import FacetTarget, ItemTarget, KeywordTarget
from memory.profile import Profile, mirrored, open_with_profile
from memory.session import (
    Session,
    Turn,
    add_event,
    add_preference,
    begin_change,
    clear,
    drop_empty_change,
    last_change,
    undo,
    withdraw,
)
from memory.store import SessionStore

WAR, HORROR = FacetTarget(("genre",), ("War",)), FacetTarget(("genre",), ("Horror",))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    store = SessionStore(f"sqlite:///{tmp_path / 'sessions.db'}")
    yield store
    store.close()


def _begin(store: SessionStore, session_id: str, user: str) -> tuple[Session, Session]:
    stored = Session(session_id, catalog="demo", user=user)
    return stored, open_with_profile(stored, store.profile(user, "demo"))


def _say(session: Session, target: Any, polarity: Any = "-", lasting: bool = True) -> Session:
    session = begin_change(session, "said", "as said")
    strength = "never" if polarity == "-" else "must"
    session, _ = add_preference(session, polarity, strength, target, "as said", lasting)  # type: ignore[arg-type]
    return replace(session, turns=(*session.turns, Turn(session.next_turn, "said", "recommend", "", (), 0.0)))


def test_a_taste_is_there_in_the_next_session_and_a_wish_of_tonight_is_not(store: SessionStore) -> None:
    stored, session = _begin(store, "first", "ann")
    later = _say(_say(session, HORROR), KeywordTarget("heist"), "+", lasting=False)
    later = add_event(begin_change(later, "button", ""), "i1", "liked", "button", 1.0, lasting=True)
    store.save(later, stored)
    _, second = _begin(store, "second", "ann")
    assert [p.target for p in second.wishes] == [HORROR]
    assert all(p.lasting for p in second.wishes)
    assert second.sequence() == ("i1",)


def test_one_users_tastes_never_reach_another_nor_a_session_of_nobody(store: SessionStore) -> None:
    stored, session = _begin(store, "s", "ann")
    store.save(_say(session, HORROR), stored)
    assert store.profile("bob", "demo") == Profile("bob", "demo")
    assert store.profile("ann", "shoes") == Profile("ann", "shoes")
    anonymous = Session("t", catalog="demo")
    store.save(_say(anonymous, WAR), anonymous)
    assert store.profile("", "demo") == Profile("", "demo")


def test_what_is_taken_back_leaves_the_profile_too(store: SessionStore) -> None:
    stored, session = _begin(store, "s", "ann")
    said = _say(session, HORROR)
    store.save(said, stored)
    removed = withdraw(begin_change(said, "removed", ""), [said.wishes[0].id])
    store.save(removed, said)
    assert store.profile("ann", "demo").preferences == ()
    change = last_change(removed)
    assert change is not None
    store.save(undo(removed, change, ""), removed)
    assert [p.target for p in store.profile("ann", "demo").preferences] == [HORROR]


def test_a_wish_for_tonight_sets_a_taste_aside_and_leaves_it_in_the_profile(store: SessionStore) -> None:
    stored, session = _begin(store, "s", "ann")
    said = _say(session, HORROR)
    store.save(said, stored)
    tonight = _say(said, HORROR, "+", lasting=False)
    assert [p.polarity for p in tonight.wishes] == ["+"]
    store.save(tonight, said)
    assert [p.polarity for p in store.profile("ann", "demo").preferences] == ["-"]


def test_a_new_taste_takes_the_place_of_the_one_it_contradicts(store: SessionStore) -> None:
    stored, session = _begin(store, "s", "ann")
    said = _say(session, HORROR)
    store.save(said, stored)
    changed = _say(said, HORROR, "+")
    store.save(changed, said)
    assert [p.polarity for p in store.profile("ann", "demo").preferences] == ["+"]


def test_two_sessions_at_once_add_to_one_profile(store: SessionStore) -> None:
    (a_stored, a), (b_stored, b) = _begin(store, "a", "ann"), _begin(store, "b", "ann")
    store.save(_say(a, HORROR), a_stored)
    store.save(_say(b, WAR), b_stored)
    assert [p.target for p in store.profile("ann", "demo").preferences] == [HORROR, WAR]


def test_a_forgotten_user_leaves_nothing(store: SessionStore) -> None:
    stored, session = _begin(store, "s", "ann")
    store.save(_say(session, HORROR), stored)
    other_stored, other = _begin(store, "o", "bob")
    store.save(_say(other, WAR), other_stored)
    assert store.delete_user("ann")
    assert not store.delete_user("ann")
    assert store.session_ids() == ["o"]
    assert store.profile("ann", "demo") == Profile("ann", "demo")
    assert [p.target for p in store.profile("bob", "demo").preferences] == [WAR]


STEPS = st.lists(
    st.tuples(st.sampled_from([WAR, HORROR, KeywordTarget("gore")]), st.sampled_from("+-"), st.booleans()),
    max_size=8,
)


@given(steps=STEPS)
def test_a_profile_holds_only_what_was_said_to_last_and_nothing_twice(steps: list[Any]) -> None:
    profile = Profile("ann", "demo")
    session = Session("s", catalog="demo", user="ann")
    for target, polarity, lasting in steps:
        after = _say(session, target, polarity, lasting)
        profile = mirrored(profile, session, after)
        session = after
    said = {(t, p) for t, p, lasting in steps if lasting}
    held = [(p.target, p.polarity) for p in profile.preferences]
    assert set(held) <= said
    assert len({t for t, _ in held}) == len(held)
    assert all(p.lasting for p in open_with_profile(Session("n", user="ann"), profile).wishes)


def test_starting_over_leaves_a_known_users_tastes() -> None:
    session = _say(_say(Session("s", user="ann"), HORROR), KeywordTarget("heist"), "+", lasting=False)
    cleared = clear(begin_change(session, "said", "start over"), keep_lasting=True)
    assert [p.target for p in cleared.wishes] == [HORROR]
    assert mirrored(Profile("ann", ""), session, cleared) == Profile("ann", "")


HEAT = ItemTarget("heat", "Heat")


def _feel(session: Session, kind: Any, at: float) -> Session:
    """A button pressed on Heat: the feeling, and the wish for its like, or the lasting refusal, that follows."""
    session = add_event(begin_change(session, "button", ""), HEAT.item_id, kind, "button", at, lasting=True)
    liked = kind == "liked"
    polarity, strength = ("+", "prefer") if liked else ("-", "never")
    return add_preference(session, polarity, strength, HEAT, "", lasting=not liked)[0]  # type: ignore[arg-type]


def _undone(session: Session) -> Session:
    change = last_change(session)
    assert change is not None
    return undo(session, change, "")


def _walk(*states: Session) -> Profile:
    """The profile after a session went through these states."""
    profile = Profile("ann", "demo")
    for before, after in pairwise(states):
        profile = mirrored(profile, before, after)
    return profile


BEGUN = Session("s", catalog="demo", user="ann")


def test_undoing_a_like_said_twice_leaves_the_first() -> None:
    once = _feel(BEGUN, "liked", 1.0)
    twice = _feel(once, "liked", 2.0)
    assert [(e.kind, e.at) for e in _walk(BEGUN, once, twice).events] == [("liked", 2.0)]
    assert [(e.kind, e.at) for e in _walk(BEGUN, once, twice, _undone(twice)).events] == [("liked", 1.0)]


def test_the_latest_feeling_for_an_item_is_the_profiles_latest() -> None:
    liked = _feel(BEGUN, "liked", 1.0)
    disliked = _feel(liked, "disliked", 2.0)
    again = _feel(disliked, "liked", 3.0)
    assert [e.kind for e in _walk(BEGUN, liked, disliked, again).events] == ["disliked", "liked"]
    back = _undone(again)
    assert [e.kind for e in _walk(BEGUN, liked, disliked, again, back).events] == ["liked", "disliked"]


def test_liking_a_refused_item_after_all_takes_the_refusal_out_of_the_profile() -> None:
    refused = _feel(BEGUN, "disliked", 1.0)
    assert [p.target for p in _walk(BEGUN, refused).preferences] == [HEAT]
    liked = _feel(refused, "liked", 2.0)
    assert _walk(BEGUN, refused, liked).preferences == ()
    assert [p.target for p in _walk(BEGUN, refused, liked, _undone(liked)).preferences] == [HEAT]
    elsewhere = _feel(BEGUN, "liked", 2.0)  # in a session that never knew of the refusal
    assert mirrored(_walk(BEGUN, refused), BEGUN, elsewhere).preferences == ()


def test_a_taste_taken_back_by_a_sessions_first_message_leaves_the_profile(store: SessionStore) -> None:
    stored, session = _begin(store, "first", "ann")
    store.save(_say(session, HORROR), stored)
    stored, session = _begin(store, "second", "ann")
    taken_back = withdraw(begin_change(session, "said", "forget the horror"), [session.wishes[0].id])
    store.save(taken_back, stored)
    assert store.profile("ann", "demo").preferences == ()


def _forgotten(session: Session) -> Session:
    return drop_empty_change(clear(begin_change(session, "forgotten", "forget everything about me")))


def test_to_forget_all_takes_what_was_set_aside_and_what_other_sessions_stored(store: SessionStore) -> None:
    (a_stored, a), (b_stored, b) = _begin(store, "a", "ann"), _begin(store, "b", "ann")
    store.save(_feel(_say(b, WAR), "liked", 1.0), b_stored)
    aside = _say(_say(a, HORROR), HORROR, "+", lasting=False)
    store.save(aside, a_stored)
    assert len(store.profile("ann", "demo").preferences) == 2
    forgotten = _forgotten(aside)
    store.save(forgotten, aside)
    assert store.profile("ann", "demo") == Profile("ann", "demo")
    started_over = clear(begin_change(forgotten, "said", "start over"), keep_lasting=True)
    assert started_over.wishes == ()
    store.save(started_over, forgotten)
    assert store.profile("ann", "demo") == Profile("ann", "demo")


def test_a_session_that_knows_nothing_forgets_the_profile_all_the_same(store: SessionStore) -> None:
    (a_stored, a), (b_stored, b) = _begin(store, "a", "ann"), _begin(store, "b", "ann")
    store.save(_say(a, HORROR), a_stored)
    store.save(_forgotten(b), b_stored)
    assert store.profile("ann", "demo") == Profile("ann", "demo")


def test_what_is_said_to_last_after_all_was_forgotten_lasts() -> None:
    hates = _say(BEGUN, HORROR)
    after, _ = add_preference(_forgotten(hates), "-", "never", HORROR, "but no horror", True)
    assert [p.text for p in _walk(BEGUN, hates, after).preferences] == ["but no horror"]


def test_undoing_the_forgetting_brings_the_sessions_tastes_back() -> None:
    aside = _say(_say(BEGUN, HORROR), HORROR, "+", lasting=False)
    forgotten = _forgotten(aside)
    back = _undone(forgotten)
    assert back.wishes == aside.wishes
    assert [p.target for p in _walk(BEGUN, aside, forgotten, back).preferences] == [HORROR]


def test_a_taste_set_aside_for_tonight_holds_again_after_starting_over() -> None:
    hates = _say(BEGUN, HORROR)
    tonight = _say(hates, HORROR, "+", lasting=False)
    over = clear(begin_change(tonight, "said", "start over"), keep_lasting=True)
    assert [(p.target, p.polarity, p.lasting) for p in over.wishes] == [(HORROR, "-", True)]
    profile = _walk(BEGUN, hates)
    back = _undone(over)
    assert back.wishes == tonight.wishes
    for states in ((BEGUN, hates, tonight, over), (BEGUN, hates, tonight, over, back)):
        assert _walk(*states) == profile


def test_a_taste_taken_back_after_it_was_set_aside_does_not_come_back() -> None:
    hates = _say(BEGUN, HORROR)
    tonight = _say(hates, HORROR, "+", lasting=False)
    loves = _say(tonight, HORROR, "+")
    gone = withdraw(begin_change(loves, "removed", ""), [loves.wishes[-1].id])
    over = clear(begin_change(gone, "said", "start over"), keep_lasting=True)
    assert over.wishes == ()
    assert _walk(BEGUN, hates, tonight, loves, gone, over).preferences == ()


def test_a_catalogue_that_lost_a_facet_takes_no_taste_out_of_the_profile() -> None:
    hates = _say(BEGUN, HORROR)
    lost = withdraw(begin_change(hates, "catalog", ""), [hates.wishes[0].id])
    assert [p.target for p in _walk(BEGUN, hates, lost).preferences] == [HORROR]
    over = clear(begin_change(lost, "said", "start over"), keep_lasting=True)
    assert over.wishes == ()
    assert [p.target for p in _walk(BEGUN, hates, lost, over).preferences] == [HORROR]


WALKS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([WAR, HORROR]), st.sampled_from("+-"), st.booleans()),
        st.tuples(st.sampled_from(["liked", "disliked"])),
        st.sampled_from(["undo", "start over", "forget all", "remove"]),
    ),
    max_size=10,
)


@given(steps=WALKS)
def test_the_profile_of_one_session_is_what_the_next_session_would_be_told_by_it(steps: list[Any]) -> None:
    """Undo included: after it the profile is what it was before the change."""
    session, profile = BEGUN, Profile("ann", "demo")
    profiles = []
    for at, step in enumerate(steps):
        if step == "undo":
            if last_change(session) is None:
                continue
            after, expected = _undone(session), profiles.pop()
        else:
            after, expected = drop_empty_change(_stepped(session, step, float(at))), None
            if len(after.changes) > len(session.changes):
                profiles.append(profile)
        profile = mirrored(profile, session, after)
        session = after
        if expected is not None:
            assert _contents(profile) == _contents(expected)
        assert {p.target for p in session.wishes if p.lasting} <= {p.target for p in profile.preferences}
        live = {(e.item_id, e.kind) for e in session.live_events}
        assert {(e.item_id, e.kind) for e in profile.events} == live
    told = open_with_profile(BEGUN, profile)
    assert told.sequence() == session.sequence()


def _stepped(session: Session, step: Any, at: float) -> Session:
    match step:
        case "start over":
            return clear(begin_change(session, "said", ""), keep_lasting=True)
        case "forget all":
            return _forgotten(session)
        case "remove":
            return withdraw(begin_change(session, "removed", ""), [p.id for p in session.wishes[:1]])
        case (kind,):
            return _feel(session, kind, at)
    return _say(session, *step)


def _contents(profile: Profile) -> Any:
    return {(p.target, p.polarity) for p in profile.preferences}, profile.events
