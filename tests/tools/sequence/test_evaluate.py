import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.sequence.evaluate import evaluate, evaluate_all, expected_gains
from tools.sequence.interactions import interactions_from_columns, leave_one_out


def cases_of(*histories, items=20):
    users = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    flat = np.concatenate(histories)
    return leave_one_out(interactions_from_columns(users, flat, np.arange(len(flat)), items)).test


def test_a_case_counted_by_hand():
    cases = cases_of([0, 1, 2], [3, 4, 5])
    scores = np.linspace(1, 0, 20, dtype=np.float32)  # item 0 first, then 1, 2 …
    measured = evaluate(lambda histories: np.tile(scores, (len(histories), 1)), cases)
    # target 2: 0 and 1 are seen, so it is first; target 5: 0, 1 and 2 stand above, 3 and 4 are seen
    assert measured.hr10 == 1.0
    assert measured.ndcg10 == pytest.approx((1 + 1 / np.log2(5)) / 2)
    assert measured.cases == 2


def test_constant_scores_earn_what_chance_earns():
    measured = evaluate(lambda histories: np.zeros((len(histories), 20), np.float32), cases_of([0, 1, 2]))
    assert measured.hr10 == pytest.approx(10 / 18)  # 18 unseen items


@pytest.mark.parametrize("broken", [np.nan, -np.inf])
def test_a_broken_model_does_not_rank_first(broken):
    def scores(histories):
        given = np.ones((len(histories), 20), np.float32)
        given[:, 2] = broken
        return given

    assert evaluate(scores, cases_of([0, 1, 2])).hr10 == 0.0


def test_the_scorer_keeps_its_own_array():
    own = np.arange(20, dtype=np.float32)[None]
    evaluate(lambda _histories: own, cases_of([0, 1, 2]))
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

    def scores(histories):
        return random[[history[-1] for history in histories]]

    assert evaluate(scores, cases, 7) == evaluate(scores, cases, 1000)
    both = evaluate_all({"a": scores}, cases, {"twice": lambda parts: parts["a"] * 2})
    assert both["a"] == both["twice"] == evaluate(scores, cases)


def test_nobody_to_ask():
    assert evaluate(lambda _histories: np.zeros((0, 1)), cases_of([0, 1])).cases == 0
