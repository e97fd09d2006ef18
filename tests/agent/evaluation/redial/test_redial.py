"""The protocol on recorded dialogues: what counts as found; and that learning never sees the test."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agent.evaluation.redial import learning as kept
from agent.evaluation.redial import learnt_from, measure_redial
from agent.evaluation.report.contents import Report
from tools.dialogue.recorded import RecordedTurn
from tools.errors import UserInputError

ITEMS = 60
LEARNT: Any = SimpleNamespace(
    told={"dialogues": 1, "turns": 1, "likes": 0, "seed": 0, "validation": {}, "seconds": 0.0}
)


class Orders:
    """Ranks items by their row, at every turn; what was mentioned is out."""

    names = tuple(f"Film {n}" for n in range(ITEMS))

    def scores(self, turns: Sequence[RecordedTurn]) -> Iterator[Any]:
        for turn in turns:
            scores = -np.arange(ITEMS, dtype=np.float32)
            scores[list(turn.mentioned)] = -np.inf
            yield scores


def _turn(
    number: int, mentioned: tuple[int, ...], targets: tuple[int, ...], unknown: int = 0
) -> RecordedTurn:
    said = ("hello", "hi", "something like that")
    return RecordedTurn("d", number, said, mentioned, (), targets, unknown)


TURNS = [
    _turn(1, (), (0, 30)),
    _turn(3, (0, 1), (2,)),
    _turn(5, (), (4,), unknown=1),
    _turn(7, (0, 1, 2), (59,)),
]


def _measured(turns: Sequence[RecordedTurn] = TURNS) -> Any:
    return measure_redial(Orders(), LEARNT, turns, 0, lambda _: None)  # type: ignore[arg-type]


def test_recall_is_the_share_of_a_turns_targets_among_the_first() -> None:
    section = _measured()
    found = {figure.name: figure.cases for figure in section.figures}
    assert found["recall@1"] == {"d:1": 0.5, "d:3": 1.0, "d:5": 0.0, "d:7": 0.0}
    assert found["recall@5"] == {"d:1": 0.5, "d:3": 1.0, "d:5": 0.5, "d:7": 0.0}
    assert found["recall@50"]["d:1"] == 1.0
    assert section.setup["targets"] == 6
    assert section.setup["targets not among the items"] == 1
    by_target = section.tables[0].rows[1]
    assert by_target[1] == pytest.approx(2 / 6)


def test_published_figures_stand_only_beside_the_same_test() -> None:
    section = _measured()
    assert [row[0] for row in section.tables[0].rows] == [
        "palate, no language model",
        "the same, mean over targets",
    ]


def test_the_worst_turns_are_told_whole() -> None:
    (trace,) = _measured().traces
    assert trace.id == "d:7"
    assert "Film 59 (place 57)" in trace.why
    assert [step.who for step in trace.steps] == ["seeker", "recommender", "seeker", "palate"]


def test_twice_the_same() -> None:
    assert Report((_measured(),)).digest() == Report((_measured(),)).digest()


def _folder(path: Path) -> Path:
    (path / "id2info.json").write_text(json.dumps({"1": {"name": "A"}, "2": {"name": "B"}}))
    line = {"dialog_id": "1", "turn_id": 1, "context": [""], "entity": [], "rec": ["A"]}
    (path / "valid_data_processed.jsonl").write_text(json.dumps(line))
    return path


def test_learning_reads_no_test_file_and_happens_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(tmp_path)
    learnt: list[Sequence[RecordedTurn]] = []

    def learn(turns: Sequence[RecordedTurn], *_: Any) -> str:
        learnt.append(turns)
        return "learnt"

    def save(_: Any, place: Path) -> None:
        place.mkdir(parents=True)
        (place / "learnt.json").write_text("{}")

    monkeypatch.setattr(kept, "learn", learn)
    monkeypatch.setattr(kept, "save", save)
    monkeypatch.setattr(kept, "load", lambda place: f"kept in {place.parent.name}")
    run = [learnt_from(folder, tmp_path / "home", len, 0, print) for _ in range(2)]  # type: ignore[arg-type]
    assert run == ["learnt", "kept in redial"]
    assert [t.targets for t in learnt[0]] == [(0,)]
    assert learnt_from(folder, tmp_path / "home", len, 1, print) == "learnt"  # type: ignore[arg-type]
    assert learnt_from(folder, tmp_path / "home", len, 0, print, anew=True) == "learnt"  # type: ignore[arg-type]


def test_a_folder_without_dialogues_to_learn_from_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="--learn-from"):
        learnt_from(tmp_path, tmp_path, len, 0, print)  # type: ignore[arg-type]
