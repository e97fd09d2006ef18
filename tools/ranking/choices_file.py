"""`choices.json`: the held-out choices that the re-rankers were fitted and are measured on, for language models too."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tools.errors import SetupError

LISTED = 20  # of the retriever's candidates in the file
Part = Literal["fit", "test"]  # users that weights are fitted on, and others to measure them on
Kind = Literal["own", "near", "text"]  # a keyword of the item; another of like meaning; words of its text


@dataclass(frozen=True)
class RerankCase:
    """One choice whose item is among the retriever's first few."""

    part: Part
    user: int  # a running number; whose choices belong together
    history: tuple[str, ...]  # item ids, oldest first
    phrases: tuple[str, ...]
    kinds: tuple[Kind, ...]  # of the phrases
    category: tuple[str, str] | None  # facet and value
    candidates: tuple[str, ...]  # item ids in the retriever's order
    scores: tuple[float, ...]  # of the retriever, in deviations
    tuned: tuple[float, ...]  # what the tuned re-ranker adds to them
    sources: dict[str, tuple[float, ...]]
    taken: int  # place in candidates


def save_choices(path: Path, cases: Sequence[RerankCase]) -> None:
    """Writes the cases, one a line."""
    lines = ",\n".join(json.dumps(asdict(case), ensure_ascii=False) for case in cases)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def load_choices(path: Path) -> list[RerankCase]:
    """Reads what `save_choices` wrote. Raises SetupError when it is missing or damaged."""
    try:
        return [
            RerankCase(
                part=values["part"],
                user=int(values["user"]),
                history=tuple(values["history"]),
                phrases=tuple(values["phrases"]),
                kinds=tuple(values["kinds"]),
                category=None
                if values["category"] is None
                else (values["category"][0], values["category"][1]),
                candidates=tuple(values["candidates"]),
                scores=tuple(values["scores"]),
                tuned=tuple(values["tuned"]),
                sources={name: tuple(scores) for name, scores in values["sources"].items()},
                taken=int(values["taken"]),
            )
            for values in json.loads(path.read_text(encoding="utf-8"))
        ]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise SetupError(f"the choices in {path} cannot be read; run `palate build`") from error
