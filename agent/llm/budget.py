"""What a turn may spend on the language model: seconds, tokens, and only until the person acts again."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, Literal, TypeVar, cast

from agent.llm.provider import LanguageModel
from agent.llm.usage import Count, Usage
from tools.errors import ToolFailed

# a call that could not even be answered by a quick server is not begun
LEAST_CALL_S = 0.05
GRACE_S = 0.2
Answer = TypeVar("Answer")


class BudgetSpent(ToolFailed):
    """No time or no tokens are left, or the turn was cancelled; nothing was asked."""


class Budget:
    """Seconds from now and tokens, shared by all that one turn asks; safe for several threads.

    tokens: prompt and answer together; 0 sets no limit. `cancel` ends every wait at once; what a server is still at
    work on is left to it and thrown away.
    """

    def __init__(self, seconds: float, tokens: int = 0) -> None:
        self._end = time.monotonic() + seconds
        self._tokens = tokens
        self._lock = threading.Lock()
        self._waiting: set[threading.Event] = set()
        self._spent = Usage()
        self._by_role: dict[str, Usage] = {}
        self._cancelled = False

    @property
    def spent(self) -> Usage:
        return self._spent

    @property
    def spent_by_role(self) -> Mapping[str, Usage]:
        """What each role asked for, in the order in which they came."""
        with self._lock:
            return dict(self._by_role)

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    @property
    def left_s(self) -> float:
        """Seconds left; 0 once cancelled or when the tokens are spent."""
        out_of_tokens = self._tokens and self._spent.tokens >= self._tokens
        return 0.0 if self._cancelled or out_of_tokens else max(0.0, self._end - time.monotonic())

    def part(self, share: float) -> "Budget":
        """A budget that ends when this share of what is left is used; what it spends is spent here too."""
        return _Part(self, self.left_s * share)

    def spend(self, usage: Usage, role: str = "") -> None:
        with self._lock:
            self._spent = self._spent + usage
            if role:
                self._by_role[role] = self._by_role.get(role, Usage()) + usage

    def cancel(self) -> None:
        """The person acted: whoever waits stops waiting now."""
        with self._lock:
            self._cancelled = True
            for waiting in self._waiting:
                waiting.set()

    def run(self, call: Callable[[float], Answer]) -> Answer:
        """The result of a call that is given its seconds; raises what it raises, BudgetSpent when there is nothing to
        spend or when it is cancelled on the way."""
        left_s = self.left_s
        if left_s < LEAST_CALL_S:
            raise BudgetSpent("The turn's budget for the language model is spent.")
        done = threading.Event()
        result: list[Answer] = []
        error: list[BaseException] = []

        def work() -> None:
            try:
                result.append(call(left_s))
            except BaseException as raised:  # noqa: BLE001 - raised again where it is waited for
                error.append(raised)
            finally:
                done.set()

        self._watch(done)
        try:
            threading.Thread(target=work, name="palate-asks", daemon=True).start()
            done.wait(left_s + GRACE_S)  # the call keeps its own time; this is for one that does not
        finally:
            self._unwatch(done)
        if error:
            raise error[0]
        if result:
            return result[0]
        why = "The person went on before" if self.cancelled else "The turn's time was over before"
        raise BudgetSpent(f"{why} the language model had answered.")

    def _watch(self, event: threading.Event) -> None:
        with self._lock:
            self._waiting.add(event)
            if self._cancelled:
                event.set()

    def _unwatch(self, event: threading.Event) -> None:
        with self._lock:
            self._waiting.discard(event)


class _Part(Budget):
    """A share of another budget's time; cancelled with it."""

    def __init__(self, whole: Budget, seconds: float) -> None:
        super().__init__(seconds)
        self._whole = whole

    @property
    def cancelled(self) -> bool:
        return self._whole.cancelled

    @property
    def left_s(self) -> float:
        return min(super().left_s, self._whole.left_s)

    def spend(self, usage: Usage, role: str = "") -> None:
        super().spend(usage, role)
        self._whole.spend(usage, role)

    def cancel(self) -> None:
        self._whole.cancel()

    def _watch(self, event: threading.Event) -> None:
        self._whole._watch(event)

    def _unwatch(self, event: threading.Event) -> None:
        self._whole._unwatch(event)


class BudgetedModel:
    """A language model as one turn may ask it: every call within what the budget has left, and counted there.

    role: what it is asked for, under which the calls are counted as well. Each method raises ToolFailed as the model
    does, and BudgetSpent.
    """

    def __init__(self, model: LanguageModel, budget: Budget, role: str = "") -> None:
        self.model = model
        self.budget = budget
        self.role = role

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def where(self) -> Literal["remote", "local"]:
        return self.model.where

    def within(self, budget: Budget) -> "BudgetedModel":
        """The same model under another budget."""
        return BudgetedModel(self.model, budget, self.role)

    def asked_to(self, role: str) -> "BudgetedModel":
        """The same model under the same budget, in another role."""
        return BudgetedModel(self.model, self.budget, role)

    def count(self, usage: Usage) -> None:
        """Spends of the budget what a call in this role has cost."""
        self.budget.spend(usage, self.role)

    def complete(self, system: str, user: str, max_tokens: int) -> str:
        return self._asked(("complete", system, user, max_tokens), self.model.complete)

    def complete_json(self, system: str, user: str, schema: dict[str, Any], max_tokens: int) -> str:
        def ask(system: str, user: str, max_tokens: int, timeout_s: float, count: Count) -> str:
            return self.model.complete_json(system, user, schema, max_tokens, timeout_s, count)

        return self._asked((f"json {schema['name']}", system, user, max_tokens), ask)

    def first_line(self, system: str, user: str, max_tokens: int, max_chars: int) -> str:
        """The first line of the answer; what the model goes on with, or past `max_chars`, is not waited for."""

        def ask(system: str, user: str, timeout_s: float, count: Count) -> str:
            said = ""
            # read and closed in the thread that asks: a wait that ends early leaves both to it
            with closing(self.model.stream(system, user, max_tokens, timeout_s, count)) as chunks:
                for chunk in chunks:
                    said += chunk
                    if "\n" in said.strip() or len(said) > max_chars:
                        break
                    if self.budget.left_s <= 0:
                        raise BudgetSpent("The turn's time was over before the sentence was whole.")
            return said.strip().partition("\n")[0]

        return self._asked(("line", system, user), ask)

    def first_words(self, system: str, user: str) -> dict[str, float]:
        return self._asked(("words", system, user), self.model.first_words)

    def p_yes(self, system: str, user: str) -> float | None:
        return self._asked(("yes", system, user), self.model.p_yes)

    def likelihood(self, system: str, user: str, answer: str) -> float | None:
        return self._asked(("likelihood", system, user, answer), self.model.likelihood)

    def _asked(self, question: tuple[Any, ...], ask: Callable[..., Answer]) -> Answer:
        """The answer to a question, kept from an earlier turn or asked for now: at temperature 0 it is the same."""
        known = self.model.kept.get(question)
        if known is not None:
            return cast(Answer, known)
        begun = threading.Event()

        def call(left_s: float) -> Answer:
            begun.set()
            return ask(*question[1:], left_s, self.count)

        try:
            answer = self.budget.run(call)
        except ToolFailed:
            if begun.is_set():
                self.count(Usage(unanswered=1))
            raise
        if answer is not None:
            self.model.kept.put(question, answer)
        return answer
