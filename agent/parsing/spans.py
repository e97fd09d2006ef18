"""Finds the parts of a message that mean something: titles, references, ranges, catalogue phrases, free words."""

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np

from agent.parsing.english.cues import AFTER, BEFORE
from agent.parsing.english.ranges import find_ranges
from agent.parsing.english.references import find_references
from agent.parsing.span import Span, SpanKind, longest
from agent.parsing.vocabulary.lexicon import STOP_WORDS, Lexicon, Phrase
from agent.parsing.vocabulary.naming import TitleFinder
from agent.parsing.vocabulary.titles import TitleIndex
from agent.parsing.words import Word, fold, name_key, split_words
from tools.catalog import Catalog, FacetSpec

POINTING = "seen not watch liked loved hated watched love hate take like about".split()
THAT_ONE = re.compile(
    rf"(?:{'|'.join(f'(?<={verb} )' for verb in POINTING)})(?:that one|this one|it|that film|that|him|her)"
    r"(?= *(?:$|[,.;!?]|and\b|but\b|already\b|too\b|please\b|instead\b))"
)
WHO = re.compile(r"(?<!\w)(?:my|our|his|her|their|the)\s+$")
LIKES = re.compile(
    r"\s+(?:also |really |all )?(?:love[sd]?|like[sd]?|enjoy(?:ed|s)?|adore[sd]?|hate[sd]?|watched|saw)\b"
)
AGE_WORDS = tuple("zero one two three four five six seven eight nine ten eleven twelve thirteen".split())
AGE = re.compile(
    rf"(?:\b(?:an?|my|our) )?\b(?:(?P<n>\d{{1,2}}|{'|'.join(AGE_WORDS)})[\s-]*(?:(?:years?|yrs?)[\s-]*olds?|yo|y/o)|aged? (?P<aged>\d{{1,2}}))\b"
)
GROWN_UP = 18
BELONGS = re.compile(r"(?<!\w)(?:my|our|his|her|their) \w+")
ABOUT = re.compile(
    r"(?<!\w)an? (?=(?:\w+ ){1,3}(?:that|who|which|gone|going|goes) )"
    r"|(?<!\w)(?:(?<!what )(?<!how )about(?! (?:\d|an? hour|one|two|it|that|this|the same))|where|in which|involving|featuring|set (?:in|on|at|during)|revolving around|dealing with)(?!\w)"
)


class SpanFinder:
    """Finds spans with one catalogue's vocabulary and titles."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon, titles: TitleIndex) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self._titles = TitleFinder(lexicon, titles)
        self._comparatives = self._comparative_words()

    def find(
        self, text: str, folded: str, words: list[Word], shown: Sequence[int], focus: int | None = None
    ) -> list[Span]:
        """The spans of a message, from left to right, none overlapping. shown, focus: rows it may point at."""
        found = [Span(r.start, r.end, "range", r, 90) for r in find_ranges(folded, self.catalog)]
        found += [
            Span(r.start, r.end, "reference", r.places, 85)
            for r in find_references(folded, len(shown), sorted(self.lexicon.nouns))
        ]
        found += [
            Span(m.start(), m.end(), "critique", (f, d), 88)
            for f, d, p in self._comparatives
            for m in p.finditer(folded)
        ]
        if focus is not None:
            found += [Span(m.start(), m.end(), "focus", focus, 84) for m in THAT_ONE.finditer(folded)]
        found += self._age_spans(folded)
        found += self._titles.named(text, folded, words)
        found += self._phrase_spans(text, words)
        found = [s for s in found if s.kind != "keyword" or not _within_cue(s, folded)]
        chosen = longest(found)
        chosen = longest([*chosen, *self._titles.after_verbs(text, folded, chosen)])
        chosen = longest([*chosen, *self._about_spans(text, folded, words, chosen)])
        return sorted([*chosen, *self._free_spans(text, folded, words, chosen)], key=lambda s: s.start)

    def _age_spans(self, folded: str) -> list[Span]:
        """ "For a six-year-old", "she is 6 yo": the values of a facet that suit a child of that age; a grown-up's
        age says nothing."""
        spans: list[Span] = []
        for match in AGE.finditer(folded):
            said = match["n"] or match["aged"]
            age = int(said) if said.isdigit() else AGE_WORDS.index(said)
            for name, facet in self.catalog.spec.facets.items():
                if not facet.for_age:
                    continue
                step = max((a for a in facet.for_age if a <= age), default=min(facet.for_age))
                if age < GROWN_UP:
                    phrases = tuple(Phrase(name, v, either=True) for v in facet.for_age[step])
                    spans.append(Span(match.start(), match.end(), "facet", phrases, 96))
        return spans

    def _phrase_spans(self, text: str, words: list[Word]) -> list[Span]:
        spans: list[Span] = []
        for first, last, phrases in self.lexicon.spans(words, text):
            start, end = words[first].start, words[last - 1].end
            after = words[last] if last < len(words) else None
            if phrases[0].surname and not self._surname_is_meant(words[first:last], text[:start], after):
                continue
            kind: SpanKind = "keyword" if phrases[0].keyword else "facet"
            if (
                kind == "keyword"
                and last - first == 1
                and words[first].low in STOP_WORDS | self.lexicon.nouns
            ):
                continue
            phrases = self._by_cue(phrases, fold(text[:start]), fold(text[end:]))
            if WHO.search(fold(text[:start])) and LIKES.match(fold(text[end:])):
                continue  # "my kids love …": who likes it, not what is wished for
            if phrases:
                strength = (50 if kind == "keyword" else 60) + (5 if last - first > 1 else 0)
                spans.append(Span(start, end, kind, phrases, strength))
        return spans

    def _surname_is_meant(self, words: list[Word], before: str, after: Word | None) -> bool:
        """Whether a surname alone stands for its best known bearer; beside another name it is somebody else's."""
        earlier = split_words(before)[-1:]
        for neighbour in (*earlier, *([after] if after else [])):
            low = name_key(neighbour.low)
            if (
                not neighbour.is_mark
                and low not in self.lexicon.ordinary
                and not self.lexicon.is_category(low)
            ):
                return False
        person_cues = [
            c for f in self.catalog.spec.by_role("person") for c in self.catalog.spec.facets[f].cues
        ]
        cued = any(re.search(rf"(?<!\w){re.escape(c)}\s+$", fold(before)) for c in person_cues)
        if cued or len(words) > 1:
            return True
        # "Gore" and "Paris" are mostly no people; "Tarantino" is, with a capital or without.
        low = name_key(words[0].low)
        return low not in self.lexicon.english and low.rstrip("s") not in self.lexicon.english

    def _by_cue(self, phrases: tuple[Phrase, ...], before: str, after: str) -> tuple[Phrase, ...]:
        """Of several facets a phrase may belong to, those that the words around it point at: "directed by …",
        "… rated"."""
        cued, free = [], []
        for phrase in phrases:
            facet = self.catalog.spec.facets[phrase.facet]
            ahead = any(re.search(rf"(?<!\w){re.escape(c)}\s+(?:the\s+)?$", before) for c in facet.cues)
            behind = any(
                re.match(rf"[\s-]*{re.escape(c)}(?!\w)", after) for c in facet.cues if facet.cue_required
            )
            if ahead or behind:
                cued.append(phrase)
            elif not facet.cue_required:
                free.append(phrase)
        return tuple(cued or free)

    def _free_spans(self, text: str, folded: str, words: list[Word], taken: list[Span]) -> list[Span]:
        """What is left: runs of words that carry meaning, such as a mood or what it should be about."""
        covered = np.zeros(len(folded) + 1, bool)
        for span in taken:
            covered[span.start : span.end] = True
        spans: list[Span] = []
        for pattern in (*(cue.pattern for cue in (*BEFORE, *AFTER)), BELONGS):
            for match in pattern.finditer(folded):
                covered[match.start() : match.end()] = True
        run: list[Word] = []
        for word in [*words, None]:
            free = (
                word is not None
                and not word.is_mark
                and not covered[word.start]
                and self._carries_meaning(word)
            )
            near = self.lexicon.misspelt(word.low) if free and word is not None else ()
            if near and word is not None:
                spans.append(Span(word.start, word.end, "facet", near, 60))
                free = False
            if free and word is not None:
                run.append(word)
            elif run:
                piece = text[run[0].start : run[-1].end]
                person = self.lexicon.misspelt_person(piece)
                spans.append(
                    Span(run[0].start, run[-1].end, "facet" if person else "free", person or piece, 10)
                )
                run = []
        return spans

    def _about_spans(self, text: str, folded: str, words: list[Word], taken: list[Span]) -> list[Span]:
        """Whole clauses that say what it is about: "about …", "where …", "a robbery that goes wrong"."""
        spans: list[Span] = []
        for match in ABOUT.finditer(folded):
            end = re.search(
                r"[,.;!?]|(?<!\w)(?:but|and (?:no|not|under|from|with|make|it|i|in)|from the|please|i|with no|without|not|no)(?!\w)",
                folded[match.end() :],
            )
            stop = match.end() + end.start() if end else len(folded)
            piece = [w for w in words if match.end() <= w.start and w.end <= stop and not w.is_mark]
            if len([w for w in piece if w.low not in STOP_WORDS]) < 2:
                continue
            start, stop = piece[0].start, piece[-1].end
            if all(s.kind == "keyword" for s in taken if s.start < stop and start < s.end):
                spans.append(Span(start, stop, "free", text[start:stop], 70))
        return spans

    def _carries_meaning(self, word: Word) -> bool:
        low = name_key(word.low)
        return (
            low not in STOP_WORDS
            and low not in self.lexicon.nouns
            and word.low not in STOP_WORDS
            and len(low) > 2
        )

    def _comparative_words(self) -> list[tuple[str, Literal[-1, 1], re.Pattern[str]]]:
        found: list[tuple[str, Literal[-1, 1], re.Pattern[str]]] = []
        for name, facet in self.catalog.spec.facets.items():
            for direction, adjectives in ((1, _too_little(facet)), (-1, _too_much(facet))):
                if adjectives:
                    pattern = re.compile(
                        rf"(?<!\w)(?<!not )(?<!nothing )(?:way |far |much |a bit )?too (?:{'|'.join(map(re.escape, adjectives))})(?!\w)"
                    )
                    found.append((name, direction, pattern))  # type: ignore[arg-type]
            for direction, words in ((-1, facet.less), (1, facet.more)):
                if words:
                    either = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))
                    # "shorter than two hours" is a range, "shorter than Heat" and plain "shorter" are critiques.
                    pattern = re.compile(
                        rf"(?<!\w)(?:much |a bit |a little |slightly |way |even )?(?:{either})(?!\w)(?! than (?:\d|(?:an?|one|two|three) |the \d))"
                    )
                    found.append((name, direction, pattern))  # type: ignore[arg-type]
        return found


def _too_little(facet: FacetSpec) -> tuple[str, ...]:
    """Adjectives after "too" that say there is too little: too short, too old."""
    words = facet.short_words.words if facet.short_words else ()
    return (*words, "old", "dated", "old fashioned") if facet.role == "year" else words


def _too_much(facet: FacetSpec) -> tuple[str, ...]:
    """Adjectives after "too" that say there is too much: too long, too recent, too expensive."""
    words = facet.long_words.words if facet.long_words else ()
    more = {"year": ("new", "recent", "modern"), "price": ("expensive", "dear", "pricey", "costly")}
    return (*words, *more.get(facet.role, ()))


def _within_cue(span: Span, folded: str) -> bool:
    """Whether the words belong to an expression of feeling: the death of "bored me to death"."""
    return any(
        m.start() <= span.start and span.end <= m.end() for cue in AFTER for m in cue.pattern.finditer(folded)
    )
