"""TOML files read into the model that says what may stand in them."""

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tools.errors import UserInputError

Model = TypeVar("Model", bound=BaseModel)


def dotted(place: Sequence[int | str]) -> str:
    """Where in the file, as the keys that lead there."""
    return ".".join(str(part) for part in place)


def read_toml(path: Path, model: type[Model], told: Callable[[Sequence[int | str]], str] = dotted) -> Model:
    """What a file holds, as the model. told: how the place of a faulty entry is told.

    Raises UserInputError with one sentence that names the faulty entry.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserInputError(f"no file {path}") from None
    except OSError as error:
        raise UserInputError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserInputError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = told(first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise UserInputError(": ".join([str(path), *([where] if where else []), message])) from None
