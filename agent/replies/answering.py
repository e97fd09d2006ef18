"""Questions about items, answered from the catalogue alone: facts, comparisons, why one was shown."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from agent.parsing import Reading
from agent.parsing.english.fame import FAME_WORDS
from agent.parsing.english.intents import Extremes
from agent.replies.describing import fact_text, listed, number_text
from agent.replies.explaining import facts_text, met_values
from agent.retrieval.constraints import target_masks
from memory.preferences import FAME, FacetTarget, KeywordTarget, Target
from memory.session import Session
from tools.catalog import Catalog, Item
from tools.errors import ToolFailed
from tools.toolbox import Toolbox

DIFFERENCES = 5
COMMONPLACE = 0.4  # a value that more of the items share ("English") tells nothing of two of them


def answer_about(rows: Sequence[int], reading: Reading, toolbox: Toolbox) -> str:
    """ "Who directed it?", "is it scary?", "what is it about?" for each item meant."""
    return " ".join(_about(toolbox.catalog.items[row], row, reading, toolbox) for row in rows[:3])


def _about(item: Item, row: int, reading: Reading, toolbox: Toolbox) -> str:
    catalog = toolbox.catalog
    facet = reading.asked_facet
    put = [t for t in reading.asked if isinstance(t, FacetTarget) and facet in t.facets]
    if put:
        return " ".join(_yes_or_no(item, row, target, toolbox) for target in put[:2])
    if facet is not None:
        if facet in item.facets:
            return f"{item.title}: {fact_text(item, facet, catalog)}."
        return f"The catalogue does not give the {catalog.spec.label(facet)} of {item.title}."
    if reading.asked:
        return " ".join(_yes_or_no(item, row, target, toolbox) for target in reading.asked[:2])
    return describe_item(item, catalog)


def _yes_or_no(item: Item, row: int, target: Target, toolbox: Toolbox) -> str:
    catalog = toolbox.catalog
    has, known = target_masks(target, toolbox)
    words = " or ".join(target.values) if isinstance(target, FacetTarget) else ""
    if isinstance(target, KeywordTarget) and target.phrase in FAME_WORDS:
        count = int(toolbox.sequence.popularity[row])
        return f"{count} {'person here has' if count == 1 else 'people here have'} {item.title} in their history."
    if isinstance(target, KeywordTarget):
        return _has_keyword(item, target.phrase, toolbox)
    if has[row] and isinstance(target, FacetTarget) and len(target.values) > 1:
        return " ".join(
            f"{item.title}: {fact_text(item, f, catalog)}." for f in target.facets if f in item.facets
        )
    if has[row]:
        return f"Yes, the catalogue lists {item.title} as {words}."
    if not known[row]:
        return f"I do not know: the catalogue does not say that of {item.title}."
    facet = target.facets[0] if isinstance(target, FacetTarget) else ""
    return (
        f"Not by the catalogue: {item.title} is {fact_text(item, facet, catalog)}."
        if facet
        else f"No, not {item.title}."
    )


def _has_keyword(item: Item, phrase: str, toolbox: Toolbox) -> str:
    """Whether an item has a theme: yes only for the very keyword; one that comes near to it, or says the same of a scale ("gory"
    where violence is asked for), is named as what it is."""
    have = [k for f in toolbox.keywords.facets for k in item.values(f)]
    if not have:
        return f"I do not know: the catalogue says too little about {item.title}."
    near = [m.keyword for m in toolbox.match_keywords([phrase])[phrase] if m.keyword in have]
    near += [k for k in _of_same_end(phrase, have, toolbox.catalog) if k not in near]
    exact = [k for k in near if k.casefold() == phrase.casefold()]
    if near:
        return f"{'Yes' if exact else 'Perhaps'}: the keywords of {item.title} have {listed((exact or near)[:3])}."
    return f"The catalogue does not say so of {item.title}; its keywords are {listed(have[:5])}."


def _of_same_end(phrase: str, keywords: Sequence[str], catalog: Catalog) -> list[str]:
    """The keywords that hold a word for that end of a scale which a phrase is a word for."""
    ends = (set(end) for scale in catalog.spec.scales.values() for end in (scale.high_words, scale.low_words))
    said = set().union(*(end for end in ends if phrase.casefold() in end))
    return [k for k in keywords if said & {k.casefold(), *k.casefold().split()}]


def describe_item(item: Item, catalog: Catalog) -> str:
    """What the catalogue says of an item, in a line or two."""
    facts = []
    for name, facet in catalog.spec.facets.items():
        in_title = facet.role == "year" and number_text(item.number(name) or 0) in item.title
        if name in item.facets and facet.role != "keyword" and not facet.cue_required and not in_title:
            facts.append(
                fact_text(item, name, catalog, item.values(name)[:3] if facet.kind == "categorical" else ())
            )
    keywords = [k for f in catalog.spec.by_role("keyword") for k in item.values(f)]
    text = item.text or (f"Keywords: {listed(keywords[:5])}." if keywords else "")
    known = "; ".join(facts[:6])
    if not known and not text:
        return f"The catalogue gives no more than the name of {item.title}."
    return f"{item.title}: {known + '. ' if known else ''}{text}".strip()


def compare(rows: Sequence[int], catalog: Catalog) -> str:
    """Two items side by side: what they share, then where they differ."""
    first, second = catalog.items[rows[0]], catalog.items[rows[1]]
    shared: list[str] = []
    differing: list[str] = []
    for name, facet in catalog.spec.facets.items():
        if facet.kind == "categorical" and not facet.cue_required:
            both = [v for v in first.values(name) if v in second.values(name)]
            known = int(catalog.known(name).sum())
            both = [v for v in both if catalog.count(name, v) <= COMMONPLACE * known]
            shared += [_shared_words(name, both[:3], catalog)] if both else []
            if both or facet.role == "keyword":
                continue
        a, b = first.facets.get(name), second.facets.get(name)
        in_titles = facet.role == "year" and all(
            number_text(i.number(name) or 0) in i.title for i in (first, second)
        )
        if a is not None and b is not None and a != b and not facet.cue_required and not in_titles:
            differing.append(name)
    said = f"{first.title} and {second.title}"
    alike = f"{said} share {listed(shared[:4])}." if shared else f"{said} share little in the catalogue."
    facts = [f"{i.title}: {_brief(i, differing[:DIFFERENCES], catalog)}." for i in (first, second)]
    return " ".join([alike, *facts] if differing else [alike])


def _shared_words(facet: str, values: Sequence[str], catalog: Catalog) -> str:
    """Shared values as what is shared: "Crime and Drama" by themselves, people after their role ("director Ang Lee")."""
    bare = catalog.spec.facets[facet].fact in ("{value}", "{values}")
    return listed(values) if bare else f"{catalog.spec.label(facet)} {listed(values)}"


def _brief(item: Item, facets: Sequence[str], catalog: Catalog) -> str:
    """Some facts of an item on one line, of each facet the first values."""
    return "; ".join(
        fact_text(item, f, catalog, item.values(f)[:2] if item.number(f) is None else ()) for f in facets
    )


def why(rows: Sequence[int], session: Session, catalog: Catalog) -> str:
    """The reasons given when the items were last shown, and what of the wishes they meet besides."""
    said = []
    for row in rows[:3]:
        item = catalog.items[row]
        for turn in reversed(session.turns):
            found = next((i for i in turn.answer.get("slate", []) if i["id"] == item.id), None)
            if found is not None:
                given = " ".join(reason["text"] for reason in found["reasons"])
                said.append(f"{item.title}: {given}{_met_besides(item, found, session, catalog)}")
                break
        else:
            said.append(f"I have not suggested {item.title}.")
    return " ".join(said)


def _met_besides(item: Item, shown: Mapping[str, Any], session: Session, catalog: Catalog) -> str:
    """ "As you asked: Comedy, from 1994": what the reply said of all items when it was shown, and its reasons did not."""
    said = {(e.get("facet"), e.get("value")) for reason in shown["reasons"] for e in reason["evidence"]}
    facts = [
        (facet, values)
        for wish in session.wishes
        if wish.polarity == "+"
        for facet, values in met_values(wish, item)
        if not {(facet, value) for value in values} <= said
    ]
    return f" As you asked: {facts_text(item, facts, catalog)}." if facts else ""


def which_are(rows: Sequence[int], targets: Sequence[Target], refused: bool, toolbox: Toolbox) -> str:
    """ "Which of these is French?": those of which all that is asked holds, or, refused, none of it; and those of which nobody can tell."""
    masks = [target_masks(target, toolbox) for target in targets]
    items = toolbox.catalog.items
    known = [row for row in rows if all(tells[row] for _, tells in masks)]
    fit = [items[row].title for row in known if all(has[row] != refused for has, _ in masks)]
    unknown = [items[row].title for row in rows if row not in known]
    said = f"{listed(fit)}." if fit else "None of these, by the catalogue."
    return f"{said} I do not know it of {listed(unknown)}." if unknown else said


def most_of(rows: Sequence[int], which: str, extremes: Extremes, toolbox: Toolbox) -> list[int]:
    """Those of the rows that a superlative is true of: by a facet, by how many people had them, else by what their texts tell;
    none where nothing tells."""
    catalog = toolbox.catalog
    if which in extremes:
        facet, sign = extremes.facet(which)
        numbers = [(row, catalog.items[row].number(facet)) for row in rows]
        measured = [(row, sign * number) for row, number in numbers if number is not None]
        return [max(measured, key=lambda m: m[1])[0]] if measured else []
    scale = extremes.scale(which)
    if scale is None:
        return []
    name, sign = scale
    if name == FAME:
        counts = [sign * int(toolbox.sequence.popularity[row]) for row in rows]
        return (
            [row for row, count in zip(rows, counts, strict=True) if count == max(counts)]
            if any(counts)
            else []
        )
    told = [row for row in rows if _is_told(catalog.items[row], catalog)]
    if not told:
        return []
    with contextlib.suppress(ToolFailed):
        return [told[int((sign * toolbox.along(name, toolbox.vectors(told))).argmax())]]
    return []


def extreme_of(rows: Sequence[int], which: str, extremes: Extremes, toolbox: Toolbox) -> str:
    """ "Which one is the longest?", "the least grim?" among the items shown."""
    catalog = toolbox.catalog
    best = most_of(rows, which, extremes, toolbox)
    titles = listed([catalog.items[row].title for row in best])
    if which in extremes:
        facet, _ = extremes.facet(which)
        label = catalog.spec.label(facet)
        if not best:
            return f"I do not know the {label} of any of them."
        said = f"The {which} of these is {titles}: {fact_text(catalog.items[best[0]], facet, catalog)}."
        unknown = [catalog.items[row].title for row in rows if facet not in catalog.items[row].facets]
        return f"{said} I do not know the {label} of {listed(unknown)}." if unknown else said
    scale = extremes.scale(which)
    if scale is None:
        return "The catalogue does not say how well they are rated."
    if scale[0] == FAME:
        return _most_known(best, which, toolbox) if best else "I do not know how well known they are."
    untold = [catalog.items[row].title for row in rows if not _is_told(catalog.items[row], catalog)]
    if len(untold) == len(rows):
        return "I do not know: the catalogue tells nothing of what they are like."
    if not best:
        return "I cannot compare what is told of them just now."
    said = f"Going by what is told of them, the {which} of these is {titles}."
    return f"{said} Nothing is told of {listed(untold)}." if untold else said


def _most_known(best: Sequence[int], which: str, toolbox: Toolbox) -> str:
    """By how many people had each; several where as many had them."""
    count = int(toolbox.sequence.popularity[best[0]])
    people = "one person here has" if count == 1 else f"{count} people here have"
    verb, it = ("is", "it") if len(best) == 1 else ("are", "each")
    titles = listed([toolbox.catalog.items[row].title for row in best])
    return f"The {which} of these {verb} {titles}: {people} {it} in their history."


def _is_told(item: Item, catalog: Catalog) -> bool:
    return bool(item.text) or any(item.values(f) for f in catalog.spec.by_role("keyword"))
