"""`palate evaluate parsing`: runs the measurement and shows it."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.evaluation.parsing import Verdict, judge, open_parser, summarise
from agent.evaluation.scripted.partners import Partners
from agent.evaluation.scripted.running import run_dialogues
from agent.evaluation.utterances import read_utterances
from tools.errors import UserInputError
from tools.text.embedder import Embedder, find_embedder
from ui.presentation import printable
from ui.terminal.benchmark import provenance

Tell = Callable[[str], object]
MUST = {"title": 0.95, "facet and range": 0.93}


def evaluate_parsing(paths: Sequence[Path], home: Path, dialogues: bool, tell: Tell) -> dict[str, Any]:
    """Judges every utterance, and plays every dialogue, under these paths."""
    missing = next((p for p in paths if not p.exists()), None)
    if missing is not None:
        raise UserInputError(f"no file or folder {missing}")
    files = [f for path in paths for f in (sorted(path.rglob("*.toml")) if path.is_dir() else [path])]
    if not files:
        raise UserInputError(f"no .toml file under {', '.join(map(str, paths))}")
    told = [f for f in files if "[[utterance]]" in f.read_text(encoding="utf-8")]
    embedder = Embedder(find_embedder(home, "minilm"))
    parsers: dict[Path, Any] = {}
    verdicts: list[Verdict] = []
    counts: dict[str, int] = {}
    for file in told:
        utterances, folders = read_utterances(file)
        for utterance in utterances:
            folder = folders[utterance.catalog].resolve()
            if folder not in parsers:
                tell(f"Reading {folder.name}…")
                parsers[folder] = open_parser(folder, embedder)
            verdicts.append(judge(utterance, parsers[folder]))
        counts[str(file)] = len(utterances)
        tell(f"{file.name}: {len(utterances)} utterances")
    report = summarise(verdicts)
    report |= {"benchmark": "parsing", "files": counts, "verdicts": verdicts, **provenance()}
    scripts = [f for f in files if f not in told] if dialogues else []
    return report | _play(scripts, home, tell)


def _play(scripts: Sequence[Path], home: Path, tell: Tell) -> dict[str, Any]:
    """Plays scripted dialogues; what a dialogue marked broken does wrong is known, and not told again."""
    with tempfile.TemporaryDirectory() as folder, Partners(home, Path(folder), tell=tell) as partners:
        outcomes = run_dialogues(scripts, partners, tell)
    played = [(o.name, o.played) for o in outcomes if o.played is not None]
    whole = [(name, p) for name, p in played if name not in {o.name for o in outcomes if o.dialogue.broken}]
    return {
        "dialogues": {
            "dialogues": len(scripts),
            "turns": sum(len(p.turns) for _, p in played),
            "items_shown": sum(p.shown for _, p in played),
        },
        "violations": [f"{name}: {v}" for name, p in whole for v in p.violations],
        "failures": [f"{name}: {f}" for name, p in whole for f in p.failures],
    }


def plain(report: dict[str, Any]) -> dict[str, Any]:
    """The report without what is not JSON; the faults as text."""
    faults = [{"say": v.utterance.say, "faults": list(v.faults)} for v in report["verdicts"] if v.faults]
    return {**{k: v for k, v in report.items() if k != "verdicts"}, "faults": faults}


def print_parsing(console: Console, report: dict[str, Any], faults: bool) -> None:
    """The figures as a table, what must hold beside it."""
    if faults:
        for verdict in report["verdicts"]:
            if verdict.faults:
                console.print(Text(f"- {printable(verdict.utterance.say)}"))
                for fault in verdict.faults:
                    console.print(Text(f"    {fault}", style="dim"))
    table = Table(title=f"{report['utterances']} utterances", title_justify="left")
    table.add_column("kind")
    for heading in ("precision", "recall", "F1", "found", "expected", "must"):
        table.add_column(heading, justify="right")
    for kind, row in report["kinds"].items():
        must = f"{MUST[kind]:.2f}" if kind in MUST else ""
        table.add_row(
            kind,
            *(f"{row[k]:.3f}" for k in ("precision", "recall", "f1")),
            str(row["found"]),
            str(row["expected"]),
            must,
        )
    console.print(table)
    sentiment, intent, ms = report["sentiment"], report["intent"], report["parse_ms"]
    console.print(f"sentiment accuracy {sentiment['accuracy']:.3f} of {sentiment['of']} (must 0.92)")
    console.print(f"intent accuracy {intent['accuracy']:.3f} of {intent['of']} (must 0.90)")
    console.print(f"parse ms: p50 {ms['p50']:.1f} (must 30), p95 {ms['p95']:.1f}, max {ms['max']:.1f}")
    played = report["dialogues"]
    if played["dialogues"]:
        console.print(
            f"{played['dialogues']} dialogues, {played['turns']} turns, {played['items_shown']} items shown: "
            f"{len(report['violations'])} violations of a hard wish (must 0), {len(report['failures'])} failed expectations"
        )
        for line in (*report["violations"], *report["failures"]):
            console.print(Text(f"  {printable(line)}", style="red"))
