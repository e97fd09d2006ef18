"""What must never be said to palate: the names and ids of what a simulated person has in mind."""

import re
import unicodedata
from collections.abc import Iterable

from tools.catalog import Item

YEAR_AT_END = re.compile(r"\s*\(\d{4}\)\s*$")
ARTICLES = ("the", "a", "an")
WHOLE_PART = re.compile(r"[:–—]| - ")
PREFIX_FROM = (
    5  # letters of a name's last word from which longer words count as the name: "casinos" for "Casino"
)


class SecretTold(RuntimeError):
    """A message would have told what palate is to find."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return tuple(
        re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)).replace("_", " "))
    )


class Secret:
    """Names of some items, to look for in messages: titles with and without article and year, what stands before or after
    a colon or dash in them, other names, and ids."""

    def __init__(self, items: Iterable[Item], common: frozenset[str]) -> None:
        """common: words that people's sentences are made of anyway. A part of a title all of such words is passed over;
        a whole title of them cannot be kept secret, see `can_be_kept`."""
        whole: list[tuple[str, ...]] = []
        parts: list[tuple[str, ...]] = []
        self.ids: list[tuple[str, ...]] = []
        for item in items:
            for name in (item.title, *item.other_names):
                bare = YEAR_AT_END.sub("", name)
                whole += _with_and_without_article(words(bare))
                parts += [
                    form for part in WHOLE_PART.split(bare) for form in _with_and_without_article(words(part))
                ]
            self.ids.append(words(item.id))
        self.names = tuple(dict.fromkeys([*whole, *(p for p in parts if not set(p) <= common)]))
        in_common_words = any(set(name) <= common for name in whole)
        self.can_be_kept = not in_common_words and not any(self.told_by(word) for word in sorted(common))

    def told_by(self, message: str) -> str:
        """The name or id that a message contains; empty when it contains none."""
        said = words(message)
        for name in self.names:
            if _contains(said, name, len(name[-1]) >= PREFIX_FROM):
                return " ".join(name)
        return next((" ".join(i) for i in self.ids if _contains(said, i, False)), "")

    def check(self, message: str) -> str:
        """The message, which may be sent. Raises SecretTold."""
        told = self.told_by(message)
        if told:
            raise SecretTold(f"a simulated person was about to say {told!r}: {message!r}")
        return message


def _with_and_without_article(name: tuple[str, ...]) -> list[tuple[str, ...]]:
    bare = name[1:] if len(name) > 1 and name[0] in ARTICLES else name
    return [form for form in dict.fromkeys((name, bare)) if form]


def _contains(said: tuple[str, ...], name: tuple[str, ...], begins: bool) -> bool:
    """Whether the name's words stand in a row. begins: its last word may be the beginning of a longer one."""
    size = len(name)
    for at in range(len(said) - size + 1):
        if said[at : at + size - 1] != name[:-1]:
            continue
        last = said[at + size - 1]
        if last == name[-1] or (begins and last.startswith(name[-1])):
            return True
    return False
