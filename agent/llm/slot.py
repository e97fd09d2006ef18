"""The place where the language model will be: empty, on its way, there, or failed; a page can poll it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.llm.provider import LanguageModel
from tools.errors import PalateError

ModelState = Literal["absent", "downloading", "loading", "ready", "failed"]
# tells how far a download is: bytes done, bytes in all, message
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class LanguageModelStatus:
    """How the model stands; `sentence` is for people, `fraction` is of the download (0 to 1)."""

    state: ModelState
    sentence: str
    model: str = ""
    fraction: float = 0.0


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
        self._status = LanguageModelStatus("absent", absent_sentence)
        self._worker: threading.Thread | None = None
        self._closed = threading.Event()

    def current(self) -> LanguageModel | None:
        """The model when it can be asked now, else None; never waits."""
        with self._lock:
            return self._model

    def status(self) -> LanguageModelStatus:
        """How it stands now; never waits."""
        with self._lock:
            return self._status

    def start(self, download: bool = False) -> None:
        """Begin to load in the background, downloading first only if allowed; returns at once.

        After a failure, or an "absent" that a download would end, it may be called again.
        """
        with self._lock:
            busy = self._worker is not None and self._worker.is_alive()
            if self._plan is None or self._closed.is_set() or self._model is not None or busy:
                return
            self._status = LanguageModelStatus(
                "loading", f"{self._plan.name} is being loaded.", self._plan.name
            )
            self._worker = threading.Thread(
                target=self._work, args=(self._plan, download), name="palate-language-model", daemon=True
            )
            self._worker.start()

    def wait(self, timeout_s: float) -> LanguageModel | None:
        """The model once it is there, None when it failed, is absent or the time is over."""
        worker = self._worker
        if worker is not None:
            worker.join(timeout_s)
        return self.current()

    def close(self) -> None:
        """Free the model and stop what is on its way; a stopped download is taken up by the next start."""
        self._closed.set()
        with self._lock:
            model, self._model = self._model, None
            self._status = LanguageModelStatus("absent", "The language model was closed.")
        if model is not None:
            model.close()

    def _work(self, plan: ModelPlan, download: bool) -> None:
        try:
            file = plan.find()
            if file is None:
                if not download or plan.bring is None:
                    self._say(LanguageModelStatus("absent", plan.how_to_get, plan.name))
                    return
                self._tell_download(plan, 0, plan.size_bytes)
                file = plan.bring(lambda done, total, _message: self._tell_download(plan, done, total))
            self._say(LanguageModelStatus("loading", f"{plan.name} is being loaded.", plan.name, 1.0))
            self._take(plan, plan.load(file))
        except _Stopped:
            return
        except PalateError as error:
            self._say(LanguageModelStatus("failed", str(error), plan.name))
        except Exception as error:  # noqa: BLE001 - a thread's last word: the page shows it, no one else would
            sentence = f"The language model could not be started ({type(error).__name__}: {error})."
            self._say(LanguageModelStatus("failed", sentence, plan.name))

    def _tell_download(self, plan: ModelPlan, done: int, total: int) -> None:
        if self._closed.is_set():
            raise _Stopped
        sentence = f"{plan.name} is being downloaded: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB."
        self._say(LanguageModelStatus("downloading", sentence, plan.name, done / total if total else 0.0))

    def _take(self, plan: ModelPlan, model: LanguageModel) -> None:
        with self._lock:
            taken = not self._closed.is_set()
            if taken:
                self._model = model
                where = "on this machine" if model.where == "local" else "at the configured address"
                self._status = LanguageModelStatus("ready", f"{plan.name} answers {where}.", plan.name, 1.0)
        if not taken:
            model.close()

    def _say(self, status: LanguageModelStatus) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._status = status
