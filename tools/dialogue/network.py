"""The network that reads a dialogue: items named and things said, one after another, to what is recommended next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from tools.dialogue.counts import Floats
from tools.dialogue.hearing import Heard

WIDTH, HEADS, LAYERS, DROPOUT = 96, 4, 2, 0.15
LENGTH = 24  # tokens read, the last ones
SAID_BY_RECOMMENDER, SAID_BY_SEEKER, NAMED_BY_SEEKER, NAMED_BY_RECOMMENDER = range(4)
UTTERANCE_SCALE = 4.0
PRIOR = 5
LOGIT_SHIFT = 8.0  # log shares of items are about -8


@dataclass(frozen=True)
class Token:
    """An utterance (`said`: its row among the vectors) or an item named (`item`: its row)."""

    kind: int
    item: int = 0
    said: int = -1


@dataclass(frozen=True)
class Example:
    """A dialogue so far and what came next. by_seeker: who named it. fold: of its dialogue."""

    tokens: tuple[Token, ...]
    known: tuple[int, ...]
    next_items: tuple[int, ...]
    by_seeker: bool = False
    fold: int = 0


def tokens_of(heard: Heard, until: int | None = None) -> tuple[Token, ...]:
    """The dialogue as tokens, up to an utterance: each utterance, then what is named in it; the last LENGTH."""
    count = len(heard.said) if until is None else until
    made: list[Token] = []
    for at in range(max(count, 1)):
        seeker = at % 2 == 0
        if at < len(heard.said) and heard.said[at] >= 0:
            made.append(Token(SAID_BY_SEEKER if seeker else SAID_BY_RECOMMENDER, said=heard.said[at]))
        kind = NAMED_BY_SEEKER if seeker else NAMED_BY_RECOMMENDER
        made += [Token(kind, item=row) for place, row in heard.placed if place == at]
    return tuple(made[-LENGTH:])


def prior_inputs(named: Floats, liked: Floats, ages: Floats, dated: Floats) -> Floats:
    """What speaks for an item before anything is said. (items, PRIOR)"""
    often = np.log((named + 0.3) / (named.sum() + 0.3 * len(named))) + LOGIT_SHIFT
    loved = np.log((liked + 0.5) / max(float(liked.sum()), 1.0)) + LOGIT_SHIFT
    return np.stack([often, loved, ages / 10, np.log1p(ages), 1 - dated], 1).astype(np.float32)


class DialogueNetwork(nn.Module):
    """Scores every item as what comes next in a dialogue.

    A transformer over the tokens (items by their inputs, utterances by their vectors) gives a state; an item's score is the product
    of the state with its vector, plus a prior that is linear in how well known it is. No weight belongs to one item, so items that
    were never trained on are scored alike.
    """

    def __init__(self, inputs: int, said: int) -> None:
        """inputs: numbers of an item; said: dimensions of an utterance's vector."""
        super().__init__()
        self.direct = nn.Linear(inputs, WIDTH)
        self.bent = nn.Sequential(nn.Linear(inputs, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.prior = nn.Linear(PRIOR, 1)
        with torch.no_grad():
            self.prior.weight.copy_(torch.tensor([[0.0, 0.5, 0.0, 0.0, 0.0]]))  # starts from what users liked
        self.said = nn.Linear(said, WIDTH)
        self.kind = nn.Embedding(4, WIDTH)
        self.place = nn.Embedding(LENGTH + 1, WIDTH)
        self.asked = nn.Embedding(2, WIDTH)
        for table in (self.kind, self.place, self.asked):
            nn.init.normal_(table.weight, std=0.02)
        self.drop = nn.Dropout(DROPOUT)
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 2 * WIDTH, DROPOUT, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(WIDTH)
        self.taste = nn.Parameter(torch.tensor(1.0))

    def item_vectors(self, inputs: Tensor) -> Tensor:
        """(items, WIDTH)"""
        return torch.as_tensor(self.direct(inputs) + self.bent(inputs))

    def forward(self, batch: "Batch", inputs: Tensor, priors: Tensor) -> Tensor:
        """(dialogues, items). inputs: (items, inputs). priors: (items, PRIOR), or (dialogues, items, PRIOR)."""
        items = self.item_vectors(inputs)
        named = (batch.kinds >= NAMED_BY_SEEKER)[..., None]
        tokens = torch.where(named, items[batch.items], self.said(batch.said) * UTTERANCE_SCALE)
        tokens = 0.5 * nn.functional.layer_norm(tokens, (WIDTH,))
        length = tokens.shape[1]
        place = torch.arange(length, 0, -1).clamp(max=LENGTH)  # counted from the end
        tokens = tokens + self.kind(batch.kinds) + self.place(place)
        tokens = torch.cat(
            [tokens, self.asked(batch.by_seeker)[:, None]], 1
        )  # (dialogues, length + 1, WIDTH)
        there = torch.cat([batch.there, torch.ones(len(tokens), 1, dtype=torch.bool)], 1)
        read = self.layers(self.drop(tokens), src_key_padding_mask=~there)[:, -1]
        mine = named & batch.there[..., None]
        any_named = mine.any(1)
        mean = (items[batch.items] * mine).sum(1) / mine.sum(1).clamp(min=1)
        state = self.norm(read) + self.taste * nn.functional.layer_norm(mean, (WIDTH,)) * any_named
        return torch.as_tensor(state @ items.T * WIDTH**-0.5 + self.prior(priors).squeeze(-1))


@dataclass(frozen=True)
class Batch:
    """Examples side by side, padded on the left. kinds, items: (dialogues, length) int64; said: (dialogues, length, dim); there:
    (dialogues, length) bool; by_seeker: (dialogues,) int64; wanted: (dialogues, items), rows that sum to 1; known: (dialogues,
    items), large and negative where the item was named already."""

    kinds: Tensor
    items: Tensor
    said: Tensor
    there: Tensor
    by_seeker: Tensor
    wanted: Tensor
    known: Tensor


def make_batch(examples: Sequence[Example], vectors: Floats, items: int) -> Batch:
    """vectors: of the utterances the tokens point at. (utterances, dim)"""
    length = max(1, *(len(e.tokens) for e in examples)) if examples else 1
    shape = (len(examples), length)
    kinds, rows = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    said = np.zeros((*shape, vectors.shape[1]), np.float32)
    there = np.zeros(shape, bool)
    wanted = np.zeros((len(examples), items), np.float32)
    known = np.zeros((len(examples), items), np.float32)
    for at, example in enumerate(examples):
        start = length - len(example.tokens)
        for place, token in enumerate(example.tokens, start):
            kinds[at, place], rows[at, place], there[at, place] = token.kind, token.item, True
            if token.said >= 0:
                said[at, place] = vectors[token.said]
        if example.next_items:
            wanted[at, list(example.next_items)] = 1 / len(example.next_items)
        known[at, list(example.known)] = -1e4
    asked = np.array([int(e.by_seeker) for e in examples], np.int64)
    return Batch(
        torch.from_numpy(kinds),
        torch.from_numpy(rows),
        torch.from_numpy(said),
        torch.from_numpy(there),
        torch.from_numpy(asked),
        torch.from_numpy(wanted),
        torch.from_numpy(known),
    )
