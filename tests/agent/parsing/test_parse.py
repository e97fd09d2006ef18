"""What people type and what it means (tests/dialogues/utterances), and that no message makes the parser raise."""

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evaluation.parsing import judge
from agent.evaluation.utterances import Utterance, read_utterances
from agent.parsing import Parser
from memory.preferences import facets_of

FILES = sorted((Path(__file__).parents[2] / "dialogues" / "utterances").glob("*.toml"))


def _cases() -> list[Any]:
    cases = []
    for path in FILES:
        utterances, folders = read_utterances(path)
        for u in utterances:
            marks = [pytest.mark.xfail(strict=True, reason=u.broken)] if u.broken else []
            name = f"{path.stem}: {u.say[:50]}"
            cases.append(pytest.param(u, folders[u.catalog], id=name, marks=marks))
    return cases


@pytest.mark.parametrize(("utterance", "folder"), _cases())
def test_a_message_is_understood_as_it_was_meant(utterance: Utterance, folder: Path, parser_of: Any) -> None:
    assert judge(utterance, parser_of(folder)).faults == ()


def test_utterances_are_many_and_of_several_catalogues() -> None:
    counts = Counter(u.catalog for path in FILES for u in read_utterances(path)[0])
    assert counts.total() >= 1500
    assert set(counts) == {"films", "restaurants", "shoes", "games", "books"}
    assert min(counts.values()) >= 60


PIECES = st.sampled_from(
    "like not no something the second one 90s under 2 hours and or but Heat \"Heat ' \u201d 1999 - – ( ) , ; "
    "between 19 0 5 \x00 \x1b[31m \u202e שלום مرحبا 日本語 🎬 👩‍👩‍👧 ¼ ² ٣ ß İ ﬁ \u0301 \ud7ff".split(" ")
)


MESSAGES = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=25).map(" ".join))


@given(message=MESSAGES, slate=st.integers(0, 3))
def test_no_message_makes_the_parser_raise(film_parser: Parser, message: str, slate: int) -> None:
    reading = film_parser.read(message, list(range(slate)), slate > 0)
    assert all(0 <= m.row < len(film_parser.catalog) for m in reading.mentions)
    facets = film_parser.catalog.spec.facets
    assert all(f in facets for w in reading.wishes for f in facets_of(w.target))


@given(message=MESSAGES)
def test_a_small_catalogue_makes_the_parser_raise_no_more(restaurant_parser: Parser, message: str) -> None:
    assert restaurant_parser.read(message) == restaurant_parser.read(message)


@pytest.mark.parametrize(
    "piece", ["no war films and ", "(", "the second one, ", "a", "a ", "日本", "9", "\x00", '"Heat" or ']
)
def test_a_hundred_thousand_characters_are_read_from_the_beginning(film_parser: Parser, piece: str) -> None:
    assert film_parser.read((piece * 100_000)[:100_000], [0, 1], True).shortened


REPEATED = [
    "son was only ", "she is just turned ", "way ", "Heat, ", '"Heat" ', "like Heat ", "the godfather ", "some only just ", "no ",
    "my kids love ", "i love Xyzzy and ", "xyzzy ", "1990s ", "2 ", "Alien 1 and 2 and 3 ", "the one with ", "no horror, ",
]  # fmt: skip


@pytest.mark.parametrize("piece", REPEATED)
def test_a_message_twice_as_long_takes_hardly_more_than_twice_the_calls(
    film_parser: Parser, piece: str
) -> None:
    half, whole = (piece * 1000)[:1000], (piece * 2000)[:2000]
    for message in (half, whole):
        film_parser.read(message, [0, 1], True)  # fills the caches
    assert _calls(film_parser, whole) < 3 * _calls(film_parser, half)


def _calls(parser: Parser, message: str) -> int:
    """How many functions are called to read a message: what it costs, whatever else the machine does."""
    count = 0

    def see(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        parser.read(message, [0, 1], True)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", REPEATED)
def test_a_message_of_one_piece_over_and_over_is_read_in_seconds(film_parser: Parser, piece: str) -> None:
    begin = time.process_time()
    film_parser.read(piece * 2000, [0, 1], True)
    assert time.process_time() - begin < 5  # 0.1 to 0.5 s; before the look back was bounded up to 20 s
