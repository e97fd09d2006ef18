"""How simulated people talk: the personas, and several sentences for each thing that one may say."""

import random
import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from agent.evaluation.simulation.secrets import words
from tools.toml import read_toml

PHRASES = Path(__file__).with_name("phrases.toml")
ANY = "any"
OWN_SHARE = 0.75  # of the sentences of a persona that are its own, where it has some
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_FIELD = re.compile(r"\{\w+\}")


class Persona(BaseModel):
    """What tells one person from another. Chances are per message or per occasion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patience: float = Field(gt=0, description="of the patience that was asked for")
    facts: tuple[int, int] = Field(description="fewest and most facts in the first message")
    mentions: float = Field(ge=0, le=1, description="chance of naming a liked item at first")
    answers: float = Field(ge=0, le=1, description="chance of answering a question back")
    curious: float = Field(ge=0, le=1, description="chance of asking about an item")
    typos: float = Field(ge=0, description="of the noise")
    decoy: float = Field(ge=0, le=1, description="chance of wanting something else at first")


class Phrases(BaseModel):
    """The file: personas, and for each act sentences by persona."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, dict[str, tuple[str, ...]]] = Field(init=False)

    personas: dict[str, Persona]

    @property
    def acts(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Act -> persona or "any" -> sentences."""
        return self.__pydantic_extra__

    def draw(self, act: str, persona: str, rng: random.Random) -> str:
        """A sentence for an act, mostly one of the persona's own."""
        by_persona = self.acts[act]
        own = by_persona.get(persona, ())
        common = by_persona.get(ANY, own)
        return rng.choice(own if own and rng.random() < OWN_SHARE else common)

    def vocabulary(self) -> frozenset[str]:
        """Every word that the sentences are made of, folded."""
        texts = [s for act in self.acts.values() for sentences in act.values() for s in sentences]
        return frozenset(w for text in texts for w in words(_FIELD.sub(" ", text))) | frozenset(ORDINALS)


@cache
def load_phrases(path: Path = PHRASES) -> Phrases:
    """The sentences of the file. Raises UserInputError that names a faulty entry."""
    return read_toml(path, Phrases)


def place_name(place: int, of: int) -> str:
    """How an item shown is pointed at: "the second one", "the last one"."""
    if place == of - 1 and of > 1 and place >= len(ORDINALS):
        return "the last one"
    return f"the {ORDINALS[place]} one"


def with_article(words: str) -> str:
    """ "a crime film", "an animated film"."""
    vowel = words[:1].lower() in "aeiou" and not words.lower().startswith(("uni", "eu", "one", "uk", "usa"))
    return f"{'an' if vowel else 'a'} {words}"
