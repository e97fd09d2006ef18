"""What recorded dialogues teach by counting: what is named, what is recommended, with what and after what was said."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from tools.dialogue.counts import Floats, Following, Together
from tools.dialogue.hearing import Hearing
from tools.dialogue.recorded import RecordedTurn, dialogue_order

SHARPNESS = (0.06, 0.06, 0.05)  # of the softmax over dialogues alike by last words, seeker's words, all words


class DialogueMemory:
    """Counts over turns. named, recommended: (items,) in how many dialogues, in how many turns; together, following: of what is
    named in one dialogue, at all and later."""

    def __init__(
        self, turns: Sequence[RecordedTurn], hearing: Hearing, items: int, places: Sequence[int] | None = None
    ) -> None:
        """places: of the turns in `hearing`; their order where left out."""
        dialogues = dialogue_order(turns).values()
        self.items = items
        self.together = Together(dialogues, items)
        self.following = Following(dialogues, items)
        self.named: Floats = self.together.counts
        ends = np.cumsum([0, *(len(t.targets) for t in turns)])
        columns = np.array([row for t in turns for row in t.targets], np.int64)
        self._targets = sp.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(turns), items))
        self.recommended: Floats = np.asarray(self._targets.sum(0), np.float32).ravel()
        gists = [hearing.gist(at) for at in (range(len(turns)) if places is None else places)]
        nothing = np.zeros((0, hearing.vectors.shape[1]), np.float32)
        self._gists = [np.stack([g[k] for g in gists]) if gists else nothing for k in range(len(SHARPNESS))]

    def after_words(self, gists: Sequence[Floats]) -> list[Floats]:
        """What is recommended where the like was said, by last words, the seeker's and all: shares. (items,) each"""
        shares = []
        for known, gist, sharpness in zip(self._gists, gists, SHARPNESS, strict=True):
            if not len(known):
                shares.append(np.zeros(self.items, np.float32))
                continue
            near = known @ gist
            weights = np.exp((near - near.max()) / sharpness)
            shares.append(np.asarray((weights / weights.sum()) @ self._targets, np.float32).ravel())
        return shares
