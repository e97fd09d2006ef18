"""The benchmark: each model's figures, written as soon as they exist, so that a killed run goes on where it stopped."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tools.errors import SetupError, UserInputError
from tools.sequence.benchmark.apart import Job, Kind, Outcome, as_json, from_json, run_apart
from tools.sequence.benchmark.cold import draw_items, without_items
from tools.sequence.benchmark.plan import Plan, identity_of, split_of, switches_of
from tools.sequence.benchmark.report import ColdFacts, markdown, report_of
from tools.sequence.datasets.dataset import Dataset
from tools.sequence.interactions import Ints, Split
from tools.sequence.models import Material

RESULTS, TABLE, PLOT, CHECKPOINTS, LOGS = (
    "results.json",
    "results.md",
    "ndcg-seconds.png",
    "checkpoints",
    "logs",
)
Progress = Callable[[str, float, str], None]  # (model, share of its job done, message)


def run_benchmark(
    data: Dataset, plan: Plan, folder: Path, progress: Progress | None = None
) -> dict[str, Any]:
    """The report of every asked model on this data set; `folder` gets results.json, results.md and a plot.

    Rows that an earlier run with the same identity finished are kept; failed ones are tried again. Results of a
    run with another identity are moved aside with its checkpoints. Raises UserInputError for a plan or
    data nothing can be asked of, and when another benchmark is running in the folder.
    """
    tell = progress or (lambda _model, _share, _message: None)
    names = plan.chosen()
    split = split_of(data, plan)
    folder = _made(folder)
    try:
        with FileLock(folder / ".lock", timeout=0):
            return _Benchmark(data, plan, names, split, folder, tell).run()
    except Timeout:
        raise UserInputError(
            f"another benchmark is running in {folder}; wait for it or name another --out"
        ) from None


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserInputError(f"{folder} cannot be a folder of results: {error.strerror or error}") from None
    return folder


@dataclass(frozen=True)
class _Question:
    """The same models may be asked two: the test targets, and the withheld items."""

    kind: Kind
    split: Split
    share: float | None = None  # of the items withheld

    @property
    def name(self) -> str:
        return "test" if self.share is None else f"cold {self.share:g}"


class _Benchmark:
    def __init__(
        self, data: Dataset, plan: Plan, names: list[str], split: Split, folder: Path, tell: Progress
    ) -> None:
        self.data, self.plan, self.names, self.folder, self.tell = data, plan, names, folder, tell
        self.identity = identity_of(data, plan)
        self.switches = switches_of(data, plan, split)
        self.questions = [_Question("all", split)]
        self.withheld: Ints | None = None
        if plan.cold is not None:
            item_count = data.interactions.item_count
            self.withheld = draw_items(item_count, plan.cold, plan.seed)
            cold = without_items(split, self.withheld, item_count)
            self.questions.append(_Question("cold", cold, plan.cold))
        self.finished: dict[tuple[str, str, int], Outcome] = {}  # by (question, model, seed)

    def run(self) -> dict[str, Any]:
        self._go_on()
        self._write()  # before the first model: checkpoints belong to this identity
        fixed = self.plan.without_chance()
        for question in self.questions:
            if not len(question.split.test):
                continue
            for name in self.names:
                runs = 1 if name in fixed else self.plan.seeds
                for seed in range(self.plan.seed, self.plan.seed + runs):
                    if self._ask(question, name, seed).failed:
                        break  # its row is a failed one, whatever its other seeds would give
        report = self._write()
        (self.folder / TABLE).write_text(markdown(report, PLOT), encoding="utf-8")
        from tools.sequence.benchmark.plot import draw

        curves = {
            name: outcome.curve
            for (question, name, _), outcome in reversed(self.finished.items())
            if question == "test" and name in self.names and outcome.curve
        }
        draw(report, curves, self.folder / PLOT)
        return report

    def _ask(self, question: _Question, name: str, seed: int) -> Outcome:
        known = self.finished.get((question.name, name, seed))
        label = name if question.kind == "all" else f"{name}, {question.name}"
        if self.plan.seeds > 1:
            label += f", seed {seed}"
        if known is not None and not known.failed:
            self.tell(label, 1.0, "kept from an earlier run")
            return known
        place = f"{name}-{question.name.replace(' ', '-')}-{seed}"
        job = Job(
            registry=self.plan.registry,
            model=name,
            kind=question.kind,
            material=Material(
                split=question.split,
                item_count=self.data.interactions.item_count,
                texts=self.data.item_texts,
                features=self.data.item_features,
                seed=seed,
                budget_s=self.plan.budget_s,
                # one for each model: a blend that found another's networks ready would hide their seconds
                checkpoint_folder=self.folder / CHECKPOINTS / place,
            ),
            log=self.folder / LOGS / f"{place}.txt",
        )
        outcome = run_apart(job, lambda share, message: self.tell(label, share, message))
        self.finished[question.name, name, seed] = outcome
        self._write()
        self.tell(label, 1.0, outcome.failed or _told(outcome))
        return outcome

    def _go_on(self) -> None:
        """Takes over what an earlier run of the same identity finished; moves another's aside."""
        path = self.folder / RESULTS
        if not path.exists():
            return
        try:
            earlier = json.loads(path.read_text(encoding="utf-8"))
            identity, runs = earlier["identity"], earlier["runs"]
            if identity == self.identity:
                self.finished = {
                    (row["question"], row["model"], row["seed"]): from_json(
                        {name: value for name, value in row.items() if name != "question"}
                    )
                    for row in runs
                }
                return
            what = ", ".join(name for name in self.identity if identity.get(name) != self.identity[name])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise SetupError(
                f"{path} is no result of a benchmark, or damaged; move it away or name another --out"
            ) from None
        number = next(n for n in range(1, 10_000) if not path.with_stem(f"{path.stem}-{n}").exists())
        aside = path.with_stem(f"{path.stem}-{number}")
        if (self.folder / CHECKPOINTS).exists():  # hours of training may lie in them, so they are not removed
            os.replace(self.folder / CHECKPOINTS, self.folder / f"{CHECKPOINTS}-{number}")
        os.replace(path, aside)
        self.tell("", 0.0, f"results of a run with other {what or 'arguments'} are kept as {aside}")

    def _write(self) -> dict[str, Any]:
        """Writes results.json whole, aside and into place: a kill leaves the old one or the new one."""
        cold = None
        if self.withheld is not None:
            cold = ColdFacts(self.questions[1].name, len(self.withheld), self.questions[1].split.test)
        report = report_of(self.data, self.plan, self.names, self.switches, self.finished, cold)
        document = {
            **report,
            "identity": self.identity,
            "runs": [
                {"question": question, **as_json(outcome)}
                for (question, _, _), outcome in self.finished.items()
            ],
        }
        aside = self.folder / f".{RESULTS}-{os.getpid()}"
        with aside.open("w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, self.folder / RESULTS)
        return report


def _told(outcome: Outcome) -> str:
    key = "ndcg10" if outcome.kind == "all" else "recall10"
    return f"{'NDCG@10' if key == 'ndcg10' else 'Recall@10'} {outcome.figures[key]:.4f}"
