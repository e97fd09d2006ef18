"""`palate benchmark sequence`: what is typed, what is printed, and faults in one line."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tools.errors import UserInputError
from ui.cli import main
from ui.terminal import benchmark_sequence as face


@pytest.fixture
def palate(monkeypatch, tmp_path):
    monkeypatch.setenv("PALATE_HOME", str(tmp_path / "home"))
    return lambda *argv: main(["benchmark", "sequence", *map(str, argv)])


@pytest.fixture
def table(tmp_path):
    random = np.random.default_rng(0)
    rows = ["who,what,when"]
    for user in range(30):
        first, start = int(random.integers(20)), int(random.integers(60))
        rows += [f"u{user},i{(first + step) % 20},{start + 7 * step}" for step in range(6)]
    path = tmp_path / "shop [red].csv"
    path.write_text("\n".join(rows) + "\n")
    return (path, "--user-column", "who", "--item-column", "what", "--time-column", "when")


def test_json_is_all_that_is_printed(palate, table, tmp_path, capfd):
    out = tmp_path / "out"
    asked = ("--dataset", *table, "--models", "rules, popularity", "--out", out)
    assert palate(*asked, "--json") == 0
    printed = capfd.readouterr().out
    report = json.loads(printed)
    assert printed.count("\n") == 1
    assert list(report) == ["dataset", "users", "items", "interactions", "split", "switches", "models"]
    assert (report["dataset"], report["users"], report["items"], report["interactions"]) == (
        "shop [red]",
        30,
        20,
        180,
    )
    assert [row["name"] for row in report["models"]] == ["popularity", "rules"]
    for row in report["models"]:
        assert {"hr10", "ndcg10", "coverage", "train_s", "ms_per_user", "peak_mb"} <= set(row)
    switches = report["switches"]
    assert switches["seen_items_removed"] is True
    assert (switches["test_users"], switches["test_cases"], switches["targets"]) == (30, 30, "last")

    assert palate(*asked) == 0  # nothing is fitted anew
    text = capfd.readouterr().out
    assert text.index("popularity") < text.index("rules")
    assert "seen items removed: yes" in text
    assert f"are in {out}" in text
    stored = json.loads((out / "results.json").read_text())
    assert stored["models"] == report["models"]


def test_a_failed_row_says_why_below_the_table():
    figures = dict.fromkeys(("hr10", "ndcg10", "coverage", "train_s", "ms_per_user", "peak_mb"))
    failed = {"name": "sasrec", **figures, "failed": "failed: ValueError: no [weights]"}
    counts = {"users": 3, "items": 4, "interactions": 9}
    report = {"dataset": "shop", **counts, "switches": {"seeds": [0]}, "models": [failed]}
    console = Console(file=io.StringIO(), width=80)
    face.print_report(console, report, Path("out"))
    assert "sasrec: failed: ValueError: no [weights]\n" in console.file.getvalue()


def test_a_time_split_and_the_folder_it_gets(palate, table, tmp_path, capfd):
    asked = ("--dataset", *table, "--models", "popularity", "--split", "time", "--targets", "successive")
    assert palate(*asked, "--budget", "90s", "--json") == 0
    report = json.loads(capfd.readouterr().out)
    assert report["split"] == "time"
    assert report["switches"]["test_cases"] > report["switches"]["test_users"]
    assert report["switches"]["budget_s"] == 90
    assert (tmp_path / "home" / "benchmarks" / "shop-red-time-successive-0" / "results.json").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--models", "popularity,bpr"), "there are: popularity"),
        (("--models", ","), "names no model"),
        (("--budget", "soon"), "90s, 15m, 1h"),
        (("--split", "week"), "'loo' or 'time'"),
        (("--targets", "successive"), "need --split time"),
        (("--cold", "2"), "between 0 and 1"),
        (("--seeds", "0"), "--seeds"),
        (("--item-column", "thing"), "no column 'thing'; found: who, what, when"),
    ],
)
def test_faults_are_one_line(palate, table, capsys, argv, said):
    assert palate("--dataset", *table, *argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("palate: ")
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize(
    ("content", "argv", "said"),
    [
        ("", (), "is empty"),
        ("user,item,time\n", (), "has no rows"),
        ("user,item,time\n1,a,1\n2,a,1\n3,a,1\n", (), "only one item"),
        ("user,item,time\n1,a,1\n1,b,2\n2,a,1\n", (), "three events"),
        ("user,item,time\n1,a,1\n1,b,2\n1,c,3\n", ("--split", "time"), "nobody with a history"),
        ("user,item\n1,a\n1,b\n1,c\n", ("--split", "time"), "needs times"),
        ("user,thing\n1,a\n", (), "no column looks like the item"),
    ],
)
def test_data_that_cannot_be_asked_of(palate, tmp_path, capsys, content, argv, said):
    path = tmp_path / "small.csv"
    path.write_text(content)
    assert palate("--dataset", path, *argv) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize(
    ("text", "seconds"), [(None, None), ("90s", 90), ("15m", 900), ("1.5H", 5400), ("20", 20)]
)
def test_budgets(text, seconds):
    assert face.parse_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0m", "-5", "1d", "m", "1m30s", "inf", "nan", "9" * 400])
def test_no_budgets(text):
    with pytest.raises(UserInputError, match="15m"):
        face.parse_budget(text)


def test_progress_on_a_terminal_and_elsewhere():
    for terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
        with face.model_progress(console) as progress:
            progress("sasrec", 0.5, "epoch 1 [of] 2")
            progress("sasrec", 0.6, "said too soon")
            progress("", 0.0, "results are kept [aside]")
        printed = console.file.getvalue()
        assert "epoch 1 [of] 2" in printed or terminal
        assert "results are kept [aside]" in printed
        assert ("said too soon" in printed) == terminal
