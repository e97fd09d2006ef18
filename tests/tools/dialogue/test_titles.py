"""The same film under two spellings is found; another of the same name is not taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.dialogue.titles import TitleIndex, title_key, year_of

LIST = ["The Matrix (1999)", "Jumanji (1995)", "Jumanji (2017)", "Amélie (2001)", "Rocky", "Me & You (2010)"]


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Matrix, The (1999)", 0),
        ("Jumanji (2017)", 2),
        ("Jumanji (1996)", 1),
        ("Jumanji (1980)", None),
        ("Amelie (2001)", 3),
        ("Rocky (1976)", 4),
        ("me and you (2010)", 5),
        ("Nothing at All (1999)", None),
    ],
)
def test_a_title_is_found_however_it_is_written(title: str, found: int | None) -> None:
    assert TitleIndex(LIST).find(title) == found


def test_the_year_stands_at_the_end() -> None:
    assert year_of("2001: A Space Odyssey (1968)") == 1968
    assert year_of("The Office (2005–2013)") == 2005
    assert year_of("1984") is None


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8))
def test_every_title_of_a_list_is_found_in_it(titles: list[str]) -> None:
    index = TitleIndex(titles)
    for title in titles:
        row = index.find(title)
        assert row is not None
        assert titles[row] == title
        assert title_key(title) == title_key(titles[row])
