"""What the tools may show a language model in one turn: only what is allowed, under short ids, as JSON lines."""

import json
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from tools.catalog.items import FacetValue, Item, Mask
from tools.errors import RetryableByModel
from tools.faces.names import Names
from tools.toolbox import Scored, Toolbox

FEW_FACETS = 5  # in a list of items; all of them for one item
FEW_VALUES = 3
MANY_VALUES = 12
NEAR_CHOICES = 8
MAX_TITLE_CHARS = 120
MAX_VALUE_CHARS = 160
MAX_TEXT_CHARS = 500


class Offer:
    """The tools bound to one turn: who asks, what may be shown, and what was shown already. Safe for several threads.

    An item's short id is its row, so that the same question gets the same answer whichever call came first, and a
    made-up id is seldom one that was shown. history: rows, oldest first; known: rows the person has named.
    """

    def __init__(
        self, toolbox: Toolbox, allowed: Mask, history: Sequence[int] = (), known: Sequence[int] = ()
    ) -> None:
        self._toolbox = toolbox
        self._catalog = toolbox.catalog
        self._allowed = allowed.copy()
        self._history = tuple(history)
        self._known = tuple(known)
        self._names = Names(toolbox.catalog)
        self._shown: set[int] = set()
        self._lock = threading.Lock()

    @property
    def shown(self) -> frozenset[int]:
        """The rows that were shown so far."""
        with self._lock:
            return frozenset(self._shown)

    # What the tools find: allowed rows with their scores. Each raises RetryableByModel and ToolFailed.

    def next_items(self, k: int) -> Scored:
        return self._only_allowed(self._toolbox.next_items(self._history, k, self._allowed))

    def search_items(self, words: str, k: int) -> Scored:
        if not self._allowed.any():
            return []
        return self._only_allowed(self._toolbox.search_items(words, k, self._allowed))

    def keyword_items(self, keywords: Sequence[str], k: int) -> Scored:
        """RetryableByModel when the catalogue has a keyword near to none of these."""
        if not any(self._toolbox.match_keywords(keywords).values()):
            raise RetryableByModel(
                f"No keyword here means {_listed(keywords)}. {self._near_keywords(keywords)}".strip()
            )
        return self._only_allowed(self._toolbox.keyword_items(keywords, k, self._allowed))

    def similar_items(self, items: Sequence[str], k: int) -> Scored:
        """Items like these, which are not among them. items: titles or short ids; any title, allowed or not."""
        rows = [self._named(name) for name in items]
        others = self._allowed.copy()
        others[rows] = False
        return self._only_allowed(self._toolbox.similar_items(rows, k, others))

    def one_item(self, item_id: int) -> Scored:
        """The item that was shown under this short id."""
        if item_id not in self.shown:
            raise RetryableByModel(f"No tool has given the id {item_id}. {self._shown_choices()}")
        return [(item_id, 1.0)]

    def show(self, found: Scored, whole: bool = False) -> tuple[str, ...]:
        """A JSON line an item: short id, title, a few facts or (whole) all of them. What is shown may be chosen."""
        rows = [row for row, _ in self._only_allowed(found)]
        with self._lock:
            self._shown.update(rows)
        return tuple(self._line(row, whole) for row in rows)

    def legal(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Those of the ids that were shown, each once, in the given order."""
        shown = self.shown
        return tuple(dict.fromkeys(i for i in ids if i in shown and self._allowed[i]))

    def no_such_ids(self) -> RetryableByModel:
        """What to say when none of the chosen ids was ever shown."""
        return RetryableByModel(f"No tool has given any of these ids. {self._shown_choices()}")

    def _only_allowed(self, found: Scored) -> Scored:
        return [(row, score) for row, score in found if self._allowed[row]]

    def _named(self, name: str) -> int:
        """The row that a title or a short id stands for; of several with one title the best known."""
        if name.isdecimal() and int(name) in self.shown:
            return int(name)
        rows = self._names.rows(name)
        if rows:
            return max(rows, key=lambda row: float(self._toolbox.sequence.popularity[row]))
        among = sorted({*np.flatnonzero(self._allowed).tolist(), *self._known, *self._history})
        near = self._names.near(name, among)
        hint = (
            f"Near: {_listed(near)}." if near else "Give a title or an id from a result, or use search_items."
        )
        raise RetryableByModel(f"Nothing here is called {_listed([name])}. {hint}")

    def _near_keywords(self, keywords: Sequence[str]) -> str:
        from rapidfuzz import process

        known = self._toolbox.keywords.keywords
        near = [found[0] for word in keywords for found in process.extract(word, known, limit=3)]
        return f"Near in spelling: {_listed(list(dict.fromkeys(near))[:NEAR_CHOICES])}." if near else ""

    def _shown_choices(self) -> str:
        shown = sorted(self.shown)
        if not shown:
            return "Ask a tool that lists items first."
        few = ", ".join(
            f"{row} ({self._catalog.items[row].title[:MAX_TITLE_CHARS]})" for row in shown[:NEAR_CHOICES]
        )
        more = f" and {len(shown) - NEAR_CHOICES} more" if len(shown) > NEAR_CHOICES else ""
        return f"Given so far: {few}{more}."

    def _line(self, row: int, whole: bool) -> str:
        item = self._catalog.items[row]
        line: dict[str, Any] = {"id": row, "title": item.title[:MAX_TITLE_CHARS]}
        for label, value in self._facts(item, whole).items():
            line.setdefault(label, value)
        if whole and item.text:
            line.setdefault("text", item.text[:MAX_TEXT_CHARS])
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))

    def _facts(self, item: Item, whole: bool) -> dict[str, str | float | int]:
        """Facets by what people call them; a list leaves keywords out, which are many."""
        spec = self._catalog.spec
        names = [name for name in spec.facets if name in item.facets]
        if not whole:
            names = [name for name in names if spec.facets[name].role != "keyword"][:FEW_FACETS]
        most = MANY_VALUES if whole else FEW_VALUES
        return {spec.label(name): _plain(item.facets[name], most) for name in names}


def _plain(value: FacetValue, most: int) -> str | float | int:
    if isinstance(value, tuple):
        return ", ".join(value[:most])[:MAX_VALUE_CHARS]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value[:MAX_VALUE_CHARS] if isinstance(value, str) else value


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name[:MAX_TITLE_CHARS]}'" for name in names)
