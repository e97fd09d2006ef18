"""A column of times as whole numbers: integers, floats, ISO dates and datetimes, with or without a zone."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tools.errors import UserInputError
from tools.sequence.interactions import Longs

# What a column written as text may be; within a kind the coarser type first. Kinds are not mixed: a number among
# dates, or a date without a zone among dates with one, has no place between them.
KINDS = {
    "a number": (pa.int64(), pa.float64()),
    "an ISO date without a zone": (pa.timestamp("us"), pa.timestamp("ns")),
    "an ISO date with a zone": (pa.timestamp("us", "UTC"), pa.timestamp("ns", "UTC")),
}
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def read_times(column: pa.ChunkedArray, path: Path, name: str) -> Longs:
    """Seconds since 1970 of dates, integers as they are, floats with a fraction in millionths. (rows,)

    Raises UserInputError with the first faulty row, counted from 1 below the header.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(column, ""), None, column)
    if column.null_count:
        first = int(np.asarray(pc.is_null(column)).argmax()) + 1
        raise UserInputError(
            f"{path}: rows without a {name!r}: {column.null_count:,}, the first is row {first}"
        )
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _parsed(column, path, name)
    kind = column.type
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("ms")), pa.timestamp("ms")
    if pa.types.is_timestamp(kind):
        values = np.asarray(column.cast(pa.int64()))
        unit = PER_SECOND[kind.unit]
        return values // unit if not (values % unit).any() else values
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _whole(np.asarray(column.cast(pa.float64())), path, name)
    if not pa.types.is_integer(kind):
        raise UserInputError(f"{path}: column {name!r} holds {kind}, not times")
    try:
        return np.asarray(column.cast(pa.int64()))
    except pa.ArrowException:
        raise UserInputError(f"{path}: column {name!r} holds a number too large for a time") from None


def _parsed(column: pa.ChunkedArray, path: Path, name: str) -> pa.ChunkedArray:
    for types in KINDS.values():
        for kind in types:
            if (parsed := _cast(column, kind)) is not None:
                return parsed
    expected = next((kind for kind in KINDS if _is(column.slice(0, 1), kind)), None)
    first = column[0].as_py()
    if expected is None:
        raise UserInputError(f"{path}, row 1: {name!r} is {first!r}, neither a number nor an ISO date")
    row = _first_unlike(column, expected)
    raise UserInputError(
        f"{path}, row {row + 1}: {name!r} is {column[row].as_py()!r}, not {expected} as in row 1 ({first!r})"
    )


def _first_unlike(column: pa.ChunkedArray, kind: str) -> int:
    """The first row that is not of this kind, by halving: rows before `low` are."""
    low, high = 1, len(column) - 1
    while low < high:
        middle = (low + high) // 2
        if _is(column.slice(low, middle + 1 - low), kind):
            low = middle + 1
        else:
            high = middle
    return low


def _is(column: pa.ChunkedArray, kind: str) -> bool:
    return any(_cast(column, each) is not None for each in KINDS[kind])


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    try:
        return column.cast(kind)
    except pa.ArrowException:
        return None


def _whole(values: NDArray[np.float64], path: Path, name: str) -> Longs:
    usable = np.isfinite(values)
    if not usable.all():
        raise UserInputError(f"{path}, row {usable.argmin() + 1}: {name!r} is {values[usable.argmin()]}")
    # whole seconds alone would lose the order within one
    scaled = values if np.array_equal(values, np.floor(values)) else np.round(values * 1e6)
    if np.abs(scaled).max(initial=0) >= 2.0**63:
        raise UserInputError(f"{path}: column {name!r} holds a number too large for a time")
    return scaled.astype(np.int64)
