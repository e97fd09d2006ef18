"""Training on a CPU: small steps without padding, averaged weights, early stopping, checkpoints that resume."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tools.sequence.evaluate import Metrics, evaluate
from tools.sequence.interactions import Cases, Floats, Longs, Sequences
from tools.sequence.neural.checkpoint import identity_of, read_checkpoint, write_checkpoint
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.distill import TransitionTeacher
from tools.sequence.neural.forward import Network
from tools.sequence.neural.items import IdAndTextVectors, IdVectors, TextVectors
from tools.sequence.neural.network import NextItemNetwork
from tools.sequence.neural.objectives import OBJECTIVES, ObjectiveKind
from tools.sequence.neural.start import spectral_item_vectors
from tools.sequence.neural.windows import (
    gap_buckets,
    length_batches,
    period_edges,
    periods,
    positions_a_batch,
    training_rows,
    window_starts,
)

EPOCHS = 24  # at most; early stopping ends most trainings before
Progress = Callable[[float, str], None]
Weights = dict[str, NDArray[np.float32]]
_DRAWING = threading.Lock()  # torch's layers draw from one random state that all threads share


@dataclass(frozen=True)
class TrainConfig:
    """How a network is trained."""

    network: NetworkConfig = field(default_factory=NetworkConfig)
    objective: ObjectiveKind = "softmax"
    distillation: float = 0.0  # weight of the rules' rows beside the objective
    epochs: int = EPOCHS
    patience: int = 4  # epochs without a better validation NDCG@10
    budget_s: float | None = None  # the epochs are cut to what fits, by the first epoch's speed
    batch_positions: int | None = None  # None: by the number of positions
    learning_rate: float = 2e-3
    warmup_steps: int = 50
    last_rate: float = 0.05  # the linear decay ends at this part of the learning rate
    gradient_clip: float = 5.0
    vector_norm: float = 0.25  # mean length of the item vectors at the start
    average_epochs: float = 2.0  # the weights are averaged over about so many epochs
    bf16: bool | None = None  # None: where the CPU has it
    validation_cases: int = 2000
    # One thread a network: the same seed then trains alike on any number of cores.
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class TrainedNetwork:
    weights: Weights
    config: NetworkConfig
    counts: Longs  # (items,) how often training saw each
    epochs: int  # how many epochs gave these weights
    validation: Metrics | None
    seconds: float
    curve: tuple[tuple[float, float], ...] = ()  # (seconds, validation NDCG@10) after every epoch

    def served(self) -> Network:
        """The network as arrays, for scoring without torch.

        An item that training never saw is known by its text alone where there is one: what its id's vector and
        its bias learnt is only that it was never right. Its bias becomes that of the items seen least.
        """
        network = self.network()
        unseen = torch.from_numpy(self.counts == 0)
        if isinstance(network.items, IdAndTextVectors | TextVectors) and unseen.any() and not unseen.all():
            least = torch.from_numpy(self.counts == self.counts[self.counts > 0].min())
            with torch.no_grad():
                network.item_bias[unseen] = network.item_bias[least].mean()
                if isinstance(network.items, IdAndTextVectors):
                    network.items.by_id.ids[unseen] = 0.0
        return Network(network.arrays(), self.config)

    def network(self) -> NextItemNetwork:
        text = self.weights.get("items.text", self.weights.get("items.by_text.text"))
        network = fresh_network(len(self.weights["item_bias"]), self.config, text=text)
        load_weights(network, self.weights)
        return network


def train_network(
    sequences: Sequences,
    item_count: int,
    config: TrainConfig,
    validation: Cases | None = None,
    text: Floats | None = None,
    start: Weights | None = None,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
) -> TrainedNetwork:
    """A network trained on these sequences: the weights of the best epoch, or of the last without validation.

    text: (items, text_dim) whitened text vectors, for the item encoders that read them.
    start: weights to go on from, instead of spectral ones.
    checkpoint: a file written whole after every epoch; a run that was killed goes on from it and ends with
    the same weights. One that belongs to other data or another configuration, or is damaged, is ignored.
    The same seed and configuration give the same weights. Memory: 5 × parameters and one logits chunk.
    """
    report = progress or _silent
    with torch_threads(config.threads):
        run = _Run(sequences, item_count, config, validation, text, start, checkpoint)
        while not run.finished:
            run.epoch_of_training(report)
            run.save()
    return TrainedNetwork(
        run.best_weights,
        config.network,
        np.bincount(sequences.items, minlength=item_count),
        run.best_epoch,
        run.best_metrics,
        run.seconds,
        tuple(run.curve),
    )


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """At most `count` threads inside torch's operators of this thread; as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Run:
    """One training run between two checkpoints."""

    def __init__(
        self,
        sequences: Sequences,
        item_count: int,
        config: TrainConfig,
        validation: Cases | None,
        text: Floats | None,
        start: Weights | None,
        path: Path | None,
    ) -> None:
        began = time.perf_counter()
        self.sequences, self.config, self.path = sequences, config, path
        self.validation = validation.sample(config.validation_cases, config.seed) if validation else None
        self.times = None
        edges = None
        if config.network.times and sequences.times is not None:
            # weights to go on from know their own periods
            edges = period_edges(sequences.times) if start is None else start["period_edges"].astype(np.int64)
            gaps = gap_buckets(sequences.times, sequences.offsets)
            self.times = gaps, periods(sequences.times, edges)
        positions = int(np.maximum(sequences.lengths() - 1, 0).sum())
        self.batch_positions = config.batch_positions or positions_a_batch(positions)
        self.teacher = TransitionTeacher(sequences, item_count) if config.distillation else None
        self.bf16 = bf16_pays() if config.bf16 is None else config.bf16
        self.network = fresh_network(item_count, config.network, config.seed, text)
        if edges is not None:
            self.network.get_buffer("period_edges").copy_(torch.from_numpy(edges))
        self.parameters = list(self.network.parameters())
        self.optimizer = torch.optim.Adam(
            self.parameters, lr=config.learning_rate, betas=(0.9, 0.98), fused=True
        )
        self.epochs = config.epochs
        self.epoch = self.step = self.best_epoch = 0
        self.best_metrics: Metrics | None = None
        self.last_metrics: Metrics | None = None
        self.curve: list[tuple[float, float]] = []
        self.best_weights: Weights = {}
        self.seconds = 0.0
        self.identity = identity_of(sequences, item_count, config, validation, text, start)
        if path is not None and self.restore(path):
            return
        if start is not None:
            load_weights(self.network, start)
        else:
            self._start_near_the_rules(item_count)
        self.averaged = [parameter.detach().clone() for parameter in self.parameters]
        self.seconds = time.perf_counter() - began

    def _start_near_the_rules(self, item_count: int) -> None:
        network, config = self.network.config, self.config
        if network.items != "text":
            vectors = spectral_item_vectors(
                self.sequences, item_count, network.dim, config.vector_norm, config.seed
            )
            holder = self.network.items
            by_id = holder.by_id if isinstance(holder, IdAndTextVectors) else holder
            if isinstance(by_id, IdVectors):
                by_id.ids.data.copy_(torch.from_numpy(vectors))
        counts = np.bincount(self.sequences.items, minlength=item_count)
        bias = np.log(counts + 1.0) - np.log(counts + 1.0).mean()
        self.network.item_bias.data.copy_(torch.from_numpy(bias.astype(np.float32)))

    @property
    def finished(self) -> bool:
        waited = self.epoch - self.best_epoch
        return self.epoch >= self.epochs or (self.validation is not None and waited >= self.config.patience)

    def epoch_of_training(self, report: Progress) -> None:
        began = time.perf_counter()
        # Everything random in an epoch comes from (seed, epoch), so a resumed run sees the same numbers.
        random = np.random.default_rng([self.config.seed, self.epoch])
        noise = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.epoch)
        starts, lengths = window_starts(self.sequences, self.config.network.events_read, random)
        groups = list(length_batches(lengths, self.batch_positions, random))
        losses = 0.0
        for done, group in enumerate(groups, 1):
            self._set_rate(len(groups) * self.epochs)
            losses += self._step(starts[group], lengths[group], len(groups), random, noise)
            report(
                (self.epoch + done / len(groups)) / self.epochs,
                self._message(losses / done, done / len(groups), time.perf_counter() - began),
            )
        self.epoch += 1
        self._keep_best()
        spent = time.perf_counter() - began
        self.seconds += spent
        if self.epoch == 1 and self.config.budget_s is not None:
            fitting = 1 + int((self.config.budget_s - self.seconds) / spent)
            self.epochs = max(1, min(self.epochs, fitting))
        if self.last_metrics is not None:
            self.curve.append((round(self.seconds, 1), round(self.last_metrics.ndcg10, 5)))

    def _step(
        self,
        starts: Longs,
        lengths: Longs,
        steps: int,
        random: np.random.Generator,
        noise: torch.Generator,
    ) -> float:
        rows, targets, asked = training_rows(
            self.sequences, self.times, starts, lengths, self.config.network, random
        )
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            vectors = self.network.items(noise)
            states = self.network(rows, vectors, noise)[torch.from_numpy(asked)]  # (positions, dim)
            objective = OBJECTIVES[self.config.objective]
            loss = objective(states, torch.from_numpy(targets[asked]), vectors, self.network.item_bias, noise)
        if self.teacher is not None:
            loss = loss + self.config.distillation * self.teacher.loss(vectors.float(), random)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters, self.config.gradient_clip)
        self.optimizer.step()
        self.step += 1
        if self.config.average_epochs:
            kept = min(1 - 1 / (self.config.average_epochs * steps), (1 + self.step) / (10 + self.step))
            live = [parameter.detach() for parameter in self.parameters]
            torch._foreach_lerp_(self.averaged, live, 1 - kept)
        return loss.item()

    def _set_rate(self, total_steps: int) -> None:
        warm = min(1.0, (self.step + 1) / self.config.warmup_steps)
        left = max(0.0, 1.0 - self.step / max(total_steps, 1))
        rate = self.config.learning_rate * warm
        for group in self.optimizer.param_groups:
            group["lr"] = rate * (self.config.last_rate + (1 - self.config.last_rate) * left)

    def _keep_best(self) -> None:
        live = weights_of(self.network)
        if self.config.average_epochs:
            with torch.no_grad():
                for parameter, average in zip(self.parameters, self.averaged, strict=True):
                    parameter.copy_(average)
        metrics = None
        if self.validation is not None and len(self.validation):
            metrics = self.last_metrics = evaluate(self._score, self.validation)
        if metrics is None or self.best_metrics is None or metrics.ndcg10 > self.best_metrics.ndcg10:
            self.best_weights = weights_of(self.network)
            self.best_epoch, self.best_metrics = self.epoch, metrics
        load_weights(self.network, live)

    def _score(self, cases: Cases) -> Floats:
        return self.network.scores_batch(cases.histories(), cases.times())

    def _message(self, loss: float, part: float, elapsed: float) -> str:
        left = elapsed / part * (self.epochs - self.epoch) - elapsed
        best = f", validation NDCG@10 {self.best_metrics.ndcg10:.4f}" if self.best_metrics else ""
        return f"epoch {self.epoch + 1}/{self.epochs}, loss {loss:.3f}{best}, {left:.0f} s left"

    def save(self) -> None:
        if self.path is not None:
            write_checkpoint(
                self.path,
                {
                    "identity": self.identity,
                    "network": self.network.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                    "averaged": self.averaged,
                    "best_weights": {name: torch.from_numpy(w) for name, w in self.best_weights.items()},
                    "best_metrics": vars(self.best_metrics) if self.best_metrics else None,
                    "progress": [self.epochs, self.epoch, self.step, self.best_epoch, self.seconds],
                    "curve": self.curve,
                },
            )

    def restore(self, path: Path) -> bool:
        """Goes on from the checkpoint; False, changing nothing, when there is none for this very run."""
        state = read_checkpoint(path, self.identity)
        if state is None:
            return False
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.averaged = state["averaged"]
        self.best_weights = {name: tensor.numpy() for name, tensor in state["best_weights"].items()}
        self.best_metrics = Metrics(**state["best_metrics"]) if state["best_metrics"] else None
        self.epochs, self.epoch, self.step, self.best_epoch, self.seconds = state["progress"]
        self.curve = [(seconds, metric) for seconds, metric in state["curve"]]
        return True


def bf16_pays() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware: elsewhere it is emulated, and slower than float32."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def fresh_network(
    item_count: int, config: NetworkConfig, seed: int = 0, text: Floats | None = None
) -> NextItemNetwork:
    """A network with random weights; the caller's random state is left as it was."""
    with _DRAWING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return NextItemNetwork(item_count, config, None if text is None else torch.from_numpy(np.array(text)))


def load_weights(network: NextItemNetwork, weights: Weights) -> None:
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})


def weights_of(network: NextItemNetwork) -> Weights:
    """A copy of the network's parameters as numpy arrays, named as in its state dict."""
    return {name: tensor.detach().numpy().copy() for name, tensor in network.state_dict().items()}


def _silent(_done: float, _message: str) -> None:
    pass
