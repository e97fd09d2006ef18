"""What a message as a whole wants, from what was read in it and from its words."""

import re
from collections.abc import Sequence

from agent.parsing.english import intents
from agent.parsing.reading import Intent, Reading
from agent.parsing.vocabulary.meaning import QUESTIONED

REQUESTED = re.compile(
    r"(?<!\w)(?:something|anything|similar|like|another|recommend|suggest|what else|anything else|left|next|is there|are there|anywhere|somewhere|what should|got any|some|what's good|what is good|whats good)(?!\w)"
)
INQUIRED = re.compile(
    r"(?<!\w)(?:any good|tell me more|more about|who directed|how long is|is (?:it|that|this|the)|about the)(?!\w)"
)
TELLING = re.compile(
    r"^\W*(?:so |hey |hi |ok )*(?:have|did|do) (?:you|u|ya|ye) (?:ever |guys )?(?:seen?|watch(?:ed)?|know|have|got)\b"
)
OFFERED = re.compile(
    r"(?<!\w)(?:any(?:thing)?|some(?:thing)?|somewhere|recommend|suggest|are there|have you got|do you have|got)(?!\w)"
)
# "is there much swearing in it?"
INSIDE = re.compile(
    r"(?<!\w)(?:is|are) there (?:\w+[ -]){1,5}in (?:it|that one|this one|that|this|them|these|those|the \w+(?: \w+)?)\W*$"
)
INSIDE_NAMED = re.compile(
    r"(?<!\w)(?:(?:is|are) there (?:\w+[ -]){1,5}|how (?:much|many) (?:\w+ ){1,3}(?:is|are) there )in $"
)
ASKING = re.compile(
    r"^\W*(?:(?:and|so|ok|okay|but|hey|hi|hmm|oh|well|then)\W+)*(?:who|whose|where|when|which|how (?!about)|what (?!about|if)|is|are|was|were|does|do (?!you)|did|has|(?:can|could|may|will|would) (?!(?:you|u|ya)\b))[^.!]*\?\W*$"
)
LIKE_THAT = re.compile(r"(?<!\w)(?:more|another|others?|similar)(?!\w)")
CHOOSING = re.compile(r"please$|(?<!\w)(?:i|we)(?:'d| would) (?:go|say)(?!\w)")  # "the second one, please"
BARE_NO = ("nah", "nope", "no thanks", "no")
LONG_ENOUGH = 4  # words of a question that is about nothing we know, to be taken for one about something else


class IntentDecider:
    """Decides intents with one catalogue's words for questions."""

    def __init__(self, questions: intents.Questions) -> None:
        self._questions = questions

    def decide(
        self, reading: Reading, folded: str, shown: Sequence[int], has_wishes: bool, errand: bool
    ) -> Intent:
        """The intent of a message that is no command. errand: it asks for what no recommender does."""
        if reading.again and shown and not reading.wishes:
            return "refine"
        return (
            self._of_a_question(reading, folded, shown)
            or self._of_an_answer(reading, folded, shown)
            or self._of_a_wish(reading, folded, bool(shown), has_wishes, errand)
        )

    def _of_a_question(self, reading: Reading, folded: str, shown: Sequence[int]) -> Intent | None:
        """why, compare or ask_about; None when it asks nothing about items."""
        says = bool(reading.wishes or reading.critiques)
        mentions = reading.mentions
        if not mentions and not shown:
            return None
        refusing = _all_refused(reading)
        wondering = intents.WHY.search(folded) or intents.WHY_AT_ALL.match(folded)
        if wondering and not (refusing and says):
            return "why"
        if intents.COMPARE.search(folded) and (not says or len(mentions) > 1):
            return "compare"
        if not intents.is_question(folded) or refusing:
            return None
        if TELLING.match(folded) and any(m.sentiment in ("liked", "disliked") for m in mentions):
            return None  # "have you seen Her? one of my favourites"
        accepting = any(m.sentiment == "accepted" for m in mentions)
        if intents.ASK.search(folded) and not accepting and self._asks_item(reading, folded, bool(shown)):
            return "ask_about"
        if len(mentions) == 2 and all(m.row in shown for m in mentions) and " or " in folded and not says:
            return "compare"
        if self._asks_of_named(reading, folded):
            return "ask_about"
        first = min((m.position for m in mentions), default=-1)
        return "ask_about" if first > 0 and QUESTIONED.match(folded[:first]) else None

    def _asks_of_named(self, reading: Reading, folded: str) -> bool:
        """Whether a question names an item and asks for no other: "can we sit outside at Il Giardino?"."""
        named = [m for m in reading.mentions if not m.pointed]
        plain = bool(named) and all(m.sentiment in ("asked", "neutral", "liked") for m in named)
        asks = ASKING.match(folded) is not None and not reading.critiques and not reading.similar
        return plain and asks and not REQUESTED.search(folded)

    def _asks_item(self, reading: Reading, folded: str, shown: bool) -> bool:
        """Whether a question is about an item and not a wish put as a question ("do you have any comedies?")."""
        if INSIDE.search(folded) and (shown or reading.mentions):
            return True
        if any(INSIDE_NAMED.search(folded[: m.position]) for m in reading.mentions):
            return True
        if any(m.sentiment in ("asked", "neutral", "liked", "seen") for m in reading.mentions):
            return not REQUESTED.search(folded) or INQUIRED.search(folded) is not None
        if reading.critiques or (reading.wishes and OFFERED.search(folded)):
            return False
        about = self._questions.facet(folded) is not None or intents.THAT_ONE.search(folded) is not None
        return shown and about

    def _of_an_answer(self, reading: Reading, folded: str, shown: Sequence[int]) -> Intent | None:
        """accept or reject; None when the message is no answer to what was shown."""
        if reading.wishes or reading.critiques:
            return None
        mentions = reading.mentions
        if any(m.sentiment == "accepted" for m in mentions):
            return "accept"
        if not shown:
            return None
        plain = folded.strip(" .,!")
        refusing = _all_refused(reading)
        if reading.only_points and CHOOSING.search(plain) and not intents.is_question(folded):
            return "accept"
        if intents.ACCEPT.search(folded) and not refusing and not LIKE_THAT.search(folded):
            agreed = all(m.sentiment in ("liked", "neutral") for m in mentions)
            if agreed and (mentions or intents.ACCEPT.match(plain)):
                return "accept"
        if not (intents.REJECT.search(folded) or refusing) or reading.unknown_titles:
            return None
        these = all((m.pointed or m.row in shown) and m.sentiment == "rejected" for m in mentions)
        asks_for_more = plain in BARE_NO or intents.MORE.fullmatch(plain)
        return "reject" if these and not asks_for_more else None

    def _of_a_wish(
        self, reading: Reading, folded: str, shown: bool, has_wishes: bool, errand: bool
    ) -> Intent:
        """A wish, a request for more, or none of it."""
        wished: Intent = "refine" if shown else "recommend"
        mentions = reading.mentions
        question = intents.is_question(folded)
        only_pointed = all(m.pointed and m.sentiment == "neutral" for m in mentions)
        if reading.wishes or reading.critiques:
            return wished
        if intents.MORE.search(folded) and (shown or has_wishes) and only_pointed:
            return "more"
        if shown and folded.strip(" .,!") in BARE_NO:
            return "more"
        if errand and not mentions:
            return "off_topic"
        if mentions:
            # "2", "the second one": of that one
            return "ask_about" if only_pointed and (question or reading.only_points) else wished
        if (shown or has_wishes) and intents.NO_MATTER.match(folded):
            return "refine"
        return self._of_words_alone(reading, folded, wished, question)

    def _of_words_alone(self, reading: Reading, folded: str, wished: Intent, question: bool) -> Intent:
        """The intent of a message in which nothing was found."""
        requested = (
            intents.REQUEST.search(folded)
            or reading.similar
            or reading.unknown_titles
            or reading.unknown_names
            or reading.just_pick
            or reading.first_by
        )
        if intents.THANKS.search(folded) and not requested:
            return "thanks"
        if requested:
            return wished
        return "off_topic" if question and len(folded.split()) >= LONG_ENOUGH else "unclear"


def _all_refused(reading: Reading) -> bool:
    return bool(reading.mentions) and all(m.sentiment in ("rejected", "disliked") for m in reading.mentions)
