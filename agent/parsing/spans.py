"""Finds the parts of a message that mean something: titles, references, ranges, catalogue phrases, critiques, themes."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.parsing.describing import Describer
from agent.parsing.english.clauses import Clauses
from agent.parsing.english.critiques import CritiqueFinder, CritiqueSpan
from agent.parsing.english.cues import Cues
from agent.parsing.english.intents import AWARD, Extremes
from agent.parsing.english.moods import find_moods
from agent.parsing.english.numbers import MOST
from agent.parsing.english.ranges import find_ranges
from agent.parsing.english.references import ORDINALS, describing_references, find_references
from agent.parsing.english.regrets import without_sighs
from agent.parsing.span import Span, SpanKind, longest
from agent.parsing.themes import Sense, ThemeFinder
from agent.parsing.vocabulary.lexicon import Lexicon, Phrase
from agent.parsing.vocabulary.meaning import Line
from agent.parsing.vocabulary.naming import TitleFinder
from agent.parsing.vocabulary.titles import TRAILING_YEAR, TitleIndex
from agent.parsing.words import Word, fold, name_key
from memory.preferences import RangeTarget
from tools.catalog import Catalog

OWNER = re.compile(r"(?<!\w)(?:my|our|his|her|their|the)(?: \w+'s)?(?: (?:two|three|four|little|own))*\s+$")
LIKES = re.compile(
    r"\s+(?:also |really |all |both |are |is |was |were )?(?:lov+e[sd]?|like[sd]?|enjoy(?:ed|s)?|adore[sd]?|hate[sd]?|watched|saw|(?:have |has |had |'ve |already |just )+(?:seen|watched|read|played|been|tried|eaten|got|had|finished)|already|know|knows|read|played|want|wants|need|needs|finally|asleep|in bed|coming|will|can|don't|doesn't|get|gets|got|with me|too)\b"
)
AGE_WORDS = tuple("zero one two three four five six seven eight nine ten eleven twelve thirteen".split())
OTHER_SIZES = (
    "days?|drive|weeks?|weekend|times?|runs?|walks?|journey|trip|lists?|story|stories|shot|term|ago|way|question|break|nights?|"
    "haul|life|hair|legs|sleeves?|notice|queue|shift|flight|train|bus|ride|answer|version|of|distance|lasting|man|men|woman|"
    "women|people|age|friends?|enough|house|lady|boy|west|son|daughter|kid|girl|money"
)
NAME = re.compile(r"[A-Z][\w.-]*(?:\s(?:(?:van|von|de|di|del|der|la) )*[A-Z][\w.-]*){0,3}")
GROWN_UP = 18
MET = re.compile(r"(?<!\w)(?:saw|seen|watched|rewatched|lov+ed|liked|enjoyed|hated)(?: the)?\s+$")
VERDICT = re.compile(
    r"\s+(?:is|was|are|were|'s)(?: (?:so|really|very|just|absolutely|pretty|actually|super))*\s+"
)
WITH = re.compile(
    r",?\s*(?:the (?:old |new |original )?(?:one|version) )?(?:with|starring|by|from|directed by|and)\s+"
)
CUE_LONG = 60  # characters that a cue before a value may have
COMPANY = re.compile(  # "I have teenagers here": who is there, and no theme
    r"\s+(?:are |is )?(?:here|(?:over )?with (?:me|us|her|him|them)(?= *(?:$|[,.;!?]|tonight|today|and|so))|over tonight|at home|in the house|in the room|coming (?:over|round|along)|visiting|staying (?:over|with)|watching (?:too|with|along)|to (?:entertain|please)|around tonight)(?!\w)"
)
STATE = re.compile(
    r"(?:i|we|she|he|they)(?:'m|'re|'s|'ll be| am| are| is| will be| have| got| has)? (?:a |an |both |all |in |near |into |strictly |mostly |with |got |have |having |staying in |looking in |based in |here in |live in |living in |around |currently in )*$|^\W*(?:being|as) (?:a |an )?$"
)
LANGUAGE = "English"  # in which people write here
NO_SUBTITLES = re.compile(
    r"(?<![\w'])(?:no|without|nothing with|rather not have|not? (?:want|like|feel like|fancy)(?: any| the| to)*|(?:don't|do not|can't|cannot|hate|not|tired of|sick of)(?: (?:want|like|feel|be|to|any|the|up|for|in|mood|fancy|stand|do))*)(?: read(?:ing)?)? (?:subtitles|subs|subtitled (?:films?|movies?|ones?|stuff))(?![\w'])"
)
IDIOM = re.compile(
    r"(?<!\w)(?:(?:cup|pot|mug) of (?:tea|coffee|cocoa)|(?:glass|bottle) of (?:wine|beer|water))(?!\w)"
)
MINE = re.compile(r"(?<!\w)(?:my|our|his|her|their) $")  # "my sister's kids"
MY_ROLE = re.compile(
    r"(?<![\w'])(?:i'm|i am|he's|she's|he is|she is|we're|we are) an? (?:\w+ )?$"
)  # "I'm a nurse"
DEVOTED = re.compile(
    r"[\s-]+(?:film |movie )?(?:fans?|lovers?|buffs?|nuts?|addicts?|junkies?|fiends?|person|people|guy|girl|geeks?|nerds?)(?!\w)"
)
OF_THOSE_NAMED = re.compile(
    r"(?<!\w)the (?P<n>first|second|third|fourth|former|latter|last)(?: (?:one|film|movie|book|game|place))?(?!\w)(?! (?:time|half|part|hour|season|act|film|movie))"
)
BORN = re.compile(r"(?<!\w)born[, (]* ?(?:in |back in |around )?$")
YEAR_OF_BIRTH = re.compile(
    r"(?<!\w)(?:from|in) the year (?:\w+ ){0,3}born\W*$"
)  # "from the year I was born, 1991"
BEFORE_ME = re.compile(r"(?<!\w)(?:before|older than|earlier than)(?!\w)")
NAMES: tuple[SpanKind, ...] = ("title", "unknown", "nobody", "facet")
FEELING = re.compile(
    r"(?<![\w'])(?:i'm|im|i am|we're|we are|feeling|feel)(?: (?:so|too|very|a bit|really|just|all|totally|quite))*\s*$"
)
FEWER = rf"(?:or|and) (?:lower|below|under|less|younger|milder|softer|fewer|cleaner)|{MOST}|(?:at )?(?:max|maximum|most)|tops"
MORE = r"(?:or|and) (?:higher|above|over|more|up|stronger)|(?:at )?(?:min|minimum|least)|\+"


def _age(noun: str) -> re.Pattern[str]:
    """A child's age; "two films" after "for my kids only" is none."""
    return re.compile(
        rf"(?:\b(?:an?|my|our) )?\b(?:(?P<n>\d{{1,2}}|{'|'.join(AGE_WORDS)})[\s-]*(?:(?:years?|yrs?|yr)[\s-]*olds?|y\.?o\.?|y/o)|aged? (?P<aged>\d{{1,2}})|(?:kid|son|daughter|child|children|niece|nephew|boy|girl)s? of (?P<of>\d{{1,2}})(?: years?)?|(?:(?:my |the |our )?(?:grand)?(?:kid|child|children|son|daughter|niece|nephew|boy|girl|little one|she|he|they)(?:s|'s|'re)? (?:is |are |just turned |turned |turns |only |just |about |nearly |both )*)(?P<turned>\d{{1,2}}|{'|'.join(AGE_WORDS)})(?: (?:and|or|&) \d{{1,2}})?(?! (?:hours?|min|feet|of|or|{noun}|times?|more)|'?s\b|\d))\b"
    )


def _kinds(catalog: Catalog) -> list[str]:
    """What a category is called: "horror", "thrillers"."""
    facets = [(name, f) for name, f in catalog.spec.facets.items() if f.of_kinds]
    called = {
        w for name, f in facets for v in catalog.values(name) for w in (v.casefold(), *f.words.get(v, ()))
    }
    return sorted(called | {f"{word}s" for word in called})


def _unborn(span: Span, folded: str) -> Span:
    """ "Older than me, I was born in 1978": up to the year before; a year of birth without a "before" says nothing of items."""
    before = folded[: span.start]
    if span.kind != "range" or not BORN.search(before) or YEAR_OF_BIRTH.search(before):
        return span
    target = span.payload.target
    if target.low is None or not BEFORE_ME.search(folded):
        return replace(span, kind="void", payload=None)
    return replace(
        span, payload=replace(span.payload, target=RangeTarget(target.facet, None, target.low - 1))
    )


def _is_within(c: CritiqueSpan, span: Span) -> bool:
    """Whether a critique is no more than a part of a longer name."""
    return span.start <= c.start and c.end <= span.end and c.end - c.start < span.end - span.start


def _people_words(catalog: Catalog) -> list[str]:
    """What somebody in the catalogue is called for what they do: "director", "actor", "chef"."""
    spec = catalog.spec
    words = [w for f in spec.by_role("person") for w in (f, spec.label(f), *spec.facets[f].called)]
    return sorted({w.lower().replace("_", " ").removesuffix("s") for w in words}, key=len, reverse=True) or [
        "(?!)"
    ]


class SpanFinder:
    """Finds spans with one catalogue's vocabulary and titles."""

    def __init__(
        self,
        catalog: Catalog,
        lexicon: Lexicon,
        titles: TitleIndex,
        cues: Cues,
        extremes: Extremes,
        sense: Sense | None,
    ) -> None:
        self.catalog = catalog
        self.lexicon = lexicon
        self.cues = cues
        self._titles = TitleFinder(lexicon, titles, cues)
        self._themes = ThemeFinder(lexicon, cues, sense)
        self._critiques = CritiqueFinder(catalog.spec, _kinds(catalog))
        self._describer = Describer(catalog, lexicon, extremes)
        self._age = _age(cues.noun)
        cued = {c for f in catalog.spec.by_role("person") for c in catalog.spec.facets[f].cues}
        person = "|".join(map(re.escape, sorted(cued, key=len, reverse=True))) or "(?!)"
        roles = "|".join(map(re.escape, _people_words(catalog)))
        self._name_cue = re.compile(
            rf"(?<![\w'])(?:{person})\s+(?:(?:the |an? |that |this )?(?:\w+ )?(?:{roles})s? (?:called |named )?|(?:some(?:one|body)|a (?:guy|man|woman|person)) (?:called|named) )?"
        )
        self._person_cued = re.compile(rf"(?<!\w)(?:{person})\s+$")

    def find(
        self,
        line: Line,
        clauses: Clauses,
        shown: Sequence[int],
        focus: int | None = None,
        recent: Sequence[int] = (),
    ) -> list[Span]:
        """The spans of a message, from left to right, none overlapping. shown, focus: rows it may point at."""
        text, folded, words = line.text, line.folded, line.words
        found = self._titles.named(line, [*shown, *([focus] if focus is not None else [])])
        found += [
            Span(r.start, r.end, "range", r, 90)
            for r in find_ranges(folded, self.catalog)
            if not (r.size and not self._size_is_meant(r.end, folded, clauses))
        ]
        found = [_unborn(s, folded) for s in found]
        found = [s for s in found if s.kind != "title" or not _is_how_one_feels(s, folded, text)]
        named = [s for s in sorted(found, key=lambda s: s.start) if s.kind == "title"]
        found += self._references(folded, shown, focus, named) + self._described(folded, recent)
        found += self._age_spans(folded)
        found += self._unsubtitled(folded)
        found += [
            Span(*m.span(), "void", None, 99) for m in (*IDIOM.finditer(folded), *AWARD.finditer(folded))
        ]
        found += self._phrase_spans(line, clauses)
        found += self._critique_spans(folded, clauses, bool(shown) or focus is not None, found)
        found += self._mood_spans(folded)
        verdicts = [m.span() for cue in self.cues.after for m in cue.pattern.finditer(folded)]
        found = [s for s in found if s.kind != "keyword" or not _within(s, verdicts)]
        found = [s for s in found if clauses.at(s.start).kind != "errand"]
        chosen = longest(found)
        chosen = longest([*chosen, *self._titles.after_verbs(line, chosen)])
        chosen = self._without_descriptions(chosen, folded)
        first = min((s.end for s in chosen if s.kind == "title"), default=len(folded))
        chosen = [s for s in chosen if s.start < first or s.kind != "reference" or not _is_it(s, folded)]
        chosen = longest([*chosen, *self._unknown_people(line, chosen)])
        chosen = longest([*chosen, *self._themes.clauses_about(text, folded, words, chosen)])
        chosen += self._themes.loose(text, folded, words, chosen, clauses)
        found = sorted((s for s in chosen if s.kind != "void"), key=lambda s: s.start)
        return without_sighs(found, folded)

    def _references(
        self, folded: str, shown: Sequence[int], focus: int | None, named: Sequence[Span]
    ) -> list[Span]:
        """Payload: the rows pointed at. named: the titles of the message, from left to right."""
        rows = [*shown]
        place = None
        if focus is not None:
            place = rows.index(focus) if focus in rows else len(rows)
            rows += [focus] if place == len(rows) else []
        found = find_references(
            folded,
            len(shown),
            sorted(self.lexicon.nouns),
            lambda description: self._describer.places(description, shown),
            place,
            [n for n, row in enumerate(shown) if any(row == s.payload.rows[0] for s in named)],
        )
        spans = self._of_those_named(folded, named)
        for r in found:
            before = [s.payload.rows[0] for s in named if s.end <= r.start]
            pointed = tuple(rows[p] for p in r.places)
            if len(before) > 1 and folded[r.start : r.end] in ("both", "both of them", "all of them"):
                pointed = tuple(before)  # "saw Heat and Ronin, loved both" points at nothing that was shown
            spans.append(Span(r.start, r.end, "reference", pointed, 60 if r.loose else 85))
        return spans

    @staticmethod
    def _of_those_named(folded: str, named: Sequence[Span]) -> list[Span]:
        """ "I have seen Alien and Jaws, loved the first": of two or more that the message names before, and not of what is shown."""
        spans = []
        for m in OF_THOSE_NAMED.finditer(folded):
            before = list(dict.fromkeys(s.payload.rows[0] for s in named if s.end <= m.start()))
            place = ORDINALS[m["n"]] % len(before) if before and ORDINALS[m["n"]] < len(before) else None
            if len(before) > 1 and place is not None:
                spans.append(Span(*m.span(), "reference", (before[place],), 90))
        return spans

    def _described(self, folded: str, recent: Sequence[int]) -> list[Span]:
        """ "The 2004 one": of what was spoken of, and not shown."""
        found = describing_references(
            folded, self.cues.noun, lambda description: self._describer.places(description, recent)
        )
        return [
            Span(r.start, r.end, "reference", tuple(recent[p] for p in r.places), 93)
            for r in found
            if not r.loose
        ]

    def _without_descriptions(self, spans: list[Span], folded: str) -> list[Span]:
        """The spans without what only tells which item is meant, or what it is: "Ocean's 11 with Clooney was great",
        "the 2005 Pride and Prejudice", "Some Like It Hot is hilarious". A namesake that fits is taken for the title."""
        kept: list[Span] = []
        for span in sorted(spans, key=lambda s: s.start):
            title = kept[-1] if kept and kept[-1].kind == "title" else None
            gap = folded[kept[-1].end : span.start] if kept else ""
            if title is not None and span.kind in ("facet", "keyword") and VERDICT.fullmatch(gap):
                continue
            judged = title is not None and (
                self._titles.is_judged(folded, title.end) or MET.search(folded[: title.start])
            )
            if title is not None and judged and span.kind == "facet" and WITH.fullmatch(gap):
                rows = tuple(r for r in self._namesakes(title) if self._has(r, span.payload))
                if rows:
                    kept[-1] = replace(title, end=span.end, payload=replace(title.payload, rows=rows))
                    continue
            if span.kind == "title" and kept and kept[-1].kind == "range" and not gap.strip():
                target = kept[-1].payload.target
                of_year = (
                    self._titles.titles.of_year(span.payload, target.low, target.high)
                    if target.facet in self.catalog.spec.by_role("year") and target.low == target.high
                    else None
                )
                if of_year is not None:
                    kept[-1] = replace(span, payload=of_year)
                    continue
            kept.append(span)
        return kept

    def _namesakes(self, title: Span) -> tuple[int, ...]:
        """Rows a title may mean, those of the same full name last."""
        rows: tuple[int, ...] = title.payload.rows
        same = self._titles.titles.exact(TRAILING_YEAR.sub("", self.catalog.items[rows[0]].title))
        return tuple(dict.fromkeys([*rows, *(same.rows if same else ())]))

    def _has(self, row: int, phrases: tuple[Phrase, ...]) -> bool:
        return any(p.value in self.catalog.items[row].values(p.facet) for p in phrases)

    def _unknown_people(self, line: Line, taken: list[Span]) -> list[Span]:
        """Names after the words that a person's name follows ("by Robert Bresson"), where the catalogue has none such."""
        spans = []
        for match in self._name_cue.finditer(line.folded):
            name = NAME.match(line.text, match.end())
            if name is None or any(s.start < name.end() and name.start() < s.end for s in taken):
                continue
            known = [name_key(w) in self.lexicon.known for w in name[0].split()]
            if all(known) or (len(known) == 1 and line.text.isupper()):
                continue
            person = self.lexicon.misspelt_person(name[0])
            spans.append(Span(*name.span(), "facet" if person else "nobody", person or name[0], 72))
        return spans

    def _size_is_meant(self, end: int, folded: str, clauses: Clauses) -> bool:
        """Whether "short", "long" or "cheap" is said of what is looked for: "a long drive" says nothing of it."""
        if clauses.at(max(end - 1, 0)).kind in ("story", "errand"):
            return False
        return re.match(rf"[\s-]+(?:{OTHER_SIZES})(?!\w)", folded[end:]) is None

    def _critique_spans(self, folded: str, clauses: Clauses, slate: bool, found: list[Span]) -> list[Span]:
        """Payload: what the finder gave. Without a slate or an item named, only clear comparatives are critiques."""
        named = any(s.kind in ("title", "reference") for s in found)
        spans = []
        for c in self._critiques.find(folded):
            if clauses.at(c.start).kind == "story" and c.kind == "quality" and not c.sure:
                continue
            if any(s.kind in NAMES and _is_within(c, s) for s in found):
                continue  # "Dumb and Dumber", "Billy Wilder", "Almost Famous"
            if (c.sure and c.kind != "same") or slate or named:
                strength = {"number": 88, "different": 92, "same": 91}.get(c.kind, 87)
                spans.append(Span(c.start, c.end, "critique", c, strength))
        return spans

    def _mood_spans(self, folded: str) -> list[Span]:
        """ "To cheer me up": what it is to be like, as a theme."""
        spans = []
        for mood in find_moods(folded):
            said = any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", folded) for w in mood.theme.split(", "))
            theme = (
                None if said else (Phrase("", mood.theme, keyword=True),)
            )  # "cheer me up with something uplifting"
            spans.append(Span(mood.start, mood.end, "void" if said else "keyword", theme, 97))
        return spans

    def _age_spans(self, folded: str) -> list[Span]:
        """ "For a six-year-old", "she is 6 yo": the values of a facet that suit a child of that age, the youngest
        where several are named; a grown-up's age says nothing."""
        ages: list[tuple[int, re.Match[str]]] = []
        for match in self._age.finditer(folded):
            said = match["n"] or match["aged"] or match["of"] or match["turned"]
            age = int(said) if said.isdigit() else AGE_WORDS.index(said)
            if age < GROWN_UP:
                ages.append((age, match))
        spans: list[Span] = []
        for name, facet in self.catalog.spec.facets.items():
            if facet.for_age and ages:
                age, match = min(ages, key=lambda a: a[0])
                step = max((a for a in facet.for_age if a <= age), default=min(facet.for_age))
                phrases = tuple(Phrase(name, v, either=True) for v in facet.for_age[step])
                spans.append(Span(match.start(), match.end(), "facet", phrases, 96))
        taken = {s.start for s in spans}
        return spans + [
            Span(*m.span(), "void", None, 95) for m in self._age.finditer(folded) if m.start() not in taken
        ]

    def _unsubtitled(self, folded: str) -> list[Span]:
        """ "No subtitles": in the language that is spoken here, where the catalogue tells languages."""
        for name, facet in self.catalog.spec.facets.items():
            if "subtitles" in facet.questions and LANGUAGE in self.catalog.values(name):
                phrase = (Phrase(name, LANGUAGE),)
                return [Span(*m.span(), "facet", phrase, 97) for m in NO_SUBTITLES.finditer(folded)]
        return []

    def _phrase_spans(self, line: Line, clauses: Clauses) -> list[Span]:
        text, folded, words = line.text, line.folded, line.words
        spans: list[Span] = []
        for first, last, phrases in self.lexicon.spans(words, text):
            start, end = words[first].start, words[last - 1].end
            if phrases[0].surname and not self._surname_is_meant(words, first, last, folded[:start]):
                continue
            kind: SpanKind = "keyword" if phrases[0].keyword else "facet"
            if kind == "keyword" and last - first == 1 and words[first].low in self.lexicon.empty:
                continue
            wider = self._compound(words, first, last) if kind == "facet" else None
            if wider is not None:
                spans.append(Span(words[wider].start, end, "free", text[words[wider].start : end], 66))
                continue
            listed = (
                spans
                and spans[-1].kind == "facet"
                and re.fullmatch(r"\s*(?:or|and|,|/)\s*", folded[spans[-1].end : start])
            )
            if not (
                listed and phrases[0].facet == spans[-1].payload[0].facet
            ):  # "rated PG or G": one cue for both
                phrases = self._by_cue(phrases, folded[:start], folded[end:])
            if OWNER.search(folded[:start]) and LIKES.match(folded[end:]):
                continue  # "my kids love …": who likes it, not what is wished for
            if name_key(text[start:end]).isdigit() and not any(
                fold(p.value) == folded[start : start + len(p.value)] for p in phrases
            ):
                continue  # "6" alone is not the value "6+"
            clause = clauses.at(start)
            told = clause.kind == "story" and not STATE.search(folded[clause.start : start])
            told = told or (kind == "keyword" and COMPANY.match(folded[end:]) is not None)
            own = MY_ROLE.search(folded[:start]) is not None and not DEVOTED.match(folded[end:])
            told = told or (kind == "keyword" and (own or MINE.search(folded[:start]) is not None))
            people = any(self.catalog.spec.facets[p.facet].role == "person" for p in phrases)
            strength = (50 if kind == "keyword" else 60) + (5 if last - first > 1 else 0)
            span = self._ordered(Span(start, end, kind, phrases, strength), folded) if phrases else None
            bounds = span is not None and len(span.payload) > len(phrases)  # "his mum says PG-13 max"
            if told and not bounds and (kind == "keyword" or not people or len(phrases) > 2):
                spans.append(Span(start, end, "void", None, 40))
            elif span is not None:
                spans.append(span)
        return self._whole_phrases(spans, text)

    def _whole_phrases(self, spans: list[Span], text: str) -> list[Span]:
        """The spans without those that are but a word of a longer keyword: the Jack Black of "black and white", the
        Children of "based on a children's book"."""
        wide = [s for s in spans if s.kind == "keyword" and " " in name_key(text[s.start : s.end])]
        return [
            s
            for s in spans
            if s.kind != "facet"
            or not any(
                w.start <= s.start
                and s.end <= w.end
                and self.lexicon.is_word_of(name_key(text[s.start : s.end]), name_key(text[w.start : w.end]))
                for w in wide
            )
        ]

    def _compound(self, words: list[Word], first: int, last: int) -> int | None:
        """Where a compound of the catalogue's keywords begins that a category only ends: "world war" is not War,
        "neo-noir" is not Film-Noir."""
        place = first - 2 if first > 1 and words[first - 1].text == "-" else first - 1
        if place < 0 or last - first > 1 or words[place].is_mark:
            return None
        before, word = name_key(words[place].low), name_key(words[first].low)
        return place if (before, word) in self.lexicon.compounds else None

    def _ordered(self, span: Span, folded: str) -> Span:
        """ "PG-13 or lower": all values of an ordered facet up to this one."""
        phrase: Phrase = span.payload[0]
        order = self.catalog.spec.facets[phrase.facet].order
        if phrase.value not in order or len(span.payload) > 1:
            return span
        place = order.index(phrase.value)
        behind = re.match(rf"\s*(?:(?P<fewer>{FEWER})|(?P<more>{MORE}))(?!\w)", folded[span.end :])
        before = re.search(
            r"(?<!\w)(?:(?P<fewer>at most|max(?:imum)?|up to|no more than|(?:no|not|nothing) (?:older|higher|stronger|worse|harder|rougher) than|nothing (?:above|over|beyond|worse than|stronger than))|(?P<more>at least|min(?:imum)?))\s(?:a )?(?:rated )?$",
            folded[: span.start],
        )
        found = behind or before
        if found is None:
            return span
        values = order[: place + 1] if found["fewer"] else order[place:]
        start = before.start() if before and not behind else span.start
        end = span.end + behind.end() if behind else span.end
        phrases = tuple(Phrase(phrase.facet, v, either=True) for v in values)
        return Span(start, end, "facet", phrases, 93)

    def _surname_is_meant(self, words: list[Word], first: int, last: int, before: str) -> bool:
        """Whether a surname alone stands for its best known bearer; beside another name it is somebody else's."""
        for neighbour in (*words[max(first - 1, 0) : first], *words[last : last + 1]):
            low = name_key(neighbour.low)
            if (
                not neighbour.is_mark
                and low not in self.lexicon.ordinary
                and low not in self.lexicon.english
                and not self.lexicon.is_category(low)
            ):
                return False
        if self._person_cued.search(before, max(len(before) - CUE_LONG, 0)) or last - first > 1:
            return True
        # "Gore" and "Paris" are mostly no people; "Tarantino" is, with a capital or without.
        low = name_key(words[first].low)
        return low not in self.lexicon.english and low.rstrip("s") not in self.lexicon.english

    def _by_cue(self, phrases: tuple[Phrase, ...], before: str, after: str) -> tuple[Phrase, ...]:
        """Of several facets a phrase may belong to, those that the words around it point at: "directed by …",
        "… rated"."""
        cued, free = [], []
        for phrase in phrases:
            facet = self.catalog.spec.facets[phrase.facet]
            ahead = any(
                re.search(rf"(?<!\w){re.escape(c)}\s+(?:the\s+|a\s+|an\s+)?$", before) for c in facet.cues
            )
            behind = any(
                re.match(rf"[\s-]*{re.escape(c)}(?!\w)", after) for c in facet.cues if facet.cue_required
            )
            bounded = facet.order and (
                re.match(rf"\s*(?:{FEWER}|{MORE})", after)
                or re.search(
                    r"(?:at most|max(?:imum)?|up to|be|above|over|beyond|no more than|than)\s(?:a )?$", before
                )
            )
            if ahead or behind or bounded:
                cued.append(phrase)
            elif not facet.cue_required or re.search(r"\d", phrase.value):  # "PG-13" can be nothing else
                free.append(phrase)
        return tuple(cued or free)


def _is_how_one_feels(span: Span, folded: str, text: str) -> bool:
    """Whether a title of one word without a capital says how somebody is: the "drained" of "I'm drained"."""
    word = text[span.start : span.end]
    return word.islower() and word.isalpha() and FEELING.search(folded[: span.start]) is not None


def _is_it(span: Span, folded: str) -> bool:
    """Whether a reference is a mere "it", which after a title means that one and nothing that was shown."""
    return folded[span.start : span.end] == "it"


def _within(span: Span, verdicts: Sequence[tuple[int, int]]) -> bool:
    """Whether the words belong to an expression of feeling: the death of "bored me to death"."""
    return any(start <= span.start and span.end <= end for start, end in verdicts)
