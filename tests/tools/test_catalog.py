"""Catalogues from a person's files: every format, inferred types, and each fault in one sentence."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from tools.catalog import Catalog, FacetSpec
from tools.catalog.load import infer_interactions, infer_spec, load_catalog, read_interactions
from tools.catalog.spec import InteractionColumns
from tools.errors import UserInputError

SHOES: list[dict[str, Any]] = [
    {"id": "s1", "name": "Runner", "brand": "Nimbus", "price": 89.5, "colours": "red|blue", "year": 2020},
    {"id": "s2", "name": "Walker", "brand": "Nimbus", "price": 60.0, "colours": "blue", "year": 2021},
    {"id": "s3", "name": "Climber", "brand": "Crag", "price": 120.0, "colours": "grey|red", "year": 2019},
    {"id": "s4", "name": "Loafer", "brand": "Crag", "price": None, "colours": None, "year": None},
]
TOML = """
[catalog]
name = "shoes"
items = ["shoes.csv"]
title = "name"
noun = "shoe"

[facets.brand]
kind = "categorical"
column = "brand"

[facets.price]
kind = "numeric"
column = "price"
role = "price"
"""


def _csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def _tsv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


def _jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


Write = Callable[[Path, list[dict[str, Any]]], Path]
FORMATS = [
    pytest.param(_csv, "shoes.csv", id="csv"),
    pytest.param(_tsv, "shoes.tsv", id="tsv"),
    pytest.param(_parquet, "shoes.parquet", id="parquet"),
    pytest.param(_jsonl, "shoes.jsonl", id="jsonl"),
]


def _refused(path: Path) -> str:
    """The one sentence a catalogue is refused with."""
    with pytest.raises(UserInputError) as refused:
        load_catalog(path)
    sentence = str(refused.value)
    assert sentence
    assert "\n" not in sentence
    return sentence


def _folder(tmp_path: Path, toml: str = TOML, rows: list[dict[str, Any]] = SHOES) -> Path:
    (tmp_path / "catalog.toml").write_text(toml, encoding="utf-8")
    _csv(tmp_path / "shoes.csv", rows)
    return tmp_path


@pytest.mark.parametrize(("write", "name"), FORMATS)
def test_every_format_gives_the_same_items(tmp_path: Path, write: Write, name: str) -> None:
    catalog = load_catalog(write(tmp_path / name, SHOES))
    assert [item.id for item in catalog.items] == ["s1", "s2", "s3", "s4"]
    assert [item.title for item in catalog.items] == ["Runner", "Walker", "Climber", "Loafer"]
    assert catalog.item("s1").facets == {
        "brand": "Nimbus",
        "price": 89.5,
        "colours": ("red", "blue"),
        "year": 2020,
    }
    assert set(catalog.item("s4").facets) == {"brand"}


@pytest.mark.parametrize(("write", "name"), FORMATS)
def test_types_are_inferred(tmp_path: Path, write: Write, name: str) -> None:
    facets = infer_spec(write(tmp_path / name, SHOES)).facets
    assert {n: f.kind for n, f in facets.items()} == {
        "brand": "categorical",
        "price": "numeric",
        "colours": "categorical",
        "year": "numeric",
    }
    assert facets["colours"].many
    assert not facets["brand"].many
    assert (facets["price"].role, facets["year"].role) == ("price", "year")


def test_lists_of_jsonl_and_parquet_are_several_values(tmp_path: Path) -> None:
    rows = [{"id": n, "name": f"Shoe {n}", "tags": ["a", f"t{n}"]} for n in range(4)]
    for catalog in (
        load_catalog(_jsonl(tmp_path / "a.jsonl", rows)),
        load_catalog(_parquet(tmp_path / "a.parquet", rows)),
    ):
        assert catalog.item("2").values("tags") == ("a", "t2")
        assert catalog.count("tags", "a") == 4


def test_a_folder_its_toml_and_a_spec_agree(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    by_folder, by_file = load_catalog(folder), load_catalog(folder / "catalog.toml")
    assert by_folder.items == by_file.items
    assert by_folder.spec.catalog.noun == "shoe"


def test_one_item_is_a_catalogue(tmp_path: Path) -> None:
    catalog = load_catalog(_folder(tmp_path, rows=SHOES[:1]))
    assert len(catalog) == 1
    assert catalog.having("brand", ["Nimbus"]).tolist() == [True]


def test_masks_follow_the_items(tmp_path: Path) -> None:
    catalog = load_catalog(_folder(tmp_path))
    assert catalog.having("brand", ["Crag", "Nowhere"]).tolist() == [False, False, True, True]
    assert catalog.known("price").tolist() == [True, True, True, False]
    assert np.isnan(catalog.numbers("price")[3])
    assert catalog.mask_of(["s2", "unheard of"]).tolist() == [False, True, False, False]


def test_the_first_file_with_a_column_wins_and_the_second_adds(tmp_path: Path) -> None:
    toml = (
        TOML.replace('["shoes.csv"]', '["shoes.csv", "more.jsonl"]')
        + '\n[facets.sole]\nkind = "categorical"\ncolumn = "sole"\n'
    )
    folder = _folder(tmp_path, toml)
    _jsonl(
        folder / "more.jsonl",
        [{"id": "s1", "brand": "Changed", "sole": "rubber"}, {"id": "zz", "sole": "cork"}],
    )
    catalog = load_catalog(folder)
    assert len(catalog) == 4
    assert catalog.item("s1").facets["brand"] == "Nimbus"
    assert catalog.item("s1").facets["sole"] == "rubber"


def test_control_characters_do_not_survive(tmp_path: Path) -> None:
    rows = [{**SHOES[0], "name": "Run\x1b[31mner\x00 \u202e!"}]
    title = load_catalog(_jsonl(tmp_path / "shoes.jsonl", rows)).items[0].title
    assert title.isprintable()


@pytest.mark.parametrize(
    ("toml", "names"),
    [
        (TOML.replace('column = "brand"', 'column = "maker"'), ["maker", "brand"]),
        (TOML.replace('title = "name"', 'title = "nome"'), ["nome"]),
        (TOML.replace("[catalog]", '[catalog]\nid = "sku"'), ["sku"]),
        (TOML.replace("shoes.csv", "boots.csv"), ["boots.csv"]),
        (TOML.replace('noun = "shoe"', 'nown = "shoe"'), ["catalog.nown"]),
        (TOML + "\n[facet.size]\nkind = 'numeric'\n", ["facet"]),
        (TOML.replace('role = "price"', 'rolle = "price"'), ["rolle"]),
        (TOML.replace('role = "price"', 'role = "prize"'), ["facets.price.role"]),
        (TOML.replace('column = "brand"', 'column = "brand"\nrole = "year"'), ["year", "numeric"]),
        (TOML.replace('role = "price"', "many = true"), ["many"]),
        (TOML.replace('name = "shoes"', 'name = "../shoes"'), ["catalog.name"]),
        ("[catalog\n", ["TOML"]),
        ("", ["catalog"]),
    ],
)  # fmt: skip
def test_a_faulty_catalog_toml_is_refused_by_what_is_wrong(
    tmp_path: Path, toml: str, names: list[str]
) -> None:
    sentence = _refused(_folder(tmp_path, toml))
    assert all(name in sentence for name in names)


def test_a_duplicate_id_is_named(tmp_path: Path) -> None:
    assert "'s1'" in _refused(_folder(tmp_path, rows=[*SHOES, SHOES[0]]))


def test_a_row_without_an_id_is_refused(tmp_path: Path) -> None:
    assert "id" in _refused(_folder(tmp_path, rows=[*SHOES, {**SHOES[0], "id": " "}]))


def test_mixed_types_name_the_item_and_the_value(tmp_path: Path) -> None:
    sentence = _refused(_folder(tmp_path, rows=[*SHOES, {**SHOES[0], "id": "s9", "price": "cheap"}]))
    assert "s9" in sentence
    assert "cheap" in sentence


@pytest.mark.parametrize("name", ["shoes.csv", "shoes.tsv", "shoes.parquet", "shoes.jsonl"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert name in _refused(tmp_path / name)


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shoes.csv").write_text("id,name\n", encoding="utf-8")
    assert "no rows" in _refused(tmp_path / "shoes.csv")


@pytest.mark.parametrize("name", ["shoes.parquet", "shoes.jsonl", "shoes.csv"])
def test_a_file_of_noise_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(256)) * 20 + b'"\n,"')
    assert name in _refused(tmp_path / name)


def test_a_file_of_another_kind_names_those_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "shoes.xlsx").write_bytes(b"PK")
    assert ".parquet" in _refused(tmp_path / "shoes.xlsx")


def test_a_folder_without_catalog_toml_is_refused(tmp_path: Path) -> None:
    assert "catalog.toml" in _refused(tmp_path)


def test_a_jsonl_line_of_another_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shoes.jsonl").write_text(
        '{"id": 1, "price": 3}\n{"id": 2, "price": {"eur": 3}}\n', encoding="utf-8"
    )
    _refused(tmp_path / "shoes.jsonl")


def _interactions(tmp_path: Path, text: str, **columns: Any) -> Any:
    catalog = load_catalog(_folder(tmp_path))
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    return read_interactions(catalog, InteractionColumns(file="log.csv", **columns), tmp_path)


def test_interactions_with_unknown_items_are_counted_and_left_out(tmp_path: Path) -> None:
    table = _interactions(
        tmp_path,
        "user,item,t,stars\nana,s1,10,5\nana,zz,11,5\nben,s3,12,1\nben,s2,13,3\n",
        time="t",
        rating="stars",
        liked_from=4,
        disliked_to=2,
    )
    assert table.unknown_items == 1
    assert table.rows.tolist() == [0, 2, 1]
    assert table.times.tolist() == [10, 12, 13]
    assert table.liked.tolist() == [1, -1, 0]
    assert len(set(table.users.tolist())) == 2


def test_interactions_without_times_keep_the_files_order(tmp_path: Path) -> None:
    assert _interactions(tmp_path, "user,item\na,s1\na,s2\n").times.tolist() == [0, 1]


def test_dates_are_times(tmp_path: Path) -> None:
    times = _interactions(tmp_path, "user,item,t\na,s1,2024-01-02\na,s2,2024-01-03\n", time="t").times
    assert times[1] - times[0] == 86_400


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        ("user,item\na,s1\n", {"time": "when"}, "when"),
        ("user,item,t\na,s1,soon\nb,s1,3\n", {"time": "t"}, "'t'"),
        ("user,item,t\na,s1,\nb,s1,3\n", {"time": "t"}, "empty"),
        ("user,item,r\na,s1,good\n", {"rating": "r"}, "'r'"),
        ("who,item\na,s1\n", {}, "'user'"),
    ],
)
def test_faulty_interactions_are_refused(
    tmp_path: Path, text: str, columns: dict[str, Any], says: str
) -> None:
    with pytest.raises(UserInputError) as refused:
        _interactions(tmp_path, text, **columns)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_columns_of_interactions_are_inferred(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("Timestamp,User_ID,sku,rating\n1,a,s1,5\n", encoding="utf-8")
    found = infer_interactions(path)
    assert (found.user, found.item, found.time, found.rating) == ("User_ID", "sku", "Timestamp", "rating")


def test_the_demo_is_as_large_as_it_says() -> None:
    from tools.demo import DEMO_FOLDER

    catalog: Catalog = load_catalog(DEMO_FOLDER)
    assert catalog.spec.interactions is not None
    table = read_interactions(catalog, catalog.spec.interactions, DEMO_FOLDER)
    notes = (DEMO_FOLDER / "film_notes.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(catalog) == 9_066
    assert len(table) == 100_004
    assert len(set(table.users.tolist())) == 671
    assert table.unknown_items == 0
    assert len(notes) == 2_400
    assert sum(bool(item.text) for item in catalog.items) == 2_400
    assert isinstance(catalog.spec.facets["genres"], FacetSpec)
    heat = next(item for item in catalog.items if item.title == "Heat (1995)")
    assert "Al Pacino" in heat.values("cast")
    assert heat.number("runtime_min") == 170
