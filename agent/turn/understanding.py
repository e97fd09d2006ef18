"""What a message says: read by rules; where they are unsure, a capable language model is asked as well.

The rules are the referee. What the model says counts only where it quotes the message and the catalogue has it; it may
add to what the rules read and never contradicts it, and what it adds of wishes only steers or refuses. Of the rules'
reading only a free theme gives way, where the model knows the same words for a value of the catalogue.
"""

from collections.abc import Sequence
from dataclasses import replace

from agent.answer import Notice
from agent.llm import BudgetedModel
from agent.llm.prompts import as_data
from agent.llm.reading import ModelReading, SaidRange, SaidTheme, SaidTitle, SaidValue, read_with_model
from agent.parsing import Mention, Parser, Reading, Wish
from agent.parsing.reading import Critique, Sentiment
from agent.parsing.words import name_key
from agent.replies.describing import count_text, listed, plural
from agent.retrieval.constraints import target_masks
from memory.preferences import FacetTarget, KeywordTarget, RangeTarget, Target, facets_of
from tools.catalog import Catalog
from tools.errors import ToolFailed
from tools.toolbox import Toolbox

LONG_MESSAGE = 14  # words from which the rules may have missed something
VALUES_TOLD = 12  # of a facet, in the prompt
VALUE_CHARS = 60
TIMEOUT_S = 4.0
FEELINGS: dict[str, Sentiment] = {"not_wanted": "rejected"}
TELLING = 4  # letters of a title's word that must stand in its quote


def is_unsure(reading: Reading, message: str) -> bool:
    """Whether the rules may have missed something that a model could see."""
    if reading.foreign or reading.shortened:
        return False
    lost = reading.intent in ("unclear", "off_topic") or bool(reading.unknown_titles)
    open_ended = reading.intent in ("recommend", "refine") and len(message.split()) >= LONG_MESSAGE
    return lost or open_ended


def read_again(
    reading: Reading, message: str, parser: Parser, model: BudgetedModel, shown: bool
) -> tuple[Reading, list[Notice]]:
    """The rules' reading with what the model adds to it; a failure leaves it as it was, with a notice."""
    catalog = parser.catalog
    noun = plural(catalog.spec.catalog.noun)
    try:
        proposed = read_with_model(model, message, noun, facet_lines(catalog))
    except ToolFailed as failure:
        if model.budget.cancelled:  # the person went on; there is nothing they should know
            return reading, []
        return reading, [Notice("llm_failed", f"{failure} I read your message without it.")]
    return merged(reading, proposed, message, parser, shown), []


def without_empty_themes(reading: Reading, toolbox: Toolbox) -> tuple[Reading, list[Notice]]:
    """The reading without the themes that no keyword of the catalogue comes near to, and a notice of those.

    A refusal always stays: titles and texts may name what no keyword does. What names the end of a scale steers along it.
    """
    themes = {
        w: w.target.phrase for w in reading.wishes if _is_theme(w) and isinstance(w.target, KeywordTarget)
    }
    if not themes or not toolbox.keywords.keywords:
        return reading, []
    matches = toolbox.match_keywords(list(themes.values()))
    empty = [phrase for phrase in themes.values() if not matches[phrase]]
    if not empty:
        return reading, []
    kept = tuple(w for w in reading.wishes if themes.get(w) not in empty)
    ends = {phrase: toolbox.catalog.spec.ends_meant(phrase, whole=True) for phrase in empty}
    critiques = tuple(
        Critique("quality", name, sign, phrase, w.position, compares=False)
        for w, phrase in themes.items()
        for name, sign in ends.get(phrase, ())
    )
    reading = replace(reading, critiques=(*reading.critiques, *critiques))
    empty = [phrase for phrase in empty if not ends[phrase]]
    if not empty:
        return replace(reading, wishes=kept), []
    says_more = bool(kept or reading.mentions or reading.critiques or reading.unknown_titles)
    said = listed([f"“{p}”" for p in empty[:3]], "or")
    notice = Notice("nothing_found", f"I found nothing about {said} here.")
    intent = reading.intent if says_more else "unclear"
    return replace(reading, intent=intent, wishes=kept), [notice] if says_more else []


def untagged_refusals(reading: Reading, toolbox: Toolbox) -> list[Notice]:
    """How far a refusal of what is no keyword goes: what comes near to it is left out, and nobody can tell it of the others."""
    notices = []
    for wish in reading.wishes:
        target = wish.target
        if wish.polarity == "+" or not isinstance(target, KeywordTarget) or target.phrase in toolbox.keywords:
            continue
        count = int(target_masks(target, toolbox, refused=True)[0].sum())
        left = count_text(count, toolbox.catalog.spec.catalog.noun)
        near = f"I leave out only the {left} that come{'s' if count == 1 else ''} near to it"
        goes = near if count else "I cannot tell which to leave out"
        notices.append(Notice("refusal_untagged", f"“{target.phrase}” is no tag here: {goes}."))
    return notices


def facet_lines(catalog: Catalog) -> list[str]:
    """Each facet with some of its values, for the prompt."""
    lines = []
    for name, facet in catalog.spec.facets.items():
        if facet.kind == "numeric":
            lines.append(f"{name} (a number)")
        elif facet.role not in ("keyword",):
            values = ", ".join(as_data(value, VALUE_CHARS) for value in catalog.values(name)[:VALUES_TOLD])
            lines.append(f"{name} ({values}, …)")
    return lines


def merged(reading: Reading, proposed: ModelReading, message: str, parser: Parser, shown: bool) -> Reading:
    """The rules' reading, and of the model's what is quoted, known to the catalogue and against nothing the rules read."""
    mentions = [m for said in proposed.titles if (m := _mention(said, message, parser))]
    new_mentions = [m for m in mentions if all(m.row != old.row for old in reading.mentions)]
    wishes: list[Wish] = []
    parts: list[SaidValue | SaidRange | SaidTheme] = [*proposed.values, *proposed.ranges, *proposed.themes]
    for part in parts:
        wish = _wish(part, message, parser.catalog)
        if wish is not None and not _against(wish, (*reading.wishes, *wishes)):
            wishes.append(wish)
    if not new_mentions and not wishes:
        return reading
    wished = (
        reading.intent
        if reading.intent not in ("unclear", "off_topic")
        else "refine"
        if shown
        else "recommend"
    )
    named = " ".join(name_key(m.text) for m in new_mentions)
    return replace(
        reading,
        intent=wished,
        mentions=(*reading.mentions, *new_mentions),
        wishes=(*(w for w in reading.wishes if not _explained(w, wishes)), *wishes),
        unknown_titles=tuple(t for t in reading.unknown_titles if name_key(t) not in named),
    )


def _quoted(words: str, message: str) -> bool:
    return bool(words.strip()) and words.strip().casefold() in message.casefold()


def _mention(said: SaidTitle, message: str, parser: Parser) -> Mention | None:
    """An item the model says is named: it must be of the catalogue, and a telling word of it must stand in the quote."""
    if not _quoted(said.quote, message):
        return None
    title = parser.titles.exact(said.title) or parser.titles.misspelt(said.title)
    if title is None:
        return None
    item = parser.catalog.items[title.rows[0]]
    words = [w for w in name_key(item.title).split() if len(w) >= TELLING and not w.isdigit()]
    if words and not any(w[:TELLING] in name_key(said.quote) for w in words):
        return None
    sentiment: Sentiment = FEELINGS.get(said.feeling, said.feeling)  # type: ignore[arg-type]
    return Mention(title.rows[0], said.quote.strip(), sentiment, title.rows[1:])


def _wish(said: SaidValue | SaidRange | SaidTheme, message: str, catalog: Catalog) -> Wish | None:
    """A wish the model says is made: only one the catalogue has a value, a number or a theme for."""
    target = _target(said, catalog) if _quoted(said.quote, message) else None
    if target is None:
        return None
    refused = not isinstance(said, SaidRange) and said.refused
    return Wish("-" if refused else "+", "never" if refused else "prefer", target, said.quote.strip())


def _target(said: SaidValue | SaidRange | SaidTheme, catalog: Catalog) -> Target | None:
    facets = catalog.spec.facets
    match said:
        case SaidTheme(theme=theme):
            return KeywordTarget(theme.strip().lower()) if theme.strip() else None
        case SaidRange(facet=facet, low=low, high=high):
            known = facet in facets and facets[facet].kind == "numeric" and (low, high) != (None, None)
            in_order = low is None or high is None or low <= high
            return RangeTarget(facet, low, high) if known and in_order else None
        case SaidValue(facet=facet, value=value):
            if facet not in facets or facets[facet].kind != "categorical" or facets[facet].role == "keyword":
                return None
            found = next((v for v in catalog.values(facet) if v.casefold() == value.strip().casefold()), None)
            return FacetTarget((facet,), (found,)) if found else None
    return None


def _against(wish: Wish, read: Sequence[Wish]) -> bool:
    """Whether a wish repeats or contradicts one that was read: the same words, value, theme or numeric facet."""
    for old in read:
        if not _is_theme(old) and _overlap(wish, old):
            return True
        if isinstance(wish.target, RangeTarget) and wish.target.facet in facets_of(old.target):
            return True
        both = (wish.target, old.target)
        if all(isinstance(t, FacetTarget) for t in both) and _shares_value(*both):
            return True
        if isinstance(wish.target, KeywordTarget) and wish.target == old.target:
            return True
    return False


def _is_theme(wish: Wish) -> bool:
    return isinstance(wish.target, KeywordTarget) and wish.polarity == "+"


def _overlap(a: Wish, b: Wish) -> bool:
    """Whether the words of one stand within the other's."""
    first, second = a.words.casefold(), b.words.casefold()
    return first in second or second in first


def _explained(theme: Wish, added: Sequence[Wish]) -> bool:
    """Whether a free theme of the rules is what the model knows a value or a number for."""
    better = [w for w in added if not isinstance(w.target, KeywordTarget)]
    return _is_theme(theme) and any(_overlap(theme, w) for w in better)


def _shares_value(a: Target, b: Target) -> bool:
    return isinstance(a, FacetTarget) and isinstance(b, FacetTarget) and bool(set(a.values) & set(b.values))


def about_the_one(reading: Reading, rows: Sequence[int]) -> Reading:
    """What a superlative is answered with, if it is one, is spoken of from then on."""
    if len(rows) != 1:
        return reading
    compared = reading.mentions if len(reading.mentions) > 1 else ()
    return replace(reading, mentions=(*compared, Mention(rows[0], "", "asked", pointed=True)))


def about_the_first(reading: Reading, shown: Sequence[int]) -> Reading:
    """A question about "it" where nothing was spoken of is about the first item shown, which is spoken of from then on."""
    named = reading.mentions or reading.unknown_titles or reading.unknown_names
    if reading.intent != "ask_about" or named or not reading.points_at_it or not shown:
        return reading
    return replace(reading, mentions=(Mention(shown[0], "it", "asked", pointed=True),))
