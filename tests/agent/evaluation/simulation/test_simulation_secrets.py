"""No name and no id of what a person has in mind passes the guard."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evaluation.simulation.secrets import Secret, SecretTold
from tools.catalog.items import Item

COMMON = frozenset("i want a film the big one others more something like please first second".split())
HEAT = Item("6", "Heat (1995)", "", (), {})
AMELIE = Item("a12", "Amélie (2001)", "", ("Le Fabuleux Destin d'Amélie Poulain",), {})
WARS = Item("260", "Star Wars: Episode IV - A New Hope (1977)", "", (), {})
MATRIX = Item("2571", "The Matrix (1999)", "", (), {})
CASINO = Item("16", "Casino (1995)", "", (), {})


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (HEAT, "something like HEAT please"),
        (HEAT, "is it heat?"),
        (HEAT, "number 6"),
        (AMELIE, "amelie"),
        (AMELIE, "AMÉLIE!"),
        (AMELIE, "le fabuleux destin d’amelie poulain, maybe"),
        (AMELIE, "that is a12"),
        (WARS, "something like star wars"),
        (WARS, "Episode IV"),
        (WARS, "a NEW hope"),
        (MATRIX, "the Matrix"),
        (MATRIX, "matrix"),
        (CASINO, "set in casinos"),
    ],
)
def test_a_name_in_any_form_is_found(item: Item, message: str) -> None:
    secret = Secret([item], COMMON)
    assert secret.told_by(message)
    with pytest.raises(SecretTold):
        secret.check(message)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (HEAT, "a heated film from the 1960s"),
        (HEAT, "over 160 minutes"),
        (WARS, "a film about a star"),
        (MATRIX, "the first one"),
        (CASINO, "casting"),
    ],
)
def test_other_words_pass(item: Item, message: str) -> None:
    assert Secret([item], COMMON).check(message) == message


@pytest.mark.parametrize(
    "title", ["The Big One (1997)", "Big (1988)", "The Others (2001)", "More (1998)", "Other"]
)
def test_a_title_of_the_words_that_people_need_cannot_be_kept(title: str) -> None:
    assert not Secret([Item("x9", title, "", (), {})], COMMON).can_be_kept


def test_a_part_of_common_words_does_not_hide_the_rest() -> None:
    secret = Secret([Item("x9", "More: The Zebra (2001)", "", (), {})], COMMON)
    assert secret.can_be_kept
    assert not secret.told_by("show me more")
    assert secret.told_by("the zebra") == "the zebra"


WORD = st.text(string.ascii_lowercase + "éüß", min_size=3, max_size=9)


@given(
    st.lists(WORD, min_size=1, max_size=4), st.lists(WORD, max_size=5), st.lists(WORD, max_size=5), st.data()
)
def test_a_title_is_found_wherever_it_stands(
    title: list[str], before: list[str], after: list[str], data: st.DataObject
) -> None:
    secret = Secret([Item("no-1-id", " ".join(title).title() + " (1999)", "", (), {})], frozenset())
    between = data.draw(st.sampled_from([" ", ", ", " - ", "  ", "… "]))
    said = between.join(data.draw(st.sampled_from([w, w.upper()])) for w in title if True)
    assert secret.told_by(" ".join([*before, said, *after]))
