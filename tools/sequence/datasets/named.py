"""The data sets palate knows by name, and the one door to them and to a person's own."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.assets import asset_path, find_asset
from tools.errors import SetupError, UserInputError
from tools.sequence.datasets.dataset import Counts, Dataset

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class NamedDataset:
    """A data set with the counts it must have; `asset` is empty where it lies inside the package."""

    name: str
    counts: Counts
    licence: str
    source: str
    asset: str = ""


def _from_asset(name: str, counts: Counts) -> NamedDataset:
    asset = find_asset(name)
    return NamedDataset(name, counts, asset.licence, asset.homepage, name)


NAMED = {
    each.name: each
    for each in (
        NamedDataset(
            "demo",
            Counts(671, 9_066, 100_004),
            "GroupLens: non-commercial, same terms",
            "MovieLens latest-small (2016) and palate's film notes",
        ),
        # after the 5-core; the counts of SASRec's and most later papers' preparation
        _from_asset("ml-1m", Counts(6_040, 3_416, 999_611)),
    )
}


def load_dataset(
    spec: str,
    home: Path,
    progress: Progress | None = None,
    *,
    user_column: str | None = None,
    item_column: str | None = None,
    time_column: str | None = None,
    core: int = 0,
    expect: tuple[int, int, int] | None = None,
) -> Dataset:
    """The data set a name, a folder with `sequences.txt` or a table (CSV, TSV, Parquet) stands for.

    A name wins over a folder of that name; `./demo` is the folder. The columns and `core` are a table's only.
    expect: (users, items, interactions) it must have; a named set and a folder with `counts.json` have their own.
    Raises UserInputError with the fault and its place; SetupError when the counts differ or a set is not fetched.
    """
    tell = progress or (lambda _share, _message: None)
    tell(0.0, f"reading {spec}")
    named, where = NAMED.get(spec), os.path.expanduser(spec)
    is_folder = named is None and os.path.isdir(where)
    if core < 0:
        raise UserInputError(f"core must not be negative, not {core}")
    if (named or is_folder) and (core or user_column or item_column or time_column):
        raise UserInputError(f"{spec} is no table: columns and core cannot be chosen for it")
    required = [Counts(*expect)] if expect is not None else []
    if named is not None:
        made = _read_named(named, home)
        required.append(named.counts)
    elif is_folder:
        from tools.sequence.datasets.p5 import counts_beside, read_p5

        made = read_p5(Path(where))
        if (beside := counts_beside(Path(where))) is not None:
            required.append(beside)
    elif os.path.isfile(where):
        from tools.sequence.datasets.table import read_table

        made = read_table(Path(where), user_column, item_column, time_column, core)
    else:
        raise UserInputError(
            f"no data set, file or folder {spec!r}; known by name: {', '.join(NAMED)}; else name a folder with "
            "sequences.txt, or a table with users, items and times (.csv, .tsv, .parquet)"
        )
    for counts in required:
        if made.counts != counts:
            raise SetupError(f"{spec} must have {counts}, but has {made.counts}{_repair(named)}")
    tell(1.0, f"{made.name}: {made.counts}")
    return made


def _read_named(named: NamedDataset, home: Path) -> Dataset:
    if named.name == "demo":
        from tools.sequence.datasets.demo import read_demo

        return read_demo()
    folder = asset_path(home, named.asset)
    if folder is None:
        raise SetupError(f"{named.name} is not here; run `palate data fetch {named.name}`")
    from tools.sequence.datasets.movielens import read_movielens

    try:
        return read_movielens(folder)
    except UserInputError as error:
        raise SetupError(f"{error}{_repair(named)}") from None


def _repair(named: NamedDataset | None) -> str:
    if named is None:
        return ""
    if not named.asset:
        return "; install palate again"
    # verify takes the stamp off a folder that is not as pinned; only then does fetch bring it anew
    return f"; run `palate assets verify {named.asset}`, then `palate data fetch {named.name}`"
