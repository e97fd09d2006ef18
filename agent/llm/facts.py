"""Evidence facts read as pieces that a sentence may use whole, each with the relation it stands in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

# Relations between the film or the person and a name; a piece of one may only be said with that relation.
RELATIONS: dict[str, str] = {
    **dict.fromkeys(("directed", "directs", "director", "directors"), "direct"),
    **dict.fromkeys(("starring", "stars", "star", "starred", "cast", "actor", "actors"), "cast"),
    **dict.fromkeys(("written", "writer", "writers", "wrote"), "write"),
    **dict.fromkeys(("liked", "loved", "enjoyed"), "like"),
    **dict.fromkeys(("disliked", "hated", "rejected"), "dislike"),
    **dict.fromkeys(("saw", "seen", "watched", "viewed"), "seen"),
    **dict.fromkeys(("similar",), "similar"),
    **dict.fromkeys(("asked", "want", "wanted", "wish", "wished", "mood", "prefer", "preferred"), "ask"),
}
# What a thing is; may be said of the film without naming the relation.
LABELS: dict[str, str] = {
    **dict.fromkeys(("genre", "genres"), "genre"),
    **dict.fromkeys(("keyword", "keywords", "theme", "themes"), "keyword"),
    **dict.fromkeys(("year", "decade", "released"), "year"),
    **dict.fromkeys(("runtime", "length"), "runtime"),
    **dict.fromkeys(("country", "countries"), "country"),
    **dict.fromkeys(("language", "languages"), "language"),
}
PEOPLE = frozenset({"direct", "cast", "write"})
USER = frozenset({"like", "dislike", "seen", "similar", "ask"})
# the case of these says nothing: "Crime" and "crime" are one genre
CASELESS = frozenset({"genre", "keyword", "runtime"})

_SUBJECTS = frozenset(
    ["you", "it", "its", "the", "a", "an", "this", "film", "movie", "is", "was", "are", "has", "have", "also"]
)
_LEADS = frozenset(
    [
        "by",
        "for",
        "to",
        "in",
        "the",
        "a",
        "an",
        "with",
        "of",
        "as",
        "are",
        "is",
        "film",
        "films",
        "something",
        "some",
    ]
)
# a part of a fact with one of these means something else when cut: "nothing with war, horror"
_UNCUTTABLE = frozenset(
    [
        "no",
        "not",
        "never",
        "nothing",
        "none",
        "nobody",
        "neither",
        "nor",
        "without",
        "except",
        "avoid",
        "avoids",
        "unlike",
        "than",
        "under",
        "over",
        "before",
        "after",
        "less",
        "more",
        "fewer",
        "almost",
        "nearly",
        "but",
        "or",
        "either",
        "instead",
        "only",
        "least",
        "most",
        "until",
    ]
)
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.,;:!?()…]|--|[–—]")
_CLOSES = re.compile(r"[.;|\n]+\s*")
_YEAR_TAIL = re.compile(r"\s*\((\d{4})\)\s*$")


@dataclass(frozen=True)
class Piece:
    """Words that may stand in a sentence only together and in this order; `family` "" when said in full."""

    words: tuple[str, ...]
    family: str

    def stands_at(self, words: list[str], start: int) -> bool:
        """Whether the sentence's words from `start` are this piece, letter case included where it tells names."""
        end = start + len(self.words)
        if end > len(words):
            return False
        return all(
            mine == theirs
            or (self.family in CASELESS and singular(mine) == singular(theirs))
            or (start + offset == 0 and mine.casefold() == theirs.casefold())
            for offset, (mine, theirs) in enumerate(zip(self.words, words[start:end], strict=True))
        )


@dataclass(frozen=True)
class Evidence:
    """All that one sentence may say: the facts and the film's title."""

    facts: tuple[str, ...]
    title: str

    @cached_property
    def pieces(self) -> list[Piece]:
        """The usable pieces, longest first, so that a long name is not taken for a shorter one."""
        found = {piece for fact in self.facts for piece in _fact_pieces(fact)} | set(
            _title_pieces(self.title)
        )
        return sorted(
            (piece for piece in found if piece.words), key=lambda piece: (-len(piece.words), piece.words)
        )


def tokens(text: str) -> list[str]:
    """Words and punctuation; hyphens part words, quotation marks and a possessive 's go."""
    plain = text.replace("’", "'").replace("‘", "'")
    plain = re.sub(r"'s\b|(?<![^\W_])'|'(?![^\W_])|[\"“”«»]", "", plain)
    return _TOKEN.findall(re.sub(r"(?<=\w)-(?=\w)", " ", plain))


def parts_of(statement: str) -> list[str]:
    """Words, and a comma for every other mark between them."""
    return [token if token[0].isalnum() else "," for token in tokens(statement)]


def words_of(text: str) -> tuple[str, ...]:
    return tuple(token for token in tokens(text) if token[0].isalnum())


def singular(word: str) -> str:
    """A word without case and plural s, and minutes as min; for genres and keywords, never for names."""
    word = word.casefold()
    if word in {"minute", "minutes", "mins"}:
        return "min"
    if word.isalpha() and len(word) > 3:
        if word.endswith("ies"):
            return f"{word[:-3]}y"
        if word.endswith("s") and not word.endswith("ss"):
            return word[:-1]
    return word


def _fact_pieces(fact: str) -> Iterable[Piece]:
    for part in _CLOSES.split(fact):
        whole = words_of(part)
        if not whole:
            continue
        yield Piece(tuple(parts_of(part.strip(" ,:()"))), "")
        if any(word.casefold() in _UNCUTTABLE or "'" in word for word in whole):
            continue
        family, value = _relation(part)
        if not family:
            family, value = _bare_kind(whole), part
        if family:
            yield from _value_pieces(value, family)


def _relation(part: str) -> tuple[str, str]:
    """The one relation a part of a fact states, and what it states of whom; ("", "") when none or several.

    Two relations in one part ("directed by A, starring B") support nothing but the part in full: which name belongs
    to which would be a guess.
    """
    label, colon, value = part.partition(":")
    found = words_of(label)
    if colon and found and len(found) <= 3:
        last = found[-1].casefold()
        return RELATIONS.get(last, LABELS.get(last, "")), value
    cues = [match for match in re.finditer(r"[^\W_]+", part) if match.group().casefold() in RELATIONS]
    if len(cues) != 1:
        return "", ""
    if any(word.casefold() not in _SUBJECTS for word in words_of(part[: cues[0].start()])):
        return "", ""
    return RELATIONS[cues[0].group().casefold()], part[cues[0].end() :]


def _bare_kind(whole: tuple[str, ...]) -> str:
    """Of a fact without label: a year, a decade or a runtime shows by itself what it is."""
    if len(whole) == 1 and re.fullmatch(r"(18|19|20)\d\ds?", whole[0]):
        return "year"
    if len(whole) == 2 and whole[0].isdigit() and singular(whole[1]) == "min":
        return "runtime"
    return ""


def _value_pieces(value: str, family: str) -> Iterable[Piece]:
    items = re.split(r",|\band\b|&", value) if family in PEOPLE else value.split(",")
    if family == "like" or family == "seen":
        items.append(value)
    for item in items:
        for form in {item, _YEAR_TAIL.sub("", item)}:
            found = list(words_of(form))
            while found and found[0].casefold() in _LEADS and found[0].islower():
                found.pop(0)
            if found:
                yield Piece(tuple(found), family)


def _title_pieces(title: str) -> Iterable[Piece]:
    """The title with and without its year, and with an article moved behind put in front again."""
    year = _YEAR_TAIL.search(title)
    plain = _YEAR_TAIL.sub("", title)
    moved = re.fullmatch(r"(.+), (The|A|An)", plain)
    yield Piece(words_of(title), "title")
    yield Piece(words_of(plain), "title")
    if moved:
        yield Piece(words_of(f"{moved.group(2)} {moved.group(1)}"), "title")
    if year:
        yield Piece((year.group(1),), "year")
