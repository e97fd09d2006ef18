"""`palate evaluate dialogues`: against a real server, its table, its files and its exit status."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.evaluation.scripted import AgentPartner, Dialogue, play
from agent.evaluation.scripted.partners import Partners, Server
from agent.evaluation.scripted.playing import Played
from tools.errors import UserInputError
from ui.api import create_app
from ui.cli import app, main

HERE = Path(__file__).parents[1]
GOOD = 'title = "Porto"\n[[turn]]\nsay = "in Porto"\nevery = { city = "Porto" }\nwishes = 1\n'
BAD = '[[turn]]\nsay = "in Porto"\nevery = { city = "Lisbon" }\n'
ALL_INPUTS: dict[str, Any] = {
    "user": "ann",
    "turn": [
        {"say": "italian", "every": {"cuisine": "Italian"}, "wishes": 1},
        {"press": {"item": 1, "kind": "seen"}},
        {"press": {"item": "Osteria Sole", "kind": "liked"}, "liked": ["Osteria Sole"]},
        {"undo": True, "preferences_exclude": ["Osteria Sole"]},
        {"say": "in Porto, under 40 euros", "preferences": ["Italian", "Porto", "at most 40"]},
        {"take_back": "italian", "preferences": ["Porto", "at most 40"]},
        {"say": "it must be japanese and it must be mexican", "question_about": "conflict"},
        {"reply_question": 1, "shows_at_least": 1},
        {"say": "what do you know about me?", "new_session": True, "intent": "recall", "wishes": 0},
    ],
}


@pytest.fixture(scope="module")
def running(opened: Callable[..., Any], served: Any) -> Iterator[tuple[str, Any]]:
    """The address of a real server over the restaurants, and its agent."""
    agent = opened()
    with served(create_app(lambda: agent)) as url:
        yield url, agent


@pytest.fixture
def files(tmp_path: Path, restaurants: Any) -> Path:
    """A folder of dialogues beside the folder of their catalogue."""
    (tmp_path / "restaurants").symlink_to(restaurants.folder)
    folder = tmp_path / "talks"
    folder.mkdir()
    (folder / "good.toml").write_text(GOOD)
    return folder


def _untimed(played: Played) -> list[Any]:
    """The turns without clocks and without the session's own id."""
    hidden = ("session", "timings_ms")
    return [
        replace(
            turn,
            elapsed_ms=0.0,
            answer=turn.answer and {k: v for k, v in turn.answer.items() if k not in hidden},
        )
        for turn in played.turns
    ]


def _run(*words: object, home: Path) -> Any:
    return CliRunner().invoke(app, ["evaluate", "dialogues", *map(str, words), "--home", str(home)])


def test_a_server_and_an_agent_in_this_process_are_judged_alike(
    running: tuple[str, Any], tmp_path: Path, shared_agent: Any
) -> None:
    dialogue = Dialogue.model_validate(ALL_INPUTS)
    with Partners(tmp_path, tmp_path, running[0]) as partners:
        server = partners.partner_for(dialogue, HERE / "dialogues" / "x.toml")
        assert server is not None
        served = play(dialogue, server)
    here = play(dialogue, AgentPartner(shared_agent))
    assert served.failures == here.failures == ()
    assert served.violations == here.violations == ()
    assert len(served.turns) == 9
    assert _untimed(served) == _untimed(here)


def test_nothing_is_left_on_the_server(running: tuple[str, Any], tmp_path: Path) -> None:
    url, agent = running
    dialogue = Dialogue.model_validate(ALL_INPUTS)
    before = agent.sessions._store.session_ids()
    with Partners(tmp_path, tmp_path, url) as partners:
        server = partners.partner_for(dialogue, HERE / "dialogues" / "x.toml")
        assert server is not None
        play(dialogue, server)
    assert agent.sessions._store.session_ids() == before


def test_what_holds_exits_0_and_the_junit_file_says_so(
    running: tuple[str, Any], files: Path, home: Path
) -> None:
    junit = files.parent / "junit.xml"
    result = _run(files, "--url", running[0], "--junit", junit, home=home)
    assert result.exit_code == 0, result.output
    assert "1 passed; 1 turns in" in result.stdout
    suite = ElementTree.parse(junit).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


def test_what_fails_exits_1_and_says_what_was_said(running: tuple[str, Any], files: Path, home: Path) -> None:
    (files / "bad.toml").write_text(BAD)
    result = _run(files, "--url", running[0], home=home)
    assert result.exit_code == 1
    shown = " ".join(result.stdout.split())
    assert "1 passed, 1 failed" in shown
    assert "turn 1 ('in Porto') said: Five restaurants: Porto." in shown
    assert "every city 'Lisbon': " in shown


@pytest.mark.parametrize(("text", "status"), [(BAD, 0), (GOOD, 1)])
def test_a_known_defect_is_expected_and_one_that_is_mended_fails(
    running: tuple[str, Any], files: Path, home: Path, text: str, status: int
) -> None:
    (files / "good.toml").write_text(f'broken = "a known defect"\n{text}')
    result = _run(files, "--url", running[0], home=home)
    assert result.exit_code == status, result.output
    assert "a known defect" in result.stdout


def test_a_dialogue_about_another_catalogue_is_skipped_and_told(
    running: tuple[str, Any], files: Path, home: Path
) -> None:
    (files / "films.toml").write_text('catalog = "films"\n[[turn]]\nsay = "a comedy"\n')
    result = _run(files, "--url", running[0], home=home)
    assert result.exit_code == 0, result.output
    assert "films: skipped: the server is about 'restaurants'" in result.stdout
    assert "1 passed, 1 skipped" in result.stdout


def test_json_is_one_report_and_the_same_twice(running: tuple[str, Any], files: Path, home: Path) -> None:
    (files / "bad.toml").write_text(BAD)
    reports = []
    for _ in range(2):
        result = _run(files, "--url", running[0], "--json", home=home)
        assert result.exit_code == 1
        reports.append(json.loads(result.stdout.splitlines()[-1]))
    assert reports[0]["digest"] == reports[1]["digest"]
    section = reports[0]["sections"][0]
    assert section["name"] == "dialogues"
    assert [f["name"] for f in section["figures"]] == [
        "dialogues passed",
        "constraint satisfaction",
        "violations a dialogue",
    ]
    assert [trace["id"] for trace in section["traces"]] == ["bad"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "http://127.0.0.1:1"), "no palate server answers at http://127.0.0.1:1 ("),
        (("--url", "nonsense"), "'nonsense' is no address of a server"),
        (("--junit", "no/such/folder/out.xml"), "no folder no/such/folder to write out.xml in"),
        (("no/such/file.toml",), "no file or folder no/such/file.toml"),
        (("--seed", "-1"), "'--seed'"),
    ],
)
def test_bad_input_is_one_sentence_and_exits_2(
    capsys: pytest.CaptureFixture[str], files: Path, words: tuple[str, ...], said: str
) -> None:
    assert main(["evaluate", "dialogues", str(files), *words]) == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert said in told
    assert told.startswith("palate: ")


def test_what_is_no_palate_is_told(served: Any) -> None:
    from fastapi import FastAPI

    with served(FastAPI()) as url, pytest.raises(UserInputError, match="is no palate server"):
        Server(url)


def test_an_address_may_end_as_an_openai_client_has_it(running: tuple[str, Any]) -> None:
    server = Server(f"{running[0]}/v1/")
    assert server.catalog_name == "restaurants"
    server.close()


def test_a_server_that_refuses_or_goes_away_fails_the_dialogue(
    agent: Any, served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = HERE / "dialogues" / "x.toml"
    with served(create_app(lambda: agent)) as url:
        partners = Partners(tmp_path, tmp_path, url)
        dialogue = Dialogue.model_validate({"catalog": "films", "turn": [{"undo": True}, {"say": "90s"}]})
        partner = partners.partner_for(dialogue, file)
        assert partner is not None
        played = play(dialogue, partner)
        assert len(played.failures) == 1
        assert "not played on: no session" in played.failures[0]
    lost = Dialogue.model_validate({"catalog": "films", "turn": [{"say": "90s"}]})
    monkeypatch.setattr(partner, "begin", lambda _user: "s1")  # it stopped after the session was begun
    failures = play(lost, partner).failures
    assert len(failures) == 2
    assert "not played on: the server does not answer (ConnectError)" in failures[0]
    assert "what was said could not be removed: the server does not answer" in failures[1]
    partners.close()
