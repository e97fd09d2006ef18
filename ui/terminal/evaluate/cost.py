"""`palate evaluate cost`: opens an agent for each setting of the language model and measures it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.evaluation.cost import (
    Order,
    Setting,
    cost_section,
    held_out_choices,
    keyless_orders,
    measure_setting,
)
from agent.evaluation.given import MEASURED
from agent.evaluation.report.contents import Section
from agent.settings import read_settings
from tools.errors import SetupError, UserInputError
from ui.terminal.evaluate.measured import measured_agent

SETTINGS = ("none", "local", "remote")


@dataclass(frozen=True)
class CostRun:
    """How much is played. turns, model_turns: without and with a language model. choices, judged: held-out choices that
    are ranked, and that a model is asked about. given: models act in roles that no trial gave them."""

    turns: int = 200
    model_turns: int = 5
    choices: int = 500
    judged: int = 5
    given: bool = False
    seed: int = 0


def parse_settings(given: str) -> tuple[str, ...]:
    """The names between commas. Raises UserInputError."""
    names = tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    unknown = next((name for name in names if name not in SETTINGS), None)
    if unknown is not None or not names:
        raise UserInputError(
            f"no language model setting {unknown or given!r}; there are: {', '.join(SETTINGS)}"
        )
    return names


def evaluate_cost(
    names: Sequence[str], options: Mapping[str, Any], run: CostRun, tell: Callable[[str], object]
) -> Section:
    """The section of these settings. options: of the agent's settings (home, catalogue). A setting that is not here is told."""
    found: list[Setting] = []
    orders: dict[str, Order] = {}
    catalog = ""
    given = MEASURED if run.given else ()
    for name in names:
        try:
            settings = read_settings(**{**options, "llm": name})
        except SetupError as error:
            if name == "none":
                raise
            found.append(Setting(name, False, str(error)))
            continue
        tell(f"{name}: opening")
        with measured_agent(settings, given) as agent:
            catalog = agent.catalog.spec.catalog.name
            cases = held_out_choices(agent, run.choices, run.seed)
            if cases and not orders:
                orders = keyless_orders(agent, cases)
            turns = run.turns if name == "none" else run.model_turns
            found.append(
                measure_setting(
                    agent,
                    name,
                    turns,
                    cases,
                    run.judged,
                    run.seed,
                    lambda step, name=name: tell(f"{name}: {step}"),  # type: ignore[misc]
                )
            )
    return cost_section(found, orders, run.seed, catalog)
