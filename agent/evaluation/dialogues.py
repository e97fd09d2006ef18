"""Scripted dialogues: what the person says, what must hold of each answer; and whether what is shown keeps to what was
asked, checked item by item against the catalogue, apart from the code that chose the items."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from agent.agent import Agent
from agent.answer import Answer
from agent.events import final_answer
from agent.opening import new_session_id
from agent.replies.describing import describe_wish
from memory.preferences import FacetTarget, ItemTarget, KeywordTarget, Preference, RangeTarget
from tools.catalog import Catalog, Item
from tools.toml import read_toml


class DialogueTurn(BaseModel):
    """One message, and what must hold of its answer; what is absent is not checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: str
    intent: str | None = None
    shows: int | None = Field(None, description="how many items")
    exactly: tuple[str, ...] | None = Field(None, description="titles, in any order")
    first: str | None = None
    last: str | None = None
    includes: tuple[str, ...] = ()
    every: dict[str, Any] = Field(
        default_factory=dict, description="facet values that every item with one has"
    )
    none: dict[str, Any] = Field(default_factory=dict, description="facet values that no item has")
    at_most: dict[str, float] = Field(default_factory=dict)
    at_least: dict[str, float] = Field(default_factory=dict)
    says: tuple[str, ...] = Field((), description="words in what is said, in any case")
    says_not: tuple[str, ...] = ()
    notices: tuple[str, ...] | None = Field(None, description="codes of all notices")
    wishes: int | None = Field(None, description="how many hold after it")
    asks: bool | None = Field(None, description="whether a question comes back")
    never: tuple[str, ...] = Field((), description="titles that no slate may show from this turn on")


class Dialogue(BaseModel):
    """A dialogue about one catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    catalog: str = "restaurants"
    never: tuple[str, ...] = ()
    broken: str = Field("", description="a known defect: it is expected to fail until it is mended")
    turn: tuple[DialogueTurn, ...]


@dataclass(frozen=True)
class Played:
    """What came of a dialogue: turns, items shown, expectations that failed, hard wishes that were violated."""

    turns: int
    shown: int
    failures: tuple[str, ...]
    violations: tuple[str, ...]


def read_dialogue(path: Path) -> Dialogue:
    """The dialogue in a TOML file. Raises UserInputError with one sentence that names the faulty entry."""
    return read_toml(path, Dialogue)


def play(dialogue: Dialogue, agent: Agent) -> Played:
    """Holds the dialogue in a new session."""
    session = new_session_id()
    never = set(dialogue.never)
    failures: list[str] = []
    violations: list[str] = []
    shown = 0
    for number, turn in enumerate(dialogue.turn, 1):
        answer = final_answer(agent.reply(session, turn.say))
        never |= set(turn.never)
        shown += len(answer.slate)
        said = f"turn {number} ({turn.say[:40]!r})"
        failures += [f"{said}: {fault}" for fault in _faults(turn, answer, agent.catalog)]
        failures += [f"{said}: shows {t}, which must never come" for t in _titles(answer) if t in never]
        violations += [f"{said}: {v}" for v in violated(answer, agent)]
    return Played(len(dialogue.turn), shown, tuple(failures), tuple(violations))


def violated(answer: Answer, agent: Agent) -> list[str]:
    """The hard wishes that an item shown does not meet, and items shown though the person knows or refused them.

    A wish that gave way must have been told in a notice; an item without the fact asked for may come, marked unknown.
    """
    session = agent.session(answer.session)
    known = (
        set(session.items_with(["liked", "disliked", "seen", "rejected", "accepted"])) if session else set()
    )
    codes = ("relaxed", "contradiction")
    told = [n for turn in (session.turns if session else ()) for n in turn.answer.get("notices", [])]
    gave_way = " ".join(n["text"] for n in told if n["code"] in codes)  # what was just said is not said again
    found: list[str] = []
    for shown in answer.slate:
        item = agent.catalog.item(shown.id)
        if item.id in known:
            found.append(f"{item.title} was shown again")
        for wish in answer.preferences:
            said = describe_wish(wish, agent.catalog)
            if wish.hard and not meets(item, wish) and (wish.polarity == "-" or said not in gave_way):
                found.append(f"{item.title} against {said!r}")
    return found


def meets(item: Item, wish: Preference) -> bool:
    """Whether the catalogue's facts of an item leave a hard wish standing."""
    refused = wish.polarity == "-"
    match wish.target:
        case ItemTarget(item_id, _):
            return (item.id == item_id) != refused
        case FacetTarget(facets, values):
            has = any(v in item.values(f) for f in facets for v in values)
            return has != refused
        case RangeTarget(facet, low, high):
            number = item.number(facet)
            if number is None:
                return True
            inside = (low is None or number >= low) and (high is None or number <= high)
            return inside != refused
        case KeywordTarget(phrase):
            words = f" {phrase.casefold()} "
            told = [*(v for name in item.facets for v in _texts(item, name)), item.text, item.title]
            named = any(words in f" {' '.join(_words(t))} " for t in told)
            return not (refused and named)
    return True


def _texts(item: Item, facet: str) -> Sequence[str]:
    return item.values(facet) if item.number(facet) is None else ()


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


def _titles(answer: Answer) -> list[str]:
    return [item.title for item in answer.slate]


def _faults(turn: DialogueTurn, answer: Answer, catalog: Catalog) -> list[str]:
    """What of a turn's expectations does not hold."""
    items = [catalog.item(i.id) for i in answer.slate]
    titles = _titles(answer)
    said = answer.said.casefold()
    checks: list[tuple[str, Any, Any]] = [
        ("intent", turn.intent, answer.intent),
        ("shows", turn.shows, len(titles)),
        ("exactly", None if turn.exactly is None else sorted(turn.exactly), sorted(titles)),
        ("first", turn.first, titles[0] if titles else None),
        ("last", turn.last, titles[-1] if titles else None),
        (
            "notices",
            None if turn.notices is None else sorted(turn.notices),
            sorted(n.code for n in answer.notices),
        ),
        ("wishes", turn.wishes, len(answer.preferences)),
        ("asks", turn.asks, answer.question is not None),
    ]
    faults = [
        f"{name}: {found!r} for {wanted!r}" for name, wanted, found in checks if wanted not in (None, found)
    ]
    faults += [f"includes: no {title!r} in {titles}" for title in turn.includes if title not in titles]
    faults += [
        f"says: no {words!r} in {answer.said!r}" for words in turn.says if words.casefold() not in said
    ]
    faults += [f"says_not: {words!r}" for words in turn.says_not if words.casefold() in said]
    faults += ["no reply"] if not answer.reply else []
    faults += _facet_faults(items, turn.every, "every", lambda held, wanted: wanted in held)
    faults += _facet_faults(items, turn.none, "none", lambda held, wanted: wanted not in held)
    faults += _facet_faults(items, turn.at_most, "at_most", lambda held, top: held[0] <= top)
    faults += _facet_faults(items, turn.at_least, "at_least", lambda held, low: held[0] >= low)
    return faults


def _facet_faults(
    items: Iterable[Item], wanted: dict[str, Any], name: str, holds: Callable[[Sequence[Any], Any], bool]
) -> list[str]:
    """Items whose value of a facet does not hold; an item without one is passed over."""
    faults = []
    for facet, value in wanted.items():
        for item in items:
            number = item.number(facet)
            held: Sequence[Any] = item.values(facet) if number is None else (number,)
            if held and facet in item.facets and not holds(held, value):
                faults.append(f"{name} {facet} {value!r}: {item.title} has {list(held)}")
    return faults
