"""What simulated people say of what they have in mind, as claims that can be held against the catalogue."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tools.catalog import Item

ClaimKind = Literal[
    "has",  # a value of a facet, or a number in a range
    "lacks",  # a value that it does not have
    "compared",  # less or more of a facet or a quality than an item shown
    "alike",  # shares at least two values with an item shown
    "unlike",  # is not an item shown
    "known",  # an item shown that the person has met with
    "liked",  # an item of the history that the person liked
    "open",  # the person does not mind, or does not know
]
Wrong = Literal["", "decoy", "slip"]
FEWEST_SHARED = 2


@dataclass(frozen=True)
class Claim:
    """One thing said. `said` are its words; `value` is the catalogue's own value that they stand for.

    low, high: of a number, both included. row: the item that is pointed at or compared with. direction: of a comparison.
    wrong: said on purpose of something else ("decoy") or by mistake ("slip"); all else is true.
    """

    kind: ClaimKind
    said: str
    facet: str = ""
    value: str = ""
    low: float | None = None
    high: float | None = None
    row: int = -1
    direction: int = 0
    before_noun: bool = False
    wrong: Wrong = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Two claims of the same are not said twice."""
        return self.kind, self.facet, self.value

    @property
    def thing(self) -> str:
        """Its words without what joins them to a noun: "the 90s" of "from the 90s"."""
        return re.sub(r"^(?:from|about|with) ", "", self.said)


def has(item: Item, claim: Claim) -> bool:
    """Whether the catalogue says of an item what a claim of kind "has" says."""
    number = item.number(claim.facet)
    if claim.value or number is None:
        return claim.value in item.values(claim.facet) if number is None else False
    return (claim.low is None or number >= claim.low) and (claim.high is None or number <= claim.high)


def shared_values(one: Item, other: Item, facets: Sequence[str]) -> int:
    """How many values two items have in common."""
    return sum(len(set(one.values(f)) & set(other.values(f))) for f in facets)
