"""Frames of reasons: the same facts in several wordings, so that the items of a slate do not all speak alike.

A frame must read well with any value a catalogue may hold: "cat and mouse", "whimsical", "based on a true story". Frames
in which a value is the object of "has" or "shares" are only for values that read as things.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.words import GRADABLE

LIKE = (
    "{What}, like {liked}.",
    "Like {liked}: {what}.",
    "{What}, as in {liked}.",
    "In common with {liked}: {what}.",
)
LIKE_THINGS = ("Shares {what} with {liked}.", *LIKE)
LIKE_HAD = ("Like {liked}, it has {what}.", *LIKE_THINGS)
LIKE_MADE = ("{Made}, like {liked}.", "Like {liked}, {made}.", "{Made}, as is {liked}.")
LIKE_BOTH = ("{Made}, like {liked}; in both: {what}.", "Like {liked}, {made}; also {what}.")
ASKED = ("{What}, as you asked.", "As you asked: {what}.", "You asked for it: {what}.")
ASKED_AND_MORE = (
    "{What}, as you asked; also {more}.",
    "You asked for {what}; here also {more}.",
    "As you asked: {what}. Also {more}.",
    "{More}; also {what}, as you asked.",
    "{What}, and also {more}.",
)
THEME = ("{What}.",)
THEME_AND_MORE = ("{What}; also {more}.", "{More}, and also {what}.", "{What}, and also {more}.")
MET = ("{What}, as you asked.", "As you asked: {what}.", "{What}, as you wished.", "As you wished: {what}.")
MET_TOO = "{What}."
WENT_ON = (
    "{count} of the {of} people with {liked} in their history went on to this within their next ten.",
    "Of the {of} people with {liked} in their history, {count} went on to this within their next ten.",
)
TOLD = ("{What}, {made}.", "{Made}: {what}.", "{What}, {other}.", "{Other}: {what}.", "{What}.")
TOLD_BARE = ("{Made}: {what}.", "{What}; {made}.")
KNOWN = "{count} people here have it in their history."

_NO_THING = frozenset("based inspired set on in from with made told coming".split())
_ADJECTIVE_ENDS = (
    "y", "ing", "ed", "ful", "ous", "ive", "ish", "ic", "al", "able", "ible", "less", "esque", "good", "sweet", "proof",
)  # fmt: skip


@dataclass
class Openings:
    """Which frame each item of a slate was given: no two the same while there are others. An item keeps its own."""

    given: dict[tuple[int, str], str] = field(default_factory=dict)  # (row, first of the frames) → its frame

    def pick(self, row: int, frames: Sequence[str]) -> str:
        """The frame used least so far; of several the one that this item's row falls on."""
        mine = (row, frames[0])
        if mine not in self.given:
            used = Counter(frame for (other, _), frame in self.given.items() if other != row)
            at = min(range(len(frames)), key=lambda n: (used[frames[n]], (n - row) % len(frames)))
            self.given[mine] = frames[at]
        return self.given[mine]


def filled(frame: str, **parts: str) -> str:
    """The frame with its parts; a part's name with a capital gives it one."""
    capitals = {name.capitalize(): part[:1].upper() + part[1:] for name, part in parts.items()}
    return frame.format(**parts, **capitals)


def is_thing(value: str) -> bool:
    """Whether an item can be said to have it ("a hitman") rather than be it ("whimsical"); in doubt not."""
    words = value.casefold().replace("-", " ").split()
    last = words[-1] if words else ""
    return (
        bool(words)
        and words[0] not in _NO_THING
        and last not in GRADABLE
        and not (last.endswith(_ADJECTIVE_ENDS) or value[0].isdigit())
    )
