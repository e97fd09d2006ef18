"""`palate data`: what is known, brought and shown."""

import json

import pytest

from ui.cli import main


@pytest.fixture
def palate(monkeypatch, tmp_path):
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    return lambda *argv: main(["data", *argv])


def test_list_says_what_is_here(palate, capsys):
    assert palate("list", "--json") == 0
    listed = {row["name"]: row for row in json.loads(capsys.readouterr().out)["datasets"]}
    assert {name: row["state"] for name, row in listed.items()} == {
        "demo": "in the package",
        "ml-1m": "missing",
    }
    assert (listed["ml-1m"]["users"], listed["ml-1m"]["items"], listed["ml-1m"]["interactions"]) == (
        6_040,
        3_416,
        999_611,
    )
    assert palate("list") == 0
    out = capsys.readouterr().out
    assert "100,004" in out
    assert "missing" in out


def test_fetch_of_what_is_inside_and_of_what_is_unknown(palate, capsys):
    assert palate("fetch", "demo") == 0
    assert "nothing to fetch" in capsys.readouterr().err
    assert palate("fetch", "qwen-1.5b") == 2
    assert "there are: demo, ml-1m" in capsys.readouterr().err


def test_fetch_brings_the_asset_with_its_checks(palate, monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setattr(
        "tools.assets.fetch", lambda home, name, _progress: asked.append((home, name)) or home
    )
    assert palate("fetch", "ml-1m") == 0
    assert asked == [(tmp_path, "ml-1m")]
    capsys.readouterr()


def test_show_a_table(palate, tmp_path, capsys):
    table = tmp_path / "shop [red].csv"
    table.write_text("who,what,when\n1,a,5\n1,b,5\n2,a,6\n1,a,9\n")
    columns = ("--user-column", "who", "--item-column", "what", "--time-column", "when")
    assert palate("show", str(table), *columns, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["notes"]
    del shown["notes"]
    assert shown == {
        "name": "shop [red]",
        "users": 2,
        "items": 2,
        "interactions": 3,
        "median_history": 1.5,
        "items_with_text": 0,
        "items_with_features": 0,
        "timed": True,
        "ties": 1,
    }
    assert palate("show", str(table), *columns) == 0
    out = capsys.readouterr().out
    assert "shop [red]" in out
    assert "1.5 items" in out
    assert "pairs left out: 1" in out


def test_show_a_folder_without_times(palate, tmp_path, capsys):
    (tmp_path / "sequences.txt").write_text("1 5 6\n2\n")
    assert palate("show", str(tmp_path)) == 0
    assert "only an order" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spec", "said"),
    [("ml-1m", "`palate data fetch ml-1m`"), ("nothing", "known by name: demo, ml-1m")],
)
def test_faults_are_one_line(palate, capsys, spec, said):
    assert palate("show", spec) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("palate: ")
    assert err.count("\n") == 1
    assert said in err
