"""A message that leaves out what the one before it said: "who directed Crash (1996)?", "and the one from 2004?"; or "I'll take
it", "which one?", "the second"."""

import re
from dataclasses import replace

from agent.parsing import Parser, Reading
from memory.session import Session

# nothing but a joint and the name of the item
BARE = re.compile(
    r"^(?:(?:ok|okay|so|then|well|hmm)\W+)*(?:and|or|what about|how about|and what about)\W+(?:for |of |in |by )?(?:the |that )?"
)
LEFT_OVER = 3  # characters beside the name: a mark or two


def continued(reading: Reading, message: str, session: Session, parser: Parser) -> Reading:
    """The reading as a question, where it only names another item after a question about one: it asks the same. As a
    choice, where it only names one after a choice that did not say which."""
    if _chooses(reading, session):
        chosen = tuple(replace(m, sentiment="accepted") for m in reading.mentions)
        return replace(reading, intent="accept", mentions=chosen)
    if not session.turns or session.turns[-1].intent != "ask_about" or len(reading.mentions) != 1:
        return reading
    mention = reading.mentions[0]
    plain = message.strip().lower()
    joint = BARE.match(plain)
    if joint is None or reading.critiques or mention.sentiment not in ("liked", "neutral", "asked"):
        return reading
    named = mention.text.lower()
    left = plain[joint.end() :].replace(named, "", 1).removeprefix("the ").strip(" ?!.,")
    if named not in plain or len(left) > LEFT_OVER:
        return reading
    before = parser.read(session.turns[-1].utterance)
    return replace(
        reading,
        intent="ask_about",
        mentions=(replace(mention, sentiment="asked"),),
        wishes=(),
        similar=False,
        asked_facet=before.asked_facet or parser.asked_facet(session.turns[-1].utterance),
        asked=before.asked,
    )


def _chooses(reading: Reading, session: Session) -> bool:
    """Whether it answers "which one?", asked because the choice before named none."""
    if not session.turns or session.turns[-1].intent != "accept" or len(reading.mentions) != 1:
        return False
    number = session.turns[-1].number
    open_yet = not any(e.kind == "accepted" and e.turn == number for e in session.live_events)
    named = reading.mentions[0].sentiment in ("asked", "neutral", "liked")
    says_more = reading.wishes or reading.critiques or reading.asked or reading.asked_facet or reading.similar
    return open_yet and named and not says_more and (reading.only_points or reading.intent == "recommend")
