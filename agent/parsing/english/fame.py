"""How well known something is to be: "hidden gems", "less famous", "more obscure", "something popular"."""

import re
from collections.abc import Iterator, Sequence

# adjectives that go with "more", "less", "too", "not so": 1 for well known, -1 for little known
FAME: dict[str, int] = {
    **dict.fromkeys(("well known", "well-known", "widely known", "famous", "popular"), 1),
    **dict.fromkeys(("obscure", "underrated", "overlooked", "niche", "little known", "little-known"), -1),
}
LITTLE_KNOWN = (
    r"(?:hidden|overlooked|forgotten|undiscovered|buried|unsung|lesser[- ]known|little[- ]known) (?:gems?|treasures?|pearls?|classics?|masterpieces?)"
    r"|(?:lesser|little|less)[- ]known|less talked[- ]about|under[- ]?(?:rated|seen|appreciated)|overlooked|under the radar|obscure"
    r"|off the beaten (?:track|path)|(?:not|isn't|that's not) (?:that |so |as |very |too )?(?:well[- ]known|famous|popular)"
    r"|(?:that )?(?:no ?body|no one|not many people|few people|hardly anyone) (?:has |have |'s )?(?:heard of|knows?(?: about)?|seen|talks about)"
)
WELL_KNOWN = r"well[- ]known|widely known|famous|popular|that (?:everyone|everybody) (?:knows|has seen)|better[- ]known"
COMPARES = re.compile(r"(?<!\w)(?:less|lesser|better|more)(?!\w)")


class Fame:
    """Finds what is said of how well known the items are to be, and of nothing else: "a famous painter" is a theme."""

    def __init__(self, nouns: Sequence[str]) -> None:
        """nouns: what the items are called, and their categories."""
        things = "|".join(
            map(re.escape, (*nouns, "ones?", "stuff", "things?", "picks?", "gems?", "titles?", "places?"))
        )
        ends = rf"(?= (?:{things}|please|maybe|this time|though|and|or|but|for|tonight|next|thanks|from|with|in|by|about)(?!\w)|\W*$|[,.!?;])"
        self._patterns = (
            (
                -1,
                re.compile(
                    rf"(?<![\w'])(?:some |a few |(?:a )?bit |really |rather |quite )?(?:{LITTLE_KNOWN}){ends}"
                ),
            ),
            (
                1,
                re.compile(
                    rf"(?<![\w'])(?<!less )(?<!not )(?<!more )(?<!so )(?<!too )(?:really |very |quite )?(?:{WELL_KNOWN}){ends}"
                ),
            ),
        )

    def find(self, folded: str) -> Iterator[tuple[int, int, int]]:
        """(start, end, 1 for well known or -1 for little known) of each in a folded message."""
        for direction, pattern in self._patterns:
            for m in pattern.finditer(folded):
                yield *m.span(), direction
