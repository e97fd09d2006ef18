"""The recommenders that are blended, and the folder of arrays they are kept in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tools.errors import SetupError
from tools.sequence.baselines.popularity import Popularity
from tools.sequence.baselines.rules import Transitions
from tools.sequence.baselines.similarity import Similarity
from tools.sequence.evaluate import ScoreCases, scorer, timed_scorer
from tools.sequence.interactions import Sequences
from tools.sequence.neural.config import NetworkConfig
from tools.sequence.neural.forward import Network
from tools.sequence.transitions import TransitionTable

FORMAT = 3
POPULARITY, RULES, SIMILARITY, NETWORK = "popularity", "rules", "similarity", "network"


@dataclass(frozen=True)
class Parts:
    """What is blended. There is no similarity without item texts, and no network of too little data."""

    popularity: Popularity
    rules: Transitions
    similarity: Similarity | None = None
    networks: tuple[Network, ...] = ()

    @classmethod
    def fit(cls, sequences: Sequences, item_count: int, features: tuple[frozenset[str], ...] = ()) -> "Parts":
        """All that is counted rather than trained, in seconds."""
        rules = Transitions.fit(sequences, item_count)
        similarity = Similarity.fit(sequences, item_count, features) if any(features) else None
        return cls(rules.popularity, rules, similarity)

    def scorers(self) -> dict[str, ScoreCases]:
        """The parts that exist, under the names used in tables and in blend.json."""
        every = {POPULARITY: scorer(self.popularity), RULES: scorer(self.rules)}
        if self.similarity is not None:
            every[SIMILARITY] = scorer(self.similarity)
        return every | {
            network_name(place): timed_scorer(network) for place, network in enumerate(self.networks)
        }

    def names(self) -> tuple[str, ...]:
        return tuple(self.scorers())

    def save(self, folder: Path) -> None:
        """Every array as a plain .npy file that can be mapped; `sequence.json` says what they are."""
        arrays: dict[str, NDArray[Any]] = {"popularity": self.popularity.counts}
        arrays |= {f"transitions.{name}": value for name, value in vars(self.rules.table).items()}
        if self.similarity is not None:
            vectors = self.similarity.vectors
            for name in ("data", "indices", "indptr"):
                arrays[f"similarity.{name}"] = getattr(vectors, name)
        for place, network in enumerate(self.networks):
            arrays |= {f"{network_name(place)}.{name}": value for name, value in network.arrays.items()}
        for name, value in arrays.items():
            np.save(folder / f"{name}.npy", value, allow_pickle=False)
        about = {
            "format": FORMAT,
            "items": len(self.popularity.counts),
            "features": self.similarity.vectors.shape[1] if self.similarity is not None else None,
            "networks": [network.about() for network in self.networks],
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
            _check_rows(table.row_ends, table.columns, table.item_count, folder)
            similarity = None
            if about["features"] is not None:
                known = _group(arrays, "similarity.")
                _check_rows(known["indptr"], known["indices"], about["features"], folder)
                shape = (len(popularity.counts), about["features"])
                parts = (known["data"], known["indices"], known["indptr"])
                similarity = Similarity(sparse.csr_array(parts, shape=shape, copy=False), popularity)
            networks = tuple(
                Network(_network_arrays(arrays, place), NetworkConfig(**config))
                for place, config in enumerate(about["networks"])
            )
            return cls(popularity, Transitions(table, popularity), similarity, networks)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SetupError(f"the sequence model in {folder} is incomplete; run `palate build`") from error


def network_name(place: int) -> str:
    return f"{NETWORK} {place + 1}"


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


def _network_arrays(arrays: Mapping[str, NDArray[Any]], place: int) -> dict[str, NDArray[Any]]:
    own = _group(arrays, f"{network_name(place)}.")
    if not {"item_vectors", "item_bias", "positions", "final_norm.weight"} <= own.keys():
        raise KeyError(network_name(place))
    return own


def _check_rows(ends: NDArray[Any], columns: NDArray[Any], width: int, folder: Path) -> None:
    """An index outside the catalogue would fail in the middle of a turn, or read another item's row."""
    sound = len(ends) > 0 and ends[0] == 0 and ends[-1] == len(columns) and bool((np.diff(ends) >= 0).all())
    sound = sound and (not len(columns) or (columns.min() >= 0 and columns.max() < width))
    if not sound:
        raise SetupError(f"the sequence model in {folder} is damaged; run `palate build`")
