"""What is learnt from a folder of recorded dialogues, made once and kept under home."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tools.dialogue.hearing import Encode
from tools.dialogue.learning import VERSION, learn
from tools.dialogue.learnt import FORMAT, Learnt, load, save
from tools.dialogue.recorded import ITEMS_FILE, read_items, read_turns
from tools.errors import UserInputError

LEARN_FILE = "valid_data_processed.jsonl"  # ReDial's validation dialogues
TEST_FILE = "test_data_processed.jsonl"


def learnt_from(
    folder: Path, home: Path, encode: Encode, seed: int, tell: Callable[[str], object], anew: bool = False
) -> Learnt:
    """What the dialogues of LEARN_FILE in the folder teach; read from home where it was learnt before.

    anew: learns even then. Never reads TEST_FILE. Raises UserInputError when the folder has no dialogues to learn from.
    """
    path = folder / LEARN_FILE
    if not path.is_file():
        raise UserInputError(
            f"no file {path} to learn from; name a folder that has one with --learn-from, such as ReDial's"
        )
    place = home / "evaluations" / "redial" / _digest(folder, seed)
    if (place / "learnt.json").is_file() and not anew:
        return load(place)
    items = read_items(folder)
    rows = {item.name: row for row, item in enumerate(items)}
    learnt = learn(read_turns(path, rows), items, encode, seed, tell)
    aside = place.with_name(f".{place.name}-{os.getpid()}")
    try:
        save(learnt, aside)
        shutil.rmtree(place, ignore_errors=True)
        aside.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return learnt


def _digest(folder: Path, seed: int) -> str:
    """Of all that the learning reads."""
    told = hashlib.sha256(f"{VERSION} {FORMAT} {seed} ".encode())
    for name in (ITEMS_FILE, LEARN_FILE):
        told.update((folder / name).read_bytes())
    return told.hexdigest()[:16]
