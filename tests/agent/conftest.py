"""A scripted OpenAI-compatible server on loopback that behaves as badly as it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agent.llm.provider import LanguageModel

Reply = Callable[["_Handler", dict[str, Any]], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Any

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.script.requests.append(request)
        reply = self.script.replies.pop(0) if len(self.script.replies) > 1 else self.script.replies[0]
        try:
            reply(self, request)
        except (BrokenPipeError, ConnectionResetError):
            self.script.hung_up += 1

    def send(self, body: str, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        raw = body.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what some tests are about, no news for the console."""


def says(text: str | None, logprobs: dict[str, float] | None = None) -> Reply:
    """A good answer, streamed when asked so; `logprobs` are the likeliest first tokens."""

    def reply(handler: _Handler, request: dict[str, Any]) -> None:
        if request.get("stream"):
            words = [f"{word} " for word in (text or "").split()]
            handler.send(
                "".join(_event(word) for word in words) + "data: [DONE]\n\n", kind="text/event-stream"
            )
            return
        choice: dict[str, Any] = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": text},
        }
        if logprobs is not None and request.get("logprobs"):
            tops = [{"token": token, "logprob": value, "bytes": None} for token, value in logprobs.items()]
            choice["logprobs"] = {"content": [{**tops[0], "top_logprobs": tops}]}
        handler.send(
            json.dumps(
                {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
            )
        )

    return reply


def fails(status: int, message: str = "no", **headers: str) -> Reply:
    return lambda handler, _: handler.send(json.dumps({"error": {"message": message}}), status, **headers)


def sends(body: str, kind: str = "application/json") -> Reply:
    """Any body under status 200."""
    return lambda handler, _: handler.send(body, kind=kind)


def hangs(seconds: float) -> Reply:
    """No answer for a while."""
    return lambda _handler, _request: time.sleep(seconds)


def drips(every_s: float, times: int) -> Reply:
    """A stream that never quite dies: one token now and then."""

    def reply(handler: _Handler, _: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("connection", "close")
        handler.end_headers()
        for _turn in range(times):
            handler.wfile.write(_event("x ").encode())
            handler.wfile.flush()
            time.sleep(every_s)

    return reply


def cut_after(words: int) -> Reply:
    """A stream whose connection breaks in the middle of its chunked body."""

    def reply(handler: _Handler, _: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for _turn in range(words):
            raw = _event("word ").encode()
            handler.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        handler.wfile.flush()
        handler.close_connection = True

    return reply


def streams(*parts: str) -> Reply:
    """A good stream of these parts."""

    def reply(handler: _Handler, _: dict[str, Any]) -> None:
        body = "".join(_event(part) for part in parts) + "data: [DONE]\n\n"
        handler.send(body, kind="text/event-stream")

    return reply


def _event(text: str) -> str:
    delta = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    return f"data: {json.dumps({'id': '1', 'object': 'chat.completion.chunk', 'created': 0, 'model': 'm', **delta})}\n\n"


class FakeServer:
    """`replies` are used one a request, the last for ever; `requests` are the bodies seen."""

    says = staticmethod(says)
    fails = staticmethod(fails)
    sends = staticmethod(sends)
    hangs = staticmethod(hangs)
    drips = staticmethod(drips)
    cut_after = staticmethod(cut_after)
    streams = staticmethod(streams)

    def __init__(self) -> None:
        self.replies: list[Reply] = [says("hello")]
        self.requests: list[dict[str, Any]] = []
        self.hung_up = 0
        handler = type("Handler", (_Handler,), {"script": self})
        self._server = _QuietServer(("127.0.0.1", 0), handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    yield fake
    fake.close()


@pytest.fixture
def model(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[LanguageModel]:
    monkeypatch.setattr("agent.llm.provider.RETRY_WAIT_S", 0.02)
    language_model = LanguageModel("fake", server.base_url, "key")
    yield language_model
    language_model.close()
