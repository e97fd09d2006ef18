"""What must always hold of a slate, over random dialogues on the small catalogue."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.agent import Agent
from agent.answer import Evidence
from agent.replies.explaining import check_evidence
from agent.retrieval import ranking
from agent.retrieval.constraints import allow
from agent.retrieval.querying import make_query
from agent.retrieval.ranking import _within, call_tools, rank
from memory.preferences import FacetTarget, ItemTarget, KeywordTarget, Polarity, RangeTarget, Strength, Target
from memory.session import EventKind, Session, Turn, add_event, add_preference, begin_change
from tools.ranking.tuned import CONTEXTS, FEATURES, IDLE, TunedReranker
from tools.toolbox import Toolbox

CITIES = ("Lisbon", "Porto", "Seville", "Bristol")
CUISINES = ("Italian", "Japanese", "Mexican", "Indian", "French", "Vegetarian")
NAMES = ("Trattoria Luna", "Blue Koi", "Casa Azul", "Curry Leaf", "Maison Noir", "Kyoto Garden")
WORDS = ("tacos", "sushi", "live music", "tasting menu", "garden", "takeaway")
KNOWN = ("liked", "disliked", "seen", "rejected", "accepted")

MESSAGES = st.one_of(
    st.builds("I loved the food at {}".format, st.sampled_from(NAMES)),
    st.builds("I hated the food at {}".format, st.sampled_from(NAMES)),
    st.builds("I have already seen {} by the way".format, st.sampled_from(NAMES)),
    st.builds("something like {} in {}".format, st.sampled_from(NAMES), st.sampled_from(CITIES)),
    st.builds("no {} places please".format, st.sampled_from(CUISINES)),
    st.builds("nothing in {} please".format, st.sampled_from(CITIES)),
    st.builds("I would like something {}".format, st.sampled_from(CUISINES)),
    st.builds("something with {}".format, st.sampled_from(WORDS)),
    st.builds("no {}".format, st.sampled_from(WORDS)),
    st.builds("under {} euros".format, st.integers(10, 90)),
    st.builds("opened since {}".format, st.integers(1985, 2022)),
    st.sampled_from(
        [
            "cheaper",
            "newer",
            "less well known",
            "show me more",
            "not the first one",
            "I have seen the second one",
            "undo that",
        ]
    ),
    st.sampled_from(["why the first one?", "thanks", "recommend something", "what is the first one like?"]),
)
REACTIONS = st.tuples(st.sampled_from(["liked", "rejected", "seen"]), st.integers(0, 4))
_numbers = count()


def _broken(session: Session, restaurants: Any) -> set[str]:
    """All that the session's refusals and events rule out, by what the files say."""
    out = set(session.items_with(KNOWN))
    for wish in session.wishes:
        if wish.strength != "never":
            continue
        match wish.target:
            case ItemTarget(item_id, _):
                out.add(item_id)
            case FacetTarget(facets, values):
                for facet in facets:
                    out |= {
                        key
                        for key in restaurants.rows
                        if set(values)
                        & set(held if isinstance(held := restaurants.facts(key)[facet], list) else [held])
                    }
            case RangeTarget(facet, low, high):
                out |= {
                    key
                    for key in restaurants.rows
                    if (n := restaurants.facts(key)[facet]) is not None
                    and (low is None or n >= low)
                    and (high is None or n <= high)
                }
            case keyword:
                out |= {
                    key for key in restaurants.rows if keyword.phrase in restaurants.facts(key)["keywords"]
                }
    return out


@settings(max_examples=40)
@given(dialogue=st.lists(st.one_of(MESSAGES, MESSAGES, REACTIONS), min_size=1, max_size=7))
def test_a_slate_never_shows_what_was_refused_and_every_reason_is_true(
    shared_agent: Agent, talks: Any, restaurants: Any, dialogue: list[Any]
) -> None:
    talk = talks(shared_agent, f"random-{next(_numbers)}")
    slate: tuple[Any, ...] = ()
    for step in dialogue:
        if not isinstance(step, str):
            kind, place = step
            if place < len(slate):
                shared_agent.react(talk.session, slate[place].id, kind)
            continue
        answer = talk(step)
        slate = answer.slate or slate
        session = shared_agent.session(talk.session)
        assert session is not None
        shown = [item.id for item in answer.slate]
        assert len(set(shown)) == len(shown) <= 5
        assert not set(shown) & _broken(session, restaurants)
        assert answer.said
        for item in answer.slate:
            assert item.reasons
            assert all(check_evidence(e, shared_agent.toolbox) for r in item.reasons for e in r.evidence)
            assert all(r.evidence for r in item.reasons)


@pytest.fixture(scope="module")
def toolbox(shared_agent: Agent) -> Toolbox:
    return shared_agent.toolbox


FALSE = [
    Evidence("facet", "r01", "cuisine", "Mexican"),
    Evidence("facet", "r01", "price", 25),
    Evidence("facet", "r01", "nothing", "x"),
    Evidence("facet", "r01", "cuisine", "Italian", with_item_id="r07"),
    Evidence("facet", "zz", "cuisine", "Italian"),
    Evidence("unknown", "r01", "price"),
    Evidence("popularity", "r01", count=9_999),
    Evidence("transition", "r02", with_item_id="r01", count=9_999, of=9_999),
    Evidence("transition", "r02", count=1, of=1),
]
TRUE = [
    Evidence("facet", "r01", "cuisine", "Italian"),
    Evidence("facet", "r01", "price", 24),
    Evidence("facet", "r02", "chef", "Marta Conti", with_item_id="r01"),
    Evidence("unknown", "r12", "price"),
]


@pytest.mark.parametrize("evidence", FALSE)
def test_false_evidence_is_found_out(toolbox: Toolbox, evidence: Evidence) -> None:
    assert not check_evidence(evidence, toolbox)


@pytest.mark.parametrize("evidence", TRUE)
def test_true_evidence_passes(toolbox: Toolbox, evidence: Evidence) -> None:
    assert check_evidence(evidence, toolbox)


def test_transitions_are_those_of_the_visits(talk: Any, restaurants: Any) -> None:
    """A count said to a person is the count in the visits file."""
    import csv

    with (restaurants.folder / "visits.csv").open(encoding="utf-8", newline="") as file:
        visits: dict[str, list[str]] = {}
        for row in sorted(csv.DictReader(file), key=lambda r: int(r["time"])):
            visits.setdefault(row["guest"], []).append(row["restaurant"])
    answer = talk("I loved the food at Trattoria Luna, something like it")
    found = [e for item in answer.slate for r in item.reasons for e in r.evidence if e.kind == "transition"]
    assert found
    for evidence in found:
        with_source = [stops for stops in visits.values() if "r01" in stops]
        going_on = [stops for stops in with_source if evidence.item_id in stops[stops.index("r01") + 1 :]]
        assert evidence.count == len(going_on)
        # `of` counts those who went anywhere at all from there
        assert len(going_on) <= (evidence.of or 0) <= len(with_source)


def _ranked(agent: Agent, session: Session, tuned: TunedReranker | None = None) -> list[str]:
    """The ids of all candidates of a session as it stands, best first."""
    toolbox = replace(agent.toolbox, tuned=tuned)
    query = make_query(session, toolbox.catalog)
    allowed = allow(session.wishes, toolbox.catalog.mask_of(()), toolbox)
    proposed = {called.tool: found for called, found in call_tools(query, allowed.mask, toolbox)}
    return [toolbox.catalog.items[c.row].id for c in rank(query, proposed, allowed, toolbox, agent.fusion)]


def _with(session: Session, kind: EventKind, *item_ids: str) -> Session:
    for item_id in item_ids:
        session = add_event(begin_change(session, "said", ""), item_id, kind, "dialogue", 0.0)
    return session


def _wishing(sign: Polarity, strength: Strength, target: Target) -> Session:
    return add_preference(begin_change(Session("s"), "said", ""), sign, strength, target, "")[0]


def _mean_place(ranked: list[str], ids: set[str]) -> float:
    return sum(ranked.index(i) for i in ids) / len(ids)


def test_a_soft_wish_brings_forward_and_an_aversion_sends_back(shared_agent: Agent, restaurants: Any) -> None:
    indian = restaurants.ids(lambda r: "Indian" in r["cuisine"])
    target = FacetTarget(("cuisine",), ("Indian",))
    plain = _mean_place(_ranked(shared_agent, Session("s")), indian)
    wished = _mean_place(_ranked(shared_agent, _wishing("+", "prefer", target)), indian)
    averse = _mean_place(_ranked(shared_agent, _wishing("-", "avoid", target)), indian)
    assert wished < plain < averse


def test_what_is_like_a_dislike_steps_back(shared_agent: Agent) -> None:
    plain = _ranked(shared_agent, Session("s"))
    averse = _ranked(shared_agent, _with(Session("s"), "disliked", "r01"))
    assert averse.index("r02") > plain.index("r02")


def test_what_was_shown_and_not_chosen_steps_back(shared_agent: Agent) -> None:
    first = _ranked(shared_agent, Session("s"))[0]
    turns = tuple(Turn(n, "", "recommend", "", (first,), 0.0) for n in (1, 2, 3))
    assert _ranked(shared_agent, Session("s", turns)).index(first) > 0


def test_the_unknown_comes_after_all_that_is_known_to_fit(shared_agent: Agent) -> None:
    session = _with(_wishing("+", "must", RangeTarget("price", None, 20)), "liked", "r07", "r08")
    assert set(_ranked(shared_agent, session)[-2:]) == {"r12", "r22"}


def test_the_first_few_are_not_all_alike(shared_agent: Agent, restaurants: Any) -> None:
    # after one sushi counter every place of the first five is Japanese, and two chefs run all of those
    first = _ranked(shared_agent, _with(Session("s"), "seen", "r07"))[:5]
    chefs = [tuple(restaurants.facts(i)["chef"]) for i in first]
    assert len(set(chefs)) >= 2
    assert len(set(chefs[:3])) > 1


def _reranker(weights: Mapping[str, float]) -> TunedReranker:
    return TunedReranker(dict.fromkeys(CONTEXTS, weights))


WISHES = st.lists(
    st.one_of(
        st.builds(lambda w: ("+", "prefer", KeywordTarget(w)), st.sampled_from(WORDS)),
        st.builds(lambda c: ("-", "never", FacetTarget(("cuisine",), (c,))), st.sampled_from(CUISINES)),
        st.builds(lambda c: ("-", "never", FacetTarget(("city",), (c,))), st.sampled_from(CITIES)),
        st.builds(lambda p: ("+", "must", RangeTarget("price", None, p)), st.integers(10, 90)),
        st.builds(lambda w: ("-", "never", KeywordTarget(w)), st.sampled_from(WORDS)),
    ),
    min_size=1,
    max_size=5,
)


@given(
    wishes=WISHES,
    known=st.lists(st.sampled_from(["r01", "r07", "r12", "r22"]), max_size=3, unique=True),
    weights=st.lists(st.floats(-20, 20), min_size=len(FEATURES), max_size=len(FEATURES)).map(
        lambda weights: [*weights[:-1], abs(weights[-1]) / 20]  # the last is a share
    ),
)
def test_ordering_anew_shows_nothing_refused_and_keeps_what_is_known_to_fit_first(
    shared_agent: Agent, restaurants: Any, wishes: list[Any], known: list[str], weights: list[float]
) -> None:
    session = _with(Session("s"), "seen", *known)
    for wish in wishes:
        session, _ = add_preference(begin_change(session, "said", ""), *wish, "")
    tuned = _ranked(shared_agent, session, _reranker(dict(zip(FEATURES, weights, strict=True))))
    plain = _ranked(shared_agent, session)
    assert sorted(tuned) == sorted(plain)
    assert not set(tuned) & (_broken(session, restaurants) - set(known))  # what was seen the agent leaves out
    allowed = allow(session.wishes, shared_agent.catalog.mask_of(()), shared_agent.toolbox)
    unknown = [bool(allowed.unknown[shared_agent.catalog.rows[i]]) for i in tuned]
    assert unknown == sorted(unknown)


@given(wishes=WISHES)
def test_a_reranker_without_weights_changes_nothing(shared_agent: Agent, wishes: list[Any]) -> None:
    session = Session("s")
    for wish in wishes:
        session, _ = add_preference(begin_change(session, "said", ""), *wish, "")
    assert _ranked(shared_agent, session, _reranker(IDLE)) == _ranked(shared_agent, session)


def test_what_meets_every_theme_comes_forward(shared_agent: Agent) -> None:
    """One place has both keywords; others have one of them."""
    catalog = shared_agent.catalog
    (facet,) = catalog.spec.by_role("keyword")
    both = next(
        (item.id, *item.values(facet)[:2])
        for item in catalog.items
        if len(item.values(facet)) >= 2
        and catalog.having(facet, item.values(facet)[:1]).sum() > 1
        and catalog.having(facet, item.values(facet)[1:2]).sum() > 1
    )
    session = Session("s")
    for phrase in both[1:]:
        session, _ = add_preference(
            begin_change(session, "said", ""), "+", "prefer", KeywordTarget(phrase), ""
        )
    ranked = _ranked(shared_agent, session, _reranker({"worst_match": 30.0}))
    having = catalog.having(facet, [both[1]]) & catalog.having(facet, [both[2]])
    assert having[catalog.rows[ranked[0]]]


def test_without_a_theme_nothing_is_ordered_anew(shared_agent: Agent) -> None:
    session = _with(_wishing("+", "prefer", FacetTarget(("cuisine",), ("Indian",))), "seen", "r07")
    pushed = _reranker({"text": -20.0, "history": 20.0})
    assert _ranked(shared_agent, session, pushed) == _ranked(shared_agent, session)


def _taste(session: Session, target: Target) -> Session:
    session = begin_change(session, "said", "")
    return add_preference(session, "+", "prefer", target, "", lasting=True)[0]


def test_a_taste_beside_a_history_brings_forward_what_meets_it_and_a_second_one_does_not_ask_for_both(
    shared_agent: Agent, restaurants: Any
) -> None:
    known = _with(Session("s"), "seen", "r07", "r08")
    indian = restaurants.ids(lambda r: "Indian" in r["cuisine"])
    takeaway = restaurants.ids(lambda r: "takeaway" in r["keywords"])
    plain = _ranked(shared_agent, known)
    one = _ranked(shared_agent, _taste(known, FacetTarget(("cuisine",), ("Indian",))))
    assert _mean_place(one, indian) < _mean_place(plain, indian)
    two = _ranked(
        shared_agent, _taste(_taste(known, FacetTarget(("cuisine",), ("Indian",))), KeywordTarget("takeaway"))
    )
    assert _mean_place(two, indian) < _mean_place(plain, indian)
    assert _mean_place(two, takeaway) < _mean_place(plain, takeaway)


def test_of_a_category_wished_for_what_is_little_else_comes_forward(
    shared_agent: Agent, restaurants: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = FacetTarget(("cuisine",), ("Vegetarian",))
    wished = _wishing("+", "must", target)
    assert make_query(wished, shared_agent.catalog).kinds == (("cuisine", "Vegetarian"),)
    assert make_query(_taste(Session("s"), target), shared_agent.catalog).kinds == ()
    alone = restaurants.ids(lambda r: r["cuisine"] == ["Vegetarian"])
    found = _mean_place(_ranked(shared_agent, wished), alone)
    monkeypatch.setattr(ranking, "OF_KIND", 0.0)
    assert found < _mean_place(_ranked(shared_agent, wished), alone)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-3, 3)), min_size=1, max_size=30))
def test_a_comparison_leads_nobody_out_of_what_is_wished_for(given_items: list[tuple[int, float]]) -> None:
    met = np.array([m for m, _ in given_items])
    compared = np.array([c for _, c in given_items])
    steered = _within(met, compared)
    assert (steered <= compared + 1e-9).all()
    assert np.allclose(
        steered[met == met.max()], compared[met == met.max()]
    )  # among those that meet all, as it was
    for a, b in zip(
        *np.nonzero((met[:, None] > met[None, :]) & (compared[:, None] >= compared[None, :])), strict=True
    ):
        assert steered[a] > steered[b]
