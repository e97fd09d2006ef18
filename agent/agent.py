"""The agent: one message in, turn events out. `Agent.reply` is the way of one message."""

import time
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from agent.answer import Answer, Candidate, Notice, Question, SlateItem
from agent.editing import Edit
from agent.events import (
    CandidatesRanked,
    Done,
    NoticeGiven,
    Parsed,
    QuestionAsked,
    SlateShown,
    TextGiven,
    TurnEvent,
)
from agent.llm import Budget, BudgetedModel, LanguageModelSlot, LanguageModelStatus, Role
from agent.llm.tool_calling import Planned, plan_with_tools
from agent.parsing import Parser, Reading
from agent.parsing.english.intents import JUST_PICK
from agent.replies.answering import answer_about, compare, extreme_of, most_of, which_are, why
from agent.replies.describing import count_text, describe_wish, listed
from agent.replies.explaining import Ground, explain
from agent.replies.replying import (
    conflict_reply,
    not_found_notices,
    recall,
    relaxed_notice,
    slate_reply,
    small_talk,
)
from agent.retrieval.constraints import Allowed, allow
from agent.retrieval.querying import Query, make_query
from agent.retrieval.ranking import call_tools, chosen_first, rank
from agent.retrieval.switches import ALL_ON, Switches
from agent.sessions import REACTIONS, Sessions
from agent.settings import Settings
from agent.trial import Trial
from agent.turn.asking import asked_before, best_question, conflict_question
from agent.turn.continuing import continued
from agent.turn.ordering import ordered_by
from agent.turn.remembering import remember
from agent.turn.revising import revise
from agent.turn.understanding import (
    TIMEOUT_S,
    about_the_first,
    about_the_one,
    is_unsure,
    read_again,
    untagged_refusals,
    without_empty_themes,
)
from agent.turn.work import Clock, Work
from memory.preferences import CritiqueTarget, Preference
from memory.session import EventKind, Session, Turn
from memory.store import SessionStore
from tools.catalog.items import UNTITLED, Mask
from tools.errors import ToolFailed
from tools.ranking.fusion import Fusion
from tools.toolbox import Scored, Toolbox

WHICH_ONE = "Which one? Say its name or its number."
PLAN_SHARE = 0.6  # of the language model's budget, where it plans itself; the rest is for what follows
SHOWN_KINDS = ("recommend", "refine", "more", "reject")


class Agent:
    """Answers messages about one built catalogue. Holds no dialogue state: each turn reads and saves its session."""

    def __init__(
        self,
        settings: Settings,
        toolbox: Toolbox,
        fusion: Fusion,
        store: SessionStore,
        language_model: LanguageModelSlot,
        trial: Trial,
        switches: Switches = ALL_ON,
    ) -> None:
        self.settings = settings
        self.switches = switches
        self.trial = trial
        self.toolbox = toolbox
        self.catalog = toolbox.catalog
        self.fusion = fusion
        self.sessions = Sessions(store, toolbox.catalog, settings.catalog)
        self.language_model = language_model
        language_model.trials = trial
        sense = toolbox.nearest_keywords if toolbox.keywords.keywords else None
        self.parser = Parser(self.catalog, toolbox.sequence.popularity, sense)
        self._nameless = np.array([item.title.startswith(UNTITLED) for item in self.catalog.items], bool)

    # The way of one message

    def reply(self, session_id: str, message: str, user: str = "", llm: bool = True) -> Iterator[TurnEvent]:
        """One turn, as events; the last is `Done`, after which the turn is saved.

        user: whose profile a new session reads and writes; nobody's when empty. llm: False leaves the language model out,
        where a message is only said again. Raises UserInputError when another
        message of this session is still being answered, SetupError when the sessions cannot be read or saved.
        """
        message = message.encode("utf-8", "replace").decode("utf-8")  # half a character cannot be stored
        budget = Budget(self.settings.llm_budget_s if llm else 0.0, self.settings.llm_tokens)
        # who says or presses something more does not wait for the language model
        with self.sessions.turn_of(session_id, interrupt=budget.cancel):
            stored, loaded = self.sessions.load(session_id, user)
            clock = Clock()
            shown = [self.catalog.rows[i] for i in loaded.last_slate if i in self.catalog.rows]
            with clock.step("parse"):
                focus = self.catalog.rows.get(loaded.item_spoken_of)
                recent = self._spoken_of(loaded)
                reading = self.parser.read(message, shown, bool(loaded.wishes), focus, recent)
                reading = continued(reading, message, loaded, self.parser)
            reading, failed = self._read_with_model(reading, message, bool(shown), clock, budget)
            with clock.step("parse"):
                reading, nothing_found = without_empty_themes(reading, self.toolbox)
                if not recent:
                    reading = about_the_first(reading, shown)
                if reading.extreme:
                    among = self._compared_by(reading, loaded, shown)
                    best = most_of(among, reading.extreme, self.parser.extremes, self.toolbox)
                    reading = about_the_one(reading, best)
            with clock.step("remember"):
                remembered = remember(loaded, reading, self.catalog, shown, time.time(), message)
            work = Work(remembered.session, reading, clock, budget, list(remembered.notices))
            work.notices += not_found_notices(
                reading, self.catalog, [self.parser.titles.near(t) for t in reading.unknown_titles]
            )
            work.notices += nothing_found + untagged_refusals(reading, self.toolbox) + failed
            if reading.shortened:
                work.notices.append(Notice("shortened", "That was long: I read only the beginning of it."))
            yield Parsed(reading.intent, work.session.wishes)
            try:
                if self._wants_slate(work):
                    yield from self._recommend(work)
                else:
                    work.reply = self._talk(work, shown)
                    yield from self._say(work)
            except GeneratorExit:  # nobody listens any more; what they were told happened all the same
                if work.reply:
                    self._finish(work, stored, message)
                raise
            yield self._finish(work, stored, message)

    def _read_with_model(
        self, reading: Reading, message: str, shown: bool, clock: Clock, budget: Budget
    ) -> tuple[Reading, list[Notice]]:
        """The reading with what a capable language model adds to it, when one is there and is to be asked."""
        when = self.settings.llm_parse
        model = self._model_for("parse", budget)
        if model is None or when == "never" or not message.strip():
            return reading, []
        if when == "unsure" and not is_unsure(reading, message):
            return reading, []
        with clock.step("llm_parse"):
            in_time = model.within(budget.part(min(1.0, TIMEOUT_S / self.settings.llm_budget_s)))
            return read_again(reading, message, self.parser, in_time, shown)

    def _model_for(self, role: Role, budget: Budget) -> BudgetedModel | None:
        """The language model within a turn's budget, when it is here and its trial gave it this role."""
        model = self.language_model.current()
        on = role != "rerank" or self.switches.rerank
        may = on and model is not None and budget.left_s > 0 and self.language_model.roles().has(role)
        return BudgetedModel(model, budget, role) if may and model is not None else None

    def _wants_slate(self, work: Work) -> bool:
        """Whether the message is answered with items: it asks for some, or changes what is wished for."""
        reading = work.reading
        if reading.intent == "start_over":
            return bool(reading.wishes or reading.mentions)
        if reading.intent == "undo":
            turns = work.session.turns
            asked = (
                bool(turns) and turns[-1].answer.get("question") is not None
            )  # which of the musts may go, and this does
            return (asked or any(turn.slate for turn in turns)) and bool(work.session.wishes)
        if reading.intent not in SHOWN_KINDS:
            return False
        only_unknown = bool(reading.unknown_titles or reading.unknown_names) and not (
            reading.wishes or reading.mentions or reading.critiques
        )
        return not only_unknown or bool(work.session.wishes)

    def _recommend(self, work: Work) -> Iterator[TurnEvent]:
        """Calls the tools, ranks, shows, asks back, lets the language model revise, and explains."""
        session, clock = work.session, work.clock
        with clock.step("constrain"):
            query = make_query(
                session, self.catalog, keep_last=not (work.reading.wishes or work.reading.critiques)
            )
            query = self.switches.heard(query)
            wishes = session.wishes if self.switches.wishes else ()
            matches = dict(self.toolbox.match_keywords(query.phrases))
            excluded = self._excluded(work)
            allowed = allow(wishes, excluded, self.toolbox)
        others = bool((excluded & ~self._nameless).any())
        relaxed = relaxed_notice(allowed, self.catalog, others)
        work.notices = [n for n in relaxed if not _just_said(n, session)] + work.notices
        yield from self._notify(work)  # what gave way is said before anything is shown
        if allowed.conflict:
            yield from self._ask_what_may_go(work, allowed.conflict)
            return
        compared = self._compared(work)
        planned = self._planned(work, query, allowed, compared)
        proposed: dict[str, Scored] = {}
        for called, found in call_tools(query, allowed.mask, self.toolbox):
            if isinstance(found, ToolFailed):
                work.notices.append(Notice("tool_failed", f"{found} I went on without it."))
                continue
            proposed[called.tool] = found
            clock.add(called.tool, called.elapsed_ms)
            yield called
        if planned is not None:
            yield from planned.calls
            for tool, found in planned.proposed.items():
                proposed[tool] = list(dict([*found, *proposed.get(tool, [])]).items())
        with clock.step("rank"):
            if not _enough(proposed, self.settings.slate_size) and allowed.mask.any():
                proposed["next_items"] = self.toolbox.next_items(query.history, 200, allowed.mask)
            on = self.switches
            ranked = rank(query, proposed, allowed, self.toolbox, self.fusion, on.rerank, on.vectors)
            ranked = tuple(c for c in ranked if c.row not in compared) or ranked
            # who was not found to re-rank better than the retriever proposes, and does not decide
            if planned is not None and on.rerank and self.language_model.roles().has("rerank"):
                ranked = chosen_first(ranked, planned.rows, allowed)
        if work.reading.first_by is not None:
            ranked = ordered_by(ranked, *work.reading.first_by, allowed.mask, self.catalog)
        yield CandidatesRanked(ranked)
        ground = Ground(session.wishes, query.seeds, query.history, matches, allowed)
        with clock.step("explain"):
            asked = 1 if work.reading.picks_one else self.settings.slate_size
            work.slate = self._slate(ranked[:asked], ground)
        only_left = work.reading.intent == "more"
        work.reply = slate_reply(
            work.slate, session.wishes, allowed, asked, self.catalog, only_left, bool(query.history)
        )
        yield SlateShown(work.slate)
        with clock.step("ask"):
            work.question = self._question(work, ranked)
        yield from self._say(work)
        yield from self._let_model_speak(ranked, ground, work)

    def _compared(self, work: Work) -> set[int]:
        """What this message compares with: "like the first one but shorter" asks for another."""
        if not work.reading.critiques:
            return set()
        spoken_of = self.catalog.rows.get(work.session.item_spoken_of, -1)
        return {m.row for m in work.reading.mentions} or {spoken_of}

    def _planned(self, work: Work, query: Query, allowed: Allowed, compared: set[int]) -> Planned | None:
        """The choice of a language model that calls the tools itself, where that is wished and it passed its trial; None
        where palate plans."""
        model = self._model_for("plan", work.budget)
        if model is None or self.settings.llm_plan != "tools" or not work.session.wishes:
            return None
        mask = allowed.mask.copy()
        mask[[row for row in compared if row >= 0]] = False
        wish = "; ".join(describe_wish(p, self.catalog) for p in work.session.wishes)
        titles = [self.catalog.items[row].title for row in query.history]
        try:
            with work.clock.step("llm_plan"):
                part = model.within(work.budget.part(PLAN_SHARE))
                return plan_with_tools(part, wish, titles, self.toolbox, mask, query)
        except ToolFailed as failure:
            if not work.budget.cancelled:
                work.notices.append(Notice("llm_failed", f"{failure} I planned without it."))
            return None

    def _ask_what_may_go(self, work: Work, conflict: Sequence[Preference]) -> Iterator[TurnEvent]:
        """Nothing fits all that was said to be a must: none of it gives way unasked."""
        said = {p.id: describe_wish(p, self.catalog) for p in conflict}
        work.reply = conflict_reply(list(said.values()), self.catalog)
        work.question = conflict_question(conflict, said)
        yield from self._say(work)

    def _question(self, work: Work, ranked: Sequence[Candidate]) -> Question | None:
        """The question to ask back; none right after another, to a direct request for others, or where the person
        leaves the choice to palate."""
        session = work.session
        answers = [turn.answer for turn in session.turns]
        if not self.switches.ask:
            return None
        if work.reading.intent not in ("recommend", "refine", "start_over") or (
            answers and answers[-1].get("question")
        ):
            return None
        if work.reading.just_pick or any(JUST_PICK.search(turn.utterance.lower()) for turn in session.turns):
            return None
        if work.reading.unknown_titles and not work.reading.wishes:
            return None
        return best_question(ranked, session.wishes, asked_before(answers), self.catalog)

    def _notify(self, work: Work) -> Iterator[NoticeGiven]:
        """The notices that were not given yet."""
        yield from (NoticeGiven(notice) for notice in work.notices[work.told :])
        work.told = len(work.notices)

    def _say(self, work: Work) -> Iterator[TurnEvent]:
        """The notices, the reply, then the question."""
        yield from self._notify(work)
        yield TextGiven(work.reply)
        if work.question is not None:
            yield QuestionAsked(work.question)

    def _let_model_speak(
        self, ranked: Sequence[Candidate], ground: Ground, work: Work
    ) -> Iterator[TurnEvent]:
        """The language model re-ranks the first few and words the reasons, as far as it may and its budget lasts."""
        model = self._model_for("rerank", work.budget) or self._model_for("explain", work.budget)
        if model is None or not work.slate:
            return
        roles = self.language_model.roles()
        changes = revise(
            work.slate,
            ranked,
            ground,
            model,
            roles if self.switches.rerank else replace(roles, fitted=None),
            self.toolbox,
            lambda chosen: self._slate(chosen, ground),
            work.revision,
        )
        with work.clock.step("llm_revise"):
            for shown in changes:
                work.slate = shown.items
                yield shown
        work.notices += work.revision.notices
        yield from self._notify(work)

    def _finish(self, work: Work, stored: Session, message: str) -> Done:
        """Saves the turn whole and gives the answer."""
        reading, session = work.reading, work.session
        start = time.perf_counter()
        answer = Answer(
            session.id,
            session.next_turn,
            reading.intent,
            session.wishes,
            work.slate,
            work.reply,
            tuple(work.notices),
            work.clock.finished(),
            work.question,
            self._part_of_model(work),
        )
        turn = Turn(
            answer.turn,
            message[:20_000],
            reading.intent,
            work.reply,
            tuple(i.id for i in work.slate),
            time.time(),
            answer.to_json(),
        )
        self.sessions.save(replace(session, turns=(*session.turns, turn)), stored)
        work.clock.add("save", (time.perf_counter() - start) * 1000)
        return Done(replace(answer, timings_ms=work.clock.finished()), work.budget.cancelled)

    def _part_of_model(self, work: Work) -> dict[str, Any] | None:
        """What the language model did in the turn and what that cost; None where there is none."""
        if self.language_model.current() is None:
            return None
        name = self.language_model.roles().model
        by_role = {role: usage.to_json() for role, usage in work.budget.spent_by_role.items()}
        spent = {"usage": work.budget.spent.to_json(), "by_role": by_role}
        return {"model": name, **spent, **work.revision.to_json()}

    # Parts of it

    def _excluded(self, work: Work) -> Mask:
        """What must not appear: all the person knows or turned down, the item that another shall be funnier than, items without
        a name, and, when they ask for more, all that was shown."""
        known: Mask = self.catalog.mask_of(work.session.items_with(REACTIONS)) | self._nameless
        compared = (w.target.than for w in work.session.wishes if isinstance(w.target, CritiqueTarget))
        known |= self.catalog.mask_of(
            i for than in compared if len(than) == 1 for i in than
        )  # it is not funnier than itself
        if work.reading.again:
            meant = {m.row for m in work.reading.mentions if m.pointed}
            pointed = [self.catalog.items[row].id for row in meant]
            return known | ~self.catalog.mask_of(pointed or work.session.last_slate)
        anew = work.reading.others or any(c.kind == "different" for c in work.reading.critiques)
        if work.reading.intent not in ("more", "reject") and not anew:
            return known
        shown = known | self.catalog.mask_of(i for turn in work.session.turns for i in turn.slate)
        return known if shown.all() else shown

    def _spoken_of(self, session: Session) -> list[int]:
        """Rows that were asked about since the last slate, latest last: a slate shown since takes "it" with it."""
        newest = max((turn.number for turn in session.turns if turn.slate), default=0)
        return [
            self.catalog.rows[e.item_id]
            for e in session.live_events
            if e.kind == "asked_about" and e.turn > newest and e.item_id in self.catalog.rows
        ]

    def _slate(self, candidates: Sequence[Candidate], ground: Ground) -> tuple[SlateItem, ...]:
        """Candidates as they are shown, with their reasons."""
        items = []
        for candidate in candidates:
            item = self.catalog.items[candidate.row]
            reasons = explain(candidate.row, ground, self.toolbox)
            items.append(
                SlateItem(
                    item.id, item.title, item.facets, candidate.score, candidate.sources, reasons, item.text
                )
            )
        return tuple(items)

    def _talk(self, work: Work, shown: Sequence[int]) -> str:
        """The reply to a message that asks for no items."""
        reading, session = work.reading, work.session
        named = list(dict.fromkeys(m.row for m in reading.mentions))
        asked = self._spoken_of(session)
        meant = named or asked[-1:] or list(shown[:1])
        if reading.intent == "recall":
            return recall(session, self.catalog)
        if (reading.unknown_titles or reading.unknown_names) and not named:
            return "Name another one, or say what it is like."
        if reading.unawarded and not named:
            return "What else would you like to know, or to see?"
        if reading.intent == "ask_about" and reading.extreme and (shown or len(named) > 1):
            of = self._compared_by(reading, session, shown)
            return extreme_of(of, reading.extreme, self.parser.extremes, self.toolbox)
        if reading.of_those_shown:
            return which_are(shown, reading.asked, reading.asked_not, self.toolbox)
        if reading.intent == "ask_about" and meant:
            return answer_about(meant, reading, self.toolbox)
        if reading.intent == "why":
            lead = "I would take the first. " if reading.your_pick else ""
            return lead + why(meant if reading.points_at_one else named or shown, session, self.catalog)
        if reading.intent == "accept":
            chosen = named or (list(shown) if len(shown) == 1 else [])
            titles = listed([self.catalog.items[row].title for row in chosen])
            return f"Enjoy {titles}." if chosen else WHICH_ONE
        if reading.intent == "compare":
            pair = (named + [row for row in shown if row not in named])[:2]
            return compare(pair, self.catalog) if len(pair) == 2 else "Name the two to compare."
        if reading.foreign:
            return small_talk("foreign", self.catalog)
        if reading.intent == "undo":
            return "What do you feel like now?"
        if reading.points_beyond:
            return f"I showed you only {count_text(len(shown), self.catalog.spec.catalog.noun)}."
        if reading.intent == "unclear" and reading.points_at_one:
            return WHICH_ONE
        return small_talk(reading.intent if reading.intent not in ("ask_about",) else "unclear", self.catalog)

    def _compared_by(self, reading: Reading, session: Session, shown: Sequence[int]) -> Sequence[int]:
        """The rows among which a superlative chooses: those named, those compared just before, or all that are shown."""
        named = list(dict.fromkeys(m.row for m in reading.mentions))
        if len(named) > 1:
            return named
        compared = reading.of_those_compared and bool(session.turns) and session.turns[-1].intent == "compare"
        asked = self._spoken_of(session)
        return asked if compared and len(asked) > 1 else shown

    # Between the turns

    def react(self, session_id: str, item_id: str, kind: EventKind, user: str = "") -> Session:
        """A button pressed on an item: liked, rejected or seen. Raises UserInputError on an unknown item or kind."""
        return self.sessions.react(session_id, item_id, kind, user)

    def forget(self, session_id: str, preference_id: int) -> Session:
        """Takes back one wish, and with a liked or refused item what was said of it. UserInputError when unknown."""
        return self.sessions.forget(session_id, preference_id)

    def edit(self, session_id: str, preference_id: int, edit: Edit) -> Session:
        """Puts a changed wish in the place of one. UserInputError when it is unknown or cannot be changed so."""
        return self.sessions.edit(session_id, preference_id, edit)

    def undo(self, session_id: str) -> tuple[Session, str]:
        """Takes back the last change: the session as it was before it, and what it was. UserInputError when none is."""
        return self.sessions.undo(session_id)

    def begin(self, session_id: str, user: str) -> Session:
        """Keeps a new session of a known user before anything is said. UserInputError when the id is taken."""
        return self.sessions.begin(session_id, user)

    def session(self, session_id: str) -> Session | None:
        """A saved session; None when there is none. Raises SetupError."""
        return self.sessions.read(session_id)

    def delete(self, session_id: str) -> bool:
        """Removes a session for good; whether there was one. Raises SetupError."""
        return self.sessions.delete(session_id)

    def profile(self, user: str) -> dict[str, Any]:
        """What lasts of a user, as JSON. Raises SetupError."""
        return self.sessions.profile_json(user)

    def is_known(self, user: str) -> bool:
        """Whether anything lasts of a user. Raises SetupError."""
        profile = self.profile(user)
        return bool(profile["preferences"] or profile["events"])

    def delete_user(self, user: str) -> bool:
        """Removes all that is known of a user for good; whether there was anything. Raises SetupError."""
        return self.sessions.delete_user(user)

    def switched(self, switches: Switches, toolbox: Toolbox | None = None) -> "Agent":
        """The same agent with other parts switched off, or with another toolbox of the same catalogue; sessions, parser and
        language model are shared, and closed with either."""
        other = copy(self)
        other.switches = switches
        other.toolbox = toolbox or self.toolbox
        return other

    def warm_up(self) -> None:
        """Loads what is otherwise loaded in the first turn."""
        self.toolbox.warm_up()

    def llm_status(self) -> LanguageModelStatus:
        """Which language model speaks, or how far it is."""
        return self.language_model.status()

    def close(self) -> None:
        """Gives back what the agent holds open."""
        self.language_model.close()
        self.toolbox.close()
        self.sessions.close()


def _enough(proposed: dict[str, Scored], wanted: int) -> bool:
    return len({row for found in proposed.values() for row, _ in found}) >= wanted


def _just_said(notice: Notice, session: Session) -> bool:
    """Whether the last turn said the very same; once is enough."""
    return bool(session.turns) and notice.to_json() in session.turns[-1].answer.get("notices", [])
