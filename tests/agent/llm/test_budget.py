"""What a turn may spend: seconds, tokens, and only until it is cancelled; and what need not be asked again."""

import threading
import time
from typing import Any

import pytest

from agent.llm.budget import Budget, BudgetedModel, BudgetSpent
from agent.llm.provider import LanguageModel
from agent.llm.usage import Usage, usage_of


def test_a_spent_budget_asks_nothing(server: Any, model: LanguageModel) -> None:
    for budget in (Budget(0.0), Budget(9.0, tokens=10)):
        budget.spend(Usage(1, 9, 1))
        with pytest.raises(BudgetSpent):
            BudgetedModel(model, budget).complete("s", "u", 5)
    assert server.requests == []


def test_what_is_asked_is_counted(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("a plain answer")]
    asked = BudgetedModel(model, Budget(5.0))
    asked.complete("be brief", "why?", 7)
    assert asked.first_line("be brief", "and now?", 7, 100) == "a plain answer"
    spent = asked.budget.spent
    assert spent.calls == 2
    assert spent.estimated  # this server tells no usage
    assert spent.prompt_tokens >= 4
    assert spent.answer_tokens >= 6


def test_usage_is_the_servers_where_it_tells_any() -> None:
    told = usage_of("x" * 400, "y" * 40, {"input_tokens": 90, "output_tokens": 9}, 1.0)
    assert (told.tokens, told.estimated) == (99, False)
    assert usage_of("x" * 400, "y" * 40, None, 1.0) == Usage(1, 100, 10, 1.0, True)


def test_a_cancelled_wait_ends_at_once(server: Any, model: LanguageModel) -> None:
    server.replies = [server.hangs(3.0)]
    budget = Budget(10.0)
    threading.Timer(0.2, budget.cancel).start()
    begun = time.monotonic()
    with pytest.raises(BudgetSpent):
        BudgetedModel(model, budget.part(0.5)).complete("s", "u", 5)
    assert time.monotonic() - begun < 1.0
    assert budget.cancelled
    assert budget.left_s == 0.0


def test_a_slow_server_is_waited_for_no_longer_than_the_budget(server: Any, model: LanguageModel) -> None:
    server.replies = [server.drips(0.05, 200)]
    begun = time.monotonic()
    with pytest.raises(Exception, match=r"in time|budget|time was over"):
        BudgetedModel(model, Budget(0.5)).first_line("s", "u", 500, 10_000)
    assert time.monotonic() - begun < 1.5


def test_who_acts_while_a_sentence_comes_ends_the_wait_and_nothing_else(
    server: Any, model: LanguageModel
) -> None:
    server.replies = [server.drips(0.05, 100)]
    budget = Budget(10.0)
    threading.Timer(0.3, budget.cancel).start()
    with pytest.raises(BudgetSpent):
        BudgetedModel(model, budget).first_line("s", "u", 500, 10_000)


def test_of_a_question_only_a_digest_is_kept(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("fine")]
    BudgetedModel(model, Budget(5.0)).complete("s", "what nobody should keep", 5)
    assert "nobody" not in repr(vars(model.kept))


def test_a_part_ends_before_the_whole_and_spends_of_it() -> None:
    whole = Budget(10.0)
    part = whole.part(0.3)
    assert 2.5 < part.left_s <= 3.0
    part.spend(Usage(1, 5, 5))
    assert whole.spent.tokens == part.spent.tokens == 10
    part.cancel()
    assert whole.cancelled


def test_the_same_question_is_asked_once_and_another_is_another(server: Any, model: LanguageModel) -> None:
    server.replies = [server.says("one"), server.says("two")]
    answers = [BudgetedModel(model, Budget(5.0)).complete("s", user, 5) for user in ("u", "u", "U", "u")]
    assert answers == ["one", "one", "two", "one"]
    assert len(server.requests) == 2


def test_a_failure_is_not_kept(server: Any, model: LanguageModel) -> None:
    server.replies = [server.fails(401), server.says("fine")]
    asked = BudgetedModel(model, Budget(5.0))
    with pytest.raises(Exception, match="refused the key"):
        asked.complete("s", "u", 5)
    assert asked.complete("s", "u", 5) == "fine"


def test_tries_again_ever_later_until_the_time_is_over(server: Any, model: LanguageModel) -> None:
    server.replies = [server.fails(429), server.fails(503), server.fails(500), server.says("fine")]
    assert BudgetedModel(model, Budget(5.0)).complete("s", "u", 5) == "fine"
    server.replies = [server.fails(429)]
    begun = time.monotonic()
    with pytest.raises(Exception, match="too busy"):
        BudgetedModel(model, Budget(0.6)).complete("s", "other", 5)
    assert time.monotonic() - begun < 1.2
