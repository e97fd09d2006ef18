"""Counting over dialogues, and the numbers made of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.dialogue.counts import Following, Together
from tools.dialogue.features import NAMES, TurnFeatures
from tools.dialogue.hearing import Hearing, hear
from tools.dialogue.knowledge import item_text, know
from tools.dialogue.memory import DialogueMemory
from tools.dialogue.recorded import RecordedItem, RecordedTurn, read_turns

SETS = st.lists(st.lists(st.integers(0, 6), max_size=5), max_size=8)


@given(SETS)
def test_company_is_counted_by_set(sets: list[list[int]]) -> None:
    together = Together(sets, 7)
    for item in range(7):
        wanted = [sum(item in s and other in s for s in sets) if other != item else 0 for other in range(7)]
        assert together.row(item).tolist() == wanted
        assert together.counts[item] == sum(item in s for s in sets)


@given(SETS)
def test_what_follows_is_counted_in_order(dialogues: list[list[int]]) -> None:
    once = [list(dict.fromkeys(d)) for d in dialogues]
    following = Following(once, 7)
    for item in range(7):
        wanted = [
            sum(item in d and other in d[d.index(item) + 1 :] for d in once if item in d)
            for other in range(7)
        ]
        assert following.row(item).tolist() == wanted


@pytest.fixture(scope="module")
def turns(items: Sequence[RecordedItem], folder: Path) -> tuple[RecordedTurn, ...]:
    return read_turns(folder / "valid_data_processed.jsonl", {i.name: n for n, i in enumerate(items)})


def _features(
    turns: Sequence[RecordedTurn], hearing: Hearing, items: Sequence[RecordedItem], encode: Any
) -> TurnFeatures:
    knowledge = know(items, encode([item_text(item) for item in items]))
    liked = Together([(0, 1, 4), (1, 4, 8), (0, 8)], len(items))
    return TurnFeatures(knowledge, DialogueMemory(turns, hearing, len(items)), liked)


def test_a_memory_of_some_turns_is_one_that_never_read_the_others(
    turns: Sequence[RecordedTurn], items: Sequence[RecordedItem], encode: Callable[[Sequence[str]], Any]
) -> None:
    names = [item.name for item in items]
    kept = [at for at, turn in enumerate(turns) if turn.dialogue != turns[0].dialogue]
    some = [turns[at] for at in kept]
    hearing = hear(turns, names, encode)
    of_some = DialogueMemory(some, hearing, len(items), kept)
    alone = DialogueMemory(some, hear(some, names, encode), len(items))
    assert np.array_equal(of_some.named, alone.named)
    assert np.array_equal(of_some.recommended, alone.recommended)
    gist = hearing.gist(0)
    for found, wanted in zip(of_some.after_words(gist), alone.after_words(gist), strict=True):
        assert np.allclose(found, wanted, atol=1e-6)
        assert found.sum() == pytest.approx(1, abs=0.5)


def test_numbers_are_finite_and_one_turn_does_not_know_what_comes_next(
    turns: Sequence[RecordedTurn], items: Sequence[RecordedItem], encode: Callable[[Sequence[str]], Any]
) -> None:
    hearing = hear(turns, [item.name for item in items], encode)
    features = _features(turns, hearing, items, encode)
    turn = turns[0]
    found = features.of(turn, hearing, 0)
    assert found.shape == (len(items), len(NAMES))
    assert np.isfinite(found).all()
    others = RecordedTurn(turn.dialogue, turn.number, turn.utterances, turn.mentioned, turn.named, (9,))
    assert np.array_equal(features.of(others, hearing, 0), found)


def test_titles_are_taken_out_of_what_is_heard(
    turns: Sequence[RecordedTurn], items: Sequence[RecordedItem], encode: Callable[[Sequence[str]], Any]
) -> None:
    heard: list[str] = []

    def listening(texts: Sequence[str]) -> Any:
        heard.extend(texts)
        return encode(texts)

    hear(turns, [item.name for item in items], listening)
    assert any("such as" in text for text in heard)
    assert not any(item.name in text for item in items for text in heard)
