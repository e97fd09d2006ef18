"""Answers about what is shown that no scripted dialogue can pin: whom "it" means, what was left out, what nobody counts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agent.agent import Agent
from agent.answer import Answer
from agent.events import final_answer
from agent.parsing import Parser
from agent.replies.answering import extreme_of
from agent.retrieval.constraints import allow
from agent.retrieval.querying import make_query
from memory.preferences import FAME, KeywordTarget
from memory.session import Session, add_preference, begin_change
from tools.errors import ToolFailed


@pytest.fixture(scope="module")
def agent(opened: Callable[..., Agent]) -> Agent:
    return opened()


def _said(agent: Agent, session: str, *messages: str) -> list[Answer]:
    return [final_answer(agent.reply(session, message)) for message in messages]


def test_it_is_the_first_item_from_the_question_on(agent: Agent) -> None:
    slate, told = _said(agent, "it", "an Italian place", "how much is it?")
    assert slate.slate[0].title in told.reply
    assert agent.sessions.load("it")[1].item_spoken_of == slate.slate[0].id


@pytest.mark.parametrize(
    "asked", ["how much are they?", 'who cooks at "Zorgon Palace"?', "what cuisines do you have?"]
)
def test_a_question_that_means_none_of_them_makes_nothing_spoken_of(agent: Agent, asked: str) -> None:
    _said(agent, asked, "an Italian place", asked)
    assert agent.sessions.load(asked)[1].item_spoken_of == ""


def test_a_verdict_on_nobody_knows_which_asks_back(agent: Agent) -> None:
    *_, asked = _said(agent, "which", "an Italian place", "seen that one")
    assert (asked.reply, asked.slate) == ("Which one? Say its name or its number.", ())


def test_which_of_these_names_those_it_holds_of(agent: Agent) -> None:
    slate, told = _said(agent, "these", "recommend something", "which of these is Italian?")
    italian = [i.title for i in slate.slate if "Italian" in i.facets["cuisine"]]
    assert all(title in told.reply for title in italian)
    assert not any(i.title in told.reply for i in slate.slate if i.title not in italian)
    assert not told.preferences


def test_only_where_nothing_was_left_out_by_meaning_it_is_said_that_no_more_fit(agent: Agent) -> None:
    keywords = sorted({k for item in agent.catalog.items for k in item.values("keywords")})
    nothing = np.zeros(len(agent.catalog), bool)
    seen: set[bool] = set()
    for phrase in keywords:
        session, _ = add_preference(
            begin_change(Session("x"), "said", ""), "-", "never", KeywordTarget(phrase), ""
        )
        allowed = allow(session.wishes, nothing, agent.toolbox)
        named = agent.toolbox.mentions
        strict = named.in_keywords(phrase) | named.in_text(phrase) | named.in_titles(phrase)
        assert allowed.by_meaning == bool((~allowed.mask & ~strict).any())
        seen.add(allowed.by_meaning)
    assert seen == {True, False}


def test_a_refusal_of_no_tag_says_how_far_it_goes(agent: Agent) -> None:
    (told,) = _said(agent, "tag", "no loud music please")
    assert "refusal_untagged" in {n.code for n in told.notices}
    (told,) = _said(agent, "tag too", "nothing with takeaway")
    assert "refusal_untagged" not in {n.code for n in told.notices}


def test_without_counts_nothing_is_said_to_be_well_known(agent: Agent) -> None:
    counted = agent.parser.read("hidden gems please")
    parser = Parser(agent.catalog, np.zeros(len(agent.catalog), int))
    uncounted = parser.read("hidden gems please")
    assert [c.aspect for c in counted.critiques] == [FAME]
    assert not counted.uncounted
    assert uncounted.critiques == ()
    assert uncounted.uncounted


def test_a_theme_or_taste_beside_fame_is_not_compared_with_the_liked(agent: Agent) -> None:
    told: Any = _said(agent, "seeds", "something like Osteria Sole", "hidden gems please")[-1]
    critique = next(p.target for p in told.preferences if getattr(p.target, "quality", "") == FAME)
    assert critique.than == ()
    assert make_query(agent.sessions.load("seeds")[1], agent.catalog).critiques[0].than == ()


def test_a_superlative_chooses_among_all_that_are_shown_and_is_spoken_of_from_then_on(agent: Agent) -> None:
    slate, *_, told = _said(
        agent, "most", "recommend something", "compare the first two", "which one is the cheapest?"
    )
    cheapest = min(slate.slate, key=lambda item: item.facets["price"])
    assert cheapest.title in told.reply
    assert agent.sessions.load("most")[1].item_spoken_of == cheapest.id


def test_which_of_these_is_not_so_names_the_others(agent: Agent) -> None:
    slate, told = _said(agent, "not these", "recommend something", "which of these is not Italian?")
    assert {i.title for i in slate.slate if i.title in told.reply} == {
        i.title for i in slate.slate if "Italian" not in i.facets["cuisine"]
    }
    assert not told.preferences


def test_a_comparison_before_anything_was_shown_says_that_nothing_was(agent: Agent) -> None:
    (told,) = _said(agent, "before", "cheaper")
    assert [n.text for n in told.notices] == ["Nothing was shown yet, so “cheaper” has nothing to go by."]


def test_texts_that_cannot_be_read_just_now_are_not_said_to_tell_nothing(agent: Agent) -> None:
    class Extremes:
        """Of a catalogue with a scale."""

        def __contains__(self, which: str) -> bool:
            return False

        def scale(self, _which: str) -> tuple[str, int]:
            return "cosy", 1

    class Broken:
        def vectors(self, _item_ids: list[str]) -> None:
            raise ToolFailed("the store is gone.")

    extremes: Any = Extremes()
    broken: Any = Broken()
    assert "Going by what is told" in extreme_of((0, 1), "cosiest", extremes, agent.toolbox)
    failing = replace(agent.toolbox, text=broken)
    assert (
        extreme_of((0, 1), "cosiest", extremes, failing) == "I cannot compare what is told of them just now."
    )
