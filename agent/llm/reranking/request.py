"""What a re-ranker is asked, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.llm.prompts import as_data

# a prompt costs 13 to 27 ms a token on two cores
MAX_WISH_CHARS = 300
MAX_ITEM_CHARS = 240
MAX_HISTORY = 3


@dataclass(frozen=True)
class Shortlisted:
    """A candidate as a model is shown it. `hints`: what the sequence model knows of it, empty when that is not told."""

    text: str
    hints: str = ""

    def line(self) -> str:
        """The candidate on one line that cannot be taken for anything else than data."""
        told = f"{self.text} ({self.hints})" if self.hints else self.text
        return as_data(told, MAX_ITEM_CHARS)


@dataclass(frozen=True)
class Shot:
    """An example: a wish, the candidates that a real user had, and the place of the one that was chosen."""

    wish: str
    candidates: tuple[Shortlisted, ...]
    chosen: int

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Shot":
        return cls(told["wish"], tuple(Shortlisted(**c) for c in told["candidates"]), told["chosen"])


@dataclass(frozen=True)
class RerankRequest:
    """Candidates in the retriever's order, by place; `history` are the latest titles, oldest first."""

    wish: str
    candidates: tuple[Shortlisted, ...]
    history: tuple[str, ...] = ()
    shots: tuple[Shot, ...] = ()
    seed: int = 0

    def wish_line(self) -> str:
        return as_data(self.wish, MAX_WISH_CHARS)

    def history_line(self) -> str:
        """The latest items on a line of their own; empty when there are none."""
        if not self.history:
            return ""
        titles = as_data(", ".join(self.history[-MAX_HISTORY:]), MAX_ITEM_CHARS)
        return f"<chosen_before>{titles}</chosen_before>\n"


@dataclass(frozen=True)
class Ranking:
    """A score for each candidate that was judged, by place, higher is better; the others keep the retriever's order.

    `illegal`, `repeated`, `missing`: ids of the model's that are none, came twice, or did not come.
    """

    scores: Mapping[int, float]
    illegal: int = 0
    repeated: int = 0
    missing: int = 0


def checked_order(told: Sequence[object], places: Sequence[int]) -> tuple[list[int], Ranking]:
    """The model's order with what is no place, or came already, left out, and what is missing behind it as it was.

    The Ranking counts what was amiss; its scores are the negative ranks of the places that the model did name.
    """
    order: list[int] = []
    illegal = repeated = 0
    for one in told:
        if isinstance(one, bool) or not isinstance(one, int) or one not in places:
            illegal += 1
        elif one in order:
            repeated += 1
        else:
            order.append(one)
    missing = [place for place in places if place not in order]
    scores = {place: -float(rank) for rank, place in enumerate(order)}
    return [*order, *missing], Ranking(scores, illegal, repeated, len(missing))
