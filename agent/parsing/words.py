"""A message as words: cleaned, cut to a length that is read, and split with the place of each word."""

import re
import unicodedata
from dataclasses import dataclass

READ_CHARACTERS = 2_000
MISSING_APOSTROPHE = re.compile(  # "dont", "whats"; not "its", "ill" and "id", which are words of their own
    r"\b((?:do|does|did|is|are|was|were|has|have|had|could|would|should|ca|wo|ai)n(?=t\b)|(?:what|who|that|there|he|she|let|where|how)(?=s\b)"
    r"|i(?=(?:m|ve)\b)|(?:they|we|you)(?=(?:re|ve)\b))(t|s|m|ve|re)\b",
    re.IGNORECASE,
)
WORD = re.compile(
    r"[0-9]+(?:[.,][0-9]+)?|[^\W\d_]+(?:['’][^\W\d_]+)*|[$€£#&]|[,;:.!?()\"“”/\-–—]", re.UNICODE
)
QUOTES = frozenset('"“”')


@dataclass(frozen=True)
class Word:
    """One word or mark. `low` is lower-case without accents; `start` and `end` are places in the message."""

    text: str
    low: str
    start: int
    end: int

    @property
    def is_mark(self) -> bool:
        """Punctuation rather than a word."""
        return not self.text[0].isalnum()

    @property
    def is_capital(self) -> bool:
        """Begins with a capital letter or a digit."""
        return self.text[0].isupper() or self.text[0].isdigit()


def clean_message(message: str) -> tuple[str, bool]:
    """The message without control characters on one line, and whether it had to be cut to what is read."""
    normal = unicodedata.normalize("NFKC", message[: READ_CHARACTERS * 4]).replace("’", "'").replace("‘", "'")
    printable = "".join(c if c.isprintable() else " " for c in normal)
    printable = re.sub(r"\babt\b", "about", printable)
    text = MISSING_APOSTROPHE.sub(lambda m: f"{m[1]}'{m[2]}", " ".join(printable.split()))
    return text[:READ_CHARACTERS], len(text) > READ_CHARACTERS or len(message) > READ_CHARACTERS * 4


def fold(text: str) -> str:
    """Lower-case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'")


def split_words(text: str) -> list[Word]:
    """The words and marks of a cleaned message."""
    return [Word(m.group(), fold(m.group()), m.start(), m.end()) for m in WORD.finditer(text)]


def name_key(text: str) -> str:
    """A name as compared: lower-case words without accents and marks, "&" as "and"."""
    folded = fold(text).replace("&", " and ").replace("'", "")
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())
