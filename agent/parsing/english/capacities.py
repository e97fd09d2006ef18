"""How many people it is for: "we're six", "for up to 8 people". What holds more holds fewer as well."""

import re
from collections.abc import Iterator

from agent.parsing.english.numbers import NUMBERS, RangeSpan, number_of
from memory.preferences import RangeTarget
from tools.catalog import FacetSpec

CAPACITY = re.compile(r"(?<![a-z])(?:up to|at most|most|max|maximum|capacity|seats)(?![a-z])")
NUMBERED = rf"(?P<n>\d{{1,3}}|{'|'.join(w for w in NUMBERS if len(w) > 2 and ' ' not in w)})"
MORE_THAN = r"more than|over|above|bigger than|larger than"
FEWER = r"(?:no|not|never) more than|at most|max(?:imum)?(?: of)?|fewer than|less than|under"
OTHER = r"(?!\s*(?:-|:|to \d|or \d|years?|yrs?|hours?|hrs?|minutes?|mins?|days?|weeks?|months?|times?|euros?|dollars?|pounds?|quid|bucks|miles?|km|stars?|feet|%|st\b|nd\b|rd\b|th\b|a\.?m|p\.?m))"


def is_capacity(name: str, facet: FacetSpec) -> bool:
    """Whether a numeric facet tells the most people an item is for ("up to {value} players")."""
    told = f"{name} {facet.column} {facet.label} {facet.fact}".lower().replace("_", " ")
    return facet.role == "" and CAPACITY.search(told) is not None


def group_sizes(folded: str, facet: str, unit: str) -> Iterator[RangeSpan]:
    """Every number of people in a folded message, as a range of the facet. A number alone asks that so many fit."""
    patterns = (
        rf"(?:\b(?P<fewer>{FEWER})\s*|\b(?P<beyond>{MORE_THAN})\s*)?\b{NUMBERED}(?P<tail>\s*(?:\+|or more|or fewer|or less))?{unit}(?P<end> or (?:more|fewer|less)| max(?:imum)?| at most)?",
        rf"\b(?:we(?:'re| are|'ll be| will be)|there(?:'s|'re| is| are|'ll be| will be)) (?:only |about |all |just )?{NUMBERED}(?: of us)?(?:\b{OTHER}(?=\s*(?:$|[,.;!?]|tonight|today|people|players|and|so|here|in total|altogether|of us)))",
        rf"\b(?:(?:group|party|team|family|table) of )?{NUMBERED} of us\b",
        rf"\b(?:group|party|team|family|table) of {NUMBERED}\b{OTHER}",
    )
    for pattern in patterns:
        for m in re.finditer(pattern, folded):
            said = m.groupdict()
            n = number_of(m["n"])
            if n is None or n < 1:
                continue
            tail = f"{said.get('tail') or ''}{said.get('end') or ''}"
            if said.get("fewer") or any(w in tail for w in ("fewer", "less", "max", "most")):
                fewer = (said.get("fewer") or "").startswith(("fewer", "less", "under"))
                yield RangeSpan(*m.span(), RangeTarget(facet, None, n - fewer), refusable=False)
            else:
                yield RangeSpan(
                    *m.span(), RangeTarget(facet, n + bool(said.get("beyond")), None), refusable=False
                )
