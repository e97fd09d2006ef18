"""What somebody hopes that it does to them: "something that cheers me up", "lift my spirits", "help me unwind"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

ME = r"(?:me|us|him|her|them|my \w+|our \w+|everyone|everybody|the \w+)"
MY = r"(?:my|our|his|her|their|the)"
# what it is to be like, and the words that ask for what does it
MOODS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "feel-good, uplifting",
        re.compile(
            rf"(?<![\w'])(?:to |that |which |will |would |can |might |could )*(?:really )?(?:cheers?|cheering|perks?|picks?|lifts?|brightens?) {ME} up(?![\w'])"
            rf"|(?<![\w'])(?:to |that |which |will |would |can |might |could )*(?:lifts?|raises?|boosts?|brightens?|improves?|lightens?) (?:up )?{MY} (?:spirits?|mood|day|evening|night|heart)(?![\w'])"
            rf"|(?<![\w'])(?:to |that |which |will |would |can |might )*(?:makes?|puts?) {ME} (?:smile|happy|grin|(?:feel )?(?:good|better|happier)|in a (?:good|better) mood)(?![\w'])"
            r"|(?<![\w'])a (?:little |bit of a )?pick[- ]me[- ]up(?![\w'])"
        ),
    ),
)


@dataclass(frozen=True)
class MoodSpan:
    """Characters of the message, and what it shall be like."""

    start: int
    end: int
    theme: str


def find_moods(folded: str) -> Iterator[MoodSpan]:
    """Every mood in a folded message."""
    for theme, pattern in MOODS:
        for m in pattern.finditer(folded):
            yield MoodSpan(*m.span(), theme)
