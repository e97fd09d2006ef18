"""What was said in a dialogue, as vectors: each utterance without the titles in it, and where each item was named."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tools.dialogue.counts import Floats
from tools.dialogue.recorded import RecordedTurn

Encode = Callable[[Sequence[str]], Floats]
LONGEST = 300  # characters of an utterance that are embedded
SEEKER_FADES = 0.8  # weight of the utterance before, of one speaker
ALL_FADE = 0.85  # of both


@dataclass(frozen=True)
class Heard:
    """One turn's dialogue. said: row in the vectors of each utterance, -1 where it is empty once titles are out of it.
    placed: (utterance, item row) of each item named, in order."""

    said: tuple[int, ...]
    placed: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Hearing:
    """All turns of a file, and the vectors of their utterances. vectors: (utterances, dim)"""

    turns: tuple[Heard, ...]
    vectors: Floats

    def gist(self, number: int) -> tuple[Floats, Floats, Floats]:
        """Of one turn: the seeker's last words, all of the seeker's and all of both, what is longer ago weighing less; unit
        vectors, zero where nothing was said. (dim,) each"""
        said = self.turns[number].said
        turns_ago = [(len(said) - 1 - at) // 2 for at in range(len(said))]
        seeker = [(row, SEEKER_FADES ** turns_ago[at]) for at, row in enumerate(said) if at % 2 == 0]
        both = [(row, ALL_FADE ** (len(said) - 1 - at)) for at, row in enumerate(said)]
        spoken = [(row, weight) for row, weight in seeker if row >= 0]
        last = [(row, 1.0) for row, _ in spoken[-1:]]
        return self._sum(last), self._sum(spoken), self._sum([rw for rw in both if rw[0] >= 0])

    def _sum(self, weighted: Sequence[tuple[int, float]]) -> Floats:
        total = np.zeros(self.vectors.shape[1], np.float32)
        for row, weight in weighted:
            total += np.float32(weight) * self.vectors[row]
        return total / (np.linalg.norm(total) + 1e-6)


def hear(turns: Sequence[RecordedTurn], names: Sequence[str], encode: Encode) -> Hearing:
    """The turns' utterances, each embedded once. names: of the items."""
    rows: dict[str, int] = {}
    heard = []
    for turn in turns:
        titles = sorted({names[row] for row in turn.mentioned}, key=lambda t: (-len(t), t))
        spoken = [_without(utterance, titles) for utterance in turn.utterances]
        said = tuple(rows.setdefault(words, len(rows)) if words else -1 for words in spoken)
        heard.append(Heard(said, _placed(turn, names)))
    return Hearing(tuple(heard), np.asarray(encode([words[:LONGEST] for words in rows]), np.float32))


def _without(utterance: str, titles: Sequence[str]) -> str:
    for title in titles:
        utterance = utterance.replace(title, " ")
    return re.sub(r"\s+", " ", utterance).strip()


def _placed(turn: RecordedTurn, names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where each item was first named; one that stands in no utterance by its full name counts as named last."""
    last = max(len(turn.utterances) - 1, 0)
    places = []
    for row in turn.mentioned:
        at = next((n for n, words in enumerate(turn.utterances) if names[row] in words), last)
        places.append((at, row))
    return tuple(
        sorted(places, key=lambda place: place[0])
    )  # stable: the order of naming within an utterance
