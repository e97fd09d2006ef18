"""Which titles of two lists name the same item, however article, accents, punctuation and year are written."""

import re
import unicodedata
from collections.abc import Sequence

YEAR = re.compile(r"\((\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)\s*$")
BRACKETS = re.compile(r"\([^)]*\)")
ARTICLE_LAST = re.compile(r"^(.*), (the|a|an|les|le|la|il|el|das|der|die)\s*$")
ARTICLE_FIRST = re.compile(r"^(the|a|an) ")
YEARS_APART = 1  # lists differ by a year in when they say an item came out


def year_of(title: str) -> int | None:
    """The year in brackets at the end of a title."""
    found = YEAR.search(title)
    return int(found.group(1)) if found else None


def title_key(title: str) -> str:
    """A title's words alone: no year, article, accents, case or punctuation."""
    words = BRACKETS.sub(" ", title)
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    plain = plain.replace("&", " and ").strip()
    turned = ARTICLE_LAST.match(plain)
    if turned:
        plain = f"{turned.group(2)} {turned.group(1)}"
    plain = re.sub(r"[^a-z0-9]+", " ", plain).strip() or title.casefold()
    return ARTICLE_FIRST.sub("", plain)


class TitleIndex:
    """Finds rows of a list of titles."""

    def __init__(self, titles: Sequence[str]) -> None:
        self._exact: dict[str, int] = {}
        self._like: dict[str, list[tuple[int | None, int]]] = {}
        for row, title in enumerate(titles):
            self._exact.setdefault(title, row)
            self._like.setdefault(title_key(title), []).append((year_of(title), row))

    def find(self, title: str) -> int | None:
        """The row of the same title; of the same words where the years agree, differ by one, or one has none."""
        if title in self._exact:
            return self._exact[title]
        year = year_of(title)
        alike = self._like.get(title_key(title), [])
        for agrees in (
            lambda other: other == year,
            lambda other: year is not None and other is not None and abs(other - year) <= YEARS_APART,
            lambda other: year is None or other is None,
        ):
            found = [row for other, row in alike if agrees(other)]
            if found:
                return found[0]
        return None
