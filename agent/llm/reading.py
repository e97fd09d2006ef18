"""Asks a capable model to read a message under a JSON schema; what it says is only a proposal, held against nothing yet."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.llm.budget import BudgetedModel
from agent.llm.prompts import as_data, render
from tools.errors import ToolFailed

MAX_MESSAGE_CHARS = 1_000
MAX_TOKENS = 400
MOST = 8  # of each kind


class Said(BaseModel):
    """A part of the message: the words it stands in."""

    model_config = ConfigDict(extra="forbid")

    quote: str = Field(max_length=300, description="the words of the message, letter by letter")


class SaidTitle(Said):
    """An item named, and what is felt about it."""

    title: str = Field(max_length=200)
    feeling: Literal["liked", "disliked", "seen", "unseen", "not_wanted", "neutral"]


class SaidValue(Said):
    """A value of a facet, wished for or refused."""

    facet: str = Field(max_length=100)
    value: str = Field(max_length=200)
    refused: bool


class SaidRange(Said):
    """A numeric facet between two bounds; null leaves a side open."""

    facet: str = Field(max_length=100)
    low: float | None = Field(allow_inf_nan=False)
    high: float | None = Field(allow_inf_nan=False)


class SaidTheme(Said):
    """What it should, or must not, be about or feel like."""

    theme: str = Field(max_length=100)
    refused: bool


class ModelReading(BaseModel):
    """All that the model says of a message."""

    model_config = ConfigDict(extra="forbid")

    titles: list[SaidTitle] = Field(max_length=MOST)
    values: list[SaidValue] = Field(max_length=MOST)
    ranges: list[SaidRange] = Field(max_length=MOST)
    themes: list[SaidTheme] = Field(max_length=MOST)


def read_with_model(model: BudgetedModel, message: str, nouns: str, facets: Sequence[str]) -> ModelReading:
    """What the model reads in a message. facets: a line each. Raises ToolFailed when it gives nothing of the schema."""
    system = render("read_v1_system", nouns=nouns, facets="; ".join(facets))
    user = render("read_v1_user", message=as_data(message, MAX_MESSAGE_CHARS))
    schema: dict[str, Any] = {"name": "reading", "strict": True, "schema": ModelReading.model_json_schema()}
    answer = model.complete_json(system, user, schema, MAX_TOKENS)
    try:
        return ModelReading.model_validate_json(answer)
    except ValidationError as error:
        raise ToolFailed(f"The language model {model.name} did not keep to the schema.") from error
