from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.sequence.evaluate import (
    evaluate,
    evaluate_all,
    expected_gains,
    rank_cases,
    scorer,
    timed_scorer,
)
from tools.sequence.interactions import interactions_from_columns, leave_one_out


def cases_of(*histories, items=20):
    users = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    flat = np.concatenate(histories)
    return leave_one_out(interactions_from_columns(users, flat, np.arange(len(flat)), items)).test


def test_a_case_counted_by_hand():
    cases = cases_of([0, 1, 2], [3, 4, 5])
    scores = np.linspace(1, 0, 20, dtype=np.float32)  # item 0 first, then 1, 2 …
    measured = evaluate(lambda asked: np.tile(scores, (len(asked), 1)), cases)
    # target 2: 0 and 1 are seen, so it is first; target 5: 0, 1 and 2 stand above, 3 and 4 are seen
    assert measured.hr10 == 1.0
    assert measured.ndcg10 == pytest.approx((1 + 1 / np.log2(5)) / 2)
    assert measured.cases == 2


def test_constant_scores_earn_what_chance_earns():
    measured = evaluate(lambda asked: np.zeros((len(asked), 20), np.float32), cases_of([0, 1, 2]))
    assert measured.hr10 == pytest.approx(10 / 18)  # 18 unseen items


@pytest.mark.parametrize("broken", [np.nan, -np.inf])
def test_a_broken_model_does_not_rank_first(broken):
    def scores(asked):
        given = np.ones((len(asked), 20), np.float32)
        given[:, 2] = broken
        return given

    assert evaluate(scores, cases_of([0, 1, 2])).hr10 == 0.0


def test_the_scorer_keeps_its_own_array():
    own = np.arange(20, dtype=np.float32)[None]
    evaluate(lambda _asked: own, cases_of([0, 1, 2]))
    assert own[0].tolist() == list(range(20))


@given(st.integers(0, 30), st.integers(0, 30))
def test_ties_are_the_mean_over_all_their_places(above, level):
    hits, gains = expected_gains(np.array([above]), np.array([level]))
    places = range(above, above + level + 1)
    assert hits[0] == pytest.approx(np.mean([place < 10 for place in places]))
    assert gains[0] == pytest.approx(
        np.mean([1 / np.log2(place + 2) if place < 10 else 0 for place in places])
    )


def test_batches_do_not_change_the_figures(chain):
    cases = leave_one_out(chain).test
    random = np.random.default_rng(0).normal(size=(chain.item_count, chain.item_count)).astype(np.float32)

    def scores(asked):
        return random[[history[-1] for history in asked.histories()]]

    assert evaluate(scores, cases, 7) == evaluate(scores, cases, 1000)
    both = evaluate_all({"a": scores}, cases, {"twice": lambda parts, _lengths: parts["a"] * 2})
    assert both["a"] == both["twice"] == evaluate(scores, cases)


def test_a_blend_is_told_the_lengths(chain):
    cases = leave_one_out(chain).test
    seen = []

    def blend(parts, lengths):
        seen.extend(lengths.tolist())
        return parts["a"]

    evaluate_all({"a": lambda asked: np.zeros((len(asked), 30), np.float32)}, cases, {"b": blend}, 7)
    assert seen == [len(history) for history in cases.histories()]


def test_a_timed_scorer_hands_the_times_on(chain):
    cases = leave_one_out(chain).test

    class Asked:
        def scores_batch(self, *given):
            return given

    assert len(scorer(Asked())(cases)) == 1
    histories, times = timed_scorer(Asked())(cases)
    assert [len(row) for row in histories] == [len(row) for row in times]
    assert timed_scorer(Asked())(leave_one_out(replace(chain, timed=False)).test)[1] is None


@given(st.integers(0, 2000), st.integers(1, 12))
def test_ranks_and_tops_match_a_plain_sort(seed, top):
    random = np.random.default_rng(seed)
    cases = cases_of(*(random.permutation(12)[: random.integers(3, 9)] for _ in range(5)), items=12)
    table = random.integers(4, size=(len(cases), 12)).astype(np.float32)
    ranks = rank_cases(lambda asked: table[asked.users], cases, 12, top, batch_size=2)
    tops = set()
    for case, (history, target) in enumerate(zip(cases.histories(), cases.targets.tolist(), strict=True)):
        unseen = [item for item in range(12) if item not in history.tolist()]
        own = table[case, target]
        others = [item for item in unseen if item != target]
        assert ranks.above[case] == sum(table[case, item] > own for item in others)
        assert ranks.level[case] == sum(table[case, item] == own for item in others)
        tops |= set(sorted(unseen, key=lambda item: -table[case, item])[:top])
    assert set(np.flatnonzero(ranks.in_a_top).tolist()) == tops


def test_nobody_to_ask():
    assert evaluate(lambda _asked: np.zeros((0, 1)), cases_of([0, 1])).cases == 0
