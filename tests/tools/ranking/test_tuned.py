"""The tuned re-ranker: what it must never do, and that it learns what is in the choices and nothing that is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.ranking.fusion import standardise
from tools.ranking.measuring import ndcg_at_10, paired_bootstrap, place_of
from tools.ranking.tuned import (
    ADDED,
    CONTEXTS,
    FEATURES,
    GUESSED,
    IDLE,
    MATCHES,
    USED,
    TunedReranker,
    WishMatch,
    wish_match,
)
from tools.ranking.tuning import TunedCase, fit_tuned, measure_tuned

FLOATS = st.floats(-1e6, 1e6)
COUNT = 20


def _case(random: np.random.Generator, user: int, planted: bool, count: int = COUNT) -> TunedCase:
    """Candidates of which one meets every phrase; it was taken, or any of them was."""
    scores = np.sort(random.normal(size=count))[::-1]
    sources = {name: random.normal(size=count) for name in ("sequence", *USED)}
    least = random.uniform(0, 0.6, count)
    best = int(random.integers(count))
    least[best] = 1.0
    met = np.column_stack([least, (least + 1) / 2, (least == 1.0) + 1.0, least, (least + 1) / 2])
    return TunedCase(
        user, scores, sources, WishMatch(met, 2, True), best if planted else int(random.integers(count))
    )


def _unmet(phrases: int) -> WishMatch:
    return WishMatch(np.zeros((COUNT, len(MATCHES))), phrases, True)


def _cases(planted: bool, count: int = 300, seed: int = 3) -> list[TunedCase]:
    random = np.random.default_rng(seed)
    return [_case(random, n // 3, planted, COUNT if n % 5 else 7) for n in range(count)]


def _order(tuned: TunedReranker, case: TunedCase) -> list[int]:
    after = case.scores + tuned.adjustments(case.scores, case.sources, case.match)
    return np.argsort(-after, kind="stable").tolist()


def test_what_meets_all_phrases_comes_first_where_people_took_it() -> None:
    weights, report = fit_tuned(_cases(planted=True))
    tuned = TunedReranker({"both": weights})
    assert not tuned.idle("both")
    assert report["ndcg10_tuned"] > report["ndcg10_retriever"] + 0.2
    others = _cases(planted=True, seed=8)
    assert np.mean([_order(tuned, case)[0] == case.taken for case in others]) > 0.95
    assert measure_tuned(weights, others)["gain"]["low"] > 0


@pytest.mark.parametrize("seed", range(6))
def test_choices_that_tell_nothing_leave_the_order_alone_or_do_no_harm(seed: int) -> None:
    weights, report = fit_tuned(_cases(planted=False, seed=seed))
    assert weights == IDLE or report["gain"]["low"] > 0
    assert measure_tuned(weights, _cases(planted=False, seed=99))["gain"]["mean"] > -0.02


def test_what_meets_the_wish_better_is_never_put_back_for_it() -> None:
    """People who say another word than the catalogue's do not mean that its word is wrong."""
    weights, _ = fit_tuned(
        [replace(case, match=replace(case.match, met=-case.match.met)) for case in _cases(planted=True)]
    )
    assert min(weights.values()) >= 0


def _told_or_usual(random: np.random.Generator, user: int, strange: bool) -> TunedCase:
    """One candidate is what the history expects and another what the words mean; people's own wishes mean the former."""
    usual, told = random.permutation(COUNT)[:2]
    sources = {"sequence": random.normal(size=COUNT), "text": random.normal(size=COUNT)}
    sources["sequence"][usual] += 4.0
    sources["text"][told] += 4.0
    taken = int(told if strange else usual)
    return TunedCase(user, np.zeros(COUNT), sources, _unmet(1), taken)


def test_where_somebody_elses_history_is_in_the_fit_the_words_gain_on_it() -> None:
    random = np.random.default_rng(5)
    own = [_told_or_usual(random, n // 3, False) for n in range(300)]
    strange = [_told_or_usual(random, n // 3, True) for n in range(150)]
    alone, _ = fit_tuned(own)
    trusting, report = fit_tuned(own, strange)
    assert trusting["text"] > alone["text"]
    assert trusting["shared"] > alone["shared"]
    assert report["cases"] == 300
    assert report["strange"]["cases"] == 150
    assert report["strange"]["ndcg10_tuned"] > measure_tuned(alone, strange)["ndcg10_tuned"]


def test_too_few_choices_leave_the_order_alone() -> None:
    assert fit_tuned(_cases(planted=True, count=99))[0] == IDLE
    assert fit_tuned([])[0] == IDLE
    assert fit_tuned([replace(case, user=1) for case in _cases(planted=True)])[0] == IDLE
    assert measure_tuned(IDLE, []) == {"cases": 0, "users": 0}


def test_what_everybody_takes_and_what_the_history_expects_are_both_learnt() -> None:
    """Half of the people go on as before, half take what everybody takes; each is sure of one item and indifferent to the others."""
    random = np.random.default_rng(2)
    cases = []
    for n in range(600):
        known, expected = (6.0 * np.eye(COUNT)[place] for place in random.permutation(COUNT)[:2])
        sources = {"sequence": expected + random.normal(0, 0.1, COUNT), "popularity": known}
        taken = int((known if n % 2 else expected).argmax())
        cases.append(TunedCase(n, np.zeros(COUNT), sources, _unmet(2), taken))
    weights, report = fit_tuned(cases)
    assert weights["history"] > 1
    assert weights["popularity"] > 0.5
    assert 0.4 < weights["shared"] < 0.6
    assert report["ndcg10_tuned"] > 0.75  # either is among the first two


@given(
    weights=st.lists(st.floats(-5, 5), min_size=len(ADDED), max_size=len(ADDED)),
    guessed=st.tuples(*[st.floats(0, 5)] * (len(GUESSED) - 1), st.floats(0, 0.99)),
    columns=st.lists(st.tuples(FLOATS, FLOATS, FLOATS, st.floats(-1, 1)), min_size=1, max_size=COUNT),
    names=st.sets(st.sampled_from([*USED, "sequence", "popularity"])),
    phrases=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
def test_adjustments_are_finite_and_do_not_depend_on_the_order_given(
    weights: list[float],
    guessed: tuple[float, ...],
    columns: list[tuple[float, ...]],
    names: set[str],
    phrases: int,
    seed: int,
) -> None:
    by_feature = dict(zip(FEATURES, [*weights, *guessed], strict=True))
    tuned = TunedReranker(dict.fromkeys(CONTEXTS, by_feature))
    table = np.array(columns)
    sources = {name: table[:, 1 + n % 2] for n, name in enumerate(sorted(names))}
    match = WishMatch(np.column_stack([table[:, 3]] * len(MATCHES)), phrases, seed % 2 == 0)
    found = tuned.adjustments(table[:, 0], sources, match)
    assert found.dtype == np.float64
    assert found.shape == (len(table),)
    assert np.isfinite(found).all()
    other = np.random.default_rng(seed).permutation(len(table))
    again = tuned.adjustments(table[other, 0], {n: s[other] for n, s in sources.items()}, match.of(other))
    assert np.allclose(again, found[other], atol=1e-6)
    for without in (TunedReranker({}), TunedReranker(dict.fromkeys(CONTEXTS, IDLE))):
        assert not without.adjustments(table[:, 0], sources, match).any()


def test_a_file_gives_the_same_adjustments(tmp_path: Path) -> None:
    tuned = TunedReranker({"both": {name: n / 30 for n, name in enumerate(FEATURES)}, "words": IDLE})
    tuned.save(tmp_path / "tuned.json")
    case = _cases(True, 1)[0]
    again = TunedReranker.load(tmp_path / "tuned.json")
    asked = (case.scores, case.sources, case.match)
    assert np.array_equal(tuned.adjustments(*asked), again.adjustments(*asked))


def test_a_weight_of_no_feature_is_refused() -> None:
    case = _cases(True, 1)[0]
    with pytest.raises(ValueError, match="sequence"):
        TunedReranker({"both": {"sequence": 1.0}}).adjustments(case.scores, case.sources, case.match)


def test_without_a_history_the_weights_are_others() -> None:
    tuned = TunedReranker({"both": {"text": 1.0}, "words": {"graph": 1.0}})
    case = _cases(True, 1)[0]
    wish = {name: scores for name, scores in case.sources.items() if name != "sequence"}
    assert np.allclose(tuned.adjustments(case.scores, case.sources, case.match), standardise(wish["text"]))
    assert np.allclose(tuned.adjustments(case.scores, wish, case.match), standardise(wish["graph"]))


def test_a_history_counts_more_for_one_phrase_and_popularity_only_beside_a_history() -> None:
    case = _case(np.random.default_rng(1), 0, True)
    popular = np.arange(float(COUNT))
    wish = {n: s for n, s in case.sources.items() if n != "sequence"} | {"popularity": popular}
    known = wish | {"sequence": np.random.default_rng(4).normal(size=COUNT)}
    expected = standardise(known["sequence"])

    def gained(weights: dict[str, float], sources: dict[str, np.ndarray], phrases: int) -> np.ndarray:
        """Over the first candidate."""
        tuned = TunedReranker(dict.fromkeys(CONTEXTS, weights))
        found = tuned.adjustments(case.scores, sources, _unmet(phrases))
        return found - found[0]

    of_history = {"history": 1.0, "history_of_one": 0.5}
    assert np.allclose(gained(of_history, known, 1), 1.5 * (expected - expected[0]))
    assert np.allclose(gained(of_history, known, 2), expected - expected[0])
    assert np.allclose(gained({"popularity": 2.0, "shared": 1.0}, known, 2), 2.0 * popular)
    assert not gained({**of_history, "popularity": 2.0, "shared": 0.5}, wish, 1).any()


@given(shared=st.floats(0.05, 0.95), strength=st.floats(0, 8), seed=st.integers(0, 1000))
def test_what_one_guess_expects_stays_possible_whatever_the_other_thinks_of_it(
    shared: float, strength: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    sources = {"sequence": random.normal(size=COUNT), "popularity": random.normal(size=COUNT)}
    silent = np.zeros(COUNT)

    def guess(**weights: float) -> np.ndarray:
        tuned = TunedReranker({"both": weights})
        return tuned.adjustments(silent, sources, _unmet(2))

    both = guess(history=strength, popularity=strength, shared=shared)
    assert np.exp(both).mean() == pytest.approx(1.0)  # over an even chance
    assert (both >= guess(history=strength) + np.log1p(-shared) - 1e-9).all()
    assert (both >= guess(popularity=strength, shared=1.0) + np.log(shared) - 1e-9).all()


def test_a_wish_is_met_as_far_as_its_worst_phrase() -> None:
    keywords = [False, True]  # the second is one of the catalogue
    found = wish_match(np.array([[1, 1], [0, 1], [0, 0], [0.7, 0.8]], np.float32), keywords)
    expected = [[1, 1, 0, 1, 1], [0, 0.5, 0, 0, 0.5], [0] * 5, [0.7, 0.75, 0, 0.7, 0.75]]
    assert found.met == pytest.approx(np.array(expected), abs=1e-6)
    assert (found.phrases, found.in_keywords) == (2, False)
    in_words = wish_match(np.array([[1, 1], [0, 1]], np.float32), [False, False])
    assert in_words.met[:, 2].tolist() == [
        2,
        1,
    ]  # where no keyword is asked for, what the text says in the very words
    weighed = wish_match(np.array([[1, 0]], np.float32), keywords, [3.0, 1.0])
    assert weighed.met[0, 1] == pytest.approx(0.75)
    assert wish_match(np.array([[0.5]], np.float32), [False]).met[0] == pytest.approx([0.5, 0.5, 0, 0, 0])
    assert not wish_match(np.zeros((3, 0), np.float32), []).met.any()
    assert wish_match(np.zeros((0, 2), np.float32), keywords).met.shape == (0, len(MATCHES))


def test_keywords_that_are_near_in_meaning_count_where_the_wish_is_in_keywords() -> None:
    tuned = TunedReranker({"words": {"keywords": 1.0}})
    sources = {"keywords": np.arange(float(COUNT))}
    in_words = replace(_unmet(1), in_keywords=False)
    assert tuned.adjustments(np.zeros(COUNT), sources, _unmet(1)).any()
    assert not tuned.adjustments(np.zeros(COUNT), sources, in_words).any()


@given(scores=st.lists(st.integers(-3, 3), min_size=1, max_size=20), taken=st.integers(0, 19))
def test_the_retrievers_order_decides_among_equals(scores: list[int], taken: int) -> None:
    values = np.array(scores, np.float64)
    place = taken % len(values)
    assert place_of(values, place) == np.argsort(-values, kind="stable").tolist().index(place)


def test_only_the_first_ten_count() -> None:
    assert [round(ndcg_at_10(n), 3) for n in (0, 1, 9, 10)] == [1.0, 0.631, 0.289, 0.0]


def test_an_interval_holds_the_mean_and_widens_where_a_user_has_many_cases() -> None:
    gains = np.random.default_rng(0).normal(0.1, 1, 200)
    apart, together = (
        paired_bootstrap(gains, range(200)),
        paired_bootstrap(np.repeat(gains[:20], 10), [n // 10 for n in range(200)]),
    )
    assert apart.low < apart.mean < apart.high
    assert together.high - together.low > apart.high - apart.low
    assert paired_bootstrap(np.full(5, 0.25), [1, 1, 2, 3, 4]).to_json() == {
        "mean": 0.25,
        "low": 0.25,
        "high": 0.25,
    }
    assert paired_bootstrap([], []).mean == 0.0
