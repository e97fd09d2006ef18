"""Answers of a language model that need not be asked for again."""

import threading
from collections.abc import Hashable
from typing import Any

from cachetools import LRUCache

KEPT = 5_000  # a judgement is a number, a worded reason 200 bytes


class KeptAnswers:
    """The last few thousand answers by their whole question; safe for several threads.

    A question holds the prompt to the letter, so that nobody is answered with what was said to another question.
    """

    def __init__(self) -> None:
        self._answers: LRUCache[Hashable, Any] = LRUCache(KEPT)
        self._lock = threading.Lock()

    def get(self, question: Hashable) -> Any:
        """The answer, None when there is none."""
        with self._lock:
            return self._answers.get(question)

    def put(self, question: Hashable, answer: Any) -> None:
        with self._lock:
            self._answers[question] = answer
