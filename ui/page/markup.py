"""The page's own HTML. Everything that comes from a catalogue or a person passes `escaped` on its way in."""

import html
from collections.abc import Mapping, Sequence

from agent.answer import SlateItem
from agent.editing import OTHER_STRENGTH
from memory.preferences import Preference
from tools.catalog.items import Catalog
from tools.catalog.spec import CatalogSpec
from ui.page.conversation import Conversation, Line
from ui.presentation import BUTTON, facet_line, printable, shortened, title_words, wish_words

SHOWN_CHARACTERS = 2_000  # of one message; the agent reads all of it
LABELS = {"you": "You", "palate": "palate", "notice": "Note", "error": "Not done"}
ACTS = (
    ("liked", "Like", "Liked ✓"),
    ("rejected", "Not for me", "Not for me ✓"),
    ("seen", "Seen it", "Seen ✓"),
)
# what a mark made in the dialogue is on the buttons: "I hated Heat" presses "Not for me"
BUTTON_OF = {"liked": "liked", "disliked": "rejected", "rejected": "rejected", "seen": "seen"}


def escaped(text: str) -> str:
    """Text that a browser shows as it stands, inside an element or a quoted attribute."""
    return html.escape(printable(text), quote=True)


def dialogue_html(conversation: Conversation, examples: Sequence[str], noun: str) -> str:
    """The dialogue; before the first message, a welcome with example prompts to press."""
    if not conversation.lines:
        return f'<div class="log" role="log" aria-label="Conversation">{_welcome(examples, noun)}</div>'
    newest = max((n for n, line in enumerate(conversation.lines) if line.titles), default=-1)
    lines = "".join(_line(line, n != newest) for n, line in enumerate(conversation.lines))
    dots = (
        '<div class="line palate"><p class="dots" role="status" aria-label="palate is thinking">'
        "<span></span><span></span><span></span></p></div>"
    )
    return (
        '<div class="log" role="log" aria-live="polite" aria-label="Conversation" tabindex="0">'
        f"{lines}{_question(conversation)}{dots if conversation.working and conversation.lines[-1].kind == 'you' else ''}</div>"
    )


def _question(conversation: Conversation) -> str:
    """The question back, its replies to be pressed; they are said as if typed."""
    if conversation.question is None or conversation.working:
        return ""
    buttons = "".join(
        f'<li><button type="button" data-example="{escaped(reply)}">{escaped(reply)}</button></li>'
        for reply in conversation.question.replies
    )
    return (
        f'<div class="line palate question"><span class="sr-only">{LABELS["palate"]} asks: </span>'
        f'<p dir="auto">{escaped(conversation.question.text)}</p><ul class="quick" aria-label="Quick replies">{buttons}</ul></div>'
    )


def _welcome(examples: Sequence[str], noun: str) -> str:
    buttons = "".join(
        f'<li><button type="button" data-example="{escaped(text)}">{escaped(text)}</button></li>'
        for text in examples
    )
    return (
        f'<div class="welcome"><h2>What kind of {escaped(noun)} do you feel like?</h2>'
        "<p>Name some you loved, say what you are after and what you never want. "
        "Every suggestion comes with reasons you can check.</p>"
        f'<p class="try" id="try">Try one of these</p><ul aria-labelledby="try">{buttons}</ul></div>'
    )


def _line(line: Line, with_titles: bool) -> str:
    """The newest slate stands as cards, so only the earlier ones are named in the dialogue."""
    text = escaped(shortened(line.text, SHOWN_CHARACTERS)) or "<em>(nothing said)</em>"
    shown = ""
    if line.titles and with_titles:
        titles = " · ".join(f"{number}. {escaped(title)}" for number, title in enumerate(line.titles, 1))
        shown = f'<p class="shown"><span class="sr-only">Shown: </span>{titles}</p>'
    return (
        f'<div class="line {line.kind}"><span class="sr-only">{LABELS[line.kind]}: </span>'
        f'<p dir="auto">{text}</p>{shown}</div>'
    )


def slate_html(items: Sequence[SlateItem], marks: Mapping[str, str], spec: CatalogSpec) -> str:
    """One card an item, with its reasons and three buttons."""
    if not items:
        return (
            '<div class="no-slate"><p>Your suggestions will stand here, each with the reasons for it.</p>'
            "<p>Mark what you like, have seen or do not want: the next answer takes it into account.</p></div>"
        )
    cards = "".join(
        _card(number, item, BUTTON_OF.get(marks.get(item.id, ""), ""), spec)
        for number, item in enumerate(items, 1)
    )
    return f'<ol class="slate" aria-label="Suggestions">{cards}</ol>'


def _card(number: int, item: SlateItem, mark: str, spec: CatalogSpec) -> str:
    facets = escaped(facet_line(item.facets, spec))
    reasons = "".join(f"<li>{escaped(reason.text)}</li>" for reason in item.reasons)
    parts = (
        f'<h3><span class="rank" aria-hidden="true">{number}</span>{escaped(title_words(item, spec))}</h3>',
        f'<p class="facets">{facets}</p>' if facets else "",
        f'<p class="synopsis">{escaped(shortened(item.text, 400))}</p>' if item.text else "",
        f'<ul class="reasons" aria-label="Why">{reasons}</ul>' if reasons else "",
        f'<div class="acts" role="group" aria-label="{escaped(item.title)}">'
        + "".join(_act(item, kind, mark, plain, done) for kind, plain, done in ACTS)
        + "</div>",
    )
    return f'<li class="card {mark}">{"".join(parts)}</li>'


def _act(item: SlateItem, kind: str, mark: str, plain: str, done: str) -> str:
    pressed = kind == mark
    return (
        f'<button type="button" class="{kind}" data-item="{escaped(item.id)}" data-kind="{kind}" '
        f'aria-pressed="{str(pressed).lower()}">{done if pressed else plain}</button>'
    )


def wishes_html(wishes: Sequence[Preference], catalog: Catalog, can_undo: bool) -> str:
    """The wishes that hold, each with a button that takes it back, and Undo; empty when there is neither."""
    if not wishes and not can_undo:
        return ""
    chips = "".join(_chip(wish, wish_words(wish, catalog)) for wish in wishes) or "<li>no wishes now</li>"
    undo = '<button type="button" class="undo" data-undo="1">Undo</button>' if can_undo else ""
    return (
        '<section class="wishes" aria-label="What I understood"><h2>What I understood</h2>'
        f"<ul>{chips}</ul>{undo}</section>"
    )


def _chip(wish: Preference, words: str) -> str:
    sign = "plus" if wish.polarity == "+" else "minus"
    origin = "You pressed a button" if wish.text == BUTTON else f"You said: “{shortened(wish.text, 120)}”"
    if wish.lasting:
        origin += " Kept as a taste of yours."
    label = f"<span>{escaped(shortened(words, 80))}</span>"
    other = OTHER_STRENGTH[wish.strength]
    if wish.kind in ("facet", "range"):
        label = (
            f'<button type="button" class="edit" data-edit="{wish.id}" '
            f'aria-label="{escaped(words)}: {wish.strength}; make it {other}" title="Make it “{other}”">{label}</button>'
        )
    return (
        f'<li class="wish {sign} {"hard" if wish.hard else "soft"}" title="{escaped(origin)}">{label}'
        f'<button type="button" data-wish="{wish.id}" aria-label="Take back: {escaped(words)}">×</button></li>'
    )


def status_html(state: str, sentence: str, fraction: float) -> str:
    """Which language model speaks, with a bar while it is being downloaded."""
    bar = ""
    if state == "downloading":
        percent = round(100 * min(max(fraction, 0.0), 1.0))
        bar = (
            f'<span class="bar" role="progressbar" aria-label="Download of the language model" '
            f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}">'
            f'<span style="width:{percent}%"></span></span>'
        )
    return f'<div class="status {escaped(state)}" role="status"><span class="dot"></span>{escaped(sentence)}{bar}</div>'
