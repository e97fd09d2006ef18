"""What lasts of a person: tastes go from session to session, wishes of one evening do not, and users stay apart."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.preferences import FacetTarget, KeywordTarget
from memory.profile import Profile, mirrored, open_with_profile
from memory.session import (
    Session,
    Turn,
    add_event,
    add_preference,
    begin_change,
    clear,
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
