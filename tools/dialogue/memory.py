"""What recorded dialogues teach by counting: what is named, what is recommended, with what and after what was said."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from tools.dialogue.counts import Floats, Following, Together
from tools.dialogue.hearing import Hearing
from tools.dialogue.recorded import RecordedTurn, dialogue_order

SHARPNESS = (0.06, 0.06, 0.05)  # of the softmax over dialogues alike by last words, seeker's words, all words


@dataclass(frozen=True)
class Apart:
    """Counts without one dialogue, which a turn of that dialogue is to be scored by.

    named, recommended: (items,) in how many dialogues, in how many turns. own: the rows of the dialogue left out.
    """

    named: Floats
    recommended: Floats
    own: tuple[int, ...] = ()


class DialogueMemory:
    """Counts over the turns that are learnt from."""

    def __init__(self, turns: Sequence[RecordedTurn], hearing: Hearing, items: int) -> None:
        self.items = items
        self.order = dialogue_order(turns)
        self.together = Together(self.order.values(), items)
        self.following = Following(self.order.values(), items)
        self._turns_of: dict[str, list[int]] = {}
        for at, turn in enumerate(turns):
            self._turns_of.setdefault(turn.dialogue, []).append(at)
        ends = np.cumsum([0, *(len(t.targets) for t in turns)])
        columns = np.array([row for t in turns for row in t.targets], np.int64)
        self._targets = sp.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(turns), items))
        self.recommended: Floats = np.asarray(self._targets.sum(0), np.float32).ravel()
        gists = [hearing.gist(at) for at in range(len(turns))]
        dim = hearing.vectors.shape[1]
        self._gists = [np.stack([g[k] for g in gists]) if gists else np.zeros((0, dim)) for k in range(3)]
        self._whole = Apart(self.together.counts, self.recommended)

    def apart(self, dialogue: str | None) -> Apart:
        """The counts without a dialogue; with all of them for None."""
        if dialogue is None:
            return self._whole
        named, recommended = self.together.counts.copy(), self.recommended.copy()
        own = self.order[dialogue]
        named[list(own)] -= 1
        for at in self._turns_of[dialogue]:
            recommended[self._targets[at].indices] -= 1
        return Apart(named, recommended, own)

    def with_item(self, item: int, apart: Apart) -> Floats:
        """In how many of the other dialogues each item is named with this one. (items,)"""
        row = self.together.row(item)
        if item not in apart.own:
            return row
        less = row.copy()
        less[list(apart.own)] -= 1
        return np.maximum(less, 0)

    def after_item(self, item: int, apart: Apart) -> Floats:
        """In how many of the other dialogues each item is named after this one. (items,)"""
        row = self.following.row(item)
        if item not in apart.own:
            return row
        less = row.copy()
        less[list(apart.own[apart.own.index(item) + 1 :])] -= 1
        return np.maximum(less, 0)

    def after_words(self, gists: Sequence[Floats], dialogue: str | None) -> list[Floats]:
        """What is recommended where the like was said, by last words, the seeker's and all: shares. (items,) each"""
        shares = []
        left_out = self._turns_of.get(dialogue, []) if dialogue is not None else []
        for known, gist, sharpness in zip(self._gists, gists, SHARPNESS, strict=True):
            if len(known) <= len(left_out):
                shares.append(np.zeros(self.items, np.float32))
                continue
            near = known @ gist
            near[left_out] = -np.inf
            weights = np.exp((near - near.max()) / sharpness)
            shares.append(np.asarray((weights / weights.sum()) @ self._targets, np.float32).ravel())
        return shares
