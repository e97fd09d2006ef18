"""Runs dialogue files one after another, and tells what came of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.evaluation.scripted.dialogue import Dialogue, check_against, read_dialogue
from agent.evaluation.scripted.partners import Partner, Partners
from agent.evaluation.scripted.playing import Played, play

Verdict = Literal["passed", "failed", "expected to fail", "passed unexpectedly", "skipped"]


@dataclass(frozen=True)
class Outcome:
    """What came of one dialogue. played: None where it was skipped, `skipped` says why."""

    name: str
    dialogue: Dialogue
    played: Played | None
    skipped: str = ""

    @property
    def verdict(self) -> Verdict:
        """How it went; a dialogue marked `broken` must fail, as a strict xfail must."""
        if self.played is None:
            return "skipped"
        holds = not self.played.failures and not self.played.violations
        if self.dialogue.broken:
            return "passed unexpectedly" if holds else "expected to fail"
        return "passed" if holds else "failed"

    @property
    def faults(self) -> tuple[str, ...]:
        """What makes the run fail; empty where the dialogue went as it should."""
        if self.verdict == "passed unexpectedly":
            return (f"passed though it is marked broken: {self.dialogue.broken}",)
        if self.verdict != "failed" or self.played is None:
            return ()
        return (*self.played.failures, *(f"violation: {v}" for v in self.played.violations))


def run_dialogues(
    files: Sequence[Path], partners: Partners, tell: Callable[[str], object] = lambda _: None
) -> list[Outcome]:
    """Plays the dialogue of each file. All are read, and held against their catalogues, before the first is played.

    Raises UserInputError on a faulty file, SetupError when a catalogue cannot be opened.
    """
    read = [(file, read_dialogue(file)) for file in files]
    ready = [(file, dialogue, partner_for(file, dialogue, partners)) for file, dialogue in read]
    stems = [file.stem for file in files]
    outcomes: list[Outcome] = []
    for file, dialogue, partner in ready:
        name = file.stem if stems.count(file.stem) == 1 else file.with_suffix("").as_posix()
        tell(name)
        played = None if partner is None else play(dialogue, partner)
        outcomes.append(Outcome(name, dialogue, played, "" if partner else partners.elsewhere()))
    return outcomes


def partner_for(file: Path, dialogue: Dialogue, partners: Partners) -> Partner | None:
    """Whom a dialogue is held with, once it is known to fit the catalogue; None where a server is about another one."""
    partner = partners.partner_for(dialogue, file)
    if partner is not None:
        check_against(dialogue, partner.catalog, file)
    return partner
