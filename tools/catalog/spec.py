"""`catalog.toml`: which column is what, and the words people use for it."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.toml import read_toml

Kind = Literal["categorical", "numeric"]
Role = Literal["", "year", "duration", "price", "person", "keyword"]


class Strict(BaseModel):
    """A section of the file: unknown keys are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SizeWords(Strict):
    """Plain adjectives that stand for a range, such as "short" for at most 95 minutes."""

    words: tuple[str, ...]
    low: float | None = Field(None, alias="from")
    high: float | None = Field(None, alias="to")


class FacetSpec(Strict):
    """One typed property of an item."""

    kind: Kind
    column: str
    many: bool = Field(False, description="an item may hold several values")
    separator: str = Field("|", description="parts of a text cell that holds several values")
    role: Role = Field(
        "", description="a meaning the parser knows: year, duration (minutes), price, person, keyword"
    )
    label: str = Field("", description="what people call it; the facet's name when empty")
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="other words for a value")
    without: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description='words that ask for what is not of a value: "foreign" of English'
    )
    same: dict[str, str] = Field(default_factory=dict, description="spellings of one value in the data")
    cues: tuple[str, ...] = Field((), description="words before a value that mark this facet")
    cue_required: bool = Field(False, description="a value alone is not understood without a cue")
    called: tuple[str, ...] = Field((), description='other words for the facet itself: "actor" for the cast')
    questions: tuple[str, ...] = Field((), description='questions that ask for it: "who directed"')
    less: tuple[str, ...] = Field((), description='comparatives that lower it ("shorter")')
    more: tuple[str, ...] = Field((), description='comparatives that raise it ("newer")')
    short_words: SizeWords | None = None
    long_words: SizeWords | None = None
    units: tuple[str, ...] = Field((), description='words after a number of it: "g", "grams"')
    order: tuple[str, ...] = Field((), description='values from least to most, for "PG-13 or lower"')
    for_age: dict[int, tuple[str, ...]] = Field(
        default_factory=dict, description="values fit for a child from this age on: 7 = ['G', 'PG']"
    )
    partial: bool = Field(
        False,
        description="an item may have more values than the data name, such as the lesser roles of a cast",
    )
    fact: str = Field("", description='how a value is said of an item: "directed by {values}"')
    shared: str = Field("", description='how a value shared with another item is said: "also with {values}"')

    @property
    def of_kinds(self) -> bool:
        """Whether its values are kinds of items of which one may be several, as a film is of its genres."""
        return self.kind == "categorical" and self.many and self.role == "" and not self.cue_required

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "numeric" and self.many:
            raise ValueError("a numeric facet holds one value an item; drop `many`")
        if self.role in ("year", "duration", "price") and self.kind != "numeric":
            raise ValueError(f"role {self.role!r} needs kind = 'numeric'")
        if self.role in ("person", "keyword") and self.kind != "categorical":
            raise ValueError(f"role {self.role!r} needs kind = 'categorical'")
        return self


class ScaleSpec(Strict):
    """A quality without a column of its own, such as how dark a film is: how people compare by it, and what stands at
    either end. An item's place on it is how near its text is to the phrases of one end rather than the other."""

    more: tuple[str, ...] = Field((), description='comparatives toward the high end ("darker", "grimmer")')
    less: tuple[str, ...] = Field((), description='comparatives toward the low end ("lighter")')
    high_words: tuple[str, ...] = Field((), description='adjectives of the high end ("dark")')
    low_words: tuple[str, ...] = Field((), description='adjectives of the low end ("light-hearted")')
    high: tuple[str, ...] = Field(description="phrases that texts at the high end are near to")
    low: tuple[str, ...] = Field((), description="phrases that texts at the low end are near to")


class ItemColumns(Strict):
    """Where the items are."""

    name: str = Field("catalog", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    items: tuple[str, ...]
    id: str = "id"
    title: str = "title"
    other_names: str | None = None
    text: tuple[str, ...] = ()
    noun: str = Field("item", description="what one of them is called")
    nouns: tuple[str, ...] = Field(("item", "items"), description="every word for them")


class InteractionColumns(Strict):
    """Where the users' interactions are; times and ratings may be missing."""

    file: str
    user: str = "user"
    item: str = "item"
    time: str | None = None
    rating: str | None = None
    liked_from: float | None = Field(None, description="a rating from here up says liked")
    disliked_to: float | None = Field(None, description="a rating up to here says disliked")


class ReviewColumns(Strict):
    """Where people's reviews of the items are; the keyword graph reads them beside the items' own texts."""

    file: str
    item: str = "item"
    text: str = "text"


def _ends(scale: ScaleSpec) -> tuple[tuple[tuple[str, ...], Literal[-1, 1]], ...]:
    return ((scale.high_words, 1), (scale.low_words, -1))


class CatalogSpec(Strict):
    """The whole of `catalog.toml`."""

    catalog: ItemColumns
    facets: dict[str, FacetSpec] = Field(default_factory=dict)
    scales: dict[str, ScaleSpec] = Field(default_factory=dict)
    interactions: InteractionColumns | None = None
    reviews: ReviewColumns | None = None

    def by_role(self, role: Role) -> list[str]:
        """Names of the facets with this role, in the file's order."""
        return [name for name, facet in self.facets.items() if facet.role == role]

    def label(self, facet: str) -> str:
        """What people call a facet."""
        return self.facets[facet].label or facet.replace("_", " ")

    def ends_meant(self, phrase: str, whole: bool = False) -> list[tuple[str, Literal[-1, 1]]]:
        """The scales that a phrase has a word for, each with the end: "gory" is the high one of violence. whole: only where
        the phrase says nothing else ("a slow boat" is about a boat)."""
        said = set(phrase.lower().split())
        return [
            (name, sign)
            for name, scale in self.scales.items()
            for words, sign in _ends(scale)
            if (said <= set(words) if whole else said & set(words))
        ]


def read_spec(path: Path) -> CatalogSpec:
    """The specification in a TOML file; raises UserInputError that names the faulty key."""
    return read_toml(path, CatalogSpec)
