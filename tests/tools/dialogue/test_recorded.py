"""The files of recorded dialogues: read whole, faults told by file, line and field."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.dialogue.recorded import RecordedItem, RecordedTurn, dialogue_order, moved, read_items, read_turns
from tools.errors import UserInputError

GOOD = {"dialog_id": "1", "turn_id": 3, "context": ["hi"], "entity": ["A", "scary"], "rec": ["A", "B", "Z"]}


def _write(path: Path, told: object) -> Path:
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return path


def test_what_was_mentioned_is_no_target_and_what_the_list_lacks_is_counted(tmp_path: Path) -> None:
    path = _write(tmp_path / "turns.jsonl", GOOD)
    (turn,) = read_turns(path, {"A": 0, "B": 1})
    assert turn == RecordedTurn("1", 3, ("hi",), (0,), ("scary",), (1,), 1)
    assert turn.case == "1:3"


def test_a_turn_that_recommends_nothing_new_is_passed_over(tmp_path: Path) -> None:
    path = _write(tmp_path / "turns.jsonl", GOOD | {"rec": ["A"]})
    assert read_turns(path, {"A": 0}) == ()


def test_items_need_a_name_and_nothing_else(tmp_path: Path) -> None:
    told = {"7": {"name": "A"}, "8": {"name": "B", "genre": "drama", "plot": None}, "9": {"name": "A"}}
    _write(tmp_path / "id2info.json", told)
    assert [(i.name, i.genre) for i in read_items(tmp_path)] == [("A", ()), ("B", ("drama",))]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("{", "cannot be read as JSON"),
        ([], "holds no object of items by id"),
        ({"3": {"genre": []}}, "item 3: name: Field required"),
    ],
)
def test_a_bad_items_file_is_told(tmp_path: Path, told: object, sentence: str) -> None:
    _write(tmp_path / "id2info.json", told)
    with pytest.raises(UserInputError, match=sentence):
        read_items(tmp_path)


def test_a_bad_turn_is_told_by_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.jsonl", f"{json.dumps(GOOD)}\n{json.dumps(GOOD | {'entity': 'A'})}")
    with pytest.raises(UserInputError, match="line 2: entity"):
        read_turns(path, {})
    with pytest.raises(UserInputError, match="no file"):
        read_turns(tmp_path / "none.jsonl", {})


def test_turns_move_to_another_list_by_title(items: Sequence[RecordedItem], folder: Path) -> None:
    names = [item.name for item in items]
    turns = read_turns(folder / "valid_data_processed.jsonl", {name: n for n, name in enumerate(names)})
    onto = [name.replace("Film", "film") for name in reversed(names)][:10]
    for before, after in zip(turns, moved(turns, names, onto), strict=True):
        assert [onto[row] for row in after.targets] == [
            names[row].replace("Film", "film")
            for row in before.targets
            if names[row].replace("Film", "film") in onto
        ]


def test_a_dialogue_names_its_items_in_order() -> None:
    turns = [RecordedTurn("d", 1, (), (4,), (), (2, 3)), RecordedTurn("d", 3, (), (4, 3, 2), (), (1,))]
    assert dialogue_order(turns) == {"d": (4, 2, 3, 1)}
