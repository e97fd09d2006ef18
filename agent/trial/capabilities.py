"""What a language model's server can do, and how fast it is."""

import time
from typing import Any

from agent.llm import BudgetedModel
from agent.llm.tool_calling import supports_tools
from tools.errors import ToolFailed

SCHEMA: dict[str, Any] = {
    "name": "colour",
    "strict": True,
    "schema": {
        "type": "object",
        "properties": {"colour": {"type": "string", "enum": ["red", "green"]}},
        "required": ["colour"],
        "additionalProperties": False,
    },
}
# read once for the speed of prompts: a beginning no cache has, some 150 tokens
PASSAGE = (
    "A quiet town, a long winter, a stranger with a letter, and a secret that nobody dares to name. " * 7
)
TOLD_TOKENS = 32


def capabilities_of(model: BudgetedModel) -> dict[str, Any]:
    """chat, json_schema, logprobs, likelihood, tools (true or false); first_token_s, prompt_tokens_per_s and
    answer_tokens_per_s, None where they could not be measured. Raises ToolFailed when it does not even chat."""
    first_s, prompt_rate = _prompt_speed(model)
    return {
        "chat": True,
        "json_schema": _can(lambda: _keeps_schema(model)),
        "logprobs": _can(lambda: bool(model.first_words("Answer yes or no.", "Is water wet?"))),
        "likelihood": _can(lambda: model.likelihood("Name a colour.", "Grass is", "green") is not None),
        "tools": _can(lambda: supports_tools(model)),
        "first_token_s": first_s,
        "prompt_tokens_per_s": prompt_rate,
        "answer_tokens_per_s": _answer_speed(model),
    }


def _can(probe: Any) -> bool:
    try:
        return bool(probe())
    except ToolFailed:
        return False


def _keeps_schema(model: BudgetedModel) -> bool:
    answer = model.complete_json("Answer as JSON in the schema.", "The colour of grass?", SCHEMA, 24)
    return answer.replace(" ", "").replace("\n", "") in ('{"colour":"green"}', '{"colour":"red"}')


def _prompt_speed(model: BudgetedModel) -> tuple[float, float | None]:
    """(seconds to the first token of a prompt nobody has cached, prompt tokens a second)."""
    before = model.budget.spent
    begun = time.monotonic()
    model.complete("Answer with one word.", f"{begun} {PASSAGE}Is it summer?", 1)
    first_s = time.monotonic() - begun
    read = model.budget.spent.prompt_tokens - before.prompt_tokens
    return round(first_s, 3), round(read / first_s, 1) if read else None


def _answer_speed(model: BudgetedModel) -> float | None:
    before = model.budget.spent
    begun = time.monotonic()
    try:
        model.complete("Count in words, without end.", "one, two, three,", TOLD_TOKENS)
    except ToolFailed:
        return None
    told = model.budget.spent.answer_tokens - before.answer_tokens
    return round(told / (time.monotonic() - begun), 1)
