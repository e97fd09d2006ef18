"""Wishes and facts in words, by the phrases that `catalog.toml` gives."""

import re
from collections.abc import Sequence

from agent.words import comparative
from memory.preferences import CritiqueTarget, FacetTarget, ItemTarget, KeywordTarget, Preference, RangeTarget
from tools.catalog import Catalog, Item

VOWEL = re.compile(r"(?!eu|one\b|uni|us[aei]|ute)[aeiou]|hour|heir|honest", re.IGNORECASE)  # as it sounds
MOST_VALUES = 3  # of a wish that a reply lists


def describe_wish(preference: Preference, catalog: Catalog) -> str:
    """A wish as a short phrase: "from 1990 to 1999", "no War", "at most 120 min", "like Heat (1995)"."""
    refused = preference.polarity == "-"
    match preference.target:
        case ItemTarget(_, title):
            return f"not {title}" if refused else f"like {title}"
        case KeywordTarget(phrase):
            soft = "less" if preference.strength == "avoid" else "nothing tagged"
            if refused and phrase != phrase.lower():  # a name and no theme
                return f"no {phrase}"
            return f"{soft} “{phrase}”" if refused else f"“{phrase}”"
        case FacetTarget(facets, values):
            text = (
                preference.text[:1].upper() + preference.text[1:]
                if _is_said_as_said(preference.target, catalog)
                else " or ".join(dict.fromkeys(values))
            )
            if not refused and any(catalog.spec.facets[f].role == "person" for f in facets):
                text = (
                    catalog.spec.facets[facets[0]].fact.format(values=text, value=text)
                    if len(facets) == 1
                    else f"with {text}"
                )
            if not refused:
                return text
            return f"rather no {text}" if preference.strength == "avoid" else f"no {text}"
        case RangeTarget() as target:
            text = describe_range(target, catalog)
            return f"not {text}" if refused else text
        case CritiqueTarget(quality, direction, than):
            known = [catalog.item(i).title for i in than if i in catalog.rows]
            if not quality:
                return f"nothing like {known[0]}" if len(known) == 1 else "nothing like the last ones"
            words = f"less {quality}" if direction < 0 else comparative(quality)
            return f"{words} than {known[0]}" if len(known) == 1 else words


def _is_said_as_said(target: FacetTarget, catalog: Catalog) -> bool:
    """One word for values of several facets ("French": the language or the country), or for many values ("European")."""
    facets = [catalog.spec.facets[f] for f in target.facets]
    if any(facet.role == "person" for facet in facets):
        return False
    return len(facets) > 1 or (len(target.values) > MOST_VALUES and not facets[0].order)


def describe_range(target: RangeTarget, catalog: Catalog) -> str:
    """A range in words, with the unit of its facet's role."""
    role = catalog.spec.facets[target.facet].role
    low = None if target.low is None else number_text(target.low)
    high = None if target.high is None else number_text(target.high)
    if role == "year":
        if low is not None and high is not None:
            return f"from {low}" if low == high else f"from {low} to {high}"
        return f"from {low} on" if high is None else f"up to {high}"
    unit = {"duration": " min"}.get(role, "")
    label = "" if role in ("duration", "price") else f"{catalog.spec.label(target.facet)} "
    if low is not None and high is not None:
        return f"{label}{low}–{high}{unit}"
    return f"{label}at least {low}{unit}" if high is None else f"{label}at most {high}{unit}"


def number_text(value: float) -> str:
    """A number without a needless ".0"."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"


def fact_text(item: Item, facet: str, catalog: Catalog, values: Sequence[str] = ()) -> str:
    """A fact about an item: "directed by Michael Mann", "170 min"; values narrows a many-valued facet."""
    spec = catalog.spec.facets[facet]
    number = item.number(facet) if spec.kind == "numeric" else None
    said = number_text(number) if number is not None else listed(values or item.values(facet))
    return (spec.fact or catalog.spec.label(facet) + " {values}").format(value=said, values=said)


def listed(parts: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    parts = list(parts)
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def count_text(count: int, noun: str) -> str:
    """ "One film", "five films"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    number = words[count] if count < len(words) else str(count)
    return f"{number} {noun if count == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """A regular English plural."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def with_article(noun: str) -> str:
    """ "A film", "an album"."""
    return f"{'an' if VOWEL.match(noun) else 'a'} {noun}"
