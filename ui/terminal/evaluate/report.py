"""`palate evaluate report` and `compare`: the measurements that make a report, and two reports side by side."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.evaluation.given import WORDING
from agent.evaluation.report.compare import compare_reports
from agent.evaluation.report.contents import Report, Section
from agent.evaluation.report.html import write_html
from agent.evaluation.report.reading import read_report
from agent.settings import Settings, read_settings
from tools.errors import PalateError, UserInputError
from ui.presentation import printable
from ui.terminal.benchmark import provenance
from ui.terminal.evaluate.measured import measured_agent

FEW_FAILURES = 10  # of a section on the terminal
HTML, JSON = "report.html", "report.json"
Tell = Callable[[str], object]


@dataclass(frozen=True)
class ReportRun:
    """What is measured, and how much of it. people: simulated ones; ablations: those again without each part; events:
    held-out ones that are steered to; explanations: texts to check; turns: to count the cost of; recorded: a folder of
    recorded dialogues, without which these are left out. given: the language model acts in roles that no trial gave it."""

    home: Path | None = None
    catalog: str | None = None
    llm: str = "none"
    seed: int = 0
    people: int = 100
    ablations: bool = False
    events: int = 600
    explanations: int = 1000
    turns: int = 200
    dialogues: tuple[Path, ...] = (Path("tests/dialogues"),)
    recorded: Path | None = None
    given: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """Of the agent's settings."""
        return {"home": self.home, "catalog": self.catalog}

    @property
    def settings(self) -> Settings:
        """Of the agent."""
        return read_settings(**self.options, llm=self.llm)


def _dialogues(run: ReportRun, tell: Tell) -> Section:
    from ui.terminal.evaluate.dialogues import evaluate_dialogues

    home = read_settings(home=run.home).home_folder
    return evaluate_dialogues(run.dialogues, home, "", run.seed, tell)[0]


def _simulate(run: ReportRun, tell: Tell) -> Section:
    from ui.terminal.evaluate.simulate import Wanted, evaluate_simulate

    wanted = Wanted(run.people, seed=run.seed, ablations=run.ablations, with_model=run.llm != "none")
    with measured_agent(run.settings) as agent:
        return evaluate_simulate(agent, wanted, tell)


def _steering(run: ReportRun, tell: Tell) -> Section:
    from ui.terminal.evaluate.steering import evaluate_steering

    with measured_agent(replace(run, llm="none").settings) as agent:
        return evaluate_steering(agent, run.events, run.seed, tell)


def _explanations(run: ReportRun, tell: Tell) -> Section:
    from agent.evaluation.explanations import check_explanations, explanations_section

    with measured_agent(run.settings, WORDING if run.given else ()) as agent:
        tell(f"checking {run.explanations} texts")
        return explanations_section(check_explanations(agent, run.explanations, run.seed))


def _cost(run: ReportRun, tell: Tell) -> Section:
    from ui.terminal.evaluate.cost import CostRun, evaluate_cost

    models = {"none": (), "auto": ("local", "remote")}.get(run.llm, (run.llm,))
    cost = CostRun(turns=run.turns, given=run.given, seed=run.seed)
    return evaluate_cost(("none", *models), run.options, cost, tell)


def _redial(run: ReportRun, tell: Tell) -> Section:
    from ui.terminal.evaluate.redial import evaluate_redial

    if run.recorded is None:
        raise UserInputError("recorded dialogues are not in palate; name their folder with --redial")
    home = read_settings(home=run.home).home_folder
    return evaluate_redial(run.recorded, None, home, run.seed, False, tell)


MEASUREMENTS: Mapping[str, Callable[[ReportRun, Tell], Section]] = {
    "dialogues": _dialogues,
    "simulate": _simulate,
    "steering": _steering,
    "explanations": _explanations,
    "cost": _cost,
    "redial": _redial,
}


def parse_sections(given: str | None, recorded: bool) -> tuple[str, ...]:
    """The names between commas; when none are given all that can be, redial only where there are recorded dialogues. Raises
    UserInputError."""
    if given is None:
        return tuple(name for name in MEASUREMENTS if recorded or name != "redial")
    names = tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    unknown = next((name for name in names if name not in MEASUREMENTS), None)
    if unknown is not None or not names:
        raise UserInputError(f"no section {unknown or given!r}; there are: {', '.join(MEASUREMENTS)}")
    return names


def measure(names: Sequence[str], run: ReportRun, tell: Tell) -> Report:
    """The sections in order. One that cannot be measured says why among what is not held, and the others go on."""
    sections = []
    for name in names:
        tell(f"{name}…")
        started = time.perf_counter()
        try:
            section = MEASUREMENTS[name](run, lambda step, name=name: tell(f"{name}: {step}"))  # type: ignore[misc]
        except PalateError as error:
            section = Section(name, name.capitalize(), failures=(f"could not be measured: {error}",))
        took = round(time.perf_counter() - started, 2)
        sections.append(replace(section, timings={**section.timings, "whole s": took}))
    return Report(tuple(sections), provenance())


def make_folder(folder: Path) -> None:
    """Makes the folder of a report. Raises UserInputError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserInputError(f"{folder} cannot be made a folder: {error.strerror}") from error


def write_report(report: Report, folder: Path) -> None:
    """Writes both files. Raises UserInputError where the folder cannot be written."""
    write_page(report, folder / HTML)
    try:
        (folder / JSON).write_text(json.dumps(report.to_json()) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserInputError(f"{folder / JSON} cannot be written: {error.strerror}") from error


def print_summary(console: Console, report: Report, folder: Path) -> None:
    """A row a section, what is not held, and where the files are."""
    table = Table(title="Measured", title_justify="left")
    table.add_column("section")
    for heading in ("figures", "not held", "s"):
        table.add_column(heading, justify="right")
    for section in report.sections:
        figures, failures = str(len(section.figures)), str(len(section.failures))
        table.add_row(section.name, figures, failures, f"{section.timings['whole s']:.1f}")
    console.print(table)
    for section in report.sections:
        for failure in section.failures[:FEW_FAILURES]:
            console.print(Text(f"  {section.name}: {printable(failure)}", style="red"))
        if len(section.failures) > FEW_FAILURES:
            more = len(section.failures) - FEW_FAILURES
            console.print(Text(f"  {section.name}: … and {more} more, on the page", style="red"))
    console.print(f"digest {report.digest()}")
    console.print(f"{folder / HTML}, {folder / JSON}")


def compare_files(before: Path, after: Path, html: Path | None) -> Report:
    """The comparison of two report files, written as a page where that is wished. Raises UserInputError."""
    compared = compare_reports(read_report(before), read_report(after))
    if html is not None:
        write_page(compared, html, "palate, before and after")
    return compared


def write_page(report: Report, path: Path, title: str = "palate, measured") -> None:
    """Writes the page. Raises UserInputError where it cannot be written."""
    try:
        write_html(report, path, title)
    except OSError as error:
        raise UserInputError(f"{path} cannot be written: {error.strerror}") from error
