"""What a turn costs (milliseconds, calls, tokens, by step and by role) and how good the order is that it pays for.

Turns are played over dialogues made of the catalogue's own words; the order is measured on the held-out choices of the
build, which are the same for every setting, so that settings are compared case by case.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from agent.agent import Agent
from agent.evaluation.turns import WARM_UP, dialogues
from agent.events import Done, ToolCalled, final_answer
from agent.llm import Budget, BudgetedModel, Usage
from agent.llm.reranking import moved
from agent.opening import new_session_id
from agent.trial.reranking import Held, judge
from tools.ranking.choices_file import RerankCase
from tools.ranking.measuring import ndcg_at_10, place_of

DAY_S = 86_400.0  # a choice is judged whole, however long that takes
HIT = 3
STEPS = ("retriever", "tuned re-ranker")
Tell = Callable[[str], object]


@dataclass(frozen=True)
class TurnCost:
    """One turn: which, of which dialogue, and what it took. tools: calls by tool; roles: usage of the language model."""

    id: str
    dialogue: str
    total_ms: float
    steps_ms: Mapping[str, float]
    tools: Mapping[str, int]
    roles: Mapping[str, Usage]

    @property
    def usage(self) -> Usage:
        return sum(self.roles.values(), Usage())


@dataclass(frozen=True)
class Order:
    """How good an order of candidates is, case by case: NDCG@10, and whether the taken item is among the first few."""

    ndcg: Mapping[str, float] = field(default_factory=dict)
    hit: Mapping[str, float] = field(default_factory=dict)
    user: Mapping[str, str] = field(default_factory=dict)
    cost: Usage = field(default_factory=Usage)  # of asking a language model for it

    @classmethod
    def of(cls, places: Mapping[str, int], users: Mapping[str, str], cost: Usage | None = None) -> "Order":
        """places: of the taken item, by case."""
        return cls(
            {case: ndcg_at_10(place) for case, place in places.items()},
            {case: float(place < HIT) for case, place in places.items()},
            {case: users[case] for case in places},
            cost or Usage(),
        )


@dataclass(frozen=True)
class Setting:
    """One setting of the language model, measured. status: how the model stands, in a sentence; here: whether it is
    what was asked for; model_order: what it makes of some choices, where it may re-rank at all."""

    name: str
    here: bool
    status: str
    model: str = ""
    turns: tuple[TurnCost, ...] = ()
    model_order: Order | None = None


def play_turns(agent: Agent, count: int, seed: int, tell: Tell) -> tuple[TurnCost, ...]:
    """So many turns of the seed's dialogues, after a few uncounted ones without a language model."""
    found: list[TurnCost] = []
    tell("warming up")
    _warm_up(agent, seed)
    for number, dialogue in enumerate(dialogues(agent.catalog, seed)):
        session = new_session_id()
        for place, message in enumerate(dialogue, 1):
            if len(found) == count:
                return tuple(found)
            found.append(_turn(agent, session, message, f"d{number}t{place}", f"d{number}"))
            tell(f"{len(found)} of {count} turns")
    raise RuntimeError("dialogues ended")


def _warm_up(agent: Agent, seed: int) -> None:
    """Says the first messages of other dialogues, without a language model."""
    said = (message for dialogue in dialogues(agent.catalog, seed + 1) for message in dialogue)
    session = new_session_id()
    for message in islice(said, WARM_UP):
        final_answer(agent.reply(session, message, llm=False))


def _turn(agent: Agent, session: str, message: str, name: str, dialogue: str) -> TurnCost:
    tools: dict[str, int] = {}
    for event in agent.reply(session, message):
        if isinstance(event, ToolCalled):
            tools[event.tool] = tools.get(event.tool, 0) + 1
        if isinstance(event, Done):
            answer = event.answer
    roles = {role: Usage(**told) for role, told in ((answer.llm or {}).get("by_role") or {}).items()}
    steps = {step: ms for step, ms in answer.timings_ms.items() if step != "total"}
    return TurnCost(name, dialogue, answer.timings_ms["total"], steps, tools, roles)


def keyless_orders(agent: Agent, cases: Mapping[str, RerankCase]) -> dict[str, Order]:
    """The order of the retriever, and of the tuned re-ranker, on held-out choices by id."""
    users = {case: str(one.user) for case, one in cases.items()}
    found = {}
    for step in STEPS:
        tuned = step != STEPS[0]
        places = {case: Held.of(one, agent.toolbox, tuned).taken for case, one in cases.items()}
        found[step] = Order.of(places, users)
    return found


def held_out_choices(agent: Agent, count: int, seed: int) -> dict[str, RerankCase]:
    """So many held-out choices of the users that nothing was fitted on, by id; none where the build has none."""
    kept = [(f"c{n}", case) for n, case in enumerate(agent.trial.choices()) if case.part == "test"]
    return dict(kept[n] for n in np.random.default_rng(seed).permutation(len(kept))[:count])


def order_with_model(agent: Agent, cases: Mapping[str, RerankCase], count: int, tell: Tell) -> Order | None:
    """The order after the model's part on the first `count` choices, as its roles have it; None where it has no part."""
    model, roles = agent.language_model.current(), agent.language_model.roles()
    fitted = roles.fitted
    if model is None or not roles.has("rerank") or fitted is None or fitted.weight <= 0 or not cases:
        return None
    some = dict(list(cases.items())[:count])
    held = [Held.of(case, agent.toolbox) for case in some.values()]
    asked = BudgetedModel(model, Budget(DAY_S), "rerank")
    places: dict[str, int] = {}
    judged = judge(held, fitted.strategy, asked, agent.toolbox, roles.shots)
    for case, one in zip(some, judged, strict=False):
        places[case] = place_of(moved(one.base, one.scores, fitted.weight), one.taken)
        tell(f"{len(places)} of {len(some)} choices")
    users = {case: str(one.user) for case, one in some.items()}
    return Order.of(places, users, asked.budget.spent)


def measure_setting(
    agent: Agent, name: str, turns: int, cases: Mapping[str, RerankCase], judged: int, seed: int, tell: Tell
) -> Setting:
    """One setting, played and judged. judged: choices that the language model is asked about, at most."""
    status = agent.llm_status()
    here = name == "none" or agent.language_model.current() is not None
    if not here:
        return Setting(name, False, status.sentence)
    played = play_turns(agent, turns, seed, tell)
    order = order_with_model(agent, cases, judged, tell)
    return Setting(name, True, status.sentence, agent.language_model.roles().model, played, order)
