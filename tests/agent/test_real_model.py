"""A real llama.cpp server on loopback, the real openai client, and turns that keep their budget whatever it says."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.agent import Agent
from agent.events import Done
from agent.llm import Budget, BudgetedModel, LanguageModel, Roles
from agent.llm.local import LocalServer
from agent.llm.reranking import STRATEGIES, FittedRerank, RerankRequest, Shortlisted
from agent.llm.roles import Verdict
from tests.agent.held_model import HeldModel
from tools.assets import asset_file
from tools.ranking.measuring import Interval

pytestmark = pytest.mark.slow
BUDGET_S = 4.0
FITTED = FittedRerank("pointwise", 0.5, 1.01, 1_000_000, 99, Interval(0.05, 0.01, 0.09), 1.0)
ALL = Roles(
    "SmolLM2", "today", {}, {r: Verdict(True, "as a test") for r in ("parse", "rerank", "explain")}, FITTED
)


@pytest.fixture(scope="module")
def llama() -> Iterator[LocalServer]:
    pytest.importorskip("xllamacpp")
    home = Path(os.environ.get("PALATE_HOME", "~/.palate")).expanduser()
    gguf = asset_file(home, "smollm2")
    if gguf is None:
        pytest.skip("the model is not here: `palate assets fetch smollm2`")
    server = LocalServer(gguf)
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def smol(llama: LocalServer) -> Iterator[LanguageModel]:
    model = LanguageModel("SmolLM2", llama.start(), llama.api_key, where="local")
    yield model
    model.close()


def test_the_openai_client_speaks_with_it(llama: LocalServer) -> None:
    import openai

    client = openai.OpenAI(base_url=llama.start(), api_key=llama.api_key)
    answer = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Say hello."}], max_tokens=8
    )
    assert answer.choices[0].message.content
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=llama.start(), api_key="another").chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Say hello."}], max_tokens=8
        )


def test_a_given_text_is_the_likelier_the_better_it_fits(smol: LanguageModel) -> None:
    told = [
        smol.likelihood("Continue the list.", "Monday, Tuesday, Wednesday,", text, 30.0)
        for text in (" Thursday, Friday", " carburettor, prune")
    ]
    assert told[0] is not None
    assert told[1] is not None
    assert told[1] < told[0] < 0


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_every_way_of_asking_works_and_keeps_its_time(strategy: str, smol: LanguageModel) -> None:
    items = tuple(
        Shortlisted(f"film {n}: {what}") for n, what in enumerate(("heist", "war", "romance", "space"))
    )
    begun = time.monotonic()
    ranking = STRATEGIES[strategy](RerankRequest("a heist", items), BudgetedModel(smol, Budget(60.0)))
    assert time.monotonic() - begun < 61
    assert set(ranking.scores) <= set(range(4))
    assert ranking.scores


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_turns_keep_their_budget(opened: Callable[..., Agent], smol: LanguageModel, strategy: str) -> None:
    agent = opened(llm_budget_s=BUDGET_S, llm_parse="always")
    agent.language_model = HeldModel(  # type: ignore[assignment]
        smol, replace(ALL, fitted=replace(FITTED, strategy=strategy))
    )
    for message in ("something with live music, not in Porto", "cheaper", "why the first one?"):
        begun = time.monotonic()
        done = list(agent.reply(f"s-{strategy}", message))[-1]
        assert isinstance(done, Done)
        assert time.monotonic() - begun < BUDGET_S + 1.0
        assert all("Porto" not in str(item.facets.values()) for item in done.answer.slate)
