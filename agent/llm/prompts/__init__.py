"""The prompts, one versioned text file each, and how data is put into them without becoming instructions."""

import hashlib
import re
from functools import cache
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+")


def prompt_names() -> list[str]:
    """Every prompt there is, by file name without `.txt`."""
    return sorted(path.stem for path in _FOLDER.glob("*.txt"))


def prompt_fields(name: str) -> list[str]:
    """The fields a prompt wants filled."""
    return Template(_text(name)).get_identifiers()


def render(name: str, **fields: str) -> str:
    """The prompt with its fields filled; KeyError when one is missing. Wrap foreign text by `as_data` first."""
    return Template(_text(name)).substitute(fields)


def as_data(text: str, limit_chars: int) -> str:
    """Foreign text on one line, cut, and unable to close the tag around it or to forge a chat marker.

    Angle brackets go because local servers read `<|im_end|>` inside a message as the end of that message.
    """
    line = " ".join(_UNPRINTABLE.sub(" ", text[: 4 * limit_chars]).split())
    return line.replace("<", "‹").replace(">", "›")[:limit_chars].rstrip()


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip()


@cache
def prompts_digest() -> str:
    """Tells one set of prompts from another: what was measured with these says nothing of others."""
    return hashlib.sha256("\n".join(name + _text(name) for name in prompt_names()).encode()).hexdigest()
