"""Wishes relative to an item or to what was shown, in plain English: "darker", "less violent", "same director"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.parsing.english.fame import FAME_WORDS, Fame
from agent.parsing.reading import CritiqueKind
from agent.words import GRADABLE, comparative
from memory.preferences import FAME
from tools.catalog import CatalogSpec, FacetSpec

DEGREE = r"(?:much |way |far |a (?:bit|lot|little|tad|touch) |bit |lot |little |slightly |somewhat |even |tad |touch |rather )*"
IRREGULAR = {
    "gorier": "gory",
    "bloodier": "bloody",
    "grimmer": "grim",
    "sillier": "silly",
}
SAME = r"(?:the )?same|that same|identical"
DIFFERENT = re.compile(
    r"(?<![\w'])(?:(?:something|anything|sth|somewhere|some place|one|try|show me|give me|want)?\s*(?:that's |that is )?(?:completely|totally|entirely|wholly|very|really|radically|wildly|quite) (?:different|else|unlike (?:this|that|these|those))"
    r"|nothing like (?:that|this|these|those|them|it)|(?<!quite )(?<!quite the )(?<!just the )(?:the )?(?:complete )?opposite(?: of (?:that|this|these|those|it))?|change of (?:pace|direction)|a (?:totally |completely |very |whole )?different (?:direction|vibe|kind of \w+)|something else (?:entirely|completely|altogether))(?![\w'])"
)


BY_THEM = re.compile(
    r"(?<![\w'])(?:else|more|others?|another(?: one)?|anything|something|films?|movies?|books?|games?|ones?|places?|restaurants?|shoes?|what else(?: is| do you have)?) (?P<pointed>(?:that (?:is|are|was|were) )?(?P<cue>directed by|written by|designed by|cooked by|made by|by|with|from|starring) (?:him|her|them|that (?:guy|man|woman|person)|the same (?:guy|man|woman|person|people)))(?![\w'])"
)
COMPARATIVES = {comparative(a): a for a in GRADABLE} | IRREGULAR


@dataclass(frozen=True)
class CritiqueSpan:
    """Characters of the message, and what they ask for. `sure`: a critique whatever was shown; else only after a slate."""

    start: int
    end: int
    kind: CritiqueKind
    aspect: str
    direction: Literal[-1, 0, 1]
    sure: bool = True
    compares: bool = True  # with something named or shown; "hidden gems" does not


class CritiqueFinder:
    """Finds critiques with one catalogue's comparatives, scales and facet names."""

    def __init__(self, spec: CatalogSpec, kinds: Sequence[str] = ()) -> None:
        """kinds: what the categories are called."""
        self._numbers = list(_number_patterns(spec))
        self._scales: dict[str, tuple[str, int]] = {}  # every word for either end -> scale, direction
        for name, scale in spec.scales.items():
            self._scales |= dict.fromkeys(scale.more, (name, 1)) | dict.fromkeys(scale.less, (name, -1))
        self._adjectives: dict[str, tuple[str, int]] = {}
        for name, scale in spec.scales.items():
            self._adjectives |= dict.fromkeys(scale.high_words, (name, 1))
            self._adjectives |= dict.fromkeys(scale.low_words, (name, -1))
        self._fame = Fame(spec.catalog.nouns, kinds)
        self._scale_words = _either([*self._scales]) if self._scales else None
        self._names = _facet_names(spec)
        self._same = list(_same_patterns([*self._names]))
        self._nouns = frozenset(spec.catalog.nouns)
        self._person_of = {c: f for f in reversed(spec.by_role("person")) for c in spec.facets[f].cues}
        self._taken = {w for facet in spec.facets.values() for w in (*facet.less, *facet.more)}

    def find(self, folded: str) -> list[CritiqueSpan]:
        """Every critique in a folded message."""
        found: list[CritiqueSpan] = []
        for name, direction, pattern in self._numbers:
            found += [CritiqueSpan(*m.span(), "number", name, direction) for m in pattern.finditer(folded)]
        found += self._qualities(folded)
        found += [
            CritiqueSpan(f.start, f.end, "quality", FAME, f.direction, compares=f.compares)
            for f in self._fame.find(folded)
        ]
        for pattern in self._same:
            found += [
                CritiqueSpan(*m.span(), "same", self._names[m["what"]], 0) for m in pattern.finditer(folded)
            ]
        found += self._by_them(folded)
        found += [CritiqueSpan(*m.span(), "different", "", 1) for m in DIFFERENT.finditer(folded)]
        return found

    def _by_them(self, folded: str) -> Iterator[CritiqueSpan]:
        """ "Anything else by her": by whom the item spoken of is, in the part that the word before names."""
        for m in BY_THEM.finditer(folded):
            facet = self._person_of.get(m["cue"]) or next(iter(self._person_of.values()), None)
            if facet is not None:
                yield CritiqueSpan(*m.span("pointed"), "same", facet, 0)

    def _qualities(self, folded: str) -> Iterator[CritiqueSpan]:
        if self._scale_words is not None:
            pattern = rf"(?<![\w']){DEGREE}(?P<w>{self._scale_words})(?![\w'])"
            for m in re.finditer(pattern, folded):
                name, direction = self._scales[m["w"]]
                yield CritiqueSpan(*m.span(), "quality", name, _sign(direction))
        for m in re.finditer(rf"(?<![\w']){DEGREE}(?P<w>\w+er)(?![\w'])", folded):
            base = COMPARATIVES.get(m["w"])
            if base is not None and m["w"] not in self._taken and m["w"] not in self._scales:
                yield self._quality(m, base, 1)
        ends = r"(?= (?:please|maybe|this time|though|than|and|or|but|if|for|tonight|next|thanks)\b|\W*$|[,.!?;])"
        patterns = (
            (
                rf"(?<![\w'])(?<!no )(?<!any ){DEGREE}(?P<d>less|fewer|more) (?P<w>[^\W\d]+(?: [^\W\d]+)?){ends}",
                0,
            ),
            (rf"(?<![\w'])(?:not|isn't|not be) (?:so|as|quite so|that|quite as) (?P<w>[^\W\d]+){ends}", -1),
            (
                rf"(?<![\w'])(?<!not )(?<!nothing )(?:(?!(?:first|second|third|fourth|fifth|last|one|it|that|this|is|are|was|were) )\w+ )?(?:way |far |much |a bit |a little |bit |just |still )*too (?P<w>[^\W\d]+){ends}",
                -1,
            ),
            (rf"(?<![\w'])(?:not|isn't|aren't|wasn't) (?P<w>[^\W\d]+) enough{ends}", 1),
        )
        for pattern, sign in patterns:
            for m in re.finditer(pattern, folded):
                direction = sign or (1 if m["d"] == "more" else -1)
                word = m["w"]
                if (
                    word.split()[0] in NOT_QUALITIES | self._nouns | FAME_ADJECTIVES
                    or (direction > 0 and sign == 0 and word.split()[-1] in THINGS | self._nouns)
                    or (sign == 0 and word.split()[-1] in ("like", "than", "of"))
                ):
                    continue
                yield self._quality(m, TRAILING.sub("", word), direction, sure=False)

    def _quality(self, m: re.Match[str], word: str, direction: int, sure: bool = True) -> CritiqueSpan:
        """A quality by its name in the catalogue's scales where it has one: "less light" is more dark."""
        name, sign = self._adjectives.get(word, (word, 1))
        return CritiqueSpan(m.start(), m.end(), "quality", name, _sign(direction * sign), sure)


TRAILING = re.compile(r" (?:than|please|maybe|though|this|thanks|if|for|next|tonight|and|or|but)$")
THINGS = frozenset(
    "stuff things thing ones".split()
)  # beside what the items are called: "more courtroom stuff" is a theme
NOT_QUALITIES = frozenset(
    "of than like or and to please that this those these the a an in on one ones options ideas suggestions time much many "
    "less more please recent modern bad sure good keen fond into fast it them late soon now info about".split()
)


FAME_ADJECTIVES = frozenset(
    {*FAME_WORDS, "well", "known", "widely", "little", "well-known"}
)  # fame.py reads these


def _sign(direction: int) -> Literal[-1, 1]:
    return 1 if direction > 0 else -1


def _either(words: Sequence[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


def _facet_names(spec: CatalogSpec) -> Mapping[str, str]:
    """What the facets are called, singular and plural -> facet."""
    names: dict[str, str] = {}
    for name, facet in spec.facets.items():
        for called in (name.replace("_", " "), facet.label, *facet.called):
            for form in (called, called.removesuffix("s"), called + "s"):
                if called:
                    names.setdefault(form.lower(), name)
    return names


def _same_patterns(names: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """ "The same director", "by the director of …"."""
    if names:
        what = rf"(?P<what>{_either(names)})"
        yield re.compile(rf"(?<![\w'])(?:{SAME})(?: (?:exact|kind of|sort of|type of))? {what}(?![\w'])")
        yield re.compile(
            rf"(?<![\w'])(?:by|from|with) (?:the )?(?:same )?{what} (?:of|as|behind|from|who did|who made)(?![\w'])"
        )
        yield re.compile(  # "what else did that director do?", "what else has the director of the first one made?"
            rf"(?<![\w'])(?:what else|(?:what|which) other \w+) (?:did|does|has|have|is|are) (?:from |by |with )?(?:the |that |this )(?:same )?{what}(?![\w'])(?=[^.!?]*(?: (?:do|did|done|make|made|direct(?:ed)?|in|of|write|written)\b|\?|$))"
        )


def _number_patterns(spec: CatalogSpec) -> Iterator[tuple[str, Literal[-1, 1], re.Pattern[str]]]:
    for name, facet in spec.facets.items():
        for direction, adjectives in ((1, _too_little(facet)), (-1, _too_much(facet))):
            if adjectives:
                yield (
                    name,
                    _sign(direction),
                    re.compile(
                        rf"(?<!\w)(?<!not )(?<!nothing )(?:way |far |much |a bit )?too (?:{_either(adjectives)})(?!\w)"
                    ),
                )
        for direction, words in ((-1, facet.less), (1, facet.more)):
            if words:
                # "shorter than two hours" is a range, "shorter than Heat" and plain "shorter" are critiques
                yield (
                    name,
                    _sign(direction),
                    re.compile(
                        rf"(?<!\w)(?<!no )(?<!not )(?<!any ){DEGREE}(?:{_either(words)})(?!\w)(?! than (?:\d|(?:an?|one|two|three) (?:hour|half)|the \d))"
                    ),
                )


def _too_little(facet: FacetSpec) -> tuple[str, ...]:
    """Adjectives after "too" that say there is too little: too short, too old."""
    words = facet.short_words.words if facet.short_words else ()
    return (*words, "old", "dated", "old fashioned") if facet.role == "year" else words


def _too_much(facet: FacetSpec) -> tuple[str, ...]:
    """Adjectives after "too" that say there is too much: too long, too recent, too expensive."""
    words = facet.long_words.words if facet.long_words else ()
    more = {
        "year": ("new", "recent", "modern"),
        "price": ("expensive", "dear", "pricey", "costly", "fancy", "posh", "much money"),
    }
    return (*words, *more.get(facet.role, ()))
