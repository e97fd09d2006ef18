"""The data sets known by name."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tools.assets import asset_path
from tools.errors import SetupError, UserInputError
from tools.sequence.datasets import NAMED, Counts, Dataset, load_dataset
from tools.sequence.datasets.columns import k_core
from tools.sequence.datasets.movielens import read_movielens

FILMS = [
    ("1", "Bug's Life, A (1998)", ["Animation", "Children's"]),
    ("2", "Misérables, Les (1995)", ["Drama"]),
    ("9", "Slingshot, The (Kådisbellan ) (1993)", ["Comedy", "Drama"]),
    ("10", "Nobody's Film (1990)", ["War"]),
]
# user, place in FILMS, time: user 10 after user 2, whatever text would say; a tie in user 2
RATINGS = [(2, 2, 50), (2, 0, 50), (2, 1, 7), (10, 1, 5), (10, 2, 4), (10, 0, 6), (11, 3, 1)]


def grouplens(folder: Path, films: list, ratings: list) -> Path:
    folder.mkdir()
    lines = [f"{key}::{title}::{'|'.join(genres)}\n" for key, title, genres in films]
    (folder / "movies.dat").write_text("".join(lines), encoding="latin-1")
    lines = [f"{user}::{films[place][0]}::4::{time}\n" for user, place, time in ratings]
    (folder / "ratings.dat").write_text("".join(lines))
    return folder


def carried(folder: Path) -> Path:
    folder.mkdir()
    items = ["item_id:token\tmovie_title:token\trelease_year:float\tgenre:token"]
    items += [f"{title}\t{title[:-7]}\t{title[-5:-1]}\t{' '.join(genres)}" for _, title, genres in FILMS]
    events = ["user_id:token\titem_id:token\trating:float\ttimestamp:float"]
    events += [f"1m_{user}\t{FILMS[place][1]}\t4\t{time}" for user, place, time in RATINGS]
    for name, lines in (("ml-1m.item", items), ("ml-1m.inter", events)):
        (folder / name).write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    return folder


def test_both_forms_of_movielens_give_the_same(tmp_path):
    official, carrier = (
        read_movielens(folder, core=2)
        for folder in (grouplens(tmp_path / "g", FILMS, RATINGS), carried(tmp_path / "c"))
    )
    assert official.counts == carrier.counts == (2, 3, 6)
    for data in (official, carrier):
        assert data.interactions.items.tolist() == [1, 2, 0, 2, 1, 0]
        assert data.interactions.times.tolist() == [7, 50, 50, 4, 5, 6]
        assert data.item_texts == (
            "A Bug's Life (1998). Animation, Children's",
            "Les Misérables (1995). Drama",
            "The Slingshot (Kådisbellan) (1993). Comedy, Drama",
        )
        assert data.item_features[2] == {"genres: Comedy", "genres: Drama"}
        assert data.notes[0] == "2-core of 7 ratings"
    assert official.item_ids == ("1", "2", "9")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ratings.dat", b"1::99::5::3\n"),
        ("ratings.dat", b"1::1::5\n"),
        ("ratings.dat", b"x::1::5::3\n"),
        ("movies.dat", b"1::Toy Story\n"),
        ("movies.dat", b""),
    ],
)
def test_files_that_are_not_movielens(tmp_path, name, content):
    folder = grouplens(tmp_path / "g", FILMS, RATINGS)
    (folder / name).write_bytes(content)
    with pytest.raises(UserInputError):
        read_movielens(folder, core=1)


def test_the_core_shrinks_until_nothing_changes():
    # a chain: dropping the last user takes an item below two, which takes a user below two, and so on
    users = np.array([0, 0, 1, 1, 2, 2, 3], np.int32)
    items = np.array([0, 1, 1, 2, 2, 3, 3], np.int32)
    assert not k_core(users, items, 2).any()
    square = k_core(np.append(users, 1).astype(np.int32), np.append(items, 0).astype(np.int32), 2)
    assert np.flatnonzero(square).tolist() == [0, 1, 2, 7]
    assert k_core(users, items, 1).all()


@pytest.fixture(scope="module")
def movielens() -> tuple[Path, Dataset]:
    """The asset's folder and what is read of it."""
    home = Path(os.environ.get("PALATE_HOME", "~/.palate")).expanduser()
    folder = asset_path(home, "ml-1m")
    if folder is None:
        pytest.skip(f"ml-1m is not in {home}; `palate data fetch ml-1m` brings it")
    return folder, load_dataset("ml-1m", home)


def test_movielens_whole_in_the_form_that_is_here(movielens):
    _, data = movielens
    assert data.counts == (6_040, 3_416, 999_611)
    assert all(data.item_texts)
    assert all(data.item_features)
    assert (np.diff(data.interactions.times)[np.diff(data.interactions.users) == 0] >= 0).all()


def test_movielens_whole_in_grouplens_form(movielens, tmp_path):
    folder, carrier = movielens
    if not (folder / "ml-1m.inter").is_file():
        pytest.skip("ml-1m is here in GroupLens's own form, which the other test reads")
    lines = (folder / "ml-1m.item").read_text(encoding="utf-8").splitlines()[1:]
    films = [
        (str(3 * place), title, genres.split())
        for place, (title, _, _, genres) in enumerate(line.split("\t") for line in lines)
    ]
    ids = {title: key for key, title, _ in films}
    made = grouplens(tmp_path / "g", films, [])
    with (
        (folder / "ml-1m.inter").open(encoding="utf-8") as source,
        (made / "ratings.dat").open("w") as target,
    ):
        next(source)
        for line in source:
            user, title, rating, time = line.rstrip().split("\t")
            target.write(f"{user[3:]}::{ids[title]}::{rating}::{time}\n")
    data = read_movielens(made)
    assert data.counts == NAMED["ml-1m"].counts
    assert np.array_equal(data.interactions.items, carrier.interactions.items)
    assert np.array_equal(data.interactions.users, carrier.interactions.users)
    assert data.item_texts == carrier.item_texts


def test_the_demo(tmp_path):
    told = []
    data = load_dataset("demo", tmp_path, lambda share, _message: told.append(share))
    assert data.counts == (671, 9_066, 100_004)
    assert told == [0.0, 1.0]
    heat = data.item_ids.index("6")
    assert data.item_texts[heat].startswith("Heat (1995). Action, Crime, Thriller. Michael Mann.")
    assert {"genres: Crime", "directors: Michael Mann", "cast: Al Pacino"} <= data.item_features[heat]
    assert not any(text.startswith("(untitled") for text in data.item_texts)
    assert data.timed


def test_a_set_that_is_not_fetched_names_the_command(tmp_path):
    with pytest.raises(SetupError, match="`palate data fetch ml-1m`"):
        load_dataset("ml-1m", tmp_path)


def test_a_named_set_with_other_counts_is_refused(tmp_path, monkeypatch):
    folder = grouplens(tmp_path / "g", FILMS, [(u, i, 0) for u in range(5) for i in range(4)])
    monkeypatch.setattr("tools.sequence.datasets.named.asset_path", lambda _home, _name: folder)
    with pytest.raises(SetupError, match=r"no rating is left.*`palate assets verify ml-1m`"):
        load_dataset("ml-1m", tmp_path)
    shutil.rmtree(folder)
    films = [*FILMS, ("11", "Fifth (1991)", ["War"])]
    grouplens(folder, films, [(u, i, 0) for u in range(5) for i in range(5)])
    with pytest.raises(SetupError) as told:
        load_dataset("ml-1m", tmp_path)
    assert str(Counts(6_040, 3_416, 999_611)) in str(told.value)
    assert str(Counts(5, 5, 25)) in str(told.value)
    assert "`palate data fetch ml-1m`" in str(told.value)


@pytest.mark.parametrize("spec", ["beauty", "", "no/such/folder", "x" * 5_000, "a\0b", "~nobody-here/x.csv"])
def test_an_unknown_name_lists_the_known(tmp_path, spec):
    with pytest.raises(UserInputError, match="demo, ml-1m"):
        load_dataset(spec, tmp_path)


def test_options_of_a_table_do_not_fit_a_name(tmp_path):
    with pytest.raises(UserInputError, match="is no table"):
        load_dataset("demo", tmp_path, user_column="user")
