"""Columns of a file as dense numbers: labels, the k-core, and remarks on what was read."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tools.errors import UserInputError
from tools.sequence.interactions import Interactions, Ints


def read_bytes(path: Path, encoding: str = "utf-8") -> bytes:
    """A text file's bytes without a byte order mark; UserInputError when it is missing, empty or no text."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserInputError(f"no file {path}") from None
    except OSError as error:
        raise UserInputError(f"{path} cannot be read: {error.strerror or error}") from None
    if not content.strip():
        raise UserInputError(f"{path} is empty")
    if (nul := content.find(b"\0")) >= 0:
        raise UserInputError(f"{path} is not a text file in UTF-8: byte {nul + 1} is zero")
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserInputError(f"{path}, line {line}: not {encoding.upper()} text") from None
    return content.removeprefix(b"\xef\xbb\xbf")


def dense_labels(column: pa.ChunkedArray) -> tuple[Ints, tuple[str, ...]]:
    """A column of strings as (code of every row, the label of every code), codes in the labels' sorted order."""
    encoded = pc.dictionary_encode(column)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    labels = encoded.dictionary.to_pylist()
    order = sorted_labels(labels)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[np.asarray(encoded.indices)], tuple(labels[k] for k in order)


def sorted_labels(labels: Sequence[str]) -> list[int]:
    """Places of the labels in sorted order: as numbers when all are integers, as text else."""
    if all(label.isascii() and label.removeprefix("-").isdigit() for label in labels):
        return sorted(range(len(labels)), key=lambda k: (int(labels[k]), labels[k]))
    return sorted(range(len(labels)), key=lambda k: labels[k])


def k_core(users: Ints, items: Ints, k: int) -> NDArray[np.bool_]:
    """Which interactions are left when users and items with fewer than k are dropped until none is. (n,)"""
    keep = np.ones(len(users), bool)
    while keep.any():
        user_events = np.bincount(users[keep], minlength=users.max() + 1)[users]
        item_events = np.bincount(items[keep], minlength=items.max() + 1)[items]
        left = keep & (user_events >= k) & (item_events >= k)
        if left.sum() == keep.sum():
            break
        keep = left
    return keep


def within_core(interactions: Interactions, k: int) -> tuple[Interactions, list[int]]:
    """The interactions of the k-core with rows counted anew, and the old rows of its items."""
    keep = k_core(interactions.users, interactions.items, k)
    users, _ = _counted_anew(interactions.users[keep])
    items, rows = _counted_anew(interactions.items[keep])
    return Interactions(users, items, interactions.times[keep], item_count=len(rows)), rows


def _counted_anew(codes: Ints) -> tuple[Ints, list[int]]:
    """The codes without gaps between them, in the same order, and what each was."""
    there = np.bincount(codes) > 0
    return (np.cumsum(there, dtype=np.int32) - 1)[codes], np.flatnonzero(there).tolist()


def remarks(made: Interactions, repeated: int, timed: bool) -> tuple[str, ...]:
    """Sentences on repeated pairs left out and on events whose times do not say which came first."""
    found = []
    if repeated:
        found.append(f"repeated (user, item) pairs left out: {repeated:,}; the first of each was kept")
    if timed and (ties := same_time_neighbours(made)):
        found.append(
            f"events at the same time as the one before: {ties:,}; the file's order stands between them"
        )
    return tuple(found)


def same_time_neighbours(made: Interactions) -> int:
    """Events with the same user and time as the event before them."""
    return int(((np.diff(made.users) == 0) & (np.diff(made.times) == 0)).sum())
