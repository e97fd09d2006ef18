"""A part of a message that means something."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

SpanKind = Literal[
    "title", "reference", "range", "facet", "keyword", "critique", "free", "unknown", "nobody", "void"
]


@dataclass(frozen=True)
class Span:
    """A part of the message that means something. `payload` fits the kind; `strength` decides overlaps.

    A "void" span means nothing by itself and keeps others from being read there.
    """

    start: int
    end: int
    kind: SpanKind
    payload: Any
    strength: int


def longest(spans: Iterable[Span]) -> list[Span]:
    """Of overlapping spans the surest, then the longest, then the first."""
    chosen: list[Span] = []
    for span in sorted(spans, key=lambda s: (-s.strength - (s.end - s.start) / 10, s.start)):
        if all(span.end <= other.start or other.end <= span.start for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda s: s.start)
