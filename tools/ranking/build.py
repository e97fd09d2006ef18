"""From held-out choices to the weights of one ranking: the fusion's, the tuned re-ranker's, and the file of choices."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog
from tools.catalog.load import InteractionTable
from tools.ranking.cases import Asked, Scorer, TopCase, score_choices, top_cases
from tools.ranking.choices import draw_choices
from tools.ranking.choices_file import RerankCase, save_choices
from tools.ranking.fusion import Case, fit_fusion
from tools.ranking.tuned import CONTEXTS, TOP, TunedCase, TunedReranker, Weights, fit_tuned, measure_tuned
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
    tops: list[TopCase] = []
    if choices and held_out_model.is_dir():
        scorer = Scorer(catalog, SequenceModel.load(held_out_model), vectors, keywords, graph)
        cases, asked = score_choices(choices, scorer, lambda share: progress(0.95 * share))
    fusion, fusion_report = fit_fusion(cases)
    fusion.save(folder / "fusion.json")
    if asked:
        tops = list(top_cases(asked, fusion, scorer))
    weights: dict[str, Weights] = {}
    tuned_report: dict[str, Any] = {"among": TOP}
    for context in CONTEXTS:
        these = [top for top in tops if top.context == context]
        tried = sum(one.context == context for one in asked)
        weights[context], tuned_report[context] = _fit(these, tried)
    tuned = TunedReranker(weights)
    tuned.save(folder / "tuned.json")
    save_choices(folder / "choices.json", _for_file([t for t in tops if t.context == "both"], tuned, catalog))
    return fusion_report, tuned_report


def _fit(tops: Sequence[TopCase], tried: int) -> tuple[Weights, dict[str, Any]]:
    """The weights fitted on the one part of the users, and what they gain on the other."""
    weights, fit = fit_tuned([top.case for top in tops if top.choice.part == "fit"])
    test = [top for top in tops if top.choice.part == "test"]
    measured = measure_tuned(weights, [top.case for top in test]) | {"by_kind": _by_kind(weights, test)}
    idle = not any(weights.values())
    # of the users fitted on the figures are cross-validated
    return weights, {"tried": tried, "cases": len(tops), "idle": idle, "fit": fit, "test": measured}


def _by_kind(weights: Weights, tops: Sequence[TopCase]) -> dict[str, Any]:
    """The figures by the kinds of phrases a wish is made of."""
    groups: dict[str, list[TunedCase]] = {}
    for top in tops:
        groups.setdefault(" + ".join(sorted(set(top.choice.kinds))), []).append(top.case)
    return {kinds: measure_tuned(weights, cases) for kinds, cases in sorted(groups.items())}


def _for_file(tops: Sequence[TopCase], tuned: TunedReranker, catalog: Catalog) -> list[RerankCase]:
    numbers: dict[int, int] = {}
    return [
        RerankCase(
            part=top.choice.part,
            user=numbers.setdefault(top.choice.user, len(numbers)),
            history=tuple(catalog.items[row].id for row in top.choice.history),
            phrases=top.choice.phrases,
            kinds=top.choice.kinds,
            category=top.choice.category,
            candidates=tuple(catalog.items[row].id for row in top.rows),
            scores=_rounded(top.case.scores),
            tuned=_rounded(tuned.adjustments(top.case.scores, top.case.sources, top.case.match)),
            sources={name: _rounded(scores) for name, scores in top.case.sources.items()},
            taken=top.case.taken,
        )
        for top in tops
    ]


def _rounded(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)
