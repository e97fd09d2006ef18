"""Mender's five protocols as questions: what is told of a history and of wishes, and which item must come, or must not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from agent.evaluation.steering.held_out import HeldOut
from agent.evaluation.steering.recommenders import Asked
from agent.evaluation.steering.wishes import Instruction, Teller, nearest
from tools.catalog import Catalog
from tools.text.store import item_text
from tools.toolbox import Toolbox

ORACLE, HONEST = "next item, oracle", "next item, honest"
FINE, COARSE = "fine steering", "coarse steering"
SENTIMENT, SENTIMENT_ALONE = "sentiment", "sentiment, no history"
CONSOLIDATION = "consolidation"
NEVER = 1e3  # cost of a pair that may not be
AXES = (ORACLE, HONEST, FINE, COARSE, SENTIMENT, SENTIMENT_ALONE, CONSOLIDATION)


@dataclass(frozen=True)
class Question:
    """One case of an axis. target: the row that must come; unwanted: asked so, it must not (sentiment alone has it)."""

    axis: str
    id: str
    user: str  # whose history it is; drawn whole in a bootstrap
    asked: Asked
    target: int
    unwanted: Asked | None = None


@dataclass(frozen=True)
class Told:
    """A held-out event with what is said of its history and of its item."""

    event: HeldOut
    tastes: tuple[Instruction, ...]
    oracle: Instruction  # the taste nearest to the item that comes next
    honest: Instruction  # the taste nearest to the history
    wish: Instruction  # for the item


def tell(events: Sequence[HeldOut], count: int, teller: Teller, toolbox: Toolbox, seed: int) -> list[Told]:
    """The first `count` of the events of which there is something to say."""
    found: list[tuple[HeldOut, tuple[Instruction, ...], Instruction]] = []
    for event in events:
        if len(found) == count:
            break
        rng = np.random.default_rng((seed, int(event.user), event.target))
        wish = teller.wish(event.target, rng) if teller.tells(event.target) else None
        tastes = teller.tastes(event.liked, event.disliked)
        if wish is not None and tastes:
            found.append((event, tastes, wish))
    return [
        Told(event, tastes, tastes[oracle], tastes[honest], wish)
        for (event, tastes, wish), (oracle, honest) in zip(found, _matched(found, toolbox), strict=True)
    ]


def _matched(
    found: Sequence[tuple[HeldOut, tuple[Instruction, ...], Instruction]], toolbox: Toolbox
) -> Iterator[tuple[int, int]]:
    """Of each event's tastes the one nearest to title and text of the item that comes next, and the one nearest to the
    texts of the history, which knows nothing of that item."""
    catalog = toolbox.catalog
    texts = [taste.text for _, tastes, _ in found for taste in tastes]
    texts += [titled(event.target, catalog) for event, _, _ in found]
    distinct = list(dict.fromkeys(texts))
    vector = dict(zip(distinct, toolbox.embedder.encode(distinct), strict=True))
    for event, tastes, _ in found:
        vectors = np.stack([vector[taste.text] for taste in tastes])
        centre = toolbox.vectors(event.history).mean(axis=0)
        yield nearest(vectors, vector[titled(event.target, catalog)]), nearest(vectors, centre)


def titled(row: int, catalog: Catalog) -> str:
    """Title and text of an item, which only the oracle reads."""
    item = catalog.items[row]
    return f"{item.title}. {item_text(item, catalog)}"


def questions(told: Sequence[Told], toolbox: Toolbox) -> Iterator[Question]:
    """All questions of all axes."""
    for axis, attribute in ((ORACLE, "oracle"), (HONEST, "honest")):
        for one in told:
            yield _of_history(axis, one, (getattr(one, attribute),))
    for axis, alike in ((FINE, True), (COARSE, False)):
        yield from _steering(axis, told, _pairs(told, toolbox, alike))
    for one in told:
        for axis, history in ((SENTIMENT, one.event.history), (SENTIMENT_ALONE, ())):
            wanted, unwanted = (
                Asked(history, one.event.before, (i,)) for i in (one.wish, one.wish.refused())
            )
            yield Question(axis, one.event.id, one.event.user, wanted, one.event.target, unwanted)
    for one in told:
        yield _of_history(CONSOLIDATION, one, one.tastes)


def _of_history(axis: str, one: Told, instructions: tuple[Instruction, ...]) -> Question:
    event = one.event
    asked = Asked(event.history, event.before, instructions)
    return Question(axis, event.id, event.user, asked, event.target)


def _steering(axis: str, told: Sequence[Told], pairs: Sequence[tuple[int, int]]) -> Iterator[Question]:
    """The words want item i, the history led to item j; and the other way round."""
    for words, history in dict.fromkeys(p for pair in pairs for p in (pair, pair[::-1])):
        one, other = told[words], told[history]
        yield Question(
            axis,
            f"{one.event.id}<{other.event.id}",
            other.event.user,
            Asked(other.event.history, other.event.before, (one.wish,)),
            one.event.target,
        )


def _pairs(told: Sequence[Told], toolbox: Toolbox, alike: bool) -> list[tuple[int, int]]:
    """Every event with another user's, so that the items of the pairs are in all as similar by text as can be, or as unlike;
    neither user knows the other's item. Each event is chosen once: were all free to choose, a few items
    that nothing resembles would be asked for over and over (one of them in 5 % of all cases)."""
    if not told:
        return []
    targets = np.array([one.event.target for one in told])
    rows = sorted(set(targets.tolist()))
    vectors = toolbox.vectors(rows)[np.searchsorted(rows, targets)]
    cosines = np.asarray(vectors @ vectors.T, np.float64)
    cost = np.where(_may_swap(told, targets, len(toolbox.catalog)), -cosines if alike else cosines, NEVER)
    found = zip(*linear_sum_assignment(cost), strict=True)
    return [(int(a), int(b)) for a, b in found if cost[a, b] < NEVER]


def _may_swap(told: Sequence[Told], targets: NDArray[np.int64], items: int) -> NDArray[np.bool_]:
    """Whether two events are of different users and items, and neither user knows the other's item. (events, events)"""
    knows = np.zeros((len(told), items), bool)
    for at, one in enumerate(told):
        knows[at, list(one.event.before)] = True
    users = np.array([one.event.user for one in told])
    known = knows[:, targets]  # whether the one knows the other's item
    apart = (users[:, None] != users) & (targets[:, None] != targets)
    return np.asarray(apart & ~known & ~known.T)
