"""Scripted dialogues (tests/dialogues/*.toml): what the person says, what must hold, what must never appear.

`never`, of a dialogue or from a turn on, names what no later slate may show; the other keys are those of CHECKS.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from agent.answer import Answer
from agent.replies.explaining import check_evidence

FOLDER = Path(__file__).parents[1] / "dialogues"
DIALOGUES = sorted(p for p in FOLDER.glob("*.toml") if p.name != "utterances.toml")


def _dialogues() -> list[Any]:
    cases = []
    for path in DIALOGUES:
        dialogue = tomllib.loads(path.read_text(encoding="utf-8"))
        broken = dialogue.get("broken")
        marks = [pytest.mark.xfail(strict=True, reason=broken)] if broken else []
        cases.append(pytest.param(dialogue, id=path.stem, marks=marks))
    return cases


def test_there_are_dialogues() -> None:
    assert len(DIALOGUES) >= 6


@pytest.mark.parametrize("dialogue", _dialogues())
def test_a_dialogue_goes_as_it_should(dialogue: dict[str, Any], talk: Any, restaurants: Any) -> None:
    never = set(dialogue.get("never", []))
    for turn in dialogue["turn"]:
        answer = talk(turn["say"])
        for name, expected in turn.items():
            CHECKS[name](answer, expected, restaurants)
        never |= set(turn.get("never", []))  # holds from this turn on
        assert never.isdisjoint(_names(answer))
        for item in answer.slate:
            assert item.reasons
            assert all(check_evidence(e, talk.agent.toolbox) for r in item.reasons for e in r.evidence)


def _names(answer: Answer) -> list[str]:
    return [item.title for item in answer.slate]


def _known(answer: Answer, facet: str, restaurants: Any) -> list[Any]:
    return [v for item in answer.slate if (v := restaurants.facts(item.id)[facet]) not in (None, "", [])]


def _every(answer: Answer, expected: dict[str, Any], restaurants: Any) -> None:
    for facet, value in expected.items():
        for held in _known(answer, facet, restaurants):
            assert value in held if isinstance(held, list) else held == value


def _none(answer: Answer, expected: dict[str, Any], restaurants: Any) -> None:
    for facet, value in expected.items():
        for held in _known(answer, facet, restaurants):
            assert value not in held if isinstance(held, list) else held != value


def _at_most(answer: Answer, expected: dict[str, float], restaurants: Any) -> None:
    assert all(v <= top for facet, top in expected.items() for v in _known(answer, facet, restaurants))


def _at_least(answer: Answer, expected: dict[str, float], restaurants: Any) -> None:
    assert all(v >= low for facet, low in expected.items() for v in _known(answer, facet, restaurants))


def _is(found: Any, expected: Any) -> None:
    assert found == expected


def _says(answer: Answer, expected: list[str], _restaurants: Any) -> None:
    for words in expected:
        assert words.casefold() in answer.said.casefold()


def _says_not(answer: Answer, expected: list[str], _restaurants: Any) -> None:
    for words in expected:
        assert words.casefold() not in answer.said.casefold()


def _notices(answer: Answer, expected: list[str], _restaurants: Any) -> None:
    assert sorted(n.code for n in answer.notices) == sorted(expected)


def _includes(answer: Answer, expected: list[str], _restaurants: Any) -> None:
    assert set(expected) <= set(_names(answer))


CHECKS: dict[str, Any] = {
    "say": lambda answer, _expected, _r: _is(bool(answer.reply), True),
    "intent": lambda answer, expected, _r: _is(answer.intent, expected),
    "shows": lambda answer, expected, _r: _is(len(answer.slate), expected),
    "exactly": lambda answer, expected, _r: _is(sorted(_names(answer)), sorted(expected)),
    "first": lambda answer, expected, _r: _is(_names(answer)[0], expected),
    "last": lambda answer, expected, _r: _is(_names(answer)[-1], expected),
    "includes": _includes,
    "every": _every,
    "none": _none,
    "at_most": _at_most,
    "at_least": _at_least,
    "says": _says,
    "says_not": _says_not,
    "notices": _notices,
    "never": lambda _answer, _expected, _r: None,
    "wishes": lambda answer, expected, _r: _is(len(answer.preferences), expected),
}
