"""What a message was understood to say."""

from dataclasses import dataclass
from typing import Literal

from memory.preferences import Polarity, Strength, Target

Sentiment = Literal["liked", "disliked", "seen", "unseen", "rejected", "accepted", "asked", "neutral"]
Intent = Literal[
    "recommend",
    "refine",
    "more",
    "ask_about",
    "compare",
    "why",
    "accept",
    "reject",
    "undo",
    "start_over",
    "greeting",
    "thanks",
    "help",
    "small_talk",
    "off_topic",
    "crisis",
    "recall",
    "empty",
    "unclear",
]


@dataclass(frozen=True)
class Mention:
    """An item of the catalogue that the message names or points at, and what is felt about it.

    `others` are further items of the same name, best known first.
    """

    row: int
    text: str
    sentiment: Sentiment
    others: tuple[int, ...] = ()
    position: int = 0
    pointed: bool = False  # "the second one" and not a title
    lasting: bool = False  # said of oneself in general, not for tonight


@dataclass(frozen=True)
class Wish:
    """A preference as said; `words` are where it came from."""

    polarity: Polarity
    strength: Strength
    target: Target
    words: str
    position: int = 0
    lasting: bool = False
    insisted: bool = False  # said to be a must


CritiqueKind = Literal["number", "quality", "same", "different"]


@dataclass(frozen=True)
class Critique:
    """A wish relative to an item named, or to what was shown: "shorter than Heat", "darker", "same director".

    kind "number": `aspect` is a numeric facet; "quality": a scale of the catalogue, or the quality as said; "same": the
    facet whose values shall stay; "different": nothing like it at all, `aspect` is empty. direction -1 is less, 1 more.
    """

    kind: CritiqueKind
    aspect: str
    direction: Literal[-1, 0, 1]
    words: str
    position: int = 0
    compares: bool = True  # "soppy", "a hidden gem": is to be so whatever was shown


@dataclass(frozen=True)
class Reading:
    """A whole message, understood."""

    intent: Intent
    mentions: tuple[Mention, ...] = ()
    wishes: tuple[Wish, ...] = ()
    critiques: tuple[Critique, ...] = ()
    unknown_titles: tuple[str, ...] = ()
    unknown_names: tuple[str, ...] = ()  # of people that the catalogue does not know
    similar: bool = False  # "something similar": the liked items are what the answer should be like
    corrects: bool = False  # "instead", "actually": replaces earlier wishes of the same kind
    goes_on: bool = False  # "but newer": goes on with what was said just before
    adds: bool = False  # "or in Porto", "Porto as well": beside what was said before
    forget: tuple[Target, ...] = ()  # "forget what I said about comedies"
    forget_facets: tuple[str, ...] = ()  # "the runtime doesn't matter"
    forget_items: tuple[int, ...] = ()  # "forget that I liked Heat"
    about_me: bool = False  # "forget all you know about me": lasting tastes too
    picks_one: bool = False  # "just pick one"
    just_pick: bool = False  # "you choose": no questions now
    asked_facet: str | None = None  # "who directed it?"
    permitted: tuple[Target, ...] = ()  # "action is fine after all": lifts a refusal
    permitted_facets: tuple[str, ...] = ()  # "I don't mind older ones"
    extreme: str = ""  # "which is the longest?": of those shown
    of_those_compared: bool = False  # "which is longer?" asks so of what was compared, where something was
    points_at_one: bool = False  # "that one", "it": what was spoken of last
    points_beyond: bool = False  # "the ninth one" of five
    points_at_it: bool = False  # "it", "that one", and no "they"
    asked: tuple[Target, ...] = ()  # "is it scary?"
    of_those_shown: bool = False  # "which of these is French?": which of them are so
    asked_not: bool = False  # "which of these isn't French?"
    only_points: bool = False  # "the second one", and not a word more
    others: bool = False  # "any other place": none of those that were shown
    again: bool = False  # "show me those again": those that were shown, and no others
    first_by: tuple[str, int] | None = None  # "the cheapest": facet, and 1 for most or -1 for least first
    foreign: bool = False  # not English, as far as the words show
    your_pick: bool = False  # "which would you pick?", of those shown
    unrated: bool = False  # asks for the best rated, and nothing tells that here
    unawarded: bool = False  # speaks of prizes, which nothing tells here
    uncounted: bool = False  # asks how well known things are, and nothing tells it here
    shortened: bool = False  # longer than is read
