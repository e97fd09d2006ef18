"""From interactions to a served sequence model and the table that says how good it is."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tools.sequence.baselines.models import Cooccurrence, Markov, Popularity, Transitions
from tools.sequence.blend import BlendWeights, fit_blend
from tools.sequence.evaluate import ScoreBatch, evaluate_all
from tools.sequence.interactions import Cases, Interactions, Sequences, leave_one_out
from tools.sequence.neural.train import Progress, TrainConfig, TrainedNetwork, torch_threads, train_network
from tools.sequence.serve import POPULARITY, SASREC, Network, Parts, SequenceModel
from tools.sequence.transitions import fit_transitions

BLEND = "blend"
VALIDATION_EVENTS = 3  # per user with a long history: 1,860 cases instead of 671 on the demo
# Below this a network has nothing to learn that the rules do not know.
FEWEST_ITEMS, FEWEST_EVENTS = 5, 50
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
    blend_weights: dict[str, float]
    users: int
    items: int
    interactions: int
    seed: int
    split: str
    test_cases: int
    validation_cases: int
    epochs: int

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return values


def build_sequence_model(
    interactions: Interactions,
    folder: Path,
    seed: int = 0,
    progress: Progress | None = None,
    checkpoint_folder: Path | None = None,
    config: TrainConfig | None = None,
    evaluation_folder: Path | None = None,
) -> SequenceReport:
    """Trains, measures and writes the served model into `folder`; gives the table.

    Measured: every part is fitted on the training events alone, the blend's weights on the validation
    targets, and the test targets are ranked once, at the end.
    Served: the rules, popularity and co-occurrence are fitted again on all events; the network goes on from
    the measured weights for one gentle epoch over each user's most recent window, held-out events included;
    the blend keeps its weights.
    evaluation_folder: where the measured model is written as well; it has seen no held-out event.
    checkpoint_folder: where an interrupted training goes on from; the files are removed at the end.
    """
    report = progress or (lambda _done, _message: None)
    config = replace(config or TrainConfig(), seed=seed)
    split = leave_one_out(interactions, VALIDATION_EVENTS)
    items = interactions.item_count
    report(0.0, "counting transitions")
    parts, seconds = _fit_rules(split.train, items, seed)
    trained = _train(split.train, items, config, split.validation, report, checkpoint_folder)
    if trained is not None:
        parts = replace(parts, network=Network(trained.weights, config.network.heads))
        seconds[SASREC] = trained.seconds
    report(0.78, "weighing the blend")
    began = time.perf_counter()
    scorers: dict[str, ScoreBatch] = {name: part.scores_batch for name, part in parts.named().items()}
    if trained is not None:
        scorers[SASREC] = trained.network().scores_batch  # torch scores a batch five times as fast as numpy
    with torch_threads(config.threads):
        blend = _weigh(scorers, split.validation, seed)
        seconds[BLEND] = time.perf_counter() - began + sum(seconds.values())
        report(0.88, "measuring")
        rows = _table(scorers, blend, split.validation, split.test, seconds)
    if evaluation_folder is not None:
        network = Network(trained.weights, config.network.heads) if trained is not None else None
        SequenceModel(replace(parts, network=network), blend).save(evaluation_folder)
    report(0.94, "fitting the served model on all events")
    served, _ = _fit_rules(interactions.sequences(), items, seed)
    if trained is not None:
        whole = _brought_up_to_date(interactions.sequences(), items, config, trained)
        served = replace(served, network=Network(whole.weights, config.network.heads))
    SequenceModel(served, blend).save(folder)
    if checkpoint_folder is not None:
        _checkpoint(checkpoint_folder).unlink(missing_ok=True)
    report(1.0, "sequence model written")
    return SequenceReport(
        rows=rows,
        blend_weights=blend.weights,
        users=interactions.user_count,
        items=items,
        interactions=len(interactions),
        seed=seed,
        split=SPLIT,
        test_cases=len(split.test),
        validation_cases=len(split.validation),
        epochs=trained.epochs if trained is not None else 0,
    )


def _fit_rules(sequences: Sequences, items: int, seed: int) -> tuple[Parts, dict[str, float]]:
    """The parts without a network, and the seconds of each."""
    clock = [time.perf_counter()]
    popularity = Popularity.fit(sequences, items)
    clock.append(time.perf_counter())
    table = fit_transitions(sequences, items)
    markov, transitions = Markov(table, popularity), Transitions(table, popularity)
    clock.append(time.perf_counter())
    cooccurrence = Cooccurrence.fit(sequences, items, seed=seed)
    clock.append(time.perf_counter())
    parts = Parts(popularity, markov, transitions, cooccurrence, None)
    counted, tabled, factored = np.diff(clock).tolist()
    return parts, dict(zip(parts.named(), (counted, tabled, tabled, factored), strict=True))


def _train(
    sequences: Sequences,
    items: int,
    config: TrainConfig,
    validation: Cases,
    report: Progress,
    checkpoint_folder: Path | None,
) -> TrainedNetwork | None:
    """The network, or None where the data is too small for one."""
    if items < FEWEST_ITEMS or len(sequences.items) < FEWEST_EVENTS or not len(validation):
        return None
    return train_network(
        sequences,
        items,
        config,
        validation,
        progress=_part_of(report, 0.03, 0.75),
        checkpoint=_checkpoint(checkpoint_folder) if checkpoint_folder is not None else None,
    )


def _weigh(scorers: dict[str, ScoreBatch], validation: Cases, seed: int) -> BlendWeights:
    if len(validation):
        return fit_blend(scorers, validation, seed)
    return BlendWeights({name: float(name == POPULARITY) for name in scorers})


def _table(
    scorers: dict[str, ScoreBatch],
    blend: BlendWeights,
    validation: Cases,
    test: Cases,
    seconds: dict[str, float],
) -> tuple[ModelRow, ...]:
    """One row a model, the blend last; empty where there is nobody to ask about."""
    if not len(test):
        return ()
    tested, validated = (evaluate_all(scorers, cases, {BLEND: blend.combine}) for cases in (test, validation))
    return tuple(
        ModelRow(
            name, tested[name].hr10, tested[name].ndcg10, round(seconds[name], 2), validated[name].ndcg10
        )
        for name in (*scorers, BLEND)
    )


def _brought_up_to_date(
    sequences: Sequences, items: int, config: TrainConfig, trained: TrainedNetwork
) -> TrainedNetwork:
    """One epoch over every user's last window at a twentieth of the rate: the held-out events join in."""
    size = config.network.window + 1
    tail = np.minimum(sequences.lengths(), size)
    late = np.repeat(sequences.offsets[1:] - tail, sequences.lengths()) <= np.arange(len(sequences.items))
    recent = Sequences(sequences.items[late], np.concatenate([[0], np.cumsum(tail)]).astype(np.int64))
    gentle = replace(config, epochs=1, learning_rate=config.learning_rate * config.last_rate)
    return train_network(recent, items, gentle, start=trained.weights)


def _checkpoint(folder: Path) -> Path:
    return folder / "sasrec.pt"


def _part_of(report: Progress, start: float, stop: float) -> Callable[[float, str], None]:
    return lambda done, message: report(start + (stop - start) * done, message)
