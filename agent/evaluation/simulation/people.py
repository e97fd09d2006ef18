"""Who is simulated: what they have in mind, what they did before, and how they are.

Where a catalogue has interactions, a person is a user, at one of the last events that a build holds out for measuring
(`leave_one_out`, see tools/ranking/choices.py): what they have in mind is something they really took and liked then, and
they are one of the users that neither fusion nor tuned re-ranker were fitted on. Elsewhere it is any item that much is
told of, and nobody has a history.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from agent.evaluation.simulation.claims import shared_values
from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.phrases import Phrases
from agent.evaluation.simulation.secrets import Secret
from tools.catalog.load import InteractionTable
from tools.errors import UserInputError
from tools.ranking.choices import part_of
from tools.sequence.build import VALIDATION_EVENTS
from tools.sequence.interactions import interactions_from_columns, leave_one_out

Kind = Literal["target", "taste"]
KINDS: tuple[Kind, ...] = ("target", "taste")
TOLD = 30  # of the last events, that palate knows of
FEWEST_FACETS = 4  # that the catalogue must know of an item for someone to have it in mind
FEWEST_OF_TASTE = 2


@dataclass(frozen=True)
class Met:
    """An item of a person's history. liked: 1, -1 disliked, 0 neither."""

    row: int
    liked: int


@dataclass(frozen=True)
class Person:
    """One simulated person. `targets`: what they would take, the one they think of first. `history`: all they did before,
    oldest first, the last TOLD of which palate knows. `user`: whose persons belong together."""

    id: str
    user: str
    kind: Kind
    persona: str
    targets: tuple[int, ...]
    history: tuple[Met, ...]
    patience: int
    noise: float
    seed: str

    @property
    def told(self) -> tuple[Met, ...]:
        """What palate knows of the history."""
        return self.history[-TOLD:]


@dataclass(frozen=True)
class Drawn:
    """The people, and how many were passed over since their title cannot be kept out of any sentence."""

    people: tuple[Person, ...]
    available: int
    unkeepable: int
    held_out: bool  # whether they are users at held-out events


@dataclass(frozen=True)
class _Moment:
    user: str
    history: tuple[Met, ...]
    targets: tuple[int, ...]


def draw_people(
    knowledge: Knowledge,
    table: InteractionTable | None,
    phrases: Phrases,
    count: int,
    kind: Kind = "target",
    personas: Sequence[str] = (),
    patience: int = 8,
    noise: float = 0.1,
    seed: int = 0,
    build_seed: int = 0,
) -> Drawn:
    """People in random order, personas in turn; the same ones for the same seed.

    table: the catalogue's interactions; None where there are none. build_seed: of the build, which decided what users
    weights were fitted on. Raises UserInputError for unknown personas, and where nobody can be drawn.
    """
    names = tuple(personas) or tuple(phrases.personas)
    for name in names:
        if name not in phrases.personas:
            raise UserInputError(f"no persona {name!r}; there are: {', '.join(phrases.personas)}")
    held_out = table is not None and len(table) > 0
    moments = _moments(knowledge, table, kind, build_seed) if held_out and table is not None else []
    if not held_out:
        moments = _anything(knowledge, kind, seed)
    common = phrases.vocabulary() | knowledge.vocabulary()
    keepable = [m for m in moments if Secret((knowledge.item(t) for t in m.targets), common).can_be_kept]
    if not keepable:
        raise UserInputError("nobody can be simulated: no held-out liked item that enough is known of")
    random.Random(f"people {seed}").shuffle(keepable)
    people = []
    for n, moment in enumerate(keepable[:count]):
        persona = names[n % len(names)]
        one = f"{kind[:2]}{n:04d}"
        most = max(2, round(patience * phrases.personas[persona].patience))
        people.append(
            Person(
                one, moment.user, kind, persona, moment.targets, moment.history, most, noise, f"{seed} {one}"
            )
        )
    return Drawn(tuple(people), len(keepable), len(moments) - len(keepable), held_out)


def _moments(knowledge: Knowledge, table: InteractionTable, kind: Kind, build_seed: int) -> list[_Moment]:
    """The held-out events of users to measure on, liked and told enough of; of a taste all of a user's together."""
    catalog = knowledge.catalog
    interactions = interactions_from_columns(table.users, table.rows, table.times, len(catalog))
    sequences = interactions.sequences()
    labels = np.unique(table.users)
    order = np.lexsort((table.times, table.users))
    liked: dict[tuple[int, int], int] = {}
    for at in order.tolist():  # what was said first of an item
        liked.setdefault((int(table.users[at]), int(table.rows[at])), int(table.liked[at]))
    split = leave_one_out(interactions, VALIDATION_EVENTS)
    ends: dict[int, list[int]] = {}
    for cases in (split.validation, split.test):
        for user, end in zip(cases.users.tolist(), cases.ends.tolist(), strict=True):
            ends.setdefault(user, []).append(end)
    moments: list[_Moment] = []
    for user in sorted(ends):
        label, start = int(labels[user]), int(sequences.offsets[user])
        if part_of(label, build_seed) != "test":
            continue
        taken = [(end, int(sequences.items[end])) for end in sorted(ends[user])]
        wanted = [(e, row) for e, row in taken if liked[label, row] > 0 and _told_enough(knowledge, row)]
        groups = (
            [[w] for w in wanted] if kind == "target" else [wanted] if len(wanted) >= FEWEST_OF_TASTE else []
        )
        for group in groups:
            before = sequences.items[start : group[0][0]].tolist()
            history = tuple(Met(row, liked[label, row]) for row in before)
            moments.append(_Moment(f"u{user}", history, _best_first(knowledge, [row for _, row in group])))
    return moments


def _anything(knowledge: Knowledge, kind: Kind, seed: int) -> list[_Moment]:
    """Any item that enough is told of; for a taste with the two that it has most in common with."""
    rows = [row for row in range(len(knowledge.catalog)) if _told_enough(knowledge, row)]
    random.Random(f"anything {seed}").shuffle(rows)
    if kind == "target":
        return [_Moment(f"i{n}", (), (row,)) for n, row in enumerate(rows)]
    moments = []
    for n, row in enumerate(rows):
        item = knowledge.item(row)
        near = sorted(
            (-shared_values(item, knowledge.item(other), knowledge.themes), other)
            for other in rows
            if other != row
        )
        alike = [other for shared, other in near[:FEWEST_OF_TASTE] if shared < 0]
        if alike:
            moments.append(_Moment(f"i{n}", (), (row, *alike)))
    return moments


def _told_enough(knowledge: Knowledge, row: int) -> bool:
    return len(knowledge.item(row).facets) >= FEWEST_FACETS


def _best_first(knowledge: Knowledge, rows: Sequence[int]) -> tuple[int, ...]:
    """The one that has most in common with the others first: a person speaks of what their taste has in common."""
    shared = {
        row: sum(
            shared_values(knowledge.item(row), knowledge.item(o), knowledge.themes) for o in rows if o != row
        )
        for row in rows
    }
    return tuple(sorted(rows, key=lambda row: -shared[row]))
