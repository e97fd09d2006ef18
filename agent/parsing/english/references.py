"""Words that point at what was shown: "the second one", "#3", "both", "it"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "sixth": 5, "seventh": 6, "eighth": 7, "ninth": 8, "tenth": 9, "last": -1, "former": 0, "latter": -1, "top": 0,
}  # fmt: skip
COUNTS = {
    "one": 0,
    "two": 1,
    "three": 2,
    "four": 3,
    "five": 4,
    "six": 5,
    "seven": 6,
    "eight": 7,
    "nine": 8,
    "ten": 9,
}


@dataclass(frozen=True)
class Reference:
    """Characters of the message, and the places in the slate (from 0) they point at."""

    start: int
    end: int
    places: tuple[int, ...]


def find_references(folded: str, shown: int, nouns: Sequence[str]) -> list[Reference]:
    """Every reference to a slate of `shown` items; none when nothing was shown."""
    if shown == 0:
        return []
    noun = "|".join(re.escape(n) for n in sorted(nouns, key=len, reverse=True))
    ordinal = "|".join(ORDINALS)
    found: list[Reference] = []
    for m in re.finditer(
        rf"\b(?:the |your |that )?(?P<o>{ordinal})(?: (?P<n>two|three|four))?(?: (?:ones?|{noun}|suggestion|option|choice|pick))\b"
        rf"|\bthe (?P<bare>{ordinal})(?= *(?:$|[,.;!?]|and\b|or\b|but\b|is\b|was\b|looks\b|sounds\b|instead\b))",
        folded,
    ):
        word = m["o"] or m["bare"]
        if m["n"]:
            count = COUNTS[m["n"]] + 1
            places = tuple(range(min(count, shown)))
            if ORDINALS[word] == -1:
                places = tuple(range(max(0, shown - count), shown))
        else:
            place = ORDINALS[word]
            places = (shown - 1,) if place == -1 else (place,)
        found.append(Reference(*m.span(), places))
    for m in re.finditer(
        r"\b(?:the )?(?P<o>first|last|top) (?P<n>two|three|four)\b(?! (?:hours|years|decades|weeks))", folded
    ):
        count = COUNTS[m["n"]] + 1
        places = (
            tuple(range(max(0, shown - count), shown))
            if m["o"] == "last"
            else tuple(range(min(count, shown)))
        )
        found.append(Reference(*m.span(), places))
    for m in re.finditer(
        rf"(?:\b(?:number|no\.?|nr\.?|option)\s*|#\s*)(?P<d>\d{{1,2}}|{'|'.join(COUNTS)})\b", folded
    ):
        found.append(Reference(*m.span(), (int(m["d"]) - 1 if m["d"].isdigit() else COUNTS[m["d"]],)))
    for m in re.finditer(
        r"(?<=seen |like )(?:all (?:of )?)?(?:those|these|them)(?= *(?:$|[,.;!?]|already\b|all\b|and\b|but\b))",
        folded,
    ):
        found.append(Reference(*m.span(), tuple(range(shown))))
    for m in re.finditer(
        r"\b(?:both|all|any|none)(?: of)?(?: (?:them|those|these))\b|\bboth\b|\b(?:all|none) of these\b",
        folded,
    ):
        places = (0, 1) if "both" in m.group() and shown >= 2 else tuple(range(shown))
        found.append(Reference(*m.span(), places))
    for m in re.finditer(
        r"(?:(?<=seen )|(?<=liked )|(?<=not )|(?<=watched ))\d{1,2}(?:(?:, | and | & |, and )\d{1,2})*(?=\W*$|[,.;!?])",
        folded,
    ):
        found.append(Reference(*m.span(), tuple(int(d) - 1 for d in re.findall(r"\d+", m.group()))))
    return [r for r in found if all(0 <= p < shown for p in r.places)]
