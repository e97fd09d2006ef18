"""A person's own tables: what is recognised, and each fault in one sentence."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tools.errors import UserInputError
from tools.sequence.datasets import Dataset, load_dataset


def load(tmp_path: Path, content: str | bytes, name: str = "t.csv", **options: object) -> Dataset:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_dataset(str(path), tmp_path, **options)


def histories(data: Dataset) -> list[list[str]]:
    sequences = data.interactions.sequences()
    return [[data.item_ids[row] for row in sequences.history(u)] for u in range(sequences.user_count)]


@pytest.mark.parametrize(
    "header",
    [
        "user,item,time",
        "user_id,item_id,timestamp",
        "userId,movieId,date",
        "Customer ID, Product-ID ,Date Time",
        '"customer","ASIN","ts"',
    ],
)
def test_usual_names_are_recognised(tmp_path, header):
    assert histories(load(tmp_path, f"{header}\n1,a,2\n1,b,1\n")) == [["b", "a"]]


@pytest.mark.parametrize(("name", "mark"), [("t.csv", ";"), ("t.csv", "\t"), ("t.tsv", "\t"), ("t.csv", ",")])
def test_delimiters_order_marks_and_line_ends(tmp_path, name, mark):
    rows = [["user", "rating", "item", "time"], ["u", "5", '"a;,b"', "2"], ["u", "4", "c", "1"]]
    content = "﻿" + "\r\n".join(mark.join(row) for row in rows) + "\r\n\r\n"
    assert histories(load(tmp_path, content, name)) == [["c", "a;,b"]]


def test_named_columns_win_over_usual_names(tmp_path):
    content = "user,who,what,item,when,time\n1,9,x,7,1,8\n1,9,y,7,0,9\n"
    data = load(tmp_path, content, user_column="who", item_column="what", time_column="when")
    assert histories(data) == [["y", "x"]]
    assert data.name == "t"


def test_ids_are_text_and_sorted_as_numbers_when_all_are(tmp_path):
    numbers = load(tmp_path, "user,item\n1,10\n1,9\n2,-3\n")
    assert numbers.item_ids == ("-3", "9", "10")
    mixed = load(tmp_path, "user,item\n1,10\nbob,9\n007,NA\n7,null\n")
    assert mixed.item_ids == ("10", "9", "NA", "null")
    assert mixed.counts == (4, 4, 4)


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        (["20", "10"], [10, 20]),
        (["2.0", "1"], [1, 2]),
        (["1.5", "1.25"], [1_250_000, 1_500_000]),
        (["1970-01-03", "1970-01-02"], [86_400, 172_800]),
        (["1970-01-01T00:00:20", "1970-01-01 00:00:10"], [10, 20]),
        (["1970-01-01T01:00:00+01:00", "1970-01-01T00:00:01Z"], [0, 1]),
        (["1970-01-01T00:00:00.000000002", "1970-01-01T00:00:00.000000001"], [1, 2]),
    ],
)
def test_times_in_every_form(tmp_path, times, seconds):
    content = "user,item,time\n" + "".join(f"u,i{k},{time}\n" for k, time in enumerate(times))
    assert load(tmp_path, content).interactions.times.tolist() == seconds


@pytest.mark.parametrize(
    ("columns", "seconds"),
    [
        (pa.array([2, 1], pa.int32()), [1, 2]),
        (pa.array([2.5, 1.0]), [1_000_000, 2_500_000]),
        (pa.array([2_000, 1_000], pa.timestamp("ms")), [1, 2]),
        (pa.array([2_000, 1_000], pa.timestamp("ms", "Europe/Berlin")), [1, 2]),
        (pa.array([2, 1], pa.date32()), [86_400, 172_800]),
        (pa.array(["1970-01-01T00:00:02", "1970-01-01T00:00:01"]).dictionary_encode(), [1, 2]),
    ],
)
def test_parquet_times(tmp_path, columns, seconds):
    ids = pa.array([7.0, 8.0])  # as pandas leaves a column of ids that once had gaps
    table = pa.table({"user": pa.array(["u", "u"]).dictionary_encode(), "item": ids, "time": columns})
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    data = load_dataset(str(tmp_path / "t.parquet"), tmp_path)
    assert data.interactions.times.tolist() == seconds
    assert histories(data) == [["8", "7"]]


def test_without_times_the_files_order_stands(tmp_path):
    data = load(tmp_path, "user,item\n1,b\n2,z\n1,a\n1,b\n")
    assert histories(data) == [["b", "a"], ["z"]]
    assert not data.timed
    assert any("no time column" in note for note in data.notes)


def test_repeats_and_ties_are_told(tmp_path):
    data = load(tmp_path, "user,item,time\n1,a,5\n1,b,5\n1,a,9\n2,a,5\n")
    assert histories(data) == [["a", "b"], ["a"]]
    assert [note for note in data.notes if "repeated" in note or "same time" in note] == [
        "repeated (user, item) pairs left out: 1; the first of each was kept",
        "events at the same time as the one before: 1; the file's order stands between them",
    ]


def test_core_counts_pairs_once_and_repeats_until_stable(tmp_path):
    # item c has two users, until user 3 falls out because item d has one; a and b are left with users 1 and 2
    rows = ["1,a", "1,b", "2,a", "2,b", "1,c", "3,c", "3,d", "4,e", "4,e"]
    data = load(tmp_path, "user,item\n" + "\n".join(rows), core=2)
    assert histories(data) == [["a", "b"], ["a", "b"]]
    assert data.item_ids == ("a", "b")
    with pytest.raises(UserInputError, match=r"nothing is left in the 3-core of 8 interactions"):
        load(tmp_path, "user,item\n" + "\n".join(rows), core=3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b,c\n1,2,3\n", "no column looks like the user; found: a, b, c"),
        ("user,b\n1,2\n", "no column looks like the item; found: user, b"),
        ("user,user,item\n1,2,3\n", "two columns are named 'user'"),
        ("", "is empty"),
        ("user,item\n", "has no rows"),
        ("user,item,time\n1,2,3\n4,5\n", "row 2: 2 cells, not 3"),
        ("user,item,time\n1,2,3\n4,,5\n4,,6\n", "rows without an item: 2, the first is row 2"),
        ("user,item,time\n1,2,3\n4, ,5\n", "first is row 2"),
        ("user,item,time\n1,2,3\n4,5,\n", "rows without a 'time': 1, the first is row 2"),
        ("user,item,time\n1,2,3\n1,3,4\n4,5,2020-01-01\n", "row 3: 'time' is '2020-01-01', not a number"),
        ("user,item,time\n1,2,2020-01-01\n1,3,soon\n1,4,7\n", "row 2: 'time' is 'soon', not an ISO date"),
        ("user,item,time\n1,2,2020-01-01T00:00Z\n1,3,2020-01-01\n", "row 2: 'time' is '2020-01-01'"),
        ("user,item,time\n1,2,soon\n", "row 1: 'time' is 'soon', neither a number nor an ISO date"),
        ("user,item,time\n1,2,1\n1,3,nan\n", "row 2: 'time' is nan"),
        ("user,item,time\n1,2,1e30\n", "too large for a time"),
        (b"user,item\n1,2\n1,caf\xe9\n", "line 3: not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
        ("user,item\n1,2\n".encode("utf-16"), "not a text file"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path, content, said):
    with pytest.raises(UserInputError) as told:
        load(tmp_path, content)
    assert said in str(told.value)
    assert str(tmp_path / "t.csv") in str(told.value)


def test_the_first_bad_time_is_found_in_a_long_column(tmp_path):
    times = [str(n) for n in range(5_000)]
    times[3_211] = times[4_000] = "x"
    content = "user,item,time\n" + "".join(f"u,{k},{time}\n" for k, time in enumerate(times))
    with pytest.raises(UserInputError, match=r"row 3212: 'time' is 'x'"):
        load(tmp_path, content)


def test_options_that_fit_no_column(tmp_path):
    with pytest.raises(UserInputError, match=r"no column 'when'; found: user, item"):
        load(tmp_path, "user,item\n1,2\n", time_column="when")
    with pytest.raises(UserInputError, match="different columns"):
        load(tmp_path, "user,item\n1,2\n", item_column="user")
    with pytest.raises(UserInputError, match="negative"):
        load(tmp_path, "user,item\n1,2\n", core=-1)


def test_other_files_are_refused(tmp_path):
    for name in ("t.xlsx", "t.parquet"):
        with pytest.raises(UserInputError):
            load(tmp_path, b"PK\x03\x04", name)
    lists = pa.table({"user": pa.array([[1]]), "item": pa.array([1])})
    pa.parquet.write_table(lists, tmp_path / "lists.parquet")
    with pytest.raises(UserInputError, match="cannot be an id of a user"):
        load_dataset(str(tmp_path / "lists.parquet"), tmp_path)


def test_a_large_table_keeps_every_event(tmp_path):
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 900, 50_000), rng.integers(0, 700, 50_000)
    pa.parquet.write_table(
        pa.table({"user": users, "item": items, "time": np.arange(50_000)}), tmp_path / "t.parquet"
    )
    data = load_dataset(str(tmp_path / "t.parquet"), tmp_path)
    made = data.interactions
    pairs = {(int(u), int(i)) for u, i in zip(users, items, strict=True)}
    ids = np.array([int(i) for i in data.item_ids])
    assert pairs == set(zip(made.users.tolist(), ids[made.items].tolist(), strict=True))
    assert len(made) == len(pairs)
