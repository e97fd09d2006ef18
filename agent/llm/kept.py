"""Answers of a language model that need not be asked for again."""

import hashlib
import json
import threading
from collections.abc import Sequence
from typing import Any

from cachetools import LRUCache

KEPT = 5_000  # of some 300 bytes each: a number or a sentence, and a digest


class KeptAnswers:
    """The last few thousand answers by a digest of their question; safe for several threads.

    A question holds the prompt to the letter, so that nobody is answered with what was said to another question; of
    its words only the digest stays.
    """

    def __init__(self) -> None:
        self._answers: LRUCache[bytes, Any] = LRUCache(KEPT)
        self._lock = threading.Lock()

    def get(self, question: Sequence[object]) -> Any:
        """The answer, None when there is none."""
        with self._lock:
            return self._answers.get(_digest(question))

    def put(self, question: Sequence[object], answer: Any) -> None:
        with self._lock:
            self._answers[_digest(question)] = answer


def _digest(question: Sequence[object]) -> bytes:
    return hashlib.sha256(json.dumps(question).encode()).digest()
