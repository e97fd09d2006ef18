"""Years, decades, lengths of time and prices as ranges of the facets that have those roles."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from memory.preferences import RangeTarget
from tools.catalog import Catalog

NUMBERS = {
    w: float(n)
    for n, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
} | {
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "sixty": 60.0,
    "ninety": 90.0,
    "a": 1.0,
    "an": 1.0,
}
DECADES = {
    w: n * 10
    for n, w in enumerate("twenties thirties forties fifties sixties seventies eighties nineties".split(), 2)
}
NUMBER = r"(?:\d+(?:[.,]\d+)?|" + "|".join(w for w in NUMBERS if len(w) > 2) + r"|an?)"
BELOW = r"i(?:'ve| have)(?: only| just| got)*|under|below|less than|fewer than|at most|no more than|not more than|max(?:imum)?(?: of)?|shorter than|up to|within|no longer than|not longer than|not over|cheaper than|nothing over|nothing longer than|nothing above|nothing more than"
ABOVE = r"over|above|more than|at least|no less than|min(?:imum)?(?: of)?|longer than|upwards of|nothing under|nothing shorter than|nothing below|nothing less than"
ABOUT = r"around|about|roughly|approximately|approx|circa|~|some|more or less"
BEFORE_YEAR = r"before|older than|prior to|pre-?|earlier than|up to|until"
AFTER_YEAR = r"after|newer than|later than|post-?|more recent than"
NOT_BEFORE = r"(?:nothing|not|none|no \w+) (?:before|older than|earlier than|from before)|since|from (?=\d{4} (?:on|or))|starting (?:in|from)"
NOT_AFTER = r"(?:nothing|not|none|no \w+) (?:after|newer than|later than|past)"
YEAR = r"(?P<{}>1[89]\d\d|20\d\d)"
RECENT_YEARS = 6  # "recent" reaches back this far from the catalogue's newest item
CLASSIC_AGE = 40  # "a classic", "old" is at least this much older than the newest


@dataclass(frozen=True)
class RangeSpan:
    """A range and the characters of the message it was read from. `refusable`: "no …" before it refuses it."""

    start: int
    end: int
    target: RangeTarget
    refusable: bool = True


def find_ranges(folded: str, catalog: Catalog) -> list[RangeSpan]:
    """Every range in a folded message, those that say more first where they overlap."""
    found: list[RangeSpan] = []
    for name, facet in catalog.spec.facets.items():
        if facet.role == "year":
            found += _years(folded, name, catalog)
        elif facet.role == "duration":
            found += _durations(folded, name)
        elif facet.role == "price":
            found += _prices(folded, name)
        for size in (facet.short_words, facet.long_words):
            if size is not None:
                words = "|".join(re.escape(w) for w in sorted(size.words, key=len, reverse=True))
                for match in re.finditer(
                    rf"(?:(?<!too )|(?<=not too )|(?<=nothing too ))\b(?:{words})\b(?! (?:time|list|story|stories|ago|way))",
                    folded,
                ):
                    found.append(RangeSpan(*match.span(), RangeTarget(name, size.low, size.high)))
    return sorted(found, key=lambda s: (s.start - s.end, s.start))


def _years(folded: str, facet: str, catalog: Catalog) -> Iterator[RangeSpan]:
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
        rf"\b{first}(?: onwards?| and (?:later|newer|after)| or (?:later|newer|after)|\+)", folded
    ):
        yield span(m, float(m["a"]), None)
    for m in re.finditer(rf"\b{first} (?:and|or) (?:earlier|older|before)\b", folded):
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
    for m in re.finditer(
        rf"\b(?:in |from |of |over |within )?the (?:last|past) (?P<n>{NUMBER}|few|couple of) (?P<unit>years?|decades?)\b",
        folded,
    ):
        count = {"few": 5.0, "couple of": 2.0}.get(m["n"]) or _number(m["n"]) or 1.0
        yield span(m, newest - count * (10 if m["unit"].startswith("decade") else 1), None)
    for m in re.finditer(
        r"\b(?<!too )(?:recent|modern|contemporary|latest|brand new|recently (?:made|released)|new (?:release|one|film|movie)s?)\b(?! than)",
        folded,
    ):
        yield span(m, newest - RECENT_YEARS, None)
    for m in re.finditer(
        r"\b(?<!too )(?:classics?|old(?:ies|ie)?|golden age|vintage|old[- ]school)\b(?!er)(?! (?:man|men|woman|women|people|age|friend|friends|enough|house|lady|boy|west\b|\w* ?(?:son|daughter|kid|girl)))",
        folded,
    ):
        yield span(m, None, newest - CLASSIC_AGE)
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
        r"(?:\b(?:in|from|of|during|within) )?(?:\b(?:the|either) )?(?:\b(?P<part>early|mid|late|end of the|beginning of the)[- ]?)?"
        rf"(?:(?<![\d$€£])'?(?P<century>18|19|20)?(?P<d>\d)0'?s\b|\b(?:(?P<cw>nineteen|twenty)[- ])?{word}\b)"
    )
    for m in re.finditer(pattern, folded):
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


def _durations(folded: str, facet: str) -> Iterator[RangeSpan]:
    hours = (
        rf"(?:(?P<{{h}}>\d+(?:[.,]\d+)?)\s*(?:-\s*)?(?:hours?\b|hrs?\b|h\b|h(?=\d)|:(?=\d\d\b))|(?P<{{hw}}>{NUMBER})[\s-]+(?:hours?|hrs?)\b)"
        r"(?P<{half}> and a half)?(?:\s*(?:and )?(?P<{hm}>\d{{1,2}})(?:\s*(?:minutes?|mins?|m))?\b)?"
    )
    odd = r"(?P<{odd}>(?:one|two|three|an hour|1|2|3) (?:and a half|1/2)(?: hours?)?|half an hour|an hour and a half)"
    minutes = rf"(?:(?P<{{m}}>\d+)\s*(?:-\s*)?|(?P<{{mw}}>{NUMBER})[\s-]+)(?:minutes?|mins?|min)\b"

    def amount(tag: str) -> str:
        names = {k: k + tag for k in ("h", "hw", "half", "hm", "odd", "m", "mw")}
        parts = (odd.format(**names), hours.format(**names), minutes.format(**names))
        return "(?:" + "|".join(parts) + ")"

    def value(m: re.Match[str], tag: str) -> float | None:
        if m["odd" + tag]:
            text = m["odd" + tag]
            if text.startswith("half"):
                return 30.0
            whole = 1.0 if text.startswith("an hour") else _number(text.split()[0]) or 1.0
            return whole * 60 + 30
        if minutes_said := m["m" + tag] or m["mw" + tag]:
            return _number(minutes_said)
        hours_said = m["h" + tag] or m["hw" + tag]
        whole_hours = _number(hours_said) if hours_said else None
        if whole_hours is None:
            return None
        return whole_hours * 60 + (30 if m["half" + tag] else 0) + float(m["hm" + tag] or 0)

    for m in re.finditer(rf"\b(?:between|from) {amount('1')} (?:and|to) {amount('2')}", folded):
        low, high = value(m, "1"), value(m, "2")
        if low is not None and high is not None:
            yield RangeSpan(*m.span(), RangeTarget(facet, min(low, high), max(low, high)))
    for m in re.finditer(rf"\bbetween (?P<n>{NUMBER}) (?:and|to) {amount('2')}", folded):
        low, high = _number(m["n"]), value(m, "2")
        if low is not None and high is not None:
            low = low * 60 if m["h2"] or m["hw2"] else low
            yield RangeSpan(*m.span(), RangeTarget(facet, min(low, high), max(low, high)))
    relations = rf"(?:\b(?P<below>{BELOW})|\b(?P<above>{ABOVE})|(?:\b|(?=~))(?P<about>{ABOUT}))\s*"
    for m in re.finditer(
        rf"(?:{relations})?(?<![\d.]){amount('1')}(?P<tail> (?:or|at) (?:less|under|shorter|most|max)| max(?:imum)?| tops| or (?:more|longer)| at least| plus| and (?:up|more)|\+)?",
        folded,
    ):
        n = value(m, "1")
        if n is None or not 0 < n < 6000:
            continue
        tail = m["tail"] or ""
        if m["below"] or any(w in tail for w in ("less", "under", "shorter", "most", "max", "tops")):
            yield RangeSpan(
                *m.span(), RangeTarget(facet, None, n), refusable=not (m["below"] or "").startswith("no")
            )
        elif m["above"] or tail:
            yield RangeSpan(
                *m.span(), RangeTarget(facet, n, None), refusable=not (m["above"] or "").startswith("no")
            )
        else:
            slack = max(10.0, n * 0.1)
            yield RangeSpan(*m.span(), RangeTarget(facet, n - slack, n + slack))


def _prices(folded: str, facet: str) -> Iterator[RangeSpan]:
    money = r"(?:[$€£]\s*(?P<{0}>\d+(?:[.,]\d+)?)|(?P<{0}w>\d+(?:[.,]\d+)?)\s*(?:dollars?|euros?|pounds?|bucks|quid|usd|eur|gbp|[$€£]))"

    def value(m: re.Match[str], tag: str) -> float:
        return float((m[tag] or m[tag + "w"]).replace(",", "."))

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


def _number(text: str) -> float | None:
    if text in NUMBERS:
        return NUMBERS[text]
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
