"""The command line: what is printed, where, and with which status."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import agent.opening
from memory.store import SessionConflict
from tools.errors import SetupError, ToolFailed
from ui.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def palate(monkeypatch, agent, tmp_path):
    """Runs a command over the scripted agent."""
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    monkeypatch.setattr("agent.opening.open_agent", lambda _settings: agent)

    def run(*argv, stdin=b""):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        return main(argv)

    return run


def one_line_fault(capsys):
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("palate: ")
    assert err.count("\n") == 1
    return err


def test_ask_json_prints_the_contract(palate, capsys):
    assert palate("ask", "Heat from the 90s, no war", "--session", "s1", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {
        "session", "turn", "intent", "preferences", "slate", "reply", "notices", "question", "timings_ms",
        "llm",
    }  # fmt: skip
    assert answer["session"] == "s1"
    assert len(answer["slate"]) == 5
    assert answer["slate"][0]["reasons"][0]["evidence"][0]["count"] == 7


def test_ask_continues_a_session_and_closes_the_agent(palate, agent, capsys):
    palate("ask", "a", "--session", "s1", "--json")
    palate("ask", "b", "--session", "s1", "--json")
    turns = [json.loads(line)["turn"] for line in capsys.readouterr().out.splitlines()]
    assert turns == [1, 2]
    assert agent.closed


def test_one_turn_waits_for_the_model_and_downloads_none(palate, agent):
    palate("ask", "a", "--json")
    assert agent.language_model.asked == [("start", False, False), ("wait", 30.0)]


def test_ask_for_readers_shows_no_markup_and_no_escape(palate, capsys):
    assert palate("ask", "Heat") == 0
    out = capsys.readouterr().out
    assert "1. Ronin\n" in out
    assert "1998 · Action, Crime, Thriller · 122 min · John Frankenheimer" in out
    assert "- 7 of 24 people" in out
    assert "[bold]not" in out
    assert "\x1b" not in out
    assert out.startswith("Nothing fits <b>all</b>")
    assert " \n" not in out


def test_ask_dash_reads_standard_input(palate, agent):
    assert palate("ask", "-", "--json", stdin=b"Ein Krimi, bitte\n") == 0
    assert agent.heard[0][1] == "Ein Krimi, bitte"


@pytest.mark.parametrize("message", ["", "x" * 100_000, "\x00\x07\x1b[2J", "\udce4\ud800", "映画"])
def test_ask_takes_any_message(palate, agent, message):
    assert palate("ask", "--json", "--", message) == 0
    agent.heard[0][1].encode()
    assert "\x00" not in agent.heard[0][1]


def test_talk_json_answers_line_by_line(palate, capsys):
    assert palate("talk", "--json", "--session", "s1", stdin=b"one\ntwo\n\nthree\r\n\xff\xfe\n") == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["turn"] for a in answers] == [1, 2, 1, 2]
    assert answers[0]["session"] == answers[1]["session"] == "s1"
    assert answers[2]["session"] not in ("", "s1")


def test_talk_json_goes_on_after_a_failed_turn(palate, agent, capsys):
    agent.script = [ToolFailed("the index is away"), SessionConflict("session 's1' went on elsewhere")]
    assert palate("talk", "--json", stdin=b"one\ntwo\nthree\n") == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers[0]["error"] == {"code": "tool_failed", "message": "the index is away"}
    assert answers[1]["error"]["code"] == "conflict"
    assert answers[2]["turn"] == 1


def test_talk_marks_items_and_takes_wishes_back(palate, agent, monkeypatch, capsys):
    said = iter(
        ["Heat from the 90s, no war", "/no 2", "/like 9", "/like x", "/wishes", "/forget 1", "/help", "/quit"]
    )
    monkeypatch.setattr("builtins.input", lambda _prompt: next(said))
    assert palate("talk", "--session", "s1") == 0
    out = capsys.readouterr().out
    assert "Not for you: Point Break (1991)" in out
    assert "no item 9 was shown" in out
    assert "/like takes a number" in out
    assert "1. no War" in out
    assert [w.id for w in agent.sessions["s1"].wishes] == [2]
    assert agent.sessions["s1"].events[0].kind == "rejected"


def test_talk_ends_quietly_at_end_of_input_and_ctrl_c(palate, monkeypatch, capsys):
    monkeypatch.setattr("builtins.input", lambda _prompt: (_ for _ in ()).throw(EOFError))
    assert palate("talk") == 0
    monkeypatch.setattr("builtins.input", lambda _prompt: (_ for _ in ()).throw(KeyboardInterrupt))
    assert palate("talk") == 130
    assert capsys.readouterr().err == ""


def test_preferences_lists_wishes(palate, capsys):
    palate("ask", "no war", "--session", "s1", "--json")
    capsys.readouterr()
    assert palate("preferences", "--session", "s1") == 0
    assert "1. no War" in capsys.readouterr().out
    assert palate("preferences", "--session", "s1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["preferences"][0]["strength"] == "never"
    assert palate("preferences", "--session", "other") == 2
    assert "no session 'other'" in one_line_fault(capsys)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("ask", "hi", "--session", "no spaces"), "session id"),
        (("ask", "hi", "--session", ""), "session id"),
        (("ask", "hi", "--session", "x" * 65), "session id"),
        (("ask",), "Missing argument"),
        (("ask", "hi", "--colour"), "--colour"),
        (("ask", "hi", "--llm", "loud"), "llm"),
        (("chat", "--port", "99999"), "port"),
        (("chat", "--port", "many"), "--port"),
        (("chat", "--host", "256.1.1.1", "--port", "0"), "cannot listen"),
        (("serve", "--workers", "0"), "--workers"),
        (("dance",), "dance"),
        (("assets", "fetch", "moon"), "no asset 'moon'"),
        (("assets", "verify", "moon"), "no asset 'moon'"),
        (("benchmark", "turns", "--turns", "0"), "--turns"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_status_2(palate, capsys, argv, says):
    assert palate(*argv) == 2
    assert says in one_line_fault(capsys)


@pytest.mark.parametrize(
    "command", [("chat", "--port", "0"), ("talk",), ("ask", "hi"), ("serve", "--port", "0")]
)
def test_what_is_not_built_is_one_line_naming_the_command(palate, capsys, monkeypatch, command):
    def refuse(_settings):
        raise SetupError("catalogue 'demo' is not built yet;\nrun `palate build`")

    monkeypatch.setattr(agent.opening, "open_agent", refuse)
    assert palate(*command) == 2
    assert "run `palate build`" in one_line_fault(capsys)


def test_taken_port_is_told(palate, capsys):
    from ui.serving import listen

    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        assert palate("chat", "--port", str(taken.getsockname()[1])) == 2
    assert "--port" in one_line_fault(capsys)


def test_an_unforeseen_error_shows_no_traceback(palate, agent, capsys, monkeypatch):
    monkeypatch.delenv("PALATE_TRACEBACK", raising=False)
    agent.script = [KeyError("gone")]
    assert palate("ask", "hi") == 1
    assert "internal error, KeyError" in one_line_fault(capsys)


def test_benchmark_turns_prints_one_json_line(palate, capsys):
    assert palate("benchmark", "turns", "--turns", "12", "--json") == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["benchmark"] == "turns"
    assert report["turns"] == 12
    assert report["p50_ms"] <= report["p95_ms"] <= report["max_ms"]
    assert report["steps"]["rank"]["p50_ms"] == 2.5


def test_assets_list_names_size_and_state(palate, capsys):
    assert palate("assets", "list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["assets"]
    assert {"name", "size", "licence", "source", "state"} <= set(listed[0])
    assert palate("assets", "list") == 0
    assert listed[0]["name"] in capsys.readouterr().out


def test_doctor_says_what_is_missing_and_how_to_repair_it(palate, capsys):
    assert palate("doctor", "--json") == 1
    checks = {c["name"]: c for c in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["torch"]["detail"].endswith("build")
    assert checks["catalogue demo"]["state"] == "missing"
    assert checks["catalogue demo"]["repair"] == "palate build"
    assert palate("doctor") == 1
    assert "run: palate build" in capsys.readouterr().out


def test_build_shows_steps_and_the_table(palate, monkeypatch, capsys, tmp_path):
    manifest = {
        "name": "demo",
        "counts": {"items": 9066, "users": 671},
        "sequence": {"rows": [{"name": "popularity", "hr10": 0.05, "ndcg10": 0.025, "train_s": 0.0}]},
        "seconds": {"total": 61.2},
        "peak_mb": 900.0,
    }
    given = {}

    def build_artifact(source, *, progress, **options):
        given.update(options, source=source)
        progress("reading items", 0.5)
        progress("training", 1.0)
        return SimpleNamespace(to_json=lambda: manifest)

    monkeypatch.setitem(sys.modules, "tools.build", SimpleNamespace(build_artifact=build_artifact))
    assert palate("build", "--json", "--seed", "3") == 0
    out, err = capsys.readouterr()
    assert "0.0250" in out
    assert "9,066 items" in out
    assert json.loads(out.splitlines()[-1]) == manifest
    assert "training" in err
    assert given["home"] == tmp_path
    assert given["seed"] == 3


def run_palate(*argv, **more):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PALATE_HOME": more.pop("home", "unused")}
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *argv],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=60,
        **more,
    )


def test_help_and_version_need_nothing_heavy():
    done = run_palate("--help")
    assert done.returncode == 0
    assert b"doctor" in done.stdout
    assert run_palate("--version").stdout.startswith(b"palate ")
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ui.cli", "--help"],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
    ).stderr.decode()
    for heavy in ("torch", "gradio", "fastapi", "pydantic", "sqlalchemy", "chromadb", "numpy", "pyarrow"):
        assert f" {heavy}\n" not in imported


def test_a_closed_pipe_is_quiet():
    done = subprocess.run(
        f"{sys.executable} -m ui.cli assets list --json | true",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        timeout=60,
    )
    assert done.stderr == b""


def test_preferences_are_edited_removed_and_undone(palate, capsys):
    palate("ask", "90s, no war", "--session", "s1", "--json")
    capsys.readouterr()
    assert palate("preferences", "edit", "2", "--session", "s1", "--strength", "prefer") == 0
    assert "(prefer)" in capsys.readouterr().out
    assert palate("preferences", "remove", "1", "--session", "s1") == 0
    assert "War" not in capsys.readouterr().out
    assert palate("preferences", "undo", "--session", "s1") == 0
    assert "taken back" in capsys.readouterr().out
    assert palate("preferences", "list", "--session", "s1") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("preferences",),
        ("preferences", "remove", "9", "--session", "s1"),
        ("preferences", "edit", "1", "--session", "nobody", "--strength", "must"),
        ("preferences", "edit", "1", "--session", "s1", "--value", "{not json"),
        ("preferences", "forget-user", "--user", "nobody"),
        ("preferences", "profile", "--user", "a b"),
        ("evaluate", "parsing", "no/such/folder"),
    ],
)
def test_what_cannot_be_done_with_preferences_is_one_line(palate, capsys, arguments):
    palate("ask", "a", "--session", "s1", "--json")
    capsys.readouterr()
    assert palate(*arguments) == 2
    one_line_fault(capsys)


def test_a_user_is_told_what_lasts_and_forgotten(palate, capsys):
    palate("ask", "a", "--session", "s1", "--user", "ann", "--json")
    capsys.readouterr()
    assert palate("preferences", "profile", "--user", "ann") == 0
    assert json.loads(capsys.readouterr().out)["user"] == "ann"
    assert palate("preferences", "forget-user", "--user", "ann") == 0
