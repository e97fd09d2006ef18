"""The zero-shot protocol of He et al. 2023 (CIKM, arXiv 2308.10053) on recorded dialogues.

At each turn that recommends something new, every item of the list is ranked from the dialogue so far. What was mentioned before is
neither a target nor a candidate. Recall@k of a turn is the share of its targets among the first k; figures are means over turns.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from agent.evaluation.report.contents import Figure, Plot, Section, Series, Step, Table, Trace, mean_figure
from tools.dialogue.learning import CUTS
from tools.dialogue.learnt import DialogueRecommender, Learnt
from tools.dialogue.recorded import RecordedTurn

PUBLISHED = {  # Recall by cut on ReDial's test dialogues, mentioned items removed
    "GPT-4": {1: 0.050, 5: 0.140, 10: 0.201, 20: 0.267},
    "GPT-3.5": {1: 0.043, 5: 0.126, 10: 0.183, 20: 0.224},
    "Vicuna-13B": {1: 0.034, 5: 0.089, 10: 0.120, 20: 0.144},
}
REDIAL = {"items": 6576, "turns": 3102, "targets": 4036}  # of the test file the published figures are about
CHECKED = 10
TRACES = 5
TITLE = "Recorded dialogues: what a person recommended"

Tell = Callable[[int], object]


def measure_redial(
    recommender: DialogueRecommender, learnt: Learnt, turns: Sequence[RecordedTurn], seed: int, tell: Tell
) -> Section:
    """Recall by cut over the turns. tell: how many are done."""
    started = time.perf_counter()
    places: list[list[int | None]] = []
    first: list[list[int]] = []
    for scores, turn in zip(recommender.scores(turns), turns, strict=True):
        places.append([int((scores > scores[row]).sum()) for row in turn.targets] + [None] * turn.unknown)
        first.append(np.argsort(-scores, kind="stable")[:CHECKED].tolist())
        tell(len(places))
    seconds = time.perf_counter() - started
    dialogues = {turn.case: turn.dialogue for turn in turns}
    figures = [
        mean_figure(f"recall@{cut}", _recall(turns, places, cut), dialogues, seed=seed) for cut in CUTS
    ]
    counts = {
        "items": len(recommender.names),
        "turns": len(turns),
        "targets": sum(len(p) for p in places),
    }
    return Section(
        "redial",
        TITLE,
        "At each turn in which the recommender of a recorded dialogue names something new, all items are ranked from the "
        "dialogue so far. What was mentioned before is neither target nor candidate. No language model is asked.",
        {
            **counts,
            "targets not among the items": sum(turn.unknown for turn in turns),
            "dialogues": len(set(dialogues.values())),
            "seed": seed,
            "learnt from": {
                name: learnt.told[name] for name in ("dialogues", "turns", "likes", "seed", "validation")
            },
        },
        tuple(figures),
        _tables(figures, places, counts == REDIAL),
        _plots(turns, places, figures, counts == REDIAL),
        _traces(turns, places, first, recommender.names),
        timings={"seconds": round(seconds, 1), "learning_seconds": learnt.told["seconds"]},
    )


def _recall(
    turns: Sequence[RecordedTurn], places: Sequence[Sequence[int | None]], cut: int
) -> dict[str, float]:
    """The share of each turn's targets among the first `cut`; one that the list lacks is missed."""
    return {
        turn.case: float(np.mean([place is not None and place < cut for place in of_turn]))
        for turn, of_turn in zip(turns, places, strict=True)
    }


def _tables(
    figures: Sequence[Figure], places: Sequence[Sequence[int | None]], published: bool
) -> tuple[Table, ...]:
    """Ours beside what is published, where the test is the published one; and the same by target instead of by turn."""
    ours = {cut: figure.mean for cut, figure in zip(CUTS, figures, strict=True)}
    flat = [place for of_turn in places for place in of_turn]
    targets = {cut: float(np.mean([p is not None and p < cut for p in flat])) for cut in CUTS}
    rows = {"palate, no language model": ours, "the same, mean over targets": targets}
    if published:
        rows |= PUBLISHED
    columns = ("recommender", *(f"Recall@{cut}" for cut in CUTS))
    made = tuple((name, *(values.get(cut) for cut in CUTS)) for name, values in rows.items())
    title = "Recall" + (", beside He et al. 2023" if published else "")
    return (Table(title, columns, made),)


def _plots(
    turns: Sequence[RecordedTurn],
    places: Sequence[Sequence[int | None]],
    figures: Sequence[Figure],
    published: bool,
) -> tuple[Plot, ...]:
    cuts = tuple(float(cut) for cut in CUTS)
    lines = [
        Series(
            "palate",
            cuts,
            tuple(f.mean for f in figures),
            tuple(f.low for f in figures),
            tuple(f.high for f in figures),
        )
    ]
    if published:
        lines += [
            Series(name, tuple(float(c) for c in values), tuple(values.values()))
            for name, values in PUBLISHED.items()
        ]
    by_length: dict[str, list[float]] = {}
    recalls = _recall(turns, places, CHECKED)
    for turn in sorted(turns, key=lambda t: min(len(t.mentioned), 6)):
        said = "6 or more" if len(turn.mentioned) >= 6 else str(len(turn.mentioned))
        by_length.setdefault(said, []).append(recalls[turn.case])
    bars = Series(
        f"Recall@{CHECKED}", tuple(by_length), tuple(float(np.mean(values)) for values in by_length.values())
    )
    return (
        Plot("Recall by cut", "line", "items looked at", "Recall", tuple(lines)),
        Plot("By how much was mentioned", "bars", "items mentioned so far", f"Recall@{CHECKED}", (bars,)),
    )


def _traces(
    turns: Sequence[RecordedTurn],
    places: Sequence[Sequence[int | None]],
    first: Sequence[Sequence[int]],
    names: Sequence[str],
) -> tuple[Trace, ...]:
    """The turns whose targets lie furthest down though the most was mentioned."""

    def bad(at: int) -> tuple[int, str]:
        known = [place for place in places[at] if place is not None]
        return (-min(known) if known else 0, turns[at].case)

    spoken = [at for at in range(len(turns)) if len(turns[at].mentioned) >= 3]
    return tuple(_trace(turns[at], places[at], first[at], names) for at in sorted(spoken, key=bad)[:TRACES])


def _trace(
    turn: RecordedTurn, places: Sequence[int | None], first: Sequence[int], names: Sequence[str]
) -> Trace:
    said = [
        Step("seeker" if at % 2 == 0 else "recommender", words)
        for at, words in enumerate(turn.utterances)
        if words
    ]
    meant = ", ".join(f"{names[row]} (place {_place(places[at])})" for at, row in enumerate(turn.targets))
    proposed = Step("palate", "; ".join(names[row] for row in first))
    return Trace(turn.case, f"The person recommended {meant or 'what the list lacks'}.", (*said, proposed))


def _place(place: int | None) -> str:
    return "none" if place is None else str(place + 1)
