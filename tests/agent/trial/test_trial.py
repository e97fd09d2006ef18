"""The trial of a model: a capable one gets roles, a weak, a slow and a dead one none, and it is kept for the next start."""

import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.agent import Agent
from agent.llm import Budget, LanguageModel
from agent.llm.roles import Roles, keep_roles, read_roles
from agent.trial import Trial
from tools.errors import ToolFailed
from tools.ranking.choices_file import RerankCase, save_choices


@pytest.fixture(scope="module")
def cases(opened: Callable[..., Agent]) -> list[RerankCase]:
    """Choices of sixty people who took what has live music, wherever the retriever had it."""
    agent = opened()
    items = agent.catalog.items
    loud = [i.id for i in items if "live music" in str(i.facets.values())][:3]
    quiet = [i.id for i in items if i.id not in loud]
    found = []
    for user in range(60):
        candidates = [*quiet[user % 9 : user % 9 + 7]]
        taken = user % 8
        candidates.insert(taken, loud[user % len(loud)])
        scores = tuple(1.0 - 0.01 * n for n in range(8))
        found.append(
            RerankCase(
                "fit", user, (quiet[-1],), ("live music",), ("own",), None, tuple(candidates), scores,
                (0.0,) * 8, {"sequence": scores}, taken,
            )
        )  # fmt: skip
    return found


@pytest.fixture
def trial(opened: Callable[..., Agent], cases: list[RerankCase], tmp_path: Path) -> Trial:
    build = tmp_path / "build"
    build.mkdir()
    save_choices(build / "choices.json", cases)
    return Trial(opened().toolbox, build, tmp_path)


def capable(server: Any) -> Any:
    """A model that does what it is asked: judges by the words, keeps to the schema, and words what is drafted."""

    def reply(handler: Any, request: Any) -> None:
        user = request["messages"][-1]["content"]
        if "response_format" in request:
            answer = json.dumps({"order": [1, 2]})
            if "colour" in json.dumps(request["response_format"]):
                answer = json.dumps({"colour": "green"})
            server.says(answer)(handler, request)
        elif request.get("logprobs"):
            share = 0.95 if "live music" in user.split("<wish>")[0] else 0.05
            server.says("Yes", {"Yes": math.log(share), "No": math.log(1 - share)})(handler, request)
        elif "<draft>" in user:
            draft = re.search(r"<draft>(.*?)</draft>", user)
            server.says(draft.group(1) if draft else "")(handler, request)
        else:
            server.says("summer")(handler, request)

    return reply


def test_a_capable_model_gets_the_roles_it_passed_and_no_other(
    server: Any, model: LanguageModel, trial: Trial
) -> None:
    server.replies = [capable(server)]
    told: list[str] = []
    roles = trial.run(model, told.append, budget=Budget(40.0), strategies=["pointwise"])
    assert roles.capabilities["logprobs"]
    assert roles.capabilities["json_schema"]
    assert not roles.capabilities["tools"]
    assert roles.has("rerank")
    assert roles.fitted is not None
    assert roles.fitted.weight > 0
    assert roles.has("explain")
    assert not roles.has("parse")  # what it gives back is no reading
    assert not roles.has("plan")
    assert any("re-ranking" in step for step in told)
    assert 0 < roles.usage["calls"] <= len(server.requests)  # probes of what a server cannot do are no calls
    known = trial.known(model)
    assert known is not None
    assert known.to_json() == roles.to_json()


def test_a_model_that_says_yes_to_all_gets_no_weight(server: Any, model: LanguageModel, trial: Trial) -> None:
    server.replies = [server.says("Yes, a masterpiece!", {"Yes": -0.1, "No": -2.4})]
    roles = trial.run(model, budget=Budget(40.0))
    assert not any(roles.has(role) for role in ("parse", "rerank", "explain", "plan"))
    assert "passed no trial" in roles.sentence


def test_a_model_that_does_not_answer_is_said_so(server: Any, model: LanguageModel, trial: Trial) -> None:
    server.replies = [server.fails(401)]
    with pytest.raises(ToolFailed, match="refused the key"):
        trial.run(model, budget=Budget(5.0))
    assert trial.known(model) is None


def test_a_slow_model_is_tried_no_longer_than_it_may(server: Any, model: LanguageModel, trial: Trial) -> None:
    quick = capable(server)

    def slow(handler: Any, request: Any) -> None:
        time.sleep(
            0.5
        )  # so that the same few items, asked of once and kept, do not make up all choices in time
        quick(handler, request)

    server.replies = [slow]
    model.at_once = 1
    roles = trial.run(model, budget=Budget(4.0))
    assert len(server.requests) <= 16  # eight a budget of four seconds, and the probes
    assert not roles.has("rerank")
    assert "24 are needed" in roles.verdicts["rerank"].sentence


def test_a_trial_that_was_cancelled_leaves_nothing(server: Any, model: LanguageModel, trial: Trial) -> None:
    server.replies = [capable(server)]
    budget = Budget(40.0)

    def tell(step: str) -> None:
        if step == "wording reasons":
            budget.cancel()

    with pytest.raises(ToolFailed):
        trial.run(model, tell, budget=budget)
    assert trial.known(model) is None


def test_another_model_or_other_prompts_are_another_trial(
    server: Any, model: LanguageModel, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies = [capable(server)]
    trial.run(model, budget=Budget(40.0), strategies=["pointwise"])
    assert trial.known(model) is not None
    other = LanguageModel("other", server.base_url, "key")
    assert trial.known(other) is None
    monkeypatch.setattr("agent.llm.roles.prompts_digest", lambda: "new wording")
    assert trial.known(model) is None
    other.close()


def test_a_damaged_file_is_no_trial(tmp_path: Path) -> None:
    file = tmp_path / "llm" / "x.json"
    keep_roles(file, Roles("m", "today"))
    assert read_roles(file) == Roles("m", "today")
    file.write_text(file.read_text()[:-5])
    assert read_roles(file) is None


def test_the_slot_tries_a_new_model_and_remembers_it(
    opened: Callable[..., Agent], server: Any, trial: Trial
) -> None:
    server.replies = [capable(server)]

    def start(try_out: bool) -> Agent:
        agent = opened(llm="remote", llm_base_url=server.base_url, llm_model="capable")
        agent.language_model.trials = trial
        agent.language_model.start(try_out=try_out)
        assert agent.language_model.wait(10) is not None
        return agent

    untried = start(try_out=False)
    assert "has not been tried" in untried.llm_status().sentence
    assert untried.llm_status().roles == ()
    tried = start(try_out=True)
    deadline = time.monotonic() + 40
    while tried.llm_status().state == "testing" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "rerank" in tried.llm_status().roles
    asked = len(server.requests)
    known = start(try_out=True)
    assert known.llm_status().roles == tried.llm_status().roles
    assert len(server.requests) == asked


def test_only_choices_of_the_users_to_fit_on_are_asked_about(
    server: Any, model: LanguageModel, opened: Callable[..., Agent], cases: list[RerankCase], tmp_path: Path
) -> None:
    save_choices(tmp_path / "choices.json", [replace(case, part="test") for case in cases])
    server.replies = [capable(server)]
    roles = Trial(opened().toolbox, tmp_path, tmp_path).run(
        model, budget=Budget(20.0), strategies=["pointwise"]
    )
    assert not roles.has("rerank")
    assert not any("<wish>live music</wish>" in str(sent) for sent in server.requests)
