"""From interactions to a blended sequence model: parts counted, networks trained side by side, weights fitted."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from tools.sequence.blend import BlendWeights, fit_blend
from tools.sequence.interactions import Cases, Floats, Sequences, Split
from tools.sequence.neural.config import ItemKind, NetworkConfig
from tools.sequence.neural.text import whitened
from tools.sequence.neural.train import EPOCHS, Progress, TrainConfig, TrainedNetwork, train_network
from tools.sequence.parts import Parts, network_name
from tools.sequence.serve import SequenceModel
from tools.sequence.words import described, word_vectors

# Below this a network has nothing to learn that the rules do not know.
FEWEST_ITEMS, FEWEST_EVENTS = 5, 50
# On Amazon Beauty and ML-1M, each with its last event cut off, an epoch at a twentieth of the rate moved NDCG@10
# from .0670 to .0674 and .1806 to .1824, two at half the rate to .0692 and .1831, two at the full one to .0708
# and .1839, three to .0719 (Beauty); training anew gave .0730 (Beauty) and takes twice the time.
UPDATE_SHARE, FEWEST_UPDATE_EPOCHS = 0.4, 2
TRAINING_SHARE = 0.6  # of a budget: the rest is for counting, weighing and the update


@dataclass(frozen=True)
class Known:
    """What is known of the items, as the models read it; empty and None where nothing is."""

    features: tuple[frozenset[str], ...] = ()
    text: Floats | None = None  # (items, dimensions) whitened

    @classmethod
    def of(cls, texts: Sequence[str], features: Sequence[frozenset[str]], seed: int = 0) -> "Known":
        words = described(texts, features)
        if not any(words):
            return cls()
        vectors = word_vectors(words, seed=seed)
        return cls(words, None if vectors is None else whitened(vectors))


@dataclass(frozen=True)
class FittedBlend:
    """The blend fitted on training events and weighed on validation targets."""

    parts: Parts  # have seen nothing but the training events
    networks: tuple[TrainedNetwork, ...]
    blend: BlendWeights
    seconds: dict[str, float]  # of each part

    @property
    def model(self) -> SequenceModel:
        return SequenceModel(self.parts, self.blend)


def network_configs(
    known: Known, timed: bool, seed: int, budget_s: float | None = None, epochs: int = EPOCHS
) -> tuple[TrainConfig, ...]:
    """The two networks that are blended: two cores train both in the time of one."""
    items: ItemKind = "ids" if known.text is None else "ids+text"
    training_s = None if budget_s is None else TRAINING_SHARE * budget_s
    first = NetworkConfig(items=items, times=timed)
    return tuple(
        TrainConfig(network=first, seed=2 * seed + place, epochs=epochs, budget_s=training_s)
        for place in range(2)
    )


def fit_blended(
    split: Split,
    item_count: int,
    known: Known,
    configs: Sequence[TrainConfig],
    report: Progress,
    seed: int = 0,
    checkpoint_folder: Path | None = None,
) -> FittedBlend:
    """Everything a blend needs, fitted on split.train and split.validation; split.test is not read.

    checkpoint_folder: where interrupted trainings go on from; the caller removes it when all is done.
    """
    report(0.0, "counting transitions")
    began = time.perf_counter()
    counted = Parts.fit(split.train, item_count, known.features)
    seconds = dict.fromkeys(counted.names(), time.perf_counter() - began)
    trained = train_side_by_side(
        split.train,
        item_count,
        configs,
        split.validation,
        known.text,
        _part_of(report, 0.02, 0.9),
        checkpoint_folder,
    )
    seconds |= {network_name(place): network.seconds for place, network in enumerate(trained)}
    report(0.9, "weighing the blend")
    parts = replace(counted, networks=tuple(network.served() for network in trained))
    blend = fit_blend(parts.scorers(), split.validation, seed)
    report(1.0, "sequence model fitted")
    return FittedBlend(parts, trained, blend, seconds)


def train_side_by_side(
    sequences: Sequences,
    item_count: int,
    configs: Sequence[TrainConfig],
    validation: Cases | None,
    text: Floats | None,
    report: Progress,
    checkpoint_folder: Path | None = None,
    start: Sequence[TrainedNetwork] = (),
) -> tuple[TrainedNetwork, ...]:
    """One network for each configuration, each in a thread of its own; none where there is too little data.

    Threads are enough: a training step spends its time inside torch, which lets the other thread run.
    """
    too_little = item_count < FEWEST_ITEMS or len(sequences.items) < FEWEST_EVENTS
    if not configs or (too_little and not start):
        return ()
    stopped = threading.Event()
    shares, lock = [0.0] * len(configs), threading.Lock()

    def train(place: int) -> TrainedNetwork:
        def advance(share: float, message: str) -> None:
            if stopped.is_set():
                raise _Stopped
            with lock:
                shares[place] = share
                report(sum(shares) / len(shares), f"{network_name(place)}: {message}")

        checkpoint = None if checkpoint_folder is None else checkpoint_folder / f"network-{place + 1}.pt"
        weights = start[place].weights if start else None
        return train_network(
            sequences, item_count, configs[place], validation, text, weights, advance, checkpoint
        )

    with ThreadPoolExecutor(len(configs)) as pool:
        futures = [pool.submit(train, place) for place in range(len(configs))]
        try:
            for future in as_completed(futures):
                future.result()  # the first failure, not that of the first network
            return tuple(future.result() for future in futures)
        finally:
            stopped.set()  # an error or Ctrl-C here ends the other network's thread as well


def up_to_date(
    sequences: Sequences,
    item_count: int,
    known: Known,
    configs: Sequence[TrainConfig],
    fitted: FittedBlend,
    report: Progress,
) -> SequenceModel:
    """The blend with events that training held back: its parts counted again, its networks led on.

    The networks go on from their weights for two fifths of their epochs over all these sequences, the rate
    falling from its full height once more. The blend's weights stay.
    """
    counted = Parts.fit(sequences, item_count, known.features)
    further = [
        replace(
            config,
            epochs=update_epochs(network.epochs),
            average_epochs=0.0,
            budget_s=None,
        )
        for config, network in zip(configs, fitted.networks, strict=False)
    ]
    networks = train_side_by_side(
        sequences, item_count, further, None, known.text, report, start=fitted.networks
    )
    parts = replace(counted, networks=tuple(network.served() for network in networks))
    return SequenceModel(parts, fitted.blend)


def update_epochs(epochs: int) -> int:
    """How many epochs a network of so many goes on for when held-back events join."""
    return max(FEWEST_UPDATE_EPOCHS, round(UPDATE_SHARE * epochs))


def _part_of(report: Progress, start: float, stop: float) -> Callable[[float, str], None]:
    return lambda done, message: report(start + (stop - start) * done, message)


class _Stopped(Exception):
    """Ends a thread whose neighbour failed."""
