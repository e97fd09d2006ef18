"""MovieLens-1M, from either form of the asset `ml-1m`; both give the same rows in the same order."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from tools.demo.make_demo import split_title
from tools.errors import UserInputError
from tools.sequence.datasets.columns import read_bytes, remarks, within_core
from tools.sequence.datasets.dataset import Dataset
from tools.sequence.datasets.describe import describe
from tools.sequence.interactions import interactions_from_columns

CORE = 5
_YEAR = re.compile(r"^(?P<title>.+?)\s*\((?P<year>\d{4})\)$")
_Film = tuple[str, str, list[str]]  # (id, title with year, genres)


def read_movielens(folder: Path, core: int = CORE) -> Dataset:
    """The `core`-core of every rating, read as "watched"; film rows in the order of the asset's film file.

    Raises UserInputError when a file is not in the form it should have.
    """
    if (folder / "ratings.dat").is_file():
        films = [_grouplens_film(line, folder) for line in _lines(folder / "movies.dat", "latin-1")]
        ratings = read_bytes(folder / "ratings.dat").replace(b"::", b"\t")
        names = ["user", "film", "rating", "time"]
    else:
        films = [_carried_film(line, folder) for line in _lines(folder / "ml-1m.item")[1:]]
        ratings = read_bytes(folder / "ml-1m.inter")
        names = []
    users, film_ids, times = _ratings(ratings, names, folder)
    rows = pc.index_in(film_ids, pa.array([key for key, _, _ in films], pa.string()))
    if rows.null_count:
        raise UserInputError(
            f"{folder}: {rows.null_count:,} ratings are of films that are not in its film file"
        )
    made, kept = within_core(interactions_from_columns(users, np.asarray(rows), times, len(films)), core)
    if not len(made):
        raise UserInputError(f"{folder}: no rating is left in the {core}-core")
    described = [_described(films[row]) for row in kept]
    return Dataset(
        name="ml-1m",
        interactions=made,
        item_ids=tuple(films[row][0] for row in kept),
        item_texts=tuple(text for text, _ in described),
        item_features=tuple(features for _, features in described),
        notes=(f"{core}-core of {len(times):,} ratings", *remarks(made, 0, timed=True)),
    )


def _ratings(
    content: bytes, names: list[str], folder: Path
) -> tuple[NDArray[np.int64], pa.ChunkedArray, NDArray[np.int64]]:
    """(users as numbers, film ids as text, times); without `names` the first line is a header."""
    ids = {"user_id:token": pa.string(), "item_id:token": pa.string(), "timestamp:float": pa.float64()}
    types = {"user": pa.string(), "film": pa.string(), "time": pa.float64()} if names else ids
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(column_names=names or None),
            parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(column_types=types, include_columns=list(types)),
        )
        users, films, times = table.columns
        # the carrier writes GroupLens's user 17 as 1m_17
        users = pc.replace_substring_regex(users, "^1m_", "").cast(pa.int64())
        return np.asarray(users), films, np.asarray(times.cast(pa.int64()))
    except (pa.ArrowException, KeyError) as error:
        raise UserInputError(f"{folder}: the ratings cannot be read: {str(error).splitlines()[0]}") from None


def _lines(path: Path, encoding: str = "utf-8") -> list[str]:
    return [
        line.rstrip("\r") for line in read_bytes(path, encoding).decode(encoding).split("\n") if line.strip()
    ]


def _grouplens_film(line: str, folder: Path) -> _Film:
    fields = line.split("::")
    if len(fields) != 3:
        raise UserInputError(f"{folder / 'movies.dat'}: {line!r} is not id::title::genres")
    return fields[0], fields[1], fields[2].split("|")


def _carried_film(line: str, folder: Path) -> _Film:
    fields = line.split("\t")
    if len(fields) != 4:
        raise UserInputError(f"{folder / 'ml-1m.item'}: {line!r} has not four columns")
    return fields[0], fields[0], fields[3].split()


def _described(film: _Film) -> tuple[str, frozenset[str]]:
    """ "Slingshot, The (Kådisbellan ) (1993)" is read as "The Slingshot (Kådisbellan) (1993)"."""
    _, title, genres = film
    match = _YEAR.match(title)
    name, others = split_title(match["title"] if match else title)
    known_as = [name, *(f"({other})" for other in others), *([f"({match['year']})"] if match else [])]
    return describe(" ".join(known_as), {"genres": genres})
