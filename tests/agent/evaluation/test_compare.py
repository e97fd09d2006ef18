"""Two reports side by side: what is said of a difference, and when nothing may be said."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.report.compare import compare_figures, compare_reports
from agent.evaluation.report.contents import (
    Figure,
    Plot,
    Report,
    Section,
    Series,
    mean_figure,
    paired_difference,
)
from agent.evaluation.report.html import render_html
from agent.evaluation.report.reading import read_report
from agent.evaluation.report.significance import FLIPS, holm, sign_flip_p

CASES = {f"u{n}": random.Random(n).random() for n in range(60)}


def _section(*figures: Figure, name: str = "simulate", **setup: Any) -> Section:
    return Section(name, name.capitalize(), setup=setup, figures=figures)


def _moved(by: float, noise: float = 0.0, seed: int = 1) -> dict[str, float]:
    rng = random.Random(seed)
    return {case: value + by + noise * rng.uniform(-1, 1) for case, value in CASES.items()}


def _verdict(before: Figure, after: Figure, **setup: Any) -> str:
    one, other = _section(before, seed=0), _section(after, **{"seed": 0, **setup})
    return compare_figures(one, other)[0].verdict


@pytest.mark.parametrize(
    ("by", "better", "verdict"),
    [(0.1, "higher", "better"), (-0.1, "higher", "worse"), (0.1, "lower", "worse"), (-0.1, "lower", "better"),
     (0.1, "", "different"), (0.0, "higher", "no difference shown")],
)  # fmt: skip
def test_a_paired_difference_that_is_more_than_chance_is_called_by_which_way_is_good(
    by: float, better: Any, verdict: str
) -> None:
    before = mean_figure("recall@10", CASES, better=better)
    after = mean_figure("recall@10", _moved(by, noise=0.1), better=better)
    assert _verdict(before, after) == verdict


def test_noise_alone_shows_no_difference() -> None:
    assert (
        _verdict(mean_figure("f", CASES), mean_figure("f", _moved(0.0, noise=0.3))) == "no difference shown"
    )


def test_a_few_cases_cannot_show_anything_however_clear_they_look() -> None:
    few = {case: CASES[case] for case in list(CASES)[:4]}
    after = {case: value + 0.5 for case, value in few.items()}
    before, now = mean_figure("f", few), mean_figure("f", after)
    gain = paired_difference(before, now)
    assert gain is not None
    assert gain.low > 0  # the interval alone would have it
    assert _verdict(before, now) == "no difference shown"


def test_cases_of_one_group_count_once() -> None:
    """Sixty turns of four dialogues are four dialogues."""
    group = {case: f"d{n % 4}" for n, case in enumerate(CASES)}
    before, after = mean_figure("f", CASES, group), mean_figure("f", _moved(0.1), group)
    assert _verdict(before, after) == "no difference shown"
    assert _verdict(mean_figure("f", CASES), mean_figure("f", _moved(0.1))) == "better"


def test_without_the_same_cases_nothing_is_claimed() -> None:
    before = mean_figure("f", CASES)
    others = mean_figure("f", {f"other {case}": value + 9 for case, value in CASES.items()})
    assert _verdict(before, others) == "not paired: no claim"


@pytest.mark.parametrize("setup", [{"seed": 1}, {"catalog": "books"}])
def test_another_draw_has_other_cases_under_the_same_names(setup: dict[str, Any]) -> None:
    before, after = mean_figure("f", CASES), mean_figure("f", _moved(0.5))
    assert _verdict(before, after, **setup) == "not paired: no claim"
    section = compare_reports(
        Report((_section(before, seed=0),)), Report((_section(after, **{"seed": 0, **setup}),))
    ).sections[1]
    assert next(iter(setup)) in section.text
    assert section.figures == ()
    rows = {t.title: t.rows for t in section.tables}
    assert [row[0] for row in rows["Set up differently"]] == list(setup)
    assert rows["Side by side"][0][3] == pytest.approx(0.5)  # told, and nothing claimed of it


def test_only_shared_cases_are_paired_and_it_says_how_many() -> None:
    some = {case: value + 0.2 for case, value in list(CASES.items())[:40]}
    compared = compare_reports(
        Report((_section(mean_figure("f", CASES)),)), Report((_section(mean_figure("f", some)),))
    )
    row = compared.sections[1].tables[0].rows[0]
    assert row[5] == "40 of 60"
    assert row[3] == pytest.approx(0.2)


def test_many_figures_are_corrected_for() -> None:
    """Of forty figures of noise one or two look different alone; together none does."""
    before = [mean_figure(f"f{n}", CASES) for n in range(40)]
    after = [mean_figure(f"f{n}", _moved(0.0, noise=0.4, seed=n)) for n in range(40)]
    alone = [
        gain for b, a in zip(before, after, strict=True) if (gain := paired_difference(b, a)) is not None
    ]
    assert [g for g in alone if not g.low <= 0 <= g.high]
    assert {c.verdict for c in compare_figures(_section(*before), _section(*after))} == {
        "no difference shown"
    }


def test_holm_multiplies_the_smallest_most_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_p_value_is_that_of_all_sign_flips() -> None:
    """Three pairs that all rise by one: two of eight flips reach that far."""
    assert sign_flip_p(mean_figure("f", {"a": 1.0, "b": 1.0, "c": 1.0})) == pytest.approx(0.25, abs=0.02)
    assert sign_flip_p(mean_figure("f", {"a": 0.0, "b": 0.0})) == 1.0
    assert sign_flip_p(mean_figure("f", dict.fromkeys(map(str, range(40)), 1.0))) == pytest.approx(
        1 / (FLIPS + 1)
    )
    assert sign_flip_p(mean_figure("f", {})) == 1.0


def test_what_only_one_report_has_is_named() -> None:
    old = Report((_section(mean_figure("gone", CASES)), _section(name="redial")))
    new = Report((_section(mean_figure("new", CASES)), _section(name="cost")))
    overview, section = compare_reports(old, new).sections
    assert {t.title: t.rows for t in overview.tables}["Sections of one report only"] == (
        ("redial", "before"),
        ("cost", "after"),
    )
    assert [(row[0], row[-1]) for row in section.tables[0].rows] == [
        ("new", "only in one"),
        ("gone", "only in one"),
    ]


def test_what_fell_and_what_was_mended_is_told() -> None:
    old = replace(_section(), failures=("a", "b"))
    new = replace(_section(), failures=("b", "c"))
    tables = {t.title: t.rows for t in compare_reports(Report((old,)), Report((new,))).sections[1].tables}
    assert tables["What must hold"] == (("not held any more", "c"), ("held now", "a"))


def test_shared_plots_are_drawn_over_each_other() -> None:
    plot = Plot("By turn", "line", "turn", "success", (Series("all", (1, 2), (0.1, 0.2)),))
    old = replace(_section(), plots=(plot, replace(plot, title="only before")))
    new = replace(_section(), plots=(plot,))
    plots = compare_reports(Report((old,)), Report((new,))).sections[1].plots
    assert [[s.name for s in p.series] for p in plots] == [["before: all", "after: all"]]


def test_a_comparison_is_a_report_and_repeats(tmp_path: Path) -> None:
    old = Report((_section(mean_figure("f", CASES), seed=0),), {"commit": "a"})
    new = Report((_section(mean_figure("f", _moved(0.1)), seed=0),), {"commit": "b"})
    first, second = compare_reports(old, new), compare_reports(old, new)
    assert render_html(first) == render_html(second)
    (tmp_path / "c.json").write_text(json.dumps(first.to_json()))
    assert read_report(tmp_path / "c.json").digest() == second.digest()
    same = {t.title: t.rows for t in compare_reports(old, old).sections[0].tables}["What is compared"]
    assert same[-1] == ("but for clocks, the contents are", None, "the same")
