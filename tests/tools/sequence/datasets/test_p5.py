"""Folders in the form of P5 and TIGER."""

import json
import os
from pathlib import Path

import pytest

from tools.errors import SetupError, UserInputError
from tools.sequence.datasets import Dataset, load_dataset

ROOT = Path(__file__).parents[4]
BEAUTY = Path(os.environ.get("PALATE_BEAUTY", ROOT.parent / "shared" / "data" / "amazon-beauty-p5"))


def load(tmp_path: Path, sequences: str | bytes, items: str = "", **options: object) -> Dataset:
    folder = tmp_path / "shop"
    folder.mkdir(exist_ok=True)
    content = sequences if isinstance(sequences, bytes) else sequences.encode()
    (folder / "sequences.txt").write_bytes(content)
    if items:
        (folder / "items.jsonl").write_text(items, encoding="utf-8")
    return load_dataset(str(folder), tmp_path, **options)


def test_order_and_rows(tmp_path):
    data = load(tmp_path, "1 10 2\r\n2 2 30\t10\n\n")
    flat, offsets, times = data.interactions.sequences()
    assert data.item_ids == ("2", "10", "30")
    assert [data.item_ids[row] for row in flat] == ["10", "2", "2", "30", "10"]
    assert offsets.tolist() == [0, 2, 5]
    assert times is None
    assert (data.name, data.timed, data.item_texts, data.item_features) == ("shop", False, (), ())


def test_an_item_nobody_had_is_in_the_catalogue(tmp_path):
    items = [{"id": 2, "title": "Two"}, {"id": 10, "title": None}, {"id": 7, "title": "Seven"}]
    data = load(tmp_path, "a 10 2\nb 99", "\n".join(map(json.dumps, items)))
    assert data.item_ids == ("2", "7", "10", "99")
    assert data.item_texts == ("Two", "Seven", "", "")
    assert data.counts == (2, 4, 3)
    assert data.notes == ("items of sequences.txt that are not in items.jsonl: 1",)


def test_what_is_read_of_an_item(tmp_path):
    item = {
        "id": "x",
        "title": " Red\n Pen. ",
        "description": "Writes.",
        "categories": [["Office", "Pens"], ["Office", "Gifts"]],
        "brand": "Nib",
        "imUrl": "https://example.org/x.jpg",
        "price": 2.5,
    }
    data = load(tmp_path, "u x", json.dumps(item))
    assert data.item_texts == ("Red Pen. Office, Pens, Gifts. Nib. Writes",)
    assert data.item_features[0] == {
        "categories: Office",
        "categories: Pens",
        "categories: Gifts",
        "brand: Nib",
    }


def test_users_without_items_and_repeats_are_counted(tmp_path):
    data = load(tmp_path, "1 5 6 5\n2\n3 6\n")
    assert data.counts == (2, 2, 3)
    assert data.interactions.sequences().history(0).tolist() == [0, 1]
    assert data.notes == (
        "repeated (user, item) pairs left out: 1; the first of each was kept",
        "users without an item left out: 1",
    )


@pytest.mark.parametrize(
    ("sequences", "items", "said"),
    [
        ("1 2\n1 3\n", "", "sequences.txt, line 2: user '1' already stands in line 1"),
        ("1\n2\n", "", "no line holds a user and an item"),
        ("\n", "", "is empty"),
        (b"1 2\n2 \xff\n", "", "sequences.txt, line 2: not UTF-8"),
        (b"1 2\x00", "", "not a text file"),
        ("1 2", '{"id": 2}\n[2]\n', "items.jsonl, line 2: not a JSON object"),
        ("1 2", '{"id": 2}\n\n{"id": 3', "items.jsonl, line 3: not a JSON object"),
        ("1 2", '{"title": "x"}', "items.jsonl, line 1: no 'id'"),
        ("1 2", '{"id": 2}\n{"id": "2"}', "items.jsonl, line 2: id '2' stands twice"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path, sequences, items, said):
    with pytest.raises(UserInputError) as told:
        load(tmp_path, sequences, items)
    assert said in str(told.value)


def test_counts_that_must_hold(tmp_path):
    assert load(tmp_path, "1 2 3\n", expect=(1, 2, 2)).counts == (1, 2, 2)
    with pytest.raises(SetupError) as told:
        load(tmp_path, "1 2 3\n", expect=(1, 2, 3))
    assert "1 users, 2 items and 3 interactions, but has 1 users, 2 items and 2" in str(told.value)
    counts = tmp_path / "shop" / "counts.json"
    counts.write_text('{"users": 1, "items": 2, "interactions": 2}')
    assert load(tmp_path, "1 2 3\n").counts == (1, 2, 2)
    with pytest.raises(SetupError):
        load(tmp_path, "1 2\n")
    counts.write_text('{"users": 1}')
    with pytest.raises(UserInputError, match=r"counts\.json: expected"):
        load(tmp_path, "1 2 3\n")


def test_a_folder_without_sequences(tmp_path):
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(UserInputError, match=r"no sequences\.txt in .*; found: notes\.md"):
        load_dataset(str(tmp_path), tmp_path)
    with pytest.raises(UserInputError, match="is no table"):
        load_dataset(str(tmp_path), tmp_path, core=5)


def test_amazon_beauty_whole(tmp_path):
    if not (BEAUTY / "sequences.txt").is_file():
        pytest.skip(f"no Amazon Beauty in P5 form at {BEAUTY}; PALATE_BEAUTY names another folder")
    data = load_dataset(str(BEAUTY), tmp_path, expect=(22_363, 12_101, 198_502))
    assert data.item_ids == tuple(str(row) for row in range(12_101))
    assert all(data.item_texts)
    # user 1 of the published file
    assert data.interactions.sequences().history(0).tolist() == [10318, 6381, 2387, 4084, 1425]
