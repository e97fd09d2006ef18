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

from agent.parsing.english import intents
from agent.parsing.english.cues import ALSO, CORRECTION, Feeling
from agent.parsing.english.feelings import Felt, feelings
from agent.parsing.reading import Critique, Intent, Mention, Reading, Sentiment, Wish
from agent.parsing.span import Span
from agent.parsing.spans import SpanFinder
from agent.parsing.vocabulary.lexicon import STOP_WORDS, Lexicon, Phrase
from agent.parsing.vocabulary.titles import TitleIndex, TitleMatch
from agent.parsing.words import Word, clean_message, fold, name_key, split_words
from memory.preferences import FacetTarget, KeywordTarget, Polarity, RangeTarget, Strength, Target
from tools.catalog import Catalog

ENGLISH_SHARE = 0.45  # a message of which fewer words are known is taken for another language


class Parser:
    """Parses messages about one catalogue; holds no state of any dialogue."""

    def __init__(self, catalog: Catalog, popularity: NDArray[Any]) -> None:
        self.catalog = catalog
        self.lexicon = Lexicon(catalog)
        self.titles = TitleIndex(catalog, popularity)
        self._finder = SpanFinder(catalog, self.lexicon, self.titles)

    def read(
        self, message: str, shown: Sequence[int] = (), has_wishes: bool = False, focus: int | None = None
    ) -> Reading:
        """What a message says. shown: rows of the slate it may point at, in order; focus: the row spoken of last."""
        text, shortened = clean_message(message)
        folded = "".join(f if len(f := fold(c)) == 1 else c for c in text)
        intent = intents.command(folded, has_wishes)
        if intent is not None:
            return Reading(intent, shortened=shortened)
        words = [replace(w, low=folded[w.start : w.end]) for w in split_words(text)]
        spans = self._finder.find(text, folded, words, shown, focus)
        if self._is_foreign(words, spans):
            return Reading("unclear", foreign=True, shortened=shortened)
        felt = feelings(spans, folded)
        reading = self._reading(felt, text, folded, shown)
        intent = self._intent(reading, folded, bool(shown), has_wishes)
        extreme = intents.EXTREME.search(folded)
        if extreme and shown and len(words) <= 9 and not reading.mentions:
            return Reading("ask_about", extreme=extreme["which"], shortened=shortened)
        reading = replace(
            reading,
            permitted=tuple(
                self._target(f, text[f.span.start : f.span.end])
                for f in felt
                if f.feeling == "neutral" and f.span.kind in ("facet", "keyword", "free", "range")
            ),
            permitted_facets=tuple(
                f.span.payload[0] for f in felt if f.feeling == "neutral" and f.span.kind == "critique"
            ),
        )
        if intent == "unclear" and has_wishes and (reading.permitted or reading.permitted_facets):
            intent = "refine" if shown else "recommend"
        if intents.FORGET.search(folded) and has_wishes and not reading.mentions:
            forget = tuple(w.target for w in reading.wishes)
            facets = () if forget else self._facets_named(folded)
            if forget or facets:
                return Reading("undo", forget=forget, forget_facets=facets, shortened=shortened)
        if intent not in ("ask_about", "compare", "why"):
            return replace(reading, intent=intent, shortened=shortened)
        mentions = tuple(
            replace(m, sentiment="asked") if m.sentiment in ("liked", "neutral") else m
            for m in reading.mentions
        )
        asked = tuple(
            self._target(f, text[f.span.start : f.span.end])
            for f in felt
            if f.span.kind in ("facet", "keyword", "free")
        )
        return replace(
            reading,
            intent=intent,
            mentions=mentions,
            asked_facet=intents.asked_facet(folded),
            asked=asked,
            points_at_one=intents.THAT_ONE.search(folded) is not None,
            wishes=(),
            shortened=shortened,
        )

    def _facets_named(self, folded: str) -> tuple[str, ...]:
        """Facets called by their name or label ("the runtime")."""
        spec = self.catalog.spec
        length = {"duration": "length|time|duration", "year": "(?:release )?date|age"}
        return tuple(
            name
            for name, facet in spec.facets.items()
            if re.search(
                rf"\b(?:{re.escape(spec.label(name))}|{length.get(facet.role, re.escape(name))})s?\b", folded
            )
        )

    def _reading(self, felt: list[Felt], text: str, folded: str, shown: Sequence[int]) -> Reading:
        mentions: list[Mention] = []
        critiques: list[Critique] = []
        unknown: list[str] = []
        for f in felt:
            words = text[f.span.start : f.span.end]
            match f.span.kind:
                case "title":
                    title: TitleMatch = f.span.payload
                    mentions.append(
                        Mention(title.rows[0], words, _sentiment(f.feeling), title.rows[1:], f.span.start)
                    )
                case "reference":
                    for place in f.span.payload:
                        mentions.append(
                            Mention(
                                shown[place],
                                words,
                                _sentiment(f.feeling, pointed=True),
                                (),
                                f.span.start,
                                True,
                            )
                        )
                case "focus":
                    mentions.append(
                        Mention(
                            f.span.payload, words, _sentiment(f.feeling, pointed=True), (), f.span.start, True
                        )
                    )
                case "critique":
                    if f.feeling == "neutral":
                        continue
                    facet, direction = f.span.payload
                    flipped = -direction if f.feeling in ("refuse", "avoid", "dislike") else direction
                    critiques.append(Critique(facet, flipped, words, f.span.start))
                case "unknown":
                    unknown.append(words.strip('"“” '))
        return Reading(
            "recommend",
            tuple(mentions),
            tuple(self._wishes(felt, text)),
            tuple(critiques),
            tuple(dict.fromkeys(unknown)),
            similar=bool(intents.SIMILAR.search(folded)) or any(f.feeling == "similar" for f in felt),
            corrects=bool(CORRECTION.search(folded)) and not ALSO.search(folded),
        )

    def _wishes(self, felt: list[Felt], text: str) -> list[Wish]:
        wishes: list[Wish] = []
        previous: Felt | None = None
        for f in self._one_value_each(felt):
            wish = self._wish(f, text)
            if wish is None:
                previous = None
                continue
            if previous is not None and wishes and self._either(f, wishes[-1], wish):
                words = text[wishes[-1].position : f.span.end]
                wishes[-1] = replace(wishes[-1], target=_joined(wishes[-1].target, wish.target), words=words)
            else:
                wishes.append(wish)
            previous = f
        return _narrowed(wishes)

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

    def _wish(self, f: Felt, text: str) -> Wish | None:
        if f.span.kind not in ("facet", "keyword", "free", "range") or f.feeling in (
            "neutral",
            "seen",
            "unseen",
            "ask",
        ):
            return None
        words = text[f.span.start : f.span.end]
        target = self._target(f, words)
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
        return Wish(polarity, strength, target, words, f.span.start)

    def _target(self, f: Felt, words: str) -> Target:
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
        return KeywordTarget(words.lower())

    def _intent(self, reading: Reading, folded: str, shown: bool, has_wishes: bool) -> Intent:
        says = bool(reading.wishes or reading.critiques)
        asks = bool(reading.mentions or shown)
        if intents.WHY.search(folded) and shown:
            return "why"
        if intents.COMPARE.search(folded) and asks and not says:
            return "compare"
        if intents.ASK.search(folded) and asks and intents.is_question(folded):
            return "ask_about"
        if says:
            return "refine" if shown else "recommend"
        if reading.mentions and all(m.sentiment == "accepted" for m in reading.mentions):
            return "accept"
        if intents.MORE.search(folded) and all(
            m.pointed and m.sentiment == "neutral" for m in reading.mentions
        ):
            return "more" if shown or has_wishes else "unclear"
        if reading.mentions and all(m.pointed and m.sentiment == "neutral" for m in reading.mentions):
            return "ask_about"
        if reading.mentions:
            return "refine" if shown else "recommend"
        if intents.MORE.search(folded) and (shown or has_wishes):
            return "more"
        if intents.REQUEST.search(folded) or reading.similar or reading.unknown_titles:
            return "refine" if shown else "recommend"
        if intents.THANKS.search(folded):
            return "thanks"
        return "unclear"

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


def _joined(old: Target, new: Target) -> Target:
    """Two targets of one kind as "either of them"."""
    if isinstance(old, RangeTarget) and isinstance(new, RangeTarget):
        lows, highs = (old.low, new.low), (old.high, new.high)
        low = None if None in lows else min(n for n in lows if n is not None)
        high = None if None in highs else max(n for n in highs if n is not None)
        return RangeTarget(old.facet, low, high)
    if isinstance(old, FacetTarget) and isinstance(new, FacetTarget):
        # "with De Niro or Pacino": the cue of the first holds for the second
        facets = tuple(f for f in old.facets if f in new.facets) or (*old.facets, *new.facets)
        return FacetTarget(facets, tuple(dict.fromkeys(old.values + new.values)))
    return new
