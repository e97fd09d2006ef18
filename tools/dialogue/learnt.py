"""What was learnt from recorded dialogues, on disk and in use."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tools.dialogue.counts import Floats, Together
from tools.dialogue.features import NAMES, TurnFeatures
from tools.dialogue.hearing import Encode, Heard, Hearing, hear
from tools.dialogue.inputs import ItemBasis
from tools.dialogue.knowledge import item_text, know
from tools.dialogue.likes import likes_of_users
from tools.dialogue.memory import DialogueMemory
from tools.dialogue.network import DialogueNetwork, Example, prior_inputs, tokens_of
from tools.dialogue.ranker import Ranker, Scorer
from tools.dialogue.recorded import RecordedItem, RecordedTurn, moved
from tools.dialogue.texts import KeptTexts
from tools.dialogue.training import log_shares
from tools.dialogue.trees import Trees
from tools.errors import SetupError

FORMAT = 2
LEAST_SHARE = -25.0  # logs below it say no more
NUMBERS = (*NAMES, "network")
TOGETHER = 64  # turns scored at once
FIRST = 300  # of the fusion's order, that the trees order anew


@dataclass(frozen=True)
class Learnt:
    """names: of the items learnt on, which the turns' rows are of. texts: of these items. hearing: of the turns. told: seed, seconds and figures of the learning."""

    names: tuple[str, ...]
    texts: KeptTexts
    turns: tuple[RecordedTurn, ...]
    hearing: Hearing
    basis: ItemBasis
    network: DialogueNetwork
    ranker: Ranker
    trees: Trees
    told: dict[str, Any]


class DialogueRecommender:
    """Scores the items of a list, those learnt on or others, at turns of dialogues about them."""

    def __init__(self, learnt: Learnt, items: Sequence[RecordedItem], encode: Encode) -> None:
        self._learnt = learnt
        self._encode = encode
        names = [item.name for item in items]
        turns = moved(learnt.turns, learnt.names, names)
        knowledge = know(items, learnt.texts.vectors_of([item_text(item) for item in items], encode))
        liked = Together(likes_of_users(names), len(items))
        memory = DialogueMemory(turns, learnt.hearing, len(items))
        self.names = names
        self.features = TurnFeatures(knowledge, memory, liked)
        self._inputs = torch.from_numpy(learnt.basis.of(knowledge))
        dated = (knowledge.years > 0).astype(np.float32)
        self._priors = torch.from_numpy(prior_inputs(memory.named, liked.counts, knowledge.ages, dated))

    def scores(self, turns: Sequence[RecordedTurn]) -> Iterator[Floats]:
        """Of every item at each turn; what was mentioned has minus infinity. (items,) each"""
        hearing = hear(turns, self.names, self._encode)
        for start in range(0, len(turns), TOGETHER):
            part = turns[start : start + TOGETHER]
            examples = [
                Example(tokens_of(hearing.turns[start + at]), turn.mentioned, ())
                for at, turn in enumerate(part)
            ]
            shares = log_shares(
                self._learnt.network, examples, hearing.vectors, self._inputs, lambda _: self._priors
            )
            for at, turn in enumerate(part):
                numbers = with_network(self.features.of(turn, hearing, start + at), shares[at])
                scores = self._learnt.ranker.scores(numbers)
                scores[list(turn.mentioned)] = -np.inf
                yield by_trees(self._learnt.trees, numbers, scores)


def with_network(features: Floats, shares: Floats) -> Floats:
    """The features and, last, what the network expects. (items, len(NUMBERS))"""
    return np.concatenate([features, np.maximum(shares, LEAST_SHARE)[:, None]], 1, dtype=np.float32)


def first_of(numbers: Floats, scores: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The rows of the FIRST by score, best first, and what the trees read of them: the numbers and the score."""
    rows = np.argsort(-scores, kind="stable")[:FIRST]
    return rows, np.concatenate([numbers[rows], scores[rows, None]], 1, dtype=np.float32)


def by_trees(trees: Trees, numbers: Floats, scores: Floats) -> Floats:
    """The scores with the FIRST items in the trees' order, above all others; minus infinity stays."""
    rows, read = first_of(numbers, scores)
    open_rows = np.isfinite(scores[rows])
    rows, read = rows[open_rows], read[open_rows]
    if len(rows):
        above = trees.scores(read)
        scores = scores.copy()
        scores[rows] = scores[rows].max() + 1 + above - above.min()
    return scores


def save(learnt: Learnt, folder: Path) -> None:
    """Writes `learnt.json` and `arrays.npz`; the JSON last, so that a folder with it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "vectors": learnt.hearing.vectors,
        "texts": learnt.texts.vectors,
        "mean": learnt.ranker.mean,
        "spread": learnt.ranker.spread,
    }
    arrays |= {f"basis.{name}": getattr(learnt.basis, name) for name in _BASIS_ARRAYS}
    arrays |= {f"network.{name}": t.numpy() for name, t in learnt.network.state_dict().items()}
    arrays |= {f"scorer.{name}": t.numpy() for name, t in learnt.ranker.scorer.state_dict().items()}
    np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)
    told = {
        "format": FORMAT,
        "numbers": NUMBERS,
        "names": learnt.names,
        "texts": learnt.texts.keys,
        "turns": [asdict(turn) for turn in learnt.turns],
        "heard": [asdict(heard) for heard in learnt.hearing.turns],
        "facets": learnt.basis.facets,
        "trees": learnt.trees.texts(),
        "told": learnt.told,
    }
    (folder / "learnt.json").write_text(json.dumps(told), encoding="utf-8")


_BASIS_ARRAYS = ("text_mean", "text_axes", "facet_weights", "facet_axes", "company")


def load(folder: Path) -> Learnt:
    """What `save` wrote. Raises SetupError with the command that makes it again."""
    again = f"remove {folder} and run `palate evaluate redial` again"
    try:
        told = json.loads((folder / "learnt.json").read_text(encoding="utf-8"))
        with np.load(folder / "arrays.npz", allow_pickle=False) as kept:
            arrays = dict(kept)
        if told["format"] != FORMAT or tuple(told["numbers"]) != NUMBERS:
            raise SetupError(f"what was learnt in {folder} is of another version; {again}")
        return _read(told, arrays)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise SetupError(f"what was learnt in {folder} cannot be read ({error}); {again}") from error


def _read(told: dict[str, Any], arrays: dict[str, Any]) -> Learnt:
    def state(prefix: str) -> dict[str, torch.Tensor]:
        start = f"{prefix}."
        return {n.removeprefix(start): torch.from_numpy(a) for n, a in arrays.items() if n.startswith(start)}

    basis = {name: arrays[f"basis.{name}"] for name in _BASIS_ARRAYS}
    names = tuple(told["names"])
    inputs = sum(basis[name].shape[1] for name in ("text_axes", "facet_axes", "company"))
    network = DialogueNetwork(inputs, arrays["vectors"].shape[1])
    network.load_state_dict(state("network"))
    network.eval()
    scorer = Scorer(len(NUMBERS))
    scorer.load_state_dict(state("scorer"))
    scorer.eval()
    turns = tuple(_turn(turn) for turn in told["turns"])
    heard = tuple(
        Heard(tuple(h["said"]), tuple((int(at), int(row)) for at, row in h["placed"])) for h in told["heard"]
    )
    return Learnt(
        names,
        KeptTexts(tuple(told["texts"]), arrays["texts"]),
        turns,
        Hearing(heard, arrays["vectors"]),
        ItemBasis(facets=tuple(told["facets"]), names=names, **basis),
        network,
        Ranker(scorer, arrays["mean"], arrays["spread"]),
        Trees.from_texts(told["trees"]),
        told["told"],
    )


def _turn(told: dict[str, Any]) -> RecordedTurn:
    rows = {name: tuple(told[name]) for name in ("utterances", "mentioned", "named", "targets")}
    return RecordedTurn(told["dialogue"], told["number"], **rows, unknown=told["unknown"])
