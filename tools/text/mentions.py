"""Which items name a word: in their keywords, or in their text. What is refused is refused in this wide sense."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar

import numpy as np

from tools.catalog import Catalog
from tools.catalog.items import Mask

WORD = re.compile(r"[^\W_]+")
Key = TypeVar("Key")


class MentionIndex:
    """An inverted index of one catalogue's keywords and texts, by singular word. Built at first use: 0.1 s at 9,066."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._facets = catalog.spec.by_role("keyword")

    def in_keywords(self, phrase: str) -> Mask:
        """Items with a keyword that holds the phrase's words side by side: "war" is in "world war ii"."""
        mask = np.zeros(len(self.catalog), bool)
        words = stems(phrase)
        candidates = self._keyword_words.get(words[0], ()) if words else ()
        found = [k for k in candidates if _holds(stems(k), words)]
        for facet in self._facets:
            mask |= self.catalog.having(facet, found)
        return mask

    def in_titles(self, phrase: str) -> Mask:
        """Items whose title holds the phrase's words side by side: "batman" is in "Batman Returns"."""
        mask = np.zeros(len(self.catalog), bool)
        words = stems(phrase)
        for row in self._title_words.get(words[0], ()) if words else ():
            mask[row] = len(words) == 1 or _holds(stems(self.catalog.items[row].title), words)
        return mask

    @cached_property
    def _title_words(self) -> dict[str, list[int]]:
        return _inverted((row, item.title) for row, item in enumerate(self.catalog.items))

    def in_text(self, phrase: str) -> Mask:
        """Items whose text holds the phrase's words side by side."""
        mask = np.zeros(len(self.catalog), bool)
        words = stems(phrase)
        for row in self._text_words.get(words[0], ()) if words else ():
            mask[row] = len(words) == 1 or _holds(stems(self.catalog.items[row].text), words)
        return mask

    @cached_property
    def _keyword_words(self) -> dict[str, list[str]]:
        keywords = dict.fromkeys(k for facet in self._facets for k in self.catalog.values(facet))
        return _inverted((k, k) for k in keywords)

    @cached_property
    def _text_words(self) -> dict[str, list[int]]:
        return _inverted((row, item.text) for row, item in enumerate(self.catalog.items))


def stems(text: str) -> list[str]:
    """The words of a text, lower-case, without accents and plural endings."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return [_stem(word) for word in WORD.findall(plain)]


def _stem(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _inverted(texts: Iterable[tuple[Key, str]]) -> dict[str, list[Key]]:
    index: dict[str, list[Key]] = {}
    for key, text in texts:
        for word in set(stems(text)):
            index.setdefault(word, []).append(key)
    return index


def _holds(words: list[str], phrase: list[str]) -> bool:
    return any(words[n : n + len(phrase)] == phrase for n in range(len(words) - len(phrase) + 1))
