"""A small list of films and dialogues about it, and an embedder of letters."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.dialogue.recorded import RecordedItem

GENRES = ("horror", "comedy", "drama", "western")
STARS = ("Ann Ace", "Bob Bay", "Cid Cole", "Dee Dow", "Eve Elm", "Fay Fox")


def letters(texts: Sequence[str]) -> Any:
    """Unit vectors of letter pairs: alike for texts of like words. (texts, 64)"""
    made = np.zeros((len(texts), 64), np.float32)
    for at, text in enumerate(texts):
        for a, b in zip(text.lower(), text.lower()[1:], strict=False):
            made[at, (ord(a) * 31 + ord(b)) % 64] += 1
    return made / (np.linalg.norm(made, axis=1, keepdims=True) + 1e-6)


@pytest.fixture(scope="session")
def encode() -> Callable[[Sequence[str]], Any]:
    return letters


@pytest.fixture(scope="session")
def items() -> tuple[RecordedItem, ...]:
    rng = random.Random(3)
    return tuple(
        RecordedItem(
            name=f"Film {chr(65 + n)} ({1980 + n})" if n % 5 else f"Film {chr(65 + n)}",
            genre=(GENRES[n % 4],),
            star=tuple(rng.sample(STARS, 2)),
            director=(rng.choice(STARS),),
            plot=f"a {GENRES[n % 4]} about number {n}" if n % 7 else None,
        )
        for n in range(24)
    )


def make_folder(folder: Path, items: Sequence[RecordedItem], dialogues: int = 30, seed: int = 0) -> Path:
    """A folder in the format: dialogues of people who keep to one genre."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    told = {str(n): item.model_dump(mode="json") for n, item in enumerate(items)}
    (folder / "id2info.json").write_text(json.dumps(told), encoding="utf-8")
    for name in ("valid", "test"):
        lines = []
        for number in range(dialogues):
            genre = rng.choice(GENRES)
            films = rng.sample([i.name for i in items if i.genre == (genre,)], 4)
            said = ["", "Hi, what do you like?", f"I like {genre} films such as {films[0]}"]
            lines.append(_line(f"{name}{number}", 3, said, [genre, films[0]], films[1:2]))
            said = [*said, f"Have you seen {films[1]}?", "Yes, loved it. Another?"]
            lines.append(_line(f"{name}{number}", 5, said, [genre, films[0], films[1]], [films[1], films[2]]))
        (folder / f"{name}_data_processed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def _line(dialogue: str, turn: int, said: list[str], named: list[str], now: list[str]) -> str:
    told = {"dialog_id": dialogue, "turn_id": turn, "context": said, "entity": named, "rec": now, "resp": ""}
    return json.dumps(told)


@pytest.fixture(scope="session")
def folder(items: Sequence[RecordedItem], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("recorded"), items)
