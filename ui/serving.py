"""Listening: a socket of our own, so that a taken port is one plain sentence and port 0 tells the port it found."""

import contextlib
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from tools.errors import SetupError

GRACE_S = 2  # an open page holds a stream open for ever; stopping does not wait longer for it


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises SetupError when the address cannot be used."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SetupError(
            f"cannot listen on {host} port {port} ({reason}); choose another with --host and --port (0 takes a free one)"
        ) from None
    bound.set_inheritable(True)
    return bound


def url_of(bound: socket.socket, host: str) -> str:
    """The address to open in a browser."""
    return _url(host, bound.getsockname()[1])


def _url(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def serve(app: Any, bound: socket.socket, ready: Callable[[], None]) -> None:
    """Serves an ASGI app until interrupted; `ready` is called once requests are answered."""
    import uvicorn

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            # what a stop cuts off is no error; a second Ctrl-C would print its traceback
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
            super().handle_exit(sig, frame)

    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GRACE_S)
    with contextlib.closing(bound):
        Announcing(config).run(sockets=[bound])


def serve_workers(factory: str, host: str, port: int, workers: int, ready: Callable[[], None]) -> None:
    """Serves with several processes, each with the app that `factory` ("module:function") makes there."""
    import uvicorn

    threading.Thread(target=_tell_when_answering, args=(host, port, ready), daemon=True).start()
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
    )


def browse(url: str) -> None:
    """Opens the default browser where there is a screen for one; a text browser would take over the terminal."""
    import webbrowser

    if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _tell_when_answering(host: str, port: int, ready: Callable[[], None]) -> None:
    import httpx

    for _ in range(600):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{_url(host, port)}/v1/health", trust_env=False).is_success:
                ready()
                return
        time.sleep(0.5)
