"""`palate llm check`: runs the trial and shows it."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from agent.agent import Agent
from agent.llm import Budget, LanguageModel, Roles
from agent.llm.reranking import STRATEGIES
from agent.llm.roles import DOES, ROLES
from agent.turn.reranking import OPTIONS
from tools.errors import UserInputError
from ui.presentation import printable

ABILITIES = {
    "chat": "chat",
    "json_schema": "JSON schema",
    "tools": "tool calls",
    "logprobs": "log-probabilities",
    "likelihood": "likelihood of a given text",
}


def parse_strategies(given: str | None) -> list[str]:
    """The names, each a strategy, with "+hints" or "+shots" behind a list's. Raises UserInputError."""
    names = [name.strip() for name in (given or "").split(",") if name.strip()]
    for name in names:
        strategy, plus, option = name.partition("+")
        if strategy not in STRATEGIES or (
            plus and (option not in OPTIONS or strategy not in OPTIONS[option])
        ):
            known = [*STRATEGIES, *(f"{s}+{o}" for o, able in OPTIONS.items() for s in able)]
            raise UserInputError(f"no strategy {name!r}; there are: {', '.join(known)}")
    return names


def try_out(
    agent: Agent, model: LanguageModel, seconds: float, strategies: list[str], tell: Callable[[str], object]
) -> Roles:
    """The roles after a new trial. Raises ToolFailed when the model does not answer."""
    return agent.trial.run(
        model, lambda step: tell(f"{model.name}: {step}…"), budget=Budget(seconds), strategies=strategies
    )


def print_roles(console: Console, roles: Roles, where: str) -> None:
    """The model, its abilities, its speed, and a verdict for each role."""
    at = "on this machine" if where == "local" else "at the configured address"
    console.print(f"{printable(roles.model)}, {at}" + (f", tried {roles.tested}" if roles.tested else ""))
    can = roles.capabilities
    if can:
        abilities = [f"{name} {'yes' if can.get(key) else 'no'}" for key, name in ABILITIES.items()]
        console.print("can: " + ", ".join(abilities))
        speeds = [
            f"{can[key]} {unit}"
            for key, unit in (
                ("first_token_s", "s to the first token of a new prompt"),
                ("prompt_tokens_per_s", "prompt tokens/s"),
                ("answer_tokens_per_s", "answer tokens/s"),
            )
            if can.get(key) is not None
        ]
        console.print("speed: " + ", ".join(speeds))
    if roles.verdicts:
        table = Table(show_header=True)
        for heading in ("role", "given", "why"):
            table.add_column(heading)
        for role in ROLES:
            verdict = roles.verdicts.get(role)
            if verdict is not None:
                table.add_row(
                    f"{role}: {DOES[role]}", "yes" if verdict.passed else "no", printable(verdict.sentence)
                )
        console.print(table)
    console.print(printable(roles.sentence))
    if roles.usage:
        told = roles.usage
        console.print(
            f"the trial: {told['calls']} calls, {told['prompt_tokens']:,} prompt and {told['answer_tokens']:,} answer "
            f"tokens, {told['seconds']:.0f} s"
        )
