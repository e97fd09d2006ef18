"""`palate talk` and `palate ask`: a dialogue on a terminal, or as one JSON object a turn."""

import contextlib
from collections.abc import Iterator
from typing import IO, Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text

from agent.agent import Agent
from agent.answer import Answer, SlateItem
from agent.editing import STRENGTHS, Edit
from agent.events import final_answer
from agent.opening import new_session_id
from memory.session import EventKind
from tools.catalog.spec import CatalogSpec
from tools.errors import UserInputError
from ui.faults import fault_of
from ui.incoming import clean_message
from ui.presentation import BUTTON, facet_line, printable, question_text, title_words, wish_words
from ui.terminal.printing import print_json

HELP = (
    "Say what you feel like. "
    "/like 2, /no 2, /seen 2 mark an item; /wishes lists what was understood, /forget 3 takes a wish back, /must 3 and "
    "/ideally 3 say how firmly it is meant, /undo takes back the last change; "
    "/new starts over, /quit ends."
)
MARKS: dict[str, tuple[EventKind, str]] = {
    "/like": ("liked", "Liked"),
    "/no": ("rejected", "Not for you"),
    "/seen": ("seen", "Seen"),
}


def answer_to(agent: Agent, session_id: str, message: str, user: str = "") -> Answer:
    """One whole turn. Raises what the agent raises."""
    return final_answer(agent.reply(session_id, clean_message(message), user))


def print_answer(console: Console, answer: Answer, spec: CatalogSpec) -> None:
    """A turn for a reader: notices first, for the reply may refer to them; then the numbered items with reasons."""
    for notice in answer.notices:
        console.print(Text(printable(notice.text), style="yellow"))
    if answer.reply:
        console.print(Text(printable(answer.reply)))
    for number, item in enumerate(answer.slate, 1):
        console.print()
        console.print(_item(number, item, spec))
    if asked := question_text(answer):
        console.print()
        console.print(Text(asked, style="cyan"))


def _item(number: int, item: SlateItem, spec: CatalogSpec) -> Group:
    lines: list[Any] = [Text.assemble((f"{number}. ", "cyan"), (title_words(item, spec), "bold"))]
    facets = facet_line(item.facets, spec)
    if facets:
        lines.append(Padding(Text(facets, style="dim"), (0, 0, 0, 3), expand=False))
    lines += [Padding(Text(f"- {printable(r.text)}"), (0, 0, 0, 3), expand=False) for r in item.reasons]
    return Group(*lines)


def print_wishes(console: Console, agent: Agent, session_id: str) -> None:
    """The wishes of a session that hold, each with its number."""
    session = agent.session(session_id)
    wishes = session.wishes if session is not None else ()
    for wish in wishes:
        words = Text(f"{wish.id}. {wish_words(wish, agent.catalog)} ({wish.strength})")
        if wish.text and wish.text != BUTTON:
            words.append(f"   “{printable(wish.text)}”, turn {wish.turn}", style="dim")
        if wish.lasting:
            words.append("   a lasting taste", style="dim")
        console.print(words)
    if not wishes:
        console.print(Text("No wishes hold.", style="dim"))


def talk_json(agent: Agent, lines: IO[bytes], session_id: str, user: str = "") -> None:
    """Answers each line with one line; an empty line starts a new session. A failed turn is `{session, error}`."""
    for raw in lines:
        message = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not message:
            session_id = new_session_id()
            continue
        try:
            print_json(answer_to(agent, session_id, message, user).to_json())
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            print_json({"session": session_id, "error": {"code": fault.code, "message": fault.text}})


def talk(agent: Agent, console: Console, session_id: str, user: str = "") -> None:
    """A dialogue until /quit or the end of input."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - line editing and history for input()
    console.print(Text(HELP, style="dim"))
    for message in _asked(console):
        word, _, rest = message.partition(" ")
        try:
            if word == "/quit":
                return
            if word == "/new":
                session_id = new_session_id()
                console.print(Text("A new conversation.", style="dim"))
            elif word.startswith("/"):
                _command(agent, console, session_id, word, rest.strip())
            else:
                with console.status("…"):
                    answer = answer_to(agent, session_id, message, user)
                print_answer(console, answer, agent.catalog.spec)
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            console.print(Text(printable(fault.text), style="red"))


def _asked(console: Console) -> Iterator[str]:
    while True:
        console.print()
        try:
            yield input("you > ")
        except EOFError:
            console.print()
            return


def _command(agent: Agent, console: Console, session_id: str, word: str, rest: str) -> None:
    if word == "/wishes":
        print_wishes(console, agent, session_id)
    elif word == "/forget":
        agent.forget(session_id, _number(rest, word))
        print_wishes(console, agent, session_id)
    elif word == "/undo":
        _, undone = agent.undo(session_id)
        console.print(Text(f"Taken back: {printable(undone)}", style="dim"))
    elif word in ("/must", "/ideally"):
        _firm(agent, session_id, _number(rest, word), word == "/must")
        print_wishes(console, agent, session_id)
    elif word in MARKS:
        kind, said = MARKS[word]
        session = agent.session(session_id)
        slate = session.last_slate if session is not None else ()
        number = _number(rest, word)
        if not 1 <= number <= len(slate):
            raise UserInputError(f"no item {number} was shown")
        agent.react(session_id, slate[number - 1], kind)
        console.print(Text(f"{said}: {printable(agent.catalog.item(slate[number - 1]).title)}", style="dim"))
    else:
        console.print(Text(HELP, style="dim"))


def _firm(agent: Agent, session_id: str, number: int, firm: bool) -> None:
    """Makes a wish one that filters, or one that only steers."""
    session = agent.session(session_id)
    wish = next((w for w in session.wishes if w.id == number), None) if session else None
    strengths = STRENGTHS[wish.polarity if wish is not None else "+"]
    agent.edit(session_id, number, Edit(strength=strengths[0 if firm else 1]))


def _number(text: str, word: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise UserInputError(f"{word} takes a number, such as {word} 2")
    return int(text)
