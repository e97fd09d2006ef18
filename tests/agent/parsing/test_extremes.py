"""Superlatives: which of them ask about what was shown, and what of a scale they ask for."""

import pytest

from agent.parsing import Parser


@pytest.mark.parametrize(
    ("said", "scale"),
    [
        ("which is the least grim?", ("dark", -1)),
        ("which is least grim", ("dark", -1)),
        ("and which one's the grimmest?", ("dark", 1)),
        ("which of these is the most cheerful?", ("dark", -1)),
        ("tell me which is the least cheerful", ("dark", 1)),
        ("what is the scariest film of these?", ("scary", 1)),
        ("which one is the most scary?", ("scary", 1)),
        ("which of the films is the least violent?", ("violent", -1)),
        ("the funniest one", ("funny", 1)),
        ("the darkest of the five", ("dark", 1)),
    ],
)
def test_a_superlative_of_a_scale_asks_about_what_was_shown(
    film_parser: Parser, said: str, scale: tuple[str, int]
) -> None:
    assert film_parser.extremes.scale(film_parser.extremes.of_those_shown(said)) == scale
    reading = film_parser.read(said, shown=(0, 1, 2))
    assert (reading.intent, reading.wishes) == ("ask_about", ())
    assert film_parser.read(said).intent != "ask_about"  # nothing was shown


@pytest.mark.parametrize(
    "said",
    [
        "what's the scariest film of the 90s?",
        "the scariest of the eighties",
        "what is the best rated movie of the eighties",
        "the scariest film you have",
        "something like the funniest of his films",
    ],
)
def test_a_superlative_of_others_is_no_question_about_them(film_parser: Parser, said: str) -> None:
    assert not film_parser.extremes.of_those_shown(said)
    assert film_parser.read(said, shown=(0, 1, 2)).intent != "ask_about"


def test_how_well_things_are_rated_is_asked_where_nothing_tells_it(film_parser: Parser) -> None:
    which = film_parser.extremes.of_those_shown("what's the best rated one?")
    assert which == "best rated"
    assert film_parser.extremes.scale(which) is None
