"""Fusion: weights fitted on held-out choices make them likelier than the prior does, and survive a file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.ranking.fusion import (
    CONTEXTS,
    PRIOR_FUSION,
    SOURCES,
    Case,
    Fusion,
    context_of,
    fit_fusion,
    standardise,
)


def _cases(telling: str, context: str = "both", count: int = 200) -> list[Case]:
    """Choices of which one source tells most; the others are noise."""
    random = np.random.default_rng(1)
    cases = []
    for _ in range(count):
        features = random.normal(size=(30, len(SOURCES))).astype(np.float32)
        column = features[:, SOURCES.index(telling)]
        cases.append(Case(context, features, int((column + 0.3 * random.normal(size=30)).argmax())))
    return cases


def _log_likelihood(fusion: Fusion, cases: list[Case]) -> float:
    total = 0.0
    for case in cases:
        sources = {name: case.features[:, n] for n, name in enumerate(SOURCES)}
        scores = sum(w * sources[name] for name, w in fusion.weights[case.context].items())
        total += scores[case.taken] - np.log(np.exp(scores).sum())
    return total / len(cases)


@pytest.mark.parametrize("telling", SOURCES)
def test_the_fit_makes_what_was_taken_likelier(telling: str) -> None:
    cases = _cases(telling)
    fusion, report = fit_fusion(cases)
    assert _log_likelihood(fusion, cases) > _log_likelihood(PRIOR_FUSION, cases) + 0.01
    assert report["both"]["mrr_fitted"] > report["both"]["mrr_prior"]


@pytest.mark.parametrize("telling", SOURCES)
def test_the_telling_source_gains_the_most_weight(telling: str) -> None:
    fusion, _ = fit_fusion(_cases(telling))
    gains = {n: w - PRIOR_FUSION.weights["both"][n] for n, w in fusion.weights["both"].items()}
    assert max(gains, key=lambda name: gains[name]) == telling


def test_no_weight_is_negative() -> None:
    cases = [
        Case(c.context, -c.features, c.taken) for c in _cases("text")
    ]  # what was taken scores lowest everywhere
    fusion, _ = fit_fusion(cases)
    assert min(fusion.weights["both"].values()) >= 0


def test_too_few_cases_keep_the_prior() -> None:
    fusion, report = fit_fusion(_cases("text", count=19))
    assert fusion.weights == PRIOR_FUSION.weights
    assert report == {}


def test_a_file_gives_the_same_scores(tmp_path: Path) -> None:
    fusion, _ = fit_fusion(_cases("keywords"))
    fusion.save(tmp_path / "fusion.json")
    again = Fusion.load(tmp_path / "fusion.json")
    sources = {name: np.arange(5.0) ** n for n, name in enumerate(SOURCES)}
    for context in CONTEXTS:
        assert np.array_equal(fusion.scores(sources, context), again.scores(sources, context))


def test_a_source_that_says_nothing_changes_nothing() -> None:
    with_it = {"popularity": np.arange(4.0), "text": np.full(4, 0.3)}
    assert np.array_equal(
        PRIOR_FUSION.scores(with_it, "words"), PRIOR_FUSION.scores({"popularity": np.arange(4.0)}, "words")
    )


@given(scores=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_standardised_scores_are_finite_and_keep_their_order(scores: list[float]) -> None:
    values = standardise(np.array(scores))
    assert np.isfinite(values).all()
    assert (np.diff(values[np.argsort(scores)]) >= -1e-9).all()


@pytest.mark.parametrize(
    ("history", "words", "context"),
    [(True, True, "both"), (True, False, "history"), (False, True, "words"), (False, False, "nothing")],
)
def test_what_is_known_decides_the_weights(history: bool, words: bool, context: str) -> None:
    assert context_of(history, words) == context
    assert context in CONTEXTS


def test_the_built_weights_were_fitted_in_every_context(manifest: object) -> None:
    report = manifest.fusion  # type: ignore[attr-defined]
    assert set(report) == {"history", "words", "both"}
    for context, fitted in report.items():
        assert fitted["cases"] >= 20
        assert fitted["weights"] != PRIOR_FUSION.weights[context]


@given(factor=st.floats(0.1, 10), seed=st.integers(0, 50))
def test_scores_in_deviations_keep_their_order_whatever_the_weights_scale(factor: float, seed: int) -> None:
    sources = {"popularity": np.random.default_rng(seed).normal(size=9)}
    scaled = Fusion({"words": {"popularity": factor}}).in_deviations(sources, "words")
    assert np.allclose(scaled, Fusion({"words": {"popularity": 1.0}}).in_deviations(sources, "words"))
    assert scaled.std() == pytest.approx(1.0)
