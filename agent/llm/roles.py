"""The parts a language model may have in a turn, each given only after it passed a trial on this catalogue."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from agent.llm.prompts import prompts_digest
from agent.llm.reranking import STRATEGIES, FittedRerank, Shot

TRIAL_VERSION = 1  # goes up when what a trial asks or demands is changed
Role = Literal["parse", "rerank", "explain", "plan"]
ROLES: tuple[Role, ...] = ("parse", "rerank", "explain", "plan")
DOES: Mapping[Role, str] = {
    "parse": "reads messages the rules are unsure of",
    "rerank": "re-ranks",
    "explain": "words reasons",
    "plan": "plans with tools",
}


@dataclass(frozen=True)
class Verdict:
    """Whether a model passed the trial of a role, in one sentence and in figures."""

    passed: bool
    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Roles:
    """What a model's trial on a catalogue showed. `tested`: when, in UTC; empty when it was not tested."""

    model: str
    tested: str = ""
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    fitted: FittedRerank | None = None
    shots: tuple[Shot, ...] = ()  # the examples it was tried with
    usage: Mapping[str, Any] = field(default_factory=dict)

    def has(self, role: Role) -> bool:
        return role in self.verdicts and self.verdicts[role].passed

    @property
    def sentence(self) -> str:
        """What it does here, for people."""
        if not self.tested:
            return f"{self.model} has not been tried on this catalogue and is not used; `palate llm check` tries it."
        does = [DOES[role] for role in ROLES if self.has(role)]
        if not does:
            return f"{self.model} passed no trial here: rules, retrieval and templates answer."
        return f"{self.model} {', '.join(does)}."

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "verdicts": {role: asdict(verdict) for role, verdict in self.verdicts.items()},
            "fitted": self.fitted.to_json() if self.fitted else None,
            "shots": [asdict(shot) for shot in self.shots],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Roles":
        verdicts = {role: Verdict(**verdict) for role, verdict in told["verdicts"].items()}
        fitted = FittedRerank.from_json(told["fitted"]) if told["fitted"] else None
        if fitted is not None and fitted.strategy.partition("+")[0] not in STRATEGIES:
            raise ValueError(f"no strategy {fitted.strategy!r}")
        shots = tuple(Shot.from_json(shot) for shot in told["shots"])
        return cls(**{**told, "verdicts": verdicts, "fitted": fitted, "shots": shots})


def roles_file(home: Path, identity: str, build: str) -> Path:
    """Where the trial of a model on a build of a catalogue is kept; other prompts are another trial."""
    told = [str(TRIAL_VERSION), identity, build, prompts_digest()]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()
    return home / "llm" / f"{digest[:24]}.json"


def read_roles(file: Path) -> Roles | None:
    """The trial kept in a file; None when there is none or it cannot be read."""
    try:
        return Roles.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep_roles(file: Path, roles: Roles) -> None:
    """Writes a trial whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".part")
    aside.write_text(json.dumps(roles.to_json(), indent=1), encoding="utf-8")
    aside.replace(file)
