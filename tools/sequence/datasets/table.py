"""A person's own table of (user, item, time): CSV, TSV or Parquet, its columns found by their usual names."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from tools.errors import UserInputError
from tools.sequence.datasets.columns import dense_labels, read_bytes, remarks, within_core
from tools.sequence.datasets.dataset import Dataset
from tools.sequence.datasets.times import read_times
from tools.sequence.interactions import interactions_from_columns

# As written without case, "_", "-" and spaces; the first that a table has is taken.
USER_NAMES = ("user", "userid", "customer", "customerid", "visitor", "visitorid", "reviewerid", "uid")
ITEM_NAMES = (
    *("item", "itemid", "product", "productid", "movie", "movieid", "film", "filmid"),
    *("book", "bookid", "track", "trackid", "article", "articleid", "sku", "asin", "iid"),
)
TIME_NAMES = ("timestamp", "time", "datetime", "date", "unixreviewtime", "createdat", "ts")
SUFFIXES = (".csv", ".tsv", ".parquet")


def read_table(
    path: Path,
    user_column: str | None = None,
    item_column: str | None = None,
    time_column: str | None = None,
    core: int = 0,
) -> Dataset:
    """The table's rows as interactions; without a time column the file's order is the time.

    core: keep only users and items with that many interactions, again and again until all have them; 0 keeps all.
    Raises UserInputError that names the file and its first faulty row, counted from 1 below the header.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UserInputError(f"{path}: expected one of {', '.join(SUFFIXES)}")
    content = None if path.suffix.lower() == ".parquet" else read_bytes(path).lstrip(b"\r\n")
    delimiter = "" if content is None else _delimiter(path, content)
    names = _parquet_names(path) if content is None else _header(content, delimiter)
    user = _column(path, names, user_column, USER_NAMES, "user")
    item = _column(path, names, item_column, ITEM_NAMES, "item")
    time = _time_column(path, names, time_column)
    wanted = [user, item, *([time] if time is not None else [])]
    if len(set(wanted)) < len(wanted):
        raise UserInputError(
            f"{path}: user, item and time must be different columns, not {', '.join(wanted)}"
        )
    if twice := next((name for name in wanted if names.count(name) > 1), None):
        raise UserInputError(f"{path}: two columns are named {twice!r}")
    table = _parquet(path, wanted) if content is None else _delimited(path, content, names, wanted, delimiter)
    if table.num_rows == 0:
        raise UserInputError(f"{path} has no rows")

    users, _ = dense_labels(_ids(table.column(user), path, "user"))
    items, item_ids = dense_labels(_ids(table.column(item), path, "item"))
    times = np.arange(table.num_rows) if time is None else read_times(table.column(time), path, time)
    made = interactions_from_columns(users, items, times, len(item_ids), timed=time is not None)
    repeated = table.num_rows - len(made)
    read = f"read as user, item{'' if time is None else ', time'}: {', '.join(wanted)}"
    notes = [read if time is not None else f"{read}; no time column, the file's order stands for it"]
    if core:
        before = len(made)
        made, kept = within_core(made, core)
        if not len(made):
            raise UserInputError(f"{path}: nothing is left in the {core}-core of {before:,} interactions")
        item_ids = tuple(item_ids[row] for row in kept)
        notes.append(f"{core}-core of {before:,} interactions")
    notes += remarks(made, repeated, timed=time is not None)
    return Dataset(path.stem, made, item_ids, notes=tuple(notes))


def _column(path: Path, names: Sequence[str], given: str | None, usual: Sequence[str], role: str) -> str:
    if given is not None:
        if given not in names:
            raise UserInputError(f"{path}: no column {given!r}; found: {', '.join(names)}")
        return given
    found = _usual(names, usual)
    if found is None:
        raise UserInputError(
            f"{path}: no column looks like the {role}; found: {', '.join(names)}; "
            f"name it with {role}_column (--{role}-column)"
        )
    return found


def _time_column(path: Path, names: Sequence[str], given: str | None) -> str | None:
    return _usual(names, TIME_NAMES) if given is None else _column(path, names, given, (), "time")


def _usual(names: Sequence[str], usual: Sequence[str]) -> str | None:
    plain = {"".join(c for c in name.lower() if c not in "_- "): name for name in reversed(names)}
    return next((plain[name] for name in usual if name in plain), None)


def _delimiter(path: Path, content: bytes) -> str:
    """Tab in a .tsv; in a .csv what stands most often in its header, for ";" and tabs are as usual there."""
    return "\t" if path.suffix.lower() == ".tsv" else max(",;\t|", key=_first_line(content).count)


def _header(content: bytes, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([_first_line(content)], delimiter=delimiter), [])]


def _first_line(content: bytes) -> str:
    match = re.match(rb"[^\r\n]*", content)
    return match[0].decode() if match else ""


def _delimited(
    path: Path, content: bytes, names: Sequence[str], wanted: Sequence[str], delimiter: str
) -> pa.Table:
    """The wanted columns as text; types are found afterwards, where a fault can be told with its row."""
    bad_rows: list[pyarrow.csv.InvalidRow] = []

    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        bad_rows.append(row)
        return "error"

    # the other columns are numbered: they may be nameless or named twice
    columns = [f"c{place}" if name not in wanted else name for place, name in enumerate(names)]
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(content),
            # with one thread pyarrow knows the number of a faulty row
            read_options=pyarrow.csv.ReadOptions(column_names=columns, skip_rows=1, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(wanted, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowException as error:
        if bad_rows and bad_rows[0].number is not None:
            bad = bad_rows[0]
            raise UserInputError(
                f"{path}, row {bad.number - 1}: {bad.actual_columns} cells, not {bad.expected_columns}"
            ) from None
        raise UserInputError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None


def _parquet_names(path: Path) -> list[str]:
    if not path.is_file():
        raise UserInputError(f"no file {path}")
    try:
        return list(pyarrow.parquet.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise UserInputError(f"{path} is not a Parquet file: {str(error).splitlines()[0]}") from None


def _parquet(path: Path, wanted: Sequence[str]) -> pa.Table:
    try:
        return pyarrow.parquet.read_table(path, columns=list(wanted))
    except (pa.ArrowException, OSError) as error:
        raise UserInputError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None


def _ids(column: pa.ChunkedArray, path: Path, role: str) -> pa.ChunkedArray:
    """Ids as text, so that 7, "7" and 7.0 (a column that once had gaps) are one; none may be empty."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), None, column).cast(pa.int64())
        column = pc.utf8_trim_whitespace(column.cast(pa.string()))
    except pa.ArrowException:
        raise UserInputError(f"{path}: {column.type} cannot be an id of a {role}") from None
    empty = np.asarray(pc.fill_null(pc.equal(column, ""), True))
    if empty.any():
        raise UserInputError(
            f"{path}: rows without {'an' if role == 'item' else 'a'} {role}: {empty.sum():,}, the first is row {empty.argmax() + 1}"
        )
    return column
