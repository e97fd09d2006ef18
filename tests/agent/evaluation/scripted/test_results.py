"""What a run gives: a verdict a dialogue, the section with its figures and traces, and the JUnit file."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.report.contents import Report
from agent.evaluation.scripted.dialogue import Dialogue
from agent.evaluation.scripted.junit import write_junit
from agent.evaluation.scripted.playing import play
from agent.evaluation.scripted.running import Outcome
from agent.evaluation.scripted.section import dialogues_section
from tools.errors import UserInputError

Run = Any


def _dialogue(expected: str, **given: Any) -> Dialogue:
    turns = [{"say": "hi \x00\ud800 & <b>"}, {"say": "more", "first": expected}]
    return Dialogue.model_validate({"turn": turns, "catalog": "places", **given})


@pytest.fixture
def outcomes(partner: Any) -> list[Outcome]:
    """One of each verdict."""

    def played(name: str, dialogue: Dialogue, slate: str) -> Outcome:
        partner.answer("Alba", "Cara", reply="First \x1b[2J & <i>.")
        partner.answer(slate, notices=[{"code": "tool_failed", "text": "x"}] if name == "noisy" else [])
        return Outcome(name, dialogue, play(dialogue, partner))

    partner.wish(None, 20)
    good = _dialogue("Alba", never=["Bona"])
    return [
        played("noisy", good, "Alba"),
        played("bad", _dialogue("Bona"), "Alba"),
        played("known", _dialogue("Bona", broken="a known defect"), "Alba"),
        played("mended", _dialogue("Alba", broken="a known defect"), "Alba"),
        Outcome("elsewhere", good, None, "the server is about 'films'"),
    ]


@pytest.fixture
def spotless(partner: Any) -> list[Outcome]:
    """Five that passed, of which `d` and then `a` gave most notices."""
    notices = {"a": 1, "b": 0, "c": 0, "d": 2, "e": 0}
    run = []
    for name in "edcba":
        partner.answer("Alba", notices=[{"code": "relaxed", "text": "x"}] * notices[name])
        dialogue = Dialogue.model_validate({"turn": [{"say": name}], "catalog": "places"})
        run.append(Outcome(name, dialogue, play(dialogue, partner)))
    return run


def test_each_dialogue_has_its_verdict(outcomes: list[Outcome]) -> None:
    # all of them show Cara, of 30, against "at most 20"
    assert [o.verdict for o in outcomes] == [
        "failed",
        "failed",
        "expected to fail",
        "expected to fail",
        "skipped",
    ]


def test_one_that_is_marked_broken_and_passes_fails_the_run(partner: Any) -> None:
    partner.answer("Alba")
    partner.answer("Alba")
    dialogue = _dialogue("Alba", broken="a known defect")
    outcome = Outcome("mended", dialogue, play(dialogue, partner))
    assert outcome.verdict == "passed unexpectedly"
    assert outcome.faults == ("passed though it is marked broken: a known defect",)
    assert dialogues_section([outcome], {}).failures == (f"mended: {outcome.faults[0]}",)


def test_the_section_counts_and_tells(outcomes: list[Outcome]) -> None:
    section = dialogues_section(outcomes, {"held with": "nobody"}, seed=3)
    figures = {figure.name: figure for figure in section.figures}
    assert figures["dialogues passed"].cases == {"noisy": 0, "bad": 0, "known": 0, "mended": 0}
    kept = figures["constraint satisfaction"]  # Alba, Cara, Alba of each of four
    assert (kept.mean, kept.count) == (pytest.approx(8 / 12), 12)
    assert set(kept.group.values()) == {"noisy", "bad", "known", "mended"}
    assert figures["violations a dialogue"].mean == 1
    assert figures["violations a dialogue"].better == "lower"
    assert section.setup == {"held with": "nobody", "seed": 3}
    assert [row[0] for row in section.tables[0].rows] == ["noisy", "bad", "known", "mended", "elsewhere"]
    assert section.tables[0].rows[1] == ("bad", "places", 2, 3, 1, "failed")
    assert not section.tables[0].timed
    assert section.tables[1].timed
    assert section.plots[0].timed
    assert [len(series.y) for series in section.plots[0].series] == [8]
    assert [f.split(":")[0] for f in section.failures] == ["noisy", "bad", "bad"]
    assert section.timings["turn_p50_ms"] >= 0


def test_those_that_failed_are_traced_whole_the_unexpected_first(outcomes: list[Outcome]) -> None:
    traces = dialogues_section(outcomes, {}).traces
    assert [trace.id for trace in traces] == ["noisy", "bad", "known", "mended"]
    assert traces[2].why == "expected to fail: a known defect"
    steps = traces[1].steps
    assert [step.who for step in steps] == ["person", "palate"] * 2
    assert steps[2].said == "more"
    assert steps[3].details == {
        "preferences": ["at most 20"],
        "slate": ["Alba"],
        "notices": [],
        "failures": ["first: 'Alba' for 'Bona'"],
    }


def test_where_none_failed_those_with_most_notices_are_traced(spotless: list[Outcome]) -> None:
    assert [t.id for t in dialogues_section(spotless, {}).traces] == ["d", "a", "b"]


def test_two_runs_have_one_digest_whatever_the_clock_says(spotless: list[Outcome], partner: Any) -> None:
    first = Report((dialogues_section(spotless, {}),))
    again = []
    for outcome in spotless:
        assert outcome.played is not None
        answer = outcome.played.turns[0].answer
        assert answer is not None
        partner.answer("Alba", notices=answer["notices"])
        again.append(Outcome(outcome.name, outcome.dialogue, play(outcome.dialogue, partner)))
    second = Report((dialogues_section(again, {}),))
    assert first.sections[0].timings != second.sections[0].timings
    assert first.digest() == second.digest()


def test_the_junit_file_reads_back(outcomes: list[Outcome], tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    write_junit(path, outcomes)
    suites = ElementTree.parse(path).getroot()
    suite = suites[0]
    for element in (suites, suite):
        totals = {name: element.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert totals == {"tests": "5", "failures": "2", "errors": "0", "skipped": "3"}
    assert [case.get("name") for case in suite] == ["noisy", "bad", "known", "mended", "elsewhere"]
    assert all(case.get("classname") == "palate.dialogues.places" for case in suite)
    assert all(float(case.get("time") or "") >= 0 for case in suite)
    failure = suite[1].find("failure")
    assert failure is not None
    assert "first: 'Alba' for 'Bona'" in (failure.get("message") or "")
    assert "turn 1 said: First \ufffd[2J & <i>." in (failure.text or "")
    assert suite[2][0].get("message") == "expected to fail: a known defect"
    assert suite[4][0].get("message") == "the server is about 'films'"


def test_a_junit_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="cannot be written"):
        write_junit(tmp_path, [])
