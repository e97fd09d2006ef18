"""The question back: what its answer would tell, when it is asked, and that its replies are understood."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from agent.answer import Candidate
from agent.parsing import Parser
from agent.turn.asking import NO_MATTER, best_question, bits
from memory.preferences import FacetTarget, Preference, RangeTarget


def _chances(n: int) -> Any:
    return np.full(n, 1 / n)


def test_an_answer_that_halves_equal_chances_tells_one_bit() -> None:
    may = np.array([[True], [True], [False], [False]])
    assert bits(may, _chances(4)) == pytest.approx(1.0)


def test_an_answer_all_share_tells_nothing_and_one_each_tells_all() -> None:
    assert bits(np.ones((4, 1), bool), _chances(4)) == pytest.approx(0.0)
    assert bits(np.eye(4, dtype=bool), _chances(4)) == pytest.approx(2.0)


def test_an_item_that_may_answer_anything_blurs_it() -> None:
    clear = bits(np.array([[True, False], [False, True]]), _chances(2))
    blurred = bits(np.array([[True, False], [True, True]]), _chances(2))
    assert 0 < blurred < clear


@given(may=arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 4))), seed=st.integers(0, 99))
def test_an_answer_tells_no_more_than_it_holds_or_than_is_open(may: Any, seed: int) -> None:
    chances = np.random.default_rng(seed).dirichlet(np.ones(len(may)))
    open_bits = float(-(chances * np.log2(np.maximum(chances, 1e-300))).sum())
    told = bits(may, chances)
    assert -1e-9 <= told <= min(open_bits, np.log2(may.shape[1] + 1)) + 1e-9


def _candidates(parser: Parser) -> list[Candidate]:
    return [Candidate(row, 0.0) for row in range(len(parser.catalog))]


def test_the_question_splits_best_and_its_replies_are_understood(restaurant_parser: Parser) -> None:
    question = best_question(_candidates(restaurant_parser), (), (), restaurant_parser.catalog)
    assert question is not None
    assert 3 <= len(question.replies) <= 5
    assert question.replies[-1] == NO_MATTER
    for reply in question.replies[:-1]:
        reading = restaurant_parser.read(reply, [0, 1, 2], True)
        facets = {
            f for w in reading.wishes for f in getattr(w.target, "facets", (getattr(w.target, "facet", ""),))
        }
        assert question.about in facets or question.about == "keywords", reply


def test_every_facet_in_turn_is_asked_for_at_most_once(restaurant_parser: Parser) -> None:
    asked: list[str] = []
    for _ in range(10):
        question = best_question(_candidates(restaurant_parser), (), asked, restaurant_parser.catalog)
        if question is None:
            break
        assert question.about not in asked
        asked.append(question.about)
    assert len(asked) >= 3


def test_nothing_is_asked_where_few_are_left_or_enough_is_said(restaurant_parser: Parser) -> None:
    catalog = restaurant_parser.catalog
    everyone = _candidates(restaurant_parser)
    assert best_question(everyone[:6], (), (), catalog) is None
    sure = [Candidate(0, 50.0), *everyone[1:]]
    assert best_question(sure, (), (), catalog) is None
    wishes = tuple(
        Preference(n, "+", "must", target, "", 1)
        for n, target in enumerate(
            [
                FacetTarget(("city",), ("Porto",)),
                RangeTarget("price", None, 30),
                FacetTarget(("style",), ("Casual",)),
            ]
        )
    )
    assert best_question(everyone, wishes, (), catalog) is None


def test_what_is_wished_for_already_is_not_asked(restaurant_parser: Parser) -> None:
    wish = Preference(1, "+", "must", FacetTarget(("city",), ("Porto",)), "", 1)
    question = best_question(_candidates(restaurant_parser), (wish,), (), restaurant_parser.catalog)
    assert question is None or question.about != "city"
