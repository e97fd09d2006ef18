"""Utterances with what they mean, as data files; docs/evaluation.md explains the format."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.demo import DEMO_FOLDER
from tools.errors import UserInputError
from tools.toml import read_toml

FELT = ("liked", "disliked", "neutral", "seen", "unseen", "rejected", "accepted", "asked")


class Utterance(BaseModel):
    """One message and what it means. "A|B" says that either reading would do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: str
    catalog: str = "films"
    shown: tuple[str, ...] = Field((), description="titles of the slate it may point at")
    focus: str = Field("", description="the title spoken of last")
    had_wishes: bool = False
    intent: str | tuple[str, ...] = Field(
        (), description="one, or those that would do; unchecked when absent"
    )
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    points: tuple[str, ...] = Field((), description="those of the titles that are pointed at, not named")
    unknown: tuple[str, ...] = Field((), description="titles the catalogue does not have")
    wants: tuple[str, ...] = Field((), description='facet wishes; "A or B" is one wish for either')
    refuses: tuple[str, ...] = ()
    soft: tuple[str, ...] = Field((), description="those of them that only steer")
    hard: tuple[str, ...] = Field((), description="those of them that filter")
    fits: dict[str, tuple[float, ...]] = Field(default_factory=dict, description="numbers the ranges leave")
    bars: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="numbers the ranges rule out"
    )
    about: tuple[str, ...] = Field((), description="a word of each free theme wished for")
    not_about: tuple[str, ...] = ()
    lower: tuple[str, ...] = Field((), description="numeric facets wanted less of than what it points at")
    raise_: tuple[str, ...] = Field((), alias="raise")
    less: tuple[str, ...] = Field((), description="qualities wanted less of than what it points at")
    more: tuple[str, ...] = ()
    same: tuple[str, ...] = Field((), description="facets that shall be the same")
    different: bool = False
    unsaid: tuple[str, ...] = Field((), description="words no free theme may hold")
    broken: str = Field("", description="a known defect: it is expected to fail until it is mended")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        stray = [t for t in self.points if t not in self.titles]
        if stray:
            raise ValueError(f"points at {stray[0]!r}, which no feeling names")
        return self

    @property
    def titles(self) -> tuple[str, ...]:
        """Every title of the catalogue it names or points at."""
        return tuple(title for feeling in FELT for title in getattr(self, feeling))

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents that would do; empty when it is not checked."""
        return (self.intent,) if isinstance(self.intent, str) else self.intent


class UtteranceFile(BaseModel):
    """A whole file: where its catalogues are, and the utterances."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    catalogs: dict[str, str] = Field(
        default_factory=dict, description="folder of each catalogue, from the file"
    )
    utterance: tuple[Utterance, ...]


def read_utterances(path: Path) -> tuple[tuple[Utterance, ...], dict[str, Path]]:
    """The utterances of a file, and the folder of each catalogue they are about ("films" is the demo).

    Raises UserInputError with one sentence that names the faulty entry.
    """
    file = read_toml(path, UtteranceFile)
    folders = {"films": DEMO_FOLDER} | {n: path.parent / folder for n, folder in file.catalogs.items()}
    strange = next((u for u in file.utterance if u.catalog not in folders), None)
    if strange is not None:
        raise UserInputError(
            f"{path}: {strange.say!r} is about {strange.catalog!r}; [catalogs] names no such folder"
        )
    return file.utterance, folders
