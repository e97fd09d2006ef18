"""The judge of parses: it sees what is missing, what is too much and what is felt wrongly."""

from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.parsing import judge, summarise
from agent.evaluation.utterances import Utterance, read_utterances
from agent.parsing import Parser
from tools.errors import UserInputError

RIGHT: dict[str, Any] = {
    "say": "We loved Trattoria Luna. Italian in Porto under 30 euros, no pizza",
    "intent": "recommend",
    "liked": ("Trattoria Luna",),
    "wants": ("Italian", "Porto"),
    "fits": {"price": (20, 30)},
    "bars": {"price": (31,)},
    "not_about": ("pizza",),
}


def test_a_parse_as_meant_has_no_fault(restaurant_parser: Parser) -> None:
    verdict = judge(Utterance(**RIGHT), restaurant_parser)
    assert verdict.faults == ()
    assert verdict.right == verdict.found == verdict.expected
    figures = summarise([verdict])
    assert figures["kinds"]["facet"] == {
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
        "found": 2,
        "expected": 2,
    }
    assert figures["sentiment"] == {"accuracy": 1.0, "of": 1}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"wants": ("Italian",)}, "facet"),
        ({"wants": ("Italian", "Porto", "Casual")}, "facet"),
        ({"refuses": ("Japanese",)}, "facet"),
        ({"fits": {}, "bars": {}}, "range"),
        ({"fits": {"price": (35,)}}, "range"),
        ({"bars": {"price": (25,)}}, "range"),
        ({"not_about": ()}, "keyword"),
        ({"about": ("pizza",), "not_about": ()}, "keyword"),
        ({"liked": ("Trattoria Luna", "Casa Bianca")}, "title"),
        ({"unknown": ("Chez Nous",)}, "title"),
        ({"lower": ("price",)}, "critique"),
        ({"more": ("quiet",)}, "critique"),
        ({"same": ("city",)}, "critique"),
        ({"different": True}, "critique"),
    ],
)
def test_a_parse_that_is_not_as_meant_is_seen(restaurant_parser: Parser, change: Any, kind: str) -> None:
    verdict = judge(Utterance(**(RIGHT | change)), restaurant_parser)
    assert any(fault.startswith(kind) for fault in verdict.faults)
    assert summarise([verdict])["kinds"][kind]["f1"] < 1


def test_a_wrong_feeling_and_a_wrong_intent_are_seen(restaurant_parser: Parser) -> None:
    other = {k: v for k, v in RIGHT.items() if k != "liked"} | {
        "disliked": ("Trattoria Luna",),
        "intent": "more",
    }
    verdict = judge(Utterance(**other), restaurant_parser)
    assert verdict.feelings == (0, 1)
    assert verdict.intent_right is False


def test_either_reading_will_do_where_both_are_given(restaurant_parser: Parser) -> None:
    verdict = judge(
        Utterance(**(RIGHT | {"wants": ("Italian|Mexican", "Porto"), "intent": ("more", "recommend")})),
        restaurant_parser,
    )
    assert verdict.faults == ()


def test_an_unknown_title_in_the_file_is_told(restaurant_parser: Parser) -> None:
    with pytest.raises(UserInputError, match="Nowhere"):
        judge(Utterance(say="cheaper", shown=("Nowhere",)), restaurant_parser)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[[utterance]]\nsaid = 'x'", "utterance.0.say"),
        ("[[utterance]]\nsay = 'x'\nlikes = ['y']", "likes"),
        ("[[utterance]]\nsay = 'x'\npoints = ['y']", "points at 'y'"),
        ("[[utterance]]\nsay = 'x'\ncatalog = 'moons'", "moons"),
        ("nonsense", "not TOML"),
    ],
)
def test_a_faulty_file_is_refused_in_one_sentence(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "u.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserInputError, match=says):
        read_utterances(path)
