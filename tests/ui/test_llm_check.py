"""`palate llm check` where there is no model, where there is none to be had, and with names that are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.artifact import Manifest
from ui.cli import main


@pytest.fixture
def check(home: Path, manifest: Manifest, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["llm", "check", "--home", str(home), "--catalog", manifest.name, *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_no_model_by_choice_is_said_and_no_fault(check: Any) -> None:
    status, out, _ = check("--llm", "none")
    assert status == 0
    assert "rules, retrieval and templates answer" in " ".join(out.split())
    status, out, _ = check("--llm", "none", "--json")
    assert (status, json.loads(out)["state"]) == (0, "absent")


def test_a_model_that_is_wished_and_not_here_is_a_fault_with_the_way_to_get_it(check: Any) -> None:
    status, out, _ = check("--llm", "local")
    assert status == 1
    assert "palate assets fetch" in " ".join(out.split())


@pytest.mark.parametrize("name", ["nonsense", "pointwise+hints", "listwise+"])
def test_a_strategy_that_is_none_is_told_before_anything_is_opened(check: Any, name: str) -> None:
    status, out, err = check("--strategies", name)
    assert (status, out) == (2, "")
    assert "no strategy" in err
    assert err.count("\n") == 1
