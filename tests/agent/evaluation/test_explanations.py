"""The section about explanations: what claims are held against, what became of a model's sentences, and what fails."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.agent import Agent
from agent.evaluation.claims import Checker, Told
from agent.evaluation.explanations import check_explanations, explanations_section
from agent.evaluation.explanations.sources import CATALOGUE, HISTORY, SEQUENCES, SHOWN, held_against
from agent.evaluation.explanations.wording import NO_ANSWER, Wording, refusal_of
from agent.evaluation.given import WORDING, GivenRoles
from agent.evaluation.report.contents import Report, Section
from agent.llm import LanguageModel, why_not_grounded
from tests.agent.held_model import HeldModel


def _tables(section: Section) -> dict[str, Any]:
    return {table.title: table for table in section.tables}


@pytest.fixture(scope="module")
def report(shared_agent: Agent) -> dict[str, Any]:
    return check_explanations(shared_agent, 60, 0)


def test_what_is_said_of_sequences_is_counted_apart(report: dict[str, Any]) -> None:
    rows = _tables(explanations_section(report))["Claims by what they are held against"].rows
    counts = {row[0]: row[1] for row in rows}
    assert list(counts)[:4] == [CATALOGUE, SEQUENCES, HISTORY, SHOWN]
    assert counts[CATALOGUE] > 100
    assert sum(counts.values()) == sum(sum(row.values()) for row in report["claims"].values())
    assert sum(n for row in report["by_claim"].values() for v, n in row.items() if v != "against") == sum(
        counts.values()
    )


@pytest.mark.parametrize(
    ("said", "kind", "against"),
    [
        (
            "{count} of the {of} people with {first} in their history went on to this.",
            "transition",
            SEQUENCES,
        ),
        ("{known} people have it in their history.", "popularity", SEQUENCES),
        ("You liked {first}.", "liked", HISTORY),
        ("I have not suggested {first}.", "shown", SHOWN),
    ],
)
def test_claims_of_the_sequence_and_of_the_person_have_kinds_of_their_own(
    said: str, kind: str, against: str, shared_agent: Agent
) -> None:
    sequence, catalog = shared_agent.toolbox.sequence, shared_agent.catalog
    first, row = next(
        (a, b)
        for a in range(len(catalog))
        for b in range(len(catalog))
        if sequence.transition_count(a, b) > 1
    )
    text = said.format(
        count=sequence.transition_count(first, row), of=sequence.support(first), first=catalog.items[first].title,
        known=int(sequence.popularity[row]),
    )  # fmt: skip
    checker = Checker(catalog, sequence)
    told = Told("reason", (row,), liked=(first,), shown=(row,))
    true = checker.claims(text, told)
    assert [(c.kind, c.verdict) for c in true if c.kind == kind] == [(kind, "true")]
    assert held_against(kind) == against
    number = next((word for word in text.split() if word.isdigit()), "")
    false = checker.claims(text.replace(number, str(int(number) + 1), 1), told) if number else ()
    assert not number or "false" in {c.verdict for c in false}


def test_without_a_model_no_sentence_was_asked_for(report: dict[str, Any]) -> None:
    section = explanations_section(report)
    table = _tables(section)["Sentences of the language model: none was asked for"]
    assert [row[1] for row in table.rows] == [0, 0, 0, 0]
    assert not table.timed
    assert section.setup["worded by"] == "templates alone"


def test_the_same_seed_gives_the_same_section(shared_agent: Agent) -> None:
    one, two, other = (explanations_section(check_explanations(shared_agent, 12, s)) for s in (4, 4, 5))
    assert Report((one,)).digest() == Report((two,)).digest() != Report((other,)).digest()


def test_a_model_that_says_more_than_the_facts_is_corrected_and_counted(
    server: Any, opened: Callable[..., Agent], model: LanguageModel
) -> None:
    agent = opened()
    agent.language_model = HeldModel(model, GivenRoles(WORDING).known(model))  # type: ignore[assignment]
    server.replies = [server.says("The most wonderful place in all the world.")]
    told = check_explanations(agent, 6, 1)
    wording = told["wording"]
    assert wording["asked"] == wording["corrected"] > 0
    assert wording["corrected_for"] == {"a word that is no fact": wording["corrected"]}
    assert told["worded_by"] == {"template": told["texts"]["reason"]}  # none of it was shown
    tables = _tables(explanations_section(told))
    assert tables["Sentences of the language model"].timed
    assert tables["Corrected for"].rows == (("a word that is no fact", wording["corrected"]),)


def test_a_model_that_does_not_answer_is_no_correction(
    server: Any, opened: Callable[..., Agent], model: LanguageModel
) -> None:
    agent = opened()
    agent.language_model = HeldModel(model, GivenRoles(WORDING).known(model))  # type: ignore[assignment]
    server.replies = [server.fails(400)]
    wording = check_explanations(agent, 6, 1)["wording"]
    assert wording["failed"] == wording["asked"] > 0
    assert wording["corrected"] == 0


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Wonderful.", "a word that is no fact"),
        ("Directed by and heist.", "a relation of nothing"),
        ("<b>heist</b>", "markup"),
        ("", "length"),
        ("It is this.", "says nothing"),
        ("Heist. Heist. Heist.", "number of sentences"),
        ("heist ☃", "characters"),
    ],
)
def test_every_way_of_refusing_a_sentence_is_a_kind_of_correction(sentence: str, kind: str) -> None:
    why = why_not_grounded(sentence, ["keyword: heist", "directed by Michael Mann"], "Heat")
    assert why is not None
    assert refusal_of(why) == kind


def test_what_the_model_could_not_say_is_no_kind_of_correction() -> None:
    assert refusal_of("The turn's time was over before the language model had answered.") == NO_ANSWER
    wording = Wording()
    wording.add(None)
    wording.add({"worded": 2, "refused_for": ["markup", "The server said 503."]})
    assert wording.to_json() == {
        "asked": 4, "kept": 2, "corrected": 1, "failed": 1, "corrected_for": {"markup": 1},
    }  # fmt: skip


def test_anything_false_or_unverifiable_and_a_checker_that_misses_fail(report: dict[str, Any]) -> None:
    assert explanations_section(report).failures == ()
    fault = {"verdict": "unverifiable", "kind": "reason", "words": "superb", "why": "", "text": "Superb.", "message": "hi", "worded_by": "template"}  # fmt: skip
    found = explanations_section(
        {**report, "faults": [fault], "corruptions": {"praise": {"made": 100, "caught": 98}}}
    )
    assert found.failures == (
        "unverifiable: superb, in a reason by template to “hi”: Superb.",
        "the checker caught 98 of 100 texts made false, and must catch 99%",
    )


def test_what_a_history_chose_is_not_said_to_be_well_known(talk: Any, shared_agent: Agent) -> None:
    title = shared_agent.catalog.items[0].title
    assert "well known" in talk("surprise me").reply
    answer = talk(f"I have been to {title}. What next?")
    assert answer.slate
    assert "well known" not in answer.reply
