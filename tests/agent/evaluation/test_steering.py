"""Preference steering: no wish gives a title away, only the oracle looks at the answer, and what is counted is right."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from agent.agent import Agent
from agent.evaluation.report.contents import Report, Section
from agent.evaluation.steering import Recommenders, Teller, held_out_events, held_out_model, steering
from agent.evaluation.steering.held_out import EVENTS, HeldOut
from agent.evaluation.steering.measuring import (
    FAR,
    hits,
    measure,
    metrics_of,
    place_among,
    section_of,
)
from agent.evaluation.steering.protocols import (
    COARSE,
    CONSOLIDATION,
    FINE,
    HONEST,
    ORACLE,
    SENTIMENT,
    SENTIMENT_ALONE,
    Question,
    Told,
    questions,
    tell,
)
from agent.evaluation.steering.recommenders import BOTH, HISTORY_ONLY, MODELS, POPULARITY, TEXT_ONLY, Asked
from agent.evaluation.steering.wishes import Instruction
from agent.retrieval.querying import Query, make_query
from memory.preferences import KeywordTarget
from memory.session import Session, add_event, begin_change
from tools.artifact import Manifest
from tools.catalog import Catalog
from tools.catalog.load import InteractionTable, read_interactions
from tools.sequence.interactions import interactions_from_columns, leave_one_out
from tools.sequence.serve import SequenceModel
from ui.cli import app


@pytest.fixture(scope="module")
def agent(opened: Callable[..., Agent]) -> Agent:
    return opened()


@pytest.fixture(scope="module")
def teller(agent: Agent) -> Teller:
    return Teller(agent.catalog, agent.toolbox.keywords, agent.toolbox.graph)


@pytest.fixture(scope="module")
def table(agent: Agent, restaurants: Any) -> InteractionTable:
    assert agent.catalog.spec.interactions is not None
    return read_interactions(agent.catalog, agent.catalog.spec.interactions, restaurants.folder)


@pytest.fixture(scope="module")
def model(agent: Agent, table: InteractionTable, tmp_path_factory: pytest.TempPathFactory) -> SequenceModel:
    return held_out_model(agent.catalog, table, 0, tmp_path_factory.mktemp("models") / "held-out")


@pytest.fixture(scope="module")
def events(agent: Agent, table: InteractionTable) -> list[HeldOut]:
    return [e for part in ("fit", "test") for e in held_out_events(agent.toolbox, table, 0, part)]


@pytest.fixture(scope="module")
def recommenders(agent: Agent, model: SequenceModel) -> Recommenders:
    return Recommenders(agent.toolbox, model, agent.fusion)


@pytest.fixture(scope="module")
def told(agent: Agent, teller: Teller, events: list[HeldOut]) -> list[Told]:
    found = tell(events, 30, teller, agent.toolbox, seed=0)
    assert len(found) >= 10
    return found


def test_neither_the_model_nor_the_weights_have_seen_what_is_asked_for(
    agent: Agent, table: InteractionTable, events: list[HeldOut]
) -> None:
    train = leave_one_out(
        interactions_from_columns(table.users, table.rows, table.times, len(agent.catalog)), EVENTS
    ).train
    learnt = {
        (str(label), int(row))
        for user, label in enumerate(np.unique(table.users).tolist())
        for row in train.history(user)
    }
    assert events
    assert all((e.user, e.target) not in learnt for e in events)
    users = [{e.user for e in held_out_events(agent.toolbox, table, 0, part)} for part in ("fit", "test")]
    assert not users[0] & users[1]


def test_what_must_come_was_liked_and_without_opinions_anything_may(
    agent: Agent, table: InteractionTable, events: list[HeldOut]
) -> None:
    liked = {
        (str(user), row)
        for user, row, opinion in zip(
            table.users.tolist(), table.rows.tolist(), table.liked.tolist(), strict=True
        )
        if opinion == 1
    }
    assert {(e.user, e.target) for e in events} <= liked
    unrated = replace(table, liked=np.zeros_like(table.liked))
    every = [e for part in ("fit", "test") for e in held_out_events(agent.toolbox, unrated, 0, part)]
    assert {e.id for e in events} < {e.id for e in every}


def test_the_fitted_model_is_kept_and_a_damaged_one_made_anew(
    agent: Agent, table: InteractionTable, model: SequenceModel, tmp_path: Any
) -> None:
    folder = tmp_path / "kept"
    messages: list[str] = []
    first = held_out_model(agent.catalog, table, 0, folder, messages.append)
    assert messages
    scores = first.scores([1, 2])
    np.testing.assert_array_equal(scores, model.scores([1, 2]))  # the same data and seed: the same model
    messages.clear()
    held_out_model(agent.catalog, table, 0, folder, messages.append)
    assert not messages
    (folder / "blend.json").write_text("{}")
    again = held_out_model(agent.catalog, table, 0, folder, messages.append)
    assert messages
    np.testing.assert_array_equal(scores, again.scores([1, 2]))


def test_a_wish_is_in_other_words_than_the_catalogues_and_never_holds_the_title(
    agent: Agent, teller: Teller
) -> None:
    wished, in_other_words = 0, 0
    for row, item in enumerate(agent.catalog.items):
        own, told = item.values("keywords"), agent.toolbox.graph.phrases_of(row)
        for seed in range(5):
            wish = teller.wish(row, np.random.default_rng(seed))
            if wish is None:
                continue
            wished += 1
            phrases = [t.phrase for t in wish.targets if isinstance(t, KeywordTarget)]
            assert len(set(phrases)) == 2
            assert item.title.casefold() not in wish.text.casefold()
            assert all(phrase in wish.text for phrase in phrases)
            kinds = [2 * (phrase in own) or int(phrase in told) for phrase in phrases]
            # words of its text behind what nothing tells of it, its keywords last
            assert kinds == sorted(kinds)
            in_other_words += kinds[0] < 2
    assert in_other_words > 20
    assert wished > 20


def test_words_that_are_the_title_are_not_said(agent: Agent) -> None:
    catalog, toolbox = agent.catalog, agent.toolbox
    plain = Teller(catalog, toolbox.keywords, toolbox.graph)
    row, phrase = next(
        (row, target.phrase)
        for row in range(len(catalog))
        if (wish := plain.wish(row, np.random.default_rng(0))) is not None
        for target in wish.targets
        if isinstance(target, KeywordTarget)
    )
    items = list(catalog.items)
    items[row] = replace(items[row], title=f"{phrase.title()} (1995)")
    renamed = Teller(Catalog(catalog.spec, items), toolbox.keywords, toolbox.graph)
    for seed in range(20):
        wish = renamed.wish(row, np.random.default_rng(seed))
        assert wish is None or phrase not in wish.text.casefold()


def test_tastes_hold_of_the_history_and_refuse_nothing_that_was_liked(
    agent: Agent, teller: Teller, events: list[HeldOut]
) -> None:
    for event in events:
        tastes = teller.tastes(event.history, event.disliked)
        held = {v for row in event.history for v in agent.catalog.items[row].values("keywords")}
        assert 1 <= len(tastes) <= 5
        assert len({t.text for t in tastes}) == len(tastes)
        for taste in tastes:
            assert taste.lasting
            for target in taste.targets:
                if isinstance(target, KeywordTarget):
                    assert (target.phrase in held) == (taste.polarity == "+")


def test_the_oracle_looks_at_the_item_that_comes_next_and_the_honest_matching_does_not(
    agent: Agent, teller: Teller, events: list[HeldOut]
) -> None:
    rows = [
        row for row in range(len(agent.catalog)) if teller.wish(row, np.random.default_rng(0)) is not None
    ]
    event = next(e for e in events if len(teller.tastes(e.history, e.disliked)) >= 3)
    told = [
        one for row in rows for one in tell([replace(event, target=row)], 1, teller, agent.toolbox, seed=0)
    ]
    assert len(told) > 10
    assert len({one.honest for one in told}) == 1
    assert len({one.tastes for one in told}) == 1
    assert len({one.oracle for one in told}) > 1


def test_steering_gives_one_user_s_words_to_another_s_history(told: list[Told], agent: Agent) -> None:
    asked = list(questions(told, agent.toolbox))
    histories = {one.event.id: one.event for one in told}
    vectors = agent.toolbox.vectors(range(len(agent.catalog)))
    likeness: dict[str, list[float]] = {}
    for axis in (FINE, COARSE):
        steered = [q for q in asked if q.axis == axis]
        assert len({q.id for q in steered}) == len(steered) > 0
        for q in steered:
            words, history = (histories[i] for i in q.id.split("<"))
            assert q.target == words.target
            assert q.user == history.user != words.user
            assert q.asked.history == history.history
            assert q.target not in q.asked.excluded
            assert history.target not in words.before
            likeness.setdefault(axis, []).append(float(vectors[words.target] @ vectors[history.target]))
        asked_for = Counter(q.id.split("<")[0] for q in steered)
        assert max(asked_for.values()) <= 2  # an event lends its words twice
    assert np.mean(likeness[FINE]) > np.mean(likeness[COARSE])


def test_every_axis_asks_what_its_protocol_says(told: list[Told], agent: Agent) -> None:
    asked = list(questions(told, agent.toolbox))
    by_axis = {axis: [q for q in asked if q.axis == axis] for axis in {q.axis for q in asked}}
    for one, oracle, honest, all_five in zip(
        told, by_axis[ORACLE], by_axis[HONEST], by_axis[CONSOLIDATION], strict=True
    ):
        assert oracle.asked.instructions == (one.oracle,)
        assert honest.asked.instructions == (one.honest,)
        assert all_five.asked.instructions == one.tastes
    for q in by_axis[SENTIMENT] + by_axis[SENTIMENT_ALONE]:
        assert q.unwanted is not None
        assert q.unwanted.instructions[0].polarity == "-"
        assert q.unwanted.instructions[0].targets == q.asked.instructions[0].targets
    assert all(not q.asked.history for q in by_axis[SENTIMENT_ALONE])
    assert all(q.asked.history for q in by_axis[SENTIMENT])


@pytest.mark.parametrize(
    ("wanted", "refused", "at_5", "at_10"),
    [
        ([7, 1, 2], [4, 5, 6], 1.0, 1.0),  # comes when wished for, stays away when refused
        ([7, 1, 2], [4, 7, 6], 0.0, 0.0),  # comes in either case
        ([1, 2, 3], [4, 5, 6], 0.0, 0.0),  # never comes
        ([1, 2, 3], [7, 5, 6], 0.0, 0.0),  # the wrong way round
        ([1, 2, 3, 4, 5, 6, 7], [1, 2], 0.0, 1.0),  # seventh
        ([7], [1, 2, 3, 4, 5, 6, 7], 1.0, 0.0),  # refused, it is seventh: not among five, but among ten
    ],
)
def test_combined_recall_counts_what_comes_for_the_wish_and_not_for_the_refusal(
    wanted: list[int], refused: list[int], at_5: float, at_10: float
) -> None:
    found = hits(place_among(wanted, 7), place_among(refused, 7))
    assert (found["recall@5"], found["recall@10"]) == (at_5, at_10)


def test_recall_and_ndcg_of_a_place() -> None:
    assert hits(FAR) == {"recall@5": 0.0, "ndcg@5": 0.0, "recall@10": 0.0, "ndcg@10": 0.0}
    assert hits(0) == {"recall@5": 1.0, "ndcg@5": 1.0, "recall@10": 1.0, "ndcg@10": 1.0}
    third = hits(2)
    assert third["ndcg@5"] == third["ndcg@10"] == 0.5
    sixth = hits(5)
    assert sixth["recall@5"] == 0.0
    assert sixth["recall@10"] == 1.0


def test_the_models_read_what_their_names_say(recommenders: Recommenders, told: list[Told]) -> None:
    one, other = next(
        (a, b)
        for a in told
        for b in told
        if a.event.user != b.event.user and not set(a.event.history) & set(b.event.history)
    )
    asked = Asked(one.event.history, one.event.before, (one.wish,))
    moved = replace(asked, history=other.event.history)
    silent = replace(asked, instructions=())

    def first(model: str, asked: Asked) -> tuple[int, ...]:
        return recommenders.first(model, asked, 10)

    assert first(POPULARITY, asked) == first(POPULARITY, moved) == first(POPULARITY, silent)
    assert first(HISTORY_ONLY, asked) == first(HISTORY_ONLY, silent) != first(HISTORY_ONLY, moved)
    assert first(TEXT_ONLY, asked) == first(TEXT_ONLY, moved) != first(TEXT_ONLY, silent)
    assert first(BOTH, asked) != first(BOTH, moved)
    assert first(BOTH, asked) != first(BOTH, silent)
    assert first(BOTH, replace(asked, history=())) == first(TEXT_ONLY, asked)
    for model in MODELS:
        assert not set(first(model, asked)) & set(one.event.before)


def test_what_is_refused_by_its_own_keyword_does_not_come(agent: Agent, recommenders: Recommenders) -> None:
    row, keyword = next(
        (row, keyword) for row, item in enumerate(agent.catalog.items) for keyword in item.values("keywords")
    )
    wish = Instruction("I want something", (KeywordTarget(keyword),))
    question = Question(SENTIMENT, "x", "u", Asked((), (), (wish,)), row, Asked((), (), (wish.refused(),)))
    unwanted = question.unwanted
    assert unwanted is not None
    assert row in recommenders.first(TEXT_ONLY, question.asked, 10)
    assert row not in recommenders.first(TEXT_ONLY, unwanted, 10)
    assert metrics_of(recommenders, TEXT_ONLY, question)["recall@10"] == 1.0
    assert metrics_of(recommenders, POPULARITY, question)["recall@10"] == 0.0


def _scored(places: dict[str, int]) -> Section:
    """The section when each model has this place in every case of one axis."""
    asked = [Question(FINE, f"c{n}", f"u{n % 3}", Asked((), (), ()), 0) for n in range(6)]
    return section_of(measure(asked, lambda model, _: hits(places[model])), [], seed=0)


def test_an_axis_fails_where_both_do_not_beat_the_better_of_the_two() -> None:
    places = {POPULARITY: FAR, HISTORY_ONLY: FAR, TEXT_ONLY: 3, BOTH: 0}
    won = _scored(places)
    assert not won.failures  # both find it among ten, and one of them first
    same = _scored({**places, BOTH: 3})
    assert [f for f in same.failures if "ndcg@10" in f] == list(same.failures) != []
    lost = _scored({**places, BOTH: FAR})
    assert len(lost.failures) == 2  # and surely so in recall
    assert all("text only" in failure for failure in lost.failures)
    figure = next(f for f in won.figures if f.name == "fine steering/both/recall@10")
    assert (figure.mean, figure.count, len(set(figure.group.values()))) == (1.0, 6, 3)


def test_the_same_seed_gives_the_same_section(
    agent: Agent, model: SequenceModel, teller: Teller, events: list[HeldOut]
) -> None:
    def section(seed: int) -> Section:
        return steering(Recommenders(agent.toolbox, model, agent.fusion), teller, events, 8, seed)

    first, again, other = section(0), section(0), section(1)
    assert Report((first,)).digest() == Report((again,)).digest()
    assert Report((first,)).digest() != Report((other,)).digest()
    names = {f.name for f in first.figures}
    assert {
        f"{axis}/both/recall@10" for axis in (ORACLE, HONEST, FINE, COARSE, SENTIMENT, CONSOLIDATION)
    } <= names


def test_another_catalogue_than_the_demo_is_refused_in_a_sentence(home: Any, manifest: Manifest) -> None:
    run = CliRunner().invoke(app, ["evaluate", "steering", "--home", str(home), "--catalog", manifest.name])
    assert run.exit_code != 0
    assert "only the demo's interactions" in run.output or "only the demo's interactions" in str(
        run.exception
    )


def test_a_lasting_taste_weighs_less_the_more_is_known_of_what_a_person_took(
    agent: Agent, recommenders: Recommenders, told: list[Told]
) -> None:
    one = next(t for t in told if len(t.event.history) >= 2)
    taste = Instruction("I usually like it", one.wish.targets, lasting=True)

    def query(instruction: Instruction, history: tuple[int, ...]) -> Query:
        session = begin_change(Session("x"), "profile", "")
        for row in history:
            session = add_event(session, agent.catalog.items[row].id, "viewed", "log", 0.0)
        return make_query(instruction.add_to(begin_change(session, "said", "")), agent.catalog)

    assert query(taste, ()).taste_share == 1.0
    assert query(taste, one.event.history).tastes_only
    assert query(taste, one.event.history).taste_share < query(taste, one.event.history[:1]).taste_share < 1.0
    assert not query(one.wish, one.event.history).tastes_only

    def found(instruction: Instruction, history: tuple[int, ...]) -> tuple[int, ...]:
        return recommenders.first(BOTH, Asked(history, one.event.before, (instruction,)), 10)

    assert found(taste, ()) == found(one.wish, ())  # nothing else is known, so the taste is all there is
    assert found(taste, one.event.history) != found(one.wish, one.event.history)
    expected = recommenders.first(HISTORY_ONLY, Asked(one.event.history, one.event.before, ()), 10)

    def moved(order: tuple[int, ...]) -> float:
        return sum(abs(n - order.index(row)) if row in order else 10 for n, row in enumerate(expected))

    assert moved(found(taste, one.event.history)) < moved(found(one.wish, one.event.history))
