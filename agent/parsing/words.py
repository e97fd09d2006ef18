"""A message as words: cleaned, cut to a length that is read, and split with the place of each word."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

READ_CHARACTERS = 2_000
MISSING_APOSTROPHE = re.compile(  # "dont", "whats"; not "its", "ill" and "id", which are words of their own
    r"\b((?:do|does|did|is|are|was|were|has|have|had|could|would|should|ca|wo|ai)n(?=t\b)|(?:what|who|that|there|he|she|let|where|how)(?=s\b)"
    r"|i(?=(?:m|ve)\b)|(?:they|we|you)(?=(?:re|ve)\b))(t|s|m|ve|re)\b",
    re.IGNORECASE,
)
BEGINS = re.compile(
    r"(?:^|[.,;:!?(]|\b(?:and|but|so|because|cos|if|since|when|as|hi|hey|ok))\s*$"
)  # "were six", not "we were"
SHORT = {
    "u": "you", "ur": "your", "r": "are", "n": "and", "pls": "please", "plz": "please", "plox": "please", "abt": "about",
    "bout": "about", "w": "with", "w/": "with", "w/o": "without", "cuz": "because", "coz": "because", "bc": "because",
    "gimme": "give me", "lemme": "let me", "wanna": "want to", "tho": "though", "thru": "through", "sth": "something",
    "smth": "something", "sumthin": "something", "somethin": "something", "sum": "some", "luv": "love", "liek": "like",
    "dis": "this", "dat": "that", "teh": "the", "hte": "the", "adn": "and", "taht": "that", "wiht": "with", "yrs": "years", "hrs": "hours", "mins": "minutes", "2nd": "second",
    "3rd": "third", "1st": "first", "4th": "fourth", "5th": "fifth", "urs": "yours", "any1": "anyone", "some1": "someone", "poss": "possible", "diff": "different", "fav": "favourite",
    "fave": "favourite", "faves": "favourites", "favs": "favourites", "gud": "good", "gr8": "great", "2nite": "tonight",
    "tonite": "tonight", "tmrw": "tomorrow", "idc": "i don't care", "outta": "out of", "kinda": "kind of", "sorta": "sort of",
}  # fmt: skip
SHORTHAND = re.compile(
    rf"(?<![\w'/.])(?:{'|'.join(re.escape(w) for w in sorted(SHORT, key=len, reverse=True))})(?![\w'/])"
)
RATED = re.compile(r"(?:rated|certificate)\s$")
DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
NUMERAL = re.compile(r"(?:[IVX]{2,6}|x{0,2}v?iii)\b")  # "Part III" is not drawn out
# of a page: what it hides whole, and its tags
MARKUP = re.compile(
    r"<(?P<hidden>script|style)\b[^<>]*>.*?</(?P=hidden)\s*>|</?(?:script|style|html|body|head|div|span|p|br|hr|b|i|u|s|a|em|strong|small|img|h[1-6]|ul|ol|li|code|pre|iframe|svg|font|table|t[rdh]|input|button|form|marquee)\b[^<>]*>",
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


@dataclass(frozen=True)
class Message:
    """A message as typed (`said`, cleaned) and as read (`text`: shorthand and slips written out). One is found in the
    other by `places`: for each character of `text`, and for its end, where it stands in `said`."""

    said: str
    text: str
    places: tuple[int, ...]
    shortened: bool = False

    def quote(self, start: int, end: int) -> str:
        """The words as typed that stand for a piece of what is read; of words written otherwise the whole."""
        while start < end < len(self.places) - 1 and self.places[end] == self.places[start]:
            end += 1
        return self.said[self.places[start] : self.places[end]]


def clean_message(message: str) -> Message:
    """The message without control characters on one line, cut to what is read, its shorthand written out."""
    normal = unicodedata.normalize("NFKC", message[: READ_CHARACTERS * 4]).replace("’", "'").replace("‘", "'")
    printable = "".join(c if c.isprintable() else " " for c in normal)
    said = " ".join(printable.split())
    shortened = len(said) > READ_CHARACTERS or len(message) > READ_CHARACTERS * 4
    said = said[:READ_CHARACTERS]
    read = Message(said, said, tuple(range(len(said) + 1)), shortened)
    read = rewrite(read, [(m.start(), m.end(), " ") for m in MARKUP.finditer(said)])
    missing = [
        (m.start(), m.end(), f"{m[1]}'{m[2]}")
        for m in MISSING_APOSTROPHE.finditer(read.text)
        if m.group().lower() != "were" or BEGINS.search(read.text[: m.start()].lower())
    ]
    read = rewrite(read, missing)
    short = [
        (m.start(), m.end(), SHORT[m.group()])
        for m in SHORTHAND.finditer(read.text)
        if not (m.group() == "r" and RATED.search(read.text[: m.start()].lower()))
    ]
    read = rewrite(read, short)
    drawn = [
        m for m in DRAWN_OUT.finditer(read.text) if not NUMERAL.match(read.text, _word_start(read.text, m))
    ]
    return rewrite(read, [(m.start(), m.end(), m[1]) for m in drawn])


def _word_start(text: str, match: re.Match[str]) -> int:
    start = match.start()
    while start and text[start - 1].isalnum():
        start -= 1
    return start


def rewrite(message: Message, changes: Sequence[tuple[int, int, str]]) -> Message:
    """The message with pieces of its text (start, end, new words) written otherwise; what was typed stays known."""
    if not changes:
        return message
    text: list[str] = []
    places: list[int] = []
    done = 0
    for start, end, new in sorted(changes):
        text += message.text[done:start] + new
        places += [*message.places[done:start], *([message.places[start]] * len(new))]
        done = end
    text += message.text[done:]
    places += message.places[done:]
    return replace(message, text="".join(text), places=tuple(places))


def fold(text: str) -> str:
    """Lower-case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'")


def split_words(text: str) -> list[Word]:
    """The words and marks of a cleaned message."""
    return [Word(m.group(), fold(m.group()), m.start(), m.end()) for m in WORD.finditer(text)]


@lru_cache(maxsize=16_384)  # a message's words and their runs are looked at again and again
def name_key(text: str) -> str:
    """A name as compared: lower-case words without accents and marks, "&" as "and"."""
    folded = fold(text).replace("&", " and ").replace("'", "")
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())
