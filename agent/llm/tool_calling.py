"""The plan of a turn made by a capable language model: it calls the tools itself and chooses among what they gave."""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from agent.events import ToolCalled
from agent.llm.budget import LEAST_CALL_S, BudgetedModel, BudgetSpent
from agent.llm.prompts import as_data, render
from agent.llm.usage import usage_of
from agent.retrieval.querying import Query
from tools.catalog.items import Mask
from tools.errors import RetryableByModel, ToolFailed
from tools.faces import CHOOSE, Offer, ToolFace, faces_for, langchain_tool, openai_function
from tools.toolbox import Scored, Toolbox, timed

if TYPE_CHECKING:
    from langchain.agents.middleware import ModelRequest, ModelResponse
    from langchain_core.messages import AIMessage, ToolMessage

MAX_TOKENS = 800  # of one answer
MAX_WISH_CHARS = 1_000
MAX_TITLE_CHARS = 120
MAX_LINE_CHARS = 4_000
MAX_PROBLEM_CHARS = 800
MOST_HISTORY = 20  # titles told to the model; the sequence model reads them all
MOST_CHOSEN = 20
MOST_AT_ONCE = 16  # calls read of one answer
MORE_ROUNDS = 2  # answers beyond one a call: the choice, and one more try at it
PROBE_S = 2.0
PROBE_TOKENS = 300
PROBE_WORD = "heron"

Handler = Callable[["ModelRequest[Any]"], "ModelResponse[Any]"]


@dataclass(frozen=True)
class Planned:
    """What the model chose, best first, and how it came there.

    rows: at least one, all allowed. proposed: what each tool gave, for scores and evidence. dropped: chosen ids that no
    tool had given.
    """

    rows: tuple[int, ...]
    calls: tuple[ToolCalled, ...]
    proposed: Mapping[str, Scored]
    dropped: int = 0


def plan_with_tools(
    model: BudgetedModel,
    wish: str,
    history: Sequence[str],
    toolbox: Toolbox,
    allowed: Mask,
    query: Query,
    max_calls: int = 6,
) -> Planned:
    """The items that the model chooses after calling the tools itself, `max_calls` times at most.

    wish: in the person's words; history: titles, oldest first; allowed: (items,) bool, what may be shown, whatever the
    model asks for. Takes no longer than the model's budget. Raises ToolFailed, and nothing else, when nothing comes of
    it: the default plan then goes on.
    """
    if not allowed.any():
        raise ToolFailed("There is nothing that the language model could choose from.")
    offer = Offer(toolbox, allowed, query.history, (*query.seeds, *query.disliked, *query.unlike))
    plan = _Plan(model, offer, faces_for(toolbox), max_calls)
    nouns = as_data(", ".join(toolbox.catalog.spec.catalog.nouns[:2]), 80)
    system = render("plan_v1_system", nouns=nouns, max_calls=str(max_calls))
    titles = "; ".join(as_data(title, MAX_TITLE_CHARS) for title in history[-MOST_HISTORY:])
    user = render("plan_v1_user", wish=as_data(wish, MAX_WISH_CHARS), history=titles or "nothing yet")
    outcome = model.budget.run(lambda _left_s: plan.run(system, user))
    if isinstance(outcome, ToolFailed):
        raise outcome
    return outcome


def supports_tools(model: BudgetedModel) -> bool:
    """Whether the model calls a trivial tool natively, with the argument it was told to give; no when it cannot tell in
    two seconds, or fails in any way."""
    from langchain_core.messages import HumanMessage

    probe: dict[str, Any] = {
        "name": "note_word",
        "description": "Notes one word.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
    }
    question = HumanMessage(f"Call the tool note_word with the word {PROBE_WORD!r}. Answer nothing else.")
    begun = time.monotonic()

    def ask(options: dict[str, Any]) -> Any:
        tools = [{"type": "function", "function": probe}]
        return model.model.chat.bind_tools(tools, **options).invoke([question])

    try:
        answer = model.budget.run(
            lambda left_s: model.model.through(ask, PROBE_TOKENS, min(PROBE_S, left_s)),
        )
    except ToolFailed:
        return False
    asked = str(question.content) + json.dumps(probe)
    model.count(usage_of(asked, answer.text, answer.usage_metadata, time.monotonic() - begun))
    return any(
        call["name"] == probe["name"] and str(call["args"].get("word", "")).strip().casefold() == PROBE_WORD
        for call in answer.tool_calls
    )


@dataclass
class _Plan:
    """One run of langchain's agent: what it may still do, and what it has done. Its tools run in several threads."""

    model: BudgetedModel
    offer: Offer
    faces: tuple[ToolFace, ...]
    max_calls: int
    rounds: int = 0
    asked: int = 0  # calls the model made, the wrong ones too
    calls: list[ToolCalled] = field(default_factory=list)
    proposed: dict[str, dict[int, float]] = field(default_factory=dict)
    chosen: tuple[int, ...] = ()
    dropped: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, system: str, user: str) -> Planned | ToolFailed:
        """The plan, or why there is none; raises nothing."""
        try:
            self._converse(system, user)
        except ToolFailed as failure:
            return failure
        except Exception as error:  # noqa: BLE001 - whatever an answer stirs up in langchain, the default plan goes on
            unexpected = ToolFailed(
                f"The language model {self.model.name} used the tools in a way that failed."
            )
            unexpected.__cause__ = error
            return unexpected
        if not self.chosen:
            return self._nothing()
        proposed = {
            name: sorted(found.items(), key=lambda rs: (-rs[1], rs[0]))
            for name, found in self.proposed.items()
        }
        return Planned(self.chosen, tuple(self.calls), proposed, self.dropped)

    def _converse(self, system: str, user: str) -> None:
        from langchain.agents import create_agent
        from langchain.agents.middleware import wrap_model_call

        @wrap_model_call
        def guard(request: Any, handler: Any) -> Any:
            return self._ask(request, handler)

        tools = [langchain_tool(face, partial(self._use, face)) for face in self.faces]
        tools.append(langchain_tool(CHOOSE, self._choose))
        agent = create_agent(self.model.model.chat, tools, system_prompt=system, middleware=[guard])
        agent.invoke({"messages": [{"role": "user", "content": user}]})

    # What the model asks

    def _ask(self, request: "ModelRequest[Any]", handler: Handler) -> "ModelResponse[Any]":
        """The model's next answer within the budget, with its calls made sound; an empty one once it has chosen."""
        from langchain.agents.middleware import ModelResponse
        from langchain_core.messages import AIMessage

        if self.chosen:
            return ModelResponse(result=[AIMessage("")])
        self._go_on()
        if self.rounds >= self.max_calls + MORE_ROUNDS:
            raise self._nothing()
        self.rounds += 1
        tools = [t for t in request.tools if self.asked < self.max_calls or _name(t) == CHOOSE.name]
        begun = time.monotonic()
        response = self.model.model.through(
            lambda options: handler(request.override(tools=tools, model_settings=options)),
            MAX_TOKENS,
            self.model.budget.left_s,
        )
        answer = response.result[0]
        if not isinstance(answer, AIMessage):
            raise ToolFailed(f"The language model {self.model.name} gave an answer that could not be read.")
        self._count(request, answer, time.monotonic() - begun)
        sound, refusals = self._sound(answer)
        return ModelResponse(result=[sound, *refusals])

    def _sound(self, answer: "AIMessage") -> "tuple[AIMessage, list[ToolMessage]]":
        """The answer with an id of its own for every call, and a refusal of each that may not be carried out."""
        from langchain_core.messages import ToolMessage

        refusals: list[ToolMessage] = []
        calls: list[dict[str, Any]] = []
        chosen = False
        asked = [(c["name"], c["args"], c["id"], "") for c in answer.tool_calls] + [
            (c["name"] or "", {}, c["id"], "The arguments are not valid JSON.")
            for c in answer.invalid_tool_calls
        ]
        for n, (name, arguments, given_id, wrong) in enumerate(asked[:MOST_AT_ONCE]):
            taken = {call["id"] for call in calls}
            # nine letters and digits, which the strictest servers take
            call_id = given_id if given_id and given_id not in taken else f"call{self.rounds:02}{n:03}"
            calls.append({"name": name, "args": arguments, "id": call_id, "type": "tool_call"})
            why = wrong or self._why_not(name, chosen)
            chosen = chosen or (name == CHOOSE.name and not wrong)
            self.asked += name != CHOOSE.name
            if why:
                refusals.append(ToolMessage(_problem(why), tool_call_id=call_id, name=name, status="error"))
        more = {key: value for key, value in answer.additional_kwargs.items() if key != "tool_calls"}
        sound = {"tool_calls": calls, "invalid_tool_calls": [], "additional_kwargs": more}
        return answer.model_copy(update=sound), refusals

    def _why_not(self, name: str, chosen: bool) -> str:
        """Why a call may not be carried out; empty when it may."""
        known = [face.name for face in (*self.faces, CHOOSE)]
        if name not in known:
            return f"There is no tool of this name. There are: {', '.join(known)}."
        if name == CHOOSE.name:
            return "Only one choice is taken." if chosen else ""
        return "No calls are left. Call choose_items now." if self.asked >= self.max_calls else ""

    # What the tools answer, in threads of langgraph

    def _use(self, face: ToolFace, given: Any) -> str:
        """What a tool gives, as text for the model; what it can repair is told to it."""
        self._go_on()
        try:
            found, ms = timed(lambda: face.find(self.offer, given))
        except RetryableByModel as wrong:
            self._note(face, given, [], 0.0)
            return _problem(str(wrong))
        except ToolFailed as failure:
            self._note(face, given, [], 0.0)
            return _problem(f"{failure} Go on without this tool.")
        lines = self.offer.show(found, face.whole)
        self._note(face, given, found, ms)
        shown = "\n".join(as_data(line, MAX_LINE_CHARS) for line in lines)
        return f"<items>\n{shown}\n</items>" if lines else _problem("Nothing found.")

    def _note(self, face: ToolFace, given: Any, found: Scored, ms: float) -> None:
        with self.lock:
            self.calls.append(ToolCalled(face.name, given.model_dump(), len(found), ms))
            if face.whole or not found:  # the facts of one item propose nothing
                return
            best = self.proposed.setdefault(face.name, {})
            for row, score in found:
                best[row] = max(score, best.get(row, score))

    def _choose(self, given: Any) -> str:
        """Keeps the choice; the ids that no tool has given are dropped, and when none is left it may choose again."""
        rows = [row for row, _ in CHOOSE.find(self.offer, given)]
        with self.lock:
            self.dropped += len(set(given.ids) - set(rows))
            self.chosen = tuple(rows[:MOST_CHOSEN])
        return "Done." if rows else _problem(str(self.offer.no_such_ids()))

    # What it may spend

    def _go_on(self) -> None:
        """Raises BudgetSpent when there is nothing to spend any more, or the person has gone on."""
        if self.model.budget.left_s < LEAST_CALL_S:
            raise BudgetSpent("The turn's budget for the language model was spent before it had chosen.")

    def _count(self, request: "ModelRequest[Any]", answer: "AIMessage", seconds: float) -> None:
        told: Any = answer.usage_metadata
        functions = json.dumps([openai_function(face) for face in (*self.faces, CHOOSE)])
        asked = "".join(str(message.content) for message in request.messages) + (request.system_prompt or "")
        said = answer.text + "".join(json.dumps(call["args"]) for call in answer.tool_calls)
        self.model.count(usage_of(asked + functions, said, told, seconds))

    def _nothing(self) -> ToolFailed:
        """In one sentence, why nothing was chosen."""
        if self.dropped:
            what = "chose only items that no tool had given"
        elif self.asked >= self.max_calls:
            what = f"used up its {self.max_calls} tool calls without choosing"
        else:
            what = "chose nothing" if self.asked else "called no tool"
        return ToolFailed(f"The language model {self.model.name} {what}.")


def _name(tool: Any) -> str:
    return str(tool["name"] if isinstance(tool, dict) else tool.name)


def _problem(text: str) -> str:
    return f"<problem>{as_data(text, MAX_PROBLEM_CHARS)}</problem>"
