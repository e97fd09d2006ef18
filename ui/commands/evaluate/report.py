"""`palate evaluate report` and `compare`: all measurements in one page, and two reports side by side."""

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.evaluate.group import commands
from ui.commands.options import AsIfPassed, AsJson, CatalogName, Home, make_console, settings_of


@commands.command("report")
def evaluate_report(
    out: Annotated[Path, typer.Option(help="Folder for report.html and report.json.")],
    sections: Annotated[
        str | None, typer.Option(help="Measurements, between commas; all when left out.")
    ] = None,
    people: Annotated[int, typer.Option(min=1, help="Simulated people.")] = 100,
    ablations: Annotated[
        bool, typer.Option("--ablations", help="The same people again with each part left out in turn.")
    ] = False,
    events: Annotated[int, typer.Option(min=2, help="Held-out events for steering.")] = 600,
    explanations: Annotated[int, typer.Option(min=1, help="Reasons and answers to check.")] = 1000,
    turns: Annotated[int, typer.Option(min=1, help="Turns to count the cost of.")] = 200,
    dialogues: Annotated[
        list[Path] | None, typer.Option(help="Scripted dialogues: a file or folder; tests/dialogues.")
    ] = None,
    redial: Annotated[
        Path | None, typer.Option(help="Folder of recorded dialogues, as `palate evaluate redial` takes it.")
    ] = None,
    llm: Annotated[str, typer.Option(help="Language model: none, auto, local or remote.")] = "none",
    as_if_passed: AsIfPassed = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that is drawn.")] = 0,
    as_json: AsJson = False,
    home: Home = None,
    catalog: CatalogName = None,
) -> None:
    """Every measurement in one page and one JSON file; 1 when anything that must hold does not."""
    from ui.terminal.evaluate import report as face
    from ui.terminal.printing import print_json

    paths = tuple(dialogues or (Path("tests/dialogues"),))
    run = face.ReportRun(
        home, catalog, llm, seed, people, ablations, events, explanations, turns, paths, redial, as_if_passed
    )
    names = face.parse_sections(sections, redial is not None)
    # settings that contradict each other are told before minutes are spent
    settings_of(home=home, catalog=catalog, llm=llm)
    face.make_folder(out)
    with make_console(stderr=True).status("Measuring…") as status:
        report = face.measure(names, run, status.update)
    face.write_report(report, out)
    if as_json:
        print_json(report.to_json())
    else:
        face.print_summary(make_console(), report, out)
    raise typer.Exit(1 if any(section.failures for section in report.sections) else 0)


@commands.command("compare")
def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE.json", help="The earlier report.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER.json", help="The later report.")],
    html: Annotated[Path | None, typer.Option(help="File to write the comparison to as a page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Two reports side by side: each figure, its paired difference, and whether that is more than chance."""
    from ui.terminal.evaluate import report as face
    from ui.terminal.evaluate.sections import print_section
    from ui.terminal.printing import print_json

    compared = face.compare_files(before, after, html)
    if as_json:
        print_json(compared.to_json())
        return
    for section in compared.sections:
        print_section(make_console(), section)
