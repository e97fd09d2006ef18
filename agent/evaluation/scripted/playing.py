"""Holds a scripted dialogue with a partner and keeps what came of each turn."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agent.evaluation.scripted.dialogue import Dialogue, DialogueTurn, FacetValues, Press, values_of
from agent.evaluation.scripted.expecting import Seen, faults_of
from agent.evaluation.scripted.partners import Partner, State, preferences_from_json
from agent.evaluation.scripted.wishes import GAVE_WAY, KNOWN, Kept, hold_against
from agent.replies.describing import describe_wish
from tools.errors import PalateError, UserInputError

SHORT = 60  # characters of a message that name its turn


@dataclass(frozen=True)
class PlayedTurn:
    """What came of one turn. said: the message, or the button in words. answer: None after a button, or a fault."""

    number: int
    said: str
    answer: Mapping[str, Any] | None = None
    wishes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    kept: Kept = field(default_factory=Kept)
    elapsed_ms: float = 0.0

    @property
    def slate(self) -> tuple[str, ...]:
        """Titles of what was shown."""
        return tuple(item["title"] for item in self.answer["slate"]) if self.answer else ()

    @property
    def faults(self) -> tuple[str, ...]:
        """All that was wrong with it: expectations that failed, then hard wishes that were not kept to."""
        return (*self.failures, *(f"violation: {v}" for v in self.kept.violations))

    @property
    def place(self) -> str:
        """Which turn it is, with the beginning of what was said."""
        said = self.said if len(self.said) <= SHORT else self.said[:SHORT] + "…"
        return f"turn {self.number} ({said!r})"


@dataclass(frozen=True)
class Played:
    """A dialogue that was held: its turns, up to one that could not be played."""

    turns: tuple[PlayedTurn, ...]

    @property
    def shown(self) -> int:
        """How many items were shown."""
        return sum(len(turn.slate) for turn in self.turns)

    @property
    def failures(self) -> tuple[str, ...]:
        """The expectations that failed."""
        return tuple(f"{turn.place}: {fault}" for turn in self.turns for fault in turn.failures)

    @property
    def violations(self) -> tuple[str, ...]:
        """The hard wishes that were not kept to."""
        return tuple(f"{turn.place}: {v}" for turn in self.turns for v in turn.kept.violations)

    @property
    def elapsed_ms(self) -> float:
        """What palate took for it."""
        return sum(turn.elapsed_ms for turn in self.turns)


def play(dialogue: Dialogue, partner: Partner) -> Played:
    """Holds the dialogue in new sessions, which are removed afterwards; a turn that palate refuses or breaks at ends it."""
    run = _Run(dialogue, partner)
    turns: list[PlayedTurn] = []
    for number, turn in enumerate(dialogue.turn, 1):
        try:
            turns.append(run.take(number, turn))
        except PalateError as error:
            turns.append(PlayedTurn(number, turn.label, failures=(f"not played on: {error}",)))
            break
        except Exception as error:  # noqa: BLE001 - a crash fails this dialogue; the others are played
            told = f"palate broke: {type(error).__name__}: {error}"
            turns.append(PlayedTurn(number, turn.label, failures=(told,)))
            break
    try:
        run.end()
    except PalateError as error:
        told = f"what was said could not be removed: {error}"
        turns[-1] = replace(turns[-1], failures=(*turns[-1].failures, told))
    return Played(tuple(turns))


class _Run:
    """A dialogue on its way."""

    def __init__(self, dialogue: Dialogue, partner: Partner) -> None:
        self._dialogue = dialogue
        self._partner = partner
        # of this run alone, so that no run meets with what another left
        self._user = f"{_plain(dialogue.user)}-{secrets.token_hex(6)}" if dialogue.user else ""
        self._sessions: list[str] = []
        self._slates: list[tuple[str, ...]] = []
        self._last: list[Mapping[str, Any]] = []  # the items of the slate that the buttons are on
        self._question: Mapping[str, Any] | None = None
        self._gave_way = ""
        self._never = set(dialogue.never)
        self._never_facets = dict.fromkeys(_pairs(dialogue.never_facets))

    def take(self, number: int, turn: DialogueTurn) -> PlayedTurn:
        """Plays and judges one turn. Raises what palate raises."""
        if turn.new_session or not self._sessions:
            self._sessions.append(self._partner.begin(self._user))
            self._last, self._question, self._gave_way = [], None, ""
        session = self._sessions[-1]
        self._never = (self._never | set(turn.never)) - set(turn.forget_never)
        self._never_facets |= dict.fromkeys(_pairs(turn.never_facets))
        started = time.perf_counter()
        answer = self._do(turn, session)
        elapsed_ms = 1000 * (time.perf_counter() - started)
        state = self._partner.state(session)
        return self._judged(number, turn, answer, state, elapsed_ms)

    def _do(self, turn: DialogueTurn, session: str) -> Mapping[str, Any] | None:
        """Says the message or presses the button."""
        if turn.press is not None:
            self._partner.press(session, self._pressed(turn.press), turn.press.kind)
            return None
        if turn.take_back is not None:
            self._partner.take_back(session, self._wish(turn.take_back, session))
            return None
        if turn.undo:
            self._partner.undo(session)
            return None
        message = turn.say if turn.say is not None else self._reply(turn.reply_question or 1)
        return self._partner.say(session, message)

    def _pressed(self, press: Press) -> str:
        """The id of the item that is meant."""
        if isinstance(press.item, int):
            if press.item > len(self._last):
                raise UserInputError(f"press: no item {press.item}, {len(self._last)} were shown last")
            return str(self._last[press.item - 1]["id"])
        shown = [str(item["id"]) for item in self._last if item["title"] == press.item]
        named = [item.id for item in self._partner.catalog.items if item.title == press.item]
        return (shown + named)[0] if shown or named else press.item

    def _wish(self, part: str, session: str) -> int:
        """The id of the wish whose description has this text."""
        wishes = self._partner.state(session).preferences
        described = {wish.id: describe_wish(wish, self._partner.catalog) for wish in wishes}
        found = [wish for wish, text in described.items() if part.casefold() in text.casefold()]
        if len(found) != 1:
            many = "no wish has" if not found else f"{len(found)} wishes have"
            raise UserInputError(f"take_back: {many} {part!r} among {list(described.values())}")
        return found[0]

    def _reply(self, number: int) -> str:
        """The text of a reply to the question that waits."""
        replies = list(self._question["replies"]) if self._question else []
        if number > len(replies):
            raise UserInputError(f"reply_question: no reply {number} among {replies}")
        return str(replies[number - 1])

    def _judged(
        self,
        number: int,
        turn: DialogueTurn,
        answer: Mapping[str, Any] | None,
        state: State,
        elapsed_ms: float,
    ) -> PlayedTurn:
        """What came of a turn, held against what was expected."""
        catalog = self._partner.catalog
        wishes = state.preferences if answer is None else preferences_from_json(answer["preferences"])
        described = tuple(describe_wish(wish, catalog) for wish in wishes)
        items = tuple(self._partner.item(shown) for shown in answer["slate"]) if answer else ()
        seen = Seen(
            answer,
            items,
            state,
            described,
            elapsed_ms,
            tuple(self._slates),
            frozenset(self._never),
            tuple(self._never_facets),
            self._dialogue.time_limit_ms,
        )
        failures = tuple(faults_of(turn, seen, catalog))
        said = turn.label
        kept = Kept()
        if answer is not None:
            if turn.reply_question is not None:
                said = f"{said}: {self._reply(turn.reply_question)!r}"
            told = [n["text"] for n in answer["notices"] if n["code"] in GAVE_WAY]
            self._gave_way = " ".join([self._gave_way, *told])
            kept = hold_against(items, wishes, state.items_with(KNOWN), self._gave_way, catalog)
            self._question = answer["question"]
            if items:
                self._slates.append(tuple(item.id for item in items))
                self._last = list(answer["slate"])
        return PlayedTurn(number, said, answer, described, failures, kept, elapsed_ms)

    def end(self) -> None:
        """Removes the sessions, and the user they were of."""
        self._partner.forget(self._sessions, self._user)


def _pairs(facets: FacetValues) -> list[tuple[str, str | float]]:
    return [(facet, value) for facet, wanted in facets.items() for value in values_of(wanted)]


def _plain(user: str) -> str:
    """A name made of what a user id may have."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in user)[:64]
