"""How reasons are worded: briefly, each item of a slate otherwise, and nothing that the reply has said already."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.replies import framing
from agent.replies.framing import Openings, filled, is_thing

ALL_FRAMES = [
    frames if isinstance(frames, tuple) else (frames,)
    for name, frames in vars(framing).items()
    if name.isupper() and name[0] != "_" and isinstance(frames, tuple | str)
]


def _first_words(text: str, count: int = 2) -> str:
    return " ".join(text.split()[:count])


@pytest.mark.parametrize(
    "message",
    [
        "I loved the food at Trattoria Luna, something like it",
        "in Lisbon or Porto",
        "ideally japanese",
        "under 40 euros",
    ],
)
def test_a_reason_is_a_sentence_or_two_and_no_two_items_open_alike(talk: Any, message: str) -> None:
    slate = talk(message).slate
    assert len(slate) == 5
    for item in slate:
        told = [r for r in item.reasons if all(e.kind != "unknown" for e in r.evidence)]
        assert 1 <= len(told) <= 2
        assert all(
            len(r.text) < 160 and r.text.endswith(".") and r.text[0] == r.text[0].upper() for r in told
        )
    assert len({item.reasons[0].text for item in slate}) == len(slate)


def test_what_the_reply_says_of_all_is_not_said_again_of_each(talk: Any) -> None:
    answer = talk("italian, under 40 euros")
    assert "Italian" in answer.reply
    for item in answer.slate:
        said = " ".join(r.text for r in item.reasons)
        assert "Italian" not in said
        assert (
            f"About {item.facets['price']} a head." in said
        )  # a price was asked for: how much it is adds to that


def test_why_says_what_the_reply_said_of_all(talk: Any) -> None:
    talk("italian, under 40 euros")
    assert "As you asked: Italian." in talk("why the first one?").reply


def test_a_theme_is_only_said_to_be_asked_for_where_it_is_the_very_one(talk: Any) -> None:
    answer = talk("somewhere with handmade pasta and truffles")
    for item in answer.slate:
        for reason in item.reasons:
            if "you asked" in reason.text:
                assert {"handmade pasta", "truffles"} & {e.value for e in reason.evidence}


def test_yes_is_only_said_of_the_very_keyword(talk: Any) -> None:
    talk("something like Trattoria Luna")
    said = talk("is Osteria Sole family run?").reply
    assert said == "Yes: the keywords of Osteria Sole have family run."


@given(st.lists(st.integers(0, 9_000), min_size=1, max_size=5, unique=True), st.sampled_from(ALL_FRAMES))
def test_no_frame_comes_twice_while_there_are_others(rows: list[int], frames: tuple[str, ...]) -> None:
    openings = Openings()
    given_ = [openings.pick(row, frames) for row in rows]
    assert len(set(given_)) == min(len(rows), len(frames))
    assert [openings.pick(row, frames) for row in rows] == given_  # and an item keeps its own


@pytest.mark.parametrize("frames", ALL_FRAMES)
def test_a_frame_has_no_part_left_open(frames: tuple[str, ...]) -> None:
    parts = {
        "what": "cat and mouse",
        "more": "heist",
        "made": "directed by A",
        "other": "with B",
        "liked": "Heat (1995)",
    }
    for frame in frames:
        said = filled(frame, **parts, count="2", of="3")
        assert said.endswith(".")
        assert said[0].isupper() or said[0].isdigit()
        assert "{" not in said


@pytest.mark.parametrize(
    ("value", "thing"),
    [("hitman", True), ("cat and mouse", True), ("ensemble cast", True), ("Al Pacino", True)]
    + [(v, False) for v in ("whimsical", "based on a true story", "dark", "feel-good", "1980s", "coming of age", "visually stunning")],
)  # fmt: skip
def test_what_can_be_had_is_told_from_what_can_only_be(value: str, thing: bool) -> None:
    assert is_thing(value) == thing
