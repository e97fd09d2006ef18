"""What stands around every request: no body grows past a limit, and no error leaves without its JSON."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.streams import error_json, told_fault
from ui.faults import Fault

BODY_BYTES = 1 << 20  # 100,000 characters of any script fit, even as \\uXXXX escapes


class BodyLimit:
    """Reads each body whole before the app sees it, and answers 413 to one of more than BODY_BYTES."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > BODY_BYTES:
                await _refuse(scope, receive, send)
                return
        read = False

        async def again() -> Message:
            nonlocal read
            if read:
                return await receive()
            read = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, again, send)


class LastResort:
    """Answers an error that no handler took; Starlette's own would tell it too, but drops the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            fault = told_fault(error)
            await JSONResponse(error_json(fault), fault.status)(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    fault = Fault("too_large", f"a request may have {BODY_BYTES:,} bytes", 413)
    await JSONResponse(error_json(fault), fault.status, {"connection": "close"})(scope, receive, send)
