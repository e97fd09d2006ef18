"""Held-out choices: what users really took next, told as a person in a dialogue would tell it.

A choice is one of the last events of a user that the evaluation model has not seen. The person has done some of the
things they did before it, and wishes for one or two themes of the item, half of the time in a category of its: a keyword
the catalogue gives it, another one of like meaning, or words of its text, since people seldom say a catalogue's very
words.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog, Item
from tools.catalog.load import InteractionTable
from tools.ranking.choices_file import Kind, Part
from tools.sequence.build import VALIDATION_EVENTS
from tools.sequence.interactions import Sequences, interactions_from_columns, leave_one_out
from tools.text.graph import KeywordGraph
from tools.text.keywords import KeywordIndex

HISTORIES = (1, 2, 3, 5, 10, 30)  # events a person in a dialogue has told or done before
MOST_SEEDS = 3
MOST_PHRASES = 2
NEAR_KEYWORD = 0.6  # least cosine of a keyword of like meaning,
NEAREST = 5  # which is one of so many nearest
TEST_SHARE = 3  # every third user, by a hash


@dataclass(frozen=True)
class Choice:
    """One held-out item and what the person says before it. Items are rows of the catalogue, oldest first."""

    user: int  # as the interactions number them
    part: Part
    before: tuple[int, ...]  # everything the user did before; none of it may be proposed
    history: tuple[int, ...]  # what is known of that: the last few, nothing disliked
    seeds: tuple[int, ...]  # liked items, of the last few
    target: int
    phrases: tuple[str, ...]
    kinds: tuple[Kind, ...]  # of each phrase
    category: tuple[str, str] | None  # facet and value that the item must have


def draw_choices(
    catalog: Catalog,
    table: InteractionTable,
    keywords: KeywordIndex,
    graph: KeywordGraph,
    seed: int,
    histories: Sequence[int] = HISTORIES,
    validation_events: int = VALIDATION_EVENTS,
) -> list[Choice]:
    """Every held-out event that was not disliked as a choice, in random order; the same ones for the same seed.

    The events are those that `leave_one_out` keeps from the evaluation model. histories: lengths to draw from.
    validation_events: of a user, at most, beside the last.
    """
    interactions = interactions_from_columns(table.users, table.rows, table.times, len(catalog))
    if not len(interactions):
        return []
    sequences = interactions.sequences()
    labels = np.unique(table.users)
    liked = _feelings(table, sequences, labels, len(catalog))
    split = leave_one_out(interactions, validation_events)
    wishes = WishDrawer(catalog, keywords, graph)
    choices: list[Choice] = []
    for cases in (split.validation, split.test):
        for user, end in zip(cases.users.tolist(), cases.ends.tolist(), strict=True):
            rng = np.random.default_rng((seed, user, end))
            start = int(sequences.offsets[user])
            before, feelings, target = sequences.items[start:end], liked[start:end], int(sequences.items[end])
            pool = before[feelings > 0] if (feelings > 0).sum() >= MOST_SEEDS else before[feelings >= 0]
            if liked[end] < 0 or not len(pool):
                continue
            phrases, kinds, category = wishes.draw(target, rng)
            choices.append(
                Choice(
                    user=int(labels[user]),
                    part=part_of(int(labels[user]), seed),
                    before=tuple(before.tolist()),
                    history=tuple(before[feelings >= 0][-int(rng.choice(histories)) :].tolist()),
                    seeds=tuple(pool[-int(rng.integers(1, MOST_SEEDS + 1)) :].tolist()),
                    target=target,
                    phrases=phrases,
                    kinds=kinds,
                    category=category,
                )
            )
    order = np.random.default_rng(seed).permutation(len(choices))
    return [choices[n] for n in order]


def part_of(user: int, seed: int) -> Part:
    """Whether weights are fitted on a user's choices or measured on them: a third of the users is for measuring."""
    digest = hashlib.sha256(f"{seed}:{user}".encode()).digest()
    return "test" if int.from_bytes(digest[:8]) % TEST_SHARE == 0 else "fit"


def _feelings(
    table: InteractionTable, sequences: Sequences, labels: NDArray[np.int32], items: int
) -> NDArray[np.int8]:
    """Liked, disliked or neither, of every event of the sequences: what was said first of an item. (events,)"""
    order = np.lexsort((table.times, table.users))
    users = np.searchsorted(labels, table.users[order]).astype(np.int64)
    pairs, first = np.unique(users * items + table.rows[order], return_index=True)
    asked = sequences.owners().astype(np.int64) * items + sequences.items
    return np.asarray(table.liked[order][first[np.searchsorted(pairs, asked)]], np.int8)


class WishDrawer:
    """Draws what a person would say of an item they have in mind."""

    def __init__(self, catalog: Catalog, keywords: KeywordIndex, graph: KeywordGraph) -> None:
        self.catalog = catalog
        self.keywords = keywords
        self.graph = graph
        self._place = {keyword: n for n, keyword in enumerate(keywords.keywords)}
        self._categories = [
            name
            for name, facet in catalog.spec.facets.items()
            if facet.kind == "categorical" and facet.role == "" and facet.many
        ]

    def draw(
        self, row: int, rng: np.random.Generator
    ) -> tuple[tuple[str, ...], tuple[Kind, ...], tuple[str, str] | None]:
        """(phrases, the kind of each, a category or None); all empty where nothing is known of the item."""
        item = self.catalog.items[row]
        own = [value for facet in self.keywords.facets for value in item.values(facet)]
        told = self.told(row)
        said: dict[str, Kind] = {}
        for _ in range(int(rng.integers(1, MOST_PHRASES + 1))):
            kinds: list[Kind] = [*(("own", "near") if own else ()), *(("text",) if told else ())]
            if not kinds:
                break
            kind = kinds[int(rng.integers(len(kinds)))]
            phrase = one_of(told, rng) if kind == "text" else own[int(rng.integers(len(own)))]
            if kind == "near":
                phrase, kind = self.near(phrase, own, rng)
            said.setdefault(phrase, kind)
        category = self._category(item, rng) if not said or rng.random() < 0.5 else None
        return tuple(said), tuple(said.values()), category

    def told(self, row: int) -> dict[str, float]:
        """The graph's phrases of an item that are no keyword, with their weights; only those of two words, where there
        are any."""
        told = {p: w for p, w in self.graph.phrases_of(row).items() if p not in self._place}
        return {p: w for p, w in told.items() if " " in p} or told

    def near(self, keyword: str, own: list[str], rng: np.random.Generator) -> tuple[str, Kind]:
        """Another keyword of like meaning that the item does not have, when there is one."""
        cosines = self.keywords.vectors @ self.keywords.vectors[self._place[keyword]]
        count = min(NEAREST + len(own), len(cosines))
        nearest = np.argpartition(-cosines, count - 1)[:count]
        nearest = nearest[np.lexsort((nearest, -cosines[nearest]))]
        near = [n for n in nearest if cosines[n] >= NEAR_KEYWORD and self.keywords.keywords[n] not in own]
        return (self.keywords.keywords[int(rng.choice(near[:NEAREST]))], "near") if near else (keyword, "own")

    def _category(self, item: Item, rng: np.random.Generator) -> tuple[str, str] | None:
        facets = [name for name in self._categories if item.values(name)]
        if not facets:
            return None
        facet = facets[int(rng.integers(len(facets)))]
        return facet, str(rng.choice(item.values(facet)))


def one_of(weights: dict[str, float], rng: np.random.Generator) -> str:
    """One of these, the weightier likelier: "hitman" tells more of a film than "young"."""
    shares = np.array(list(weights.values()), np.float64)
    return list(weights)[int(rng.choice(len(weights), p=shares / shares.sum()))]
