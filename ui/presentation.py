"""Answers as words: what the terminal, the page and the API say of an item, a wish or a whole turn.

Item text and people's words are data: here they lose their control characters; `ui.page.markup` escapes them for HTML.
"""

import unicodedata
from collections.abc import Mapping

from agent.answer import Answer, SlateItem
from agent.replies.describing import describe_wish
from memory.preferences import Preference
from tools.catalog.items import Catalog, FacetValue
from tools.catalog.spec import CatalogSpec

FACET_PARTS = 4  # parts of a facet line; a fifth wraps on a phone
VALUES_SHOWN = 3
BUTTON = "(button)"  # what `Agent.react` keeps as the words of a wish that no words made
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Text without control characters but line breaks: nothing in it can move a cursor or turn a line around."""
    return "".join(
        c
        for c in text.replace("\t", " ")
        if c == "\n" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in BIDI_CONTROLS)
    )


def shortened(text: str, limit: int) -> str:
    """Text of at most `limit` characters, and how many more there were."""
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit:,} more characters)"


def title_words(item: SlateItem, spec: CatalogSpec) -> str:
    """An item's title, without the year at its end that the facet line says anyway."""
    for name in spec.by_role("year"):
        ending = f" ({item.facets.get(name)})"
        if item.title.endswith(ending) and item.title != ending:
            return printable(item.title.removesuffix(ending))
    return printable(item.title)


def facet_line(facets: Mapping[str, FacetValue], spec: CatalogSpec) -> str:
    """What an item is at a glance: "1995 · Action, Crime, Thriller · 170 min · Michael Mann".

    The year comes first, then one plain category, duration and price, one person, then further categories, each
    in the specification's order. Keywords, and values that mean nothing without a cue word, are left out.
    """
    years = spec.by_role("year")
    sizes = [name for name, facet in spec.facets.items() if facet.role in ("duration", "price")]
    people = spec.by_role("person")
    plain = [
        name
        for name, facet in spec.facets.items()
        if facet.kind == "categorical" and not facet.role and not facet.cue_required
    ]
    order = [*years, *plain[:1], *sizes, *people[:1], *plain[1:]]
    parts = [_value_words(name, facets[name], spec) for name in order if name in facets]
    return " · ".join(parts[:FACET_PARTS])


def _value_words(name: str, value: FacetValue, spec: CatalogSpec) -> str:
    if isinstance(value, tuple):
        return printable(", ".join(value[:VALUES_SHOWN]))
    if isinstance(value, str):
        return printable(value)
    match spec.facets[name].role:
        case "duration":
            return f"{value:g} min"
        case "price":
            return f"{spec.label(name)} {value:,.2f}"
        case "year":
            return f"{value:.0f}"
    return f"{spec.label(name)} {value:g}"


def wish_words(wish: Preference, catalog: Catalog) -> str:
    """A wish in a few words: "no War", "from 1990 to 1999", "like Heat (1995)"."""
    return printable(describe_wish(wish, catalog))


def item_text(number: int, item: SlateItem, spec: CatalogSpec) -> str:
    """One item of a slate as plain lines: title, facets, reasons."""
    lines = [f"{number}. {title_words(item, spec)}"]
    facets = facet_line(item.facets, spec)
    if facets:
        lines.append(f"   {facets}")
    lines += [f"   - {printable(reason.text)}" for reason in item.reasons]
    return "\n".join(lines)


def slate_text(items: tuple[SlateItem, ...], spec: CatalogSpec) -> str:
    """A slate as plain text; empty for an empty slate."""
    return "\n\n".join(item_text(number, item, spec) for number, item in enumerate(items, 1))


def question_text(answer: Answer) -> str:
    """The question back with its quick replies on one line; empty when none is asked."""
    if answer.question is None:
        return ""
    return f"{printable(answer.question.text)} ({' / '.join(map(printable, answer.question.replies))})"


def answer_text(answer: Answer, spec: CatalogSpec) -> str:
    """A whole answer as plain text: notices first, for the reply may refer to them; reply; slate; question."""
    notices = "\n".join(printable(notice.text) for notice in answer.notices)
    parts = (notices, printable(answer.reply), slate_text(answer.slate, spec), question_text(answer))
    return "\n\n".join(part for part in parts if part)
