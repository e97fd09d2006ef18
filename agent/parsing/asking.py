"""Questions about what is shown or named that are no wishes: "which is the longest?", "which of these is French?", "the ninth one"."""

from collections.abc import Sequence
from dataclasses import replace

from agent.parsing.english import intents
from agent.parsing.english.intents import Extremes
from agent.parsing.english.references import points_beyond
from agent.parsing.reading import Mention, Reading
from memory.preferences import FAME, FacetTarget, RangeTarget
from tools.catalog import CatalogSpec

REFUSED = ("disliked", "rejected")
BRIEF = 9  # words of a question that asks for no more than a superlative


def as_asked(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """What a question names is asked about, unless it is refused or disliked."""
    return tuple(
        replace(m, sentiment="asked") if m.sentiment in ("liked", "neutral", "accepted", "seen") else m
        for m in mentions
    )


class SlateQuestions:
    """Finds them with one catalogue's superlatives and nouns, and what of a message nothing here tells."""

    def __init__(self, spec: CatalogSpec, extremes: Extremes, counted: bool) -> None:
        """counted: whether it is told how many people had each item."""
        self._extremes = extremes
        self._counted = counted
        self._nouns = sorted(spec.catalog.nouns)

    def before_all(self, folded: str, shown: Sequence[int]) -> Reading | None:
        """What the words alone ask of a slate: "which is the least grim?", "which would you pick?"."""
        if which := self._extremes.of_those_shown(folded):
            return Reading("ask_about", extreme=which)
        if intents.YOUR_PICK.match(folded):
            return Reading("why", (Mention(shown[0], "", "asked", pointed=True),), your_pick=True)
        return None

    def with_the_untold(self, reading: Reading, folded: str) -> Reading:
        """With what it asks for and nothing here tells: ratings, prizes, how well known things are. A comparison in a question about one
        item ("is the second too childish?") asks, and does not wish."""
        critiques = reading.critiques
        asked = bool(reading.mentions) and all(m.sentiment == "asked" for m in reading.mentions)
        if asked and intents.YES_OR_NO.match(folded):
            critiques = ()
        counted = tuple(c for c in critiques if c.aspect != FAME or self._counted)
        return replace(
            reading,
            critiques=counted,
            uncounted=len(counted) < len(critiques),
            unrated=self._extremes.unrated(folded),
            unawarded=intents.AWARD.search(folded) is not None,
        )

    def of(self, reading: Reading, folded: str, shown: int, words: int) -> Reading | None:
        """The question that a message asks of those shown or named, of which it wishes for nothing; None when it asks none.
        shown: how many items are; words: how many the message has."""
        says_more = reading.wishes or reading.critiques
        if shown and not says_more and self._points_beyond(reading, folded, shown):
            return Reading("unclear", points_beyond=True)
        if reading.unawarded and intents.is_question(folded) and not says_more:
            return Reading("ask_about", unawarded=True)
        return self._between(reading, folded) or (
            (self._most(reading, folded, words) or _which_of_these(reading, folded)) if shown else None
        )

    def _points_beyond(self, reading: Reading, folded: str, shown: int) -> bool:
        """Whether it is about a place that the slate does not have: "the ninth one"."""
        named = any(" " in m.text for m in reading.mentions)
        return not named and points_beyond(folded, shown, self._nouns)

    def _between(self, reading: Reading, folded: str) -> Reading | None:
        """ "Which is funnier, the first or the third?" """
        found = self._extremes.between(folded) if len(reading.mentions) > 1 else None
        if found is None:
            return None
        which, start = found
        compared = [m for m in reading.mentions if m.position >= start and m.sentiment not in REFUSED]
        return Reading("ask_about", as_asked(compared), extreme=which) if len(compared) > 1 else None

    def _most(self, reading: Reading, folded: str, words: int) -> Reading | None:
        """ "Which of them is the longest?", "which is longer?" """
        extreme = self._extremes.find(folded)
        comparative = ""
        if not extreme and len(reading.mentions) < 2:  # two that are pointed at are compared
            extreme = comparative = self._extremes.compared(folded)
        pointed = all(m.pointed for m in reading.mentions)
        of_these = not reading.wishes or intents.OF_THESE.search(folded) is not None
        if not (extreme and words <= BRIEF and pointed and of_these and intents.is_question(folded)):
            return None
        compares = bool(comparative)
        return Reading("ask_about", reading.mentions, extreme=extreme, of_those_compared=compares)


def _which_of_these(reading: Reading, folded: str) -> Reading | None:
    """ "Which one is from the nineties?", "which of these isn't French?" """
    values = all(isinstance(w.target, FacetTarget | RangeTarget) for w in reading.wishes)
    values = values and len({w.polarity for w in reading.wishes}) == 1
    says_more = reading.mentions or reading.critiques or reading.unknown_titles or reading.unknown_names
    if not reading.wishes or not values or says_more or not intents.WHICH_OF_THESE.match(folded):
        return None
    asked = tuple(w.target for w in reading.wishes)
    refused = reading.wishes[0].polarity == "-"
    return Reading("ask_about", asked=asked, of_those_shown=True, asked_not=refused)
