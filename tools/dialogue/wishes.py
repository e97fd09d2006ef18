"""Dialogues made of what users liked, with wishes put between: what the network learns from before it meets a real one.

A few items of one user, near in time, are named one after another; one of them is what comes next, and wishes in words, made of
its facts or of the others', stand between.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tools.dialogue.counts import Floats
from tools.dialogue.hearing import Encode
from tools.dialogue.network import (
    LENGTH,
    NAMED_BY_RECOMMENDER,
    NAMED_BY_SEEKER,
    SAID_BY_SEEKER,
    Example,
    Token,
)
from tools.dialogue.recorded import RecordedItem

BY_GENRE = (
    "I like {genre} movies",
    "looking for a good {genre} movie",
    "in the mood for a {genre} film",
    "any good {genre} {other} movies?",
    "I want to watch something {genre}",
    "{genre} please",
)
BY_PERSON = (
    "I love movies with {star}",
    "anything with {star}?",
    "something by {director}",
    "I like {star} movies",
)
BY_PLOT = ("something about {plot}", "a movie where {plot}", "a {genre} movie about {plot}")
PLOT_WORDS = 9
FEWEST = 3  # likes; who has more is drawn from
NEAR = 30  # items of a user that one dialogue is drawn from
MOST_NAMED = 6
FIRST_WISH, BETWEEN, OWN_BETWEEN, LAST_WISH = 0.4, 0.2, 0.4, 0.2  # how often a wish stands there
SHARE_OF_LIKES = 40  # a user's weight in the draw grows with their likes over this


@dataclass(frozen=True)
class Wishes:
    """What people might say who want an item. by_item: rows of `vectors` by item row. vectors: (wishes, dim)"""

    by_item: Mapping[int, tuple[int, ...]]
    vectors: Floats


def make_wishes(items: Sequence[RecordedItem], rows: Sequence[int], encode: Encode, seed: int) -> Wishes:
    """Wishes for these rows from genre (two), people and plot, embedded once each."""
    rng = random.Random(seed)
    texts: dict[str, int] = {}
    by_item: dict[int, tuple[int, ...]] = {}
    for row in rows:
        item = items[row]
        said = [_told(item, patterns, rng) for patterns in (BY_GENRE, BY_GENRE, BY_PERSON, BY_PLOT)]
        by_item[row] = tuple(texts.setdefault(text, len(texts)) for text in said)
    return Wishes(by_item, np.asarray(encode(list(texts)), np.float32))


def _told(item: RecordedItem, patterns: Sequence[str], rng: random.Random) -> str:
    words = (item.plot or item.name).split()
    start = rng.randrange(max(1, len(words) - PLOT_WORDS + 1))
    genres = item.genre or ("good",)
    return rng.choice(patterns).format(
        genre=rng.choice(genres),
        other=rng.choice(genres),
        star=rng.choice(item.star[:3] or ("someone good",)),
        director=(item.director or ("someone good",))[0],
        plot=" ".join(words[start : start + PLOT_WORDS]).lower(),
    )


class MadeDialogues:
    """Draws dialogues without end; the same seed gives the same ones."""

    def __init__(self, likes: Sequence[Sequence[int]], wishes: Wishes, seed: int) -> None:
        """likes: of each user, rows in order of time."""
        several = [tuple(rows) for rows in likes if len(rows) > FEWEST]
        self._drawn_from = [rows for rows in several for _ in range(max(1, len(rows) // SHARE_OF_LIKES))]
        self._wishes = wishes
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self._drawn_from)

    def draw(self) -> Example:
        """One dialogue and what came next."""
        rng = self._rng
        rows = self._drawn_from[int(rng.integers(len(self._drawn_from)))]
        near = min(len(rows), NEAR)
        start = int(rng.integers(len(rows) - near + 1))
        count = min(int(rng.integers(MOST_NAMED + 1)) + 1, near)
        picked = [rows[start + at] for at in sorted(rng.choice(near, count, replace=False))]
        wanted = picked[int(rng.integers(len(picked)))]
        named = [row for row in picked if row != wanted]
        tokens = [self._wish(wanted)] if rng.random() < FIRST_WISH else []
        for row in named:
            if rng.random() < BETWEEN:
                tokens.append(self._wish(wanted if rng.random() < OWN_BETWEEN else row))
            tokens.append(Token(NAMED_BY_SEEKER if rng.random() < 0.5 else NAMED_BY_RECOMMENDER, item=row))
        if rng.random() < LAST_WISH or not tokens:
            tokens.append(self._wish(wanted))
        return Example(tuple(tokens[-LENGTH:]), tuple(named), (wanted,))

    def _wish(self, row: int) -> Token:
        return Token(SAID_BY_SEEKER, said=int(self._rng.choice(self._wishes.by_item[row])))
