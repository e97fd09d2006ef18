"""What one browser tab shows: the dialogue's lines, the slate with its marks, and the wishes that hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from agent.answer import Question, SlateItem
from agent.events import Done, NoticeGiven, Parsed, QuestionAsked, SlateShown, TextGiven, TurnEvent
from memory.preferences import Preference
from memory.session import KNOWN_TO_PERSON, Session, last_change
from tools.catalog import Catalog

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


def settled(conversation: Conversation, session: Session | None, catalog: Catalog) -> Conversation:
    """What the saved session holds: the store is right, not the page. Of two turns of a tab that were at work side by
    side, or a press beside a turn, each has seen only its own."""
    if session is None:
        return replace(conversation, working=False)
    marks = {e.item_id: e.kind for e in session.live_events if e.kind in KNOWN_TO_PERSON}
    saved = _lines_of(session)
    said, shown = ([line for line in lines if line.kind == "palate"] for lines in (saved, conversation.lines))
    return replace(
        conversation,
        lines=conversation.lines if said == shown else saved,
        slate=_last_slate(session, conversation.slate, catalog),
        question=_last_question(session),
        marks=marks,
        wishes=session.wishes,
        can_undo=last_change(session) is not None,
        working=False,
    )


def _lines_of(session: Session) -> tuple[Line, ...]:
    """The dialogue of the saved turns."""
    lines: list[Line] = []
    for turn in session.turns:
        lines.append(Line("you", turn.utterance))
        lines += [Line("notice", notice["text"]) for notice in turn.answer.get("notices", [])]
        lines.append(
            Line("palate", turn.reply, tuple(item["title"] for item in turn.answer.get("slate", [])))
        )
    return tuple(lines)


def _last_slate(session: Session, shown: tuple[SlateItem, ...], catalog: Catalog) -> tuple[SlateItem, ...]:
    """The items that were shown last, as they were shown."""
    last: list[dict[str, Any]] = next(
        (t.answer["slate"] for t in reversed(session.turns) if t.answer.get("slate")), []
    )
    if [item["id"] for item in last] == [item.id for item in shown] or not last:
        return shown
    return tuple(
        SlateItem.from_json(item, catalog.item(item["id"])) for item in last if item["id"] in catalog.rows
    )


def _last_question(session: Session) -> Question | None:
    """The question that waits for an answer."""
    told = session.turns[-1].answer.get("question") if session.turns else None
    return Question(told["text"], told["about"], tuple(told["replies"])) if told else None


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
