"""Each tool's name, description and arguments, once; LangChain tools and OpenAI functions are made of these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tools.faces.offer import Offer
from tools.toolbox import Scored, Toolbox

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool

MOST_ITEMS = 20
USUAL_ITEMS = 10
NO_ID = -1  # stands for what is no number; no item has it


def _count(value: Any) -> Any:
    """A number of items that may be asked for: none given is the usual, too many are cut."""
    if value is None:
        return USUAL_ITEMS
    return min(max(value, 1), MOST_ITEMS) if isinstance(value, int) else value


def _list(value: Any) -> Any:
    """Models often write one thing where a list of one is due."""
    return [value] if isinstance(value, str | int) else value


def _ids(value: Any) -> Any:
    """A list of whole numbers; what is none stands in it as NO_ID, to be dropped and counted with the other wrong ones."""
    listed = _list(value)
    return [_id(one) for one in listed] if isinstance(listed, list) else listed


def _id(value: Any) -> int:
    text = str(value).strip()
    return int(text) if text.isdecimal() and len(text) < 10 else NO_ID


Text = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, BeforeValidator(_count)]
_K = Field(USUAL_ITEMS, ge=1, le=MOST_ITEMS, description="how many items to give")


class Arguments(BaseModel):
    """What a tool takes; what else a model gives is passed over, and a number counts as text."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)


class NextItems(Arguments):
    k: Count = _K


class SearchItems(Arguments):
    words: Text = Field(description="what the items should be about, in plain words")
    k: Count = _K


class KeywordItems(Arguments):
    keywords: Annotated[list[Text], BeforeValidator(_list)] = Field(
        min_length=1, max_length=8, description="short themes, such as 'heist' or 'time travel'"
    )
    k: Count = _K


class SimilarItems(Arguments):
    items: Annotated[list[Text], BeforeValidator(_list)] = Field(
        min_length=1, max_length=8, description="titles, or ids from earlier results"
    )
    k: Count = _K


class ItemFacts(Arguments):
    item_id: int = Field(ge=0, description="an id from an earlier result")


class ChooseItems(Arguments):
    ids: Annotated[list[int], BeforeValidator(_ids)] = Field(
        min_length=1, max_length=200, description="ids from earlier results, best first"
    )


@dataclass(frozen=True)
class ToolFace:
    """One tool as a language model sees it. `find` raises RetryableByModel and ToolFailed; `whole`: gives all facts."""

    name: str
    description: str
    arguments: type[Arguments]
    find: Callable[[Offer, Any], Scored]
    whole: bool = False


FACES = (
    ToolFace(
        "next_items",
        "What people went on to after the items this person has already seen or liked; "
        "the best known items when there are none.",
        NextItems,
        lambda offer, given: offer.next_items(given.k),
    ),
    ToolFace(
        "search_items",
        "Items whose description is nearest in meaning to some words.",
        SearchItems,
        lambda offer, given: offer.search_items(given.words, given.k),
    ),
    ToolFace(
        "keyword_items",
        "Items that carry keywords meaning the given themes, or keywords that go together with them.",
        KeywordItems,
        lambda offer, given: offer.keyword_items(given.keywords, given.k),
    ),
    ToolFace(
        "similar_items",
        "Items that share the most telling facts (people, categories, keywords) with the given ones.",
        SimilarItems,
        lambda offer, given: offer.similar_items(given.items, given.k),
    ),
    ToolFace(
        "item_facts",
        "All that the catalogue knows of one item from an earlier result.",
        ItemFacts,
        lambda offer, given: offer.one_item(given.item_id),
        whole=True,
    ),
)
# ends the plan: what it finds are the items to show
CHOOSE = ToolFace(
    "choose_items",
    "Your final answer: the items to show the person. Call it once, last.",
    ChooseItems,
    lambda offer, given: [(row, 1.0) for row in offer.legal(given.ids)],
)


def faces_for(toolbox: Toolbox) -> tuple[ToolFace, ...]:
    """The tools that can find anything in this catalogue: one without keywords is not asked for any."""
    return tuple(face for face in FACES if face.name != "keyword_items" or toolbox.keywords.keywords)


def openai_function(face: ToolFace) -> dict[str, Any]:
    """The tool as the OpenAI API takes it in `tools`."""
    schema = face.arguments.model_json_schema()
    properties = {
        name: {key: value for key, value in field.items() if key != "title"}
        for name, field in schema["properties"].items()
    }
    parameters: dict[str, Any] = {"type": "object", "properties": properties}
    if "required" in schema:
        parameters["required"] = schema["required"]
    return {
        "type": "function",
        "function": {"name": face.name, "description": face.description, "parameters": parameters},
    }


def langchain_tool(face: ToolFace, use: Callable[[Any], str]) -> "StructuredTool":
    """The tool as langchain takes it. use: gives the text for the model, of the checked arguments.

    Arguments that do not fit come back to the model as a sentence each.
    """
    from langchain_core.tools import StructuredTool

    def call(**given: Any) -> str:
        return use(face.arguments.model_validate(given))

    return StructuredTool.from_function(
        func=call,
        name=face.name,
        description=face.description,
        args_schema=face.arguments,
        infer_schema=False,
        handle_validation_error=_what_is_wrong,
    )


def _what_is_wrong(error: Any) -> str:
    """The first few faults of the arguments, without the values that were given."""
    faults = [
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)[:3]
    ]
    return f"The arguments do not fit. {'; '.join(faults)}."
