"""What a person does in a scripted dialogue: messages, buttons, sessions; and what holds across turns."""

from typing import Any

import pytest

from agent.evaluation.scripted.dialogue import Dialogue
from agent.evaluation.scripted.playing import play


def _dialogue(*turns: dict[str, Any], **given: Any) -> Dialogue:
    return Dialogue.model_validate({"turn": turns, **given})


@pytest.mark.parametrize(("item", "pressed"), [(2, "bona"), ("Alba", "alba"), ("Fina", "fina")])
def test_a_button_is_pressed_on_a_place_of_the_last_slate_or_on_a_title(
    partner: Any, item: int | str, pressed: str
) -> None:
    partner.answer("Alba", "Bona")
    partner.answer(reply="That is Alba.")
    turns = ({"say": "hi"}, {"say": "who?"}, {"press": {"item": item, "kind": "seen"}})
    played = play(_dialogue(*turns), partner)
    assert played.failures == ()
    assert ("press", "s1", pressed, "seen") in partner.did
    assert played.turns[2].said == f"presses seen on {item}"


def test_a_press_beside_the_slate_ends_the_dialogue(partner: Any) -> None:
    partner.answer("Alba")
    played = play(
        _dialogue({"say": "hi"}, {"press": {"item": 2, "kind": "liked"}}, {"say": "never said"}), partner
    )
    assert played.failures == (
        "turn 2 ('presses liked on 2'): not played on: press: no item 2, 1 were shown last",
    )
    assert len(played.turns) == 2
    assert partner.did[-1][0] == "forget"


def test_a_wish_is_taken_back_by_a_part_of_its_description(partner: Any) -> None:
    partner.wish(None, 90)
    partner.wish(100, None, "-", "never")
    partner.answer("Alba")
    turns = ({"say": "hi"}, {"take_back": "At Most", "preferences": ["not at least 100"], "wishes": 1})
    assert play(_dialogue(*turns), partner).failures == ()
    assert ("take_back", "s1", "1") in partner.did


@pytest.mark.parametrize(("part", "said"), [("cheap", "no wish has"), ("at ", "2 wishes have")])
def test_a_wish_to_take_back_that_is_not_there_or_not_clear_fails(partner: Any, part: str, said: str) -> None:
    partner.wish(None, 90)
    partner.wish(100, None, "-", "never")
    failures = play(_dialogue({"take_back": part}), partner).failures
    assert len(failures) == 1
    assert f"take_back: {said} {part!r}" in failures[0]


def test_undo_is_pressed(partner: Any) -> None:
    assert play(_dialogue({"undo": True, "wishes": 0}), partner).failures == ()
    assert ("undo", "s1") in partner.did


def test_a_reply_of_the_question_back_is_said(partner: Any) -> None:
    partner.answer("Alba", question={"text": "Which city?", "about": "city", "replies": ["Porto", "Lisbon"]})
    partner.answer("Cara")
    played = play(_dialogue({"say": "hi"}, {"reply_question": 2, "first": "Cara"}), partner)
    assert played.failures == ()
    assert ("say", "s1", "Lisbon") in partner.did
    assert played.turns[1].said == "presses reply 2: 'Lisbon'"


def test_a_reply_without_a_question_fails(partner: Any) -> None:
    partner.answer("Alba")
    failures = play(_dialogue({"say": "hi"}, {"reply_question": 1}), partner).failures
    assert failures == ("turn 2 ('presses reply 1'): not played on: reply_question: no reply 1 among []",)


def test_sessions_of_one_user_share_a_user_of_this_run_alone(partner: Any) -> None:
    dialogue = _dialogue({"say": "hi"}, {"say": "again", "new_session": True}, user="ann & bob")
    for _ in range(2):
        partner.answer("Alba")
        partner.answer("Alba")
        assert play(dialogue, partner).failures == ()
    users = [did[1] for did in partner.did if did[0] == "begin"]
    assert users[0] == users[1] != users[2] == users[3]
    assert users[0].startswith("ann---bob-")
    sessions = [did[1] for did in partner.did if did[0] == "say"]
    assert len(set(sessions)) == 4
    assert partner.did[-1] == ("forget", *sessions[2:], users[2])


def test_nobodys_session_is_begun_for_nobody(partner: Any) -> None:
    partner.answer("Alba")
    play(_dialogue({"say": "hi"}), partner)
    assert partner.did == [("begin", ""), ("say", "s1", "hi"), ("forget", "s1", "")]


def test_what_never_may_come_holds_from_its_turn_on_until_it_is_lifted(partner: Any) -> None:
    for slate in (["Cara"], ["Alba"], ["Cara"], ["Cara"]):
        partner.answer(*slate)
    turns = (
        {"say": "1"},
        {"say": "2", "never": ["Cara"]},
        {"say": "3"},
        {"say": "4", "forget_never": ["Cara"]},
    )
    assert play(_dialogue(*turns), partner).failures == (
        "turn 3 ('3'): never: shows 'Cara', which must never come",
    )


def test_facets_that_never_may_come_hold_across_turns_and_of_the_whole_dialogue(partner: Any) -> None:
    for slate in (["Cara", "Fina"], ["Alba"], ["Elsa"]):
        partner.answer(*slate)
    turns = ({"say": "1"}, {"say": "2", "never_facets": {"city": ["Lisbon", "Madrid"]}}, {"say": "3"})
    failures = play(_dialogue(*turns, never_facets={"price": 50}), partner).failures
    assert failures == (
        "turn 1 ('1'): never_facets: 'Fina' has price 50.0",
        "turn 3 ('3'): never_facets: 'Elsa' has city 'Lisbon'",
    )


def test_a_crash_fails_the_dialogue_and_is_told(partner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: str) -> None:
        raise KeyError("x")

    monkeypatch.setattr(partner, "say", broken)
    played = play(_dialogue({"say": "hi"}, {"say": "more"}), partner)
    assert played.failures == ("turn 1 ('hi'): palate broke: KeyError: 'x'",)


def test_no_repeats_looks_at_every_slate_before(partner: Any) -> None:
    for slate in (["Alba"], ["Bona"], ["Cara", "Alba"]):
        partner.answer(*slate)
    turns = ({"say": "1"}, {"say": "2", "no_repeats": True}, {"say": "3", "no_repeats": True})
    assert play(_dialogue(*turns), partner).failures == ("turn 3 ('3'): no_repeats: 'Alba' was shown before",)
