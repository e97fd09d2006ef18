"""`palate evaluate explanations`: the table, what is listed under it, and the exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ui.cli import app
from ui.commands.options import make_console
from ui.terminal.evaluate import explanations as evaluate_explanations
from ui.terminal.evaluate.explanations import print_explanations

REPORT: dict[str, Any] = {
    "benchmark": "explanations",
    "catalog": "demo",
    "seed": 0,
    "explanations": 3,
    "texts": {"reason": 2, "why": 1},
    "claims": {
        "reason": {"true": 4, "false": 1, "unverifiable": 0},
        "why": {"true": 2, "false": 0, "unverifiable": 0},
    },
    "false": 1,
    "by_claim": {
        "person": {"against": "the catalogue", "true": 4, "false": 1, "unverifiable": 0},
        "transition": {
            "against": "the sequences of the interactions",
            "true": 2,
            "false": 0,
            "unverifiable": 0,
        },
    },
    "wording": {"asked": 3, "kept": 1, "corrected": 1, "failed": 1, "corrected_for": {"markup": 1}},
    "cases": [
        {"id": "e0", "conversation": 0, "verifiable": True, "true": False},
        {"id": "e1", "conversation": 0, "verifiable": True, "true": True},
    ],
    "worded_by": {"template": 2},
    "faults": [
        {
            "verdict": "false",
            "kind": "reason",
            "words": "directed by Luc Besson",
            "why": "not of Heat (1995)",
            "text": "Directed by Luc Besson.\x1b[2J",
            "message": "a heist",
            "worded_by": "template",
        }
    ],
    "corruptions": {"number": {"made": 2, "caught": 1}},
    "missed": [{"kind": "number", "text": "171 min.", "true": "170 min."}],
}


@pytest.fixture
def report() -> dict[str, Any]:
    return json.loads(json.dumps(REPORT))


def test_what_is_not_true_is_listed_with_its_sentence(report: dict[str, Any], capsys: Any) -> None:
    print_explanations(make_console(), report)
    shown = " ".join(capsys.readouterr().out.split())
    assert "false: directed by Luc Besson (not of Heat (1995))" in shown
    assert "Directed by Luc Besson." in shown
    assert "\x1b[2J" not in shown
    assert "1 of 2 caught, 50.0 %" in shown
    assert "missed number: 171 min." in shown
    assert "held against the sequences of the interactions: 2 true, 0 false" in shown
    assert "3 asked for, 1 shown, 1 corrected (markup 1), 1 did not come" in shown


@pytest.mark.parametrize("false", [1, 0])
def test_the_exit_status_says_whether_anything_false_was_shown(
    report: dict[str, Any], false: int, monkeypatch: pytest.MonkeyPatch, agent: Any, tmp_path: Path
) -> None:
    report["false"] = false
    monkeypatch.setattr("agent.opening.open_agent", lambda _settings: agent)
    monkeypatch.setattr(evaluate_explanations, "check_explanations", lambda *_given: report)
    command = ["evaluate", "explanations", "--json", "--home", str(tmp_path), "--count", "3", "--seed", "4"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == false, result.output
    told = json.loads(result.stdout.splitlines()[-1])
    assert told["false"] == false
    assert [s["name"] for s in told["sections"]] == ["explanations"]
