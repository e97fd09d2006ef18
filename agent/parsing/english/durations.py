"""Lengths of time as ranges in minutes: "under two hours", "90 to 110 min", "an hour and a half tops"."""

import re
from collections.abc import Iterator

from agent.parsing.english.numbers import ABOUT, ABOVE, BELOW, MOST, NUMBER, RangeSpan, number_of
from memory.preferences import RangeTarget

HOURS = (
    rf"(?:(?P<{{h}}>\d+(?:[.,]\d+)?)\s*(?:-\s*)?(?:hours?\b|hrs?\b|h\b|h(?=\d)|:(?=\d\d\b))|(?P<{{hw}}>{NUMBER})[\s-]+(?:hours?|hrs?)\b)"
    r"(?P<{half}> and a half)?(?:\s*(?:and )?(?P<{hm}>\d{{1,2}})(?:\s*(?:minutes?|mins?|m))?\b)?"
)
ODD = r"(?P<{odd}>(?:one|two|three|an hour|1|2|3) (?:and a half|1/2)(?: hours?)?|half an hour|an hour and a half)"
MINUTES = rf"(?:(?P<{{m}}>\d+)\s*(?:-\s*)?|(?P<{{mw}}>{NUMBER})[\s-]+)(?:minutes?|mins?|min)\b"
SPARE = re.compile(  # what is to be filled, and may not be overrun
    r"[\s-]*(?:long )?(?:flight|train|bus|ride|drive|journey|break|slot|window|commute|trip)\b"
)
LESS = ("less", "under", "shorter", "most", "max", "tops", "outside")
LONGEST = 6000.0  # minutes


def durations(folded: str, facet: str) -> Iterator[RangeSpan]:
    """Every length of time in a folded message, as a range of the facet."""
    yield from _between(folded, facet)
    relations = rf"(?:\b(?P<below>{BELOW})|\b(?P<above>{ABOVE})|(?:\b|(?=~))(?P<about>{ABOUT}))\s*"
    for m in re.finditer(
        rf"(?:{relations})?(?<![\d.])(?<!after )(?<!first )(?<!for )(?<!my )(?<!half ){_amount('1')}(?P<tail> (?:or|at) (?:less|under|shorter|most|max)| {MOST}| max(?:imum)?| tops| or (?:more|longer)| at least| plus| and (?:up|more)|\+)?(?! than)(?: long\b)?",
        folded,
    ):
        n = _minutes(m, "1")
        if n is None or not 0 < n < LONGEST:
            continue
        tail = m["tail"] or ""
        spare = SPARE.match(folded[m.end() :]) and not m["above"]
        if m["below"] or spare or any(w in tail for w in LESS):
            refusable = not (spare or (m["below"] or "").startswith("no"))
            yield RangeSpan(*m.span(), RangeTarget(facet, None, n), refusable)
        elif m["above"] or tail:
            yield RangeSpan(*m.span(), RangeTarget(facet, n, None), not (m["above"] or "").startswith("no"))
        else:
            slack = max(10.0, n * 0.1)
            yield RangeSpan(*m.span(), RangeTarget(facet, n - slack, n + slack))


def _between(folded: str, facet: str) -> Iterator[RangeSpan]:
    for m in re.finditer(rf"\b(?:between|from) {_amount('1')} (?:and|to) {_amount('2')}", folded):
        low, high = _minutes(m, "1"), _minutes(m, "2")
        if low is not None and high is not None:
            yield RangeSpan(*m.span(), RangeTarget(facet, min(low, high), max(low, high)))
    for m in re.finditer(
        rf"\b(?:between |from )?(?P<n>\d{{1,3}}|{NUMBER}) ?(?:and|to|-|–) ?{_amount('2')}(?: long)?", folded
    ):
        low, high = number_of(m["n"]), _minutes(m, "2")
        if low is not None and high is not None:
            low = low * 60 if m["h2"] or m["hw2"] else low
            yield RangeSpan(*m.span(), RangeTarget(facet, min(low, high), max(low, high)))


def _amount(tag: str) -> str:
    """A pattern for one length of time, its groups named with the tag."""
    names = {k: k + tag for k in ("h", "hw", "half", "hm", "odd", "m", "mw")}
    return "(?:" + "|".join(part.format(**names) for part in (ODD, HOURS, MINUTES)) + ")"


def _minutes(m: re.Match[str], tag: str) -> float | None:
    if text := m["odd" + tag]:
        if text.startswith("half"):
            return 30.0
        whole = 1.0 if text.startswith("an hour") else number_of(text.split()[0]) or 1.0
        return whole * 60 + 30
    if minutes_said := m["m" + tag] or m["mw" + tag]:
        return number_of(minutes_said)
    hours_said = m["h" + tag] or m["hw" + tag]
    whole_hours = number_of(hours_said) if hours_said else None
    if whole_hours is None:
        return None
    return whole_hours * 60 + (30 if m["half" + tag] else 0) + float(m["hm" + tag] or 0)
