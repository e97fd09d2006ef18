"""Every expectation of a turn holds where it should and fails where it should, over answers that are known."""

import time
from typing import Any

import pytest

from agent.evaluation.scripted.dialogue import INPUTS, Dialogue, DialogueTurn
from agent.evaluation.scripted.playing import play

ALL = ["Alba", "Bona", "Cara", "Dora", "Elsa", "Fina"]
QUESTION = {"text": "Which city?", "about": "city", "replies": ["Porto", "Lisbon"]}
NOTICE = [{"code": "relaxed", "text": "Let go of: cheap."}]

# key, the second turn's expectation, its slate, what else the answer has, whether it holds; the first showed Alba, Bona
CASES: list[tuple[str, Any, list[str], dict[str, Any], bool]] = [
    ("intent", "more", [], {"intent": "more"}, True),
    ("intent", "more", [], {"intent": "why"}, False),
    ("shows", 2, ["Alba", "Bona"], {}, True),
    ("shows", 0, ["Alba"], {}, False),
    ("shows_at_least", 2, ["Alba", "Bona", "Cara"], {}, True),
    ("shows_at_least", 2, ["Alba"], {}, False),
    ("exactly", ["Bona", "Alba"], ["Alba", "Bona"], {}, True),
    ("exactly", ["Bona", "Alba"], ["Alba", "Bona", "Cara"], {}, False),
    ("first", "Alba", ["Alba", "Bona"], {}, True),
    ("first", "Alba", [], {}, False),
    ("last", "Bona", ["Alba", "Bona"], {}, True),
    ("last", "Bona", ["Bona", "Alba"], {}, False),
    ("includes", ["Cara"], ["Alba", "Cara"], {}, True),
    ("includes", ["Cara", "Dora"], ["Alba", "Cara"], {}, False),
    ("excludes", ["Cara"], ["Alba"], {}, True),
    ("excludes", ["Cara"], ["Alba", "Cara"], {}, False),
    ("any_of", ["Cara", "Dora"], ["Alba", "Dora"], {}, True),
    ("any_of", ["Cara", "Dora"], ["Alba"], {}, False),
    ("position", {"Cara": 2}, ["Cara", "Alba"], {}, True),
    ("position", {"Cara": 2}, ["Alba", "Bona", "Cara"], {}, False),
    ("position", {"Cara": 2}, ["Alba"], {}, False),
    ("every", {"city": "Porto"}, ["Alba", "Elsa", "Fina"], {}, True),
    ("every", {"city": "Porto"}, ["Alba", "Cara"], {}, False),
    ("every", {"city": ["Porto", "Lisbon"]}, ["Alba", "Cara"], {}, True),
    ("every", {"price": 30}, ["Cara", "Dora"], {}, True),
    ("every", {"price": 30}, ["Bona"], {}, False),
    ("none", {"city": "Lisbon"}, ["Alba", "Fina"], {}, True),
    ("none", {"city": "Lisbon"}, ["Elsa"], {}, False),
    ("none", {"city": ["Madrid", "Lisbon"]}, ["Elsa"], {}, False),
    ("some", {"city": "Lisbon"}, ["Alba", "Elsa"], {}, True),
    ("some", {"city": "Lisbon"}, ["Alba", "Fina"], {}, False),
    ("at_most", {"price": 20}, ["Alba", "Bona", "Dora"], {}, True),
    ("at_most", {"price": 20}, ["Cara"], {}, False),
    ("at_least", {"price": 30}, ["Cara", "Dora"], {}, True),
    ("at_least", {"price": 30}, ["Alba"], {}, False),
    ("reasons_mention", ["ALBA is"], ["Alba", "Bona"], {}, True),
    ("reasons_mention", ["alba", "cara"], ["Alba", "Bona"], {}, False),
    ("same_slate", True, ["Bona", "Alba"], {}, True),
    ("same_slate", True, ["Alba"], {}, False),
    ("same_slate", False, ["Alba", "Cara"], {}, True),
    ("same_slate", False, ["Alba", "Bona"], {}, False),
    ("keeps", 1, ["Bona", "Cara"], {}, True),
    ("keeps", 2, ["Bona", "Cara"], {}, False),
    ("no_repeats", True, ["Cara"], {}, True),
    ("no_repeats", True, ["Cara", "Alba"], {}, False),
    ("says", ["HERE you"], [], {}, True),
    ("says", ["here", "there"], [], {}, False),
    ("says_not", ["there"], [], {}, True),
    ("says_not", ["HERE"], [], {}, False),
    ("says_match", [r"^here \w+ are"], [], {}, True),
    ("says_match", [r"^you"], [], {}, False),
    ("notices", ["relaxed"], [], {"notices": NOTICE}, True),
    ("notices", [], [], {"notices": NOTICE}, False),
    ("notices_include", ["relaxed"], [], {"notices": [*NOTICE, {"code": "shortened", "text": ""}]}, True),
    ("notices_include", ["shortened"], [], {"notices": NOTICE}, False),
    ("asks", True, [], {"question": QUESTION}, True),
    ("asks", False, [], {"question": QUESTION}, False),
    ("asks", True, [], {}, False),
    ("question_about", "city", [], {"question": QUESTION}, True),
    ("question_about", "price", [], {"question": QUESTION}, False),
    ("question_about", "city", [], {}, False),
    ("wishes", 2, [], {}, True),
    ("wishes", 1, [], {}, False),
    ("preferences", ["not at least 100", "at most 90"], [], {}, True),
    ("preferences", ["at most 90"], [], {}, False),
    ("preferences_include", ["AT MOST"], [], {}, True),
    ("preferences_include", ["at most 80"], [], {}, False),
    ("preferences_exclude", ["at most 80"], [], {}, True),
    ("preferences_exclude", ["At Most"], [], {}, False),
    ("liked", ["Fina"], [], {}, True),
    ("liked", ["Alba"], [], {}, False),
    ("seen", ["Elsa"], [], {}, True),
    ("seen", ["Fina"], [], {}, False),
    ("rejected", ["Dora"], [], {}, True),
    ("rejected", ["Elsa"], [], {}, False),
    ("within_ms", 60_000, [], {}, True),
    ("never", ["Cara"], ["Alba"], {}, True),
    ("never", ["Cara"], ["Cara"], {}, False),
    ("never_facets", {"city": "Lisbon"}, ["Alba", "Fina"], {}, True),
    ("never_facets", {"city": "Lisbon"}, ["Elsa"], {}, False),
]


def _played(partner: Any, key: str, wanted: Any, slate: list[str], given: dict[str, Any], **more: Any) -> Any:
    partner.wish(None, 90)
    partner.wish(100, None, "-", "never")
    partner.events = [("fina", "liked"), ("elsa", "seen"), ("dora", "rejected")]
    partner.answer("Alba", "Bona")
    partner.answer(*slate, **given)
    turn = DialogueTurn.model_validate({"say": "and now", key: wanted, **more})
    return play(Dialogue(turn=(DialogueTurn(say="first"), turn)), partner)


@pytest.mark.parametrize(("key", "wanted", "slate", "given", "holds"), CASES)
def test_an_expectation_holds_or_fails(
    partner: Any, key: str, wanted: Any, slate: list[str], given: dict[str, Any], holds: bool
) -> None:
    failures = _played(partner, key, wanted, slate, given).failures
    assert bool(failures) != holds, failures
    assert all(f.startswith(f"turn 2 ('and now'): {key}") for f in failures)


def test_every_key_of_a_turn_is_seen_to_hold_and_to_fail() -> None:
    elsewhere = {*INPUTS, "new_session", "unknown_ok", "forget_never"}  # have tests of their own
    keys = set(DialogueTurn.model_fields) - elsewhere
    assert {key for key, *_, holds in CASES if holds} == keys
    assert {key for key, *_, holds in CASES if not holds} == keys - {"within_ms"}


@pytest.mark.parametrize(
    ("key", "wanted"), [("at_most", {"price": 90}), ("at_least", {"price": 1}), ("every", {"price": 10})]
)
@pytest.mark.parametrize("unknown_ok", [True, False])
def test_an_item_without_the_fact_may_or_may_not_come(
    partner: Any, key: str, wanted: Any, unknown_ok: bool
) -> None:
    failures = _played(partner, key, wanted, ["Alba", "Dora"], {}, unknown_ok=unknown_ok).failures
    assert ["Dora has []" in f for f in failures] == ([] if unknown_ok else [True])


def test_what_is_not_known_is_no_value_that_none_may_have(partner: Any) -> None:
    assert _played(partner, "none", {"city": "Porto"}, ["Fina"], {}, unknown_ok=False).failures == ()


@pytest.mark.parametrize("given", [{"within_ms": 5}, {"time_limit_ms": 5}])
def test_a_turn_that_takes_too_long_fails(
    partner: Any, given: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = partner.say
    monkeypatch.setattr(partner, "say", lambda *words: (time.sleep(0.02), said(*words))[1])
    partner.answer()
    turn = {"say": "hello", **{k: v for k, v in given.items() if k == "within_ms"}}
    of_all = {k: v for k, v in given.items() if k == "time_limit_ms"}
    played = play(Dialogue.model_validate({"turn": [turn], **of_all}), partner)
    key = next(iter(given))
    assert played.failures == (f"turn 1 ('hello'): {key}: took longer than 5 ms",)


def test_an_empty_reply_is_a_fault(partner: Any) -> None:
    partner.answer("Alba", reply=" ")
    assert play(Dialogue(turn=(DialogueTurn(say="hi"),)), partner).failures == ("turn 1 ('hi'): no reply",)


def test_an_item_that_is_shown_twice_is_a_fault(partner: Any) -> None:
    partner.answer("Alba", "Bona", "Alba")
    played = play(Dialogue(turn=(DialogueTurn(say="hi"),)), partner)
    assert played.failures == ("turn 1 ('hi'): shows 'Alba' twice",)


def test_a_wish_that_is_not_kept_to_and_an_item_that_is_known_are_violations(partner: Any) -> None:
    partner.wish(None, 20)
    partner.events = [("bona", "seen")]
    partner.answer("Alba", "Bona", "Cara")
    played = play(Dialogue(turn=(DialogueTurn(say="hi"),)), partner)
    assert played.failures == ()
    assert played.violations == (
        "turn 1 ('hi'): Bona was shown again",
        "turn 1 ('hi'): Cara against 'at most 20'",
    )
    assert played.turns[0].kept.met == (True, True, False)


def test_a_wish_that_was_told_to_give_way_is_unmet_and_no_violation(partner: Any) -> None:
    partner.wish(None, 20)
    partner.answer("Cara", notices=[{"code": "relaxed", "text": "I let go of: at most 20."}])
    partner.answer("Cara")
    played = play(Dialogue(turn=(DialogueTurn(say="hi"), DialogueTurn(say="again"))), partner)
    assert played.violations == ()
    assert [turn.kept.met for turn in played.turns] == [(False,), (False,)]
