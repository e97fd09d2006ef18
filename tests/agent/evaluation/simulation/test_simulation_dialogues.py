"""Whole dialogues with the real agent: nothing leaks by any way, the same seed gives the same report, what is measured."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from agent.agent import Agent
from agent.answer import Answer
from agent.evaluation.report.contents import Report, Section
from agent.evaluation.simulation.acting import Act
from agent.evaluation.simulation.dialogue import Exchange, Held
from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.measuring import figures, ndcg_at, recall_at, succeeded_by
from agent.evaluation.simulation.people import Drawn, Met, Person
from agent.evaluation.simulation.phrases import Phrases
from agent.evaluation.simulation.section import hold_all, simulate
from agent.events import TurnEvent
from agent.retrieval.switches import ABLATIONS, ALL_ON

Draw = Callable[..., Drawn]


class Watched:
    """The agent, and all that it is given: `given` holds every argument as text, by session."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.sessions = self
        self.given: dict[str, list[str]] = {}

    def load(self, session_id: str) -> Any:
        self.given[session_id] = []
        return self._agent.sessions.load(session_id)

    def save(self, session: Any, stored: Any) -> None:
        self.given[session.id] += [repr(session.events), repr(session.preferences), session.user, session.id]
        self._agent.sessions.save(session, stored)

    def reply(self, session_id: str, message: str, **more: Any) -> Iterator[TurnEvent]:
        self.given[session_id] += [message, *(repr(value) for value in more.values())]
        yield from self._agent.reply(session_id, message, **more)

    def session(self, session_id: str) -> Any:  # what the measurement reads of it
        return self._agent.session(session_id)

    @property
    def catalog(self) -> Any:
        return self._agent.catalog


def plain(text: str) -> str:
    return f" {re.sub(r'[^a-z0-9]+', ' ', text.lower())} "


@pytest.mark.parametrize("kind", ["target", "taste"])
@pytest.mark.parametrize("guests", [True, False])
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_agent_is_never_given_what_a_person_has_in_mind(
    kind: str, guests: bool, noise: float, draw: Draw, opened: Any, knowledge: Knowledge, phrases: Phrases
) -> None:
    people = draw(24, guests=guests, kind=kind, noise=noise, seed=5).people
    assert people
    watched: Any = Watched(opened())
    for one in hold_all(people, knowledge, phrases, {"watched": watched})["watched"]:
        given = watched.given[f"simulated-0-{one.person.id}"]
        assert len(given) >= len(one.exchanges)
        for item in (knowledge.item(row) for row in one.person.targets):
            for text in given:
                for name in (item.title, *item.other_names, item.id):
                    assert plain(name) not in plain(text), (item.title, text)


def report_of(agent: Agent, drawn: Drawn, phrases: Phrases, **given: Any) -> Section:
    return simulate(agent, drawn, phrases, **given)


def test_the_same_seed_gives_the_same_report_bit_for_bit(draw: Draw, opened: Any, phrases: Phrases) -> None:
    def digest(seed: int) -> str:
        section = report_of(opened(), draw(12, guests=False, seed=seed), phrases, seed=seed)
        return Report((section,)).digest()

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)


def test_the_section_holds_the_same_people_with_every_part_left_out(
    draw: Draw, opened: Any, phrases: Phrases
) -> None:
    drawn = draw(6, guests=False, seed=2)
    section = report_of(opened(), drawn, phrases, runs=(ALL_ON, *ABLATIONS), seed=2)
    by_name = {f.name: f for f in section.figures}
    assert by_name["success@5"].count == len(drawn.people)
    assert set(by_name["success@5"].cases) == {p.id for p in drawn.people}
    table = next(t for t in section.tables if t.title.startswith("Parts left out"))
    assert [row[0] for row in table.rows] == [
        "all parts", "without sequence", "without keywords", "without vectors", "without rerank", "without ask", "history only",
    ]  # fmt: skip
    assert by_name["success@5, history only less all parts"].mean <= 0
    assert by_name["violations"].mean == 0
    json.dumps(Report((section,)).to_json())


def test_the_worst_dialogues_are_whole_and_say_what_was_wanted(
    draw: Draw, opened: Any, phrases: Phrases, knowledge: Knowledge
) -> None:
    drawn = draw(12, guests=False, seed=3, patience=2)
    section = report_of(opened(), drawn, phrases, seed=3)
    people = {p.id: p for p in drawn.people}
    assert section.traces
    for trace in section.traces:
        assert knowledge.item(people[trace.id].targets[0]).title in trace.why
        assert [s.who for s in trace.steps[:2]] == ["person", "palate"]
    left = ["left" in trace.why for trace in section.traces]
    assert left == sorted(left, reverse=True)


def _held(ranks: list[tuple[int, ...] | None], taken: bool, targets: int = 1) -> Held:
    person = Person("p", "u", "target", "terse", tuple(range(targets)), (Met(9, 1),), 4, 0.0, "s")
    answer = Answer("s", 1, "recommend", (), (), "", (), {})
    exchanges = tuple(Exchange(Act("open", "x"), "x", answer, r) for r in ranks)
    return Held(person, exchanges, 0 if taken else None)


def test_what_is_measured_of_a_dialogue() -> None:
    one = _held([(30,), None, (0,)], taken=True)
    assert [succeeded_by(one, t) for t in (1, 2, 3, 9)] == [False, False, True, True]
    assert [recall_at(one, 10, t) for t in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert [recall_at(one, 50, t) for t in (1, 2, 3)] == [1, 1, 1]
    assert [ndcg_at(one, t) for t in (1, 3, 8)] == [0, 1, 1]
    two = _held([(0, 4), (), None], taken=False, targets=2)
    assert recall_at(two, 1, 1) == 0.5
    assert ndcg_at(two, 1) == pytest.approx((1 + 1 / 2.584962500721156) / (1 + 1 / 1.584962500721156))
    assert recall_at(two, 50, 3) == 0
    told = {f.name: f for f in figures([one, replace(two, person=replace(two.person, id="q"))])}
    assert (told["turns to success"].mean, told["turns to success"].count) == (3, 1)
    assert told["turns"].mean == (3 + 5) / 2
    assert told["abandonment"].mean == 0.5
