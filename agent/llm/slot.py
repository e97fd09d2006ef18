"""The place where the language model will be: empty, on its way, there, or failed; a page can poll it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from agent.llm.budget import Budget
from agent.llm.provider import LanguageModel
from agent.llm.roles import ROLES, Roles
from tools.errors import PalateError, ToolFailed

ModelState = Literal["absent", "downloading", "loading", "testing", "ready", "failed"]
# tells how far a download is: bytes done, bytes in all, message
Progress = Callable[[int, int, str], None]


TRIAL_S = 120.0
TRIAL_TOKENS = 150_000  # what a trial that nobody asked for may cost at a server that is paid for


class Trials(Protocol):
    """What gives a model its roles: an earlier trial, or one made now."""

    def known(self, model: LanguageModel) -> Roles | None: ...

    def run(self, model: LanguageModel, tell: Callable[[str], object], *, budget: Budget) -> Roles: ...


@dataclass(frozen=True)
class LanguageModelStatus:
    """How the model stands; `sentence` is for people, `fraction` is of the download (0 to 1), `roles` are those it has."""

    state: ModelState
    sentence: str
    model: str = ""
    fraction: float = 0.0
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelPlan:
    """How a slot gets its model; each step raises PalateError when it fails.

    `find` gives the local file when it is here; `bring` downloads it; `load` turns it into a model. A remote model
    needs no file: `find` gives an empty path at once.
    """

    name: str
    find: Callable[[], Path | None]
    bring: Callable[[Progress], Path] | None
    load: Callable[[Path], LanguageModel]
    how_to_get: str
    size_bytes: int = 0


class _Stopped(Exception):
    """The slot was closed while it was at work."""


class LanguageModelSlot:
    """Holds the current model or none; safe to read from any thread, and never raises what a load or download does."""

    def __init__(self, plan: ModelPlan | None, absent_sentence: str) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._model: LanguageModel | None = None
        self._roles = Roles(plan.name if plan else "")
        self._status = LanguageModelStatus("absent", absent_sentence)
        self._worker: threading.Thread | None = None
        self._closed = threading.Event()
        self._arrived = threading.Event()
        self._trial_budget: Budget | None = None
        self.trials: Trials | None = None

    def current(self) -> LanguageModel | None:
        """The model when it can be asked now, else None; never waits."""
        with self._lock:
            return self._model

    def roles(self) -> Roles:
        """What the model may do in a turn; nothing while it has not been tried."""
        with self._lock:
            return self._roles

    def status(self) -> LanguageModelStatus:
        """How it stands now; never waits."""
        with self._lock:
            return self._status

    def start(self, download: bool = False, try_out: bool = False) -> None:
        """Begin to load in the background, downloading first only if allowed; returns at once.

        try_out: whether a model that was never tried on this catalogue is tried now, which takes two minutes.
        After a failure, or an "absent" that a download would end, it may be called again.
        """
        with self._lock:
            busy = self._worker is not None and self._worker.is_alive()
            done = self._model is not None and (self._roles.tested or not try_out)
            if self._plan is None or self._closed.is_set() or done or busy:
                return
            self._status = LanguageModelStatus(
                "loading", f"{self._plan.name} is being loaded.", self._plan.name
            )
            self._arrived.clear()
            self._worker = threading.Thread(
                target=self._work,
                args=(self._plan, download, try_out),
                name="palate-language-model",
                daemon=True,
            )
            self._worker.start()

    def wait(self, timeout_s: float) -> LanguageModel | None:
        """The model once it is there, None when it failed, is absent or the time is over."""
        if self._worker is not None:
            self._arrived.wait(timeout_s)
        return self.current()

    def close(self) -> None:
        """Free the model and stop what is on its way; a stopped download is taken up by the next start."""
        self._closed.set()
        if self._trial_budget is not None:
            self._trial_budget.cancel()
        with self._lock:
            model, self._model = self._model, None
            self._status = LanguageModelStatus("absent", "The language model was closed.")
        if model is not None:
            model.close()

    def _work(self, plan: ModelPlan, download: bool, try_out: bool) -> None:
        try:
            file = plan.find()
            if file is None:
                if not download or plan.bring is None:
                    self._say(LanguageModelStatus("absent", plan.how_to_get, plan.name))
                    return
                self._tell_download(plan, 0, plan.size_bytes)
                file = plan.bring(lambda done, total, _message: self._tell_download(plan, done, total))
            self._say(LanguageModelStatus("loading", f"{plan.name} is being loaded.", plan.name, 1.0))
            self._take(plan, self.current() or plan.load(file), try_out)
        except _Stopped:
            return
        except PalateError as error:
            self._say(LanguageModelStatus("failed", str(error), plan.name))
        except Exception as error:  # noqa: BLE001 - a thread's last word: the page shows it, no one else would
            sentence = f"The language model could not be started ({type(error).__name__}: {error})."
            self._say(LanguageModelStatus("failed", sentence, plan.name))
        finally:
            self._arrived.set()

    def _tell_download(self, plan: ModelPlan, done: int, total: int) -> None:
        if self._closed.is_set():
            raise _Stopped
        sentence = f"{plan.name} is being downloaded: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB."
        self._say(LanguageModelStatus("downloading", sentence, plan.name, done / total if total else 0.0))

    def _take(self, plan: ModelPlan, model: LanguageModel, try_out: bool) -> None:
        known = self.trials.known(model) if self.trials else None
        with self._lock:
            taken = not self._closed.is_set()
            if taken:
                self._model = model
        if not taken:
            model.close()
            return
        self._give(known or Roles(plan.name))
        if known is None and self.trials is not None and try_out:
            self._arrived.set()
            self._try_out(plan, model, self.trials)

    def _try_out(self, plan: ModelPlan, model: LanguageModel, trials: Trials) -> None:
        """The trial, told as it goes on; a model that fails it altogether has no role and says why."""

        def tell(step: str) -> None:
            sentence = f"{plan.name} is being tried out on this catalogue: {step}."
            self._say(LanguageModelStatus("testing", sentence, plan.name, 1.0))

        self._trial_budget = Budget(TRIAL_S, TRIAL_TOKENS)
        try:
            self._give(trials.run(model, tell, budget=self._trial_budget))
        except ToolFailed as failure:
            self._say(LanguageModelStatus("failed", f"{failure} It is not used.", plan.name))

    def _give(self, roles: Roles) -> None:
        """The roles are in force, and the status says so."""
        has = tuple(role for role in ROLES if roles.has(role))
        with self._lock:
            self._roles = roles
        self._say(LanguageModelStatus("ready", roles.sentence, roles.model, 1.0, has))

    def _say(self, status: LanguageModelStatus) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._status = status
