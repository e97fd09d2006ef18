"""What simulated people say to any answer: true without noise, never what they have in mind, and not for ever."""

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.answer import Answer, Question, SlateItem
from agent.evaluation.simulation.acting import USELESS, Act, Acting
from agent.evaluation.simulation.claims import Claim
from agent.evaluation.simulation.knowledge import COMPARED_FROM, Knowledge
from agent.evaluation.simulation.people import Drawn, Met, Person
from agent.evaluation.simulation.phrases import Phrases
from agent.evaluation.simulation.replies import answer_to, bounds
from agent.evaluation.simulation.typos import misspelt
from memory.preferences import FacetTarget, Preference, RangeTarget
from tools.catalog.items import Item

ITEMS = 30
PERSONAS = ("terse", "chatty", "moody", "changes_mind")
QUESTIONS = (
    Question("Any particular cuisine?", "cuisine", ("Italian", "Mexican", "Indian", "No matter")),
    Question("Any particular city?", "city", ("Lisbon", "Porto", "No matter")),
    Question("What may it cost?", "price", ("Under 20", "From 20 to 35", "Over 35", "No matter")),
    Question("Older restaurants or newer ones?", "opened", ("Before 2005", "From 2005 to 2015", "After 2015", "No matter")),
    Question("Does one of these come near?", "keywords", ("handmade pasta", "sushi", "tacos", "No matter")),
    Question("Which of these may go?", "conflict", ("Forget Italian", "Forget in Lisbon")),
)  # fmt: skip
WISHES = (
    Preference(1, "+", "must", FacetTarget(("cuisine",), ("Mexican",)), "mexican", 1),
    Preference(2, "-", "never", FacetTarget(("cuisine",), ("Italian",)), "no italian", 1),
    Preference(3, "+", "must", RangeTarget("price", None, 20), "cheap", 1),
)


def person_of(
    rows: Sequence[int], persona: str, noise: float, seed: int, history: Sequence[Met] = ()
) -> Person:
    kind: Any = "target" if len(rows) == 1 else "taste"
    return Person("p", "u", kind, persona, tuple(rows), tuple(history), 8, noise, str(seed))


def answer_of(
    knowledge: Knowledge, rows: Sequence[int], question: Question | None, wishes: Any = ()
) -> Answer:
    items = [knowledge.item(row) for row in rows]
    slate = tuple(SlateItem(i.id, i.title, i.facets, 0.0, {}, ()) for i in items)
    return Answer("s", 1, "recommend", tuple(wishes), slate, "", (), {}, question)


ANSWERS = st.lists(
    st.tuples(
        st.lists(st.integers(0, ITEMS - 1), max_size=5, unique=True),
        st.sampled_from([None, None, *QUESTIONS]),
        st.lists(st.sampled_from(WISHES), max_size=2, unique=True),
    ),
    min_size=1,
    max_size=12,
)
TARGETS = st.lists(st.integers(0, ITEMS - 1), min_size=1, max_size=3, unique=True)


def acts_of(person: Person, answers: Any, knowledge: Knowledge, phrases: Phrases, common: Any) -> list[Act]:
    """All that the person says to these answers; none of them shows what they want."""
    acting = Acting(person, knowledge, phrases, common)
    acts = [acting.opening()]
    for rows, question, wishes in answers:
        others = [row for row in rows if row not in person.targets]
        act = acting.responds(answer_of(knowledge, others, question, wishes))
        if act is None:
            break
        acts.append(act)
    return acts


def is_true(claim: Claim, targets: Sequence[Item], knowledge: Knowledge, history: Sequence[Met]) -> bool:
    """A claim held against the catalogue, apart from the code that made it."""
    focus = targets[0].facets
    value = focus.get(claim.facet)
    match claim.kind:
        case "has" if isinstance(value, tuple | str):
            return claim.value in ((value,) if isinstance(value, str) else value)
        case "has":
            low = float("-inf") if claim.low is None else claim.low
            high = float("inf") if claim.high is None else claim.high
            return isinstance(value, int | float) and low <= value <= high
        case "lacks":
            return (
                all(claim.value not in t.values(claim.facet) for t in targets)
                and claim.value.lower() in claim.said
            )
        case "compared" if claim.facet in knowledge.spec.facets:
            spec, here = knowledge.spec.facets[claim.facet], knowledge.item(claim.row).number(claim.facet)
            words = spec.more if claim.direction > 0 else spec.less
            there = [t.number(claim.facet) for t in targets]
            assert here is not None
            return claim.said in words and all(
                n is not None and claim.direction * (n - here) > 0 for n in there
            )
        case "compared":
            rows = [knowledge.catalog.rows[t.id] for t in targets]
            here = knowledge.along(claim.facet, claim.row)
            return all(
                claim.direction * (knowledge.along(claim.facet, r) - here) >= COMPARED_FROM for r in rows
            )
        case "alike":
            shown = knowledge.item(claim.row)
            shared = [{v for f in ("cuisine", "style", "keywords") for v in t.values(f)} for t in targets]
            own = {v for f in ("cuisine", "style", "keywords") for v in shown.values(f)}
            return all(len(s & own) >= 2 for s in shared)
        case "unlike":
            return knowledge.item(claim.row) not in targets
        case "known":
            return claim.row in {m.row for m in history}
        case "liked":
            return claim.row in {m.row for m in history if m.liked > 0}
    return claim.kind == "open"


@given(
    targets=TARGETS,
    answers=ANSWERS,
    persona=st.sampled_from(PERSONAS),
    seed=st.integers(0, 10_000),
    data=st.data(),
)
def test_without_noise_everything_said_is_true_but_for_what_is_said_of_something_else_at_first(
    targets: list[int], answers: Any, persona: str, seed: int, data: st.DataObject,
    knowledge: Knowledge, phrases: Phrases, common: frozenset[str],
) -> None:  # fmt: skip
    past = data.draw(st.lists(st.integers(0, ITEMS - 1), max_size=5, unique=True))
    history = [Met(row, row % 3 - 1) for row in past if row not in targets]
    person = person_of(targets, persona, 0.0, seed, history)
    acts = acts_of(person, answers, knowledge, phrases, common)
    items = [knowledge.item(t) for t in targets]
    for number, act in enumerate(acts):
        for claim in act.claims:
            if claim.wrong:
                assert (claim.wrong, number, persona) == ("decoy", 0, "changes_mind")
                assert not any(claim.value in t.values(claim.facet) for t in items)
            else:
                assert is_true(claim, items, knowledge, history), (act.text, claim)
        assert all(claim.said in act.text for claim in act.claims)
        assert act.text == act.plain


@given(targets=TARGETS, answers=ANSWERS, persona=st.sampled_from(PERSONAS), seed=st.integers(0, 10_000))
def test_what_was_said_of_something_else_is_taken_back_at_once(
    targets: list[int], answers: Any, persona: str, seed: int,
    knowledge: Knowledge, phrases: Phrases, common: frozenset[str],
) -> None:  # fmt: skip
    acts = acts_of(person_of(targets, persona, 0.0, seed), answers, knowledge, phrases, common)
    decoy = any(c.wrong == "decoy" for c in acts[0].claims)
    assert decoy == (persona == "changes_mind")
    if decoy and len(acts) > 1:
        assert acts[1].kind == "withdraw"


@given(
    targets=TARGETS, answers=ANSWERS, persona=st.sampled_from(PERSONAS),
    noise=st.sampled_from([0.0, 0.3, 1.0]), seed=st.integers(0, 10_000),
)  # fmt: skip
def test_nothing_said_names_what_they_have_in_mind(
    targets: list[int], answers: Any, persona: str, noise: float, seed: int,
    knowledge: Knowledge, phrases: Phrases, common: frozenset[str],
) -> None:  # fmt: skip
    for act in acts_of(person_of(targets, persona, noise, seed), answers, knowledge, phrases, common):
        plain = re.sub(r"[^a-z0-9]+", " ", act.text.lower())
        for item in (knowledge.item(t) for t in targets):
            assert f" {item.title.lower()} " not in f" {plain} "
            assert f" {item.id} " not in f" {plain} "


@given(
    targets=TARGETS,
    persona=st.sampled_from(PERSONAS),
    seed=st.integers(0, 10_000),
    noise=st.sampled_from([0.0, 0.5]),
)
def test_a_person_speaks_no_more_often_than_they_have_patience(
    targets: list[int], persona: str, seed: int, noise: float,
    knowledge: Knowledge, phrases: Phrases, common: frozenset[str],
) -> None:  # fmt: skip
    rng = random.Random(seed)
    answers = [(rng.sample(range(ITEMS), 5), rng.choice((None, *QUESTIONS)), ()) for _ in range(40)]
    acts = acts_of(person_of(targets, persona, noise, seed), answers, knowledge, phrases, common)
    assert len(acts) <= 8
    nothing = acts_of(
        person_of(targets, persona, noise, seed), [([], None, ())] * 40, knowledge, phrases, common
    )
    assert len(nothing) == USELESS


@given(targets=TARGETS, answers=ANSWERS, persona=st.sampled_from(PERSONAS), seed=st.integers(0, 10_000))
def test_the_same_person_says_the_same(
    targets: list[int], answers: Any, persona: str, seed: int,
    knowledge: Knowledge, phrases: Phrases, common: frozenset[str],
) -> None:  # fmt: skip
    person = person_of(targets, persona, 0.4, seed)
    assert acts_of(person, answers, knowledge, phrases, common) == acts_of(
        person, answers, knowledge, phrases, common
    )


def test_they_take_what_they_would_take_and_nothing_else(
    knowledge: Knowledge, phrases: Phrases, common: frozenset[str]
) -> None:
    acting = Acting(person_of([3, 4], "terse", 0.0, 1), knowledge, phrases, common)
    acting.opening()
    assert acting.accepts(answer_of(knowledge, [0, 1, 2], None)) is None
    taken = acting.accepts(answer_of(knowledge, [0, 4, 3], None))
    assert taken is not None
    assert "the second one" in taken.text


def test_what_palate_took_for_a_wish_by_mistake_is_put_right(
    knowledge: Knowledge, phrases: Phrases, common: frozenset[str]
) -> None:
    row = next(r for r in range(ITEMS) if knowledge.item(r).values("cuisine") == ("Italian",))
    said = set()
    for seed in range(40):
        acting = Acting(person_of([row], "terse", 0.0, seed), knowledge, phrases, common)
        acting.opening()
        act = acting.responds(answer_of(knowledge, [r for r in range(5) if r != row], None, WISHES[:2]))
        assert act is not None
        if act.kind in ("correct", "allow"):
            said.add((act.kind, "mexican" in act.text))
        allowed = acting.responds(
            answer_of(knowledge, [r for r in range(5, 10) if r != row], None, WISHES[1:2])
        )
        if allowed is not None and allowed.kind == "allow":
            assert "italian" in allowed.text
            said.add(("allow", False))
    assert said == {("correct", True), ("allow", False)}


@given(row=st.integers(0, ITEMS - 1), question=st.sampled_from(QUESTIONS[:-1]))
def test_a_question_back_is_answered_by_the_facts(row: int, question: Question, knowledge: Knowledge) -> None:
    item = knowledge.item(row)
    claim = answer_to(question, item, [], knowledge)
    number = item.number(question.about)
    if claim is None:
        own = set(item.values(question.about)) if number is None else set()
        assert not own & set(question.replies)
        assert number is None
    else:
        assert is_true(claim, [item], knowledge, ())


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Before 1990", (None, 1989)),
        ("From 1990 to 2000", (1990, 2000)),
        ("100 to 110 minutes", (100, 110)),
        ("Under 100 minutes", (None, 99)),
        ("Over 35", (36, None)),
        ("After 2000", (2001, None)),
    ],
)
def test_the_range_of_a_reply(reply: str, expected: tuple[float | None, float | None]) -> None:
    assert bounds(reply) == expected


@given(st.text(min_size=0, max_size=60), st.integers(0, 1000))
def test_a_slip_of_the_finger_changes_at_most_one_word(text: str, seed: int) -> None:
    spoilt = misspelt(text, random.Random(seed))
    assert abs(len(spoilt) - len(text)) <= 1
    words, others = text.split(" "), spoilt.split(" ")
    assert len(words) == len(others)
    assert sum(a != b for a, b in zip(words, others, strict=True)) <= 1


def test_personas_open_in_ways_of_their_own(
    draw: Callable[..., Drawn], knowledge: Knowledge, phrases: Phrases, common: frozenset[str]
) -> None:
    openings = {
        persona: {
            Acting(p, knowledge, phrases, common).opening().text
            for p in draw(20, guests=False, personas=(persona,), noise=0.0).people
        }
        for persona in PERSONAS
    }
    mean = {persona: sum(map(len, said)) / len(said) for persona, said in openings.items()}
    assert mean["terse"] < mean["moody"] < mean["chatty"]
    assert all(len(said) >= 18 for said in openings.values())
