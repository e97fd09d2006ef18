"""Slips of the finger: two letters swapped, one lost or doubled, in one word."""

import random
import re

LONG_WORD = re.compile(r"\b[a-z]{5,}\b")


def misspelt(text: str, rng: random.Random) -> str:
    """The text with one of its long lower-case words misspelt; as it is where it has none."""
    found = list(LONG_WORD.finditer(text))
    if not found:
        return text
    match = rng.choice(found)
    word = match.group()
    at = rng.randrange(1, len(word) - 2)
    kind = rng.randrange(3)
    if kind == 0:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind == 1:
        word = word[:at] + word[at + 1 :]
    else:
        word = word[: at + 1] + word[at] + word[at + 1 :]
    return text[: match.start()] + word + text[match.end() :]
