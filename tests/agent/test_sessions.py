"""Between the turns: wishes listed, removed, edited and undone; what lasts of a user; one user's words never reach another."""

from typing import Any

import pytest

from agent.agent import Agent
from agent.editing import Edit
from memory.preferences import FacetTarget, RangeTarget
from memory.session import add_preference, begin_change
from tools.errors import UserInputError


def _state(agent: Agent, session_id: str) -> Any:
    session = agent.session(session_id)
    assert session is not None
    return session.wishes, session.live_events


def test_a_wish_is_edited_and_keeps_the_words_it_came_from(talk: Any) -> None:
    talk("italian in Porto under 30 euros")
    agent, session = talk.agent, talk.session
    wishes = {p.kind + str(p.target): p for p in agent.session(session).wishes}
    city = next(p for p in wishes.values() if getattr(p.target, "facets", ()) == ("city",))
    after = agent.edit(session, city.id, Edit(value="lisbon"))
    changed = after.wishes[-1]
    assert changed.target == FacetTarget(("city",), ("Lisbon",))
    assert changed.text == city.text
    price = next(p for p in after.wishes if isinstance(p.target, RangeTarget))
    after = agent.edit(session, price.id, Edit(strength="prefer", value={"min": 10}))
    assert after.wishes[-1].target == RangeTarget("price", 10.0, 30.0)
    assert after.wishes[-1].strength == "prefer"
    answer = talk("show me more")
    assert {agent.catalog.item(i.id).values("city")[0] for i in answer.slate} == {"Lisbon"}


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (Edit(), "nothing to change"),
        (Edit(strength="never"), "must and prefer"),
        (Edit(polarity="?"), "polarity"),
        (Edit(value="Prto"), "near: 'Porto'"),
        (Edit(value=[]), "one value or a list"),
        (Edit(value=7), "one value or a list"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_changes_nothing(talk: Any, edit: Edit, says: str) -> None:
    talk("somewhere in Porto")
    before = _state(talk.agent, talk.session)
    with pytest.raises(UserInputError, match=says):
        talk.agent.edit(talk.session, before[0][0].id, edit)
    assert _state(talk.agent, talk.session) == before


@pytest.mark.parametrize(
    "value", [{"min": 50, "max": 20}, {"min": None, "max": None}, {"low": 3}, {"max": "20"}, [1, 2]]
)
def test_a_range_is_edited_to_a_range_only(talk: Any, value: Any) -> None:
    talk("under 30 euros")
    (wish,) = talk.agent.session(talk.session).wishes
    with pytest.raises(UserInputError):
        talk.agent.edit(talk.session, wish.id, Edit(value=value))


def test_a_refusal_may_become_a_wish(talk: Any) -> None:
    talk("no mexican")
    (wish,) = talk.agent.session(talk.session).wishes
    after = talk.agent.edit(talk.session, wish.id, Edit(polarity="+"))
    assert [(p.polarity, p.strength) for p in after.wishes] == [("+", "must")]


def test_undo_takes_back_buttons_edits_and_removals_one_by_one(talk: Any) -> None:
    agent, session = talk.agent, talk.session
    states = []
    talk("italian in Porto")
    states.append(_state(agent, session))
    agent.react(session, agent.session(session).last_slate[0], "liked")
    states.append(_state(agent, session))
    wish = next(p for p in agent.session(session).wishes if p.kind == "facet")
    agent.edit(session, wish.id, Edit(strength="prefer"))
    states.append(_state(agent, session))
    agent.forget(session, agent.session(session).wishes[0].id)
    for before in reversed(states):
        assert _state(agent, session) != before
        agent.undo(session)
        assert _state(agent, session) == before
    talk("undo")
    assert agent.session(session).wishes == ()
    with pytest.raises(UserInputError, match="nothing to take back"):
        agent.undo(session)


def test_undo_says_what_it_took_back(talk: Any) -> None:
    talk("italian in Porto")
    agent, session = talk.agent, talk.session
    shown = agent.session(session).last_slate[0]
    agent.react(session, shown, "seen")
    assert agent.catalog.item(shown).title in agent.undo(session)[1]
    assert "italian in Porto" in agent.undo(session)[1]


def _say(agent: Agent, session: str, message: str, user: str) -> Any:
    return list(agent.reply(session, message, user))[-1].answer  # type: ignore[union-attr]


def test_tastes_last_from_session_to_session_of_one_user_only(opened: Any) -> None:
    agent = opened()
    _say(agent, "a1", "I hate mexican food, and italian in Porto tonight please", "ann")
    answer = _say(agent, "a2", "something cheap", "ann")
    assert [p.target.values for p in answer.preferences if p.lasting] == [("Mexican",)]
    assert not any("Italian" in getattr(p.target, "values", ()) for p in answer.preferences)
    assert all("Mexican" not in agent.catalog.item(i.id).values("cuisine") for i in answer.slate)
    for session, user in (("b1", "bob"), ("n1", "")):
        assert not any(p.lasting for p in _say(agent, session, "something cheap", user).preferences)
    assert agent.profile("bob")["preferences"] == []


def test_a_session_is_its_users_alone(opened: Any) -> None:
    agent = opened()
    _say(agent, "a1", "no sushi", "ann")
    with pytest.raises(UserInputError, match="not one of this user's"):
        _say(agent, "a1", "hello", "bob")


def test_forget_all_about_me_clears_the_profile_and_start_over_does_not(opened: Any) -> None:
    agent = opened()
    _say(agent, "a1", "I hate mexican food", "ann")
    _say(agent, "a1", "start over", "ann")
    assert len(agent.profile("ann")["preferences"]) == 1
    _say(agent, "a1", "forget everything about me", "ann")
    assert agent.profile("ann")["preferences"] == []


def test_a_wish_for_tonight_sets_a_taste_aside_and_says_so(opened: Any) -> None:
    agent = opened()
    _say(agent, "a1", "I hate mexican food", "ann")
    answer = _say(agent, "a1", "ok, tonight mexican", "ann")
    assert "taste_set_aside" in [n.code for n in answer.notices]
    assert all("Mexican" in agent.catalog.item(i.id).values("cuisine") for i in answer.slate)
    assert len(agent.profile("ann")["preferences"]) == 1


@pytest.mark.parametrize("rest", ["", " and find me something italian"])
def test_forget_all_about_me_takes_what_was_set_aside_and_what_other_sessions_know(
    opened: Any, rest: str
) -> None:
    agent = opened()
    _say(agent, "a1", "I hate mexican food", "ann")
    _say(agent, "a1", "ok, tonight mexican", "ann")
    _say(agent, "a2", "I hate sushi", "ann")
    assert len(agent.profile("ann")["preferences"]) == 2
    answer = _say(agent, "a1", f"forget everything about me{rest}", "ann")
    assert agent.profile("ann")["preferences"] == []
    assert [p.target.values for p in answer.preferences] == ([("Italian",)] if rest else [])
    assert "forget everything" in agent.undo("a1")[1]


def test_after_starting_over_a_taste_set_aside_holds_again(opened: Any) -> None:
    agent = opened()
    _say(agent, "a1", "I hate mexican food", "ann")
    _say(agent, "a1", "ok, tonight mexican", "ann")
    (taste,) = _say(agent, "a1", "start over", "ann").preferences
    assert (taste.target.values, taste.polarity, taste.lasting) == (("Mexican",), "-", True)


def test_a_session_of_nobody_goes_on_without_a_profile(opened: Any) -> None:
    agent = opened()
    _say(agent, "n1", "I hate mexican food", "")
    answer = _say(agent, "n1", "something cheap", "ann")
    assert len(answer.preferences) >= 2
    assert agent.profile("ann")["preferences"] == []


def test_a_wish_on_a_facet_that_is_of_another_kind_now_no_longer_holds_and_stays_in_the_profile(
    opened: Any,
) -> None:
    agent = opened()
    stored, session = agent.sessions.load("k1", "ann")
    session = begin_change(session, "said", "as said")
    for target in (
        FacetTarget(("price",), ("cheap",)),
        RangeTarget("city", 1.0, 2.0),
        FacetTarget(("city",), ("Porto",)),
    ):
        session, _ = add_preference(session, "+", "must", target, "as said", lasting=True)
    agent.sessions.save(session, stored)
    stored, session = agent.sessions.load("k1", "ann")
    assert [p.target for p in session.wishes] == [FacetTarget(("city",), ("Porto",))]
    agent.sessions.save(session, stored)
    assert len(agent.profile("ann")["preferences"]) == 3
