"""What was learnt from recorded dialogues, on disk and in use."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tools.dialogue.counts import Floats, Together
from tools.dialogue.features import NAMES, TurnFeatures
from tools.dialogue.hearing import Encode, Hearing, hear
from tools.dialogue.inputs import ItemBasis
from tools.dialogue.knowledge import item_text, know
from tools.dialogue.likes import likes_of_users
from tools.dialogue.memory import DialogueMemory
from tools.dialogue.network import DialogueNetwork, Example, prior_inputs, tokens_of
from tools.dialogue.ranker import Ranker
from tools.dialogue.recorded import RecordedItem, RecordedTurn, moved
from tools.dialogue.training import log_shares
from tools.errors import SetupError

FORMAT = 1
LEAST_SHARE = -25.0  # logs below it say no more
NUMBERS = (*NAMES, "network")
TOGETHER = 64  # turns scored at once


@dataclass(frozen=True)
class Learnt:
    """names: of the items learnt on, which the turns' rows are of. hearing: of the turns. told: seed, seconds and figures of the learning."""

    names: tuple[str, ...]
    turns: tuple[RecordedTurn, ...]
    hearing: Hearing
    basis: ItemBasis
    network: DialogueNetwork
    ranker: Ranker
    told: dict[str, Any]


class DialogueRecommender:
    """Scores the items of a list, those learnt on or others, at turns of dialogues about them."""

    def __init__(self, learnt: Learnt, items: Sequence[RecordedItem], encode: Encode) -> None:
        self._learnt = learnt
        self._encode = encode
        names = [item.name for item in items]
        turns = moved(learnt.turns, learnt.names, names)
        knowledge = know(items, encode([item_text(item) for item in items]))
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
                yield scores


def with_network(features: Floats, shares: Floats) -> Floats:
    """The features and, last, what the network expects. (items, len(NUMBERS))"""
    return np.concatenate([features, np.maximum(shares, LEAST_SHARE)[:, None]], 1, dtype=np.float32)


def save(learnt: Learnt, folder: Path) -> None:
    """Writes `learnt.json` and `arrays.npz`; the JSON last, so that a folder with it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "vectors": learnt.hearing.vectors,
        "mean": learnt.ranker.mean,
        "spread": learnt.ranker.spread,
    }
    arrays |= {f"basis.{name}": getattr(learnt.basis, name) for name in _BASIS_ARRAYS}
    arrays |= {f"network.{name}": t.numpy() for name, t in learnt.network.state_dict().items()}
    for at, scorer in enumerate(learnt.ranker.scorers):
        arrays |= {f"scorer{at}.{name}": t.numpy() for name, t in scorer.state_dict().items()}
    np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)
    told = {
        "format": FORMAT,
        "numbers": NUMBERS,
        "names": learnt.names,
        "turns": [asdict(turn) for turn in learnt.turns],
        "heard": [asdict(heard) for heard in learnt.hearing.turns],
        "facets": learnt.basis.facets,
        "scorers": len(learnt.ranker.scorers),
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
    from tools.dialogue.hearing import Heard
    from tools.dialogue.ranker import Scorer

    def state(prefix: str) -> dict[str, torch.Tensor]:
        start = f"{prefix}."
        return {n.removeprefix(start): torch.from_numpy(a) for n, a in arrays.items() if n.startswith(start)}

    basis = {name: arrays[f"basis.{name}"] for name in _BASIS_ARRAYS}
    names = tuple(told["names"])
    inputs = sum(basis[name].shape[1] for name in ("text_axes", "facet_axes", "company"))
    network = DialogueNetwork(inputs, arrays["vectors"].shape[1])
    network.load_state_dict(state("network"))
    network.eval()
    scorers = []
    for at in range(told["scorers"]):
        scorer = Scorer(len(NUMBERS))
        scorer.load_state_dict(state(f"scorer{at}"))
        scorer.eval()
        scorers.append(scorer)
    turns = tuple(_turn(turn) for turn in told["turns"])
    heard = tuple(
        Heard(tuple(h["said"]), tuple((int(at), int(row)) for at, row in h["placed"])) for h in told["heard"]
    )
    return Learnt(
        names,
        turns,
        Hearing(heard, arrays["vectors"]),
        ItemBasis(facets=tuple(told["facets"]), names=names, **basis),
        network,
        Ranker(tuple(scorers), arrays["mean"], arrays["spread"]),
        told["told"],
    )


def _turn(told: dict[str, Any]) -> RecordedTurn:
    rows = {name: tuple(told[name]) for name in ("utterances", "mentioned", "named", "targets")}
    return RecordedTurn(told["dialogue"], told["number"], **rows, unknown=told["unknown"])
