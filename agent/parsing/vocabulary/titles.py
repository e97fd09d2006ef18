"""Finds items by name: exact, without article or subtitle, misspelt, in part, or by their number in a series."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from agent.parsing.words import name_key
from tools.catalog import Catalog

ARTICLES = frozenset({"the", "a", "an", "le", "la", "les", "el", "il", "das", "der", "die"})
SMALL_WORDS = ARTICLES | frozenset(
    "of and in on at to for with from by or is it i my me we you her him his she he they this that what who no not up "
    "so as be do if us one two all out go now them those these there".split()
)
TRAILING_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")
MISSPELT = (
    84.0  # rapidfuzz ratio: "shawshenk redemtion" ~ "shawshank redemption" 92; unrelated names stay under 75
)
SURE_SLIP = 88.0  # where nothing but the spelling speaks for a title
TELLING_NAMES = 4
SQUEEZED = 7  # letters of a name that is known without its spaces
NEAR = 70.0
ROMAN = {
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
}  # not "i", "v" and "x"
NUMBERED = {"two": "2", "three": "3", "four": "4", "five": "5"}  # after "part" or "episode" only
SPELT = {
    str(n): w
    for n, w in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen".split(), 1
    )
}
HELD_BY_MOST = 400  # names; a word of more of them tells too little to look a misspelt name up by


@dataclass(frozen=True)
class TitleMatch:
    """Rows of the items a name stands for, best known first; `score` 0–100, 100 for the very name."""

    rows: tuple[int, ...]
    score: float
    series: tuple[int, ...] = ()  # "the Alien films": the whole series of that name, by year
    whole: bool = False  # and each of them is meant, whatever is said of them


@lru_cache(maxsize=16_384)
def title_key(text: str) -> str:
    """A name as titles are compared: `name_key`, with numerals as digits ("Part II" is "part 2")."""
    words = name_key(text).split()
    for n, word in enumerate(words):
        words[n] = ROMAN.get(word, word) if n else word
        if n and words[n - 1] in ("part", "episode", "vol", "volume", "chapter"):
            words[n] = NUMBERED.get(word, words[n])
    return " ".join(words)


class TitleIndex:
    """All names of all items. popularity: (items,) counts; the better known item is meant by a shared name."""

    def __init__(self, catalog: Catalog, popularity: NDArray[np.integer] | NDArray[np.floating]) -> None:
        self._popularity = popularity
        self._nouns = frozenset(name_key(noun) for noun in catalog.spec.catalog.nouns)
        full: dict[str, list[int]] = {}
        loose: dict[str, list[int]] = {}  # without the article
        partial: dict[str, list[int]] = {}  # a series or subtitle
        years = catalog.spec.by_role("year")
        self._year = catalog.numbers(years[0]) if years else np.full(len(catalog), np.nan)
        for row, item in enumerate(catalog.items):
            plain = TRAILING_YEAR.sub("", item.title)
            for name in (plain, *item.other_names):
                key = title_key(name)
                _add(full, key, row)
                if initials := re.match(
                    r"((?:[a-z0-9] ){2,})", key + " "
                ):  # "E.T. the Extra-Terrestrial" is "ET"
                    _add(partial, initials[1].replace(" ", ""), row)
                    _add(partial, initials[1].strip(), row)
                if key.split()[:1] and key.split()[0] in ARTICLES:
                    _add(loose, " ".join(key.split()[1:]), row)
                for part in re.split(r":| - ", name) if ":" in name or " - " in name else ():
                    words = title_key(part).split()
                    if len("".join(words)) < 4:
                        continue  # the "3" of "3:10 to Yuma" stands for nothing
                    _add(partial, " ".join(words), row)
                    if words[:1] and words[0] in ARTICLES:
                        _add(partial, " ".join(words[1:]), row)
            if np.isfinite(self._year[row]):
                _add(full, f"{title_key(plain)} {self._year[row]:.0f}", row)
        self._full = {name: self._by_fame(rows) for name, rows in full.items()}
        for name, rows in loose.items():
            self._full.setdefault(name, self._by_fame(rows))
        self._partial = {
            name: self._by_fame(rows) for name, rows in partial.items() if name and name not in self._full
        }
        tight: dict[str, list[int]] = {}  # without small words: "lord of the rings return of the king"
        for name in (*self._full, *self._partial):
            short = _tight(name)
            if len(short.split()) > 1 and short not in self._full and short not in self._partial:
                for row in self._full.get(name) or self._partial[name]:
                    _add(tight, short, row)
        self._prefix = self._prefixes()
        self._squeezed = {
            name.replace(" ", ""): rows
            for name, rows in reversed(self._full.items())
            if len(name) >= SQUEEZED
        }
        self._tight = {name: self._by_fame(rows) for name, rows in tight.items()}
        self.first_words = {
            name.split()[0] for name in (*self._full, *self._partial, *self._prefix, *self._tight)
        }
        self._names = sorted(self._full, key=len)  # a name of like spelling has a like length
        self._lengths = [len(name) for name in self._names]
        self._holders: dict[str, list[int]] = {}  # word -> places in _names
        for place, name in enumerate(self._names):
            for word in set(name.split()):
                self._holders.setdefault(word, []).append(place)

    def _by_fame(self, rows: Sequence[int]) -> tuple[int, ...]:
        return tuple(sorted(rows, key=lambda row: (-self._popularity[row], row)))

    def exact(self, name: str) -> TitleMatch | None:
        """Items of this very name, or of this series or subtitle ("Star Wars")."""
        key = title_key(name)
        if not key:
            return None
        if key in self._full:
            return TitleMatch(self._full[key], 100.0)
        if key in self._partial:
            return TitleMatch(self._partial[key][:1], 95.0)
        short, words = _tight(key), key.split()
        whole = words[0] in ARTICLES or words[0] not in SMALL_WORDS  # and not "in black and white"
        if short in self._tight and whole and words[-1] not in SMALL_WORDS:
            return TitleMatch(self._tight[short], 98.0)
        if len(words) > 1 and key.replace(" ", "") in self._squeezed:
            return TitleMatch(self._squeezed[key.replace(" ", "")], 97.0)  # "the god father"
        if key in self._prefix:
            return TitleMatch((self._prefix[key],), 90.0)
        return None

    def _prefixes(self) -> dict[str, int]:
        """The first words of a name that are no name themselves, two telling ones or more: "eternal sunshine". The best
        known item counts where several begin so."""
        best: dict[str, int] = {}
        for name, rows in self._full.items():
            words = name.split()
            for end in range(2, len(words)):
                lead = words[:end]
                telling = [w for w in lead if w not in SMALL_WORDS and not w.isdigit()]
                key = " ".join(lead)
                if (
                    len(telling) < 2
                    or words[end - 1] in SMALL_WORDS
                    or key in self._full
                    or key in self._partial
                ):
                    continue
                for form in (key, key.removeprefix("the ")):
                    old = best.get(form)
                    if old is None or self._popularity[rows[0]] > self._popularity[old]:
                        best[form] = rows[0]
        return best

    def by_word(self, word: str, beside: Sequence[str] = ()) -> TitleMatch | None:
        """The best known item that this one word tells apart ("shawshank"): a word of few names. beside: words that a
        name must have too, be it cut short ("mulholland dr")."""
        cut = [w for b in beside for w in title_key(b).split() if w not in SMALL_WORDS]
        places = [
            place
            for place in self._holders.get(title_key(word), ())
            if all(any(held.startswith(c) for held in self._names[place].split()) for c in cut)
        ]
        if not 0 < len(places) <= TELLING_NAMES:
            return None
        rows = sorted({row for place in places for row in self._full[self._names[place]]})
        return TitleMatch(self._by_fame(rows)[:1], 88.0)

    def slip(self, name: str) -> TitleMatch | None:
        """The name that several words misspell, among names that share one of the words: quick enough to try anywhere."""
        key = title_key(name)
        found = self._nearest(key, SURE_SLIP, 1, sharing_only=True) if len(key) >= 9 else []
        found = [(text, score) for text, score in found if _same_numbers(key, text)]
        return TitleMatch(self._full[found[0][0]], found[0][1]) if found else None

    def fame(self, match: TitleMatch) -> float:
        """How many interactions the best known item of this name has."""
        return float(self._popularity[match.rows[0]])

    def of_year(self, match: TitleMatch, low: float, high: float) -> TitleMatch | None:
        """Those of a match from these years; None when there are none."""
        rows = tuple(row for row in match.rows if low <= self._year[row] <= high)
        return TitleMatch(rows, match.score) if rows else None

    def by_age(self, match: TitleMatch, place: int) -> TitleMatch:
        """The one of a match at a place in order of year: 0 the original, -1 the latest remake."""
        rows = sorted(match.rows, key=lambda row: (np.isnan(self._year[row]), self._year[row]))
        return TitleMatch((rows[place],), match.score)

    def series(self, name: str) -> tuple[int, ...]:
        """Rows of the items whose name begins with this one, by year: the first, second and third of a series."""
        key = title_key(name)
        words = key.split()
        if not words or all(w in SMALL_WORDS for w in words):
            return ()
        held = [set(self._holders.get(w, ())) for w in words]
        names = [self._names[place] for place in set.intersection(*held)] if held else []
        rows = {
            row
            for n in names
            if n == key or n.removeprefix("the ").startswith(key + " ") or n.removeprefix("the ") == key
            for row in self._full[n]
        }
        return tuple(sorted(rows, key=lambda row: (np.isnan(self._year[row]), self._year[row], row)))

    def misspelt(self, name: str) -> TitleMatch | None:
        """The nearest name by spelling; None when none is near enough. 2 ms at 10,000 items, 20 ms at 200,000."""
        key = title_key(name)
        if len(key) < 4:
            return None
        # A short name tolerates no slip ("heat" is no "heart"), one word few: "moonlight" is no "moonlighting".
        cutoff = MISSPELT if len(key) >= 9 and " " in key else SURE_SLIP
        found = [(t, score) for t, score in self._nearest(key, cutoff, 3) if _same_numbers(key, t)]
        if not found:
            return None
        best = found[0][1]
        rows = [row for text, score in found if score == best for row in self._full[text]]
        return TitleMatch(self._by_fame(rows), best)

    def _nearest(
        self, key: str, cutoff: float, limit: int, sharing_only: bool = False
    ) -> list[tuple[str, float]]:
        """(name, ratio) of the names nearest by spelling: among those that share a word, else among all of a like length.

        The ratio is 2·common / (length + length), so lengths that differ too much cannot reach the cutoff.
        """
        low = bisect_left(self._lengths, len(key) * cutoff / (200 - cutoff))
        high = bisect_right(self._lengths, len(key) * (200 - cutoff) / cutoff)
        sharing = {
            place
            for word in set(key.split()) - SMALL_WORDS
            if len(self._holders.get(word, ())) <= HELD_BY_MOST
            for place in self._holders.get(word, ())
            if low <= place < high
        }
        found = self._search(key, (self._names[place] for place in sharing), cutoff, limit)
        if found or sharing_only:
            return found
        return self._search(key, self._names[low:high], cutoff, limit)

    @staticmethod
    def _search(key: str, names: Iterable[str], cutoff: float, limit: int) -> list[tuple[str, float]]:
        found = process.extract(key, list(names), scorer=fuzz.ratio, score_cutoff=cutoff, limit=limit)
        return [(str(name), float(score)) for name, score, _ in found]

    def begins_longer(self, name: str) -> bool:
        """Whether a longer name begins with these words: "gone with the"."""
        key = title_key(name)
        held = [set(self._holders.get(w, ())) for w in key.split()]
        places = set.intersection(*held) if held else set()
        return any(self._names[place].startswith(key + " ") for place in places)

    def part(self, name: str) -> TitleMatch | None:
        """The best known item whose name holds all these words ("lost ark"); they must be two or more."""
        words = [w for w in title_key(name).split() if w not in SMALL_WORDS]
        telling = [w for w in words if not w.isdigit() and w != "part" and w not in self._nouns]
        if len(words) < 2 or not telling or len(telling) + sum(w.isdigit() for w in words) < 2:
            return None
        places = set.intersection(*(set(self._holders.get(w, ())) for w in words))
        rows = {row for place in places for row in self._full[self._names[place]]}
        return TitleMatch(self._by_fame(sorted(rows))[:1], 90.0) if rows else None

    def near(self, name: str, k: int = 3) -> list[int]:
        """Rows of the items whose names look most like this one, for "did you mean"."""
        found = self._nearest(title_key(name), NEAR, k * 3)
        return list(dict.fromkeys(self._full[text][0] for text, _ in found))[:k]


@lru_cache(maxsize=16_384)
def _tight(key: str) -> str:
    """A name without small words and without the words that only count: "star wars episode 4 a new hope"."""
    key = re.sub(r"\bepisode \d+\b|\b(?:part|vol|volume|chapter)\b", "", key)
    return " ".join(w for w in key.split() if w not in SMALL_WORDS)


def _same_numbers(said: str, name: str) -> bool:
    """Whether a name has the numbers that were said: "Gone with the Windows 95" misspells no name without the 95."""
    words = name.split()
    return all(n in words or SPELT.get(n, "") in words for n in said.split() if n.isdigit() and len(n) < 4)


def _add(names: dict[str, list[int]], key: str, row: int) -> None:
    rows = names.setdefault(key, []) if key else []
    if row not in rows:
        rows.append(row)
