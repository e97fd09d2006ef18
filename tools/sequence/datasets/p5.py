"""A folder in the form of P5 and TIGER: `sequences.txt`, a line a user, and perhaps `items.jsonl`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tools.errors import UserInputError
from tools.sequence.datasets.columns import read_bytes, remarks, sorted_labels
from tools.sequence.datasets.dataset import Counts, Dataset
from tools.sequence.datasets.describe import describe_record
from tools.sequence.interactions import interactions_from_columns

SEQUENCES, ITEMS, COUNTS = "sequences.txt", "items.jsonl", "counts.json"


def read_p5(folder: Path) -> Dataset:
    """The folder's sequences over every item of `items.jsonl` and of the sequences, in the ids' sorted order.

    A line is a user's id, then item ids in time order, between white space. A user without items is counted and
    left out. Raises UserInputError that names file and line.
    """
    if not (folder / SEQUENCES).is_file():
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise UserInputError(f"no {SEQUENCES} in {folder}; found: {found}")
    histories, without_items = _histories(folder / SEQUENCES)
    records = _items(folder / ITEMS) if (folder / ITEMS).is_file() else {}
    labels = list(dict.fromkeys((*records, *(item for history in histories for item in history))))
    item_ids = tuple(labels[k] for k in sorted_labels(labels))
    rows = {item: row for row, item in enumerate(item_ids)}
    lengths = [len(history) for history in histories]
    made = interactions_from_columns(
        users=np.repeat(np.arange(len(histories)), lengths),
        items=np.array([rows[item] for history in histories for item in history], np.int32),
        times=np.concatenate([np.arange(length) for length in lengths]),
        item_count=len(item_ids),
        timed=False,
    )
    notes = remarks(made, sum(lengths) - len(made), timed=False)
    if without_items:
        notes += (f"users without an item left out: {without_items:,}",)
    if records and (strangers := len(item_ids) - len(records)):
        notes += (f"items of {SEQUENCES} that are not in {ITEMS}: {strangers:,}",)
    described = [describe_record(records.get(item, {})) for item in item_ids] if records else []
    return Dataset(
        name=folder.resolve().name,
        interactions=made,
        item_ids=item_ids,
        item_texts=tuple(text for text, _ in described),
        item_features=tuple(features for _, features in described),
        notes=notes,
    )


def counts_beside(folder: Path) -> Counts | None:
    """The counts that `counts.json` says the folder must have; None without that file."""
    path = folder / COUNTS
    if not path.is_file():
        return None
    try:
        content = json.loads(read_bytes(path))
        return Counts(*(int(content[name]) for name in Counts._fields))
    except (ValueError, KeyError, TypeError):
        raise UserInputError(f"{path}: expected an object of numbers {', '.join(Counts._fields)}") from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(read_bytes(path).decode().split("\n"), start=1):
        if line.strip():
            yield number, line


def _histories(path: Path) -> tuple[list[list[str]], int]:
    """Item ids of every user that has some, and how many users have none."""
    line_of: dict[str, int] = {}
    histories = []
    for number, line in _lines(path):
        user, *items = line.split()
        if user in line_of:
            raise UserInputError(
                f"{path}, line {number}: user {user!r} already stands in line {line_of[user]}"
            )
        line_of[user] = number
        if items:
            histories.append(items)
    if not histories:
        raise UserInputError(f"{path}: no line holds a user and an item")
    return histories, len(line_of) - len(histories)


def _items(path: Path) -> dict[str, dict[str, Any]]:
    records: dict[str, dict[str, Any]] = {}
    for number, line in _lines(path):
        try:
            record = json.loads(line)
        except ValueError:
            raise UserInputError(f"{path}, line {number}: not a JSON object") from None
        if not isinstance(record, dict):
            raise UserInputError(f"{path}, line {number}: not a JSON object")
        key = record.get("id")
        if isinstance(key, bool) or not isinstance(key, int | str) or key == "":
            raise UserInputError(f"{path}, line {number}: no 'id' that is a number or text")
        if str(key) in records:
            raise UserInputError(f"{path}, line {number}: id {key!r} stands twice")
        records[str(key)] = record
    return records
