"""`simulate` as a section of a report: holds the dialogues of all people, with all parts and with parts left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from math import ceil
from typing import Any

from agent.agent import Agent
from agent.evaluation.report.contents import Section, Step, Trace
from agent.evaluation.simulation.dialogue import Exchange, Held, hold_dialogue
from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.measuring import (
    ablation_table,
    figures,
    persona_table,
    plots,
    said_table,
    succeeded_by,
)
from agent.evaluation.simulation.people import Drawn, Person
from agent.evaluation.simulation.phrases import Phrases
from agent.evaluation.simulation.rewording import Rewording
from agent.replies.describing import describe_wish, fact_text
from agent.retrieval.switches import ALL_ON, Switches

WORST = 8  # dialogues shown whole
TEXT = (
    "Each person has something in mind that palate is never told, says what it is like, criticises what is shown, and takes "
    "it or leaves. A turn is one message. Recall and NDCG are of the whole ranking behind the last slate; a dialogue that "
    "ended keeps its last one. “turns” counts those who left as one more than the most patient. Violations are items shown "
    "against a hard wish as palate noted it; repeats are items shown again after they were turned down or others asked for."
)


def simulate(
    agent: Agent,
    drawn: Drawn,
    phrases: Phrases,
    runs: Sequence[Switches] = (ALL_ON,),
    rewording: Rewording | None = None,
    with_model: bool = False,
    setup: Mapping[str, Any] | None = None,
    seed: int = 0,
    tell: Callable[[str], object] = lambda _: None,
) -> Section:
    """The section. runs: which parts are on, each with the same people; figures, plots and traces are of the first.

    with_model: palate may use its language model. rewording: says what people say in a model's words.
    """
    knowledge = Knowledge(agent.toolbox)
    agents = {switches.name: agent.switched(switches) for switches in runs}
    held = hold_all(drawn.people, knowledge, phrases, agents, rewording, with_model, tell)
    first = held[runs[0].name]
    table, differences = ablation_table(held, seed) if len(runs) > 1 else (None, ())
    said = dict(setup or {}) | {
        "people": len(drawn.people),
        "people there are": drawn.available,
        "passed over, title of common words": drawn.unkeepable,
        "targets": "held-out events of users"
        if drawn.held_out
        else "items drawn at random, without a history",
        "personas": sorted({p.persona for p in drawn.people}),
        "parts": [switches.name for switches in runs],
        "seed": seed,
    }
    if rewording is not None:
        said["reworded"] = asdict(rewording.counts)
    return Section(
        "simulate",
        "Simulated people",
        TEXT,
        setup=said,
        figures=(*figures(first, seed), *differences),
        tables=(persona_table(first), *((table,) if table else ()), said_table(first)),
        plots=plots(first, seed),
        traces=worst(first, knowledge),
        timings=_turn_times(held),
    )


def hold_all(
    people: Sequence[Person],
    knowledge: Knowledge,
    phrases: Phrases,
    agents: Mapping[str, Agent],
    rewording: Rewording | None = None,
    with_model: bool = False,
    tell: Callable[[str], object] = lambda _: None,
) -> dict[str, list[Held]]:
    """The dialogues of every person with every agent, each in a session of its own. One person after the other: what the
    agents embed of one's words they need only once."""
    common = phrases.vocabulary() | knowledge.vocabulary()
    held: dict[str, list[Held]] = {name: [] for name in agents}
    for n, person in enumerate(people, 1):
        for number, (name, agent) in enumerate(agents.items()):
            tell(f"Talking with person {n} of {len(people)}, {name}…")
            session = f"simulated-{number}-{person.id}"
            one = hold_dialogue(person, knowledge, phrases, common, agent, session, rewording, with_model)
            held[name].append(one)
    return held


def worst(held: Sequence[Held], knowledge: Knowledge, most: int = WORST) -> tuple[Trace, ...]:
    """The dialogues of people who left, the longest first; those that took longest where too few left."""
    ordered = sorted(held, key=lambda h: (h.taken is not None, -h.turns, h.person.id))
    return tuple(_trace(h, knowledge) for h in ordered[:most] if not succeeded_by(h, 1))


def _trace(held: Held, knowledge: Knowledge) -> Trace:
    person = held.person
    came = "took it" if held.taken is not None else "left"
    wanted = "; ".join(_told(row, knowledge) for row in person.targets)
    why = f"{person.persona}, {came} after {held.turns} turns; had in mind: {wanted}"
    shown = [*held.exchanges, *([held.farewell] if held.farewell else [])]
    return Trace(person.id, why, tuple(step for e in shown for step in _steps(e, person, knowledge)))


def _told(row: int, knowledge: Knowledge) -> str:
    item = knowledge.item(row)
    facts = ", ".join(
        fact_text(item, name, knowledge.catalog) for name in item.facets if name in knowledge.spec.facets
    )
    return f"{item.title} ({facts})"


def _steps(exchange: Exchange, person: Person, knowledge: Knowledge) -> tuple[Step, Step]:
    answer, catalog = exchange.answer, knowledge.catalog
    wrong = [f"{c.said} ({c.wrong})" for c in exchange.act.claims if c.wrong]
    titles = [f"{i.title} ←" if catalog.rows[i.id] in person.targets else i.title for i in answer.slate]
    details: dict[str, Any] = {
        "slate": titles,
        "wishes": [describe_wish(w, catalog) for w in answer.preferences],
        "notices": [n.text for n in answer.notices],
        "place in the ranking": [rank + 1 for rank in exchange.ranks or ()],
        "violations": list(exchange.violations),
    }
    return (
        Step("person", exchange.sent, {"act": exchange.act.kind, **({"not true": wrong} if wrong else {})}),
        Step("palate", answer.said, {name: told for name, told in details.items() if told}),
    )


def _turn_times(held: Mapping[str, Sequence[Held]]) -> dict[str, float]:
    """Seconds that palate took for all turns of a run, and milliseconds a turn of the first."""
    by_run = {name: sorted(e.elapsed_ms for h in some for e in h.exchanges) for name, some in held.items()}
    told = {f"turns {name}, s": round(sum(times) / 1000, 2) for name, times in by_run.items()}
    times = next(iter(by_run.values()))
    if times:
        told |= {f"turn p{q}, ms": round(times[max(ceil(q / 100 * len(times)) - 1, 0)], 2) for q in (50, 95)}
    return told
