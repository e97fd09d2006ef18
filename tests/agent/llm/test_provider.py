"""The provider against a server that answers, refuses, hangs, drips, and talks nonsense."""

import contextlib
import math
import time
from itertools import islice
from typing import Any

import pytest

from agent.llm.provider import MAX_ANSWER_CHARS, LanguageModel
from tools.errors import ToolFailed


def test_complete_sends_both_messages_and_its_limits(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("a plain answer")]
    assert model.complete("be brief", "why?", max_tokens=7, timeout_s=2) == "a plain answer"
    request = server.requests[0]
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert request["max_tokens"] == 7
    assert request["temperature"] == 0


def test_stream_gives_the_words_as_they_come(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("one two three")]
    parts = list(model.stream("s", "u", 20, 2))
    assert len(parts) == 3
    assert "".join(parts).split() == ["one", "two", "three"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_second_try_follows_429_and_5xx(server: Any, model: LanguageModel, status: int) -> None:
    server.replies = [server.fails(status), server.says("fine")]
    assert model.complete("s", "u", 5, 2) == "fine"
    server.replies = [server.fails(status), server.says("fine")]
    assert "".join(model.stream("s", "u", 5, 2)).strip() == "fine"


def test_no_second_try_when_the_server_wants_more_time_than_there_is(
    server: Any, model: LanguageModel
) -> None:
    server.replies = [server.fails(429, retry_after="30"), server.says("fine")]
    begun = time.monotonic()
    with pytest.raises(ToolFailed, match="too busy"):
        model.complete("s", "u", 5, 1)
    assert time.monotonic() - begun < 0.9
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "refused the key"),
        (403, "refused the key"),
        (404, "not known"),
        (400, "error .400"),
        (500, "error .500"),
    ],
)
def test_refusals_become_one_plain_sentence(
    server: Any, model: LanguageModel, status: int, sentence: str
) -> None:
    server.replies = [server.fails(status)]
    with pytest.raises(ToolFailed, match=sentence) as complete:
        model.complete("s", "u", 5, 1)
    assert "\n" not in str(complete.value)
    with pytest.raises(ToolFailed, match=sentence):
        list(model.stream("s", "u", 5, 1))
    with pytest.raises(ToolFailed, match=sentence):
        model.p_yes("s", "u", 1)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html><body>login</body></html>", "text/html"),
        ("{not json", "application/json"),
        ("{}", "application/json"),
        ('{"choices": []}', "application/json"),
        ('{"choices": null}', "application/json"),
        ('{"choices": [{"message": null}]}', "application/json"),
        ("[1, 2]", "application/json"),
        ("null", "application/json"),
        ("", "application/json"),
        ("data: {broken\n\n", "text/event-stream"),
        ("data: {}\n\ndata: [DONE]\n\n", "text/event-stream"),
        ('data: {"error": {"message": "overloaded"}}\n\n', "text/event-stream"),
    ],
)
def test_nonsense_is_a_plain_failure(server: Any, model: LanguageModel, body: str, kind: str) -> None:
    server.replies = [server.sends(body, kind)]
    for ask in (
        lambda: model.complete("s", "u", 5, 1),
        lambda: list(model.stream("s", "u", 5, 1)),
    ):
        with pytest.raises(ToolFailed):
            ask()
    with contextlib.suppress(ToolFailed):
        assert model.p_yes("s", "u", 1) is None


def test_an_empty_answer_is_a_failure(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says(None)]
    with pytest.raises(ToolFailed, match="nothing"):
        model.complete("s", "u", 5, 1)
    server.replies = [server.says("")]
    with pytest.raises(ToolFailed):
        list(model.stream("s", "u", 5, 1))


def test_a_long_answer_is_cut(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("word " * 10_000)]
    assert len(model.complete("s", "u", 5, 2)) <= MAX_ANSWER_CHARS
    assert len("".join(model.stream("s", "u", 5, 2))) <= MAX_ANSWER_CHARS


def test_an_endless_body_is_not_read(server: Any, model: LanguageModel) -> None:
    server.replies = [server.sends("x" * 3_000_000)]
    with pytest.raises(ToolFailed):
        model.complete("s", "u", 5, 5)


def test_a_silent_server_costs_no_more_than_the_time_given(server: Any, model: LanguageModel) -> None:
    server.replies = [server.hangs(1.5)]
    for ask in (
        lambda: model.complete("s", "u", 5, 0.2),
        lambda: list(model.stream("s", "u", 5, 0.2)),
        lambda: model.p_yes("s", "u", 0.2),
    ):
        begun = time.monotonic()
        with pytest.raises(ToolFailed, match="in time"):
            ask()
        assert time.monotonic() - begun < 0.8


def test_a_dripping_server_costs_no_more_than_the_time_given(server: Any, model: LanguageModel) -> None:
    server.replies = [server.drips(0.05, 40)]
    begun = time.monotonic()
    with pytest.raises(ToolFailed, match="in time"):
        list(model.stream("s", "u", 5, 0.3))
    assert time.monotonic() - begun < 1.0


def test_a_cut_stream_gives_what_came_and_then_fails(server: Any, model: LanguageModel) -> None:
    server.replies = [server.cut_after(2)]
    parts = model.stream("s", "u", 5, 1)
    assert len(list(islice(parts, 2))) == 2
    with pytest.raises(ToolFailed):
        next(parts)


def test_a_stream_left_early_hangs_up(server: Any, model: LanguageModel) -> None:
    server.replies = [server.drips(0.02, 100)]
    parts = model.stream("s", "u", 5, 5)
    assert len(list(islice(parts, 2))) == 2
    parts.close()  # type: ignore[attr-defined]
    for _ in range(50):
        if server.hung_up:
            break
        time.sleep(0.02)
    assert server.hung_up == 1


def test_nobody_at_the_address() -> None:
    with pytest.raises(ToolFailed, match="could not be reached"):
        LanguageModel("gone", "http://127.0.0.1:9/v1").complete("s", "u", 5, 1)


def test_p_yes_is_the_share_of_yes(server: Any, model: LanguageModel) -> None:
    tops = {
        "Yes": math.log(0.5),
        " yes": math.log(0.1),
        "No": math.log(0.2),
        "Maybe": math.log(0.1),
        "n": -1.0,
    }
    server.replies = [server.says("Yes", tops)]
    assert model.p_yes("s", "u", 1) == pytest.approx(0.75)
    assert model.gives_logprobs is True
    assert server.requests[0]["top_logprobs"] == 20
    assert server.requests[0]["max_tokens"] == 1


def test_p_yes_without_yes_or_no_is_unknown(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("Perhaps", {"Perhaps": -0.1})]
    assert model.p_yes("s", "u", 1) is None
    assert model.gives_logprobs is True


def test_a_server_without_logprobs_is_asked_once(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("Yes")]
    assert model.p_yes("s", "u", 1) is None
    assert model.p_yes("s", "u", 1) is None
    assert model.gives_logprobs is False
    assert len(server.requests) == 1


def test_a_server_that_refuses_logprobs_gives_none(server: Any, model: LanguageModel) -> None:
    server.replies = [server.fails(400, "logprobs are not supported")]
    assert model.p_yes("s", "u", 1) is None
    assert model.gives_logprobs is False


def test_a_model_that_takes_no_temperature_is_asked_without(server: Any, model: LanguageModel) -> None:
    server.replies = [server.fails(400, "Unsupported value: 'temperature'"), server.says("fine")]
    assert model.complete("s", "u", 5, 1) == "fine"
    assert "temperature" not in server.requests[1]


def test_closing_twice_stops_a_local_server_once(server: Any) -> None:
    closed = []
    language_model = LanguageModel("m", server.base_url, where="local", on_close=lambda: closed.append(1))
    language_model.close()
    language_model.close()
    assert closed == [1]
