"""What begins a dialogue anew, and what only tells of beginning anew."""

import pytest

from agent.parsing.english.clean_slate import clean_slate


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("start over", ""),
        ("hmm no. forget everything, i'd rather have a fantasy movie", ", i'd rather have a fantasy movie"),
        (
            "actually, forget all that. i want a picture under 110 minutes",
            ". i want a picture under 110 minutes",
        ),
        (
            "i changed my mind, start over: a flick from the 2000s, about a quest",
            ": a flick from the 2000s, about a quest",
        ),
        (
            "those were all dreadful and far too long, so let's start again with a war film",
            " with a war film",
        ),
        ("forget everything else, just a comedy", ", just a comedy"),
    ],
)
def test_what_comes_after_the_clean_slate_is_left_to_be_read(message: str, rest: str) -> None:
    found = clean_slate(message)
    assert found is not None
    assert message[found[1] :] == rest


@pytest.mark.parametrize(
    "message",
    [
        "forget everything i said about comedies",
        "forget all that action",
        "a film about a fresh start",
        "something with a man who has to start over in a new town after his wife dies",
        "pasta made from scratch",
        "forget the comedies",
    ],
)
def test_telling_of_a_beginning_begins_nothing(message: str) -> None:
    assert clean_slate(message) is None
