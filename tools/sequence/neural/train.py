"""Training of SASRec on CPU: windows, batches without padding waste, early stopping, resumable checkpoints."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

from tools.sequence.evaluate import Metrics, evaluate
from tools.sequence.interactions import Cases, Floats, Longs, Sequences
from tools.sequence.neural.network import NetworkConfig, SasRec, next_item_loss

Progress = Callable[[float, str], None]
Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class TrainConfig:
    """How the network is trained.

    Chosen on the demo with its last event hidden (validation NDCG@10 after four epochs, one seed): 3,200
    positions a batch .065, 1,600 .072, 800 .077, 400 no better; starting vectors of length 1 .068, .5 .077,
    .25 .083, .1 .084; a rate of .001 lost .005, .004 .001; one block, dropout .3 and window 50 no better.
    """

    network: NetworkConfig = field(default_factory=NetworkConfig)
    epochs: int = 4  # on 100,000 events the rate's decay counts for more than further epochs
    patience: int = 2  # epochs without a better validation NDCG@10
    batch_positions: int = 800
    learning_rate: float = 2e-3
    warmup_steps: int = 50
    last_rate: float = 0.05  # the linear decay ends at this part of the learning rate
    gradient_clip: float = 5.0
    vector_norm: float = 0.25  # mean length of the item vectors at the start
    validation_cases: int = 2000
    # One thread: the same seed trains alike on any number of cores, and the other cores stay free for the
    # rest of a build. On two idle cores two threads took 5 s an epoch of the demo instead of 8; on two
    # busy ones up to 60, for the threads wait on each other.
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class TrainedNetwork:
    weights: Weights
    config: NetworkConfig
    epochs: int  # how many epochs gave these weights
    validation: Metrics | None
    seconds: float

    def network(self) -> SasRec:
        network = fresh_network(len(self.weights["item_vectors"]), self.config)
        load_weights(network, self.weights)
        return network


def spectral_item_vectors(sequences: Sequences, item_count: int, dim: int, norm: float, seed: int) -> Floats:
    """Item vectors to start from: truncated SVD of the log-PPMI of directed transition counts.

    Offsets 1-3 weigh 1, 1/2, 1/3; source and target factors are added, because the network uses one
    vector for both. Items without a transition get small noise. (items, dim) float32.
    """
    random = np.random.default_rng(seed)
    vectors = random.normal(0.0, 0.02, (item_count, dim))
    owners = sequences.owners()
    rows, columns, weights = [], [], []
    for offset in (1, 2, 3):
        together = owners[offset:] == owners[:-offset]
        rows.append(sequences.items[:-offset][together])
        columns.append(sequences.items[offset:][together])
        weights.append(np.full(int(together.sum()), 1.0 / offset))
    table = sparse.coo_array(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))),
        shape=(item_count, item_count),
    ).tocsr()
    rank = min(dim, item_count - 2)
    if table.nnz == 0 or rank < 1:
        return vectors.astype(np.float32)
    out, into, total = table.sum(1), table.sum(0), table.sum()
    cells = table.tocoo()
    ratio = cells.data * total / (out[cells.row] * into[cells.col])
    ppmi = sparse.csr_array(
        (np.log1p(np.maximum(np.log(ratio), 0.0)), (cells.row, cells.col)), shape=table.shape
    )
    if not ppmi.data.any():
        return vectors.astype(np.float32)
    left, strengths, right = svds(ppmi, k=rank, v0=random.normal(size=item_count))
    # A pair of singular vectors may come out with either sign, by the rounding of the machine's BLAS.
    signs = np.sign(left[np.abs(left).argmax(0), np.arange(rank)])
    factors = (left + right.T) * signs * np.sqrt(strengths)
    lengths = np.linalg.norm(factors, axis=1)
    seen = lengths > 1e-6
    if seen.any():
        vectors[seen, :rank] += factors[seen] * (norm / lengths[seen].mean())
    return vectors.astype(np.float32)


def train_network(
    sequences: Sequences,
    item_count: int,
    config: TrainConfig,
    validation: Cases | None = None,
    start: Weights | None = None,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
) -> TrainedNetwork:
    """SASRec trained on these sequences: the weights of the best epoch, or of the last without validation.

    start: weights to go on from, instead of spectral ones.
    checkpoint: a file written whole after every epoch; a run that was killed goes on from it and ends with
    the same weights. One that belongs to other data or another configuration, or is damaged, is ignored.
    The same seed and configuration give the same weights. Memory: 4 × parameters and one logits chunk.
    """
    report = progress or _silent
    with torch_threads(config.threads):
        run = _Run.begin(sequences, item_count, config, validation, start, checkpoint)
        while not run.finished:
            run.epoch_of_training(report)
            run.save()
    return TrainedNetwork(run.best_weights, config.network, run.best_epoch, run.best_metrics, run.seconds)


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """At most `count` threads inside torch's operators; as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def window_starts(sequences: Sequences, window: int, random: np.random.Generator) -> tuple[Longs, Longs]:
    """Windows that cover every position with a target once: (starts, lengths) into sequences.items.

    A window of length n holds n inputs and the n targets one place later. Where a long history is cut
    changes each epoch, so that the same items are not always the ones read without their past.
    """
    starts, lengths = [], []
    for user in np.flatnonzero(sequences.lengths() >= 2):
        first, stop = int(sequences.offsets[user]), int(sequences.offsets[user + 1]) - 1
        shift = int(random.integers(window)) if stop - first > window else 0
        cuts = [first, *range(first + shift, stop, window)] if shift else [*range(first, stop, window)]
        starts.extend(cuts)
        lengths.extend(np.diff([*cuts, stop]).tolist())
    return np.array(starts, dtype=np.int64), np.array(lengths, dtype=np.int64)


def length_batches(lengths: Longs, positions: int, random: np.random.Generator) -> Iterator[Longs]:
    """Windows of like length together, about `positions` real positions a batch, in random order."""
    order = random.permutation(len(lengths))
    order = order[np.argsort(lengths[order], kind="stable")]
    ends = np.cumsum(lengths[order])
    groups = np.split(order, np.flatnonzero(np.diff(ends // positions)) + 1) if len(order) else []
    for index in random.permutation(len(groups)):
        yield groups[index]


class _Run:
    """One training run between two checkpoints."""

    def __init__(
        self,
        sequences: Sequences,
        item_count: int,
        config: TrainConfig,
        validation: Cases | None,
        path: Path | None,
    ) -> None:
        self.sequences, self.config, self.path = sequences, config, path
        self.item_count = item_count
        self.validation = validation.sample(config.validation_cases, config.seed) if validation else None
        self.network = fresh_network(item_count, config.network, config.seed)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=config.learning_rate, betas=(0.9, 0.98), fused=True
        )
        self.epoch = self.step = self.best_epoch = 0
        self.seconds = 0.0
        self.best_metrics: Metrics | None = None
        self.best_weights: Weights = {}
        self.identity = ""

    @classmethod
    def begin(
        cls,
        sequences: Sequences,
        item_count: int,
        config: TrainConfig,
        validation: Cases | None,
        start: Weights | None,
        checkpoint: Path | None,
    ) -> "_Run":
        run = cls(sequences, item_count, config, validation, checkpoint)
        run.identity = _identity(sequences, item_count, config, validation, start)
        if checkpoint is not None and run.restore(checkpoint):
            return run
        began = time.perf_counter()
        if start is not None:
            load_weights(run.network, start)
        else:
            vectors = spectral_item_vectors(
                sequences, item_count, config.network.dim, config.vector_norm, config.seed
            )
            run.network.item_vectors.data.copy_(torch.from_numpy(vectors))
            counts = np.bincount(sequences.items, minlength=item_count)
            bias = np.log(counts + 1.0) - np.log(counts + 1.0).mean()
            run.network.item_bias.data.copy_(torch.from_numpy(bias.astype(np.float32)))
        run.seconds = time.perf_counter() - began
        return run

    @property
    def finished(self) -> bool:
        waited = self.epoch - self.best_epoch
        return self.epoch >= self.config.epochs or (
            self.validation is not None and waited >= self.config.patience
        )

    def epoch_of_training(self, report: Progress) -> None:
        began = time.perf_counter()
        # Everything random in an epoch comes from (seed, epoch), so a resumed run sees the same numbers.
        random = np.random.default_rng([self.config.seed, self.epoch])
        starts, lengths = window_starts(self.sequences, self.config.network.window, random)
        groups = list(length_batches(lengths, self.config.batch_positions, random))
        total_steps = len(groups) * self.config.epochs
        losses = 0.0
        self.network.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.config.seed * 1_000_003 + self.epoch)
            for done, group in enumerate(groups, 1):
                losses += self._step(starts[group], lengths[group], total_steps)
                report(
                    (self.epoch + done / len(groups)) / self.config.epochs,
                    self._message(losses / done, done / len(groups), time.perf_counter() - began),
                )
        self.epoch += 1
        self._keep_best()
        self.seconds += time.perf_counter() - began

    def _step(self, starts: Longs, lengths: Longs, total_steps: int) -> float:
        rate = self._rate(total_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        places = starts[:, None] + np.arange(lengths.max())  # (batch, length)
        real = torch.from_numpy(np.arange(lengths.max()) < lengths[:, None])
        places = np.minimum(places, len(self.sequences.items) - 2)
        inputs = torch.from_numpy(self.sequences.items[places].astype(np.int64))
        targets = torch.from_numpy(self.sequences.items[places + 1].astype(np.int64))
        states = self.network(inputs)[real]  # (positions, dim): only those with a target
        # 1.2 million logits (5 MB) at a time: twice as fast here as 2,048 rows of 9,066 items
        chunk = max(16, 1_200_000 // self.item_count)
        loss = next_item_loss(states, targets[real], self.network.item_vectors, self.network.item_bias, chunk)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.gradient_clip)
        self.optimizer.step()
        self.step += 1
        return loss.item()

    def _rate(self, total_steps: int) -> float:
        warm = min(1.0, (self.step + 1) / self.config.warmup_steps)
        left = max(0.0, 1.0 - self.step / max(total_steps, 1))
        return self.config.learning_rate * warm * (self.config.last_rate + (1 - self.config.last_rate) * left)

    def _keep_best(self) -> None:
        weights = weights_of(self.network)
        metrics = None
        if self.validation is not None and len(self.validation):
            metrics = evaluate(self.network.scores_batch, self.validation)
        if metrics is None or self.best_metrics is None or metrics.ndcg10 > self.best_metrics.ndcg10:
            self.best_weights, self.best_epoch, self.best_metrics = weights, self.epoch, metrics

    def _message(self, loss: float, part: float, elapsed: float) -> str:
        left = elapsed / part * (self.config.epochs - self.epoch) - elapsed
        best = f", validation NDCG@10 {self.best_metrics.ndcg10:.4f}" if self.best_metrics else ""
        return f"SASRec epoch {self.epoch + 1}/{self.config.epochs}, loss {loss:.3f}{best}, {left:.0f} s left"

    def save(self) -> None:
        if self.path is None:
            return
        state = {
            "identity": self.identity,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best_weights": {name: torch.from_numpy(array) for name, array in self.best_weights.items()},
            "best_metrics": asdict(self.best_metrics) if self.best_metrics else None,
            "epoch": self.epoch,
            "step": self.step,
            "best_epoch": self.best_epoch,
            "seconds": self.seconds,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(f".{os.getpid()}.tmp")
        with aside.open("wb") as stream:
            torch.save(state, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, self.path)

    def restore(self, path: Path) -> bool:
        """Goes on from the checkpoint; False, changing nothing, when there is none for this very run."""
        try:
            state: dict[str, Any] = torch.load(path, weights_only=True)
        except (OSError, EOFError, RuntimeError, ValueError, UnpicklingError, BadZipFile):
            return False
        if state.get("identity") != self.identity:
            return False
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.best_weights = {name: tensor.numpy() for name, tensor in state["best_weights"].items()}
        self.best_metrics = Metrics(**state["best_metrics"]) if state["best_metrics"] else None
        self.epoch, self.step, self.best_epoch = state["epoch"], state["step"], state["best_epoch"]
        self.seconds = state["seconds"]
        return True


def fresh_network(item_count: int, config: NetworkConfig, seed: int = 0) -> SasRec:
    """A network with random weights; the caller's random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return SasRec(item_count, config)


def load_weights(network: SasRec, weights: Weights) -> None:
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})


def weights_of(network: SasRec) -> Weights:
    """A copy of the network's parameters as numpy arrays, named as in its state dict."""
    return {name: tensor.detach().numpy().copy() for name, tensor in network.state_dict().items()}


def _identity(
    sequences: Sequences,
    item_count: int,
    config: TrainConfig,
    validation: Cases | None,
    start: Weights | None,
) -> str:
    """What a checkpoint belongs to: data, configuration and starting weights."""
    digest = sha256(json.dumps([asdict(config), item_count], sort_keys=True).encode())
    arrays: list[NDArray[Any]] = [sequences.items, sequences.offsets]
    if validation is not None:
        arrays += [validation.targets, validation.ends]
    if start is not None:
        arrays += [start[name] for name in sorted(start)]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _silent(_done: float, _message: str) -> None:
    pass
