"""Reads a message: finds what it names, and what is felt about each thing named.

Spans of the message are found first (titles, references, ranges, catalogue phrases, free words); the longest and
surest win where they overlap. Then one pass from left to right gives each span the feeling of the words between it
and the span before it; a bare "and", "or" or comma hands the feeling on.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from agent.parsing.asking import SlateQuestions, as_asked
from agent.parsing.deciding import IntentDecider
from agent.parsing.english import intents
from agent.parsing.english.clauses import Clauses
from agent.parsing.english.clean_slate import clean_slate
from agent.parsing.english.cues import ADDS, ALSO, CORRECTION, Cues, Feeling
from agent.parsing.english.everyday import STOP_WORDS
from agent.parsing.english.feelings import Felt, feelings
from agent.parsing.english.pointing import SAYS_NO_MORE, Pointing
from agent.parsing.forgetting import CHILDREN, parts_taken_back, split
from agent.parsing.reading import Critique, Intent, Mention, Reading, Sentiment
from agent.parsing.span import Span
from agent.parsing.spans import SpanFinder
from agent.parsing.themes import Sense
from agent.parsing.vocabulary.lexicon import Lexicon
from agent.parsing.vocabulary.meaning import Line
from agent.parsing.vocabulary.opposites import Opposites
from agent.parsing.vocabulary.titles import TitleIndex, TitleMatch
from agent.parsing.wishing import WISHED, WishMaker, target_of
from agent.parsing.words import Message, Word, clean_message, fold, name_key, rewrite, split_words
from memory.preferences import CritiqueTarget, KeywordTarget, Target
from tools.catalog import Catalog

TOO = re.compile(r"\s+(?:is|are|was|looks?|seems?) (?:a bit |a little |far |way |much |just )*too \w+")
# a new sentence after it wishes anew
NEVER_MIND = re.compile(r"\W*(?:oh |ok |okay )?never ?mind[.!;]+\s+(?=\w+ \w)", re.IGNORECASE)
ENGLISH_SHARE = 0.45  # a message of which fewer words are known is taken for another language
ANSWERED = ("ask_about", "compare", "why")
ROLE_NAMES = {
    "duration": ("length", "time", "duration"),
    "year": ("date", "age", "decade", "era"),
    "price": ("price", "cost", "money", "budget"),
}
TOO_MUCH = re.compile(r"(?<!\w)too(?!\w)")  # "nothing that's too long" wants it shorter, as "too long" does
WHY_NOT = re.compile(r"(?<!\w)why not (?:the |that |this )?$")
WHOLE_SERIES = ("seen", "disliked", "rejected")  # "the Alien films", said of all of them


class Parser:
    """Parses messages about one catalogue; holds no state of any dialogue."""

    def __init__(self, catalog: Catalog, popularity: NDArray[Any], sense: Sense | None = None) -> None:
        """popularity: (items,) counts. sense: tells how near phrases come to the catalogue's keywords in meaning;
        without it only the words themselves tell."""
        self.catalog = catalog
        self.lexicon = Lexicon(catalog)
        self.titles = TitleIndex(catalog, popularity)
        self.extremes = intents.Extremes(catalog.spec)
        self._questions = intents.Questions(catalog.spec)
        self._decider = IntentDecider(self._questions)
        self._cues = Cues(catalog.spec.catalog.nouns)
        self._pointing = Pointing(self._cues.noun)
        self._wishing = WishMaker(catalog)
        self._names = self._facet_names()
        self._called = "|".join(self._names.values())
        self._finder = SpanFinder(catalog, self.lexicon, self.titles, self._cues, self.extremes, sense)
        self._opposites = Opposites(catalog, self.lexicon, self.titles)
        counted = bool(len(popularity)) and float(popularity.max()) > 0
        self._slate_questions = SlateQuestions(catalog.spec, self.extremes, counted)

    def read(
        self,
        message: str,
        shown: Sequence[int] = (),
        has_wishes: bool = False,
        focus: int | None = None,
        recent: Sequence[int] = (),
    ) -> Reading:
        """What a message says. shown: rows of the slate it may point at, in order; focus: the row spoken of last; recent:
        rows spoken of since the slate, which may be pointed at by what they are."""
        line = self._respelt(clean_message(message))
        text = line.text
        folded = _folded(text)
        intent = intents.command(folded, has_wishes, bool(shown))
        if opening := NEVER_MIND.match(message):
            return self.read(message[opening.end() :], shown, has_wishes, focus, recent)
        if intent == "start_over" and (rest := self._after_start_over(message)):
            return rest
        if intent is not None:
            about_me = intents.ABOUT_ME.search(folded) is not None
            return Reading(intent, shortened=line.shortened, about_me=about_me)
        if shown and (asked := self._slate_questions.before_all(folded, shown)):
            return replace(asked, shortened=line.shortened)
        words = [replace(w, low=folded[w.start : w.end]) for w in split_words(text)]
        clauses = Clauses(folded, self._cues)
        spans = self._finder.find(Line(text, folded, words), clauses, shown, focus, recent)
        if self._is_foreign(words, spans):
            return Reading("unclear", foreign=True, shortened=line.shortened)
        felt = _without_outdone(feelings(spans, folded, self._cues))
        reading = replace(self._reading(felt, line, folded), shortened=line.shortened)
        reading = self._slate_questions.with_the_untold(reading, folded)
        if forgetting := self._forgetting(reading, felt, line, folded, has_wishes):
            return forgetting
        if asked := self._slate_questions.of(reading, folded, len(shown), len(words)):
            return replace(asked, shortened=line.shortened)
        reading = replace(reading, first_by=self.extremes.wished(folded) if not reading.mentions else None)
        errand = any(clause.kind == "errand" for clause in clauses.all)
        intent = self._decider.decide(reading, folded, shown, has_wishes, errand)
        if intent == "unclear" and has_wishes and (reading.permitted or reading.permitted_facets):
            intent = "refine" if shown else "recommend"
        if intent == "accept":
            mentions = tuple(
                replace(m, sentiment="accepted") if m.sentiment in ("liked", "neutral") else m
                for m in reading.mentions
            )
            return replace(reading, intent=intent, mentions=mentions)
        if intent not in ANSWERED:
            pointing = intent == "unclear" and bool(shown) and intents.OF_THAT_ONE.search(folded) is not None
            return replace(reading, intent=intent, points_at_one=pointing)
        return self._asking(reading, intent, felt, line, folded)

    def asked_facet(self, message: str) -> str | None:
        """The facet that a question asks about."""
        return self._questions.facet(_folded(message))

    def _after_start_over(self, message: str) -> Reading | None:
        """ "Let's start over, this time a war film": what is wished for after the clean slate."""
        line = self._respelt(clean_message(message))
        folded = _folded(line.text)
        found = clean_slate(folded)
        rest = line.text[found[1] :].lstrip(" .,;:!?)-–—") if found else ""
        if len(rest.split()) < 2:
            return None
        reading = self.read(rest)
        names = reading.mentions or reading.unknown_titles or reading.unknown_names
        if not (reading.wishes or names) or reading.intent not in ("recommend", "start_over"):
            return None
        return replace(
            reading,
            intent="start_over",
            about_me=intents.ABOUT_ME.search(folded) is not None,
            shortened=line.shortened,
        )

    def _respelt(self, line: Message) -> Message:
        """The message with slips in common words mended ("recomend", "moveis"), and "foreign" in words of the catalogue."""
        changes = [
            (w.start, w.end, right)
            for w in split_words(line.text)
            if w.text.islower() and (right := self.lexicon.respelt(w.low)) != w.low
        ]
        line = rewrite(line, changes)
        return rewrite(line, self._opposites.changes(line))

    def _forgetting(
        self, reading: Reading, felt: list[Felt], line: Message, folded: str, has_wishes: bool
    ) -> Reading | None:
        """ "Forget what I said about comedies", "the length doesn't matter": what is to be forgotten, if anything."""
        if not intents.FORGET.search(folded) or not has_wishes:
            return None
        if both := self._forgetting_and_wishing(felt, line, folded):
            return both
        named = [f for f in felt if f.span.kind in WISHED and f.span.kind != "free"]
        named = named or [f for f in felt if f.span.kind == "free" and _after_forget(folded, [f])]
        if any(m.sentiment not in ("neutral", "liked") or m.pointed for m in reading.mentions):
            return None
        forget: tuple[Target, ...] = tuple(target_of(f, line) for f in named)
        forget += tuple(
            CritiqueTarget(c.aspect, c.direction, ()) for c in reading.critiques if c.kind == "quality"
        )
        facets = (*(() if forget else self._facets_named(folded)), *self._facets_of_age(folded))
        rows = tuple(m.row for m in reading.mentions)
        if not forget and not facets and not rows:
            return None
        if any(c.kind != "quality" for c in reading.critiques) or (
            not intents.FORGET_ONLY.search(folded)
            and reading.wishes
            and not facets
            and not _after_forget(folded, named)
        ):
            return None
        return Reading(
            "undo", forget=forget, forget_facets=facets, forget_items=rows, shortened=line.shortened
        )

    def _forgetting_and_wishing(self, felt: list[Felt], line: Message, folded: str) -> Reading | None:
        """ "Forget Tarantino. Something by Spielberg", "any city, portuguese": one part takes back, the rest wishes."""
        parts = parts_taken_back(folded, self._called)
        gone, rest = split(felt, parts)
        gone = [f for f in gone if f.span.kind in WISHED]
        told = "; ".join(folded[start:end] for start, end in parts)
        facets = (*(() if gone else self._facets_named(told)), *self._facets_of_age(told))
        reading = self._reading(rest, line, folded) if rest and (gone or facets) else None
        if reading is None or not (reading.wishes or reading.critiques or reading.mentions):
            return None
        return replace(
            reading,
            intent="refine",
            forget=tuple(target_of(f, line) for f in gone),
            forget_facets=facets,
            shortened=line.shortened,
        )

    def _asking(
        self, reading: Reading, intent: Intent, felt: list[Felt], line: Message, folded: str
    ) -> Reading:
        """The reading of a question: what it names is asked about and not wished for."""
        mentions = as_asked(reading.mentions)
        if intent == "why":
            mentions = tuple(
                replace(m, sentiment="asked") if WHY_NOT.search(folded[: m.position]) else m for m in mentions
            )
        facet = self._questions.facet(folded)
        asked = tuple(target_of(f, line) for f in felt if f.span.kind in ("facet", "keyword", "free"))
        if not asked and facet is None and mentions and (words := self._wondered(folded, felt)):
            asked = (KeywordTarget(words),)
        return replace(
            reading,
            intent=intent,
            mentions=mentions,
            asked_facet=facet,
            asked=asked,
            points_at_one=intents.THAT_ONE.search(folded) is not None,
            points_at_it=intents.IT_ALONE.search(folded) is not None,
            wishes=(),
            critiques=(),
        )

    def _wondered(self, folded: str, felt: list[Felt]) -> str:
        """What "can we sit outside at Il Giardino?" asks for besides the name: its telling words."""
        yes_or_no = intents.YES_OR_NO.search(folded)
        if yes_or_no is None:
            return ""
        words = [
            w.low
            for w in split_words(folded)
            if w.start >= yes_or_no.end()
            and not w.is_mark
            and name_key(w.low) not in self.lexicon.empty
            and not any(f.span.start <= w.start < f.span.end for f in felt)
        ]
        return " ".join(words)

    def _facets_named(self, folded: str) -> tuple[str, ...]:
        """Facets called by their name or label ("the runtime")."""
        return tuple(
            name for name, called in self._names.items() if re.search(rf"\b(?:{called})s?\b", folded)
        )

    def _facets_of_age(self, folded: str) -> tuple[str, ...]:
        """Facets that a child's age decides, where a child is spoken of."""
        facets = self.catalog.spec.facets.items()
        return tuple(name for name, f in facets if f.for_age) if CHILDREN.search(folded) else ()

    def _facet_names(self) -> dict[str, str]:
        """For each facet a pattern of what it is called."""
        spec = self.catalog.spec
        return {
            name: "|".join(
                re.escape(c.lower())
                for c in (
                    name.replace("_", " "),
                    spec.label(name),
                    *facet.called,
                    *ROLE_NAMES.get(facet.role, ()),
                )
            )
            for name, facet in spec.facets.items()
        }

    def _reading(self, felt: list[Felt], line: Message, folded: str) -> Reading:
        mentions: list[Mention] = []
        critiques: list[Critique] = []
        unknown: list[str] = []
        nobody: list[str] = []
        for f in felt:
            words = line.quote(f.span.start, f.span.end)
            place, lasts = f.span.start, f.lasting
            match f.span.kind:
                case "title":
                    title: TitleMatch = f.span.payload
                    sentiment = _sentiment(f.feeling)
                    if title.series and (title.whole or sentiment in WHOLE_SERIES):
                        mentions += [
                            Mention(r, words, sentiment, (), place, False, lasts) for r in title.series
                        ]
                        continue
                    mentions.append(
                        Mention(title.rows[0], words, sentiment, title.rows[1:], place, False, lasts)
                    )
                case "reference":
                    sentiment = _sentiment(f.feeling, pointed=True)
                    if sentiment == "disliked" and TOO.match(folded[f.span.end :]):
                        sentiment = "neutral"  # "the first one is too long" asks for a shorter one
                    if sentiment == "neutral" and re.match(r"(?:none|neither)\b", folded[place:]):
                        sentiment = "rejected"
                    mentions += [
                        Mention(row, words, sentiment, (), place, True, lasts) for row in f.span.payload
                    ]
                case "critique":
                    if f.feeling == "neutral":
                        continue
                    found = f.span.payload
                    if _judges_title(f, felt, folded):
                        continue
                    refused = f.feeling in ("refuse", "avoid", "dislike") and found.kind in (
                        "number",
                        "quality",
                    )
                    direction = (
                        -found.direction
                        if refused
                        and not TOO_MUCH.search(words.lower())
                        and not words.lower().startswith(("not ", "isn't ", "aren't ", "wasn't ", "weren't "))
                        else found.direction
                    )
                    critiques.append(
                        Critique(found.kind, found.aspect, direction, words, place, found.compares)
                    )
                case "unknown":
                    unknown.append(words.strip('"“” '))
                case "nobody":
                    nobody.append(words)
        mentions = _once(mentions)
        its_like = self._pointing.its_like(folded)
        if its_like is not None:  # "it is ok. More like that"
            mentions = [
                replace(m, sentiment="liked") if m.sentiment == "neutral" and m.position < its_like else m
                for m in mentions
            ]
        one = self._pointing.just_one(folded)
        once = {(c.kind, c.aspect, c.direction): c for c in reversed(critiques)}
        return Reading(
            "recommend",
            tuple(mentions),
            tuple(self._wishing.wishes(felt, line)),
            tuple(reversed(once.values())),
            tuple(dict.fromkeys(unknown)),
            tuple(dict.fromkeys(nobody)),
            similar=bool(intents.SIMILAR.search(folded)) or any(f.feeling == "similar" for f in felt),
            corrects=bool(CORRECTION.search(folded)) and not ALSO.search(folded),
            goes_on=folded.startswith("but "),
            adds=ADDS.search(folded) is not None,
            permitted=tuple(
                target_of(f, line) for f in felt if f.feeling == "neutral" and f.span.kind in WISHED
            ),
            permitted_facets=tuple(
                f.span.payload.aspect
                for f in felt
                if f.feeling == "neutral" and f.span.kind == "critique" and f.span.payload.kind == "number"
            ),
            picks_one=intents.PICK_ONE.search(folded) is not None or one,
            just_pick=intents.JUST_PICK.search(folded) is not None or one,
            only_points=len(felt) == 1
            and bool(mentions)
            and felt[0].span.kind == "reference"
            and not SAYS_NO_MORE.sub("", folded[: felt[0].span.start] + " " + folded[felt[0].span.end :]),
            others=self._pointing.others(folded),
            again=self._pointing.again(folded),
        )

    def _is_foreign(self, words: list[Word], spans: list[Span]) -> bool:
        """Whether the message is not English, as far as its words show. Names and titles are of every language."""
        named = [s for s in spans if s.kind not in ("free", "unknown", "keyword")]
        plain = [
            name_key(w.low)
            for w in words
            if not w.is_mark and not w.low.isdigit() and not any(s.start <= w.start < s.end for s in named)
        ]
        unknown = [w for w in plain if w not in self.lexicon.english]
        if (
            any(not c.isascii() and c.isalpha() for w in unknown for c in w)
            and len(unknown) == len(plain)
            and not named
        ):
            return bool(plain)
        if len(unknown) < 3:
            return False
        return 1 - len(unknown) / len(plain) < ENGLISH_SHARE and not any(
            w in STOP_WORDS and len(w) > 3 for w in plain
        )


def _without_outdone(felt: list[Felt]) -> list[Felt]:
    """Without "old" where "newer" is asked for as well: "that's old, newer please" says what was wrong with the others."""
    compared = {
        f.span.payload.aspect for f in felt if f.span.kind == "critique" and f.span.payload.kind == "number"
    }
    return [
        f
        for f in felt
        if not (f.span.kind == "range" and f.span.payload.size and f.span.payload.target.facet in compared)
    ]


def _folded(text: str) -> str:
    """The text folded letter by letter, so that places in both are the same."""
    return "".join(f if len(f := fold(c)) == 1 else c for c in text)


def _judges_title(f: Felt, felt: list[Felt], folded: str) -> bool:
    """Whether "too long" only says what was wrong with a title named before, and asks for nothing: "Zodiac was too long"."""
    words = folded[f.span.start : f.span.end]
    if not re.match(r"(?:\w+ )*?too |not .* enough", words):
        return False
    before = [g for g in felt if g.span.end <= f.span.start]
    return (
        bool(before)
        and before[-1].span.kind == "title"
        and before[-1].feeling in ("dislike", "neutral", None)
    )


def _once(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions without those that point at what is named as well: "saw Heat and Ronin, loved both" says what the second
    half says, of the first."""
    pointed = {m.row: m for m in mentions if m.pointed}
    named = {m.row for m in mentions if not m.pointed}
    return [
        replace(m, sentiment=pointed[m.row].sentiment)
        if m.row in pointed and not m.pointed and m.sentiment in ("seen", "neutral")
        else m
        for m in mentions
        if not (m.pointed and m.row in named)
    ]


def _after_forget(folded: str, named: list[Felt]) -> bool:
    """Whether all that is named stands after the words of forgetting, in the same sentence."""
    found = list(intents.FORGET.finditer(folded))
    return all(
        any(
            m.end() <= f.span.start and not re.search(r"[.!?;]|\bbut\b", folded[m.end() : f.span.start])
            for m in found
        )
        for f in named
    )


def _sentiment(feeling: Feeling | None, pointed: bool = False) -> Sentiment:
    match feeling:
        case "dislike":
            return "disliked"
        case "refuse" | "avoid":
            return "rejected"
        case "seen" | "unseen":
            return feeling
        case "accept":
            return "accepted"
        case "ask":
            return "asked"
        case "neutral":
            return "neutral"
        case "like" | "similar":
            return "liked"
    return "neutral" if pointed else "liked"
