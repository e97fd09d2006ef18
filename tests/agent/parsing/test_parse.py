"""What people type and what it means (tests/dialogues/utterances.toml), and that no message makes the parser raise."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.parsing import Parser, Reading
from agent.parsing.reading import Wish
from memory.preferences import FacetTarget, KeywordTarget, RangeTarget, facets_of

UTTERANCES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[2] / "dialogues" / "utterances.toml").read_text(encoding="utf-8")
)["utterance"]
FELT = ("liked", "disliked", "seen", "unseen", "rejected", "accepted")


def _cases() -> list[Any]:
    return [
        pytest.param(
            u,
            id=u["say"][:60],
            marks=[pytest.mark.xfail(strict=True, reason=u["broken"])] if u.get("broken") else [],
        )
        for u in UTTERANCES
    ]


@pytest.mark.parametrize("expected", _cases())
def test_a_message_is_understood_as_it_was_meant(
    expected: dict[str, Any], film_parser: Parser, restaurant_parser: Parser
) -> None:
    parser = restaurant_parser if expected.get("catalog") == "restaurants" else film_parser
    rows = {item.title: row for row, item in enumerate(parser.catalog.items)}
    shown = [rows[title] for title in expected.get("shown", [])]
    reading = parser.read(expected["say"], shown, expected.get("had_wishes", False))

    if "intent" in expected:
        intents = expected["intent"] if isinstance(expected["intent"], list) else [expected["intent"]]
        assert reading.intent in intents
    for feeling in FELT:
        _check_titles(reading, feeling, expected.get(feeling, []), parser)
    _check_facets(reading, expected)
    _check_ranges(reading, expected.get("fits", {}), expected.get("bars", {}))
    for name, polarity in (("about", "+"), ("not_about", "-")):
        _check_phrases(reading, polarity, expected.get(name, []))
    phrases = [w.target.phrase for w in reading.wishes if isinstance(w.target, KeywordTarget)]
    assert not [p for p in phrases if any(word in p for word in expected.get("unsaid", []))]
    for name, direction in (("lower", -1), ("raise", 1)):
        assert sorted(c.facet for c in reading.critiques if c.direction == direction) == sorted(
            expected.get(name, [])
        )
    assert [t.casefold() for t in reading.unknown_titles] == [
        t.casefold() for t in expected.get("unknown", [])
    ]


def _check_titles(reading: Reading, feeling: str, titles: list[str], parser: Parser) -> None:
    found = [parser.catalog.items[m.row].title for m in reading.mentions if m.sentiment == feeling]
    assert len(found) == len(titles), f"{feeling}: {found} for {titles}"
    for title in titles:
        assert set(title.split("|")) & set(found), f"{feeling}: {found} for {titles}"


def _check_facets(reading: Reading, expected: dict[str, Any]) -> None:
    for name, polarity in (("wants", "+"), ("refuses", "-")):
        wishes = [w for w in reading.wishes if isinstance(w.target, FacetTarget) and w.polarity == polarity]
        entries = expected.get(name, [])
        said = [w.target.values for w in wishes if isinstance(w.target, FacetTarget)]
        assert len(said) == len(entries), f"{name}: {said} for {entries}"
        for entry in entries:
            wish = next((w for w in wishes if _meant(entry, w)), None)
            assert wish is not None, f"{name}: {said} for {entries}"
            if entry in expected.get("soft", []):
                assert wish.strength in ("prefer", "avoid")
            if entry in expected.get("hard", []):
                assert wish.strength in ("must", "never")


def _meant(entry: str, wish: Wish) -> bool:
    assert isinstance(wish.target, FacetTarget)
    values = set(wish.target.values)
    return any(values == set(option.split(" or ")) for option in entry.split("|")) or (
        "|" in entry and values <= set(entry.split("|"))
    )


def _check_ranges(reading: Reading, fits: dict[str, list[float]], bars: dict[str, list[float]]) -> None:
    ranges = [w for w in reading.wishes if isinstance(w.target, RangeTarget)]
    assert {w.target.facet for w in ranges if isinstance(w.target, RangeTarget)} == {*fits, *bars}
    for facet in {*fits, *bars}:
        assert all(_leaves(ranges, facet, number) for number in fits.get(facet, []))
        assert not any(_leaves(ranges, facet, number) for number in bars.get(facet, []))


def _leaves(ranges: list[Wish], facet: str, number: float) -> bool:
    return all(
        ((t.low is None or number >= t.low) and (t.high is None or number <= t.high)) == (w.polarity == "+")
        for w in ranges
        if isinstance(t := w.target, RangeTarget) and t.facet == facet
    )


def _check_phrases(reading: Reading, polarity: str, words: list[str]) -> None:
    phrases = [
        w.target.phrase
        for w in reading.wishes
        if isinstance(w.target, KeywordTarget) and w.polarity == polarity
    ]
    for word in words:
        assert any(word in phrase.lower() for phrase in phrases), f"{word!r} not in {phrases}"


def test_utterances_are_many_and_of_both_catalogues() -> None:
    assert len(UTTERANCES) >= 80
    assert {u.get("catalog", "films") for u in UTTERANCES} == {"films", "restaurants"}


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
