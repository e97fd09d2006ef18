"""Learns a dialogue recommender: counts, the network, and the fusion of both, each turn scored by what never saw its dialogue."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tools.dialogue.counts import Floats, Together
from tools.dialogue.features import TurnFeatures
from tools.dialogue.hearing import Encode, Hearing, hear
from tools.dialogue.inputs import fit_basis
from tools.dialogue.knowledge import item_text, know
from tools.dialogue.learnt import FIRST, NUMBERS, Learnt, first_of, with_network
from tools.dialogue.likes import likes_of_users
from tools.dialogue.memory import DialogueMemory
from tools.dialogue.network import (
    DialogueNetwork,
    Example,
    prior_inputs,
    tokens_of,
)
from tools.dialogue.ranker import Candidates, fit_ranker
from tools.dialogue.recorded import RecordedItem, RecordedTurn
from tools.dialogue.texts import KeptTexts
from tools.dialogue.training import log_shares, pretrain, tune
from tools.dialogue.trees import fit_trees
from tools.dialogue.wishes import FEWEST, MadeDialogues, make_wishes
from tools.errors import UserInputError

VERSION = 1  # raised when the same dialogues would teach something else
FOLDS = 8  # of dialogues; a turn is scored by counts of the others
NETWORKS = 4  # tuned without a quarter of the dialogues each, two folds
STEPS, TUNING_EPOCHS = 1_000, 5
BOOSTERS = 3
CANDIDATES = 500  # a turn, to fit the fusion on: the first by each of LEADS, the rest drawn
LEADS = (
    "named",
    "with_cosine",
    "with_lift",
    "liked_with",
    "text",
    "said_by_seeker",
    "genre_cosine",
    "network",
)
FIRST_BY_EACH = 60
FEWEST_DIALOGUES = 20
CUTS = (1, 5, 10, 20, 50)
LAST = -1e6  # the score of what was mentioned

Tell = Callable[[str], object]


@dataclass(frozen=True)
class _Room:
    """All that stays while learning. folds: of each turn; a dialogue lies in one. features: by fold, of counts without it."""

    turns: tuple[RecordedTurn, ...]
    hearing: Hearing
    folds: NDArray[np.int64]
    features: tuple[TurnFeatures, ...]

    def numbers(self, at: int, shares: Floats) -> Floats:
        """What speaks for each item at a turn, its own fold left out. (items, len(NUMBERS))"""
        features = self.features[self.folds[at]].of(self.turns[at], self.hearing, at)
        return with_network(features, shares[at])

    def part(self, at: int) -> int:
        """The network that a turn is held out from."""
        return int(self.folds[at]) * NETWORKS // FOLDS


def learn(
    turns: Sequence[RecordedTurn], items: Sequence[RecordedItem], encode: Encode, seed: int, tell: Tell
) -> Learnt:
    """Learns from turns about items. Raises UserInputError when they are too few.

    Counts that hold the turn's own dialogue, or leave just that one out, tell a fusion which items were recommended in it; hence
    folds, for the counts and for the network. `told["validation"]` holds Recall by cut on the turns themselves, each scored by
    parts fitted without its quarter of the dialogues.
    """
    known = tuple(turn for turn in turns if turn.targets)
    if len({turn.dialogue for turn in known}) < FEWEST_DIALOGUES:
        raise UserInputError(f"at least {FEWEST_DIALOGUES} recorded dialogues are needed to learn from")
    started = time.perf_counter()
    torch.manual_seed(seed)
    names = [item.name for item in items]
    tell("reading items and utterances")
    texts = KeptTexts.of([item_text(item) for item in items], encode)
    knowledge = know(items, texts.vectors)
    hearing = hear(known, names, encode)
    likes = likes_of_users(names)
    liked = Together(likes, len(items))
    folds = _folds(known, seed)
    memories = [_without(known, hearing, len(items), folds == fold) for fold in range(FOLDS)]
    room = _Room(known, hearing, folds, tuple(TurnFeatures(knowledge, memory, liked) for memory in memories))
    basis = fit_basis(knowledge, liked, seed)
    inputs = torch.from_numpy(basis.of(knowledge))
    dated = (knowledge.years > 0).astype(np.float32)
    priors = [
        torch.from_numpy(prior_inputs(memory.named, liked.counts, knowledge.ages, dated))
        for memory in memories
    ]

    def priors_of(example: Example) -> torch.Tensor:
        return priors[example.fold]

    untrained = DialogueNetwork(inputs.shape[1], hearing.vectors.shape[1])
    made = sorted({row for rows in likes if len(rows) > FEWEST for row in rows})
    if made:
        tell("making dialogues of interactions")
        wishes = make_wishes(items, made, encode, seed)
        drawn = MadeDialogues(likes, wishes, seed)
        pretrain(untrained, drawn, wishes.vectors, inputs, priors[0], STEPS, tell)
    examples = _examples(known, hearing, folds)
    shares = np.zeros((len(known), len(items)), np.float32)
    for part in range(NETWORKS):
        tell(f"learning from dialogues: part {part + 1} of {NETWORKS + 1}")
        others = [e for e in examples if e.fold * NETWORKS // FOLDS != part]
        tuned = tune(untrained, others, hearing.vectors, inputs, priors_of, TUNING_EPOCHS, seed)
        held = [at for at in range(len(known)) if room.part(at) == part]
        asked = [examples[at] for at in held]  # the first examples are the turns, in order
        shares[held] = log_shares(tuned, asked, hearing.vectors, inputs, priors_of)
    tell(f"learning from dialogues: part {NETWORKS + 1} of {NETWORKS + 1}")
    network = tune(untrained, examples, hearing.vectors, inputs, priors_of, TUNING_EPOCHS, seed)
    tell("fitting the fusion")
    candidates = _candidates(room, shares, seed)
    ranker = fit_ranker(candidates, seed)
    tell("fitting the trees on what the fusion puts first where it was not fitted")
    first = _first(room, shares, candidates, seed)
    trees = fit_trees(first.numbers, first.taken, range(seed, seed + BOOSTERS))
    validation = _validate(room, first, seed)
    told: dict[str, Any] = {
        "seed": seed,
        "dialogues": len({turn.dialogue for turn in known}),
        "turns": len(known),
        "likes": sum(len(rows) for rows in likes),
        "validation": validation,
        "seconds": round(time.perf_counter() - started, 1),
    }
    return Learnt(tuple(names), texts, known, hearing, basis, network.eval(), ranker, trees, told)


def _folds(turns: Sequence[RecordedTurn], seed: int) -> NDArray[np.int64]:
    dialogues = list(dict.fromkeys(turn.dialogue for turn in turns))
    drawn = np.random.default_rng(seed).permutation(len(dialogues)) % FOLDS
    fold = dict(zip(dialogues, drawn.tolist(), strict=True))
    return np.array([fold[turn.dialogue] for turn in turns], np.int64)


def _without(
    turns: Sequence[RecordedTurn], hearing: Hearing, items: int, left_out: NDArray[np.bool_]
) -> DialogueMemory:
    places = np.flatnonzero(~left_out).tolist()
    return DialogueMemory([turns[at] for at in places], hearing, items, places)


def _examples(turns: Sequence[RecordedTurn], hearing: Hearing, folds: NDArray[np.int64]) -> list[Example]:
    """Every turn's dialogue and what was recommended, in order; then what seekers named themselves, and when."""
    made = [
        Example(tokens_of(heard), turn.mentioned, turn.targets, fold=fold)
        for turn, heard, fold in zip(turns, hearing.turns, folds.tolist(), strict=True)
    ]
    longest = {turn.dialogue: at for at, turn in enumerate(turns)}  # the last turn has the most of it
    for at in longest.values():
        heard = hearing.turns[at]
        named: dict[int, list[int]] = {}
        for place, row in heard.placed:
            named.setdefault(place, []).append(row)
        before: list[int] = []
        for place, rows in sorted(named.items()):
            if place % 2 == 0 and place > 0:
                tokens = tokens_of(heard, until=place)
                if tokens:
                    made.append(Example(tokens, tuple(before), tuple(rows), True, int(folds[at])))
            before += rows
    return made


def _candidates(room: _Room, shares: Floats, seed: int) -> Candidates:
    """For each turn what was recommended, the first by each lead, and others by the dice."""
    rng = np.random.default_rng(seed)
    items = shares.shape[1]
    width = min(CANDIDATES, items)
    leads = [NUMBERS.index(name) for name in LEADS]
    numbers = np.zeros((len(room.turns), width, len(NUMBERS)), np.float16)
    taken = np.zeros((len(room.turns), width), bool)
    for at, turn in enumerate(room.turns):
        all_numbers = room.numbers(at, shares)
        first = np.argsort(-all_numbers[:, leads], axis=0, kind="stable")[:FIRST_BY_EACH].ravel()
        open_rows = np.ones(items, bool)
        open_rows[list(turn.mentioned)] = False
        chosen = list(dict.fromkeys([*turn.targets, *(r for r in first.tolist() if open_rows[r])]))[:width]
        open_rows[chosen] = False
        rest = np.flatnonzero(open_rows)
        drawn = rng.choice(rest, min(width - len(chosen), len(rest)), replace=False)
        rows = np.concatenate([np.array(chosen, np.int64), drawn])
        numbers[at, : len(rows)] = all_numbers[rows]
        taken[at, : len(turn.targets)] = True
    return Candidates(numbers, taken)


@dataclass(frozen=True)
class _First:
    """What the fusion puts first at each turn, by fits without the turn's part. numbers: (turns, FIRST, numbers + 1); taken: (turns,
    FIRST) bool; parts: (turns,)"""

    numbers: Floats
    taken: NDArray[np.bool_]
    parts: NDArray[np.int64]


def _first(room: _Room, shares: Floats, candidates: Candidates, seed: int) -> _First:
    parts = np.array([room.part(at) for at in range(len(room.turns))], np.int64)
    width = min(FIRST, shares.shape[1])
    numbers = np.zeros((len(room.turns), width, len(NUMBERS) + 1), np.float32)
    taken = np.zeros((len(room.turns), width), bool)
    for part in range(NETWORKS):
        ranker = fit_ranker(candidates.of(np.flatnonzero(parts != part)), seed)
        for at in np.flatnonzero(parts == part).tolist():
            all_numbers = room.numbers(at, shares)
            scores = ranker.scores(all_numbers)
            scores[list(room.turns[at].mentioned)] = LAST
            rows, numbers[at] = first_of(all_numbers, scores)
            taken[at] = np.isin(rows, room.turns[at].targets)
    return _First(numbers, taken, parts)


def _validate(room: _Room, first: _First, seed: int) -> dict[str, float]:
    """Recall by cut over all turns, each ranked by trees fitted without its part."""
    hits = np.zeros((len(room.turns), len(CUTS)))
    for part in range(NETWORKS):
        others = first.parts != part
        trees = fit_trees(first.numbers[others], first.taken[others], [seed])
        for at in np.flatnonzero(~others).tolist():
            order = np.argsort(-trees.scores(first.numbers[at]), kind="stable")
            found = first.taken[at][order]
            hits[at] = [found[:cut].sum() / len(room.turns[at].targets) for cut in CUTS]
    return {f"recall@{cut}": round(float(value), 4) for cut, value in zip(CUTS, hits.mean(0), strict=True)}
