"""Events that nothing measured has learnt: the sequence model without them, and the users that no weight was fitted on."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.catalog import Catalog
from tools.catalog.load import InteractionTable
from tools.errors import SetupError
from tools.ranking.choices import Choice, draw_choices
from tools.ranking.choices_file import Part
from tools.sequence.build import BUILD_EPOCHS
from tools.sequence.datasets.describe import describe_catalog
from tools.sequence.fit import Known, fit_blended, network_configs
from tools.sequence.interactions import interactions_from_columns, leave_one_out
from tools.sequence.serve import SequenceModel
from tools.toolbox import Toolbox

EVENTS = 9  # held out of a user beside the last, but no more than a tenth of what they did; three are too few to tell chance from gain
HISTORY = 30  # events before the held-out one that are told, the most that a dialogue's history has in the fit of the fusion
Tell = Callable[[str], object]


@dataclass(frozen=True)
class HeldOut:
    """A user's event that the model has not seen. Rows, oldest first."""

    id: str  # of user and item
    user: str
    before: tuple[int, ...]  # everything the user did before; none of it may be recommended
    history: tuple[int, ...]  # the last HISTORY of that, nothing disliked
    liked: tuple[int, ...]  # of everything before, what was liked; where nothing was, the history
    disliked: tuple[int, ...]
    target: int


def held_out_events(
    toolbox: Toolbox, table: InteractionTable, build_seed: int, part: Part = "test"
) -> list[HeldOut]:
    """The held-out events of one part of the users that they liked, in random order: what was taken and not liked is no answer to
    "I usually like …". Where the data know no liking, every event that was not disliked is one.

    build_seed: the build's, which says whose choices its weights were fitted on ("fit") and whose not ("test").
    """
    catalog = toolbox.catalog
    choices = draw_choices(catalog, table, toolbox.keywords, toolbox.graph, build_seed, (HISTORY,), EVENTS)
    opinions = dict(
        zip(zip(table.users.tolist(), table.rows.tolist(), strict=True), table.liked.tolist(), strict=True)
    )
    least = 1 if 1 in opinions.values() else 0
    return [
        _event(choice, catalog, opinions)
        for choice in choices
        if choice.part == part and opinions[choice.user, choice.target] >= least
    ]


def _event(choice: Choice, catalog: Catalog, opinions: Mapping[tuple[int, int], int]) -> HeldOut:
    def with_opinion(opinion: int) -> tuple[int, ...]:
        return tuple(row for row in choice.before if opinions[choice.user, row] == opinion)

    return HeldOut(
        f"{choice.user}:{catalog.items[choice.target].id}",
        str(choice.user),
        choice.before,
        choice.history,
        with_opinion(1) or choice.history,
        with_opinion(-1),
        choice.target,
    )


def held_out_model(
    catalog: Catalog,
    table: InteractionTable,
    build_seed: int,
    folder: Path,
    tell: Tell = lambda _sentence: None,
) -> SequenceModel:
    """The sequence model as a build measures it, without any user's last events: fitted once, a minute on two cores, and
    read from `folder` after that.

    The served model of a build has learnt those events at last, and would know the answers.
    """
    if folder.is_dir():
        try:
            return SequenceModel.load(folder)
        except SetupError:
            shutil.rmtree(folder)  # half of one; it is made anew

    def advance(share: float, step: str) -> None:
        tell(f"Fitting the sequence model without the held-out events, once: {share:.0%}, {step}…")

    advance(0.0, "reading")
    interactions = interactions_from_columns(table.users, table.rows, table.times, len(catalog))
    known = Known.of(*describe_catalog(catalog), build_seed)
    configs = network_configs(known, interactions.timed, build_seed, epochs=BUILD_EPOCHS)
    split = leave_one_out(interactions, EVENTS)
    fitted = fit_blended(split, interactions.item_count, known, configs, advance, build_seed)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as aside:
        whole = Path(aside) / folder.name
        fitted.model.save(whole)
        if not folder.is_dir():  # another run may have been quicker
            whole.rename(folder)
    return SequenceModel.load(folder)
