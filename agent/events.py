"""Turn events: what `Agent.reply` yields while it works. Every face reads only these."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agent.answer import Answer, Candidate, Notice, Question, SlateItem
from memory.preferences import Preference


@dataclass(frozen=True)
class Parsed:
    """The message was understood; `preferences` are all wishes that hold now."""

    intent: str
    preferences: tuple[Preference, ...]


@dataclass(frozen=True)
class ToolCalled:
    """A tool gave `count` items in `elapsed_ms`."""

    tool: str
    arguments: dict[str, Any]
    count: int
    elapsed_ms: float


@dataclass(frozen=True)
class CandidatesRanked:
    """The fused candidates, best first, before the slate is cut."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class SlateShown:
    """The items to show, in order. May come again in the same turn, when the language model revised it."""

    items: tuple[SlateItem, ...]
    revised_by: str | None = None


@dataclass(frozen=True)
class TextGiven:
    """The reply, whole."""

    text: str


@dataclass(frozen=True)
class NoticeGiven:
    """Something the person should know."""

    notice: Notice


@dataclass(frozen=True)
class QuestionAsked:
    """One question back, after the reply."""

    question: Question


@dataclass(frozen=True)
class Done:
    """The turn is saved; nothing follows. `interrupted`: the person went on while the language model was at work."""

    answer: Answer
    interrupted: bool = False


TurnEvent = (
    Parsed | ToolCalled | CandidatesRanked | SlateShown | TextGiven | NoticeGiven | QuestionAsked | Done
)


def final_answer(events: Iterable[TurnEvent]) -> Answer:
    """The answer of a whole turn, which is read to its end. Raises what the turn raises, RuntimeError when it has none."""
    answer = None
    for event in events:
        if isinstance(event, Done):
            answer = event.answer
    if answer is None:
        raise RuntimeError("the turn ended without an answer")
    return answer
