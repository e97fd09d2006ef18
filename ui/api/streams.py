"""Turn events as JSON and as Server-Sent Events."""

import json
import logging
from collections.abc import Iterator
from typing import Any

from agent.events import (
    CandidatesRanked,
    Done,
    NoticeGiven,
    Parsed,
    QuestionAsked,
    SlateShown,
    TextGiven,
    ToolCalled,
    TurnEvent,
)
from ui.faults import UNEXPECTED, Fault, fault_of

logger = logging.getLogger(__name__)


def event_json(event: TurnEvent) -> tuple[str, dict[str, Any]]:
    """An event's name and content."""
    match event:
        case Parsed(intent, preferences):
            return "parsed", {"intent": intent, "preferences": [p.to_json() for p in preferences]}
        case ToolCalled(tool, _, count, elapsed_ms):
            return "tool", {"tool": tool, "count": count, "elapsed_ms": round(elapsed_ms, 2)}
        case CandidatesRanked(candidates):
            return "candidates", {"count": len(candidates)}
        case SlateShown(items, revised_by):
            return "slate", {"slate": [item.to_json() for item in items], "revised_by": revised_by}
        case TextGiven(text):
            return "text", {"text": text}
        case NoticeGiven(notice):
            return "notice", notice.to_json()
        case QuestionAsked(question):
            return "question", question.to_json()
        case Done(answer):
            return "done", answer.to_json()


def server_sent(events: Iterator[TurnEvent]) -> Iterator[str]:
    """The stream's text; a fault on the way is the last event, named `error`."""
    try:
        for event in events:
            name, content = event_json(event)
            yield f"event: {name}\ndata: {json.dumps(content)}\n\n"
    except Exception as error:  # noqa: BLE001 - the status is sent: the error can only be the last event
        yield f"event: error\ndata: {json.dumps(error_json(told_fault(error)))}\n\n"


def told_fault(error: Exception) -> Fault:
    """How an error is told over HTTP; one that nobody foresaw is logged here and says nothing of its inside."""
    fault = fault_of(error)
    if fault is None:
        logger.error("a request failed", exc_info=error)
        return Fault("internal", UNEXPECTED, 500)
    return fault


def error_json(fault: Fault) -> dict[str, Any]:
    """The body of every error."""
    return {"error": {"code": fault.code, "message": fault.text}}


def begun(events: Iterator[TurnEvent]) -> Iterator[TurnEvent]:
    """The same events, the first already taken: a turn that cannot begin fails before any status is sent."""
    first = next(events, None)

    def all_events() -> Iterator[TurnEvent]:
        if first is not None:
            yield first
        yield from events

    return all_events()
