"""What one browser tab shows: the dialogue's lines, the slate with its marks, and the wishes that hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from agent.answer import Question, SlateItem
from agent.events import Done, NoticeGiven, Parsed, QuestionAsked, SlateShown, TextGiven, TurnEvent
from memory.preferences import Preference
from memory.session import KNOWN_TO_PERSON, Session, last_change

LineKind = Literal["you", "palate", "notice", "error"]


@dataclass(frozen=True)
class Line:
    """One entry of the dialogue. `titles` are those of the slate that came with it."""

    kind: LineKind
    text: str
    titles: tuple[str, ...] = ()


@dataclass(
    frozen=True, eq=False
)  # Gradio hashes a state by identity then; facets are mappings and have no hash
class Conversation:
    """The state of a tab; each change gives a new one. `marks` says what the person made of an item."""

    session_id: str
    lines: tuple[Line, ...] = ()
    slate: tuple[SlateItem, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    wishes: tuple[Preference, ...] = ()
    working: bool = False
    question: Question | None = None
    user: str = ""
    can_undo: bool = False


def said(conversation: Conversation, message: str) -> Conversation:
    """The person's message stands in the dialogue, and palate is at work."""
    return replace(
        conversation, lines=(*conversation.lines, Line("you", message)), working=True, question=None
    )


def told(conversation: Conversation, event: TurnEvent) -> Conversation:
    """The conversation after one turn event; the same object when nothing to be seen changed."""
    match event:
        case Parsed(preferences=wishes):
            return replace(conversation, wishes=wishes)
        case SlateShown(items=items) if items:
            return replace(conversation, slate=items)
        case TextGiven(text=text):
            return _add(conversation, Line("palate", text))
        case NoticeGiven(notice=notice):
            return _add(conversation, Line("notice", notice.text))
        case QuestionAsked(question=question):
            return replace(conversation, question=question)
        case Done(answer=answer):
            return replace(
                _with_titles(conversation, tuple(item.title for item in answer.slate)),
                slate=answer.slate or conversation.slate,
                wishes=answer.preferences,
                question=answer.question,
                working=False,
            )
    return conversation


def failed(conversation: Conversation, sentence: str) -> Conversation:
    """The turn ended with an error, told in one sentence."""
    return replace(_add(conversation, Line("error", sentence)), working=False)


def settled(conversation: Conversation, session: Session | None) -> Conversation:
    """Marks and wishes as the saved session holds them: the store is right, not the page."""
    if session is None:
        return replace(conversation, working=False)
    marks = {e.item_id: e.kind for e in session.live_events if e.kind in KNOWN_TO_PERSON}
    can_undo = last_change(session) is not None
    return replace(conversation, marks=marks, wishes=session.wishes, can_undo=can_undo, working=False)


def _add(conversation: Conversation, line: Line) -> Conversation:
    return replace(conversation, lines=(*conversation.lines, line))


def _with_titles(conversation: Conversation, titles: tuple[str, ...]) -> Conversation:
    """This turn's reply carries the titles of its slate."""
    lines = list(conversation.lines)
    for place in reversed(range(len(lines))):
        if lines[place].kind == "palate":
            lines[place] = replace(lines[place], titles=titles)
        if lines[place].kind in ("palate", "you"):
            break
    return replace(conversation, lines=tuple(lines))
