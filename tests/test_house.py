"""The house rules that a machine can check: which way the imports point, what stays unloaded, no network in tests."""

import ast
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

ROOT = Path(__file__).parents[1]
ROOMS = ("agent", "memory", "tools", "ui")
MAY_IMPORT = {
    "ui": {"agent", "tools", "memory"},
    "agent": {"tools", "memory"},
    "tools": set(),
    "memory": set(),
}
HEAVY = ("torch", "gradio", "chromadb", "sentence_transformers", "langchain")


def _imported(source: str) -> set[str]:
    """The top-level packages a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_one_way(room: str) -> None:
    files = list((ROOT / room).rglob("*.py"))
    assert files
    forbidden = {*ROOMS, "tests"} - MAY_IMPORT[room] - {room}
    wrong = {
        str(file.relative_to(ROOT)): sorted(found)
        for file in files
        if (found := _imported(file.read_text(encoding="utf-8")) & forbidden)
    }
    assert wrong == {}


def test_imports_inside_functions_are_seen_too() -> None:
    assert _imported("def f():\n    import ui.cli\n    from agent.agent import Agent") == {"ui", "agent"}


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys, json; {statement}; print(json.dumps(list(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(run.stdout)}


def test_the_command_loads_nothing_heavy_before_it_must() -> None:
    assert _loaded_by("import ui.cli").isdisjoint(HEAVY)


def test_an_agent_can_be_imported_without_anything_heavy() -> None:
    assert _loaded_by("import agent.opening").isdisjoint(HEAVY)


def test_no_test_reaches_beyond_this_machine() -> None:
    with (
        socket.socket() as far,
        pytest.raises(SocketConnectBlockedError),
        pytest.warns(UserWarning, match="192"),
    ):
        far.connect(("192.0.2.1", 80))


def test_loopback_is_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as near,
        socket.create_connection(near.getsockname()) as client,
    ):
        assert client.getpeername() == near.getsockname()
