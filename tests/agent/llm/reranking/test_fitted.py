"""The weight of a model's judgement: something where it helps, nothing where it does not, and never more than its reach."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.llm.reranking.fitted import (
    FEWEST,
    FittedRerank,
    Judged,
    fit_rerank,
    gain_of,
    in_reach,
    moved,
    quality_against_calls,
    sureness,
)

SCORES = st.lists(st.floats(-5, 5), min_size=1, max_size=12)


def _cases(telling: float, count: int = 200, seed: int = 0) -> list[Judged]:
    """Choices that follow the retriever's score and, `telling` times as much, something only the model knows."""
    rng = np.random.default_rng(seed)
    cases = []
    for user in range(count):
        base = np.sort(rng.normal(size=8))[::-1]
        secret = rng.normal(size=8)
        taken = int((base + telling * secret + 0.5 * rng.gumbel(size=8)).argmax())
        scores = dict(enumerate((secret + 0.2 * rng.normal(size=8)).tolist()))
        cases.append(
            Judged(user // 2, tuple(base.tolist()), scores, taken, user % 40, sureness(base.tolist(), 0.5))
        )
    return cases


def test_a_model_that_knows_something_gets_a_weight_and_the_gain_is_real_on_others() -> None:
    fitted = fit_rerank("pointwise", _cases(1.0))
    assert fitted.weight > 0.2
    assert fitted.gain.low > 0
    others = _cases(1.0, seed=1)
    assert np.mean([gain_of(case, fitted.weight) for case in others]) > 0.02


@pytest.mark.parametrize("seed", range(5))
def test_noise_gets_none(seed: int) -> None:
    fitted = fit_rerank("listwise", _cases(0.0, seed=seed))
    assert fitted.weight == 0.0
    assert fitted.why_not(0.0, 0)


def test_a_model_that_is_always_wrong_gets_none() -> None:
    cases = [
        Judged(c.user, c.base, {n: -s for n, s in c.scores.items()}, c.taken, c.history, c.sureness)
        for c in _cases(1.0)
    ]
    assert fit_rerank("pointwise", cases).weight == 0.0


def test_too_few_cases_give_none() -> None:
    assert fit_rerank("pointwise", _cases(2.0)[:20]).weight == 0.0
    assert fit_rerank("pointwise", []).weight == 0.0


def test_asking_less_keeps_nearly_all_of_the_gain() -> None:
    cases = _cases(1.0, 400)
    fitted = fit_rerank("pointwise", cases)
    asked = np.array([not fitted.why_not(c.sureness, c.history) for c in cases])
    gains = np.array([gain_of(c, fitted.weight) for c in cases])
    assert asked.mean() < 1
    assert gains[asked].sum() > 0.85 * gains.sum()
    curve = quality_against_calls(cases, fitted.weight)
    assert [row["asked"] for row in curve] == sorted(row["asked"] for row in curve)


@given(base=SCORES, scores=SCORES, weight=st.floats(0, 3))
def test_no_candidate_is_moved_beyond_its_reach(
    base: list[float], scores: list[float], weight: float
) -> None:
    base = sorted(base, reverse=True)
    told = {n: s for n, s in enumerate(scores) if n < len(base)}
    final = moved(base, told, weight)
    assert np.isfinite(final).all()
    assert (np.abs(final - base) <= 2 * weight + 1e-9).all()
    if weight == 0 or len(told) < min(FEWEST, len(base)):
        assert final.tolist() == base


@given(base=SCORES, weight=st.floats(0, 2), shown=st.integers(1, 6), data=st.data())
def test_what_is_out_of_reach_could_not_have_come_onto_the_slate(
    base: list[float], weight: float, shown: int, data: st.DataObject
) -> None:
    base = sorted(base, reverse=True)
    near = in_reach(base, weight, shown)
    told = {n: data.draw(st.floats(-9, 9)) for n in range(len(base))}
    final = moved(base, told, weight)
    order = sorted(range(len(base)), key=lambda n: (-final[n], n))
    assert all(n < near for n in order[:shown]) or weight == 0


def test_a_file_gives_the_same_fit() -> None:
    fitted = fit_rerank("pointwise", _cases(1.0))
    assert FittedRerank.from_json(fitted.to_json()).weight == fitted.weight
