"""Sessions are values: every change gives a new one, nothing is lost, and undo restores the exact earlier state."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.preferences import (
    FacetTarget,
    ItemTarget,
    KeywordTarget,
    RangeTarget,
    target_from_json,
    target_json,
)
from memory.session import Session, Turn, add_event, add_preference, clear, undo_turn, withdraw

ITEMS = [f"i{n}" for n in range(5)]
TARGETS = st.one_of(
    st.sampled_from(ITEMS).map(lambda i: ItemTarget(i, f"Title of {i}")),
    st.builds(
        FacetTarget,
        st.sampled_from([("genre",), ("country", "language")]),
        st.sampled_from([("War",), ("War", "Crime"), ("Crime",), ("French",)]),
    ),
    st.builds(RangeTarget, st.sampled_from(["year", "price"]), st.none() | st.just(1990.0), st.just(1999.0)),
    st.sampled_from(["heist", "Heist", "a robbery that goes wrong"]).map(KeywordTarget),
)
CHANGES = st.one_of(
    st.tuples(
        st.just("event"),
        st.sampled_from(ITEMS),
        st.sampled_from(["liked", "disliked", "seen", "rejected", "accepted", "asked_about"]),
    ),
    st.tuples(
        st.just("wish"),
        st.sampled_from("+-"),
        st.sampled_from(["must", "prefer", "avoid", "never"]),
        TARGETS,
    ),
    st.tuples(st.just("withdraw"), st.integers(1, 12)),
    st.tuples(st.just("clear")),
)
TURNS = st.lists(st.lists(CHANGES, max_size=4), max_size=8)


def _play(session: Session, changes: list[Any]) -> Session:
    """The session after one turn of changes."""
    number = session.next_turn
    for kind, *what in changes:
        if kind == "event":
            session = add_event(session, what[0], what[1], "dialogue", number, 1.0 * number)
        elif kind == "wish":
            session, _ = add_preference(session, what[0], what[1], what[2], "as said", number)
        elif kind == "withdraw":
            session = withdraw(session, [what[0]], number)
        else:
            session = clear(session, number)
    return _said(session)


def _said(session: Session) -> Session:
    turn = Turn(session.next_turn, "said", "recommend", "reply", (), 0.0)
    return Session(session.id, (*session.turns, turn), session.events, session.preferences, session.catalog)


def _state(session: Session) -> Any:
    """All that a later turn can depend on."""
    return session.wishes, session.live_events, session.sequence(), session.items_with(["liked", "seen"])


@given(turns=TURNS, last=st.lists(CHANGES, max_size=6))
def test_undo_restores_the_state_exactly(turns: list[Any], last: list[Any]) -> None:
    before = Session("s")
    for changes in turns:
        before = _play(before, changes)
    after = _play(before, last)
    undone = undo_turn(after, after.turns[-1].number, after.next_turn)
    assert _state(undone) == _state(before)


@given(turns=st.lists(st.lists(CHANGES, min_size=1, max_size=3), min_size=1, max_size=6))
def test_undoing_every_turn_leads_back_to_nothing(turns: list[Any]) -> None:
    states = [Session("s")]
    for changes in turns:
        states.append(_play(states[-1], changes))
    session = states[-1]
    for number in range(len(turns), 0, -1):
        session = undo_turn(session, number, len(turns) + 1)
        assert _state(session) == _state(states[number - 1])


@given(turns=TURNS)
def test_nothing_said_is_ever_deleted(turns: list[Any]) -> None:
    session = Session("s")
    for changes in turns:
        after = _play(session, changes)
        assert [e.id for e in after.events][: len(session.events)] == [e.id for e in session.events]
        assert [p.target for p in after.preferences][: len(session.preferences)] == [
            p.target for p in session.preferences
        ]
        session = after


@given(turns=TURNS)
def test_no_two_live_wishes_contradict(turns: list[Any]) -> None:
    session = Session("s")
    for changes in turns:
        session = _play(session, changes)
    ranges = [p.target.facet for p in session.wishes if isinstance(p.target, RangeTarget)]
    items = [p.target.item_id for p in session.wishes if isinstance(p.target, ItemTarget)]
    assert len(ranges) == len(set(ranges))
    assert len(items) == len(set(items))


@given(target=TARGETS)
def test_a_target_comes_back_from_json(target: Any) -> None:
    kinds = {ItemTarget: "item", FacetTarget: "facet", RangeTarget: "range", KeywordTarget: "keyword"}
    assert target_from_json(kinds[type(target)], target_json(target)) == target


def test_an_unknown_kind_of_target_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        target_from_json("colour", "red")


def test_a_session_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Session("s").id = "t"  # type: ignore[misc]


def test_a_change_leaves_the_earlier_session_as_it_was() -> None:
    first = add_event(Session("s"), "i1", "liked", "dialogue", 1, 0.0)
    add_event(first, "i2", "liked", "dialogue", 1, 0.0)
    clear(first, 1)
    assert first.sequence() == ("i1",)


def test_the_later_range_on_a_facet_replaces_the_earlier() -> None:
    session, _ = add_preference(Session("s"), "+", "must", RangeTarget("year", 1990, 1999), "90s", 1)
    session, replaced = add_preference(session, "+", "must", RangeTarget("year", 1980, 1989), "80s", 2)
    assert [p.text for p in replaced] == ["90s"]
    assert [p.text for p in session.wishes] == ["80s"]


def test_the_sequence_holds_what_was_met_with_in_order_and_not_what_was_disliked() -> None:
    session = Session("s")
    for item, kind in (
        ("a", "liked"),
        ("b", "disliked"),
        ("c", "seen"),
        ("a", "asked_about"),
        ("d", "rejected"),
    ):
        session = add_event(session, item, kind, "dialogue", 1, 0.0)  # type: ignore[arg-type]
    assert session.sequence() == ("a", "c")


def test_an_items_latest_event_places_it() -> None:
    session = Session("s")
    for item, kind in (("a", "liked"), ("b", "liked"), ("a", "seen"), ("b", "disliked")):
        session = add_event(session, item, kind, "dialogue", 1, 0.0)  # type: ignore[arg-type]
    assert session.sequence() == ("a",)


def test_the_last_slate_is_the_latest_that_held_something() -> None:
    turns = (
        Turn(1, "", "recommend", "", ("a",), 0.0),
        Turn(2, "", "recommend", "", ("b", "c"), 0.0),
        Turn(3, "", "thanks", "", (), 0.0),
    )
    assert Session("s", turns).last_slate == ("b", "c")
    assert Session("s").last_slate == ()
