"""What one turn gathers on its way from the message to the answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent.answer import Notice, Question, SlateItem
from agent.llm import Budget
from agent.parsing import Reading
from agent.turn.revising import Revision
from memory.session import Session


@dataclass
class Clock:
    """Milliseconds by step."""

    timings_ms: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times the block under a name; the same name adds up."""
        start = time.perf_counter()
        yield
        self.add(name, (time.perf_counter() - start) * 1000)

    def add(self, name: str, ms: float) -> None:
        """Adds to a step."""
        self.timings_ms[name] = self.timings_ms.get(name, 0.0) + ms

    def finished(self) -> dict[str, float]:
        """All steps and the total."""
        return {**self.timings_ms, "total": (time.perf_counter() - self.began) * 1000}


@dataclass
class Work:
    """What one turn gathers on its way."""

    session: Session
    reading: Reading
    clock: Clock
    budget: Budget
    notices: list[Notice] = field(default_factory=list)
    slate: tuple[SlateItem, ...] = ()
    reply: str = ""
    question: Question | None = None
    told: int = 0  # of the notices, so many have been given
    revision: Revision = field(default_factory=Revision)
