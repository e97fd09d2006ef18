"""A scripted dialogue as its TOML file has it: what the person says or presses, and what must hold after each turn;
docs/dialogues.md explains every key."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from rapidfuzz import process

from tools.catalog import Catalog
from tools.errors import UserInputError
from tools.toml import read_toml

Titles = tuple[str, ...]
FacetValues = dict[str, str | float | tuple[str, ...]]
INPUTS = ("say", "press", "take_back", "undo", "reply_question")
WITH_ANSWER = ("say", "reply_question")
# what only an answer has; a button gives none
OF_ANSWER = frozenset(
    "intent shows shows_at_least exactly first last includes excludes any_of position every none some at_most at_least "
    "unknown_ok says says_not says_match notices notices_include asks question_about reasons_mention same_slate keeps "
    "no_repeats".split()
)
OF_SESSION = ("press", "reply_question")  # what needs an answer before it in the session
OF_EARLIER = ("same_slate", "keeps", "no_repeats")  # in the dialogue
TITLES = (
    "exactly includes excludes any_of never forget_never liked seen rejected".split()
)  # of a turn, lists of titles
FACETS = ("every", "none", "some", "at_most", "at_least", "never_facets")
DIALOGUE_FILE = re.compile(r"^\s*(\[\[\s*turn\s*\]\]|turn\s*=)", re.MULTILINE)
UTTERANCE_FILE = re.compile(r"^\s*\[\[\s*utterance\s*\]\]", re.MULTILINE)


class Strict(BaseModel):
    """A part of the file: unknown keys are refused, so that a misspelt expectation is not silently passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Press(Strict):
    """A button on an item: the one in that place of the slate shown last, or the one of that title."""

    item: Annotated[int, Field(strict=True, ge=1)] | Annotated[str, Field(min_length=1)]
    kind: Literal["liked", "rejected", "seen"]


class DialogueTurn(Strict):
    """One message or press, and what must hold after it; what is absent is not checked."""

    say: str | None = None
    press: Press | None = None
    take_back: str | None = Field(None, min_length=1, description="part of the description of a wish")
    undo: bool = Field(False, description="the button, not the word")
    reply_question: int | None = Field(None, ge=1, description="which reply of the question back is pressed")
    new_session: bool = Field(False, description="the same user begins a new session before this turn")

    intent: str | None = None
    shows: int | None = Field(None, ge=0, description="how many items")
    shows_at_least: int | None = Field(None, ge=1)
    exactly: Titles | None = Field(None, description="titles, in any order")
    first: str | None = None
    last: str | None = None
    includes: Titles = ()
    excludes: Titles = Field((), description="titles that this slate does not show")
    any_of: Titles = Field((), description="titles one of which at least is shown")
    position: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="a title is in that place, or in a better one"
    )
    every: FacetValues = Field(default_factory=dict, description="facet values that every item with one has")
    none: FacetValues = Field(default_factory=dict, description="facet values that no item has")
    some: FacetValues = Field(default_factory=dict, description="facet values that one item at least has")
    at_most: dict[str, float] = Field(default_factory=dict)
    at_least: dict[str, float] = Field(default_factory=dict)
    unknown_ok: bool = Field(
        True, description="whether an item without the fact meets every, at_most, at_least"
    )
    reasons_mention: tuple[str, ...] = Field((), description="words that some reason of the slate has")
    same_slate: bool | None = Field(None, description="whether it shows what was shown last, in any order")
    keeps: int | None = Field(None, ge=1, description="how many items of the slate shown last come again")
    no_repeats: bool = Field(False, description="nothing shown in an earlier turn comes again")

    says: tuple[str, ...] = Field((), description="words in what is said, in any case")
    says_not: tuple[str, ...] = ()
    says_match: tuple[str, ...] = Field((), description="regular expressions found in what is said")
    notices: tuple[str, ...] | None = Field(None, description="codes of all notices")
    notices_include: tuple[str, ...] = ()
    asks: bool | None = Field(None, description="whether a question comes back")
    question_about: str | None = Field(None, description="the facet it asks for, or conflict")

    wishes: int | None = Field(None, ge=0, description="how many hold after it")
    preferences: tuple[str, ...] | None = Field(None, description="all that hold, described, in any order")
    preferences_include: tuple[str, ...] = Field((), description="parts of descriptions")
    preferences_exclude: tuple[str, ...] = ()
    liked: Titles = Field((), description="titles that the session has such an event of")
    seen: Titles = ()
    rejected: Titles = ()
    within_ms: float | None = Field(None, gt=0)

    never: Titles = Field((), description="titles that no slate may show from this turn on")
    never_facets: FacetValues = Field(default_factory=dict, description="values that none may have from now")
    forget_never: Titles = Field((), description="titles that may be shown again from this turn on")

    @field_validator("says_match")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return patterns

    @model_validator(mode="after")
    def _one_input(self) -> Self:
        given = [name for name in INPUTS if getattr(self, name) not in (None, False)]
        if len(given) != 1:
            held = " and ".join(f"`{name}`" for name in given)
            raise ValueError(f"has {held or 'none of them'}; a turn has exactly one of {', '.join(INPUTS)}")
        stray = sorted(self.model_fields_set & OF_ANSWER)
        if given[0] not in WITH_ANSWER and stray:
            raise ValueError(f"{stray[0]}: `{given[0]}` is a button, which nothing is said or shown after")
        return self

    @property
    def answered(self) -> bool:
        """Whether palate answers it."""
        return self.say is not None or self.reply_question is not None

    @property
    def label(self) -> str:
        """What the person says, or does in words."""
        if self.press is not None:
            return f"presses {self.press.kind} on {self.press.item}"
        if self.take_back is not None:
            return f"takes back {self.take_back!r}"
        if self.undo:
            return "presses undo"
        if self.reply_question is not None:
            return f"presses reply {self.reply_question}"
        return self.say or ""


class Dialogue(Strict):
    """A dialogue about one catalogue."""

    title: str = Field("", description="one sentence: what it is about")
    catalog: str = Field("restaurants", min_length=1, description="films, or where the catalogue's folder is")
    never: Titles = ()
    never_facets: FacetValues = Field(default_factory=dict)
    user: str = Field("", description="whose lasting tastes its sessions read and write")
    time_limit_ms: float | None = Field(None, gt=0, description="of every turn")
    broken: str = Field("", description="a known defect: it is expected to fail until it is mended")
    turn: tuple[DialogueTurn, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        answered = here = False  # in the dialogue, and in the session
        never = set(self.never)
        for number, turn in enumerate(self.turn, 1):
            here = here and not turn.new_session
            keys = [*(() if answered else OF_EARLIER), *(() if here else OF_SESSION)]
            early = next((key for key in keys if key in turn.model_fields_set), None)
            if early is not None:
                raise ValueError(f"turn {number}: {early}: nothing was shown or asked before it")
            answered, here = answered or turn.answered, here or turn.answered
            stray = next((title for title in turn.forget_never if title not in never), None)
            if stray is not None:
                raise ValueError(f"turn {number}: forget_never: {stray!r} was not refused before")
            never = (never | set(turn.never)) - set(turn.forget_never)
        return self


def read_dialogue(path: Path) -> Dialogue:
    """The dialogue in a TOML file. Raises UserInputError with one sentence that names the file, the turn and the key."""
    return read_toml(path, Dialogue, _place)


def _place(place: Sequence[int | str]) -> str:
    """("turn", 1, "says") as "turn 2: says"; what pydantic adds for the branches of a union is left out."""
    if place[:1] == ("turn",) and len(place) > 1:
        return ": ".join([f"turn {int(place[1]) + 1}", *map(str, place[2:4])])
    return ".".join(str(part) for part in place[:2])


def find_dialogues(paths: Iterable[Path]) -> list[Path]:
    """The dialogue files among these files and in these folders, sorted in each folder; utterance files are passed over.

    Raises UserInputError when a path is missing, a file is neither, or nothing is found.
    """
    found: dict[Path, None] = {}
    paths = list(paths)
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*.toml"))
            found |= dict.fromkeys(file for file in inside if DIALOGUE_FILE.search(_text(file)))
        elif not path.exists():
            raise UserInputError(f"no file or folder {path}")
        else:
            text = _text(path)
            if DIALOGUE_FILE.search(text):
                found[path] = None
            elif not UTTERANCE_FILE.search(text):
                raise UserInputError(f"{path} is no dialogue: it has no [[turn]]")
    if not found:
        raise UserInputError(f"no dialogue (a .toml file with [[turn]]) under {', '.join(map(str, paths))}")
    return list(found)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserInputError(f"{path} cannot be read: {error.strerror}") from None


def check_against(dialogue: Dialogue, catalog: Catalog, path: Path) -> None:
    """Refuses what the catalogue does not know, for such an expectation could never fail, or never hold.

    Raises UserInputError that names the file, the turn, the key and what is near.
    """
    titles = {item.title for item in catalog.items}

    def known(wanted: Iterable[str], where: str) -> None:
        for title in wanted:
            if title not in titles:
                near = _near(title, titles)
                raise UserInputError(f"{where}: no {catalog.spec.catalog.noun} {title!r}{near}")

    known(dialogue.never, f"{path}: never")
    _check_facets(dialogue.never_facets, catalog, f"{path}: never_facets")
    for number, turn in enumerate(dialogue.turn, 1):
        where = f"{path}: turn {number}"
        for key in TITLES:
            known(getattr(turn, key) or (), f"{where}: {key}")
        for key in ("first", "last"):
            known([title] if (title := getattr(turn, key)) is not None else [], f"{where}: {key}")
        known(turn.position, f"{where}: position")
        if turn.press is not None and isinstance(turn.press.item, str):
            known([turn.press.item], f"{where}: press")
        for key in FACETS:
            _check_facets(getattr(turn, key), catalog, f"{where}: {key}")
        about = turn.question_about
        if about is not None and about != "conflict":
            _check_facets({about: ()}, catalog, f"{where}: question_about")


def _check_facets(wanted: Mapping[str, str | float | tuple[str, ...]], catalog: Catalog, where: str) -> None:
    facets = catalog.spec.facets
    for name, value in wanted.items():
        if name not in facets:
            raise UserInputError(f"{where}: no facet {name!r}; there are: {', '.join(facets)}")
        numeric = facets[name].kind == "numeric"
        if isinstance(value, float) != numeric and value != ():
            raise UserInputError(f"{where}: {name} is {'a number' if numeric else 'no number'}")
        for each in values_of(value):
            if not numeric and not catalog.count(name, str(each)):
                near = _near(str(each), catalog.values(name))
                raise UserInputError(f"{where}: no {catalog.spec.label(name)} {each!r}{near}")


def values_of(wanted: str | float | tuple[str, ...]) -> tuple[str | float, ...]:
    """The values one of which is meant."""
    return wanted if isinstance(wanted, tuple) else (wanted,)


def _near(text: str, known: Iterable[str]) -> str:
    near = process.extract(text, sorted(known), limit=3, score_cutoff=75)
    return f"; near: {', '.join(repr(match[0]) for match in near)}" if near else ""
