"""The models that are compared: history alone, words alone, both as a dialogue has them, and popularity as the floor."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agent.evaluation.steering.wishes import Instruction
from agent.retrieval.constraints import allow
from agent.retrieval.querying import make_query
from agent.retrieval.ranking import call_tools, rank
from memory.preferences import KeywordTarget
from memory.session import Session, add_event, begin_change
from tools.catalog.items import Mask
from tools.errors import ToolFailed
from tools.ranking.fusion import Fusion
from tools.sequence.serve import SequenceModel
from tools.text.embedder import BATCH, Embedder
from tools.text.store import TextStore
from tools.toolbox import Scored, Toolbox

POPULARITY, HISTORY_ONLY, TEXT_ONLY, BOTH = "popularity", "history only", "text only", "both"
KEPT = 50  # of an order of candidates
MODELS = (POPULARITY, HISTORY_ONLY, TEXT_ONLY, BOTH)


@dataclass(frozen=True)
class Asked:
    """What a recommender is told. history: rows, oldest first; excluded: rows that may not be recommended."""

    history: tuple[int, ...]
    excluded: tuple[int, ...]
    instructions: tuple[Instruction, ...]


class Recommenders:
    """All of them over one toolbox, whose sequence model has not seen the answers."""

    def __init__(self, toolbox: Toolbox, sequence: SequenceModel, fusion: Fusion) -> None:
        self._texts = _KeptTexts(toolbox.embedder)
        store = _KeptVectors(toolbox.text, toolbox.vectors(range(len(toolbox.catalog))), toolbox.catalog.rows)
        self.toolbox = replace(toolbox, sequence=sequence, embedder=self._texts, text=store)
        self._fusion = fusion
        self._found: dict[
            Asked, tuple[int, ...]
        ] = {}  # what is asked without a history is asked on several axes

    def first(self, model: str, asked: Asked, k: int) -> tuple[int, ...]:
        """The k rows that a model puts first. Raises ToolFailed."""
        match model:
            case "popularity":
                found = self.toolbox.next_items((), k, self._open(asked))
                return tuple(row for row, _ in found)
            case "history only":
                found = self.toolbox.next_items(asked.history, k, self._open(asked))
                return tuple(row for row, _ in found)
            case "text only":
                return self._as_in_a_dialogue(replace(asked, history=()))[:k]
        return self._as_in_a_dialogue(asked)[:k]

    def prepare(self, every: Iterable[Asked]) -> None:
        """Embeds what all of these say at once, which takes a tenth of the time that one after the other does."""
        texts: dict[str, None] = {}
        for asked in every:
            query = make_query(self._session(asked), self.toolbox.catalog)
            refused = (t for i in asked.instructions for t in i.targets if isinstance(t, KeywordTarget))
            texts |= dict.fromkeys(
                [*query.phrases, *(t.phrase for t in refused), *filter(None, [query.words])]
            )
        self._texts.keep(list(texts))

    def _open(self, asked: Asked) -> Mask:
        allowed = np.ones(len(self.toolbox.catalog), bool)
        allowed[list(asked.excluded)] = False
        return allowed

    def _session(self, asked: Asked) -> Session:
        """The dialogue in which this history is known and these things were said."""
        items = self.toolbox.catalog.items
        session = begin_change(Session("steering"), "profile", "")
        for row in asked.history:
            session = add_event(session, items[row].id, "viewed", "log", 0.0, lasting=True)
        session = begin_change(session, "said", ". ".join(i.text for i in asked.instructions))
        for instruction in asked.instructions:
            session = instruction.add_to(session)
        return session

    def _as_in_a_dialogue(self, asked: Asked) -> tuple[int, ...]:
        """palate's own order of candidates: query, hard wishes, tools, fusion, tuned re-ranker."""
        if asked not in self._found:
            self._found[asked] = self._ranked(asked)
        return self._found[asked]

    def _ranked(self, asked: Asked) -> tuple[int, ...]:
        session = self._session(asked)
        query = make_query(session, self.toolbox.catalog)
        allowed = allow(session.wishes, ~self._open(asked), self.toolbox)
        proposed: dict[str, Scored] = {}
        for called, found in call_tools(query, allowed.mask, self.toolbox):
            if isinstance(found, ToolFailed):
                raise found
            proposed[called.tool] = found
        ranked = rank(query, proposed, allowed, self.toolbox, self._fusion)
        return tuple(candidate.row for candidate in ranked[:KEPT])


class _KeptTexts(Embedder):
    """An embedder that keeps what it was told to embed ahead of time."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder.model)
        self._embedder = embedder
        self._kept: dict[str, NDArray[np.float32]] = {}

    def keep(self, texts: Sequence[str]) -> None:
        """Embeds these; in batches of a dialogue's precision."""
        new = [text for text in texts if text not in self._kept]
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            self._kept.update(zip(batch, self._embedder.encode(batch), strict=True))

    def load(self) -> None:
        self._embedder.load()

    def encode(
        self, texts: Sequence[str], progress: Callable[[float], None] | None = None
    ) -> NDArray[np.float32]:
        self.keep(texts)
        if progress is not None:
            progress(1.0)
        return np.stack([self._kept[text] for text in texts])


class _KeptVectors(TextStore):
    """The text store with its vectors in memory: the same search, and a tenth of the time for vectors."""

    def __init__(self, store: TextStore, vectors: NDArray[np.float32], rows: Mapping[str, int]) -> None:
        self._store = store
        self._vectors = vectors
        self._rows = rows

    def search(
        self, vector: NDArray[np.float32], k: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        return self._store.search(vector, k, among)

    def vectors(self, item_ids: Sequence[str]) -> NDArray[np.float32]:
        return self._vectors[[self._rows[i] for i in item_ids]]

    def close(self) -> None:
        self._store.close()
