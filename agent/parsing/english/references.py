"""Words that point at what was shown: "the second one", "#3", "both", "the one with De Niro", "it"."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "sixth": 5, "seventh": 6, "eighth": 7, "ninth": 8, "tenth": 9, "last": -1, "final": -1, "former": 0, "latter": -1,
    "top": 0, "bottom": -1,
}  # fmt: skip
COUNTS = {w: n for n, w in enumerate("one two three four five six seven eight nine ten".split())}
PICKS = "suggestion|option|choice|pick|recommendation|result|entry"
# after "the first", so that "the first time" points at nothing
ENDS = r"(?= *(?:$|[,.;!?)]|and\b|or\b|but\b|is\b|was\b|are\b|were\b|looks?\b|sounds?\b|seems?\b|instead\b|please\b|then\b|for\b|too\b|already\b|again\b|meh\b|thanks?\b|it is\b|on the list\b|you\b|though\b|i\b|just\b|because\b|with\b|has\b|have\b|does\b|not\b|sucks?\b|any\b|really\b|in colou?r\b|in black\b|in english\b|from\W*$|come\b|came\b|made\b|win\b|won\b))"
IT = re.compile(
    r"(?<![\w'])(?:that one|this one|that place|this place|there|that|this|it|him|her|they|them)(?![\w'])"
)


# "it" that points at nothing: "make it shorter", "it's raining", "is it possible", "that's all"
@cache
def _empty_it(noun: str) -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w'])(?:(?:make|keep|want|like|need|prefer|have|let|take|forget|scratch|undo|drop) (?:it|that|this)(?= (?:to be|a |an |more|less|short|under|over|\w+er\b|like|in|from|back|with|no|not|as|for|about|what))"
        r"|(?:is|was) (?:it|that|this) (?:possible|ok|okay|just me|too much)|(?:it|that|this)(?:'s| is| was)? (?:all|it|enough|raining|snowing|late|cold|hot|hard|my|our|a|an|the|for|to|not|been|should|must|has to|needs?|shouldn't|can|could|would|will|won't|may|doesn't have|night|evening|time|said|being)"
        rf"|(?:that's|it's) (?:all|it|enough|raining|late|cold|hot|a|an|the|my|our|not|for|been|what|right|fine|ok|okay|cool|great)|(?:like|do|did|thats|about|for|of|after|all|on) (?:this|that)(?= [a-z])|(?:something|anything|one|ones|stuff|{noun}|thing|people|person|someone) that"
        rf"|that (?:{noun}) (?:with|about|where)|(?:there|that) (?:is|are|was|were|be|'s)|is there|are there|out there|over there|hi there|hello there|hey there|this (?:evening|weekend|week|time|year|month|century|is)|that (?:i|we|he|she|it|they|you|has|have|had|is|are|was|were|goes|don't|doesn't|isn't|aren't|won't|will|would|could|makes?|takes?|feels?|looks?|involves?|plays?|can|could|kind|sort|type|much|bad|good|long|old|scary|violent)|(?:know|think|said|say|sure|guess|hope|so|wish|mean|heard|thought|suggest|want|all|not) that|this (?:kind|sort|type)|do it|did it|that way|than that|both of them|with (?:her|him|them)|it (?:won|got|came|made|starts|started) (?!me)|(?:and|or|for|to|with|about|by|of|from) (?:her|him|them)|(?:her|his|their) \w+|like it when|get it|got it|beat it|hit it|try it|go for it|nailed it|f+ it|take it easy|love it when)(?![\w'])"
    )


@dataclass(frozen=True)
class Reference:
    """Characters of the message, and the places in the slate (from 0) they point at."""

    start: int
    end: int
    places: tuple[int, ...]
    loose: bool = False  # anything else read in these words is likelier


# Places of the slate that a description fits: ("with", "de niro") -> (1,). Nothing when none or not clear.
Described = Callable[[str], tuple[int, ...]]


def find_references(
    folded: str,
    shown: int,
    nouns: Sequence[str],
    described: Described,
    focus: int | None = None,
    named_places: Sequence[int] = (),
) -> list[Reference]:
    """Every reference to a slate of `shown` items. described: tells the places a description fits; named_places: those the
    message names; focus: the place
    spoken of last, which "it" means; `shown` itself stands for an item that is not in the slate."""
    if shown == 0 and focus is None:
        return []
    noun = "|".join(re.escape(n) for n in sorted(nouns, key=len, reverse=True))
    found = [
        *_ordinals(folded, shown, noun),
        *_numbers(folded),
        *_all_of_them(folded, shown, noun),
        *describing_references(folded, noun, described),
    ]
    if shown == 0:
        found = []
    only = focus if focus is not None else 0 if shown == 1 else None
    if only is not None:
        empty = [m.span() for m in _empty_it(noun).finditer(folded)]
        for m in re.finditer(rf"{IT.pattern}|(?<![\w'])(?:that|this|the) (?:{noun})(?![\w'])", folded):
            if not any(start <= m.start() and m.end() <= end for start, end in empty):
                found.append(Reference(*m.span(), (only,), loose=m.end() - m.start() < 5))
    others = re.compile(rf"(?<![\w'])the other (?:one|two|three|four|{noun}|{PICKS})s?(?![\w'])")
    for m in others.finditer(folded):
        named = (
            {p for r in found for p in r.places}
            | ({focus} if focus is not None else set())
            | set(named_places)
        )
        rest = [p for p in range(shown) if p not in named]
        wanted = COUNTS.get(m.group().split()[-1], 0) + 1
        if len(rest) == wanted:
            found.append(Reference(*m.span(), tuple(rest)))
    return [r for r in found if r.places and all(0 <= p < shown or p == focus for p in r.places)]


def points_beyond(folded: str, shown: int, nouns: Sequence[str]) -> bool:
    """Whether "the ninth one" is said of fewer than nine."""
    noun = "|".join(re.escape(n) for n in sorted(nouns, key=len, reverse=True))
    return any(place >= shown for found in _ordinals(folded, shown, noun) for place in found.places)


def _ordinals(folded: str, shown: int, noun: str) -> list[Reference]:
    found: list[Reference] = []
    ordinal = "|".join(ORDINALS)
    for m in re.finditer(
        rf"\b(?:the |your |that |ur )?(?:very )?(?P<o>{ordinal}|middle)(?: (?P<n>two|three|four|couple))?(?: (?:of (?:those|these|them)|ones?|{noun}|(?:{PICKS})s?))\b"
        rf"|\b(?:the |your )(?:very )?(?P<bare>{ordinal}|middle)(?: (?P<m>two|three|four))?{ENDS}"
        rf"|(?:(?<=is )|(?<=was )|(?<=isn't ))(?:the )(?P<judged>{ordinal})(?= (?:really |very |too |so |at all )?(?:an? (?:\w+ )?)?\w+\W*\?\W*$)"
        rf"|(?:^|(?<=and )|(?<=or )|(?<=not )|(?<=, )|(?<=like )|(?<=loved )|(?<=compare )|(?<=& ))(?P<naked>{ordinal}){ENDS}",
        folded,
    ):
        word, several = m["o"] or m["bare"] or m["judged"] or m["naked"], m["n"] or m["m"]
        if word == "middle":
            if shown % 2:
                found.append(Reference(*m.span(), (shown // 2,)))
            continue
        if several:
            count = 2 if several == "couple" else COUNTS[several] + 1
            places = tuple(range(min(count, shown)))
            if ORDINALS[word] == -1:
                places = tuple(range(max(0, shown - count), shown))
        else:
            place = ORDINALS[word]
            places = (shown - 1,) if place == -1 else (place,)
        found.append(Reference(*m.span(), places))
    for m in re.finditer(
        r"\b(?:the )?(?P<o>first|last|top) (?P<n>two|three|four)\b(?! (?:hours|years|decades|weeks|months))",
        folded,
    ):
        count = COUNTS[m["n"]] + 1
        last = tuple(range(max(0, shown - count), shown))
        found.append(Reference(*m.span(), last if m["o"] == "last" else tuple(range(min(count, shown)))))
    return found


def _numbers(folded: str) -> list[Reference]:
    found: list[Reference] = []
    for m in re.finditer(
        rf"(?:\b(?:number|no\.|nr\.?|option|pick)\s*|#\s*)(?P<d>\d{{1,2}}|{'|'.join(COUNTS)})\b(?! (?:hours?|minutes|stars?))",
        folded,
    ):
        found.append(Reference(*m.span(), (int(m["d"]) - 1 if m["d"].isdigit() else COUNTS[m["d"]],)))
    for m in re.finditer(
        r"(?:^\W*|,\s*|\b(?:between|compare|of|better|is|one) )(\d)(?: or | and | vs | & |,)\s*(\d)(?!\d)(?= *(?:$|[,.;!?]|which|is|are|what))",
        folded,
    ):
        found.append(Reference(*m.span(), (int(m[1]) - 1, int(m[2]) - 1)))
    if alone := re.fullmatch(r"\W*(\d)\W*", folded):
        found.append(Reference(*alone.span(1), (int(alone[1]) - 1,)))
    verbs = "|".join(
        f"(?<={v} )"
        for v in ("seen", "liked", "loved", "hated", "not", "watched", "compare", "take", "like", "choose")
    )
    for m in re.finditer(
        rf"(?:{verbs})\d{{1,2}}(?:(?:, | and | & |, and | or | vs )\d{{1,2}})*(?=\W*$|[,.;!?])", folded
    ):
        found.append(Reference(*m.span(), tuple(int(d) - 1 for d in re.findall(r"\d+", m.group()))))
    return found


def _all_of_them(folded: str, shown: int, noun: str) -> list[Reference]:
    found: list[Reference] = []
    those = rf"(?:them|those|these|the (?:{noun})|your (?:{noun}))"
    for m in re.finditer(
        r"\b(?:these|those|the) (?P<n>two|three|four|five)\b(?! (?:hours|years|of))", folded
    ):
        found.append(Reference(*m.span(), tuple(range(min(COUNTS[m["n"]] + 1, shown)))))
    for m in re.finditer(
        rf"\b(?:both|all|any|none|neither|either)(?: of)? {those}\b|(?<!we )(?<!they )(?<!you )(?<!us )(?<!not )\bboth\b(?! \w+ (?:\w+ ){{0,3}}and\b)|\bneither\b(?! (?:\w+ )?(?:n?or)\b)(?! \w+ nor)"
        rf"|(?:(?<=seen )|(?<=like )|(?<=not )|(?<=are )|(?<=hate )|(?<=know )|(?<=watched ))(?:all (?:of )?)?(?:those|these|them)(?= *(?:$|[,.;!?]|already\b|all\b|and\b|but\b|ones\b|any\b|one bit\b|really\b|too\b|at all\b))",
        folded,
    ):
        word = m.group().split()[0]
        if re.search(r"too \w+,?\s*$", folded[: m.start()]):
            continue  # "too long, all of them" judges, and points at nothing
        if (
            word in ("neither", "either", "both")
            and shown > 2
            and not m.group().endswith(("them", "those", "these"))
        ):
            if word != "both":
                continue
            found.append(Reference(*m.span(), (0, 1)))
            continue
        found.append(Reference(*m.span(), tuple(range(shown))))
    return found


def describing_references(folded: str, noun: str, described: Described) -> list[Reference]:
    """ "The one with De Niro", "the french one", "the cheapest": those of the slate that it fits."""
    found: list[Reference] = []
    one = rf"(?:ones?|{noun})"
    stop = r"(?=$|[,.;!?]| (?:and|but|was|is|are|were|sounds?|looks?|seems?|please|instead|then|i'll|ill|for me|thanks|any|too|already)\b)"
    for m in re.finditer(
        rf"\b(?:the|that) {one} (?P<what>(?:with|by|about|from|starring|where|in|that has|set in|directed by|made by|of|on) .{{2,60}}?){stop}",
        folded,
    ):
        found.append(Reference(*m.span(), described(m["what"])))
    # "the mood for action films" describes none of them
    word = r"(?!(?:for|of|to|about) )[\w'-]+"
    for m in re.finditer(rf"\b(?:the|that) (?P<what>(?:{word} ){{1,3}}?){one}\b", folded):
        if m["what"].split()[0] not in ORDINALS and m["what"].strip() not in (
            "other",
            "only",
            "right",
            "same",
            "next",
        ):
            found.append(Reference(*m.span(), described(m["what"].strip())))
    verbs = "not|no to|skip|like|love|loved|liked|hated|take|watch|seen|about|than"
    for m in re.finditer(
        rf"(?<!\w)(?:{verbs}) (?P<all>the (?P<what>[\w'-]+(?: [\w'-]+)?))(?=$|[,.;!?])", folded
    ):
        if m["what"].split()[0] not in ORDINALS:
            found.append(Reference(*m.span("all"), described(m["what"]), loose=True))
    for m in re.finditer(
        rf"\bthe (?P<what>(?:most |least )?[\w'-]+est|(?:most|least) \w+)\b(?! {one}){ENDS}", folded
    ):
        found.append(Reference(*m.span(), described(m["what"])))
    return [r for r in found if r.places]
