"""Numbers in words, and the words that bound them; what a range is read as."""

from dataclasses import dataclass

from memory.preferences import RangeTarget

NUMBERS = {
    w: float(n)
    for n, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
} | {
    "thirteen": 13.0,
    "fifteen": 15.0,
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "sixty": 60.0,
    "seventy": 70.0,
    "eighty": 80.0,
    "ninety": 90.0,
    "hundred": 100.0,
    "a hundred": 100.0,
    "a": 1.0,
    "an": 1.0,
}
NUMBER = r"(?:\d+(?:[.,]\d+)?|" + "|".join(w for w in NUMBERS if len(w) > 2) + r"|an?)"
BELOW = r"(?:not|n't|no) (?:\w+ ){0,2}(?:more than|over|above|longer than|exceed(?:ing)?|beyond|past)|(?:i|we)(?:'ve| have)(?: only| just| got)+|(?:i|we) (?:only |just )(?:have|got)|we(?:'ve| have)|i(?:'ve| have)|under|below|less than|fewer than|at most|no more than|not more than|max(?:imum)?(?: of)?|shorter than|up to|within|no longer than|not longer than|not over|cheaper than|below|<=?|budget (?:is|of)|spend|afford|nothing over|nothing longer than|nothing above|nothing more than"
ABOVE = r"over|above|more than|at least|no less than|min(?:imum)?(?: of)?|longer than|upwards of|nothing under|nothing shorter than|nothing below|nothing less than"
MOST = (
    r"at (?:the )?(?:very |absolute )?most|at (?:the )?outside|at (?:a |the )?max(?:imum)?"  # after a number
)
ABOUT = r"around|about|roughly|approximately|approx|circa|~|some|more or less"


@dataclass(frozen=True)
class RangeSpan:
    """A range and the characters of the message it was read from. `refusable`: "no …" before it refuses it; `size`: it
    comes of an adjective such as "short", which may be said of something else."""

    start: int
    end: int
    target: RangeTarget
    refusable: bool = True
    size: bool = False


def number_of(text: str) -> float | None:
    """The value of a number in digits or words; None when it is none."""
    if text in NUMBERS:
        return NUMBERS[text]
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
