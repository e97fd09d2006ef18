"""From interactions to a served sequence model and the table that says how good it is."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.sequence.evaluate import evaluate_all
from tools.sequence.fit import FittedBlend, Known, fit_blended, network_configs, up_to_date
from tools.sequence.interactions import Cases, Interactions, leave_one_out
from tools.sequence.neural.train import Progress, TrainConfig

BLEND = "blend"
BUILD_EPOCHS = 6  # a build is waited for: with 8 the demo took 130 s
VALIDATION_EVENTS = 3  # per user with a long history: 1,860 cases instead of 671 on the demo
SPLIT = (
    "leave-one-out: last event test, up to 3 before it validation; full ranking, seen removed, "
    "ties by expected rank"
)


@dataclass(frozen=True)
class ModelRow:
    """One line of the table: test metrics, validation NDCG@10, and the seconds the model took to fit."""

    name: str
    hr10: float
    ndcg10: float
    train_s: float
    validation_ndcg10: float


@dataclass(frozen=True)
class SequenceReport:
    """What a build measured."""

    rows: tuple[ModelRow, ...]
    blend_weights: dict[str, dict[str, float]]  # by history length
    users: int
    items: int
    interactions: int
    seed: int
    split: str
    test_cases: int
    validation_cases: int
    epochs: list[int]  # of each network

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return values


def build_sequence_model(
    interactions: Interactions,
    folder: Path,
    texts: tuple[str, ...] = (),
    features: tuple[frozenset[str], ...] = (),
    seed: int = 0,
    progress: Progress | None = None,
    checkpoint_folder: Path | None = None,
    configs: tuple[TrainConfig, ...] | None = None,
    evaluation_folder: Path | None = None,
) -> SequenceReport:
    """Trains, measures and writes the served model into `folder`; gives the table.

    Measured: every part is fitted on the training events alone and the blend's weights on the validation
    targets; the test targets are ranked once, at the end.
    Served: the parts learn the held-out events as well; the blend keeps its weights.
    texts, features: of the items, by row; empty where nothing is known.
    evaluation_folder: where the measured model is written as well; it has seen no held-out event.
    checkpoint_folder: where an interrupted training goes on from; the files are removed at the end.
    """
    report = progress or (lambda _done, _message: None)
    split = leave_one_out(interactions, VALIDATION_EVENTS)
    items = interactions.item_count
    known = Known.of(texts, features, seed)
    configs = configs or network_configs(known, interactions.timed, seed, epochs=BUILD_EPOCHS)
    fitted = fit_blended(split, items, known, configs, _part_of(report, 0.0, 0.75), seed, checkpoint_folder)
    report(0.75, "measuring")
    rows = _table(fitted, split.validation, split.test)
    if evaluation_folder is not None:
        fitted.model.save(evaluation_folder)
    report(0.8, "fitting the served model on all events")
    events = interactions.sequences()
    up_to_date(events, items, known, configs, fitted, _part_of(report, 0.8, 1.0)).save(folder)
    if checkpoint_folder is not None:
        for path in checkpoint_folder.glob("network-*.pt"):
            path.unlink()
    report(1.0, "sequence model written")
    return SequenceReport(
        rows=rows,
        blend_weights=fitted.blend.to_json(),
        users=interactions.user_count,
        items=items,
        interactions=len(interactions),
        seed=seed,
        split=SPLIT,
        test_cases=len(split.test),
        validation_cases=len(split.validation),
        epochs=[network.epochs for network in fitted.networks],
    )


def _table(fitted: FittedBlend, validation: Cases, test: Cases) -> tuple[ModelRow, ...]:
    """One row a part, the blend last; empty where there is nobody to ask about."""
    if not len(test):
        return ()
    blend = {BLEND: fitted.blend.combine}
    tested = evaluate_all(fitted.parts.scorers(), test, blend)
    validated = evaluate_all(fitted.parts.scorers(), validation, blend)
    seconds = {**fitted.seconds, BLEND: sum(fitted.seconds.values())}
    return tuple(
        ModelRow(
            name, tested[name].hr10, tested[name].ndcg10, round(seconds[name], 2), validated[name].ndcg10
        )
        for name in tested
    )


def _part_of(report: Progress, start: float, stop: float) -> Callable[[float, str], None]:
    return lambda done, message: report(start + (stop - start) * done, message)
