"""Free themes: words that carry a wish and are no value of the catalogue, such as a mood or what it should be about."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from agent.parsing.english.clauses import Clauses
from agent.parsing.english.cues import Cues
from agent.parsing.span import Span
from agent.parsing.vocabulary.lexicon import Lexicon
from agent.parsing.words import Word, name_key

# How near each phrase comes in meaning to the catalogue's keywords: the cosine with the nearest, -1 to 1.
Sense = Callable[[Sequence[str]], Mapping[str, float]]

NEWS = re.compile(  # "my dog died": what befell somebody is no theme
    r"(?<!\w)(?:my|our|his|her|their) (?:\w+ ){1,2}(?:has |have |had |just |recently |sadly )*(?:died|passed away|dumped (?:me|him|her|us)|left (?:me|him|her|us)|broke up|broke|got \w+|lost|quit|failed|is (?:sick|ill|dying|leaving)|was \w+ed)(?: (?:yesterday|today|last \w+))?(?=\W|$)"
)
BELONGS = re.compile(r"(?<!\w)(?:my|our|his|her|their) \w+")
ABOUT = re.compile(
    r"(?<!\w)an? (?=(?:\w+ ){1,3}(?:that|who|which|gone|going|goes) )"
    r"|(?<!\w)(?:(?<!what )(?<!how )about(?! (?:\d|an? hour|one|two|it|that|this|the same))|where|in which|involving|featuring|set (?:in|on|at|during)|revolving around|dealing with)(?!\w)"
)
ABOUT_END = re.compile(
    r"[,.;!?]|(?<!\w)(?:but|and (?:no|not|under|from|with|make|it|i|in)|from the|please|i|with no|without|not|no)(?!\w)"
)
GOVERNED = re.compile(
    r"(?<![\w'])(?:about|with|without|no|not|isn't|aren't|nothing|involving|featuring|stand|bear|stomach|handle|less|more|set (?:in|on|at)|of|some|for|where|themed?|avoid|hate|love|like|than|too|very|something|anything|a|an|any|without any|and|or|feel|feeling)\s+(?:a |an |some |any |the |lots of |plenty of |too |very |really |proper |good |nice |much )*$"
)
TIME_OF_DAY = re.compile(
    r"\s+(?:\w+ )?(?:afternoon|evening|night|day|morning|weekend|(?:mon|tues|wednes|thurs|fri|satur|sun)day|holidays?|winter|summer|autumn|spring)\b"
)
OCCASION = re.compile(r"(?<!\w)(?:for|on|in|this|my|our)\s+(?:an?\s+)?(?:\w+\s+)?$")
SENSE = 0.55  # MiniLM cosine from which a phrase means something in this catalogue
LOOSE_SENSE = 0.62  # the same for words that nothing governs: they may be mere talk


class ThemeFinder:
    """Finds free themes in what no other finder has taken."""

    def __init__(self, lexicon: Lexicon, cues: Cues, sense: Sense | None) -> None:
        self.lexicon = lexicon
        self.cues = cues
        self._sense = sense

    def clauses_about(self, text: str, folded: str, words: list[Word], taken: list[Span]) -> list[Span]:
        """Whole clauses that say what it is about: "about …", "where …", "a robbery that goes wrong"."""
        spans: list[Span] = []
        for match in ABOUT.finditer(folded):
            end = ABOUT_END.search(folded[match.end() :])
            stop = match.end() + end.start() if end else len(folded)
            piece = [w for w in words if match.end() <= w.start and w.end <= stop and not w.is_mark]
            if len([w for w in piece if name_key(w.low) not in self.lexicon.empty]) < 2:
                continue
            for start, stop in _parts(piece):
                inside = [s for s in taken if s.start < stop and start < s.end]
                named = any(s.kind == "keyword" and " " in text[s.start : s.end] for s in inside)
                if all(s.kind in ("keyword", "free") for s in inside) and not named:
                    spans.append(Span(start, stop, "free", text[start:stop], 70))
        return spans

    def loose(
        self, text: str, folded: str, words: list[Word], taken: list[Span], clauses: Clauses
    ) -> list[Span]:
        """What is left: runs of words that carry meaning where the sentence wishes for something."""
        covered = self._covered(folded, taken)
        spans: list[Span] = []
        runs: list[list[Word]] = []
        run: list[Word] = []
        for word in [*words, None]:
            free = word is not None and self._may_be_theme(word, covered, folded, taken, clauses)
            if free and word is not None and (near := self.lexicon.misspelt(word.low)):
                spans.append(Span(word.start, word.end, "facet", near, 60))
                free = False
            if free and word is not None and (not run or not folded[run[-1].end : word.start].strip(" -'")):
                run.append(word)
                continue
            if run:
                runs.append(run)
            run = [word] if free and word is not None else []
        for run in runs:
            piece = text[run[0].start : run[-1].end]
            person = self.lexicon.misspelt_person(piece)
            spans.append(Span(run[0].start, run[-1].end, "facet" if person else "free", person or piece, 10))
        return self._meaningful(spans, folded)

    def _covered(self, folded: str, taken: list[Span]) -> NDArray[np.bool_]:
        covered = np.zeros(len(folded) + 1, bool)
        for span in taken:
            covered[span.start : span.end] = True
        for match in self.cues.everywhere(folded):
            covered[match.start() : match.end()] = True
        for pattern in (BELONGS, NEWS):
            for match in pattern.finditer(folded):
                covered[match.start() : match.end()] = True
        return covered

    def _may_be_theme(
        self, word: Word, covered: NDArray[np.bool_], folded: str, taken: list[Span], clauses: Clauses
    ) -> bool:
        """Whether a word stands where a wish is said: not in a story, not before the wish, not in praise of a title."""
        low = name_key(word.low)
        if word.is_mark or covered[word.start] or len(low) < 3 or low.isdigit():
            return False
        if low in self.lexicon.empty or word.low in self.lexicon.empty:
            return False
        if TIME_OF_DAY.match(folded[word.end :]) and OCCASION.search(folded[: word.start]):
            return False  # "a wet afternoon", "a quiet Sunday"
        clause = clauses.at(word.start)
        if clause.kind in ("story", "errand"):
            return False
        before = folded[clause.start : word.start]
        items = [
            s
            for s in taken
            if s.kind in ("title", "reference", "unknown") and clause.start <= s.start < clause.end
        ]
        if any(s.end <= word.start for s in items):
            last = max(s.end for s in items if s.end <= word.start)
            return (
                re.search(
                    r"(?<!\w)(?:with|without|but|about|set|less|no|not too)(?!\w)", folded[last : word.start]
                )
                is not None
            )
        if items and not re.search(r"(?<!\w)(?:about|something|anything|more|less)(?!\w)", before):
            return False
        if clause.kind == "wish" and not self.cues.last(before):
            # before the wish there is only talk, but "gritty film wanted" has its noun after it
            return (
                re.match(rf"\s+(?:\w+\s+)?(?:{self.cues.noun}|stuff|one)(?!\w)", folded[word.end :])
                is not None
            )
        return True

    def _meaningful(self, spans: list[Span], folded: str) -> list[Span]:
        """The spans without the free ones that no keyword or text of the catalogue comes near to, where nothing but
        their being there speaks for a wish."""
        free = [s for s in spans if s.kind == "free"]
        near = self._sense([s.payload.lower() for s in free]) if self._sense and free else {}
        kept: list[Span] = []
        for span in spans:
            if span.kind != "free":
                kept.append(span)
                continue
            phrase = span.payload.lower()
            governed = GOVERNED.search(folded[: span.start]) is not None
            told = any(name_key(w) in self.lexicon.telling for w in phrase.split())
            if governed and self.lexicon.catalog.spec.ends_meant(phrase, whole=True):
                kept.append(span)  # "soppy": no keyword, and the end of a scale
                continue
            if self._sense is None:
                if told or governed:
                    kept.append(span)
            elif near.get(phrase, 0.0) >= (SENSE if governed else LOOSE_SENSE) or (told and governed):
                kept.append(span)
        return kept


def _parts(piece: list[Word]) -> list[tuple[int, int]]:
    """A clause of what it is about as it stands, or its parts when they are alternatives of a word or two."""
    joints = [n for n, w in enumerate(piece) if w.low in ("or", "and")]
    bounds = [-1, *joints, len(piece)]
    parts = [piece[a + 1 : b] for a, b in itertools.pairwise(bounds)]
    if joints and all(1 <= len(part) <= 2 for part in parts):
        return [(part[0].start, part[-1].end) for part in parts]
    return [(piece[0].start, piece[-1].end)]
