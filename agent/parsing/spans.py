"""Finds the parts of a message that mean something: titles, references, ranges, catalogue phrases, free words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from agent.parsing import intents
from agent.parsing.cues import AFTER, BEFORE, SENTENCE_END, TITLE_FEELINGS, last_cue
from agent.parsing.lexicon import STOP_WORDS, Lexicon, Phrase
from agent.parsing.ranges import find_ranges
from agent.parsing.references import find_references
from agent.parsing.titles import SMALL_WORDS, TitleIndex
from agent.parsing.words import QUOTES, Word, fold, name_key, split_words
from tools.catalog import Catalog, FacetSpec

SpanKind = Literal["title", "reference", "focus", "range", "facet", "keyword", "critique", "free", "unknown"]
SLOT_END = re.compile(
    r"[,.;!?()]|(?<!\w)(?:and|or|but|nor|with|that|which|because|directed|starring|though|except|only|please|from|in the|"
    r"is|was|were|are|so|since|made|bored|sucked?|i|i'm|i've|we|something|anything|not|no|without|yesterday|tonight|last)(?!\w)"
)
POINTING = "seen not liked loved hated watched love hate take like about".split()
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
EXACT = 100.0
WELL_KNOWN = 40  # interactions from which a common word alone is taken for the title: "Up", "Her"
BELONGS = re.compile(r"(?<!\w)(?:my|our|his|her|their) \w+")
ABOUT = re.compile(
    r"(?<!\w)an? (?=(?:\w+ ){1,3}(?:that|who|which|gone|going|goes) )"
    r"|(?<!\w)(?:(?<!what )(?<!how )about(?! (?:\d|an? hour|one|two|it|that|this|the same))|where|in which|involving|featuring|set (?:in|on|at|during)|revolving around|dealing with)(?!\w)"
)


@dataclass(frozen=True)
class Span:
    """A part of the message that means something. `payload` fits the kind; `strength` decides overlaps."""

    start: int
    end: int
    kind: SpanKind
    payload: Any
    strength: int


class SpanFinder:
    """Finds spans with one catalogue's vocabulary and titles."""

    def __init__(self, catalog: Catalog, lexicon: Lexicon, titles: TitleIndex) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self.titles = titles
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
        found += self._title_spans(text, folded, words)
        found += self._phrase_spans(text, words)
        found = [s for s in found if s.kind != "keyword" or not _within_cue(s, folded)]
        chosen = _longest(found)
        chosen = _longest([*chosen, *self._slot_titles(text, folded, chosen)])
        chosen = _longest([*chosen, *self._about_spans(text, folded, words, chosen)])
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

    def _title_spans(self, text: str, folded: str, words: list[Word]) -> list[Span]:
        spans: list[Span] = []
        for match in re.finditer(r"[\"“]([^\"“”]{1,120})[\"”]", text):
            title = self.titles.exact(match[1]) or self.titles.misspelt(match[1])
            payload: Any = title or match[1]
            spans.append(Span(match.start(), match.end(), "title" if title else "unknown", payload, 100))
        for first, word in enumerate(words):
            key = name_key(word.text)
            if word.is_mark or key.split()[:1] == [] or key.split()[0] not in self.titles.first_words:
                continue
            for last in range(min(len(words), first + 14), first, -1):
                piece = text[word.start : words[last - 1].end]
                if words[last - 1].text in ",;:.!?" or any(
                    w.text in ";?" or w.text in QUOTES for w in words[first:last]
                ):
                    continue
                title = self.titles.exact(piece)
                if title is None or (title.score < EXACT and self._is_category(name_key(piece))):
                    continue  # "Woody Allen" is the person before he is a part of a title
                span = Span(word.start, words[last - 1].end, "title", title, 80)
                if self._is_meant(span, text, folded, words[first:last]):
                    spans.append(replace(span, strength=_title_strength(words[first:last])))
                    break
        return spans

    def _is_meant(self, span: Span, text: str, folded: str, words: list[Word]) -> bool:
        """Whether words that are also a title are meant as one: "It", "Up" and "Speed" mostly are not."""
        plain = [w for w in words if not w.is_mark]
        lows = [name_key(w.low) for w in plain]
        if re.search(r"\d{4}\)?$", folded[span.start : span.end]) and len(plain) > 1:
            return True
        ordinary = all(low in self.lexicon.ordinary or low in SMALL_WORDS for low in lows)
        phrase = self._is_phrase(plain, text)
        if len(plain) > 1 and not ordinary and not phrase:
            return True
        if not folded.strip(" .!?,'\"").replace(folded[span.start : span.end], ""):
            known = self.titles.fame(span.payload) >= WELL_KNOWN and not intents.MORE.search(folded)
            if all(low in STOP_WORDS for low in lows):
                return known
            return not (len(plain) == 1 and self._is_category(lows[0])) and (
                not phrase or len(plain) > 1 or known
            )
        if lows[-1] == "one" and re.match(r"\s+(?:with|where|about|that|in which)\b", folded[span.end :]):
            return False
        in_slot = (
            self._after_title_cue(folded, span.start, len(plain) > 1) and _ends_slot(folded, span.end)
        ) or _is_judged(folded, span.end)
        content = [w for w in plain if name_key(w.low) not in SMALL_WORDS] or plain
        capital = all(w.text[0].isupper() or w.text[0].isdigit() for w in content)
        shouting = text.isupper()
        inside = not _begins_sentence(folded, span.start)
        if len(plain) == 1 and self._is_category(lows[0]):
            return False
        if len(plain) == 1 and capital and not shouting and re.match(r"\s*,? but\b", folded[span.end :]):
            return self.titles.fame(span.payload) >= WELL_KNOWN  # "Alien but funny"
        if phrase and not in_slot and not (capital and inside and len(plain) > 1):
            return False
        if len(plain) == 1 and lows[0] in SMALL_WORDS:
            return capital and in_slot and inside and not shouting and lows[0] != "i"
        if len(plain) == 1 and not ordinary:
            return in_slot or (capital and not shouting)
        return (
            in_slot
            or (capital and inside and not shouting and len(plain) > 1)
            or (capital and inside and not shouting and self._lists_titles(folded, span.start))
        )

    def _after_title_cue(self, folded: str, start: int, several: bool = False) -> bool:
        """Whether the words right before a place take a title: a verb that does, or a list of titles after one.

        several: the title has several words, which "not" may stand before as well.
        """
        before = SENTENCE_END.split(folded[:start])[-1]
        if re.search(r"(?:what|how) about (?:the )?[\"']?$", before):
            return True
        cue = last_cue(before)
        rest = before
        if cue is not None:
            if cue[0] not in TITLE_FEELINGS and not (several and cue[0] == "refuse"):
                return False
            ends = [
                m.end()
                for c in BEFORE
                if c.feeling == cue[0]
                for m in c.pattern.finditer(before)
                if m.start() == cue[1]
            ]
            rest = before[max(ends) :].strip(" \"'")
            if rest in ("", "the film", "the movie", "film", "movie", "the original", "the first"):
                return True
        listed = re.split(r"\s*(?:,\s*(?:and|or)?|(?<!\w)and(?!\w)|(?<!\w)or(?!\w)|&)\s*", rest.strip(" \"'"))
        if len(listed) < 2 or listed[-1]:
            return False
        unknown = [t for t in listed[:-1] if self.titles.exact(t) is None]
        # after a verb one of the list may be unknown here; without one all must be titles
        return not unknown or (
            cue is not None and len(unknown) == 1 and not self.lexicon.phrases(name_key(unknown[0]))
        )

    def _lists_titles(self, folded: str, start: int) -> bool:
        """Whether a capitalised word follows a list of titles, or a verb that takes one, in the same sentence."""
        sentence = SENTENCE_END.split(folded[:start])[-1]
        cue = last_cue(sentence)
        return cue is not None and cue[0] in TITLE_FEELINGS

    def _is_category(self, key: str) -> bool:
        """Whether a word is first of all a category ("romance"), whatever item is called so."""
        return any(not p.keyword and not p.surname for p in self.lexicon.phrases(key))

    def _is_phrase(self, words: list[Word], text: str) -> bool:
        """Whether all these words are categories, keywords or nouns of the catalogue ("romantic comedy")."""
        rest = list(words)
        while rest:
            for end in range(len(rest), 0, -1):
                key = name_key(text[rest[0].start : rest[end - 1].end])
                if self.lexicon.phrases(key) or key in self.lexicon.nouns or key in SMALL_WORDS:
                    rest = rest[end:]
                    break
            else:
                return False
        return True

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
            phrases = self._by_cue(phrases, fold(text[:start]))
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
            if not neighbour.is_mark and low not in self.lexicon.ordinary and not self._is_category(low):
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

    def _by_cue(self, phrases: tuple[Phrase, ...], before: str) -> tuple[Phrase, ...]:
        """Of several facets a phrase may belong to, those the words before it point at ("directed by …")."""
        cued, free = [], []
        for phrase in phrases:
            facet = self.catalog.spec.facets[phrase.facet]
            if any(re.search(rf"(?<!\w){re.escape(c)}\s+(?:the\s+)?$", before) for c in facet.cues):
                cued.append(phrase)
            elif not facet.cue_required:
                free.append(phrase)
        return tuple(cued or free)

    def _slot_titles(self, text: str, folded: str, taken: list[Span]) -> list[Span]:
        """Titles that are misspelt, named in part or unknown: words right after "like", "loved", "seen", …"""
        spans: list[Span] = []
        for match in re.finditer(
            r"\bthe (?:one|film|movie) (?:with|about|where) (?:the |a )?([\w' ]+?)(?=$|[,.;!?]| (?:and|but|was|is)\b)",
            folded,
        ):
            title = self.titles.part(match[1])
            if title is not None and not any(
                s.kind == "facet" and s.start < match.end() and match.start() < s.end for s in taken
            ):
                spans.append(Span(*match.span(), "title", title, 86))
        starts = _subjects(folded)
        if self._may_be_bare_title(text, folded, taken):
            starts.append(0)
        for start in starts:
            span = self._slot_title(text, folded, start, taken)
            if span is not None and not (span.kind == "unknown" and start == 0 and not text[:1].isupper()):
                spans.append(span)
        for cue in BEFORE:
            if cue.feeling not in TITLE_FEELINGS:
                continue
            for match in cue.pattern.finditer(folded):
                start = match.end()
                while True:
                    span = self._slot_title(text, folded, start, taken)
                    if span is None:
                        break
                    spans.append(span)
                    follow = re.match(r"\s*(?:,\s*(?:and|or)?|and|or|&)\s+", folded[span.end :])
                    if follow is None:
                        break
                    start = span.end + follow.end() - 1
        return spans

    def _may_be_bare_title(self, text: str, folded: str, taken: list[Span]) -> bool:
        """Whether a short message without any other meaning may be a title and nothing else ("Blorpazoid 7")."""
        words = [w for w in split_words(text) if not w.is_mark]
        other = any(s.kind in ("facet", "range", "title", "reference", "critique") for s in taken)
        ordinary = words and words[0].low in STOP_WORDS and words[0].low not in SMALL_WORDS
        return bool(words) and len(words) <= 8 and not other and not ordinary and last_cue(folded) is None

    def _slot_title(self, text: str, folded: str, start: int, taken: list[Span]) -> Span | None:
        start += len(folded[start:]) - len(folded[start:].lstrip(" \"'"))
        stop = SLOT_END.search(folded, start + 1)
        end = stop.start() if stop else len(folded)
        # "Blorpazoid and 7" ends at "and", a title such as "Pride and Prejudice" was found whole before.
        end = start + len(folded[start:end].rstrip(" \"'"))
        piece = text[start:end]
        words = [w for w in split_words(piece) if not w.is_mark]
        if not 1 <= len(words) <= 8 or any(
            s.start < end and start < s.end and s.kind in ("title", "reference", "range", "critique")
            for s in taken
        ):
            return None
        lows = [name_key(w.low) for w in words]
        if all(low in STOP_WORDS or low in self.lexicon.nouns for low in lows):
            return None
        strange = any(low not in self.lexicon.known for low in lows)
        capital = words[0].text[0].isupper() or any(
            w.is_capital for w in words if name_key(w.low) not in SMALL_WORDS
        )
        covered = any(s.kind in ("facet", "keyword") and s.start < end and start < s.end for s in taken)
        if covered and not (strange or (capital and len(words) > 1)):
            return None
        if not (strange or capital or len(words) >= 3):
            return None
        title = self.titles.misspelt(piece) or (
            self.titles.part(piece) if strange or capital or len(words) >= 2 else None
        )
        if title is not None:
            return Span(start, end, "title", title, 70)
        if covered or not (strange or (capital and not text.isupper())):
            return None
        if person := self.lexicon.misspelt_person(piece):
            return Span(start, end, "facet", person, 70)
        return Span(start, end, "unknown", piece, 55)

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


def _longest(spans: list[Span]) -> list[Span]:
    """Of overlapping spans the surest, then the longest, then the first."""
    chosen: list[Span] = []
    for span in sorted(spans, key=lambda s: (-s.strength - (s.end - s.start) / 10, s.start)):
        if all(span.end <= other.start or other.end <= span.start for other in chosen):
            chosen.append(span)
    return sorted(chosen, key=lambda s: s.start)


def _within_cue(span: Span, folded: str) -> bool:
    """Whether the words belong to an expression of feeling: the death of "bored me to death"."""
    return any(
        m.start() <= span.start and span.end <= m.end() for cue in AFTER for m in cue.pattern.finditer(folded)
    )


def _title_strength(words: list[Word]) -> int:
    """A title with its year is surer than a range, one of several words than a category, one word less than a name."""
    plain = [w for w in words if not w.is_mark]
    if len(plain) > 1 and re.fullmatch(r"\d{4}", plain[-1].low):
        return 95
    return 80 if len(plain) > 1 else 62


def _is_judged(folded: str, end: int) -> bool:
    """Whether a judgement follows: "… was great", "… and Her were great"."""
    rest = SENTENCE_END.split(folded[end:])[0]
    rest = re.sub(
        r"^\s*(?:,|and|or)\s+(?:\w+\s+){1,5}?(?=(?:were|are|bored|both)\b)", "", rest.lstrip(" \"'")
    )
    return any(c.feeling in ("like", "dislike", "neutral") and c.pattern.match(rest) for c in AFTER)


def _subjects(folded: str) -> list[int]:
    """Where sentence parts begin that a judgement follows: "Shawshenk Redemtion was great"."""
    verb = r" (?:was|is|were|bored|sucks|sucked)\b"
    parts = re.finditer(rf"(?:^|(?<=[.!?,;] )|(?<=but )|(?<=and ))([\w' ]{{3,60}}?)(?={verb})", folded)
    return [m.start() for m in parts if _is_judged(folded, m.end())]


def _ends_slot(folded: str, end: int) -> bool:
    """Whether a title may end here: at a mark, "and", "but", or the end of the message."""
    rest = folded[end:].lstrip(" \"'")
    return (
        not rest
        or SLOT_END.match(rest) is not None
        or re.match(
            r"(?:at all|too|a lot|so much|very much|lots|as well|movie|film|again|recently|already|better|more|please|instead|\d{4})\b",
            rest,
        )
        is not None
    )


def _begins_sentence(folded: str, start: int) -> bool:
    before = folded[:start].rstrip(" \"'(")
    return not before or before[-1] in ".!?;:"
