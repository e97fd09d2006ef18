"""The demo's interactions, and the sequence model that has not learnt held-out events, fitted once and kept in the home folder."""

import hashlib
from collections.abc import Callable

from agent.agent import Agent
from agent.evaluation.steering.held_out import EVENTS, held_out_model
from tools.artifact import Manifest
from tools.catalog.load import InteractionTable, read_interactions
from tools.demo import DEMO_FOLDER
from tools.errors import UserInputError
from tools.sequence.serve import SequenceModel


def demo_interactions(agent: Agent) -> InteractionTable:
    """What users did with the demo's items. Raises UserInputError for another catalogue, whose interactions do not lie beside its
    artifact."""
    catalog = agent.catalog
    if catalog.spec.interactions is None or catalog.spec.catalog.name != "demo":
        raise UserInputError("only the demo's interactions lie beside its catalogue; it is measured on them")
    return read_interactions(catalog, catalog.spec.interactions, DEMO_FOLDER)


def held_out_sequence(
    agent: Agent, manifest: Manifest, table: InteractionTable, tell: Callable[[str], object]
) -> SequenceModel:
    """The model of the agent's build without anybody's held-out events; where `palate evaluate steering` keeps it too."""
    learnt_from = hashlib.sha256(
        f"{manifest.palate} {manifest.seed} {EVENTS} {manifest.files['items.jsonl'].sha256}".encode()
    )
    for column in (table.users, table.rows, table.times):
        learnt_from.update(column.tobytes())
    folder = agent.settings.home_folder / "evaluations" / "steering" / learnt_from.hexdigest()[:16]
    return held_out_model(agent.catalog, table, manifest.seed, folder, tell)
