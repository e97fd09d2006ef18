"""Years, decades, lengths of time and prices as ranges of the facets that have those roles."""

import math
import re
from collections.abc import Iterator

import numpy as np

from agent.parsing.english.capacities import group_sizes, is_capacity
from agent.parsing.english.durations import durations
from agent.parsing.english.everyday import STOP_WORDS
from agent.parsing.english.numbers import ABOUT, ABOVE, BELOW, MOST, NUMBER, NUMBERS, RangeSpan, number_of
from memory.preferences import RangeTarget
from tools.catalog import Catalog, FacetSpec

DECADES = {
    w: n * 10
    for n, w in enumerate("twenties thirties forties fifties sixties seventies eighties nineties".split(), 2)
}
OF_PEOPLE = re.compile(  # "they're in their seventies"
    r"(?<!\w)(?:in (?:my|his|her|their|our|your|the)|(?:i|you|we|he|she|they)(?:'m|'re|'s| am| are| is| were| was)(?: (?:now|both|all|already|well))* (?:in|into|past))(?: (?:early|mid|late))?[\s-]*$"
    r"|(?<!\w)(?:my|his|her|their|our|your)(?: (?:early|mid|late))?[\s-]*$"
)
BEFORE_YEAR = r"before|older than|prior to|pre-?|earlier than|up to|until"
AFTER_YEAR = r"after|newer than|later than|post-?|more recent than"
NOT_BEFORE = r"(?:nothing|not|none|no \w+) (?:before|older than|earlier than|from before)|since|from (?=\d{4} (?:on|or))|starting (?:in|from)"
NOT_AFTER = r"(?:nothing|not|none|no \w+) (?:after|newer than|later than|past)"
OF_A_NAME = re.compile(r"[a-z]-\d$")  # the 13 of "PG-13 max" bounds nothing
YEAR = r"(?P<{}>1[89]\d\d|20\d\d)"
# adjectives of either end that need no mention in `catalog.toml`
ROLE_SIZES = {
    "price": (
        (
            "cheap",
            "inexpensive",
            "affordable",
            "budget",
            "low cost",
            "low-cost",
            "good value",
            "bargain",
            "cheapish",
        ),
        ("expensive", "pricey", "costly", "luxury", "luxurious", "upmarket", "high-end", "high end"),
    ),
    "duration": (("short", "quick", "brief"), ("long", "lengthy")),
}
# by the ending of a column's name: weight_g
UNITS = {
    "g": ("g", "gr", "gram", "grams", "grammes"),
    "kg": ("kg", "kilo", "kilos", "kilograms"),
    "cm": ("cm", "centimetres", "centimeters"),
    "mm": ("mm", "millimetres", "millimeters"),
    "km": ("km", "kilometres", "kilometers"),
    "l": ("l", "litres", "liters"),
}
RECENT_YEARS = 6  # "recent" reaches back this far from the catalogue's newest item
CLASSIC_AGE = 40  # "a classic", "old" is at least this much older than the newest


def find_ranges(folded: str, catalog: Catalog) -> list[RangeSpan]:
    """Every range in a folded message, those that say more first where they overlap."""
    found: list[RangeSpan] = []
    noun = "|".join(re.escape(n) for n in catalog.spec.catalog.nouns)
    for name, facet in catalog.spec.facets.items():
        if facet.role == "year":
            found += _years(folded, name, catalog, noun)
        elif facet.role == "duration":
            found += durations(folded, name)
        elif facet.role == "price":
            found += _prices(folded, name)
        if facet.kind == "numeric" and (units := facet.units or _units_of(facet)):
            unit = rf"\s*(?:{'|'.join(map(re.escape, units))})\b"
            found += (
                group_sizes(folded, name, unit) if is_capacity(name, facet) else _amounts(folded, name, unit)
            )
        found += _sizes(folded, name, catalog)
    bare = _bare_facet(catalog)
    if bare is not None:
        found += [s for s in _bare_numbers(folded, bare, noun) if not any(_overlap(s, f) for f in found)]
    found = [s for s in found if not OF_A_NAME.search(folded[: s.start + 1])]
    return sorted(found, key=lambda s: (s.start - s.end, s.start))


def _units_of(facet: FacetSpec) -> tuple[str, ...]:
    """Words after a number of a facet, by its column's name (weight_g) or by how its value is said ("{value} pages")."""
    said = re.fullmatch(r"\{values?\} ([a-z]+)", facet.fact.lower())
    if said and said[1] in UNITS:
        return UNITS[said[1]]
    if said and facet.role not in ("year", "duration"):
        return (said[1], said[1].removesuffix("s"), said[1].removesuffix("s") + "s")
    return UNITS.get(facet.column.rpartition("_")[2], ())


def _sizes(folded: str, name: str, catalog: Catalog) -> Iterator[RangeSpan]:
    """ "Short", "cheap", "expensive": by the bounds `catalog.toml` gives, else by the thirds of the catalogue."""
    facet = catalog.spec.facets[name]
    low_words, high_words = ROLE_SIZES.get(facet.role, ((), ()))
    numbers = catalog.numbers(name) if facet.kind == "numeric" else np.zeros(0)
    known = numbers[~np.isnan(numbers)]
    sizes = [(s.words, s.low, s.high) for s in (facet.short_words, facet.long_words) if s is not None]
    if len(known):
        third, thirds = (float(q) for q in np.percentile(known, (33, 67)))
        below, above = facet.short_words, facet.long_words
        sizes.append((low_words, None, below.high if below and below.high is not None else third))
        sizes.append((high_words, above.low if above and above.low is not None else thirds, None))
    said = {w for words, _, _ in sizes[:2] for w in words} if len(sizes) > 2 else set()
    for place, (words, low, high) in enumerate(sizes):
        use = [w for w in words if place < len(sizes) - 2 or w not in said]
        if not use:
            continue
        either = "|".join(re.escape(w) for w in sorted(use, key=len, reverse=True))
        for match in re.finditer(
            rf"(?:(?<!too )|(?<=not too )|(?<=nothing too ))(?<!more )(?<!less )\b(?:{either})\b(?! than)",
            folded,
        ):
            yield RangeSpan(*match.span(), RangeTarget(name, low, high), size=True)


def _years(folded: str, facet: str, catalog: Catalog, noun: str) -> Iterator[RangeSpan]:
    numbers = catalog.numbers(facet)
    newest = float(np.nanmax(numbers)) if np.isfinite(numbers).any() else math.inf

    def span(
        match: re.Match[str], low: float | None, high: float | None, refusable: bool = True
    ) -> RangeSpan:
        return RangeSpan(*match.span(), RangeTarget(facet, low, high), refusable)

    first, second = YEAR.format("a"), YEAR.format("b")
    for m in re.finditer(
        rf"\b(?:between |from )?{first}\s*(?:-|–|—|to|and|until|till|through)\s*{second}\b", folded
    ):
        low, high = sorted((float(m["a"]), float(m["b"])))
        yield span(m, low, high)
    for m in re.finditer(
        rf"(?:\b(?:{NOT_BEFORE})\s*){first}(?: onwards?| on| or (?:later|newer|after))?\b", folded
    ):
        yield span(m, float(m["a"]), None, refusable=False)
    for m in re.finditer(
        rf"\b(?:(?:released|made|out|from|in|since) )*{first}(?: onwards?| and (?:later|newer|after|up)| or (?:later|newer|after|more recent)|\+)(?! (?:the )?\d)",
        folded,
    ):
        yield span(m, float(m["a"]), None)
    for m in re.finditer(rf"\b{first} (?:and|or) (?:earlier|older|before)\b(?! (?:the )?\d)", folded):
        yield span(m, None, float(m["a"]))
    for m in re.finditer(rf"\b(?:{NOT_AFTER})\s*(?:the )?{first}\b", folded):
        yield span(m, None, float(m["a"]), refusable=False)
    for m in re.finditer(rf"\b(?:from )?(?:{BEFORE_YEAR})\s*(?:the )?(?:year )?{first}\b(?!s)", folded):
        yield span(m, None, float(m["a"]) - 1)
    for m in re.finditer(rf"\b(?:from )?(?:{AFTER_YEAR})\s*(?:the )?(?:year )?{first}\b(?!s)", folded):
        yield span(m, float(m["a"]) + 1, None)
    for m in re.finditer(
        rf"(?:\b(?:in|from|of|released in|made in|year|(?P<about>{ABOUT})) )?(?<![\d$€£.])\b{first}\b(?!'?s|\d|\s*(?:min|dollars|euros))",
        folded,
    ):
        about = 2 if m["about"] else 0
        yield span(m, float(m["a"]) - about, float(m["a"]) + about)
    yield from _decades(folded, facet)
    for m in re.finditer(r"\b(?:around |at |from )*(?:the )?turn of the (?P<w>millennium|century)\b", folded):
        yield span(m, 1997.0, 2003.0) if m["w"] == "millennium" else span(m, 1895.0, 1910.0)
    for m in re.finditer(
        rf"\b(?:in |from |of |over |within )?the (?:last|past) (?P<n>{NUMBER}|few|couple of) (?P<unit>years?|decades?)\b",
        folded,
    ):
        count = {"few": 5.0, "couple of": 2.0}.get(m["n"]) or number_of(m["n"]) or 1.0
        yield span(m, newest - count * (10 if m["unit"].startswith("decade") else 1), None)
    late = catalog.spec.facets[facet].long_words
    new = "" if late is not None and "new" in late.words else f"|{noun}"  # "new" has bounds of its own there
    for m in re.finditer(
        rf"\b(?<!too )(?<!more )(?<!less )(?:recent|modern|contemporary|latest|brand new|recently (?:made|released)|new (?:releases?|ones?{new}))\b(?! than)",
        folded,
    ):
        yield RangeSpan(*m.span(), RangeTarget(facet, newest - RECENT_YEARS, None), size=True)
    for m in re.finditer(
        r"\b(?<!too )(?<!is a )(?<!was a )(?<!such a )(?<!real )(?:classics?|old(?:ies|ie)?|golden age|vintage|old[- ]school)\b(?!er)(?! (?:man|men|woman|women|people|age|friend|friends|enough|house|lady|boy|west\b|\w* ?(?:son|daughter|kid|girl)))",
        folded,
    ):
        yield RangeSpan(*m.span(), RangeTarget(facet, None, newest - CLASSIC_AGE), size=True)
    for m in re.finditer(
        r"\b(?:of |from |in )?(?:the |this )?(?P<c>19|20|21|twentieth|twenty-?\s?first|this)(?:th|st)? century\b",
        folded,
    ):
        twenty_first = m["c"] in ("21", "this") or m["c"].startswith("twenty")
        yield span(m, 2000.0 if twenty_first else 1900.0, None if twenty_first else 1999.0)


def _decades(folded: str, facet: str) -> Iterator[RangeSpan]:
    word = r"(?P<w>" + "|".join(DECADES) + r")"
    pattern = (
        r"(?:\b(?P<rel>before|pre-?|after|post-?|since|until|earlier than|later than|older than|newer than)\s*)?"
        r"(?<!set in )(?<!set in the )(?<!set during the )(?<!set )(?:\b(?:in|from|of|during|within) )?(?:\b(?:the|either) )?(?:\b(?P<part>early|mid|late|end of the|beginning of the)[- ]?)?"
        rf"(?:(?<![\d$€£])'?(?P<century>18|19|20)?(?P<d>\d)0'?s\b|\b(?:(?P<cw>nineteen|twenty)[- ])?{word}\b)"
    )
    for m in re.finditer(pattern, folded):
        if OF_PEOPLE.search(folded[: m.start()]):
            continue
        tens = int(m["d"]) * 10 if m["d"] is not None else DECADES[m["w"]]
        century = int(m["century"]) if m["century"] else 19 if tens >= 20 else 20
        low = float(century * 100 + tens)
        high = low + 9
        match m["part"]:
            case "early" | "beginning of the":
                high = low + 4
            case "mid":
                low, high = low + 3, low + 6
            case "late" | "end of the":
                low = low + 5
        match m["rel"]:
            case None:
                yield RangeSpan(*m.span(), RangeTarget(facet, low, high))
            case "before" | "pre" | "pre-" | "until" | "earlier than" | "older than":
                yield RangeSpan(*m.span(), RangeTarget(facet, None, low - 1))
            case "since":
                yield RangeSpan(*m.span(), RangeTarget(facet, low, None), refusable=False)
            case _:
                yield RangeSpan(*m.span(), RangeTarget(facet, high + 1, None))


def _prices(folded: str, facet: str) -> Iterator[RangeSpan]:
    words = "|".join(sorted((w for w in NUMBERS if len(w) > 2), key=len, reverse=True))
    money = rf"(?:[$€£]\s*(?P<{{0}}>\d+(?:[.,]\d+)?)|(?P<{{0}}w>\d+(?:[.,]\d+)?|{words})\s*(?:dollars?|euros?|pounds?|bucks|quid|usd|eur|gbp|[$€£]))"

    def value(m: re.Match[str], tag: str) -> float:
        return number_of(m[tag] or m[tag + "w"]) or 0.0

    for m in re.finditer(rf"\bbetween {money.format('a')} and {money.format('b')}", folded):
        yield RangeSpan(*m.span(), RangeTarget(facet, value(m, "a"), value(m, "b")))
    between = rf"(?:\b(?:between|from) )?(?P<n>\d+(?:[.,]\d+)?)\s*(?:-|–|—|to|and)\s*{money.format('b')}"
    for m in re.finditer(between, folded):
        yield RangeSpan(*m.span(), RangeTarget(facet, float(m["n"].replace(",", ".")), value(m, "b")))
    relations = rf"(?:\b(?P<below>{BELOW})|\b(?P<above>{ABOVE})|\b(?P<about>{ABOUT}))\s*"
    for m in re.finditer(rf"(?:{relations})?{money.format('a')}", folded):
        n = value(m, "a")
        if m["above"]:
            yield RangeSpan(*m.span(), RangeTarget(facet, n, None), refusable=False)
        elif m["about"]:
            yield RangeSpan(*m.span(), RangeTarget(facet, n * 0.8, n * 1.2))
        else:
            yield RangeSpan(*m.span(), RangeTarget(facet, None, n), refusable=False)


def _bare_facet(catalog: Catalog) -> str | None:
    """The facet that a number without a unit means: the price, else the length of time, where there is one of them."""
    for role in ("price", "duration"):
        names = [name for name, facet in catalog.spec.facets.items() if facet.role == role]
        if names:
            return names[0] if len(names) == 1 else None
    return None


def _bare_numbers(folded: str, facet: str, noun: str) -> Iterator[RangeSpan]:
    """ "Under 20", "20 to 35 a head", "max 100": numbers that no unit follows and that are no years."""

    def number(name: str) -> str:
        return rf"(?<![\d$€£.#])(?P<{name}>\d{{1,4}}(?:[.,]\d+)?)(?!'?s\b|\d|%|\s*(?:years?|yrs?|-?year|stars?|people|persons?|of us|hours?|hrs?|st\b|nd\b|rd\b|th\b|p\.?m|a\.?m|{noun}|more|or so)\b)"

    a, b = number("a"), number("b")
    for m in re.finditer(
        rf"\b(?:between|from)\s+{a}\s*(?:-|–|—|to|and)\s*{b}|{number('c')}\s*(?:-|–|—|to)\s*{number('d')}\s*(?:a head|per head|each|pp|per person|a person)\b",
        folded,
    ):
        low, high = sorted(float((m[x] or m[y]).replace(",", ".")) for x, y in (("a", "c"), ("b", "d")))
        if not _is_year(high):
            yield RangeSpan(*m.span(), RangeTarget(facet, low, high))
    relations = rf"(?:\b(?P<below>{BELOW})|\b(?P<above>{ABOVE})|\b(?P<about>{ABOUT}))\s*"
    for m in re.finditer(
        rf"{relations}{a}(?:\s*(?:a head|per head|each|pp|per person|a person)\b)?|{number('d')}(?P<tail>\s*(?:a head |each |pp )?(?:or (?:less|under|below|cheaper)|max(?:imum)?|tops|{MOST}))\b",
        folded,
    ):
        n = float((m["a"] or m["d"]).replace(",", "."))
        unit = re.match(r"\s*([a-z]+)", folded[m.end() :])
        if _is_year(n) or n < 5 or (unit and unit[1] not in STOP_WORDS and m["tail"] is None):
            continue
        if m["below"] or m["tail"]:
            yield RangeSpan(*m.span(), RangeTarget(facet, None, n), refusable=False)
        elif m["above"]:
            yield RangeSpan(*m.span(), RangeTarget(facet, n, None), refusable=False)
        else:
            yield RangeSpan(*m.span(), RangeTarget(facet, n * 0.8, n * 1.2))


def _amounts(folded: str, facet: str, unit: str) -> Iterator[RangeSpan]:
    """Numbers with a unit of the catalogue's own: "under 300 grams"."""
    relations = (
        rf"(?:\b(?P<below>{BELOW}|lighter than)|\b(?P<above>{ABOVE}|heavier than)|\b(?P<about>{ABOUT}))\s*"
    )
    for m in re.finditer(
        rf"(?:{relations})?(?P<n>\d+(?:[.,]\d+)?){unit}(?P<tail> or (?:less|under|more|over)| max)?", folded
    ):
        n, tail = float(m["n"].replace(",", ".")), m["tail"] or ""
        if m["below"] or tail.endswith(("less", "under", "max")):
            yield RangeSpan(*m.span(), RangeTarget(facet, None, n), refusable=False)
        elif m["above"] or tail:
            yield RangeSpan(*m.span(), RangeTarget(facet, n, None), refusable=False)
        else:
            yield RangeSpan(*m.span(), RangeTarget(facet, n * 0.9, n * 1.1))


def _is_year(number: float) -> bool:
    return 1900 <= number <= 2035


def _overlap(a: RangeSpan, b: RangeSpan) -> bool:
    return a.start < b.end and b.start < a.end
