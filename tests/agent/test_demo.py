"""What the README promises of the demo, on a really built demo: minutes, so with `make test-slow`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.agent import Agent
from agent.evaluation.scripted import AgentPartner, check_against, find_dialogues, play, read_dialogue
from agent.replies.explaining import check_evidence

pytestmark = pytest.mark.slow
DIALOGUES = Path(__file__).parents[1] / "dialogues"


@pytest.fixture(scope="module")
def demo(home: Path, opened: Callable[..., Agent]) -> Agent:
    from tools.build import build_artifact

    manifest = build_artifact(home=home)
    rows = {row["name"]: row["ndcg10"] for row in manifest.sequence["rows"]}
    assert rows["blend"] >= max(rows.values()) - 1e-9
    return opened(catalog="demo")


def _all_true(answer: Any, agent: Agent) -> bool:
    return all(check_evidence(e, agent.toolbox) for i in answer.slate for r in i.reasons for e in r.evidence)


def test_the_first_two_turns_of_the_readme(demo: Agent, talks: Any) -> None:
    talk = talks(demo)
    first = talk("I loved Heat and Collateral. Something similar from the 90s, but no war films")
    assert len(first.slate) == 5
    assert {"Heat (1995)", "Collateral (2004)"}.isdisjoint(i.title for i in first.slate)
    second = talk("I have seen the second one, and make it under two hours")
    assert first.slate[1].id not in {i.id for i in second.slate}
    for item in (*first.slate, *second.slate):
        assert 1990 <= item.facets["year"] <= 1999
        assert "War" not in item.facets["genres"]
        assert item.reasons
    assert all(i.facets.get("runtime_min", 0) <= 120 for i in second.slate)
    assert _all_true(first, demo)
    assert _all_true(second, demo)
    for item in second.slate:
        if "runtime_min" not in item.facets:
            assert any(e.kind == "unknown" for r in item.reasons for e in r.evidence)


@pytest.mark.parametrize(
    ("message", "codes", "shows"),
    [
        ("", [], False),
        ("a" * 100_000, None, None),
        ("\x00\x1b[2J\x07", None, False),
        ("私は怖い映画が見たい", [], False),
        ("I loved Blorpazoid 7", ["title_not_found"], False),
        ("a comedy that is not a comedy", ["contradiction"], True),
        ("a French western from 1931 under 60 minutes", ["relaxed"], True),
    ],
)
def test_bad_input_gets_a_true_answer(
    demo: Agent, talks: Any, message: str, codes: list[str] | None, shows: bool | None
) -> None:
    talk = talks(demo)
    answer = talk(message)
    assert answer.said
    if codes is not None:
        assert [n.code for n in answer.notices] == codes
    if shows is not None:
        assert bool(answer.slate) == shows
    assert _all_true(answer, demo)
    talk("start over")
    assert len(talk("a comedy from the 90s").slate) == 5


def test_the_scripted_dialogues_about_films_go_as_they_should(demo: Agent) -> None:
    wrong = {}
    for path in find_dialogues([DIALOGUES]):
        dialogue = read_dialogue(path)
        if dialogue.catalog == "films":
            check_against(dialogue, demo.catalog, path)
            played = play(dialogue, AgentPartner(demo))
            wrong[path.stem] = [*played.failures, *played.violations], dialogue.broken
    assert len(wrong) >= 8
    assert {name: faults for name, (faults, broken) in wrong.items() if bool(faults) != bool(broken)} == {}
