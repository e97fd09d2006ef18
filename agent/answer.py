"""What a turn gives back: the slate with its reasons, the reply, and the notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from memory.preferences import Preference
from tools.catalog.items import FacetValue, Item

SILENT = frozenset({"llm_failed", "tool_failed"})  # notices about the machine, not about the wish


@dataclass(frozen=True)
class Evidence:
    """A fact that anyone can check: a facet value of the item, or a count in the interactions.

    kind "facet": the catalogue gives `item_id` the `value` in `facet`; with `with_item_id`, that item has it too.
    kind "transition": `count` of the `of` users with `with_item_id` went on to `item_id`.
    kind "unknown": the catalogue gives `item_id` no value for `facet`.
    kind "popularity": `count` users have an interaction with `item_id`.
    """

    kind: Literal["facet", "transition", "unknown", "popularity"]
    item_id: str
    facet: str | None = None
    value: str | float | None = None
    with_item_id: str | None = None
    count: int | None = None
    of: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields that are set."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Reason:
    """One sentence, and all that it claims."""

    text: str
    evidence: tuple[Evidence, ...]
    worded_by: str = "template"

    def to_json(self) -> dict[str, Any]:
        """`{text, evidence}` of the contract."""
        return {"text": self.text, "evidence": [e.to_json() for e in self.evidence]}


@dataclass(frozen=True)
class Candidate:
    """An item that some tool proposed, with the score each tool gave it. `row` is its place in the catalogue; `says`: what
    each source of the fusion says of it, whoever proposed it."""

    row: int
    score: float
    sources: Mapping[str, float] = field(default_factory=dict)
    says: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SlateItem:
    """An item as it is shown. `sources` are those that proposed it, each with its score."""

    id: str
    title: str
    facets: Mapping[str, FacetValue]
    score: float
    sources: Mapping[str, float]
    reasons: tuple[Reason, ...]
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        """The object of the contract."""
        return {
            "id": self.id,
            "title": self.title,
            "facets": {n: list(v) if isinstance(v, tuple) else v for n, v in self.facets.items()},
            "score": round(self.score, 4),
            "sources": {n: round(v, 4) for n, v in self.sources.items()},
            "reasons": [r.to_json() for r in self.reasons],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any], item: Item) -> "SlateItem":
        """An item as an answer's JSON has it. item: the catalogue's."""
        reasons = tuple(
            Reason(r["text"], tuple(Evidence(**e) for e in r["evidence"])) for r in told["reasons"]
        )
        return cls(item.id, item.title, item.facets, told["score"], told["sources"], reasons, item.text)


@dataclass(frozen=True)
class Notice:
    """Something the person should know. `code` is for programs, `text` for people."""

    code: str
    text: str

    def to_json(self) -> dict[str, str]:
        """`{code, text}`."""
        return {"code": self.code, "text": self.text}


@dataclass(frozen=True)
class Question:
    """One question back, with replies to press. `about` is the facet it asks for, or "conflict"."""

    text: str
    about: str
    replies: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """`{text, about, replies}`."""
        return {"text": self.text, "about": self.about, "replies": list(self.replies)}


@dataclass(frozen=True)
class Answer:
    """A finished turn as every face shows it."""

    session: str
    turn: int
    intent: str
    preferences: tuple[Preference, ...]
    slate: tuple[SlateItem, ...]
    reply: str
    notices: tuple[Notice, ...]
    timings_ms: Mapping[str, float]
    question: Question | None = None
    llm: Mapping[str, Any] | None = None  # the model's name, what it moved and worded, what that cost

    @property
    def said(self) -> str:
        """All that the person is told: the notices, the reply, then the question."""
        asked = [self.question.text] if self.question else []
        return " ".join([*(n.text for n in self.notices if n.code not in SILENT), self.reply, *asked]).strip()

    def to_json(self) -> dict[str, Any]:
        """What `palate ask --json` prints; its `reply` holds the notices' texts as well."""
        return {
            "session": self.session,
            "turn": self.turn,
            "intent": self.intent,
            "preferences": [p.to_json() for p in self.preferences],
            "slate": [item.to_json() for item in self.slate],
            "reply": self.said,
            "notices": [n.to_json() for n in self.notices],
            "question": self.question.to_json() if self.question else None,
            "timings_ms": {step: round(ms, 2) for step, ms in self.timings_ms.items()},
            "llm": dict(self.llm) if self.llm else None,
        }
