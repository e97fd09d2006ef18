"""From held-out choices to the weights of one ranking: the fusion's, the tuned re-ranker's, and the file of choices."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog
from tools.catalog.load import InteractionTable
from tools.ranking.cases import Asked, RankedCase, Scorer, ranked_cases, score_choices
from tools.ranking.choices import draw_choices
from tools.ranking.choices_file import LISTED, RerankCase, save_choices
from tools.ranking.fusion import Case, fit_fusion
from tools.ranking.tuned import CONTEXTS, TunedReranker, Weights
from tools.ranking.tuning import TunedCase, fit_tuned, measure_tuned
from tools.sequence.serve import SequenceModel
from tools.text.graph import KeywordGraph
from tools.text.keywords import KeywordIndex


def build_ranking(
    folder: Path,
    catalog: Catalog,
    table: InteractionTable,
    held_out_model: Path,
    vectors: NDArray[np.float32],
    keywords: KeywordIndex,
    graph: KeywordGraph,
    seed: int,
    progress: Callable[[float], None],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Writes `fusion.json`, `tuned.json` and `choices.json` into `folder`; gives the reports of fusion and re-ranker.

    held_out_model: what `build_sequence_model` wrote as its evaluation model. vectors: (items, dim) unit, of item texts.
    """
    choices = draw_choices(catalog, table, keywords, graph, seed)
    cases: list[Case] = []
    asked: list[Asked] = []
    ranked: list[RankedCase] = []
    if choices and held_out_model.is_dir():
        scorer = Scorer(catalog, SequenceModel.load(held_out_model), vectors, keywords, graph)
        cases, asked = score_choices(choices, scorer, lambda share: progress(0.95 * share))
    fusion, fusion_report = fit_fusion(cases)
    fusion.save(folder / "fusion.json")
    if asked:
        ranked = list(ranked_cases(asked, fusion))
    weights: dict[str, Weights] = {}
    tuned_report: dict[str, Any] = {"listed": LISTED}
    for context in CONTEXTS:
        these = [one for one in ranked if one.context == context]
        tried = sum(one.context == context and not one.strange for one in asked)
        weights[context], tuned_report[context] = _fit(these, tried)
    tuned = TunedReranker(weights)
    tuned.save(folder / "tuned.json")
    listed = _listed([one for one in ranked if one.context == "both"])
    save_choices(folder / "choices.json", _for_file(listed, tuned, catalog))
    return fusion_report, tuned_report


def _listed(ranked: Sequence[RankedCase]) -> list[RankedCase]:
    """People's own wishes whose item is among the retriever's first LISTED."""
    return [one for one in ranked if not one.strange and one.case.taken < LISTED]


def _fit(ranked: Sequence[RankedCase], tried: int) -> tuple[Weights, dict[str, Any]]:
    """The weights fitted on the one part of the users, and what they gain on the other in choices that are listed."""
    own, strange = (
        [one.case for one in ranked if one.choice.part == "fit" and one.strange == other]
        for other in (False, True)
    )
    weights, fit = fit_tuned(own, strange)
    listed = _listed(ranked)
    test = [one for one in listed if one.choice.part == "test"]
    measured = measure_tuned(weights, [one.case for one in test]) | {"by_kind": _by_kind(weights, test)}
    idle = not any(weights.values())
    # of the users fitted on the figures are cross-validated
    return weights, {"tried": tried, "cases": len(listed), "idle": idle, "fit": fit, "test": measured}


def _by_kind(weights: Weights, ranked: Sequence[RankedCase]) -> dict[str, Any]:
    """The figures by the kinds of phrases a wish is made of."""
    groups: dict[str, list[TunedCase]] = {}
    for one in ranked:
        groups.setdefault(" + ".join(sorted(set(one.choice.kinds))), []).append(one.case)
    return {kinds: measure_tuned(weights, cases) for kinds, cases in sorted(groups.items())}


def _for_file(listed: Sequence[RankedCase], tuned: TunedReranker, catalog: Catalog) -> list[RerankCase]:
    numbers: dict[int, int] = {}
    return [
        RerankCase(
            part=one.choice.part,
            user=numbers.setdefault(one.choice.user, len(numbers)),
            history=tuple(catalog.items[row].id for row in one.choice.history),
            phrases=one.choice.phrases,
            kinds=one.choice.kinds,
            category=one.choice.category,
            candidates=tuple(catalog.items[row].id for row in one.rows[:LISTED]),
            scores=_rounded(one.case.scores[:LISTED]),
            tuned=_rounded(_adjustments(one.case, tuned)[:LISTED]),
            sources={name: _rounded(scores[:LISTED]) for name, scores in one.case.sources.items()},
            taken=one.case.taken,
        )
        for one in listed
    ]


def _adjustments(case: TunedCase, tuned: TunedReranker) -> NDArray[np.float64]:
    return tuned.adjustments(case.scores, case.sources, case.match)


def _rounded(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)
