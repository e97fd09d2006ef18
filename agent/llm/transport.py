"""The HTTP client under the language model: a time limit for the whole answer and a cap on its bytes."""

import importlib
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

MAX_BODY_BYTES = 2_000_000


def http_library() -> ModuleType:
    """The httpx-like module the installed openai package is built on (httpx, or httpx2 since openai 3)."""
    import openai

    client = next(kind for kind in openai.DefaultHttpxClient.__mro__ if kind.__name__ == "Client")
    return importlib.import_module(client.__module__.split(".")[0])


def bounded_client(loopback: bool) -> Any:
    """An HTTP client whose read timeout holds for the whole answer, not for each silence between two chunks.

    A server that drips a byte a second would otherwise hold a turn for ever. `loopback` ignores proxy settings.
    """
    import openai

    http = http_library()
    stream_kind: Any = http.SyncByteStream

    class BoundedStream(stream_kind):  # type: ignore[misc]  # its base is known at run time only
        def __init__(self, inner: Any, request: Any) -> None:
            self._inner = inner
            self._request = request

        def __iter__(self) -> Iterator[bytes]:
            received = 0
            for chunk in self._inner:
                received += len(chunk)
                if received > MAX_BODY_BYTES:
                    raise http.RemoteProtocolError("the answer is too long", request=self._request)
                yield chunk
                if time.monotonic() > self._request.extensions["deadline"]:
                    raise http.ReadTimeout("the answer took too long", request=self._request)

        def close(self) -> None:
            self._inner.close()

    def note_deadline(request: Any) -> None:
        request.extensions["deadline"] = time.monotonic() + float(request.extensions["timeout"]["read"])

    def bound(response: Any) -> None:
        request = response.request
        # the body may be silent no longer than what the wait for the headers left
        left_s = max(0.001, request.extensions["deadline"] - time.monotonic())
        request.extensions["timeout"]["read"] = left_s
        response.stream = BoundedStream(response.stream, request)

    hooks: dict[str, list[Callable[..., Any]]] = {"request": [note_deadline], "response": [bound]}
    return openai.DefaultHttpxClient(event_hooks=hooks, trust_env=not loopback)


def call_timeout(timeout_s: float) -> Any:
    """The timeout object of one call; connecting may take three seconds of it at most."""
    return http_library().Timeout(timeout_s, connect=min(timeout_s, 3.0))
