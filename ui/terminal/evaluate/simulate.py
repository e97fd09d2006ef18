"""`palate evaluate simulate`: draws the people, and holds their dialogues."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.agent import Agent
from agent.evaluation.report.contents import Section
from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.people import KINDS, Kind, draw_people
from agent.evaluation.simulation.phrases import load_phrases
from agent.evaluation.simulation.rewording import Rewording
from agent.evaluation.simulation.section import simulate
from agent.retrieval.switches import ABLATIONS, ALL_ON, Switches
from tools.artifact import open_build
from tools.catalog.load import InteractionTable, read_interactions
from tools.demo import DEMO_FOLDER
from tools.errors import SetupError, UserInputError
from ui.terminal.evaluate.held_out import held_out_sequence


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line."""

    people: int = 100
    kind: str = "target"
    personas: tuple[str, ...] = ()
    patience: int = 8
    noise: float = 0.1
    seed: int = 0
    switches: Switches = ALL_ON
    ablations: bool = False
    source: Path | None = None
    served: bool = False
    reword: bool = False
    with_model: bool = False


def evaluate_simulate(agent: Agent, wanted: Wanted, tell: Callable[[str], object]) -> Section:
    """The section of so many people. Raises UserInputError on an unknown kind or persona, SetupError without a model that is
    asked for."""
    kind = _kind(wanted.kind)
    model = agent.language_model.current()
    if (wanted.reword or wanted.with_model) and model is None:
        raise SetupError(agent.llm_status().sentence)
    table = _interactions(agent, wanted.source)
    _, manifest = open_build(agent.settings.artifact_folder)
    knowledge, phrases = Knowledge(agent.toolbox), load_phrases()
    drawn = draw_people(
        knowledge, table, phrases, wanted.people, kind, wanted.personas, wanted.patience, wanted.noise,
        wanted.seed, manifest.seed,
    )  # fmt: skip
    sequence = "as served"
    if drawn.held_out and table is not None:
        sequence = "as served: it has learnt the held-out events too"
        if not wanted.served:
            sequence = "fitted without anybody's held-out events"
            fitted = held_out_sequence(agent, manifest, table, tell)
            agent = agent.switched(agent.switches, replace(agent.toolbox, sequence=fitted))
    setup = {
        "catalog": agent.catalog.spec.catalog.name,
        "kind": kind,
        "patience": wanted.patience,
        "noise": wanted.noise,
        "sequence model": sequence,
        "palate's language model": model.name if model is not None and wanted.with_model else "none",
        "people's words": f"reworded by {model.name}" if model is not None and wanted.reword else "templates",
    }
    rewording = Rewording(model, knowledge) if model is not None and wanted.reword else None
    runs: Sequence[Switches] = (wanted.switches, *ABLATIONS) if wanted.ablations else (wanted.switches,)
    return simulate(agent, drawn, phrases, runs, rewording, wanted.with_model, setup, wanted.seed, tell)


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if kind == name:
            return kind
    raise UserInputError(f"no kind {name!r} of people; there are: {', '.join(KINDS)}")


def _interactions(agent: Agent, source: Path | None) -> InteractionTable | None:
    """The interactions that lie beside the catalogue's source; None where there are none, or nobody knows where."""
    columns = agent.catalog.spec.interactions
    if source is not None and not source.is_dir():
        raise UserInputError(f"no folder {source}")
    if source is None and agent.catalog.spec.catalog.name == "demo":
        source = DEMO_FOLDER
    if columns is None or source is None:
        return None
    return read_interactions(agent.catalog, columns, source)
