"""Parts switched off: each keeps out of what is proposed and scored, and leaves all else as it was."""

from collections.abc import Callable
from dataclasses import fields
from itertools import count
from typing import Any

import pytest

from agent.agent import Agent
from agent.answer import Answer, Question
from agent.events import CandidatesRanked, Done, TurnEvent
from agent.retrieval.switches import ABLATIONS, ALL_ON, Switches
from tools.errors import UserInputError

MESSAGES = (
    "I loved Trattoria Luna. Something similar with live music",
    "no Italian places please",
    "under 60 euros, ideally in Porto",
    "show me more",
    "why the first one?",
    "something like the second one but cheaper",
)
BY_WORDS = {"search_items", "keyword_items", "wished_items", "similar_items", "toward_items"}
_numbers = count()


@pytest.fixture(scope="module")
def agent(opened: Callable[..., Agent]) -> Agent:
    return opened()


def talked(agent: Agent) -> list[list[TurnEvent]]:
    session = f"switches-{next(_numbers)}"
    return [list(agent.reply(session, message)) for message in MESSAGES]


def without_clock(turns: list[list[TurnEvent]]) -> list[Any]:
    """All that a dialogue showed but for its session's name and what a clock says."""
    told: list[Any] = []
    for events in turns:
        done = events[-1]
        assert isinstance(done, Done)
        answer = done.answer.to_json()
        ranked = [e.candidates for e in events if isinstance(e, CandidatesRanked)]
        told.append((ranked, {k: v for k, v in answer.items() if k not in ("session", "timings_ms")}))
    return told


def tools_of(turns: list[list[TurnEvent]]) -> set[str]:
    return {e.tool for events in turns for e in events if hasattr(e, "tool")}


def sources_of(turns: list[list[TurnEvent]]) -> set[str]:
    ranked = [e for events in turns for e in events if isinstance(e, CandidatesRanked)]
    return {name for e in ranked for c in e.candidates for name in c.says}


def answers_of(turns: list[list[TurnEvent]]) -> list[Answer]:
    return [events[-1].answer for events in turns if isinstance(events[-1], Done)]


def test_with_all_parts_on_nothing_is_other_than_without_switches(agent: Agent) -> None:
    assert agent.switches == ALL_ON
    assert without_clock(talked(agent)) == without_clock(talked(agent.switched(Switches())))


@pytest.mark.parametrize(
    ("part", "tools", "sources"),
    [
        ("sequence", set(), {"sequence"}),
        ("keywords", {"keyword_items"}, {"keywords", "graph", "graph_text"}),
        ("vectors", {"search_items", "toward_items"}, {"text", "similar_text", "graph_text"}),
        ("wishes", BY_WORDS, {"similar", "similar_text", "keywords", "graph", "graph_text", "text"}),
    ],
)
def test_a_part_that_is_off_proposes_and_scores_nothing(
    agent: Agent, part: str, tools: set[str], sources: set[str]
) -> None:
    with_all, without = talked(agent), talked(agent.switched(Switches.without(part)))
    assert tools_of(with_all) - tools_of(without) >= tools & tools_of(with_all)
    assert not tools_of(without) & tools
    assert sources_of(with_all) >= sources
    assert not sources_of(without) & sources
    if part != "wishes":
        assert sources_of(without) == sources_of(with_all) - sources


def test_what_was_understood_does_not_depend_on_what_is_on(agent: Agent) -> None:
    understood = [(a.intent, a.preferences) for a in answers_of(talked(agent))][:3]
    for switches in ABLATIONS:
        others = [(a.intent, a.preferences) for a in answers_of(talked(agent.switched(switches)))][:3]
        assert others == understood


def test_hard_wishes_are_kept_whatever_is_off_but_the_wishes(agent: Agent) -> None:
    for switches in ABLATIONS[:-1]:
        for answer in answers_of(talked(agent.switched(switches)))[1:]:
            assert all("Italian" not in i.facets["cuisine"] for i in answer.slate), switches.name


def test_without_wishes_what_the_person_knows_is_still_left_out(agent: Agent) -> None:
    for answer in answers_of(talked(agent.switched(Switches.without("wishes")))):
        assert "Trattoria Luna" not in [i.title for i in answer.slate]


def test_without_questions_none_is_asked(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    question = Question("Any particular city?", "city", ("Lisbon", "Porto"))
    monkeypatch.setattr("agent.agent.best_question", lambda *_: question)
    assert [a.question for a in answers_of(talked(agent))][:2] == [question, None]
    silent = agent.switched(Switches.without("ask"))
    assert [a.question for a in answers_of(talked(silent))] == [None] * len(MESSAGES)


def test_each_part_can_be_named_and_an_unknown_one_is_told() -> None:
    names = [field.name for field in fields(Switches)]
    assert [s.name for s in ABLATIONS] == [f"without {n}" if n != "wishes" else "history only" for n in names]
    assert Switches.without("ask, vectors").name == "without vectors and ask"
    assert Switches.without("") == ALL_ON
    with pytest.raises(UserInputError, match="no part 'magic' to leave out; there are: sequence, keywords"):
        Switches.without("ask,magic")
