"""Whether a sentence says nothing but what its facts say: strict, so that doubt rejects it.

A sentence passes when it can be read, left to right, as a closed list of small words and whole pieces of the facts,
each piece said in its own relation ("directed by" only of a director, "you liked" only of what was liked). Every
other word rejects it: so no name, number, title, superlative, negation or praise gets through that is no fact.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.llm.facts import LABELS, PEOPLE, RELATIONS, USER, Evidence, Piece, parts_of

MAX_SENTENCE_CHARS = 240

_ARTICLES = frozenset(["a", "an", "the"])
# a new statement begins: what was said before no longer governs
_FRESH = frozenset(
    [
        "it",
        "this",
        "which",
        "is",
        "was",
        "are",
        "has",
        "matches",
        "fits",
        "runs",
        "lasts",
        "comes",
        "made",
        "released",
        "suggested",
        "recommended",
    ]
)
_NEUTRAL = frozenset(["you", "your", "that", "because", "since", "as", "also", "both", "its"])
_FREE = frozenset(LABELS.values()) | {"title", ""}
# which pieces may follow a preposition that no relation word governs
_PREPOSITIONS: dict[str, frozenset[str]] = {
    "with": frozenset({"cast", "genre", "keyword", "runtime", ""}),
    "features": frozenset({"cast", "keyword"}),
    "featuring": frozenset({"cast", "keyword"}),
    "by": frozenset({"direct"}),
    "from": frozenset({"country", "year", ""}),
    "in": frozenset({"language", "year", "genre", ""}),
    "of": frozenset({"genre", "keyword", "runtime", "year", ""}),
    "about": frozenset({"keyword", ""}),
    "exploring": frozenset({"keyword"}),
    "involving": frozenset({"keyword"}),
    "at": frozenset({"runtime", ""}),
    "for": frozenset(),
    "to": frozenset(),
}
_MARKUP = re.compile(r"[<>\[\]{}*_`#|\\=@~^$%/\n\r\t]|https?|www\.|\.(com|org|net)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)")


def grounded(sentence: str, facts: Sequence[str], title: str, nouns: Sequence[str] = ()) -> bool:
    """True only when everything the sentence says stands in the facts or the title.

    Facts are best one relation each: "directed by Michael Mann", "cast: Al Pacino, Val Kilmer", "genres: Crime",
    "you liked Ronin (1998)"; a fact of another shape may only be said in full.
    """
    return why_not_grounded(sentence, facts, title, nouns) is None


def why_not_grounded(
    sentence: str, facts: Sequence[str], title: str, nouns: Sequence[str] = ()
) -> str | None:
    """What in the sentence is not covered, None when all of it is. nouns: what the catalogue's items are called."""
    text = sentence.strip()
    if not text or len(text) > MAX_SENTENCE_CHARS:
        return "length"
    if _MARKUP.search(text):
        return "markup"
    if not all(char.isalnum() or char in " .,;:!?()'\"-–—…’‘“”&" for char in text):
        return "characters"
    sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
    if not 1 <= len(sentences) <= 2:
        return "number of sentences"
    statements = [part for sentence in sentences for part in sentence.split(";") if part.strip()]
    evidence = Evidence(tuple(facts), title)
    for statement in statements:
        refusal = _Reader(parts_of(statement), evidence.pieces, frozenset(nouns)).read()
        if refusal:
            return refusal
    return None


@dataclass
class _Reader:
    """Reads one statement; `governs` is what the words so far allow the next piece to be."""

    words: list[str]
    pieces: list[Piece]
    nouns: frozenset[str] = frozenset()
    governs: frozenset[str] = _FREE
    by_user: bool = False
    # a relation word waits for its object ("directed by …")
    pending: str = ""
    subject_of: str = ""
    said: int = field(default=0)

    def read(self) -> str | None:
        at = 0
        while at < len(self.words):
            piece = next((piece for piece in self._candidates(at) if self._may_say(piece, at)), None)
            if piece is not None:
                self.said += 1
                self.pending = ""
                if piece.family == "":
                    self._said_in_full(piece)
                self.subject_of = piece.family if piece.family in PEOPLE and self.governs is _FREE else ""
                at += len(piece.words)
                continue
            refusal = self._small_word(self.words[at], at)
            if refusal:
                return refusal
            at += 1
        if self.pending:
            return f"'{self.pending}' of nothing"
        return None if self.said else "says nothing"

    def _candidates(self, at: int) -> list[Piece]:
        return [piece for piece in self.pieces if piece.stands_at(self.words, at)]

    def _may_say(self, piece: Piece, at: int) -> bool:
        if piece.family in PEOPLE and self.governs is _FREE:
            # "Al Pacino stars": the relation follows its subject
            after = at + len(piece.words)
            return after < len(self.words) and RELATIONS.get(self.words[after]) == piece.family
        if piece.family == "" and not self.by_user and not self.pending:
            # a fact said in full brings its own relation
            return "" in self.governs
        return piece.family in self.governs

    def _said_in_full(self, piece: Piece) -> None:
        """A fact said in full may not be carried on: "you asked for the 1990s and …"."""
        families = {RELATIONS[word.casefold()] for word in piece.words if word.casefold() in RELATIONS}
        self.by_user = bool(families & USER) or len(families) > 1
        self.governs = frozenset(families & PEOPLE) if not self.by_user else frozenset()

    def _small_word(self, word: str, at: int) -> str | None:
        """Take a word that is no piece, or say why it cannot stand here."""
        plain = word.casefold() if at == 0 else word
        if plain in RELATIONS:
            return self._relation_word(plain)
        if plain in _ARTICLES or plain in self.nouns or plain in _NEUTRAL:
            return None
        if plain in _PREPOSITIONS:
            if not self.pending and not self.by_user:
                self.governs = _PREPOSITIONS[plain]
            return None
        if plain in {",", "and"} or plain in _FRESH:
            if self.pending:
                return f"'{self.pending}' of nothing"
            # "you liked Heat and …" goes on being about what was liked until a new statement begins
            if plain in _FRESH or (plain == "," and not self.by_user):
                self.governs, self.by_user = _FREE, False
            return None
        return f"'{word}' is no fact"

    def _relation_word(self, word: str) -> str | None:
        family = RELATIONS[word]
        if self.pending:
            return f"'{self.pending}' of nothing"
        if self.subject_of == family:
            # "Michael Mann directed Heat": of this film, and of nothing else
            self.subject_of, self.governs, self.by_user = "", frozenset({"title"}), False
            return None
        self.pending, self.governs, self.by_user = word, frozenset({family}), family in USER
        return None
