"""Who is simulated: the same for the same seed, at events that no weight was fitted on, with what came before them."""

from collections.abc import Callable

import numpy as np
import pytest

from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.people import TOLD, Drawn
from tools.catalog.load import InteractionTable
from tools.errors import UserInputError
from tools.ranking.choices import part_of

Draw = Callable[..., Drawn]


def test_the_same_seed_draws_the_same_people_and_another_others(draw: Draw) -> None:
    assert draw(seed=3) == draw(seed=3)
    assert [p.targets for p in draw(seed=3).people] != [p.targets for p in draw(seed=4).people]


@pytest.mark.parametrize("kind", ["target", "taste"])
def test_a_guest_wants_what_they_liked_last_and_knows_what_came_before(
    draw: Draw, visits: InteractionTable, kind: str
) -> None:
    people = draw(kind=kind).people
    assert people
    labels = np.unique(visits.users)
    for person in people:
        user = int(labels[int(person.user[1:])])
        assert part_of(user, 0) == "test"
        mine = visits.users == user
        times = dict(zip(visits.rows[mine].tolist(), visits.times[mine].tolist(), strict=True))
        liked = dict(zip(visits.rows[mine].tolist(), visits.liked[mine].tolist(), strict=True))
        first = min(times[t] for t in person.targets)
        assert all(liked[t] > 0 for t in person.targets)
        assert {m.row for m in person.history} == {row for row, at in times.items() if at < first}
        assert all(liked[m.row] == m.liked for m in person.history)
        assert len(person.told) <= TOLD
        assert len(person.targets) == 1 if kind == "target" else len(person.targets) > 1


def test_nobody_has_a_history_where_there_are_no_interactions(draw: Draw, knowledge: Knowledge) -> None:
    drawn = draw(guests=False)
    assert not drawn.held_out
    assert all(not p.history for p in drawn.people)
    assert len({p.targets for p in drawn.people}) == len(drawn.people)
    assert all(len(knowledge.item(p.targets[0]).facets) >= 4 for p in drawn.people)


def test_personas_take_turns_and_differ_in_patience(draw: Draw) -> None:
    people = draw(8, guests=False, patience=8).people
    assert [p.persona for p in people[:4]] == ["terse", "chatty", "moody", "changes_mind"]
    assert {p.persona: p.patience for p in people} == {
        "terse": 8,
        "chatty": 10,
        "moody": 6,
        "changes_mind": 8,
    }
    assert {p.persona for p in draw(6, guests=False, personas=("moody",)).people} == {"moody"}


def test_an_unknown_persona_is_told_in_one_sentence(draw: Draw) -> None:
    with pytest.raises(UserInputError, match=r"no persona 'shy'; there are: terse, chatty"):
        draw(personas=("shy",))
