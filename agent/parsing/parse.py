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

from agent.parsing.deciding import IntentDecider
from agent.parsing.english import intents
from agent.parsing.english.clauses import Clauses
from agent.parsing.english.cues import ALSO, CORRECTION, Cues, Feeling
from agent.parsing.english.everyday import STOP_WORDS
from agent.parsing.english.feelings import Felt, feelings
from agent.parsing.reading import Critique, Intent, Mention, Reading, Sentiment, Wish
from agent.parsing.span import Span
from agent.parsing.spans import SpanFinder
from agent.parsing.themes import Sense
from agent.parsing.vocabulary.lexicon import Lexicon, Phrase
from agent.parsing.vocabulary.meaning import Line
from agent.parsing.vocabulary.titles import TitleIndex, TitleMatch
from agent.parsing.words import Message, Word, clean_message, fold, name_key, rewrite, split_words
from memory.preferences import (
    FacetTarget,
    KeywordTarget,
    Polarity,
    RangeTarget,
    Strength,
    Target,
    facets_of,
)
from tools.catalog import Catalog

TOO = re.compile(r"\s+(?:is|are|was|looks?|seems?) (?:a bit |a little |far |way |much |just )*too \w+")
ENGLISH_SHARE = 0.45  # a message of which fewer words are known is taken for another language
WISHED = ("facet", "keyword", "free", "range")
ANSWERED = ("ask_about", "compare", "why")


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
        self._finder = SpanFinder(catalog, self.lexicon, self.titles, self._cues, self.extremes, sense)

    def read(
        self, message: str, shown: Sequence[int] = (), has_wishes: bool = False, focus: int | None = None
    ) -> Reading:
        """What a message says. shown: rows of the slate it may point at, in order; focus: the row spoken of last."""
        line = self._respelt(clean_message(message))
        text = line.text
        folded = _folded(text)
        intent = intents.command(folded, has_wishes, bool(shown))
        if intent == "start_over" and (rest := self._after_start_over(message)):
            return rest
        if intent is not None:
            about_me = intents.ABOUT_ME.search(folded) is not None
            return Reading(intent, shortened=line.shortened, about_me=about_me)
        words = [replace(w, low=folded[w.start : w.end]) for w in split_words(text)]
        clauses = Clauses(folded, self._cues)
        spans = self._finder.find(Line(text, folded, words), clauses, shown, focus)
        if self._is_foreign(words, spans):
            return Reading("unclear", foreign=True, shortened=line.shortened)
        felt = feelings(spans, folded, self._cues)
        reading = replace(self._reading(felt, line, folded), shortened=line.shortened)
        if forgetting := self._forgetting(reading, felt, line, folded, has_wishes):
            return forgetting
        extreme = self.extremes.find(folded)
        pointed = all(m.pointed for m in reading.mentions)
        if extreme and shown and len(words) <= 9 and pointed and intents.is_question(folded):
            return Reading("ask_about", extreme=extreme, shortened=line.shortened)
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
            return replace(reading, intent=intent)
        return self._asking(reading, intent, felt, line, folded)

    def _after_start_over(self, message: str) -> Reading | None:
        """ "Let's start over, this time a war film": what is wished for after the clean slate."""
        folded = _folded(message)
        found = intents.START_OVER.search(folded)
        rest = message[found.end() :] if found else ""
        if len(rest.split()) < 2:
            return None
        reading = self.read(rest)
        wished = reading.wishes or reading.mentions
        if not wished or reading.intent != "recommend":
            return None
        return replace(reading, intent="start_over", about_me=intents.ABOUT_ME.search(folded) is not None)

    def _respelt(self, line: Message) -> Message:
        """The message with slips in common words mended ("recomend", "moveis")."""
        changes = [
            (w.start, w.end, right)
            for w in split_words(line.text)
            if w.text.islower() and (right := self.lexicon.respelt(w.low)) != w.low
        ]
        return rewrite(line, changes)

    def _forgetting(
        self, reading: Reading, felt: list[Felt], line: Message, folded: str, has_wishes: bool
    ) -> Reading | None:
        """ "Forget what I said about comedies", "the length doesn't matter": what is to be forgotten, if anything."""
        if not intents.FORGET.search(folded) or not has_wishes:
            return None
        named = [f for f in felt if f.span.kind in WISHED and f.span.kind != "free"]
        named = named or [f for f in felt if f.span.kind == "free" and _after_forget(folded, [f])]
        if any(m.sentiment not in ("neutral", "liked") or m.pointed for m in reading.mentions):
            return None
        forget = tuple(self._target(f, line) for f in named)
        facets = tuple(dict.fromkeys([*(() if forget else self._facets_named(folded))]))
        rows = tuple(m.row for m in reading.mentions)
        if not forget and not facets and not rows:
            return None
        if reading.critiques or (
            not intents.FORGET_ONLY.search(folded)
            and reading.wishes
            and not facets
            and not _after_forget(folded, named)
        ):
            return None
        return Reading(
            "undo", forget=forget, forget_facets=facets, forget_items=rows, shortened=line.shortened
        )

    def _asking(
        self, reading: Reading, intent: Intent, felt: list[Felt], line: Message, folded: str
    ) -> Reading:
        """The reading of a question: what it names is asked about and not wished for."""
        mentions = tuple(
            replace(m, sentiment="asked") if m.sentiment in ("liked", "neutral", "accepted", "seen") else m
            for m in reading.mentions
        )
        return replace(
            reading,
            intent=intent,
            mentions=mentions,
            asked_facet=self._questions.facet(folded),
            asked=tuple(self._target(f, line) for f in felt if f.span.kind in ("facet", "keyword", "free")),
            points_at_one=intents.THAT_ONE.search(folded) is not None,
            wishes=(),
            critiques=(),
        )

    def _facets_named(self, folded: str) -> tuple[str, ...]:
        """Facets called by their name or label ("the runtime")."""
        spec = self.catalog.spec
        roles = {
            "duration": ("length", "time", "duration"),
            "year": ("date", "age", "decade", "era"),
            "price": ("price", "cost", "money", "budget"),
        }
        found = []
        for name, facet in spec.facets.items():
            called = (name.replace("_", " "), spec.label(name), *facet.called, *roles.get(facet.role, ()))
            if re.search(rf"\b(?:{'|'.join(re.escape(c.lower()) for c in called)})s?\b", folded):
                found.append(name)
        return tuple(found)

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
                    mentions.append(
                        Mention(
                            title.rows[0], words, _sentiment(f.feeling), title.rows[1:], place, False, lasts
                        )
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
                        if refused and not words.lower().startswith(("not ", "isn't "))
                        else found.direction
                    )
                    critiques.append(Critique(found.kind, found.aspect, direction, words, place))
                case "unknown":
                    unknown.append(words.strip('"“” '))
                case "nobody":
                    nobody.append(words)
        once = {(c.kind, c.aspect, c.direction): c for c in reversed(critiques)}
        return Reading(
            "recommend",
            tuple(mentions),
            tuple(self._wishes(felt, line)),
            tuple(reversed(once.values())),
            tuple(dict.fromkeys(unknown)),
            tuple(dict.fromkeys(nobody)),
            similar=bool(intents.SIMILAR.search(folded)) or any(f.feeling == "similar" for f in felt),
            corrects=bool(CORRECTION.search(folded)) and not ALSO.search(folded),
            permitted=tuple(
                self._target(f, line) for f in felt if f.feeling == "neutral" and f.span.kind in WISHED
            ),
            permitted_facets=tuple(
                f.span.payload.aspect
                for f in felt
                if f.feeling == "neutral" and f.span.kind == "critique" and f.span.payload.kind == "number"
            ),
            picks_one=intents.PICK_ONE.search(folded) is not None,
            just_pick=intents.JUST_PICK.search(folded) is not None,
        )

    def _wishes(self, felt: list[Felt], line: Message) -> list[Wish]:
        wishes: list[Wish] = []
        previous: Felt | None = None
        for f in self._one_value_each(felt):
            wish = self._wish(f, line)
            if wish is None:
                previous = None
                continue
            if f.repairs:
                wishes, previous = self._repaired(wishes, wish), None
            if any(w.target == wish.target and w.polarity == wish.polarity for w in wishes):
                continue
            if previous is not None and wishes and self._either(f, wishes[-1], wish):
                words = line.quote(wishes[-1].position, f.span.end)
                wishes[-1] = replace(
                    wishes[-1], target=self._joined(wishes[-1].target, wish.target), words=words
                )
            else:
                wishes.append(wish)
            previous = f
        return _narrowed(wishes)

    def _repaired(self, wishes: list[Wish], new: Wish) -> list[Wish]:
        """What was said before "no wait", without what it takes back: the wishes on the same facets, else the last."""
        facets = set(facets_of(new.target))
        kept = [w for w in wishes if not facets & set(facets_of(w.target))]
        return kept if len(kept) < len(wishes) else wishes[:-1]

    def _one_value_each(self, felt: list[Felt]) -> list[Felt]:
        """ "Rom com" asks for Romance and for Comedy: a word for two values of one facet is two wishes. Refused, it
        stands for the rarer of them: who wants no rom com does not mean every comedy."""
        parts: list[Felt] = []
        for f in felt:
            phrases: tuple[Phrase, ...] = f.span.payload if f.span.kind == "facet" else ()
            if (
                len(phrases) < 2
                or len({p.facet for p in phrases}) > 1
                or phrases[0].surname
                or phrases[0].either
            ):
                parts.append(f)
                continue
            if f.feeling in ("refuse", "avoid", "dislike"):
                phrases = (min(phrases, key=lambda p: self.catalog.count(p.facet, p.value)),)
            parts += [replace(f, span=replace(f.span, payload=(p,)), joined=False) for p in phrases]
        return parts

    def _either(self, f: Felt, old: Wish, new: Wish) -> bool:
        """Whether two values side by side mean "one of them": joined by "or", or plural, or of a single-valued facet."""
        if isinstance(old.target, RangeTarget) and isinstance(new.target, RangeTarget):
            same = old.target.facet == new.target.facet and old.polarity == new.polarity
            return same and re.search(r"(?<!\w)(?:or|and)(?!\w)", f.joint) is not None
        if not (isinstance(old.target, FacetTarget) and isinstance(new.target, FacetTarget)):
            return False
        if f.joined and old.polarity == new.polarity == "+" and re.search(r"(?<!\w)or(?!\w)", f.joint):
            return True  # of two facets as well: "street food or japanese"
        if (
            not f.joined
            or old.polarity != new.polarity
            or not set(old.target.facets) & set(new.target.facets)
        ):
            return False
        if new.polarity == "-":
            return False  # each refusal stands by itself
        if re.search(r"(?<!\w)(?:or|either)(?!\w)|/", f.joint):
            return True
        single = not any(self.catalog.spec.facets[name].many for name in new.target.facets)
        person = any(self.catalog.spec.facets[name].role == "person" for name in new.target.facets)
        plural = new.words.lower().endswith("s") and old.words.lower().endswith("s")
        return single or (plural and not person and bool(f.joint.strip()))

    def _joined(self, old: Target, new: Target) -> Target:
        """Two targets of one kind as "either of them"."""
        if isinstance(old, RangeTarget) and isinstance(new, RangeTarget):
            lows, highs = (old.low, new.low), (old.high, new.high)
            low = None if None in lows else min(n for n in lows if n is not None)
            high = None if None in highs else max(n for n in highs if n is not None)
            return RangeTarget(old.facet, low, high)
        if isinstance(old, FacetTarget) and isinstance(new, FacetTarget):
            # "with De Niro or Pacino", "in Italian or French": the cue of the first holds for the second
            shared = tuple(f for f in old.facets if f in new.facets)
            values = tuple(dict.fromkeys(old.values + new.values))
            if shared:
                values = tuple(v for v in values if any(self.catalog.count(f, v) for f in shared))
            return FacetTarget(shared or (*old.facets, *new.facets), values)
        return new

    def _wish(self, f: Felt, line: Message) -> Wish | None:
        if f.span.kind not in WISHED or f.feeling == "neutral":
            return None
        if f.feeling in ("seen", "unseen", "accept") and f.span.kind != "range":
            return None
        words = line.quote(f.span.start, f.span.end)
        target = self._target(f, line)
        polarity: Polarity = "-" if f.feeling in ("refuse", "avoid", "dislike") else "+"
        strength: Strength
        if polarity == "-":
            strength = "avoid" if f.feeling == "avoid" or (f.soft and not f.firm) else "never"
        elif isinstance(target, KeywordTarget):
            strength = "must" if f.firm and f.span.kind == "keyword" else "prefer"
        else:
            strength = "prefer" if (f.soft or f.feeling == "like") and not f.firm else "must"
        if isinstance(target, RangeTarget) and polarity == "-":
            open_ended = (target.low is None) != (target.high is None)
            if not f.span.payload.refusable:
                polarity, strength = "+", "must"
            elif open_ended:
                step = 1.0
                flipped = RangeTarget(
                    target.facet,
                    None if target.high is None else target.high + step,
                    None if target.low is None else target.low - step,
                )
                target, polarity, strength = flipped, "+", "must" if strength == "never" else "prefer"
        insisted = f.firm and polarity == "+" and strength == "must"
        return Wish(polarity, strength, target, words, f.span.start, f.lasting, insisted)

    def _target(self, f: Felt, line: Message) -> Target:
        if f.span.kind == "range":
            target: RangeTarget = f.span.payload.target
            return target
        if f.span.kind == "facet":
            phrases: tuple[Phrase, ...] = f.span.payload
            return FacetTarget(
                tuple(dict.fromkeys(p.facet for p in phrases)), tuple(dict.fromkeys(p.value for p in phrases))
            )
        if f.span.kind == "keyword":
            return KeywordTarget(f.span.payload[0].value)
        return KeywordTarget(line.text[f.span.start : f.span.end].lower())

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


def _narrowed(wishes: list[Wish]) -> list[Wish]:
    """Ranges on one facet in one message as one: "more than 90 minutes but less than two hours"."""
    kept: list[Wish] = []
    for wish in wishes:
        target = wish.target
        if isinstance(target, RangeTarget) and wish.polarity == "+":
            for n, old in enumerate(kept):
                same = isinstance(old.target, RangeTarget) and old.target.facet == target.facet
                if same and old.polarity == "+" and isinstance(old.target, RangeTarget):
                    low = max((b for b in (old.target.low, target.low) if b is not None), default=None)
                    high = min((b for b in (old.target.high, target.high) if b is not None), default=None)
                    if low is None or high is None or low <= high:
                        words = f"{old.words}, {wish.words}"
                        kept[n] = replace(old, target=RangeTarget(target.facet, low, high), words=words)
                        break
            else:
                kept.append(wish)
            continue
        kept.append(wish)
    return kept
