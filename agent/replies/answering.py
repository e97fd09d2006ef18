"""Questions about items, answered from the catalogue alone: facts, comparisons, why one was shown."""

from collections.abc import Sequence

from agent.parsing import Reading
from agent.replies.describing import fact_text, listed, number_text
from agent.retrieval.constraints import target_masks
from memory.preferences import FacetTarget, KeywordTarget, Target
from memory.session import Session
from tools.catalog import Catalog, Item
from tools.toolbox import Toolbox

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
    if isinstance(target, KeywordTarget):
        words = target.phrase
        matches = toolbox.match_keywords([target.phrase])[target.phrase]
        held = [m.keyword for m in matches for f in toolbox.keywords.facets if m.keyword in item.values(f)]
        if held:
            return f"Yes: the catalogue's keywords for {item.title} have {listed(held[:3])}."
        have = [k for f in toolbox.keywords.facets for k in item.values(f)]
        if not have:
            return f"I do not know: the catalogue says too little about {item.title}."
        return f"The catalogue does not say so of {item.title}; it has: {listed(have[:5])}."
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


def describe_item(item: Item, catalog: Catalog) -> str:
    """What the catalogue says of an item, in a line or two."""
    facts = []
    for name, facet in catalog.spec.facets.items():
        if name in item.facets and facet.role != "keyword" and not facet.cue_required:
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
    shared, differences = [], []
    for name, facet in catalog.spec.facets.items():
        label = catalog.spec.label(name)
        if facet.kind == "numeric":
            a, b = first.number(name), second.number(name)
            if a is not None and b is not None and a != b:
                differences.append(f"{label} {number_text(a)} against {number_text(b)}")
            continue
        if facet.cue_required:
            continue
        both = [v for v in first.values(name) if v in second.values(name)]
        both = [v for v in both if catalog.count(name, v) <= COMMONPLACE * int(catalog.known(name).sum())]
        if both and facet.role != "keyword":
            shared.append(f"{label} {listed(both[:3])}")
        elif first.values(name) and second.values(name) and first.values(name) != second.values(name):
            differences.append(
                f"{label} {listed(first.values(name)[:3])} against {listed(second.values(name)[:3])}"
            )
    said = f"{first.title} and {second.title}"
    alike = f"{said} share {listed(shared[:4])}." if shared else f"{said} share little in the catalogue."
    return alike + (f" They differ in {listed(differences[:5])}." if differences else "")


def why(rows: Sequence[int], session: Session, catalog: Catalog) -> str:
    """The reasons given when the items were last shown."""
    said = []
    for row in rows[:3]:
        item = catalog.items[row]
        for turn in reversed(session.turns):
            found = next((i for i in turn.answer.get("slate", []) if i["id"] == item.id), None)
            if found is not None:
                said.append(f"{item.title}: " + " ".join(reason["text"] for reason in found["reasons"]))
                break
        else:
            said.append(f"I have not suggested {item.title}.")
    return " ".join(said)


def extreme_of(rows: Sequence[int], which: str, facet: str, sign: int, catalog: Catalog) -> str:
    """ "Which one is the longest?" among the items shown. sign: 1 for the most of the facet, -1 for the least."""
    known = [catalog.items[row] for row in rows if facet in catalog.items[row].facets]
    if not known:
        return f"I do not know the {catalog.spec.label(facet)} of any of them."
    best = max(known, key=lambda item: sign * (item.number(facet) or 0.0))
    return f"The {which} of these is {best.title}: {fact_text(best, facet, catalog)}."
