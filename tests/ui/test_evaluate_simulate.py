"""`palate evaluate simulate`: the report as one JSON object, and bad input in one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.agent.conftest import FakeServer
from tools.artifact import Manifest
from ui.cli import app

RUN = CliRunner()


def test_the_report_is_the_last_line(home: Path, manifest: Manifest, restaurants: Any) -> None:
    given = ["--people", "5", "--seed", "2", "--source", str(restaurants.folder), "--served"]
    command = ["evaluate", "simulate", "--home", str(home), "--catalog", manifest.name, "--json"]
    result = RUN.invoke(app, [*command, *given])
    assert result.exit_code == 0, result.output
    section = json.loads(result.stdout.splitlines()[-1])["sections"][0]
    assert section["name"] == "simulate"
    assert section["setup"]["targets"] == "held-out events of users"
    assert section["setup"]["sequence model"] == "as served: it has learnt the held-out events too"
    assert section["failures"] == []
    assert {p["title"] for p in section["plots"]} >= {"Success by turn", "Ranking by turn"}


def test_without_a_source_the_targets_are_items_and_one_part_can_be_off(
    home: Path, manifest: Manifest
) -> None:
    given = ["--people", "3", "--without", "vectors", "--personas", "terse", "--kind", "taste"]
    result = RUN.invoke(
        app, ["evaluate", "simulate", "--home", str(home), "--catalog", manifest.name, *given]
    )
    assert result.exit_code == 0, result.output
    assert "Simulated people" in result.stdout
    assert "success@5" in result.stdout


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--without", "magic"], "no part 'magic' to leave out"),
        (["--kind", "mood"], "no kind 'mood' of people; there are: target, taste"),
        (["--personas", "shy"], "no persona 'shy'"),
        (["--source", "/nowhere"], "no folder /nowhere"),
        (["--ablations", "--without", "ask"], "--ablations leaves out every part in turn"),
        (["--agent-llm"], "--agent-llm needs a language model"),
    ],
)
def test_bad_input_is_one_sentence(given: list[str], sentence: str, home: Path, manifest: Manifest) -> None:
    command = ["evaluate", "simulate", "--home", str(home), "--catalog", manifest.name, *given]
    result = RUN.invoke(app, command)
    assert result.exit_code != 0
    told = result.output + str(result.exception)
    assert sentence in told


def test_a_language_model_may_word_what_people_say(
    home: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeServer()
    server.replies = [server.says("Trattoria Luna, Blue Koi and all the others")]
    monkeypatch.setenv("PALATE_LLM_BASE_URL", server.base_url)
    monkeypatch.setenv("PALATE_LLM_MODEL", "fake")
    command = ["evaluate", "simulate", "--home", str(home), "--catalog", manifest.name, "--json"]
    try:
        result = RUN.invoke(app, [*command, "--people", "2", "--llm", "remote"])
    finally:
        server.close()
    assert result.exit_code == 0, result.output
    setup = json.loads(result.stdout.splitlines()[-1])["sections"][0]["setup"]
    assert (setup["people's words"], setup["palate's language model"]) == ("reworded by fake", "none")
    assert setup["reworded"]["refused"] == setup["reworded"]["asked"] > 0
