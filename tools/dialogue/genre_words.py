"""Everyday words for genres, as people say them, as far as a catalogue has those genres."""

import re
from collections.abc import Mapping

import numpy as np

from tools.dialogue.counts import Floats

SAID_FOR = {
    "scary": "horror",
    "spooky": "horror",
    "funny": "comedy",
    "hilarious": "comedy",
    "comedies": "comedy",
    "romcom": "comedy",
    "rom com": "comedy",
    "romantic": "romance",
    "love story": "romance",
    "scifi": "sci-fi",
    "sci fi": "sci-fi",
    "science fiction": "sci-fi",
    "animated": "animation",
    "cartoon": "animation",
    "kid": "family",
    "kids": "family",
    "children": "family",
    "musicals": "musical",
    "westerns": "western",
    "thrillers": "thriller",
    "suspense": "thriller",
    "suspenseful": "thriller",
    "dramas": "drama",
    "superhero": "action",
    "mysteries": "mystery",
    "historical": "history",
    "documentaries": "documentary",
}
TITLED = re.compile(r"\b[^.]*\(\d{4}\)")  # what stands before a year is a title, whose words are no wish


class GenreWords:
    """Finds the genres of a catalogue in what is said."""

    def __init__(self, genre_rows: Mapping[str, int]) -> None:
        said = dict(genre_rows)
        said |= {word: genre_rows[genre] for word, genre in SAID_FOR.items() if genre in genre_rows}
        self._rows = said
        self._count = len(genre_rows)
        words = sorted(said, key=lambda word: (-len(word), word))
        self._pattern = re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b") if words else None

    def find(self, said: str) -> Floats:
        """1 for each genre that is named, else 0. (genres,)"""
        found = np.zeros(max(self._count, 1), np.float32)
        if self._pattern is not None:
            for match in self._pattern.finditer(TITLED.sub(" ", said.lower())):
                found[self._rows[match.group(1)]] = 1
        return found
