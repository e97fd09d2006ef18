"""Sessions are values: every change gives a new one, nothing is lost, and undo restores the exact earlier state."""

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.preferences import (
    CritiqueTarget,
    FacetTarget,
    ItemTarget,
    KeywordTarget,
    RangeTarget,
    target_from_json,
    target_json,
)
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
    st.builds(CritiqueTarget, st.sampled_from(["dark", ""]), st.sampled_from([-1, 1]), st.just(("i1", "i2"))),
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
        st.booleans(),
    ),
    st.tuples(st.just("withdraw"), st.integers(1, 12)),
    st.tuples(st.just("clear"), st.booleans()),
)
TURNS = st.lists(st.lists(CHANGES, max_size=4), max_size=8)


KINDS = st.sampled_from(["said", "forgotten", "button", "removed", "edited"])


def _play(session: Session, changes: list[Any], kind: str = "said") -> Session:
    """The session after one change: a message, or a button between two messages."""
    session = begin_change(session, kind, "as said")  # type: ignore[arg-type]
    for what, *given_ in changes:
        if what == "event":
            session = add_event(session, given_[0], given_[1], "dialogue", 1.0)
        elif what == "wish":
            session, _ = add_preference(session, given_[0], given_[1], given_[2], "as said", given_[3])
        elif what == "withdraw":
            session = withdraw(session, [given_[0]])
        else:
            session = clear(session, keep_lasting=given_[0])
    session = drop_empty_change(session)
    return _said(session) if kind == "said" else session


def _said(session: Session) -> Session:
    turn = Turn(session.next_turn, "said", "recommend", "reply", (), 0.0)
    return replace(session, turns=(*session.turns, turn))


def _state(session: Session) -> Any:
    """All that a later turn can depend on."""
    return session.wishes, session.live_events, session.sequence(), session.items_with(["liked", "seen"])


STEPS = st.lists(st.tuples(st.lists(CHANGES, min_size=1, max_size=4), KINDS), max_size=8)


@given(steps=STEPS, last=st.lists(CHANGES, min_size=1, max_size=6), kind=KINDS)
def test_undo_restores_the_state_exactly(steps: list[Any], last: list[Any], kind: str) -> None:
    before = Session("s")
    for changes, how in steps:
        before = _play(before, changes, how)
    after = _play(before, last, kind)
    change = last_change(after)
    if len(after.changes) == len(before.changes):
        return  # nothing was altered
    assert change is not None
    assert _state(undo(after, change, "undo")) == _state(before)


@given(steps=STEPS)
def test_undoing_again_and_again_leads_back_to_nothing(steps: list[Any]) -> None:
    states = [Session("s")]
    for changes, how in steps:
        after = _play(states[-1], changes, how)
        if len(after.changes) > len(states[-1].changes):
            states.append(after)
        else:
            states[-1] = after
    session = states[-1]
    for earlier in reversed(states[:-1]):
        change = last_change(session)
        assert change is not None
        session = _said(undo(session, change, "undo"))
        assert _state(session) == _state(earlier)
    assert last_change(session) is None


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
    kinds = {
        ItemTarget: "item",
        FacetTarget: "facet",
        RangeTarget: "range",
        KeywordTarget: "keyword",
        CritiqueTarget: "critique",
    }
    assert target_from_json(kinds[type(target)], target_json(target)) == target


def test_an_unknown_kind_of_target_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        target_from_json("colour", "red")


def test_a_session_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Session("s").id = "t"  # type: ignore[misc]


def test_nothing_is_altered_before_a_change_was_begun() -> None:
    with pytest.raises(ValueError, match="change"):
        add_event(Session("s"), "i1", "liked", "dialogue", 0.0)


def test_a_change_leaves_the_earlier_session_as_it_was() -> None:
    first = add_event(begin_change(Session("s"), "said", ""), "i1", "liked", "dialogue", 0.0)
    add_event(first, "i2", "liked", "dialogue", 0.0)
    clear(first)
    assert first.sequence() == ("i1",)


def test_the_later_range_on_a_facet_replaces_the_earlier() -> None:
    session = begin_change(Session("s"), "said", "90s")
    session, _ = add_preference(session, "+", "must", RangeTarget("year", 1990, 1999), "90s")
    session = begin_change(session, "said", "80s")
    session, replaced = add_preference(session, "+", "must", RangeTarget("year", 1980, 1989), "80s")
    assert [p.text for p in replaced] == ["90s"]
    assert [p.text for p in session.wishes] == ["80s"]


def test_a_clean_slate_may_leave_tastes_alone() -> None:
    session = begin_change(Session("s"), "said", "")
    session, _ = add_preference(session, "-", "never", KeywordTarget("gore"), "i hate gore", lasting=True)
    session, _ = add_preference(session, "+", "prefer", KeywordTarget("heist"), "a heist")
    session = begin_change(session, "said", "start over")
    assert [p.text for p in clear(session, keep_lasting=True).wishes] == ["i hate gore"]
    assert clear(session).wishes == ()


def test_the_sequence_holds_what_was_met_with_in_order_and_not_what_was_disliked() -> None:
    session = begin_change(Session("s"), "said", "")
    for item, kind in (
        ("a", "liked"),
        ("b", "disliked"),
        ("c", "seen"),
        ("a", "asked_about"),
        ("d", "rejected"),
    ):
        session = add_event(session, item, kind, "dialogue", 0.0)  # type: ignore[arg-type]
    assert session.sequence() == ("a", "c")


def test_an_items_latest_event_places_it() -> None:
    session = begin_change(Session("s"), "said", "")
    for item, kind in (("a", "liked"), ("b", "liked"), ("a", "seen"), ("b", "disliked")):
        session = add_event(session, item, kind, "dialogue", 0.0)  # type: ignore[arg-type]
    assert session.sequence() == ("a",)


def test_the_last_slate_is_the_latest_that_held_something() -> None:
    turns = (
        Turn(1, "", "recommend", "", ("a",), 0.0),
        Turn(2, "", "recommend", "", ("b", "c"), 0.0),
        Turn(3, "", "thanks", "", (), 0.0),
    )
    assert Session("s", turns).last_slate == ("b", "c")
    assert Session("s").last_slate == ()
