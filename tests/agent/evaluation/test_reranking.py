"""The measurement of re-ranking: what it counts, that it goes on where it stopped, and that it needs choices."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.agent import Agent
from agent.evaluation.reranking import measure_reranking
from agent.llm import LanguageModel
from tools.errors import UserInputError
from tools.ranking.choices_file import RerankCase


@pytest.fixture(scope="module")
def cases(opened: Callable[..., Agent]) -> list[RerankCase]:
    """Choices of what has live music, in any place of eight; every third user is for measuring."""
    items = opened().catalog.items
    loud = [i.id for i in items if "live music" in str(i.facets.values())][:3]
    quiet = [i.id for i in items if i.id not in loud]
    scores = tuple(1.0 - 0.01 * n for n in range(8))
    found = []
    for user in range(90):
        candidates = list(quiet[user % 9 : user % 9 + 7])
        candidates.insert(user % 8, loud[user % len(loud)])
        part = "test" if user % 3 == 0 else "fit"
        found.append(
            RerankCase(
                part, user, (quiet[-1],), ("live music",), ("own",), None, tuple(candidates), scores,
                (0.0,) * 8, {"sequence": scores}, user % 8,
            )
        )  # fmt: skip
    return found


def judge(server: Any) -> Any:
    """Yes to what has live music."""

    def reply(handler: Any, request: Any) -> None:
        share = 0.95 if "live music" in request["messages"][-1]["content"].split("<wish>")[0] else 0.05
        server.says("Yes", {"Yes": math.log(share), "No": math.log(1 - share)})(handler, request)

    return reply


def _measure(agent: Agent, model: LanguageModel | None, cases: list[RerankCase], out: Path | None) -> Any:
    strategies = ["pointwise"] if model else []
    return measure_reranking(cases, agent.toolbox, model, strategies, 500, 60, out, lambda _step: None)


def test_a_model_that_knows_gains_on_users_it_was_not_fitted_on(
    shared_agent: Agent, server: Any, model: LanguageModel, cases: list[RerankCase]
) -> None:
    server.replies = [judge(server)]
    report = _measure(shared_agent, model, cases, None)
    rows = {row["name"]: row for row in report["rows"]}
    assert rows["retriever"]["ndcg10"] == rows["tuned"]["ndcg10"]  # nothing was tuned
    fused = rows["pointwise, fused"]
    assert fused["cases"] == 30
    assert fused["gain"]["low"] > 0
    assert fused["calls"] == pytest.approx(8.0, abs=8.0)
    assert report["strategies"]["pointwise"]["alone"] > rows["retriever"]["ndcg10"]
    shares = [point["asked"] for point in report["strategies"]["pointwise"]["quality_against_calls"]]
    assert shares == sorted(shares)


def test_a_model_that_always_says_yes_leaves_the_order(
    shared_agent: Agent, server: Any, model: LanguageModel, cases: list[RerankCase]
) -> None:
    server.replies = [server.says("Yes", {"Yes": -0.1, "No": -2.4})]
    rows = {row["name"]: row for row in _measure(shared_agent, model, cases, None)["rows"]}
    assert rows["pointwise, fused"]["ndcg10"] == rows["tuned"]["ndcg10"]
    assert rows["pointwise, fused"]["weight"] == 0


def test_a_run_goes_on_where_it_stopped(
    shared_agent: Agent, server: Any, model: LanguageModel, cases: list[RerankCase], tmp_path: Path
) -> None:
    server.replies = [judge(server)]
    whole = _measure(shared_agent, model, cases, tmp_path)
    file = next(tmp_path.glob("*-test.jsonl"))
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:10]))
    asked = len(server.requests)
    again = _measure(shared_agent, model, cases, tmp_path)
    assert len(file.read_text().splitlines()) == 30
    assert len(server.requests) - asked <= 20 * 8
    assert again["rows"][-1]["ndcg10"] == whole["rows"][-1]["ndcg10"]


def test_without_choices_to_measure_on_it_says_so(shared_agent: Agent, cases: list[RerankCase]) -> None:
    with pytest.raises(UserInputError, match="no held-out choices"):
        _measure(shared_agent, None, [replace(case, part="fit") for case in cases], None)
