"""Two reports side by side: each figure before and after, their paired difference, and whether it is more than chance.

The comparison is a report too, so that whatever shows or writes a report shows and writes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from agent.evaluation.report.contents import (
    Cell,
    Figure,
    Plot,
    Report,
    Section,
    Table,
    paired_difference,
)
from agent.evaluation.report.numbers import number
from agent.evaluation.report.significance import FLIPS, LEVEL, holm, sign_flip_p

# settings that say which cases were drawn: where they differ, the same id is another case
DRAWS = frozenset(
    {
        "seed",
        "catalog",
        "build",
        "data",
        "dataset",
        "split",
        "noise",
        "kind",
        "personas",
        "targets",
        "people there are",
    }
)
Verdict = Literal[
    "better", "worse", "different", "no difference shown", "not paired: no claim", "only in one"
]
METHOD = (
    "After less before. A figure is paired where both reports have the same cases of it; its interval is a bootstrap over "
    f"groups of cases, its p-value a sign-flip test over them ({FLIPS:,} throws), corrected for all paired figures of the "
    f"section (Holm). “Better” and “worse” are said only where the interval excludes 0 and the corrected p is below {LEVEL:g}; "
    "where figures are not paired nothing is claimed of their difference."
)


@dataclass(frozen=True)
class Compared:
    """One figure of both reports. difference: paired, None where it is not; p: corrected."""

    name: str
    before: Figure | None
    after: Figure | None
    difference: Figure | None = None
    p: float | None = None

    @property
    def verdict(self) -> Verdict:
        """What may be said of the difference."""
        if self.before is None or self.after is None:
            return "only in one"
        if self.difference is None or self.p is None:
            return "not paired: no claim"
        if self.p >= LEVEL or self.difference.low <= 0 <= self.difference.high:
            return "no difference shown"
        if not self.after.better:
            return "different"
        return "better" if (self.difference.mean > 0) == (self.after.better == "higher") else "worse"


def compare_reports(before: Report, after: Report) -> Report:
    """The comparison, its overview first, then a section for each that both have."""
    old, new = ({s.name: s for s in report.sections} for report in (before, after))
    shared = [name for name in old if name in new]
    compared = {name: compare_figures(old[name], new[name]) for name in shared}
    sections = [_section(old[name], new[name], compared[name]) for name in shared]
    overview = Section(
        "comparison",
        "Before and after",
        METHOD,
        tables=(
            _provenance(before, after),
            _verdicts(compared),
            *_only_in_one(list(old), list(new)),
        ),
    )
    return Report((overview, *sections))


def compare_figures(before: Section, after: Section) -> list[Compared]:
    """The figures of both, those of the later report first in its order."""
    old, new = ({f.name: f for f in section.figures} for section in (before, after))
    same_draw = not redrawn(before, after)
    found: list[Compared] = []
    for name in [*new, *(n for n in old if n not in new)]:
        one, other = old.get(name), new.get(name)
        gain = paired_difference(one, other) if one and other and same_draw else None
        found.append(Compared(name, one, other, gain))
    paired = [at for at, one in enumerate(found) if one.difference is not None]
    p_values = holm([sign_flip_p(d) for at in paired if (d := found[at].difference) is not None])
    for at, p in zip(paired, p_values, strict=True):
        found[at] = replace(found[at], p=p)
    return found


def redrawn(before: Section, after: Section) -> list[str]:
    """Settings that differ and decide which cases were drawn."""
    return [name for name, *_ in _setups(before, after) if name in DRAWS]


def _section(before: Section, after: Section, figures: Sequence[Compared]) -> Section:
    """What both reports have of one measurement; its figures are the paired differences."""
    drawn_anew = redrawn(before, after)
    told = (
        f"Nothing is paired here: the two runs differ in {', '.join(drawn_anew)}, so that a case of one is no case of the other."
        if drawn_anew
        else ""
    )
    tables = [_side_by_side(figures)]
    setups = _setups(before, after)
    if setups:
        tables.append(Table("Set up differently", ("setting", "before", "after"), tuple(setups)))
    fallen = [("not held any more", f) for f in after.failures if f not in before.failures]
    mended = [("held now", f) for f in before.failures if f not in after.failures]
    if fallen or mended:
        tables.append(Table("What must hold", ("change", "what"), (*fallen, *mended)))
    return Section(
        after.name,
        after.title,
        told,
        figures=tuple(
            replace(one.difference, name=f"{one.name}, after less before")
            for one in figures
            if one.difference is not None
        ),
        tables=tuple(tables),
        plots=_plots(before, after),
    )


def _side_by_side(figures: Sequence[Compared]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in figures:
        gain = one.difference
        rows.append(
            (
                one.name,
                one.before.mean if one.before else None,
                one.after.mean if one.after else None,
                gain.mean if gain else one.after.mean - one.before.mean if one.after and one.before else None,
                f"{number(gain.low)} to {number(gain.high)}" if gain else None,
                _cases(one),
                one.p,
                one.verdict,
            )
        )
    columns = ("figure", "before", "after", "difference", "95 % interval", "pairs", "p (Holm)", "verdict")
    return Table("Side by side", columns, tuple(rows))


def _cases(one: Compared) -> str | None:
    """How many pairs; and of how many cases, where not all have one."""
    if one.difference is None or one.before is None or one.after is None:
        return None
    most = max(one.before.count, one.after.count)
    return str(one.difference.count) if one.difference.count == most else f"{one.difference.count} of {most}"


def _setups(before: Section, after: Section) -> list[tuple[str, str, str]]:
    names = [*before.setup, *(n for n in after.setup if n not in before.setup)]
    told = [(n, _told(before.setup, n), _told(after.setup, n)) for n in names]
    return [(n, one, other) for n, one, other in told if one != other]


def _told(setup: Mapping[str, Any], name: str) -> str:
    if name not in setup:
        return "–"
    value = setup[name]
    if isinstance(value, (list, tuple)):
        return ", ".join(str(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    return str(value)


def _plots(before: Section, after: Section) -> tuple[Plot, ...]:
    """The plots that both have, each with the lines or bars of both."""
    old = {(p.title, p.kind): p for p in before.plots}
    return tuple(
        replace(
            plot,
            series=tuple(
                replace(one, name=f"{when}: {one.name}")
                for pair in _pairs(old[plot.title, plot.kind], plot)
                for when, one in pair
            ),
        )
        for plot in after.plots
        if (plot.title, plot.kind) in old
    )


def _pairs(before: Plot, after: Plot) -> list[list[tuple[str, Any]]]:
    names = dict.fromkeys(s.name for plot in (before, after) for s in plot.series)
    return [
        [
            (when, s)
            for when, plot in (("before", before), ("after", after))
            for s in plot.series
            if s.name == n
        ]
        for n in names
    ]


def _provenance(before: Report, after: Report) -> Table:
    names = dict.fromkeys((*before.provenance, *after.provenance))
    rows: list[tuple[Cell, ...]] = [(n, before.provenance.get(n), after.provenance.get(n)) for n in names]
    same = "the same" if before.digest() == after.digest() else "others"
    rows.append(("digest", before.digest()[:16], after.digest()[:16]))
    rows.append(("but for clocks, the contents are", None, same))
    return Table("What is compared", ("", "before", "after"), tuple(rows))


def _verdicts(compared: Mapping[str, Sequence[Compared]]) -> Table:
    kinds: tuple[Verdict, ...] = (
        "better", "worse", "different", "no difference shown", "not paired: no claim", "only in one",
    )  # fmt: skip
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *(sum(one.verdict == kind for one in figures) for kind in kinds))
        for name, figures in compared.items()
    )
    return Table("Figures by verdict", ("section", *kinds), rows)


def _only_in_one(old: Sequence[str], new: Sequence[str]) -> list[Table]:
    rows = [(n, "before") for n in old if n not in new] + [(n, "after") for n in new if n not in old]
    return [Table("Sections of one report only", ("section", "in"), tuple(rows))] if rows else []
