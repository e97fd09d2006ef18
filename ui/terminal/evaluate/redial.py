"""`palate evaluate redial`: learns where it must, measures, and gives the section."""

from collections.abc import Callable
from pathlib import Path

from agent.evaluation.redial import learnt_from, measure_redial
from agent.evaluation.redial.learning import TEST_FILE
from agent.evaluation.report.contents import Section
from tools.dialogue.learnt import DialogueRecommender
from tools.dialogue.recorded import read_items, read_turns
from tools.errors import UserInputError
from tools.text.embedder import Embedder, find_embedder

EVERY = 100


def evaluate_redial(
    folder: Path,
    learn_from: Path | None,
    home: Path,
    seed: int,
    anew: bool,
    tell: Callable[[str], object],
) -> Section:
    """The test dialogues of a folder, by what the dialogues of `learn_from`, or of the same folder, teach."""
    items = read_items(folder)
    rows = {item.name: row for row, item in enumerate(items)}
    turns = read_turns(folder / TEST_FILE, rows)  # read before minutes are spent on learning
    if not turns:
        raise UserInputError(f"{folder / TEST_FILE} has no turn that recommends something new")
    embedder = Embedder(find_embedder(home, "minilm"))
    learnt = learnt_from(learn_from or folder, home, embedder.encode, seed, tell, anew)
    tell("reading the items")
    recommender = DialogueRecommender(learnt, items, embedder.encode)

    def done(count: int) -> None:
        if count % EVERY == 0:
            tell(f"{count} of {len(turns)} turns")

    tell("reading what was said")
    return measure_redial(recommender, learnt, turns, seed, done)
