"""Learning from dialogues, small and whole: it learns, it repeats, it is kept on disk, and it serves other lists of items."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.dialogue import learning, ranker
from tools.dialogue.knowledge import item_text
from tools.dialogue.learnt import DialogueRecommender, Learnt, load, save
from tools.dialogue.recorded import RecordedItem, RecordedTurn, dialogue_order, read_turns
from tools.errors import SetupError, UserInputError

Encode = Callable[[Sequence[str]], Any]


def _learn(turns: Sequence[RecordedTurn], items: Sequence[RecordedItem], encode: Encode) -> Learnt:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "BOOSTERS", 2)
        patch.setattr(ranker, "EPOCHS", 60)  # of so few turns each is one step
        return learning.learn(turns, items, encode, 0, lambda _: None)


@pytest.fixture(scope="module")
def turns(items: Sequence[RecordedItem], folder: Path) -> dict[str, tuple[RecordedTurn, ...]]:
    rows = {item.name: n for n, item in enumerate(items)}
    return {name: read_turns(folder / f"{name}_data_processed.jsonl", rows) for name in ("valid", "test")}


@pytest.fixture(scope="module")
def learnt(turns: Any, items: Sequence[RecordedItem], encode: Encode) -> Learnt:
    return _learn(turns["valid"], items, encode)


def _scores(learnt: Learnt, turns: Any, items: Sequence[RecordedItem], encode: Encode) -> Any:
    return np.stack(list(DialogueRecommender(learnt, items, encode).scores(turns["test"])))


def test_it_learns_what_such_people_recommend(
    learnt: Learnt, turns: Any, items: Sequence[RecordedItem], encode: Encode
) -> None:
    scores = _scores(learnt, turns, items, encode)
    hits = [scores[n][list(t.targets)].min() >= np.sort(scores[n])[-6] for n, t in enumerate(turns["test"])]
    assert (
        np.mean(hits) > 0.75
    )  # six of one genre among 24, one or two of them mentioned; chance is a quarter
    assert learnt.told["validation"]["recall@5"] > 0.6
    for row, turn in zip(scores, turns["test"], strict=True):
        assert np.isneginf(row[list(turn.mentioned)]).all()
        assert np.isfinite(np.delete(row, list(turn.mentioned))).all()


def test_a_turn_is_learnt_from_by_counts_that_never_read_its_dialogue(
    turns: Any, items: Sequence[RecordedItem], encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms: list[Any] = []
    whole = learning._candidates

    def seen(room: Any, *rest: Any) -> Any:
        rooms.append(room)
        return whole(room, *rest)

    monkeypatch.setattr(learning, "_candidates", seen)
    _learn(turns["valid"], items, encode)
    (room,) = rooms
    for at, turn in enumerate(room.turns):
        others = [t for t, fold in zip(room.turns, room.folds, strict=True) if fold != room.folds[at]]
        assert turn.dialogue not in {t.dialogue for t in others}
        named = np.zeros(len(items))
        for rows in dialogue_order(others).values():
            named[list(rows)] += 1
        assert np.array_equal(room.features[room.folds[at]].memory.named, named)


def test_the_same_seed_learns_the_same_and_a_saved_one_says_the_same(
    learnt: Learnt, turns: Any, items: Sequence[RecordedItem], encode: Encode, tmp_path: Path
) -> None:
    scores = _scores(learnt, turns, items, encode)
    again = _learn(turns["valid"], items, encode)
    assert np.array_equal(_scores(again, turns, items, encode), scores)
    save(learnt, tmp_path / "kept")
    assert np.array_equal(_scores(load(tmp_path / "kept"), turns, items, encode), scores)


def test_a_damaged_one_is_refused_with_what_repairs_it(learnt: Learnt, tmp_path: Path) -> None:
    save(learnt, tmp_path / "kept")
    (tmp_path / "kept" / "arrays.npz").write_bytes(b"no")
    with pytest.raises(SetupError, match="palate evaluate redial"):
        load(tmp_path / "kept")


def test_items_it_never_saw_are_ranked_too(
    learnt: Learnt, items: Sequence[RecordedItem], encode: Encode
) -> None:
    new = [
        RecordedItem(name=f"New {g} (2020)", genre=(g,), plot=f"a {g} about 99")
        for g in ("horror", "western")
    ]
    horror, western = (
        RecordedTurn("x", 1, (f"I want a {g} film",), (), (g,), ()) for g in ("horror", "western")
    )
    scores = np.stack(
        list(DialogueRecommender(learnt, (*items[:10], *new), encode).scores([horror, western]))
    )
    assert scores.shape == (2, 12)
    assert scores[0, 10] > scores[0, 11]
    assert scores[1, 11] > scores[1, 10]


def test_texts_that_were_learnt_on_are_not_embedded_again(
    learnt: Learnt, items: Sequence[RecordedItem], encode: Encode
) -> None:
    asked: list[str] = []

    def listening(texts: Sequence[str]) -> Any:
        asked.extend(texts)
        return encode(texts)

    new = RecordedItem(name="New (2020)", plot="a western about 99")
    longer = items[2].model_copy(update={"plot": "something else about horror"})
    listed = (items[5], new, *items[:2], longer)
    vectors = learnt.texts.vectors_of([item_text(i) for i in listed], listening)
    assert asked == [item_text(new), item_text(longer)]
    assert np.allclose(vectors, encode([item_text(i) for i in listed]), atol=1e-6)


def test_too_few_dialogues_are_refused(turns: Any, items: Sequence[RecordedItem], encode: Encode) -> None:
    with pytest.raises(UserInputError, match="at least 20 recorded dialogues"):
        learning.learn(turns["valid"][:10], items, encode, 0, lambda _: None)
