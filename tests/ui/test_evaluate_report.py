"""`palate evaluate report`, `compare` and `cost`: files that repeat, clear refusals, exit status."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.report.contents import Report, Section, mean_figure
from agent.evaluation.report.html import render_html
from agent.evaluation.report.reading import read_report
from tools.artifact import Manifest
from ui.cli import main
from ui.terminal.evaluate import report as face
from ui.terminal.evaluate.cost import parse_settings

SMALL = [
    "--sections",
    "cost,explanations",
    "--turns",
    "6",
    "--explanations",
    "12",
    "--catalog",
    "restaurants",
]


def _written(path: Path, value: float, **setup: Any) -> Path:
    figure = mean_figure("recall@10", {f"u{n}": (n % 5) / 10 + value for n in range(30)})
    report = Report((Section("redial", "ReDial", setup={"seed": 0, **setup}, figures=(figure,)),))
    path.write_text(json.dumps(report.to_json()))
    return path


def test_a_report_repeats_but_for_clocks(home: Path, manifest: Manifest, tmp_path: Path, capsys: Any) -> None:
    assert manifest.name == "restaurants"
    reports = []
    for run in ("one", "two"):
        out = tmp_path / run
        status = main(["evaluate", "report", "--out", str(out), "--home", str(home), "--seed", "5", *SMALL])
        shown = capsys.readouterr().out
        reports.append(read_report(out / "report.json"))
        assert status == bool(any(s.failures for s in reports[-1].sections)), shown
        assert reports[-1].digest() in shown
        assert reports[-1].digest() in (out / "report.html").read_text(encoding="utf-8")
    first, second = reports
    assert [s.name for s in first.sections] == ["cost", "explanations"]
    assert first.digest() == second.digest()
    assert render_html(first.untimed()) == render_html(second.untimed())
    assert sum(row[1] for row in first.sections[1].tables[0].rows) > 0  # claims were read
    assert not [f for s in first.sections for f in s.failures if "could not be measured" in f]


def test_another_seed_is_another_report(home: Path, manifest: Manifest) -> None:
    runs = [face.ReportRun(home, manifest.name, seed=seed, explanations=8) for seed in (1, 2)]
    one, other = (face.measure(["explanations"], run, lambda _step: None) for run in runs)
    assert one.digest() != other.digest()


def test_what_cannot_be_measured_says_why_and_the_others_go_on(
    home: Path, manifest: Manifest, tmp_path: Path, capsys: Any
) -> None:
    out = tmp_path / "out"
    command = ["evaluate", "report", "--out", str(out), "--home", str(home), "--catalog", manifest.name]
    sections = ["--sections", "dialogues,cost", "--turns", "2", "--dialogues", str(tmp_path / "nowhere")]
    assert main([*command, *sections]) == 1
    assert "dialogues: could not be measured: no file or folder" in " ".join(capsys.readouterr().out.split())
    dialogues, cost = read_report(out / "report.json").sections
    assert len(dialogues.failures) == 1
    assert cost.failures == ()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["report", "--out", "x", "--sections", "weather"], "no section 'weather'; there are: dialogues"),
        (["report", "--out", "x", "--sections", ","], "no section ','"),
        (["report", "--out", "x", "--llm", "big"], "settings: llm"),
        (["report", "--out", "x", "--llm", "remote"], "needs PALATE_LLM_BASE_URL"),
        (["report", "--out", "x", "--people", "0"], "'--people': Input should be greater than or equal to 1"),
        (["report"], "--out"),
        (["report", "--out", "/dev/null/x"], "cannot be made a folder"),
        (["cost", "--llm", "cloud"], "no language model setting 'cloud'; there are: none, local, remote"),
        (["cost", "--llm", ""], "no language model setting ''"),
        (["cost", "--home", "/nonexistent-home"], "palate build"),
        (["compare", "a.json", "b.json"], "no file a.json"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PALATE_LLM_BASE_URL", raising=False)
    assert main(["evaluate", *arguments]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert sentence in told[0]


def test_a_remote_that_is_not_set_up_is_told_beside_what_is_here(
    home: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.delenv("PALATE_LLM_BASE_URL", raising=False)
    command = ["evaluate", "cost", "--llm", "none,remote", "--turns", "2", "--json"]
    assert main([*command, "--home", str(home), "--catalog", manifest.name]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    table = told["sections"][0]["tables"][0]
    assert [row[:2] for row in table["rows"]] == [["none", "none"], ["remote", "not here"]]
    assert "needs PALATE_LLM_BASE_URL" in told["sections"][0]["text"]


def test_the_cost_is_shown_on_the_terminal(home: Path, manifest: Manifest, capsys: Any) -> None:
    assert main(["evaluate", "cost", "--turns", "3", "--home", str(home), "--catalog", manifest.name]) == 0
    shown = capsys.readouterr().out
    assert "Milliseconds by step" in shown
    assert "tool calls a turn, none" in shown


def test_settings_are_named_once_and_in_order() -> None:
    assert parse_settings("local, none,local") == ("local", "none")


def test_two_reports_are_compared_on_the_terminal_as_a_page_and_as_json(tmp_path: Path, capsys: Any) -> None:
    before, after = _written(tmp_path / "a.json", 0.1), _written(tmp_path / "b.json", 0.2)
    page = tmp_path / "pages" / "c.html"
    assert main(["evaluate", "compare", str(before), str(after), "--html", str(page)]) == 0
    assert "better" in capsys.readouterr().out
    assert "better" in page.read_text(encoding="utf-8")
    assert main(["evaluate", "compare", str(before), str(after), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    (row,) = told["sections"][1]["tables"][0]["rows"]
    assert row[0] == "recall@10"
    assert row[3] == pytest.approx(0.1)
    assert row[-1] == "better"


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path, capsys: Any) -> None:
    file = _written(tmp_path / "a.json", 0.1)
    assert main(["evaluate", "compare", str(file), str(file), "--html", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_sections_are_named_once_and_all_when_none_is() -> None:
    own = ("dialogues", "simulate", "steering", "explanations", "cost")
    assert face.parse_sections(None, recorded=False) == own
    assert face.parse_sections(None, recorded=True) == (*own, "redial")
    assert face.parse_sections("cost,explanations,cost", recorded=False) == ("cost", "explanations")
