"""The agent on the really built small catalogue: its events, its contract, its sessions, and what it is told badly."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.agent import Agent
from agent.answer import Answer
from agent.events import CandidatesRanked, Done, NoticeGiven, Parsed, SlateShown, TextGiven, ToolCalled
from agent.replies.explaining import check_evidence
from tools.errors import SetupError, ToolFailed, UserInputError

Talk = Any


# Events


def test_the_events_of_a_turn_come_in_order_and_done_is_last(talk: Talk) -> None:
    talk("something like Trattoria Luna in Porto with tacos under 40 euros")
    kinds = [type(event) for event in talk.events]
    assert kinds[0] is Parsed
    assert kinds[-1] is Done
    assert kinds.count(Done) == kinds.count(TextGiven) == 1
    order = [Parsed, ToolCalled, CandidatesRanked, SlateShown, NoticeGiven, TextGiven, Done]
    places = [order.index(kind) for kind in kinds]
    assert places == sorted(places)


def test_each_tool_is_called_where_there_is_something_to_go_by(talk: Talk) -> None:
    talk("tacos, something like Trattoria Luna")
    called = [event.tool for event in talk.events if isinstance(event, ToolCalled)]
    assert called == ["next_items", "search_items", "keyword_items", "similar_items"]
    talk("start over")
    talk("recommend something")
    assert [event.tool for event in talk.events if isinstance(event, ToolCalled)] == ["next_items"]


def test_the_events_tell_what_the_answer_holds(talk: Talk) -> None:
    answer = talk("a french place in Lisbon under 40 euros")
    assert [e.items for e in talk.events if isinstance(e, SlateShown)][-1] == answer.slate
    assert tuple(e.notice for e in talk.events if isinstance(e, NoticeGiven)) == answer.notices
    assert [e.text for e in talk.events if isinstance(e, TextGiven)] == [answer.reply]
    assert talk.events[0].preferences == answer.preferences


def test_the_turn_is_saved_when_done_arrives(talk: Talk) -> None:
    for event in talk.agent.reply(talk.session, "italian in Porto"):
        saved = talk.agent.session(talk.session)
        assert (saved is not None) == isinstance(event, Done)
    assert [turn.utterance for turn in talk.agent.session(talk.session).turns] == ["italian in Porto"]


def test_a_turn_left_in_the_middle_leaves_nothing(talk: Talk) -> None:
    talk("italian in Porto")
    events = talk.agent.reply(talk.session, "and cheaper")
    next(events)
    next(events)
    events.close()
    assert len(talk.agent.session(talk.session).turns) == 1
    assert talk("in Lisbon instead").turn == 2


# The contract


def test_the_answer_as_json_has_the_keys_and_types_of_the_contract(talk: Talk) -> None:
    talk("I love the food at Osteria Sole")
    answer = talk("japanese in Bristol under 30 euros, no karaoke music")
    told = json.loads(json.dumps(answer.to_json()))
    assert list(told) == [
        "session",
        "turn",
        "intent",
        "preferences",
        "slate",
        "reply",
        "notices",
        "question",
        "timings_ms",
        "llm",
    ]
    assert told["llm"] is None  # none is in use
    assert (told["session"], told["turn"], told["intent"]) == (talk.session, 2, "refine")
    assert {p["kind"] for p in told["preferences"]} == {"item", "facet", "range", "keyword"}
    for preference in told["preferences"]:
        assert {"polarity", "strength", "kind", "value", "text", "turn"} <= set(preference)
        assert preference["polarity"] in ("+", "-")
        assert preference["strength"] in ("must", "prefer", "avoid", "never")
        assert isinstance(preference["text"], str)
        assert preference["turn"] in (1, 2)
    for item in told["slate"]:
        assert list(item) == ["id", "title", "facets", "score", "sources", "reasons"]
        assert isinstance(item["score"], float)
        assert all(isinstance(score, float) for score in item["sources"].values())
        assert item["reasons"]
        for reason in item["reasons"]:
            assert list(reason) == ["text", "evidence"]
            assert reason["evidence"]
    assert isinstance(told["reply"], str)
    assert all(set(notice) == {"code", "text"} for notice in told["notices"])
    assert all(isinstance(ms, float) for ms in told["timings_ms"].values())
    assert told["timings_ms"]["total"] >= max(told["timings_ms"].values()) - 1e-6


def test_facets_are_typed_values(talk: Talk) -> None:
    told = talk("something like Trattoria Luna").to_json()["slate"][0]
    assert told["title"] == "Osteria Sole"
    assert told["facets"] == {
        "cuisine": ["Italian"],
        "city": "Lisbon",
        "price": 28,
        "opened": 2012,
        "style": "Casual",
        "chef": ["Marta Conti"],
        "keywords": ["handmade pasta", "wine list", "family run"],
    }


def test_the_saved_answer_is_the_one_given_but_for_the_time_of_saving(talk: Talk) -> None:
    told = talk("italian in Porto").to_json()
    saved = talk.agent.session(talk.session).turns[-1].answer
    assert {**saved, "timings_ms": 0} == {**told, "timings_ms": 0}


# What is shown


def test_the_right_answer_comes_first(talk: Talk) -> None:
    assert talk("I loved the food at Trattoria Luna, something like it").slate[0].title == "Osteria Sole"


def test_what_was_liked_is_not_shown_again(talk: Talk) -> None:
    for _ in range(3):
        assert "r01" not in {item.id for item in talk("something like Trattoria Luna").slate}


def test_an_item_shown_for_want_of_a_fact_comes_last_and_says_so(talk: Talk) -> None:
    answer = talk("japanese for less than 30 euros")
    unknown = [any(e.kind == "unknown" for r in item.reasons for e in r.evidence) for item in answer.slate]
    assert any(unknown)
    assert unknown == sorted(unknown)
    for item, marked in zip(answer.slate, unknown, strict=True):
        assert ("price" not in item.facets) == marked


def test_the_same_words_to_two_agents_give_the_same_slate(opened: Callable[..., Agent], talks: Any) -> None:
    said = ["something like Blue Koi", "no ramen, please", "cheaper"]
    first, second = talks(opened(), "same"), talks(opened(), "same")
    for message in said:
        a, b = first(message), second(message)
        assert [(i.id, i.score) for i in a.slate] == [(i.id, i.score) for i in b.slate]
        assert a.reply == b.reply


def test_more_shows_others(talk: Talk) -> None:
    first = {item.id for item in talk("something with live music").slate}
    more = {item.id for item in talk("show me more").slate}
    assert more
    assert first.isdisjoint(more)


def test_a_tool_that_fails_is_told_and_the_turn_goes_on(
    opened: Callable[..., Agent], talks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = opened()

    def fails(*_: Any) -> Any:
        raise ToolFailed("the text search failed: no such table.")

    monkeypatch.setattr(agent.toolbox.text, "search", fails)
    answer = talks(agent)("something with tacos in Lisbon")
    assert [n.code for n in answer.notices] == ["tool_failed"]
    assert "search failed" in answer.notices[0].text
    assert answer.slate[0].title == "El Farolito"


# What it is told badly

PIECES = st.sampled_from(
    'Trattoria Luna|the second one|no|not|cheaper|under 20 euros|or|and|sushi|Porto|undo|why|compare|more|it|?|"|#3|'
    "by Kenji Mori|opened since 1999|forget|like|hated|\x00|\u202e|🍕".split("|")
)
BAD = [
    "",
    " \t\n",
    "a" * 100_000,
    "italian " * 12_500,
    "(" * 100_000,
    "\x00\x01\x1b[2J\x7f",
    "🍕🍣🌮",
    "مطعم إيطالي في لشبونة من فضلك",
    "私は寿司が食べたい",
    "ich möchte gern italienisch essen gehen",
    "Blorpazoid 7",
    "I loved Blorpazoid 7",
    "an italian place that is not italian",
    "a French street food place from 1931 under 3 euros",
    "'; DROP TABLE sessions; --",
    "{wish} %s {0} <script>alert(1)</script>",
    "the 99th one",
    "undo",
    "why?",
    "-1 euros",
    "between 50 euros and 10 euros",
]


@pytest.mark.parametrize("message", BAD, ids=lambda m: repr(m[:20]))
def test_bad_input_gets_a_civil_answer_and_the_session_goes_on(talk: Talk, message: str) -> None:
    talk("japanese in Porto")
    answer = talk(message)
    assert answer.said
    assert len(answer.said) < 2_000
    assert "Traceback" not in answer.said
    json.dumps(answer.to_json())
    talk("start over")
    after = talk("japanese in Lisbon")
    assert after.turn == 4
    assert {item.title for item in after.slate} == {"Sakura House", "Blue Koi"}


def test_half_a_character_gets_a_civil_answer(talk: Talk) -> None:
    assert talk("tacos \ud83c").said


@settings(max_examples=40)
@given(message=st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=8).map(" ".join)))
def test_no_message_makes_the_agent_raise(shared_agent: Agent, talks: Any, message: str) -> None:
    talk = talks(shared_agent)
    talk("something like Blue Koi")
    answer = talk(message)
    assert answer.said
    json.dumps(answer.to_json())


def test_a_long_message_is_said_to_be_cut(talk: Talk) -> None:
    answer = talk("italian " * 12_500)
    assert "shortened" in [n.code for n in answer.notices]
    assert all("Italian" in item.facets["cuisine"] for item in answer.slate)  # type: ignore[operator]


def test_a_title_that_does_not_exist_is_named(talk: Talk) -> None:
    answer = talk("do you know Blorpazoid 7?")
    assert [n.code for n in answer.notices] == ["title_not_found"]
    assert "Blorpazoid 7" in answer.said
    assert answer.slate == ()


def test_a_near_title_is_offered(talk: Talk) -> None:
    assert "Did you mean" in talk("something like Trattoria Sole").said


# Buttons


def _reacted(talk: Talk, kind: Any) -> tuple[str, Answer]:
    shown = talk("something with live music").slate[0].id
    talk.agent.react(talk.session, shown, kind)
    return shown, talk("something with live music")


@pytest.mark.parametrize("kind", ["liked", "rejected", "seen", "disliked", "accepted"])
def test_what_was_reacted_to_is_not_shown_again(talk: Talk, kind: str) -> None:
    shown, answer = _reacted(talk, kind)
    assert shown not in {item.id for item in answer.slate}


def test_a_liked_item_is_what_the_next_answer_is_like(talk: Talk) -> None:
    talk.agent.react(talk.session, "r01", "liked")
    assert talk("recommend something").slate[0].title == "Osteria Sole"


def test_forgetting_a_refused_item_lets_it_back_in(talk: Talk) -> None:
    talk("sushi in Lisbon")
    talk.agent.react(talk.session, "r08", "rejected")
    wish = next(p for p in talk.agent.session(talk.session).wishes if p.kind == "item")
    assert "r08" not in {i.id for i in talk("japanese in Lisbon").slate}
    talk.agent.forget(talk.session, wish.id)
    assert "r08" in {i.id for i in talk("japanese in Lisbon").slate}


def test_forgetting_a_wish_leaves_the_others(talk: Talk) -> None:
    first = talk("japanese in Porto")
    porto = next(p for p in first.preferences if p.text == "Porto")
    session = talk.agent.forget(talk.session, porto.id)
    assert [p.text for p in session.wishes] == ["japanese"]
    assert len(talk("recommend some").slate) == 5


def test_unknown_items_reactions_and_wishes_are_refused(talk: Talk) -> None:
    with pytest.raises(UserInputError, match="no item 'zz'"):
        talk.agent.react(talk.session, "zz", "liked")
    with pytest.raises(UserInputError, match="no reaction 'eaten'"):
        talk.agent.react(talk.session, "r01", "eaten")
    with pytest.raises(UserInputError, match="no wish number 7"):
        talk.agent.forget(talk.session, 7)
    assert talk.agent.session(talk.session) is None


# Taking back


def _wished(answer: Answer) -> list[Any]:
    return [(p.polarity, p.strength, p.target) for p in answer.preferences]


@pytest.mark.parametrize(
    "message",
    [
        "cheaper",
        "no ramen",
        "actually in Lisbon",
        "I have seen the first one",
        "I hated the food at Blue Koi",
        "french or italian, under 80 euros",
    ],
)
def test_undo_gives_the_wishes_and_the_slate_as_they_were(talk: Talk, message: str) -> None:
    before = talk("japanese in Porto")
    talk(message)
    after = talk("undo that")
    assert _wished(after) == _wished(before)
    assert {i.id for i in after.slate} == {i.id for i in before.slate}


def test_undo_after_a_button_takes_back_the_button_alone(talk: Talk) -> None:
    before = talk("japanese in Porto")
    talk.agent.react(talk.session, "r09", "liked")
    assert _wished(talk("undo that")) == _wished(before)


def test_undo_takes_back_a_button_pressed_before_any_message(talk: Talk) -> None:
    talk.agent.react(talk.session, "r09", "liked")
    assert talk("undo that").preferences == ()


def test_start_over_forgets_everything_but_keeps_the_record(talk: Talk) -> None:
    talk("japanese in Porto, I hated the food at Blue Koi")
    answer = talk("start over")
    session = talk.agent.session(talk.session)
    assert answer.preferences == ()
    assert session.sequence() == ()
    assert session.live_events == ()
    assert len(session.turns) == 2
    assert "Blue Koi" in {i.title for i in talk("japanese").slate}


def test_start_over_can_be_undone(talk: Talk) -> None:
    before = talk("japanese in Porto")
    talk("start over")
    assert _wished(talk("undo that")) == _wished(before)


# Sessions


def test_two_sessions_in_turn_never_see_each_other(talks: Any) -> None:
    first, second = talks(), talks()
    for _ in range(2):
        a, b = first("italian in Porto"), second("japanese in Lisbon, no omakase")
        assert {p.text for p in a.preferences} == {"italian", "Porto"}
        assert {p.text for p in b.preferences} == {"japanese", "Lisbon", "omakase"}
        assert {i.id for i in a.slate} == {"r03", "r05"}
        assert {i.id for i in b.slate} == {"r08"}
    first.agent.react(first.session, "r03", "rejected")
    assert {i.id for i in second("anything italian in Porto instead").slate} <= {"r03", "r05"}
    assert {i.id for i in first("italian in Porto").slate} == {"r05"}


def test_sessions_in_threads_never_see_each_other(opened: Callable[..., Agent], talks: Any) -> None:
    """Eight dialogues at once go exactly as each of them goes alone."""
    agent = opened()
    said = ("something in {}", "cheaper", "no sushi", "show me more", "why the first one?")

    def converse(city: str, name: str) -> list[Any]:
        talk = talks(agent, name)
        return [_told(talk(message.format(city))) for message in said]

    cities = ("Lisbon", "Porto", "Seville", "Bristol") * 2
    alone = [converse(city, f"alone-{n}") for n, city in enumerate(cities)]
    with ThreadPoolExecutor(len(cities)) as pool:
        together = list(pool.map(converse, cities, [f"together-{n}" for n in range(len(cities))]))
    assert together == alone


def _told(answer: Answer) -> Any:
    """An answer but for its session and its times."""
    return {**answer.to_json(), "session": "", "timings_ms": {}}


def test_messages_to_one_session_wait_for_each_other(opened: Callable[..., Agent], talks: Any) -> None:
    agent = opened()
    threads = [threading.Thread(target=talks(agent, "one"), args=(f"under {n}0 euros",)) for n in range(2, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session = agent.session("one")
    assert session is not None
    assert [turn.number for turn in session.turns] == [1, 2, 3, 4, 5, 6]
    assert len(session.wishes) == 1


def test_two_processes_on_one_session_do_not_both_write(opened: Callable[..., Agent], tmp_path: Any) -> None:
    database = tmp_path / "shared.db"
    first, second = opened(database), opened(database)
    slow = first.reply("s", "italian")
    next(slow)
    list(second.reply("s", "japanese"))
    with pytest.raises(UserInputError, match="went on elsewhere"):
        list(slow)
    session = first.session("s")
    assert session is not None
    assert [turn.utterance for turn in session.turns] == ["japanese"]


def test_a_session_goes_on_in_another_process(
    opened: Callable[..., Agent], talks: Any, tmp_path: Any
) -> None:
    database = tmp_path / "shared.db"
    talks(opened(database), "s")("japanese in Porto")
    answer = talks(opened(database), "s")("cheaper")
    assert answer.turn == 2
    assert {i.id for i in answer.slate} == {"r09"}


def test_a_session_about_another_catalogue_is_refused(
    opened: Callable[..., Agent], home: Any, tmp_path: Any
) -> None:
    from tools.build import build_artifact

    path = tmp_path / "tools.csv"
    path.write_text("id,name\nt1,Hammer\n", encoding="utf-8")
    build_artifact(path, home=home, name="ironware")
    database = tmp_path / "shared.db"
    list(opened(database).reply("s", "italian"))
    other = opened(database, catalog="ironware")
    with pytest.raises(UserInputError, match="'restaurants', not 'ironware'"):
        list(other.reply("s", "a hammer"))
    assert list(other.reply("t", "anything"))


def test_deleting_a_session_forgets_it(talk: Talk) -> None:
    talk("italian")
    assert talk.agent.delete(talk.session)
    assert not talk.agent.delete(talk.session)
    assert talk("something please").preferences == ()


def test_a_catalogue_that_is_not_built_names_the_command(opened: Callable[..., Agent]) -> None:
    with pytest.raises(SetupError, match="palate build YOUR_CATALOG --name nowhere"):
        opened(catalog="nowhere")


def test_every_reason_of_a_long_dialogue_is_true(talk: Talk) -> None:
    for message in (
        "I loved the food at Trattoria Luna",
        "more like Blue Koi, with late night hours",
        "in Lisbon or Porto",
        "under 40 euros",
        "opened since 2010",
        "more",
    ):
        answer = talk(message)
        for item in answer.slate:
            assert item.reasons
            for reason in item.reasons:
                assert reason.evidence
                assert all(check_evidence(e, talk.agent.toolbox) for e in reason.evidence)
                assert all(e.item_id == item.id for e in reason.evidence)


# What is changed or exhausted is said


def test_what_instead_replaces_is_named(talk: Talk) -> None:
    talk("tacos in Lisbon")
    said = [n.text for n in talk("actually Porto instead").notices]
    assert "That replaces your earlier wish: Lisbon." in said


def test_when_all_that_fits_was_shown_nothing_else_fits(talk: Talk) -> None:
    for _ in range(8):
        answer = talk("more" if talk.events else "sushi in Porto under 40 euros")
        if any(n.code == "relaxed" for n in answer.notices):
            break
    relaxed = [n.text for n in answer.notices if n.code == "relaxed"]
    assert relaxed
    assert relaxed[0].startswith("Nothing else in the catalogue fits")


def test_it_is_of_the_slate_shown_last(talk: Talk) -> None:
    talk("italian places")
    about = talk("how much is the second one?")
    newer = talk("japanese places instead")
    assert newer.slate
    assert newer.slate[0].title in talk("how much is it?").reply
    assert about.reply.split(":")[0] not in talk("what kind of food is it?").reply
