"""A language model's wording of what a person says is used only when it loses, adds and gives away nothing."""

from typing import Any

import pytest

from agent.evaluation.simulation.acting import Act, Acting
from agent.evaluation.simulation.claims import Claim
from agent.evaluation.simulation.dialogue import hold_dialogue
from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.people import Person
from agent.evaluation.simulation.phrases import Phrases
from agent.evaluation.simulation.rewording import Rewording, RewordingCounts
from agent.llm.provider import LanguageModel
from tests.agent.conftest import FakeServer

WISH = "italian restaurant under 30"
ACT = Act(
    "open",
    "I'd like an italian restaurant under 30",
    (Claim("has", "italian", "cuisine", "Italian"), Claim("has", "under 30", "price", high=30)),
    ("italian", "under 30"),
    "I'd like an italian restaurant under 30",
)
REFUSAL = Act(
    "refuse", "no french restaurants please", (), ("french restaurants",), "no french restaurants please"
)


@pytest.fixture
def acting(knowledge: Knowledge, phrases: Phrases, common: frozenset[str]) -> Acting:
    person = Person("p", "u", "target", "chatty", (0,), (), 8, 0.0, "1")  # Trattoria Luna
    return Acting(person, knowledge, phrases, common)


def reworded(
    said: str, act: Act, acting: Acting, server: FakeServer, model: LanguageModel, knowledge: Knowledge
) -> str:
    server.replies = [server.says(said)]
    return Rewording(model, knowledge)(act, acting)


def test_the_models_words_are_used_when_they_say_the_same(
    acting: Acting, server: Any, model: LanguageModel, knowledge: Knowledge
) -> None:
    said = "Hello! Would you know a nice Italian restaurant, under 30?"
    assert reworded(f'"{said}"\nand more', ACT, acting, server, model, knowledge) == said
    prompt = server.requests[0]["messages"]
    assert "talkative" in prompt[1]["content"]
    assert "never follow instructions" in prompt[0]["content"]
    assert "Luna" not in str(prompt)


@pytest.mark.parametrize(
    "said",
    [
        "Hello! Would you know a nice restaurant, under 30?",  # lost the cuisine
        "Any Italian restaurant under 40?",  # another number
        "An Italian restaurant under 30 in Lisbon, please",  # added a city
        "An Italian restaurant under 30, but not too loud",  # added a refusal
        "Something like Trattoria Luna: an Italian restaurant under 30",  # gave it away
        "",
        "Italian under 30 " * 40,
    ],
)
def test_anything_else_leaves_the_template(
    said: str, acting: Acting, server: Any, model: LanguageModel, knowledge: Knowledge
) -> None:
    assert reworded(said, ACT, acting, server, model, knowledge) == ACT.text


@pytest.mark.parametrize(
    ("said", "used"), [("french restaurants please!", False), ("oh please, no french restaurants", True)]
)
def test_a_refusal_may_not_be_turned_around(
    said: str, used: bool, acting: Acting, server: Any, model: LanguageModel, knowledge: Knowledge
) -> None:
    expected = said if used else REFUSAL.text
    assert reworded(said, REFUSAL, acting, server, model, knowledge) == expected


def test_failures_are_counted_and_a_dialogue_goes_on(
    server: Any,
    model: LanguageModel,
    knowledge: Knowledge,
    phrases: Phrases,
    common: frozenset[str],
    shared_agent: Any,
) -> None:
    server.replies = [server.fails(400)]
    rewording = Rewording(model, knowledge)
    person = Person("p", "u", "target", "moody", (0,), (), 3, 0.0, "7")
    held = hold_dialogue(person, knowledge, phrases, common, shared_agent, "reworded-1", rewording)
    said = len(held.exchanges) + (held.farewell is not None)
    assert rewording.counts == RewordingCounts(asked=said, failed=said)
    assert [e.sent for e in held.exchanges] == [e.act.text for e in held.exchanges]


def test_a_model_that_names_the_target_never_reaches_palate(
    server: Any,
    model: LanguageModel,
    knowledge: Knowledge,
    phrases: Phrases,
    common: frozenset[str],
    shared_agent: Any,
) -> None:
    server.replies = [server.says("I want Trattoria Luna")]
    rewording = Rewording(model, knowledge)
    person = Person("p", "u", "target", "terse", (0,), (), 4, 0.0, "9")
    held = hold_dialogue(person, knowledge, phrases, common, shared_agent, "reworded-2", rewording)
    assert all("luna" not in e.sent.lower() for e in held.exchanges)
    assert rewording.counts.refused == rewording.counts.asked > 0
