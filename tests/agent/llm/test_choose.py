"""Which model is chosen, and how its slot fills, fails and closes."""

import threading
from pathlib import Path
from typing import Any

import pytest

from agent.llm import slot as slots
from agent.llm.choose import choose_language_model
from agent.llm.local import LocalServer, load_local_model
from agent.llm.provider import LanguageModel
from tools.assets import asset_file
from tools.errors import SetupError


def _model(closed: list[int] | None = None) -> LanguageModel:
    on_close = None if closed is None else (lambda: closed.append(1))
    return LanguageModel("m", "http://127.0.0.1:9/v1", where="local", on_close=on_close)


def _plan(**changes: Any) -> slots.ModelPlan:
    steps: dict[str, Any] = {
        "find": lambda: None,
        "bring": lambda _progress: Path("x.gguf"),
        "load": lambda _file: _model(),
        "how_to_get": "fetch it",
        "size_bytes": 100,
    }
    return slots.ModelPlan("toy", **{**steps, **changes})


def test_none_is_absent_and_stays_so(tmp_path: Path) -> None:
    slot = choose_language_model("none", tmp_path, base_url="http://127.0.0.1:9/v1", model="m")
    slot.start(download=True)
    assert slot.wait(1) is None
    assert slot.status().state == "absent"


def test_auto_takes_the_endpoint_when_there_is_one(server: Any, tmp_path: Path) -> None:
    server.replies = [server.says("hello")]
    slot = choose_language_model(
        "auto", tmp_path, base_url=server.base_url, model="remote-model", api_key="k"
    )
    assert slot.current() is None
    slot.start()
    model = slot.wait(20)
    assert model is not None
    assert (model.where, model.name) == ("remote", "remote-model")
    assert model.complete("s", "u", 5, 2) == "hello"
    slot.close()
    assert slot.current() is None


def test_auto_without_endpoint_and_asset_says_how_to_get_one(tmp_path: Path) -> None:
    slot = choose_language_model("auto", tmp_path)
    slot.start()
    assert slot.wait(5) is None
    status = slot.status()
    assert status.state == "absent"
    assert "palate assets fetch qwen-1.5b" in status.sentence


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"mode": "remote"}, "PALATE_LLM_BASE_URL"),
        ({"mode": "remote", "base_url": "http://127.0.0.1:9"}, "PALATE_LLM_MODEL"),
        ({"mode": "auto", "base_url": "localhost:1234", "model": "m"}, "http"),
    ],
)
def test_contradicting_settings_are_refused(settings: dict[str, Any], word: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=word):
        choose_language_model(home=tmp_path, **settings)


def test_the_slot_downloads_then_loads_and_tells_how_far_it_is() -> None:
    half, go_on = threading.Event(), threading.Event()

    def bring(progress: slots.Progress) -> Path:
        progress(50, 100, "half")
        half.set()
        go_on.wait(5)
        return Path("x.gguf")

    slot = slots.LanguageModelSlot(_plan(bring=bring), "none yet")
    slot.start(download=True)
    assert half.wait(5)
    assert (slot.current(), slot.status().state, slot.status().fraction) == (None, "downloading", 0.5)
    go_on.set()
    assert slot.wait(5) is not None
    assert slot.status().state == "ready"
    slot.close()


@pytest.mark.parametrize("error", [SetupError("no network today"), RuntimeError("odd")])
def test_a_failed_download_is_a_status_and_may_be_tried_again(error: Exception) -> None:
    tries = []

    def bring(_progress: slots.Progress) -> Path:
        tries.append(1)
        if len(tries) == 1:
            raise error
        return Path("x.gguf")

    slot = slots.LanguageModelSlot(_plan(bring=bring), "none yet")
    slot.start(download=True)
    assert slot.wait(5) is None
    assert slot.status().state == "failed"
    assert str(error) in slot.status().sentence
    slot.start(download=True)
    assert slot.wait(5) is not None
    slot.close()


def test_nothing_is_downloaded_unasked() -> None:
    slot = slots.LanguageModelSlot(_plan(), "none yet")
    slot.start()
    assert slot.wait(5) is None
    assert slot.status() == slots.LanguageModelStatus("absent", "fetch it", "toy")


def test_closing_stops_a_download_and_frees_a_model_that_comes_late() -> None:
    begun, go_on, closed = threading.Event(), threading.Event(), []
    told_after_close = []

    def bring(progress: slots.Progress) -> Path:
        begun.set()
        go_on.wait(5)
        progress(60, 100, "more")
        told_after_close.append(1)
        return Path("x.gguf")

    slot = slots.LanguageModelSlot(_plan(bring=bring), "none yet")
    slot.start(download=True)
    assert begun.wait(5)
    slot.close()
    go_on.set()
    assert slot.wait(5) is None
    assert told_after_close == []

    begun.clear()
    go_on.clear()

    def load(_file: Path) -> LanguageModel:
        begun.set()
        go_on.wait(5)
        return _model(closed)

    late = slots.LanguageModelSlot(_plan(find=lambda: Path("x.gguf"), load=load), "none yet")
    late.start()
    assert begun.wait(5)
    late.close()
    go_on.set()
    assert late.wait(5) is None
    assert closed == [1]


def test_a_file_that_is_no_model_is_a_status(tmp_path: Path) -> None:
    slot = choose_language_model("local", tmp_path, local_gguf=tmp_path / "none.gguf")
    slot.start()
    assert slot.wait(5) is None
    assert slot.status().state == "failed"
    assert "none.gguf" in slot.status().sentence


def test_without_the_runtime_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)
    (tmp_path / "m.gguf").write_bytes(b"x")
    with pytest.raises(SetupError, match="pip install"):
        LocalServer(tmp_path / "m.gguf").start()


@pytest.mark.slow
def test_the_real_small_model_speaks() -> None:
    import os

    pytest.importorskip("xllamacpp")
    home = Path(os.environ.get("PALATE_HOME", "~/.palate")).expanduser()
    gguf = asset_file(home, "smollm2")
    if gguf is None:
        pytest.skip("the model is not here: `palate assets fetch smollm2`")
    model = load_local_model(gguf, threads=2)
    try:
        assert model.where == "local"
        assert model.complete("You are brief.", "Say hello.", 12, 30)
        assert list(model.stream("You are brief.", "Count to five.", 12, 30))
        share = model.p_yes("Answer yes or no.", "Is ice cold?", 30)
        assert share is not None
        assert 0 < share < 1
    finally:
        model.close()
