"""What a turn costs: counted by step, tool and role, beside the quality it pays for; a model that is absent is told so."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from agent.agent import Agent
from agent.evaluation.cost import (
    Order,
    Setting,
    TurnCost,
    cost_section,
    held_out_choices,
    keyless_orders,
    measure_setting,
)
from agent.evaluation.given import GivenRoles
from agent.evaluation.report.contents import Report, Section
from agent.evaluation.report.html import render_html
from agent.llm import Budget, BudgetedModel, LanguageModel, Usage
from tests.agent.held_model import HeldModel
from tools.errors import ToolFailed
from tools.ranking.choices_file import RerankCase


def _quiet(_step: str) -> None:
    pass


def _turn(
    number: int, ms: float, tools: Mapping[str, int], roles: Mapping[str, Usage] | None = None
) -> TurnCost:
    return TurnCost(f"d0t{number}", "d0", ms, {"parse": 1.0, "rank": ms - 1.0}, tools, roles or {})


def _tables(section: Section) -> dict[str, Any]:
    return {table.title: table.rows for table in section.tables}


CALLS = Usage(3, 900, 30, 1.5, unanswered=1)
NONE = Setting(
    "none",
    True,
    "none is used",
    "",
    tuple(_turn(n, 10.0 * n, {"next_items": 1, "search_items": n % 2}) for n in (1, 2, 3, 4)),
)
LOCAL = Setting("local", True, "Qwen words reasons.", "Qwen", (_turn(1, 9000.0, {"next_items": 1}, {"explain": CALLS}), _turn(2, 8000.0, {})))  # fmt: skip
ORDERS = {
    "retriever": Order.of({"c1": 4, "c2": 1}, {"c1": "7", "c2": "8"}),
    "tuned re-ranker": Order.of({"c1": 0, "c2": 1}, {"c1": "7", "c2": "8"}),
}


def test_an_order_is_told_by_ndcg_and_by_what_is_among_the_first_three() -> None:
    order = Order.of({"c1": 0, "c2": 3}, {"c1": "7", "c2": "8", "c3": "9"})
    assert order.ndcg == {"c1": 1.0, "c2": pytest.approx(0.4307, abs=1e-4)}
    assert order.hit == {"c1": 1.0, "c2": 0.0}
    assert order.user == {"c1": "7", "c2": "8"}


def test_settings_stand_side_by_side() -> None:
    section = cost_section([NONE, LOCAL], ORDERS, 0, "demo")
    tables = _tables(section)
    none, local = tables["Quality against cost, by setting of the language model"]
    assert none[:3] == ("none", "none", 2)
    assert none[5:] == (4, 20.0, 40.0)
    assert none[3] == local[3]  # a model without the role leaves the order as it is
    assert tables["Calls and tokens a turn"] == (
        ("none", 1.5, 0.0, 0.0, 0.0, 0.0),
        ("local", 0.5, 1.5, 0.5, 450.0, 15.0),
    )
    assert tables["Calls by tool, without a language model"] == (
        ("next_items", 4, 1.0),
        ("search_items", 2, 0.5),
    )
    assert tables["The language model by role, for each turn played or choice judged"] == (
        ("local", "explain", 1, 1.5, 450.0, 15.0, 750.0),
    )
    assert "Qwen words reasons." in section.text


def test_quality_by_step_is_paired_with_the_step_before() -> None:
    judged = replace(LOCAL, model_order=Order.of({"c2": 0}, {"c2": "8"}, Usage(8, 800, 8, 4.0)))
    section = cost_section([NONE, judged], ORDERS, 0, "demo")
    retriever, tuned, model = _tables(section)["Quality by step"]
    assert retriever[-1] is None
    assert tuned[:2] == ("tuned re-ranker", 2)
    assert tuned[-1].startswith("+0.3066")  # (1 - 1 / log2(6)) / 2
    assert model[:3] == ("language model, local", 1, 1.0)
    assert model[-1].startswith("+0.3691")  # on the one choice that both have
    by_role = _tables(section)["The language model by role, for each turn played or choice judged"]
    assert by_role[-1] == ("local", "rerank, a held-out choice", 1, 8.0, 800.0, 8.0, 4000.0)
    assert section.setup["choices asked of a model"] == {"local": 1}
    steps = next(p for p in section.plots if p.title == "Quality by step")
    assert steps.series[0].x == ("retriever", "tuned re-ranker", "language model, local")


def test_what_is_not_here_is_told_and_not_made_up() -> None:
    section = cost_section([NONE, Setting("remote", False, "set PALATE_LLM_BASE_URL")], ORDERS, 0, "demo")
    assert _tables(section)["Quality against cost, by setting of the language model"][1] == (
        "remote",
        "not here",
        *(None,) * 6,
    )
    assert "remote is not here: set PALATE_LLM_BASE_URL" in section.text
    assert not [f.name for f in section.figures if "remote" in f.name]


def test_clocks_and_models_stay_out_of_the_digest() -> None:
    slower = replace(NONE, turns=tuple(replace(t, total_ms=t.total_ms * 3) for t in NONE.turns))
    more = replace(LOCAL, turns=(_turn(1, 70.0, {}, {"explain": CALLS + CALLS}), *LOCAL.turns[1:]))
    one = Report((cost_section([NONE, LOCAL], ORDERS, 0, "demo"),))
    other = Report((cost_section([slower, more], ORDERS, 0, "demo"),))
    assert one.digest() == other.digest()
    assert render_html(one.untimed()) == render_html(other.untimed())
    fewer = replace(NONE, turns=(replace(NONE.turns[0], tools={}), *NONE.turns[1:]))
    assert Report((cost_section([fewer, LOCAL], ORDERS, 0, "demo"),)).digest() != one.digest()


def test_without_held_out_choices_only_cost_is_measured() -> None:
    section = cost_section([NONE], {}, 0, "shop")
    assert "no held-out choices" in section.text
    assert [f.name for f in section.figures] == ["tool calls a turn, none"]
    assert all(plot.timed for plot in section.plots)


def test_turns_are_played_and_counted_the_same_for_a_seed(shared_agent: Agent) -> None:
    first, second = (measure_setting(shared_agent, "none", 8, {}, 0, 3, _quiet) for _ in range(2))
    assert len(first.turns) == 8
    assert [(t.id, t.tools, sorted(t.steps_ms)) for t in first.turns] == [
        (t.id, t.tools, sorted(t.steps_ms)) for t in second.turns
    ]
    assert any(t.tools.get("next_items") for t in first.turns)
    assert all(t.total_ms >= max(t.steps_ms.values()) > 0 for t in first.turns)
    assert all(not t.roles for t in first.turns)
    other = measure_setting(shared_agent, "none", 8, {}, 0, 4, _quiet)
    assert [t.tools for t in other.turns] != [t.tools for t in first.turns]


@pytest.fixture
def with_model(opened: Callable[..., Agent], model: LanguageModel) -> Agent:
    """An agent whose language model is there and has all roles, untried."""
    agent = opened()
    agent.language_model = HeldModel(model, GivenRoles().known(model))  # type: ignore[assignment]
    return agent


def _choices(agent: Agent) -> dict[str, RerankCase]:
    ids = [item.id for item in agent.catalog.items][:8]
    scores = tuple(1.0 - 0.1 * n for n in range(8))
    return {
        f"c{n}": RerankCase("test", n, (ids[-1],), ("live music",), ("own",), None, tuple(ids), scores, (0.0,) * 8, {"sequence": scores}, n)
        for n in range(3)
    }  # fmt: skip


def test_a_models_calls_are_counted_by_role(server: Any, with_model: Agent) -> None:
    server.replies = [server.says("Yes", {"Yes": -0.1, "No": -2.4})]
    cases = _choices(with_model)
    found = measure_setting(with_model, "remote", 4, cases, 2, 3, _quiet)
    assert found.here
    roles = {role: usage for turn in found.turns for role, usage in turn.roles.items()}
    assert "explain" in roles
    assert sum(turn.usage.calls for turn in found.turns) > 0
    assert found.model_order is not None
    assert list(found.model_order.ndcg) == ["c0", "c1"]
    assert found.model_order.cost.calls > 0
    section = cost_section([found], keyless_orders(with_model, cases), 3, "restaurants")
    assert any(row[1] == "explain" for row in _tables(section)["The language model by role, for each turn played or choice judged"])  # fmt: skip


def test_a_turn_that_asks_nothing_of_a_model_has_no_roles(server: Any, with_model: Agent) -> None:
    server.replies = [server.fails(500)]
    assert with_model.language_model.current() is not None
    thanks = list(with_model.reply("cost-thanks", "thank you"))[-1]
    assert thanks.answer.llm["by_role"] == {}  # type: ignore[union-attr,index]


def test_held_out_choices_are_of_the_test_users_and_of_the_seed(
    shared_agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [replace(c, part="test" if n else "fit") for n, c in enumerate(_choices(shared_agent).values())]
    monkeypatch.setattr(shared_agent.trial, "choices", lambda: cases)
    found = held_out_choices(shared_agent, 10, 0)
    assert sorted(found) == ["c1", "c2"]
    assert list(held_out_choices(shared_agent, 10, 0)) == list(found)
    assert len(held_out_choices(shared_agent, 1, 0)) == 1


def test_a_budget_tells_who_spent_it(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("a plain answer")]
    budget = Budget(5.0)
    BudgetedModel(model, budget, "parse").complete("s", "one", 5)
    part = BudgetedModel(model, budget, "rerank").within(budget.part(0.5))
    part.complete("s", "two", 5)
    part.asked_to("explain").complete("s", "three", 5)
    BudgetedModel(model, budget).complete("s", "four", 5)
    assert {role: usage.calls for role, usage in budget.spent_by_role.items()} == {
        "parse": 1,
        "rerank": 1,
        "explain": 1,
    }
    assert budget.spent.calls == 4
    assert budget.spent.unanswered == 0


def test_a_call_that_got_no_answer_is_counted_apart(server: Any, model: LanguageModel) -> None:
    server.replies = [server.fails(400)]
    budget = Budget(5.0)
    with pytest.raises(ToolFailed):
        BudgetedModel(model, budget, "explain").complete("s", "what fails", 5)
    assert budget.spent_by_role["explain"] == Usage(unanswered=1)
    budget.cancel()
    with pytest.raises(ToolFailed):
        BudgetedModel(model, budget, "explain").complete("s", "what is not begun", 5)
    assert budget.spent.unanswered == 1
