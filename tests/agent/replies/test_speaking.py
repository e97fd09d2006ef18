"""The language model's part in a turn, on the really built small catalogue with scripted models."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.agent import Agent
from agent.events import Done, SlateShown, TextGiven
from agent.llm import LanguageModelStatus
from tools.errors import ToolFailed


class Scripted:
    """A model that judges by a rule and words by another."""

    name = "scripted"
    where = "local"
    gives_logprobs = True

    def __init__(self, judge: Callable[[str], float], words: Callable[[str], str]) -> None:
        self.judge, self.words = judge, words
        self.judged: list[str] = []

    def p_yes(self, _system: str, user: str, _timeout_s: float) -> float:
        self.judged.append(user)
        return self.judge(user)

    def complete(self, _system: str, user: str, _max_tokens: int, _timeout_s: float) -> str:
        return self.words(user)

    def close(self) -> None:
        """Nothing is open."""


class Slot:
    """The place of a model that is there."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def current(self) -> Any:
        return self.model

    def status(self) -> LanguageModelStatus:
        return LanguageModelStatus("ready", "scripted answers.")

    def close(self) -> None:
        """Nothing is open."""


def turn(agent: Agent, message: str) -> tuple[list[Any], Any]:
    events = list(agent.reply("s", message))
    assert isinstance(events[-1], Done)
    return events, events[-1].answer


def fails(_user: str) -> Any:
    raise ToolFailed("scripted cannot be reached.")


@pytest.fixture
def agent(opened: Callable[..., Agent]) -> Agent:
    return opened()


def with_model(agent: Agent, model: Any) -> Agent:
    agent.language_model = Slot(model)  # type: ignore[assignment]
    return agent


def test_the_slate_and_the_reply_come_before_the_model_is_asked(agent: Agent) -> None:
    model = Scripted(lambda _user: 0.5, fails)
    seen: list[tuple[str, int]] = []
    for event in with_model(agent, model).reply("s", "something with live music"):
        seen.append((type(event).__name__, len(model.judged)))
    assert ("SlateShown", 0) in seen
    assert ("TextGiven", 0) in seen
    assert model.judged


def test_the_model_moves_what_it_finds_fitting_up_and_never_brings_in_what_is_refused(agent: Agent) -> None:
    _, before = turn(agent, "something with live music, not in Porto")
    last = before.slate[2]  # of those with live music; what only trails them cannot be judged into it
    model = Scripted(lambda user: 0.99 if last.title in user else 0.01, fails)
    agent.delete("s")
    events, after = turn(with_model(agent, model), "something with live music, not in Porto")
    order = [item.id for item in after.slate]
    assert order.index(last.id) < [item.id for item in before.slate].index(last.id)
    assert any(isinstance(e, SlateShown) and e.revised_by == "scripted" for e in events)
    assert all("Porto" not in str(item.facets.values()) for item in after.slate)


def test_a_sentence_that_says_more_than_the_evidence_is_not_shown(agent: Agent) -> None:
    model = Scripted(
        lambda _user: 0.5, lambda _user: "The best place in Madrid, loved by Gordon Ramsay since 1887."
    )
    _, answer = turn(with_model(agent, model), "something with live music")
    assert answer.slate
    said = " ".join(reason.text for item in answer.slate for reason in item.reasons)
    assert "Madrid" not in said
    assert "Ramsay" not in said


@pytest.mark.parametrize("judge", [fails, lambda _user: None])
def test_without_the_models_judgement_the_order_stays(agent: Agent, judge: Any) -> None:
    _, before = turn(agent, "something with live music")
    agent.delete("s")
    events, after = turn(with_model(agent, Scripted(judge, fails)), "something with live music")
    assert [item.id for item in after.slate] == [item.id for item in before.slate]
    assert ("llm_failed" in [n.code for n in after.notices]) == (judge is fails)
    assert sum(isinstance(e, TextGiven) for e in events) == 1
