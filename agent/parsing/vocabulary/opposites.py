"""Words that ask for what is not of a value: "foreign" is not English, "live action" no Animation."""

import re

from agent.parsing.vocabulary.lexicon import Lexicon
from agent.parsing.vocabulary.titles import TitleIndex
from agent.parsing.words import Message, name_key
from tools.catalog import Catalog

NEGATED = re.compile(
    r"(?<![\w'])(?:no|not|nothing|without|hates?|never|(?:do|does|did)n't (?:want|like)|can't stand)(?: (?:a|any|too|very))* $",
    re.IGNORECASE,
)
ASKED = re.compile(
    r"(?<![\w'])(?:is|are|was|were) (?:it|that|this|they|the \w+(?: one)?) $", re.IGNORECASE
)  # "is it in colour?"
NEXT_WORD = re.compile(r"[\s-]+([^\W\d_]+)")
NAMED = re.compile(r"(?<!\w)the $", re.IGNORECASE)  # "the foreign legion"


class Opposites:
    """Says them in the catalogue's own words: "a foreign film" becomes "a not English but film"."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon, titles: TitleIndex) -> None:
        self._lexicon = lexicon
        self._titles = titles
        value_of = {
            word.casefold(): value
            for facet in catalog.spec.facets.values()
            for value, words in facet.without.items()
            for word in words
        }
        either = "|".join(re.escape(w) for w in sorted(value_of, key=len, reverse=True))
        self._value_of = value_of
        self._pattern = re.compile(rf"(?<![\w'-])(?:{either})(?![\w'-])", re.IGNORECASE) if either else None

    def changes(self, line: Message) -> list[tuple[int, int, str]]:
        """What is to be said otherwise: (start, end, new words)."""
        found = []
        for m in self._pattern.finditer(line.text) if self._pattern else ():
            before = line.text[: m.start()]
            value = self._value_of[m.group().casefold()]
            if (
                NAMED.search(before)
                or ASKED.search(before)
                or self._begins_a_name(m.group(), line.text[m.end() :])
            ):
                continue
            if negated := NEGATED.search(before):
                found.append((negated.start(), m.end(), value))
            else:  # what comes after it is wished for
                found.append((m.start(), m.end(), f"not {value} but"))
        return found

    def _begins_a_name(self, words: str, after: str) -> bool:
        """Whether the next word makes a title or a keyword of it: "Foreign Correspondent"."""
        following = NEXT_WORD.match(after)
        if following is None:
            return False
        whole = f"{words} {following[1]}"
        return self._titles.exact(whole) is not None or bool(self._lexicon.phrases(name_key(whole)))
