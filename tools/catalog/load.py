"""Reads a catalogue from CSV, Parquet or JSONL files, with a `catalog.toml` or with the types inferred."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
from numpy.typing import NDArray

from tools.catalog.items import UNTITLED, Catalog, FacetValue, Item
from tools.catalog.spec import CatalogSpec, FacetSpec, InteractionColumns, ItemColumns, read_spec
from tools.errors import UserInputError

MANY_VALUES_SHARE = 0.05  # a text column with the separator in more than 5 % of its cells holds lists
CATEGORY_SHARE = 0.5  # a text column with fewer distinct values than half of its cells is a category
TIME_NAMES = ("timestamp", "time", "date", "datetime")
USER_NAMES = ("user", "user_id", "userid", "customer", "customer_id")
RATING_NAMES = ("rating", "score", "stars")


@dataclass(frozen=True)
class InteractionTable:
    """Users' interactions with items of the catalogue, in file order. All arrays are (n,)."""

    users: NDArray[np.int32]
    rows: NDArray[np.int32]
    times: NDArray[np.int64]
    liked: NDArray[np.int8]  # 1 liked, -1 disliked, 0 neither
    unknown_items: int = 0

    def __len__(self) -> int:
        return len(self.users)


def read_table(path: Path) -> pa.Table:
    """A CSV, TSV, Parquet or JSONL file as an Arrow table; UserInputError when it cannot be read."""
    if not path.is_file():
        raise UserInputError(f"no file {path}")
    readers = {
        ".csv": pyarrow.csv.read_csv,
        ".tsv": lambda p: pyarrow.csv.read_csv(p, parse_options=pyarrow.csv.ParseOptions(delimiter="\t")),
        ".parquet": pyarrow.parquet.read_table,
        ".jsonl": pyarrow.json.read_json,
        ".ndjson": pyarrow.json.read_json,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UserInputError(f"{path.name}: expected one of {', '.join(readers)}")
    try:
        table = reader(str(path))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UserInputError(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from None
    if table.num_rows == 0:
        raise UserInputError(f"{path.name} has no rows")
    return table


def load_catalog(path: Path) -> Catalog:
    """The catalogue described by a `catalog.toml`, a folder that holds one, or a bare items file.

    Raises UserInputError with one sentence when a file, column or value cannot be used.
    """
    if path.is_dir():
        path = path / "catalog.toml"
    spec = read_spec(path) if path.suffix == ".toml" else infer_spec(path)
    return Catalog(spec, read_items(spec, path.parent))


def read_items(spec: CatalogSpec, folder: Path) -> list[Item]:
    """The items of a specification, its files joined on the id column."""
    columns = spec.catalog
    cells: dict[str, dict[str, Any]] = {}
    seen_columns: set[str] = set()
    for number, name in enumerate(columns.items):
        table = read_table(folder / name)
        _require(table, [columns.id], name)
        for record in table.to_pylist():
            item_id = record[columns.id]
            if item_id is None or str(item_id).strip() == "":
                raise UserInputError(f"{name}: a row has no {columns.id!r}")
            key = str(item_id)
            if number == 0:
                if key in cells:
                    raise UserInputError(f"{name}: id {key!r} stands twice")
                cells[key] = record
            elif key in cells:
                for column, value in record.items():
                    if column not in seen_columns:
                        cells[key][column] = value
        seen_columns.update(table.column_names)
    wanted = [columns.title, *columns.text, *(facet.column for facet in spec.facets.values())]
    missing = [column for column in wanted if column not in seen_columns]
    if missing:
        raise UserInputError(
            f"no column {missing[0]!r} in {', '.join(columns.items)}; found: {', '.join(sorted(seen_columns))}"
        )
    return [_item(key, record, spec) for key, record in cells.items()]


def _item(key: str, record: Mapping[str, Any], spec: CatalogSpec) -> Item:
    columns = spec.catalog
    facets: dict[str, FacetValue] = {}
    for name, facet in spec.facets.items():
        value = _facet_value(record.get(facet.column), facet, name, key)
        if value is not None:
            facets[name] = value
    title = record.get(columns.title)
    return Item(
        id=key,
        title=_clean(str(title)) if title not in (None, "") else f"{UNTITLED} {key})",
        text=" ".join(_clean(str(record[c])) for c in columns.text if record.get(c)),
        other_names=_names(record.get(columns.other_names)) if columns.other_names else (),
        facets=facets,
    )


def _names(cell: Any) -> tuple[str, ...]:
    parts = cell if isinstance(cell, list) else str(cell or "").split("|")
    return tuple(name for part in parts if part and (name := _clean(str(part))))


def _facet_value(cell: Any, facet: FacetSpec, name: str, key: str) -> FacetValue | None:
    if cell is None or cell == "" or cell == []:
        return None
    if facet.kind == "numeric":
        try:
            number = float(cell)
        except (TypeError, ValueError):
            raise UserInputError(f"item {key!r}: {name} is {cell!r}, not a number") from None
        if not np.isfinite(number):
            return None
        return int(number) if number.is_integer() else number
    parts = cell if isinstance(cell, list) else str(cell).split(facet.separator) if facet.many else [cell]
    values = tuple(dict.fromkeys(facet.same.get(v, v) for part in parts if part and (v := _clean(str(part)))))
    if not values:
        return None
    return values if facet.many else values[0]


def _clean(text: str) -> str:
    """Text on one line without control characters; item text is data and may hold anything."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def infer_spec(path: Path) -> CatalogSpec:
    """A specification guessed from an items file's columns and values."""
    table = read_table(path)
    names = table.column_names
    item_id = _first(names, ("id", "item_id", "itemid", "sku", "asin")) or names[0]
    title = _first(names, ("title", "name", "product_name")) or next(
        (n for n in names if n != item_id and pa.types.is_string(table.schema.field(n).type)), item_id
    )
    text = tuple(
        n for n in names if n.lower() in ("description", "synopsis", "text", "summary", "plot", "overview")
    )
    facets: dict[str, dict[str, Any]] = {}
    for name in names:
        if name in (item_id, title, *text):
            continue
        facet = _infer_facet(table, name)
        if facet is not None:
            facets[name] = facet
    return CatalogSpec.model_validate(
        {
            "catalog": ItemColumns(
                name="catalog", items=(path.name,), id=item_id, title=title, text=text
            ).model_dump(by_alias=True),
            "facets": facets,
        }
    )


def _infer_facet(table: pa.Table, name: str) -> dict[str, Any] | None:
    column = table.column(name)
    kind = column.type
    if pa.types.is_list(kind):
        return {"kind": "categorical", "column": name, "many": True}
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        role = {"year": "year", "price": "price", "runtime_min": "duration", "runtime": "duration"}.get(
            name.lower(), ""
        )
        return {"kind": "numeric", "column": name, "role": role}
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        cells = [c for c in column.to_pylist() if c]
        if not cells:
            return None
        if sum("|" in c for c in cells) > MANY_VALUES_SHARE * len(cells):
            return {"kind": "categorical", "column": name, "many": True}
        if len(set(cells)) <= max(1, CATEGORY_SHARE * len(cells)):
            return {"kind": "categorical", "column": name}
    return None


def read_interactions(catalog: Catalog, columns: InteractionColumns, folder: Path) -> InteractionTable:
    """Users' interactions; those with items that are not in the catalogue are counted and left out."""
    table = read_table(folder / columns.file)
    wanted = [columns.user, columns.item, *(c for c in (columns.time, columns.rating) if c)]
    _require(table, wanted, columns.file)
    users = pc.dictionary_encode(table.column(columns.user).cast(pa.string())).combine_chunks()
    user_codes = np.asarray(users.indices.fill_null(-1))
    rows = np.array([catalog.rows.get(str(i), -1) for i in table.column(columns.item).to_pylist()], np.int32)
    times = _times(table, columns)
    liked = np.zeros(len(rows), np.int8)
    if columns.rating is not None:
        ratings = _as_float(table, columns.rating, columns.file)
        if columns.liked_from is not None:
            liked[ratings >= columns.liked_from] = 1
        if columns.disliked_to is not None:
            liked[ratings <= columns.disliked_to] = -1
    keep = (rows >= 0) & (user_codes >= 0)
    return InteractionTable(
        users=user_codes[keep].astype(np.int32),
        rows=rows[keep],
        times=times[keep],
        liked=liked[keep],
        unknown_items=int((rows < 0).sum()),
    )


def _times(table: pa.Table, columns: InteractionColumns) -> NDArray[np.int64]:
    if columns.time is None:
        return np.arange(table.num_rows, dtype=np.int64)
    column = table.column(columns.time)
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.timestamp("s")).cast(pa.int64())
    try:
        values = column.cast(pa.float64())
    except pa.ArrowException:
        raise UserInputError(
            f"{columns.file}: column {columns.time!r} holds something that is not a time"
        ) from None
    if values.null_count:
        raise UserInputError(f"{columns.file}: column {columns.time!r} has empty cells")
    return np.asarray(values).astype(np.int64)


def _as_float(table: pa.Table, name: str, file: str) -> NDArray[np.float64]:
    try:
        return np.asarray(table.column(name).cast(pa.float64()).fill_null(float("nan")))
    except pa.ArrowException:
        raise UserInputError(f"{file}: column {name!r} holds something that is not a number") from None


def infer_interactions(path: Path) -> InteractionColumns:
    """Which columns of an interactions file are user, item, time and rating."""
    names = read_table(path).column_names
    user = _first(names, USER_NAMES)
    item = _first(names, ("item", "item_id", "itemid", "sku", "asin", "product_id", "film", "movieid"))
    if user is None or item is None:
        raise UserInputError(
            f"{path.name}: no user or item column among {', '.join(names)}; name them in catalog.toml"
        )
    return InteractionColumns(
        file=path.name,
        user=user,
        item=item,
        time=_first(names, TIME_NAMES),
        rating=_first(names, RATING_NAMES),
    )


def _first(names: Iterable[str], wanted: tuple[str, ...]) -> str | None:
    lowered = {name.lower(): name for name in names}
    return next((lowered[w] for w in wanted if w in lowered), None)


def _require(table: pa.Table, columns: Iterable[str], file: str) -> None:
    for column in columns:
        if column not in table.column_names:
            raise UserInputError(f"{file}: no column {column!r}; found: {', '.join(table.column_names)}")


def read_reviews(catalog: Catalog, path: Path) -> dict[str, list[str]]:
    """The texts of a catalogue's reviews by item id; empty when it has none. path: what the catalogue was loaded from.

    Raises UserInputError when the file or a column is missing; reviews of items that are not in the catalogue are left out.
    """
    columns = catalog.spec.reviews
    if columns is None:
        return {}
    table = read_table((path if path.is_dir() else path.parent) / columns.file)
    _require(table, [columns.item, columns.text], columns.file)
    found: dict[str, list[str]] = {}
    for item, text in zip(table[columns.item].to_pylist(), table[columns.text].to_pylist(), strict=True):
        if str(item) in catalog.rows and text:
            found.setdefault(str(item), []).append(_clean(str(text)))
    return found
