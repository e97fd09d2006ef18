"""One question back, when the wishes leave the candidates wide open: the one whose answer is expected to tell most.

The person's item is thought of as one of the best candidates, each with a chance by its score. A question is about one
facet (or a keyword); every candidate would have it answered by one of its values. What an answer tells is the mutual
information between item and answer: how unsure the answer is, less how unsure it is once the item is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.answer import Candidate, Question
from agent.replies.describing import number_text, plural
from memory.preferences import CritiqueTarget, Preference, facets_of
from tools.catalog import Catalog

CONSIDERED = 100  # candidates that the item is thought to be among
WIDE_OPEN = 20.0  # candidates of equal chance that leave as much open; fewer need no question
FEW_WISHES = 2  # more wishes than these have been said: no question then
LEAST_BITS = 0.9  # an answer that tells less is not worth asking for
MOST_REPLIES = 4  # and one reply that leaves it open
NO_MATTER = "No matter"
COMMON = 0.6  # share of the chance from which a value splits nothing


@dataclass(frozen=True)
class Split:
    """A question that could be asked: the replies, and for each candidate which of them its answer may be."""

    about: str
    text: str
    replies: tuple[str, ...]
    may_answer: NDArray[np.bool_]  # (candidates, replies); a row without any would answer something else


def best_question(
    candidates: Sequence[Candidate], wishes: Sequence[Preference], asked: Sequence[str], catalog: Catalog
) -> Question | None:
    """The question to ask back; None when there is none worth asking. asked: what was asked before in this session."""
    if len([p for p in wishes if not isinstance(p.target, CritiqueTarget)]) > FEW_WISHES:
        return None
    top = candidates[:CONSIDERED]
    if len(top) < MOST_REPLIES:
        return None
    chances = _chances(top)
    if float(np.exp(_entropy(chances) * np.log(2))) < WIDE_OPEN:
        return None
    known = {f for p in wishes for f in facets_of(p.target)} | set(asked)
    rows = [c.row for c in top]
    splits = [
        s for name in catalog.spec.facets if name not in known and (s := _split(name, rows, chances, catalog))
    ]
    told = [(bits(s.may_answer, chances), -n, s) for n, s in enumerate(splits)]
    if not told:
        return None
    gain, _, split = max(told, key=lambda t: t[:2])
    if gain < LEAST_BITS:
        return None
    return Question(split.text, split.about, (*split.replies, NO_MATTER))


def _chances(candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    """How likely each candidate is the item, by its score in standard deviations. (candidates,)"""
    scores = np.array([c.score for c in candidates])
    scores = (scores - scores.max()) / max(float(scores.std()), 1e-9)
    share = np.exp(scores)
    return np.asarray(share / share.sum())


def _entropy(chances: NDArray[np.float64]) -> float:
    """In bits."""
    some = chances[chances > 0]
    return float(-(some * np.log2(some)).sum())


def bits(may_answer: NDArray[np.bool_], chances: NDArray[np.float64]) -> float:
    """What the answer is expected to tell of the item, in bits: H(answer) - H(answer | item).

    may_answer: (candidates, replies); each candidate is answered by one of its replies, all alike likely, and by
    "something else" when it has none. chances: (candidates,), sum 1.
    """
    answers = np.concatenate([may_answer, ~may_answer.any(axis=1, keepdims=True)], axis=1).astype(float)
    answers /= answers.sum(axis=1, keepdims=True)  # (candidates, replies + 1)
    of_each = np.array([_entropy(row) for row in answers])
    return _entropy(chances @ answers) - float(chances @ of_each)


def _split(name: str, rows: Sequence[int], chances: NDArray[np.float64], catalog: Catalog) -> Split | None:
    facet = catalog.spec.facets[name]
    if facet.kind == "numeric":
        return _number_split(name, rows, chances, catalog)
    if facet.role == "person" or facet.cue_required:
        return None
    held = [catalog.items[row].values(name) for row in rows]
    weight: dict[str, float] = {}
    for values, chance in zip(held, chances, strict=True):
        for value in values:
            weight[value] = weight.get(value, 0.0) + float(chance)
    useful = [v for v in sorted(weight, key=lambda v: -weight[v]) if weight[v] < COMMON][:MOST_REPLIES]
    if len(useful) < 2:
        return None
    may = np.array([[value in values for value in useful] for values in held])
    if facet.role == "keyword":
        text = "Does one of these come near to what you have in mind?"
        return Split(name, text, tuple(useful), may)
    return Split(name, f"Any particular {catalog.spec.label(name)}?", tuple(useful), may)


def _number_split(
    name: str, rows: Sequence[int], chances: NDArray[np.float64], catalog: Catalog
) -> Split | None:
    """A year, a length or a price, cut where the chances part into thirds."""
    role = catalog.spec.facets[name].role
    numbers = catalog.numbers(name)[list(rows)]
    known = ~np.isnan(numbers)
    if role not in ("year", "duration", "price") or known.sum() < MOST_REPLIES:
        return None
    order = np.argsort(np.where(known, numbers, np.inf))
    share = np.cumsum(chances[order] * known[order])
    share /= max(float(share[-1]), 1e-9)
    step = {"year": 10.0, "duration": 10.0, "price": 5.0}[role]
    cuts = [
        float(np.round(numbers[order[int(np.searchsorted(share, at))]] / step) * step)
        for at in (1 / 3, 2 / 3)
    ]
    low, high = cuts
    if low >= high:
        return None
    labels = _number_replies(role, low, high)
    with np.errstate(invalid="ignore"):
        may = np.stack([numbers < low, (numbers >= low) & (numbers <= high), numbers > high], axis=1)
    may[~known] = True  # nothing is known of these: any answer may be theirs
    noun = plural(catalog.spec.catalog.noun)
    text = {
        "year": f"Older {noun} or newer ones?",
        "duration": "How long may it be?",
        "price": "What may it cost?",
    }[role]
    return Split(name, text, labels, may)


def _number_replies(role: str, low: float, high: float) -> tuple[str, str, str]:
    a, b = number_text(low), number_text(high)
    if role == "year":
        return f"Before {a}", f"From {a} to {b}", f"After {b}"
    if role == "duration":
        return f"Under {a} minutes", f"{a} to {b} minutes", f"Over {b} minutes"
    return f"Under {a}", f"From {a} to {b}", f"Over {b}"


def conflict_question(wishes: Sequence[Preference], said: Mapping[int, str]) -> Question:
    """Which of the wishes that were said to be a must may go, when nothing fits them all. said: the wishes in words."""
    replies = tuple(f"Forget {said[p.id]}" for p in wishes[:MOST_REPLIES])
    return Question("Which of these may go?", "conflict", replies)


def asked_before(answers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What was asked in earlier answers, latest last."""
    return tuple(a["question"]["about"] for a in answers if a.get("question"))
