"""Recorded dialogues between people, in the files of iEvaLM (Wang et al. 2023): items in one, recommending turns in another.

`id2info.json`: by id an object with name, and genre, director, writer, star (lists), plot, all but the name optional.
`*_data_processed.jsonl`: a turn a line. dialog_id; turn_id; context, the utterances so far, the recommender's first (empty where
the seeker began); entity, what was named so far; rec, what is recommended now.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from tools.dialogue.titles import TitleIndex, year_of
from tools.errors import UserInputError

ITEMS_FILE = "id2info.json"
PEOPLE = ("star", "director", "writer")


def _several(told: Any) -> Any:
    """A list of names, whether it stands as one, as a single name or not at all."""
    if told is None:
        return ()
    return (told,) if isinstance(told, str) else told


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


class RecordedItem(BaseModel):
    """An item as the file tells it."""

    name: str = Field(min_length=1)
    genre: Names = ()
    star: Names = ()
    director: Names = ()
    writer: Names = ()
    plot: str | None = None

    @property
    def year(self) -> int | None:
        """The year in brackets at the end of its name."""
        return year_of(self.name)


class _Turn(BaseModel):
    dialog_id: str | int
    turn_id: int
    context: list[str]
    entity: list[str] = []
    rec: list[str] = []


@dataclass(frozen=True)
class RecordedTurn:
    """A turn in which the recommender recommends, and the dialogue before it.

    utterances: in order, those at even places the seeker's; may be empty. mentioned: rows of the items named so far, in order.
    named: what else was named (people, genres, other words). targets: rows recommended now that were not mentioned before.
    unknown: how many more were, that the items file does not hold.
    """

    dialogue: str
    number: int
    utterances: tuple[str, ...]
    mentioned: tuple[int, ...]
    named: tuple[str, ...]
    targets: tuple[int, ...]
    unknown: int = 0

    @property
    def case(self) -> str:
        """What the turn is called in reports."""
        return f"{self.dialogue}:{self.number}"


def read_items(folder: Path) -> tuple[RecordedItem, ...]:
    """The items of a folder, the first of each name. Raises UserInputError in one sentence."""
    path = folder / ITEMS_FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserInputError(f"no file {path}; a folder of recorded dialogues has one") from None
    except (OSError, ValueError) as error:
        raise UserInputError(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(told, dict) or not told:
        raise UserInputError(f"{path} holds no object of items by id")
    items: dict[str, RecordedItem] = {}
    for key, entry in told.items():
        try:
            item = RecordedItem.model_validate(entry)
        except ValidationError as error:
            raise UserInputError(f"{path}: item {key}: {_first(error)}") from None
        items.setdefault(item.name, item)
    return tuple(items.values())


def read_turns(path: Path, rows: Mapping[str, int]) -> tuple[RecordedTurn, ...]:
    """The turns of a file that recommend something new. rows: of the items, by name. Raises UserInputError in one sentence."""
    return tuple(turn for turn in _turns(path, rows) if turn.targets or turn.unknown)


def _turns(path: Path, rows: Mapping[str, int]) -> Iterator[RecordedTurn]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise UserInputError(f"no file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserInputError(f"{path} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = _Turn.model_validate_json(line)
        except ValidationError as error:
            raise UserInputError(f"{path}, line {number}: {_first(error)}") from None
        before = set(told.entity)
        new = [name for name in dict.fromkeys(told.rec) if name not in before]
        yield RecordedTurn(
            str(told.dialog_id),
            told.turn_id,
            tuple(told.context),
            tuple(dict.fromkeys(rows[name] for name in told.entity if name in rows)),
            tuple(name for name in told.entity if name not in rows),
            tuple(sorted(rows[name] for name in new if name in rows)),
            sum(name not in rows for name in new),
        )


def moved(turns: Sequence[RecordedTurn], names: Sequence[str], onto: Sequence[str]) -> list[RecordedTurn]:
    """Turns about one list of items told of another: rows by equal name, else by like title and year; others are dropped."""
    if list(names) == list(onto):
        return list(turns)
    index = TitleIndex(onto)
    place = [index.find(name) for name in names]

    def there(rows: Sequence[int]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(p for row in rows if (p := place[row]) is not None))

    return [
        RecordedTurn(
            t.dialogue, t.number, t.utterances, there(t.mentioned), t.named, there(t.targets), t.unknown
        )
        for t in turns
    ]


def dialogue_order(turns: Sequence[RecordedTurn]) -> dict[str, tuple[int, ...]]:
    """By dialogue all items named in it, in order, as far as its turns tell."""
    order: dict[str, dict[int, None]] = {}
    for turn in turns:
        order.setdefault(turn.dialogue, {}).update(dict.fromkeys((*turn.mentioned, *turn.targets)))
    return {dialogue: tuple(rows) for dialogue, rows in order.items()}


def _first(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]
