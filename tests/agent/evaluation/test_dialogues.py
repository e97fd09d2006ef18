"""The judge of slates sees a hard wish violated; and no chain of things people say makes palate violate one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evaluation.scripted import AgentPartner, Dialogue, DialogueTurn, meets, play, violated
from agent.evaluation.utterances import read_utterances
from memory.preferences import FacetTarget, ItemTarget, KeywordTarget, Preference, RangeTarget
from tools.catalog import Item

HERE = Path(__file__).parents[2] / "dialogues" / "utterances"
SAID = [
    u.say
    for path in sorted(HERE.glob("*.toml"))
    for u in read_utterances(path)[0]
    if u.catalog == "restaurants"
]
ITEM = Item(
    "i",
    "Blue Koi",
    "Cold beer and raw tuna.",
    (),
    {"city": "Porto", "price": 20, "keywords": ("late night",)},
)


@pytest.mark.parametrize(
    ("polarity", "target", "holds"),
    [
        ("+", FacetTarget(("city",), ("Porto",)), True),
        ("+", FacetTarget(("city",), ("Lisbon",)), False),
        ("-", FacetTarget(("city",), ("Porto",)), False),
        ("+", RangeTarget("price", None, 20), True),
        ("+", RangeTarget("price", 21, None), False),
        ("+", RangeTarget("opened", 1990, None), True),
        ("-", KeywordTarget("late night"), False),
        ("-", KeywordTarget("tuna"), False),
        ("-", KeywordTarget("oysters"), True),
        ("-", ItemTarget("i", "Blue Koi"), False),
    ],
)
def test_a_fact_meets_a_wish_or_does_not(polarity: Any, target: Any, holds: bool) -> None:
    strength = "must" if polarity == "+" else "never"
    assert meets(ITEM, Preference(1, polarity, strength, target, "", 1)) is holds  # type: ignore[arg-type]


def test_an_item_that_breaks_a_wish_is_seen(talk: Any) -> None:
    answer = talk("in Porto, no sushi")
    assert violated(answer, talk.agent) == []
    stranger = next(i for i in talk.agent.catalog.items if i.values("city") == ("Lisbon",))
    forged = replace(answer, slate=(replace(answer.slate[0], id=stranger.id, title=stranger.title),))
    assert violated(forged, talk.agent) == [f"{stranger.title} against 'Porto'"]


def test_an_expectation_that_fails_is_told(shared_agent: Any) -> None:
    turn = DialogueTurn(
        say="in Porto",
        shows=9,
        exactly=("x",),
        says=("zebra",),
        every={"city": "Lisbon"},
        asks=True,
        wishes=3,
    )
    failures = play(Dialogue(turn=(turn,)), AgentPartner(shared_agent)).failures
    for name in ("shows", "exactly", "says", "every city", "wishes"):
        assert any(f": {name}" in failure for failure in failures), name


@settings(max_examples=25)
@given(messages=st.lists(st.sampled_from(SAID), min_size=2, max_size=6))
def test_whatever_people_say_in_whatever_order_no_hard_wish_is_violated(
    shared_agent: Any, messages: list[str]
) -> None:
    dialogue = Dialogue(turn=tuple(DialogueTurn(say=m) for m in messages))
    assert play(dialogue, AgentPartner(shared_agent)).violations == ()
