"""How well known something is to be: "hidden gems", "less famous", "more obscure", "something popular"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

# 1 for well known, -1 for little known
FAME_WORDS: dict[str, Literal[-1, 1]] = {
    "well known": 1, "widely known": 1, "famous": 1, "popular": 1,
    "obscure": -1, "niche": -1, "underrated": -1, "overlooked": -1, "underappreciated": -1, "underseen": -1, "little known": -1,
}  # fmt: skip
_WORD = "|".join(word.replace(" ", "[- ]").replace("under", "under[- ]?") for word in FAME_WORDS)
_LESS = (
    r"less|least|not(?: (?:so|as|that|all that|too|very|quite so|particularly))?|isn't|aren't|wasn't|weren't"
)
_SAID = re.compile(
    rf"(?<![\w'])(?:a (?:bit|little|lot) |much |rather |really |very |quite )?(?:(?P<less>{_LESS}) |(?P<more>more|most) |(?P<too>too ))?(?P<word>{_WORD})"
    r"|(?<![\w'])(?P<better>better|best)[- ]known|(?<![\w'])(?:a (?:bit|little) )?(?P<lesser>lesser|less|least)[- ](?:known|seen|talked[- ]about)"
)
_GEMS = re.compile(  # whatever follows
    r"(?<![\w'])(?:hidden|overlooked|forgotten|undiscovered|unsung|underrated|lesser[- ]known|little[- ]known) (?:gems?|pearls?|masterpieces?)"
    r"|(?<![\w'])under the radar|(?<![\w'])off the beaten (?:track|path)"
)
_UNHEARD_OF = re.compile(
    r"(?<![\w'])(?:that )?(?:no ?body|no one|not many people|few people|hardly (?:anyone|anybody)) (?:has |have |'s )?(?:heard of|knows?(?: about)?|talks about)(?!\w)"
)
# what is so is no item: "about a famous painter", "who wants to be popular"; or it is only allowed, or asked
_OF_ANOTHER = re.compile(
    r"(?<![\w'])(?:about|who|whose|who's|somebody|someone|person|people|starring|becom\w+|became|get|gets|getting|to be|being|just|only|necessarily|how|(?:hero|heroine|girl|boy|man|woman|star) is)(?: (?:a|an|the|some|so))? ?$"
    r"|(?<![\w'])(?:is|are|was|were) (?:it|this|that|they|these|those|this one|that one|the \w+(?: one)?) $"
)
_SO_ON = r"please|maybe|this time|though|and|or|but|tonight|today|next|instead|thanks|from|like|than|as|that|which|right now"


@dataclass(frozen=True)
class FameSpan:
    """Characters of a folded message, and what they ask for: 1 for better known, -1 for less. compares: with something named or
    shown, as "hidden gems" does not."""

    start: int
    end: int
    direction: Literal[-1, 1]
    compares: bool


class Fame:
    """Finds what is said of how well known the items are to be, and of nothing else: "a famous painter" is a theme."""

    def __init__(self, nouns: Sequence[str], kinds: Sequence[str]) -> None:
        """nouns: what the items are called; kinds: what their categories are called."""
        called = "|".join(map(re.escape, sorted({*nouns, *kinds}, key=len, reverse=True)))
        things = rf"(?:{called}|ones?|stuff|things?|picks?|gems?|titles?|classics?)"
        no_person = r"(?! (?:stars?|directors?|actors?|actress(?:es)?|critics?|scenes?|buffs?|characters?|crews?)(?!\w))"
        self._ends = re.compile(
            rf" (?:[\w'-]+ ){{0,2}}{things}{no_person}(?!\w)| (?:{_SO_ON})(?!\w)|\W*$|[,.!?;]"
        )
        self._thing = re.compile(rf"(?<![\w'])(?:{things}|something|anything|somewhere) $")

    def find(self, folded: str) -> Iterator[FameSpan]:
        """Every such span in a folded message."""
        gems = [FameSpan(*m.span(), -1, False) for m in _GEMS.finditer(folded)]
        gems += [
            FameSpan(*m.span(), -1, False)
            for m in _UNHEARD_OF.finditer(folded)
            if self._thing.search(folded[: m.start()])
        ]
        yield from gems
        for m in _SAID.finditer(folded):
            inside = any(g.start < m.end() and m.start() < g.end for g in gems)
            if (
                not inside
                and self._ends.match(folded, m.end())
                and not _OF_ANOTHER.search(folded[: m.start()])
            ):
                yield self._span(m)

    @staticmethod
    def _span(m: re.Match[str]) -> FameSpan:
        if m["better"] or m["lesser"]:
            best = (m["better"] or m["lesser"]) in ("best", "least")
            return FameSpan(*m.span(), 1 if m["better"] else -1, not best)
        sign = FAME_WORDS[re.sub(r"under[- ]", "under", m["word"]).replace("-", " ")]
        judged = bool(m["too"])
        turned = bool(m["less"]) or judged
        compares = judged or m["more"] == "more" or (m["less"] or "").split(" ")[-1] in ("less", "so", "as")
        return FameSpan(*m.span(), -sign if turned else sign, compares)
