"""What can go wrong on purpose, as every face tells it: a code for programs, a sentence for people, a status for HTTP."""

from dataclasses import dataclass

from memory.store import SessionConflict, StoreFailed
from tools.errors import PalateError, RetryableByModel, SetupError, ToolFailed, UserInputError

UNEXPECTED = "Something went wrong inside palate; what you said before is kept, and you can go on."


class NotFound(UserInputError):
    """What the address names does not exist."""


@dataclass(frozen=True)
class Fault:
    """`status` is the HTTP status code."""

    code: str
    text: str
    status: int


def fault_of(error: BaseException) -> Fault | None:
    """How an expected error is told; None for one that nobody raised on purpose."""
    text = one_line(str(error))
    if isinstance(error.__cause__, SessionConflict):
        return Fault("conflict", text, 409)
    match error:
        case NotFound():
            return Fault("not_found", text, 404)
        case SessionConflict():
            return Fault("conflict", f"{text}; send the message again", 409)
        case StoreFailed():
            return Fault("storage_failed", text, 503)
        case SetupError():
            return Fault("setup", text, 503)
        case ToolFailed():
            return Fault("tool_failed", text, 503)
        case UserInputError() | RetryableByModel():
            return Fault("bad_input", text, 400)
        case PalateError():
            return Fault("failed", text, 500)
    return None


def one_line(text: str) -> str:
    """Text with its line breaks and runs of blanks made single blanks, and half characters made "?"."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
