"""One dialogue of a simulated person with palate, and what is measured of each turn.

Palate is given the history that it may know, as a log, and then messages; of what the person has in mind it is given
nothing. Its answers are read as every face reads them, and the ranking behind a slate from the turn's events.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.agent import Agent
from agent.answer import Answer
from agent.evaluation.scripted.wishes import violated
from agent.evaluation.simulation.acting import Act, Acting
from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.people import Met, Person
from agent.evaluation.simulation.phrases import Phrases
from agent.events import CandidatesRanked, Done
from memory.session import EventKind, add_event, begin_change
from tools.errors import ToolFailed

FEELING: dict[int, EventKind] = {1: "liked", 0: "seen", -1: "disliked"}
Reword = Callable[[Act, Acting], str]


@dataclass(frozen=True)
class Exchange:
    """One message and its answer. ranks: of the targets in the ranking, from 0; None where none was made, and a target that
    is not in it is absent. repeats: items shown that were turned down, or were shown before others were asked for."""

    act: Act
    sent: str
    answer: Answer
    ranks: tuple[int, ...] | None
    violations: tuple[str, ...] = ()
    repeats: int = 0
    elapsed_ms: float = 0.0


@dataclass(frozen=True)
class Held:
    """A whole dialogue. taken: the row of what the person took; None when they left. understood: whether palate noted what
    was taken."""

    person: Person
    exchanges: tuple[Exchange, ...]
    taken: int | None
    understood: bool = True
    farewell: Exchange | None = None

    @property
    def turns(self) -> int:
        """Messages until something was taken, or until they left."""
        return len(self.exchanges)


@dataclass
class _Watch:
    """What was shown and turned down so far."""

    shown: set[int] = field(default_factory=set)
    turned_down: set[int] = field(default_factory=set)

    def repeats(self, rows: Sequence[int], act: Act) -> int:
        """Of the items shown; a wish changed may bring back what was shown before, a request for others may not."""
        for claim in act.claims:
            if claim.kind in ("known", "unlike"):
                self.turned_down.add(claim.row)
        again = self.turned_down | (self.shown if act.kind == "more" else set())
        found = len(again & set(rows))
        self.shown |= set(rows)
        return found


def hold_dialogue(
    person: Person,
    knowledge: Knowledge,
    phrases: Phrases,
    common: frozenset[str],
    agent: Agent,
    session: str,
    reword: Reword | None = None,
    with_model: bool = False,
) -> Held:
    """The dialogue in a new session of that name.

    reword: gives another wording of an act that keeps its facts. with_model: palate may use its language model.
    Raises SecretTold when a message would name what the person has in mind.
    """
    tell_history(agent, session, [(knowledge.item(met.row).id, met) for met in person.told])
    acting = Acting(person, knowledge, phrases, common)
    watch = _Watch()
    exchanges: list[Exchange] = []
    act: Act | None = acting.opening()
    while act is not None:
        exchange = _exchange(act, acting, knowledge, agent, session, watch, reword, with_model)
        exchanges.append(exchange)
        taking = acting.accepts(exchange.answer)
        if taking is not None:
            rows = [knowledge.catalog.rows[item.id] for item in exchange.answer.slate]
            taken = next(row for row in rows if row in person.targets)
            last = _exchange(taking, acting, knowledge, agent, session, watch, reword, with_model)
            noted = agent.session(session)
            item_id = knowledge.item(taken).id
            understood = noted is not None and item_id in noted.items_with(["accepted"])
            return Held(person, tuple(exchanges), taken, understood, last)
        act = acting.responds(exchange.answer)
    return Held(person, tuple(exchanges), None)


def tell_history(agent: Agent, session: str, history: Sequence[tuple[str, Met]]) -> None:
    """Begins a session whose person has done this before, oldest first."""
    stored, loaded = agent.sessions.load(session)
    if not history:
        return
    loaded = begin_change(loaded, "profile", "")
    for at, (item_id, met) in enumerate(history):
        loaded = add_event(loaded, item_id, FEELING[met.liked], "log", float(at))
    agent.sessions.save(loaded, stored)


def _exchange(
    act: Act,
    acting: Acting,
    knowledge: Knowledge,
    agent: Agent,
    session: str,
    watch: _Watch,
    reword: Reword | None,
    with_model: bool,
) -> Exchange:
    sent = acting.secret.check(act.text if reword is None else reword(act, acting))
    ranking: tuple[int, ...] | None = None
    answer: Answer | None = None
    began = time.perf_counter()
    for event in agent.reply(session, sent, llm=with_model):
        if isinstance(event, CandidatesRanked):
            ranking = tuple(c.row for c in event.candidates)
        elif isinstance(event, Done):
            answer = event.answer
    elapsed = 1000 * (time.perf_counter() - began)
    if answer is None:
        raise ToolFailed("the turn ended without an answer")
    rows = [knowledge.catalog.rows[item.id] for item in answer.slate]
    targets = acting.person.targets
    ranks = None if ranking is None else tuple(n for n, row in enumerate(ranking) if row in targets)
    return Exchange(
        act, sent, answer, ranks, tuple(violated(answer, agent)), watch.repeats(rows, act), elapsed
    )
