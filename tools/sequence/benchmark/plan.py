"""What a benchmark asks, on what, and with which switches."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tools.errors import UserInputError
from tools.sequence.datasets.columns import same_time_neighbours
from tools.sequence.datasets.dataset import Dataset
from tools.sequence.interactions import Split, leave_one_out
from tools.sequence.splits import Targets, time_split
from tools.version import __file__ as version_file
from tools.version import palate_version

REGISTRY = "tools.sequence.models"
TIMED_USERS = 2_000  # ms_per_user is measured on no more than these
SplitName = Literal["loo", "time"]


@dataclass(frozen=True)
class Plan:
    """What is asked of which models. Raises UserInputError when it contradicts itself."""

    models: tuple[str, ...] = ()  # empty: all
    split: SplitName = "loo"
    targets: Targets = "last"
    budget_s: float | None = None  # for each model that trains; None: its own default
    seed: int = 0
    seeds: int = 1
    cold: float | None = None  # share of the items withheld for the cold evaluation
    registry: str = REGISTRY  # the module whose MODELS are asked; each model's process imports it by itself

    def __post_init__(self) -> None:
        if self.split not in ("loo", "time"):
            raise UserInputError(f"the split must be 'loo' or 'time', not {self.split!r}")
        if self.targets not in ("last", "successive"):
            raise UserInputError(f"targets must be 'last' or 'successive', not {self.targets!r}")
        if self.split == "loo" and self.targets != "last":
            raise UserInputError(
                "leave-one-out asks for the last event only; successive targets need --split time"
            )
        if self.budget_s is not None and not 0 < self.budget_s < float("inf"):
            raise UserInputError(f"the budget must be more than 0 seconds, not {self.budget_s:g}")
        if self.seeds < 1 or self.seed < 0:
            raise UserInputError("the seed must not be negative, and there must be at least one")
        if self.cold is not None and not 0 < self.cold < 1:
            raise UserInputError(f"the share of cold items must lie between 0 and 1, not {self.cold:g}")

    def chosen(self) -> list[str]:
        """The asked models in the registry's order. Raises UserInputError when one is unknown."""
        known = list(import_module(self.registry).MODELS)
        if unknown := [name for name in dict.fromkeys(self.models) if name not in known]:
            raise UserInputError(f"no model {', '.join(map(repr, unknown))}; there are: {', '.join(known)}")
        return [name for name in known if name in self.models or not self.models]

    def without_chance(self) -> set[str]:
        """The models that give the same figures for every seed."""
        return set(import_module(self.registry).BASELINES)


def split_of(data: Dataset, plan: Plan) -> Split:
    """The data set split as planned; UserInputError when nobody could be asked."""
    made = data.interactions
    if not len(made):
        raise UserInputError(f"{data.name} is empty: no interactions, so nothing can be asked")
    if made.item_count < 2:
        raise UserInputError(f"{data.name} has only one item, so there is nothing to choose from")
    if plan.split == "time":
        return time_split(made, targets=plan.targets)
    split = leave_one_out(made, 1)
    if not len(split.test):
        raise UserInputError(
            f"nobody in {data.name} has three events; leave-one-out needs one to learn from, one to choose by and "
            "one to ask for"
        )
    return split


def digest_of(data: Dataset) -> str:
    """The same for the same interactions, texts and features; 16 hex digits."""
    made = data.interactions
    digest = sha256(f"{made.item_count} {data.timed}".encode())
    for column in (made.users, made.items, made.times):
        digest.update(np.ascontiguousarray(column).tobytes())
    for text in data.item_texts:
        digest.update(text.encode("utf-8", "replace") + b"\0")
    for features in data.item_features:
        digest.update("\1".join(sorted(features)).encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()[:16]


def identity_of(data: Dataset, plan: Plan) -> dict[str, Any]:
    """What finished rows belong to: rows of a run with the same identity are kept, others are not."""
    return {
        "dataset": data.name,
        **data.counts._asdict(),
        "digest": digest_of(data),
        "split": plan.split,
        "targets": plan.targets,
        "seed": plan.seed,
        "budget_s": plan.budget_s,
        "palate": palate_version(),
        "commit": commit(),
    }


def switches_of(data: Dataset, plan: Plan, split: Split) -> dict[str, Any]:
    """Everything that moves the figures, by name, in the order it is printed."""
    in_train = np.bincount(split.train.items, minlength=data.interactions.item_count)
    in_both = np.bincount(split.train_and_validation.items, minlength=data.interactions.item_count)
    loo = "each user's last event is the test, the one before it the validation"
    cut = "cut for everybody at the time of 90% of the events; the validation is cut so out of the first part"
    return {
        "digest": digest_of(data),
        "split": f"leave-one-out: {loo}" if plan.split == "loo" else f"time: {cut}",
        "targets": plan.targets,
        "test_users": len(np.unique(split.test.users)),
        "test_cases": len(split.test),
        "training_events": len(split.train.items),
        "validation_cases": len(split.validation),
        "candidates": "all items",
        "seen_items_removed": True,
        "cold_targets_kept": True,
        "cold_targets": int((in_train[split.test.targets] == 0).sum()),
        "cold_targets_not_in_validation_either": int((in_both[split.test.targets] == 0).sum()),
        "ties": "expected rank over every order of the tied items",
        "same_timestamp_neighbours": same_time_neighbours(data.interactions) if data.timed else None,
        "test_targets_at_the_time_of_the_event_before": _tied_targets(split) if data.timed else None,
        "validation_use": "baselines learn from the training part alone; what trains chooses epochs and weights by "
        "the validation part; `palate` then learns the validation events, and its figures before that are in its "
        "notes; test histories hold the validation events",
        "loss": "of a neural row in its own notes",
        "budget_s": plan.budget_s,
        "seeds": [plan.seed + k for k in range(plan.seeds)],
        "train_s": "wall seconds of the fit, interrupted runs of it included",
        "ms_per_user": f"scores and top ten of one case, in batches of 256, over at most {TIMED_USERS:,} cases",
        "peak_mb": "highest resident memory of the model's own process, libraries and data included",
        **machine(),
    }


def _tied_targets(split: Split) -> int:
    """Test targets that only the file's order puts after the last event of their history."""
    times, ends = split.test.sequences.times, split.test.ends
    return 0 if times is None else int((times[ends] == times[ends - 1]).sum())


def machine() -> dict[str, Any]:
    """Where it ran and with which versions."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": ", ".join(f"{name}={os.environ[name]}" for name in threads if name in os.environ)
        or "as the libraries choose",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": _version("torch"),
        "numpy": np.__version__,
        "palate": palate_version(),
        "commit": commit(),
    }


def commit() -> str | None:
    """The commit of the source tree this runs from, "+changes" where tracked files differ; None where there is none."""

    source = Path(version_file)

    def git(*words: str) -> str | None:
        try:
            found = subprocess.run(
                ["git", *words], cwd=source.parent, capture_output=True, text=True, timeout=10
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return found.stdout.strip() if found.returncode == 0 else None

    # an installed palate may lie inside somebody else's repository
    if not git("ls-files", source.name):
        return None
    changes = "+changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{git('rev-parse', '--short=12', 'HEAD')}{changes}"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or sys.platform


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
