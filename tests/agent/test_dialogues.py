"""Scripted dialogues (tests/dialogues/*.toml): what the person says, what must hold, what must never appear."""

from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.dialogues import Dialogue, play, read_dialogue

FOLDER = Path(__file__).parents[1] / "dialogues"
FILES = sorted(FOLDER.glob("*.toml"))


def _dialogues(catalog: str) -> list[Any]:
    cases = []
    for path in FILES:
        dialogue = read_dialogue(path)
        marks = [pytest.mark.xfail(strict=True, reason=dialogue.broken)] if dialogue.broken else []
        if dialogue.catalog == catalog:
            cases.append(pytest.param(dialogue, id=path.stem, marks=marks))
    return cases


def test_there_are_dialogues_about_both_catalogues() -> None:
    assert len(_dialogues("restaurants")) >= 8
    assert len(_dialogues("films")) >= 8


@pytest.mark.parametrize("dialogue", _dialogues("restaurants"))
def test_a_dialogue_goes_as_it_should(dialogue: Dialogue, shared_agent: Any) -> None:
    played = play(dialogue, shared_agent)
    assert played.failures == ()
    assert played.violations == ()
