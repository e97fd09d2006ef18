"""Scripted dialogues (tests/dialogues/*.toml): what the person says, what must hold, what must never appear."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.scripted import (
    AgentPartner,
    Dialogue,
    check_against,
    find_dialogues,
    play,
    read_dialogue,
)
from agent.evaluation.scripted.partners import Partners

FOLDER = Path(__file__).parents[1] / "dialogues"
DIALOGUES = [(path, read_dialogue(path)) for path in find_dialogues([FOLDER])]
SMALL = ("restaurants", "games", "books", "shoes")  # built in a second or two


def _dialogues(*catalogs: str) -> list[Any]:
    cases = []
    for path, dialogue in DIALOGUES:
        marks = (
            [pytest.mark.xfail(strict=True, reason=dialogue.broken, raises=AssertionError)]
            if dialogue.broken
            else []
        )
        if dialogue.catalog in catalogs:
            cases.append(pytest.param(path, dialogue, id=path.stem, marks=marks))
    return cases


@pytest.fixture(scope="module")
def partners(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    with Partners(home, tmp_path_factory.mktemp("partners")) as opened:
        yield opened


def test_there_are_dialogues_about_both_catalogues() -> None:
    assert len(_dialogues("restaurants")) >= 8
    assert len(_dialogues("films")) >= 8


def test_every_dialogue_is_about_a_catalogue_that_is_played_here_or_with_the_demo() -> None:
    assert {dialogue.catalog for _, dialogue in DIALOGUES} <= {"films", *SMALL}


def test_the_dialogues_about_films_fit_the_demo(film_parser: Any) -> None:
    """They are played on the really built demo (test_demo.py); a title or a facet that it lacks is seen here."""
    for path, dialogue in DIALOGUES:
        if dialogue.catalog == "films":
            check_against(dialogue, film_parser.catalog, path)


@pytest.mark.parametrize(("path", "dialogue"), _dialogues(*SMALL))
def test_a_dialogue_goes_as_it_should(
    path: Path, dialogue: Dialogue, shared_agent: Any, partners: Partners
) -> None:
    of_restaurants = dialogue.catalog == "restaurants"
    partner = AgentPartner(shared_agent) if of_restaurants else partners.partner_for(dialogue, path)
    assert partner is not None
    check_against(dialogue, partner.catalog, path)
    played = play(dialogue, partner)
    assert played.failures == ()
    assert played.violations == ()
