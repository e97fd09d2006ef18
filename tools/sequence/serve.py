"""The sequence model as it is served: arrays mapped from disk, numpy only, a few milliseconds a call."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import SetupError
from tools.sequence.baselines.models import Cooccurrence, Markov, Popularity, Recommender, Transitions
from tools.sequence.blend import BlendWeights, standardised
from tools.sequence.interactions import Floats, Ints, known_items
from tools.sequence.neural.forward import block_count, network_scores, network_scores_batch
from tools.sequence.transitions import TransitionTable

FORMAT = 1
POPULARITY, MARKOV, TRANSITIONS, COOCCURRENCE, SASREC = (
    "popularity",
    "last-item Markov",
    "transitions",
    "co-occurrence",
    "SASRec",
)


class Network:
    """SASRec's weights with the two scoring calls every recommender has."""

    def __init__(self, weights: Mapping[str, NDArray[np.float32]], heads: int) -> None:
        self.weights = weights
        self.heads = heads

    def scores(self, history: Ints) -> Floats:
        return network_scores(self.weights, history, self.heads)

    def scores_batch(self, histories: list[Ints]) -> Floats:
        return network_scores_batch(self.weights, histories, self.heads)


@dataclass(frozen=True)
class Parts:
    """The recommenders that are blended; the network is missing where there was too little to train on."""

    popularity: Popularity
    markov: Markov
    transitions: Transitions
    cooccurrence: Cooccurrence
    network: Network | None

    def named(self) -> dict[str, Recommender]:
        """The parts that exist, under the names used in tables and in blend.json."""
        every: dict[str, Recommender] = {
            POPULARITY: self.popularity,
            MARKOV: self.markov,
            TRANSITIONS: self.transitions,
            COOCCURRENCE: self.cooccurrence,
        }
        if self.network is not None:
            every[SASREC] = self.network
        return every

    def save(self, folder: Path) -> None:
        """Every array as a plain .npy file that can be mapped; `sequence.json` says what they are."""
        arrays: dict[str, NDArray[Any]] = {
            "popularity": self.popularity.counts,
            **{f"transitions.{name}": value for name, value in vars(self.transitions.table).items()},
            "cooccurrence.vectors": self.cooccurrence.vectors,
            "cooccurrence.filters": self.cooccurrence.filters,
            "cooccurrence.scale": self.cooccurrence.scale,
        }
        if self.network is not None:
            arrays |= {f"network.{name}": value for name, value in self.network.weights.items()}
        for name, value in arrays.items():
            np.save(folder / f"{name}.npy", value, allow_pickle=False)
        about = {
            "format": FORMAT,
            "items": len(self.popularity.counts),
            "heads": self.network.heads if self.network is not None else None,
            "arrays": {name: [str(value.dtype), list(value.shape)] for name, value in arrays.items()},
        }
        (folder / "sequence.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Parts":
        """Raises SetupError when a file is missing, cut short, or not of the recorded type and shape."""
        about = _read_about(folder / "sequence.json")
        arrays = {name: _mapped(folder / f"{name}.npy", *kind) for name, kind in about["arrays"].items()}
        try:
            popularity = Popularity(arrays["popularity"])
            table = TransitionTable(**_group(arrays, "transitions."))
            _check_table(table, folder)
            weights = _group(arrays, "network.")
            network = Network(weights, int(about["heads"])) if weights else None
            if network is not None and not block_count(weights):
                raise KeyError("network.blocks")
            return cls(
                popularity,
                Markov(table, popularity),
                Transitions(table, popularity),
                Cooccurrence(**_group(arrays, "cooccurrence.")),
                network,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SetupError(f"the sequence model in {folder} is incomplete; run `palate build`") from error


class SequenceModel:
    """What comes next after a history: the blend of popularity, rules, co-occurrence and SASRec.

    Thread-safe: nothing changes after it is loaded.
    """

    def __init__(self, parts: Parts, blend: BlendWeights) -> None:
        self.parts = parts
        self.blend = blend
        self._scorers: dict[str, Callable[[Ints], Floats]] = {
            name: part.scores for name, part in parts.named().items() if blend.weights.get(name)
        }

    @classmethod
    def load(cls, folder: Path) -> "SequenceModel":
        """The model a build wrote. Raises SetupError, naming the repair, for a missing or damaged file."""
        parts, blend = Parts.load(folder), BlendWeights.load(folder / "blend.json")
        strange = set(blend.weights) - set(parts.named())
        if strange:
            raise SetupError(
                f"{folder / 'blend.json'} names unknown parts {sorted(strange)}; run `palate build`"
            )
        return cls(parts, blend)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.parts.save(folder)
        self.blend.save(folder / "blend.json")

    @property
    def item_count(self) -> int:
        return len(self.popularity)

    @property
    def popularity(self) -> Ints:
        """How many users had each item: (items,) int32."""
        return self.parts.popularity.counts

    def scores(self, history: Sequence[int]) -> Floats:
        """A score for every item of the catalogue, higher is better: (items,) float32.

        z-scores: mean 0 and deviation 1 over the catalogue, so that 3 means "three deviations above this
        catalogue's average item for this history" in every call. Unknown items in the history are ignored;
        with none left the scores are those of popularity. Items of the history keep their score here.
        """
        known = known_items(history, self.item_count)
        if not len(known):
            return standardised(self.parts.popularity.scores(known))
        return standardised(self.blend.combine({name: score(known) for name, score in self._scorers.items()}))

    def scores_batch(self, histories: Sequence[Sequence[int]]) -> Floats:
        """`scores` for several histories at once: (batch, items) float32."""
        known = [known_items(history, self.item_count) for history in histories]
        named = self.parts.named()
        blended = self.blend.combine({name: named[name].scores_batch(known) for name in self._scorers})
        for row, history in enumerate(known):
            if not len(history):
                blended[row] = self.parts.popularity.logs
        return standardised(blended)

    def next_items(
        self,
        history: Sequence[int],
        k: int,
        exclude: Iterable[int] = (),
        allowed: NDArray[np.bool_] | None = None,
    ) -> list[tuple[int, float]]:
        """The k best items with their scores, best first; equal scores by catalogue row.

        Never one of the history or of `exclude`. allowed: (items,) bool, applied before the cut at k, so
        fewer than k come back only when fewer are left. Raises ValueError for a mask of another length.
        """
        open_items = np.ones(self.item_count, bool) if allowed is None else np.array(allowed, dtype=bool)
        if open_items.shape != (self.item_count,):
            raise ValueError(f"allowed must have one entry for each of {self.item_count} items")
        open_items[known_items(history, self.item_count)] = False
        open_items[known_items(exclude, self.item_count)] = False
        rows = np.flatnonzero(open_items)
        scores = self.scores(history)[rows]
        if 0 < k < len(rows):
            edge = np.partition(scores, len(scores) - k)[len(scores) - k]
            kept = scores >= edge  # all that tie at the edge, so that the order below decides among them
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores))[: max(k, 0)]
        return [(int(rows[place]), float(scores[place])) for place in order]

    def transition_count(self, from_item: int, to_item: int) -> int:
        """In how many users' histories to_item came within ten events after from_item."""
        return self.parts.transitions.transition_count(from_item, to_item)

    def support(self, item: int) -> int:
        """How many users had the item; 0 for an unknown one."""
        return self.parts.transitions.support(item)


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = about["format"] == FORMAT and all(len(kind) == 2 for kind in about["arrays"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError(f"{path} is missing or damaged; run `palate build`") from error
    if not known:
        raise SetupError(f"{path} was written by another version of palate; run `palate build`")
    return about


def _mapped(path: Path, dtype: str, shape: list[int]) -> NDArray[Any]:
    """The array, read from disk page by page as it is used."""
    try:
        # numpy cannot map a file without contents
        mapped = np.load(path, mmap_mode="r" if 0 not in shape else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SetupError(f"{path} is missing or damaged; run `palate build`") from error
    if str(mapped.dtype) != dtype or list(mapped.shape) != shape:
        raise SetupError(f"{path} is not the array the build wrote; run `palate build`")
    plain: NDArray[Any] = mapped.view(np.ndarray)  # still mapped, without memmap's cost on every slice
    return plain


def _group(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _check_table(table: TransitionTable, folder: Path) -> None:
    """An index outside the catalogue would fail in the middle of a turn, or read another item's row."""
    ends, columns = table.row_ends, table.columns
    sound = len(ends) > 0 and ends[0] == 0 and ends[-1] == len(columns) and bool((np.diff(ends) >= 0).all())
    sound = sound and (not len(columns) or (columns.min() >= 0 and columns.max() < table.item_count))
    if not sound:
        raise SetupError(f"the transition table in {folder} is damaged; run `palate build`")
