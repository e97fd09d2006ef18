"""One model fitted and asked in a process of its own: its memory is its own, and its end is not the benchmark's."""

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tools.errors import PalateError
from tools.sequence.benchmark.plan import TIMED_USERS
from tools.sequence.evaluate import LOWEST, ScoreCases, evaluate, expected_gains, rank_cases
from tools.sequence.interactions import Cases, batches
from tools.sequence.models import Fitted, Material

Kind = Literal["all", "cold"]
Progress = Callable[[float, str], None]
TOP, COLD_TOP, TOP_BATCH = 10, 50, 100
ASKED_ALONE = 500  # users whose ten best items are asked for one at a time
TOLD_EVERY_S = 0.2
SECONDS = "seconds"  # beside a model's checkpoints: what its fit took before it was interrupted


@dataclass(frozen=True)
class Job:
    """One model, one seed, one question."""

    registry: str
    model: str
    kind: Kind
    material: Material
    log: Path  # what the model prints, and the traceback of a fault


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its figures, or why there are none."""

    model: str
    kind: Kind
    seed: int
    figures: dict[str, float] = field(default_factory=dict)
    about: str = ""
    curve: tuple[tuple[float, float], ...] = ()  # (seconds, validation NDCG@10)
    weights: dict[str, dict[str, float]] = field(default_factory=dict)  # of a blend
    failed: str = ""
    finished: str = ""  # when, in UTC


def run_apart(job: Job, progress: Progress) -> Outcome:
    """The job's outcome; a crash, a kill or an error of the model is an outcome too."""
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(job, sending), name=job.model)
    try:
        try:
            process.start()
        except BrokenPipeError:  # it ended before it had read its material
            process.join()
        finally:
            sending.close()
        outcome = _listen(process, receiving, progress)
        process.join()
    finally:
        if process.is_alive():
            process.kill()
            process.join()
        receiving.close()
    finished = datetime.now(UTC).isoformat(timespec="milliseconds")
    return replace(outcome or _lost(job, process.exitcode), finished=finished)


def _listen(process: BaseProcess, receiving: Connection, progress: Progress) -> Outcome | None:
    """What the process says until it ends; None when it ended without an outcome."""
    while True:
        # the end of the process counts too: what it started may hold its end of the pipe open
        ready = wait([receiving, process.sentinel])
        if receiving not in ready and not receiving.poll():
            return None
        try:
            said = receiving.recv()
        except (EOFError, OSError):
            return None
        if isinstance(said, Outcome):
            return said
        progress(*said)


def _lost(job: Job, exit_code: int | None) -> Outcome:
    if exit_code == -signal.SIGKILL:
        reason = "killed (out of memory?)"
    elif exit_code is not None and exit_code < 0:
        reason = f"failed: ended by {signal.Signals(-exit_code).name}; see {job.log}"
    else:
        reason = f"failed: ended with status {exit_code}; see {job.log}"
    return Outcome(job.model, job.kind, job.material.seed, failed=reason)


def _measure(job: Job, sending: Connection) -> None:
    """The child's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends this process
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("w", encoding="utf-8", errors="backslashreplace") as log:
        sys.stdout.flush()
        # standard output belongs to the parent's JSON, standard error to its progress
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            outcome = _outcome(job, _Teller(sending))
        except BrokenPipeError:  # nobody listens any more: the parent was killed
            raise
        except Exception as error:  # noqa: BLE001 - any fault of a model is its row, not the benchmark's end
            traceback.print_exc()
            outcome = Outcome(job.model, job.kind, job.material.seed, failed=_reason(error))
        sending.send(outcome)
        sys.stdout.flush()
        sys.stderr.flush()


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "failed: out of memory"
    text = " ".join(str(error).split())
    if isinstance(error, PalateError):
        return f"failed: {text}"
    return f"failed: {type(error).__name__}: {text}"[:300]


def _outcome(job: Job, tell: Progress) -> Outcome:
    fit = import_module(job.registry).MODELS[job.model]
    tell(0.0, "fitting")
    fitted, seconds = _fitted(fit, job.material, tell)
    test = job.material.split.test
    if job.kind == "cold":
        figures = _cold_figures(fitted, test, job.material.item_count, tell)
    else:
        figures = _figures(fitted, test, job.material.item_count, tell)
        figures |= _served_figures(fitted, test, job.material.seed)
        figures["ms_per_user"] = _ms_per_user(fitted.score, test.sample(TIMED_USERS, job.material.seed))
    if fitted.curve:
        figures["validation_ndcg10"] = max(ndcg for _, ndcg in fitted.curve)
    return Outcome(
        model=job.model,
        kind=job.kind,
        seed=job.material.seed,
        figures={**figures, "train_s": seconds, "peak_mb": peak_mb()},
        about=fitted.about,
        curve=tuple((float(second), float(ndcg)) for second, ndcg in fitted.curve),
        weights=fitted.weights,
    )


def _fitted(
    fit: Callable[[Material, Progress], Fitted], material: Material, tell: Progress
) -> tuple[Fitted, float]:
    """The model, and the wall seconds of its fit with those of the interrupted fits it goes on from."""
    folder = material.checkpoint_folder
    clock = folder / SECONDS if folder is not None else None
    before = _seconds_before(clock)
    began = time.perf_counter()
    noted = -1.0

    def noting(share: float, message: str) -> None:
        nonlocal noted
        tell(0.95 * share, message)
        spent = time.perf_counter() - began
        if clock is not None and spent > noted + 1:
            clock.parent.mkdir(parents=True, exist_ok=True)
            clock.write_text(f"{before + spent:.3f}", encoding="utf-8")
            noted = spent

    fitted = fit(material, noting)
    seconds = before + time.perf_counter() - began
    if clock is not None and clock.exists():
        clock.write_text(f"{seconds:.3f}", encoding="utf-8")
    return fitted, seconds


def _seconds_before(clock: Path | None) -> float:
    """Of a fit that left checkpoints; without one it begins anew, and its lost seconds are nobody's."""
    if clock is None or not clock.is_file() or len(list(clock.parent.iterdir())) < 2:
        return 0.0
    try:
        return float(clock.read_text(encoding="utf-8"))
    except ValueError:
        return 0.0


def _figures(fitted: Fitted, cases: Cases, item_count: int, tell: Progress) -> dict[str, float]:
    ranks = rank_cases(
        fitted.score, cases, item_count, TOP, lambda share: tell(0.95 + 0.05 * share, "asking the test cases")
    )
    hits, gains = expected_gains(ranks.above, ranks.level, TOP)
    return {
        "hr10": float(hits.mean()),
        "ndcg10": float(gains.mean()),
        "coverage": float(ranks.in_a_top.mean()),
    }


def _served_figures(fitted: Fitted, cases: Cases, seed: int) -> dict[str, float]:
    """What else is known of a model that learns the validation events, and of one that is served."""
    figures: dict[str, float] = {}
    if fitted.before_update is not None:
        before = evaluate(fitted.before_update, cases)
        figures |= {"hr10_before_update": before.hr10, "ndcg10_before_update": before.ndcg10}
    if fitted.served is not None and len(cases):
        few = cases.sample(ASKED_ALONE, seed)
        times = few.times()
        spent = []
        for place, history in enumerate(few.histories()):
            began = time.perf_counter()
            fitted.served.next_items(history, TOP, times=None if times is None else times[place])
            spent.append(time.perf_counter() - began)
        figures["one_user_p50_ms"] = 1000 * float(np.median(spent))
        fitted.served.top_items(few, TOP_BATCH)  # torch comes in here, once
        began = time.perf_counter()
        fitted.served.top_items(cases, TOP_BATCH)
        figures["users_per_s"] = len(cases) / (time.perf_counter() - began)
    return figures


def _cold_figures(fitted: Fitted, cases: Cases, item_count: int, tell: Progress) -> dict[str, float]:
    ranks = rank_cases(
        fitted.score, cases, item_count, TOP, lambda share: tell(0.95 + 0.05 * share, "asking the cold cases")
    )
    recalls = {top: expected_gains(ranks.above, ranks.level, top)[0].mean() for top in (TOP, COLD_TOP)}
    return {"recall10": float(recalls[TOP]), "recall50": float(recalls[COLD_TOP])}


def _ms_per_user(score: ScoreCases, cases: Cases) -> float:
    """Milliseconds a case for its scores and its ten best unseen items, in batches."""
    began = time.perf_counter()
    for part in batches(len(cases), 256):
        asked = cases.part(part)
        scores = np.array(score(asked))  # a copy: a model may give what it keeps
        for row, history in enumerate(asked.histories()):
            scores[row, history] = LOWEST
        best = np.argpartition(-scores, min(TOP, scores.shape[1]) - 1, axis=1)[:, :TOP]
        np.take_along_axis(scores, best, axis=1).argsort(axis=1)
    return 1000 * (time.perf_counter() - began) / max(len(cases), 1)


class _Teller:
    """Sends progress, not more often than a person can read it."""

    def __init__(self, sending: Connection) -> None:
        self.sending = sending
        self.last = 0.0

    def __call__(self, share: float, message: str) -> None:
        now = time.monotonic()
        if now - self.last >= TOLD_EVERY_S:
            self.last = now
            self.sending.send((share, message))


def peak_mb() -> float:
    """Highest resident memory of this process so far, in MB."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        # not getrusage: on Linux its peak is inherited from the process that started this one
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


def as_json(outcome: Outcome) -> dict[str, Any]:
    return {**vars(outcome), "curve": [list(point) for point in outcome.curve]}


def from_json(row: dict[str, Any]) -> Outcome:
    return Outcome(**{**row, "curve": tuple((second, ndcg) for second, ndcg in row["curve"])})
