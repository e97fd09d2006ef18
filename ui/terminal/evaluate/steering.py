"""`palate evaluate steering`: opens the held-out events and runs the measurement."""

from collections.abc import Callable

from agent.agent import Agent
from agent.evaluation.report.contents import Section
from agent.evaluation.steering import Recommenders, Teller, held_out_events, steering
from tools.artifact import open_build
from ui.terminal.evaluate.held_out import demo_interactions, held_out_sequence


def evaluate_steering(agent: Agent, cases: int, seed: int, tell: Callable[[str], object]) -> Section:
    """The section about the demo's held-out events.

    Raises UserInputError for another catalogue, whose interactions do not lie beside its artifact.
    """
    toolbox, catalog = agent.toolbox, agent.catalog
    table = demo_interactions(agent)
    _, manifest = open_build(agent.settings.artifact_folder)
    model = held_out_sequence(agent, manifest, table, tell)
    tell("Reading the held-out events…")
    events = held_out_events(toolbox, table, manifest.seed)
    teller = Teller(catalog, toolbox.keywords, toolbox.graph)
    return steering(Recommenders(toolbox, model, agent.fusion), teller, events, cases, seed, tell)
