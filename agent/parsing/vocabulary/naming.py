"""Finds the items a message names: by exact title where the sentence means one, misspelt, in part, or unknown here."""

import re
from dataclasses import replace
from typing import Any

from agent.parsing.english import intents
from agent.parsing.english.cues import SENTENCE_END, TITLE_FEELINGS, Cues
from agent.parsing.english.everyday import STOP_WORDS
from agent.parsing.span import Span
from agent.parsing.vocabulary.lexicon import Lexicon
from agent.parsing.vocabulary.longer_names import LongerNames
from agent.parsing.vocabulary.meaning import EXACT, SLOT_END, SURE_NAME, WELL_KNOWN, Line, TitleSense
from agent.parsing.vocabulary.titles import SMALL_WORDS, SURE_SLIP, TitleIndex, TitleMatch
from agent.parsing.words import QUOTES, Word, name_key, split_words

NTH = {"first": 0, "original": 0, "old": 0, "older": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1,
       "latest": -1, "newest": -1, "new": -1, "newer": -1, "remake": -1}  # fmt: skip
NTH_WORDS = "|".join(NTH)
LONGEST_SLOT = 160  # characters; words without a pause that are more than any name
STRANGE_FEW = 8  # unknown words; for each run of so few all names are looked through, 2 ms a time
SERIES_NEAR = 6  # titles before a part's own name among which its series is looked for
NO_TITLE = re.compile(
    r"^(?:however|though|although|i|we|in|on|at|to|for|with|by|about|of|when|how|what|why|who|that|this|those|these|it|them|him|her|your|people|lov\w+|lik\w+|hat\w+|enjoy\w*|dislik\w+|watch\w*|saw|seen|didn't|couldn't|never|was|were)\b"
)
WHAT_ABOUT = re.compile(r"(?<!\w)(?:what|how) about (?:the )?")


class TitleFinder:
    """Finds titles with one catalogue's vocabulary and names."""

    def __init__(self, lexicon: Lexicon, titles: TitleIndex, cues: Cues) -> None:
        self.lexicon = lexicon
        self.titles = titles
        self.cues = cues
        self._sense = TitleSense(lexicon, titles, cues)
        self._longer = LongerNames(lexicon, titles)

    def named(self, line: Line, shown: list[int]) -> list[Span]:
        """Titles in quotes, and titles to the letter wherever the sentence means one. shown: rows of the last slate,
        whose names are meant sooner than any others."""
        text, folded, words = line.text, line.folded, line.words
        spans: list[Span] = []
        for match in re.finditer(r"[\"“]([^\"“”]{1,120})[\"”]", text):
            title = self.titles.exact(match[1]) or self.titles.misspelt(match[1])
            payload: Any = title or match[1]
            spans.append(Span(match.start(), match.end(), "title" if title else "unknown", payload, 100))
        listed = self._listed(folded) | self._run_on(words, text)
        for first, word in enumerate(words):
            key = name_key(word.text)
            if word.is_mark or key.split()[:1] == [] or key.split()[0] not in self.titles.first_words:
                continue
            for last in range(min(len(words), first + 14), first, -1):
                piece = text[word.start : words[last - 1].end]
                if words[last - 1].text in ",;:!?(" or any(
                    w.text in ";?" or w.text in QUOTES for w in words[first:last]
                ):
                    continue
                if words[last - 1].text == "." and "." not in text[word.start : words[last - 1].start]:
                    continue
                title = self.titles.exact(piece)
                if title is None or (title.score < EXACT and self.lexicon.is_category(_bare(piece))):
                    continue  # "Woody Allen" is the person before he is a part of a title, "a documentary" a kind
                span = Span(word.start, words[last - 1].end, "title", title, 80)
                span, sure = self._which(span, line)
                if span.kind == "unknown":
                    spans.append(replace(span, strength=95))
                    break
                before = set(title.rows[:1]) & set(shown) and len(name_key(piece)) > 2
                if (
                    sure
                    or (word.start in listed)
                    or before
                    or self._is_another(span, spans, line)
                    or self._sense.is_meant(span, line, words[first:last])
                ):
                    if longer := self._longer.unknown(span, line):
                        spans.append(longer)
                        break
                    span = self._of_the_series(self._longer.whole_series(span, line), spans, folded)
                    strength = 95 if sure else _title_strength(words[first:last])
                    if before and not self.lexicon.is_category(name_key(piece)):
                        strength = max(strength, 80)
                    spans.append(replace(span, strength=strength))
                    spans += self._further_parts(span, folded)
                    break
        return spans + self._longer.series_only(line, spans)

    @staticmethod
    def _is_another(span: Span, before: list[Span], line: Line) -> bool:
        """ "Not Grease or Chicago": whether a whole name, with a capital or of several words, is joined by "or" to a title."""
        joined = any(
            s.kind == "title"
            and re.fullmatch(r"\s*,?\s*(?:n?or)\s+(?:the )?", line.folded[s.end : span.start])
            for s in before
        )
        several = " " in line.folded[span.start : span.end]
        return joined and span.payload.score >= EXACT and (several or line.text[span.start].isupper())

    def _further_parts(self, span: Span, folded: str) -> list[Span]:
        """ "Kill Bill 1 and 2", "Alien and its third part": the other parts of a series that are told by number."""
        name = re.sub(r"\s(?:part |vol(?:ume)?\.? )?\d$", "", folded[span.start : span.end])
        if name == folded[span.start : span.end]:
            return []
        found: list[Span] = []
        end = span.end
        while more := re.match(
            r"\s*(?:,|and|&|\+)\s*(\d)(?!\d|'?s\b|\s*(?:hours?|min|stars?|years?))", folded[end:]
        ):
            title = self.titles.exact(f"{name} {more[1]}") or self.titles.misspelt(f"{name} part {more[1]}")
            whole = self.titles.series(name)
            if title is None and int(more[1]) <= len(whole):
                title = TitleMatch((whole[int(more[1]) - 1],), EXACT)
            if title is None:
                break
            found.append(Span(end + more.start(1), end + more.end(1), "title", title, 94))
            end += more.end()
        return found

    def _of_the_series(self, span: Span, before: list[Span], folded: str) -> Span:
        """ "The Matrix but Reloaded was rubbish": a part's own name after the name of its series means that part."""
        word = folded[span.start : span.end]
        if " " in word:
            return span
        for earlier in reversed([s for s in before if s.kind == "title"][-SERIES_NEAR:]):
            whole = self.titles.series(re.sub(r"^(?:the )", "", folded[earlier.start : earlier.end]))
            named = [r for r in whole if word in name_key(self.lexicon.catalog.items[r].title).split()]
            if named and named[0] != earlier.payload.rows[0]:
                return replace(span, payload=TitleMatch((named[0],), EXACT))
        return span

    def _run_on(self, words: list[Word], text: str) -> set[int]:
        """Where titles begin in a message of nothing but titles, without a mark between them: "goodfellas casino heat"."""
        plain = [w for w in words if not w.is_mark]
        begins: list[int] = []
        first = 0
        while first < len(plain):
            for last in range(min(len(plain), first + 8), first, -1):
                piece = text[plain[first].start : plain[last - 1].end]
                title = self.titles.exact(piece)
                if (
                    title is not None
                    and title.score >= EXACT
                    and self.titles.fame(title) >= WELL_KNOWN
                    and not self.lexicon.is_category(name_key(piece))
                ):
                    begins.append(plain[first].start)
                    first = last
                    break
            else:
                return set()
        return set(begins) if len(begins) > 2 else set()

    def _listed(self, folded: str) -> set[int]:
        """Where titles begin in a message that is a list of them and little else: "gladiator and braveheart"."""
        pieces = [
            m
            for m in re.finditer(r"[^,.;!?&/<>]+?(?=$|[,.;!?&/<>]|(?<!\w)(?:and|or|plus|vs)(?!\w))", folded)
            if m.group().strip() and m.group().strip() not in ("and", "or", "plus", "vs")
        ]
        begins: list[int] = []
        others = 0
        for m in pieces:
            piece = re.sub(r"^\s*(?:and|or|plus|vs)(?!\w)\s*", "", m.group())
            start = m.end() - len(piece)
            name = piece.strip()
            title = self.titles.exact(name)
            if title is not None and title.score >= EXACT and not self.lexicon.is_category(name_key(name)):
                begins.append(start + len(piece) - len(piece.lstrip()))
            elif not all(name_key(w.low) in self.lexicon.empty for w in split_words(name) if not w.is_mark):
                others += 1
        keys = [m.group() for m in pieces]
        return (
            set(begins)
            if len(begins) >= 2 and others < len(begins) - 1 + (not others) and len(keys) >= 2
            else set()
        )

    def _which(self, span: Span, line: Line) -> tuple[Span, bool]:
        """A name that several items share, narrowed by what is said of it: "Crash, the 1996 one", "the old King Kong";
        and whether that makes sure that the item is meant."""
        title: TitleMatch = span.payload
        folded = line.folded
        person = re.match(
            rf"\s*[,(]*\s*(?:the |that )?(?:old |new |original |first )?(?P<who>[\w']+(?: [\w']+)?) (?:one|version|{self.cues.noun})(?!\w)",
            folded[span.end :],
        )
        held_person = re.match(
            rf"\s*[,(]*\s*(?:the |that )(?:old |new |original |first |older |newer )?(?:one|version|{self.cues.noun}) (?:with|by|starring|from) (?P<who>[\w']+(?: [\w']+)?)",
            folded[span.end :],
        )
        person = person or held_person
        if person and (held := self._held_by(title, person["who"])):
            return replace(span, end=span.end + person.end(), payload=held), True
        after = re.match(
            rf"\s*[,(]*\s*(?:the |from |of |that |by )*(?P<what>(?P<year>1[89]\d\d|20\d\d)|(?P<decade>(?:19|20)?\d)0'?s|{NTH_WORDS})(?P<tail>\s*(?:ones?|versions?|originals?|{self.cues.noun}))?(?P<close>\))?(?!\w)",
            folded[span.end :],
        )
        if after and (
            after["tail"]
            or after["close"]
            or (
                after["year"]
                and (len(title.rows) > 1 or not folded[span.end :].lstrip().startswith(("from", ",")))
            )
        ):
            narrowed = self._narrow(title, after)
            if narrowed is not None:
                return replace(span, end=span.end + after.end(), payload=narrowed), after["what"] not in NTH
            if after["close"] and after["year"]:  # "Parasite (2019)", where only the one of 1982 is here
                end = span.end + after.end()
                return replace(span, end=end, kind="unknown", payload=line.text[span.start : end]), True
        before = re.search(
            rf"(?<!\w)(?:the )?(?P<what>(?P<year>1[89]\d\d|20\d\d)|(?P<decade>(?:19|20)?\d)0'?s|{NTH_WORDS}) $",
            folded[: span.start],
        )
        if before and len(title.rows) > 1:
            narrowed = self._narrow(title, before)
            if narrowed is not None:
                return replace(span, start=before.start(), payload=narrowed), False
        if first := re.match(
            r"\s(?:part )?(?:1|one|i)\b(?!/| out of|\s*(?:hour|min|star))", folded[span.end :]
        ):
            whole = self.titles.series(folded[span.start : span.end])
            if len(whole) > 1:
                return replace(span, end=span.end + first.end(), payload=TitleMatch((whole[0],), EXACT)), True
        series = self.titles.series(folded[span.start : span.end]) if before and before["what"] in NTH else ()
        if (
            before
            and series
            and -len(series) <= NTH[before["what"]] < len(series)
            and before["what"] not in ("old", "new")
        ):
            row = series[NTH[before["what"]]]
            return replace(span, start=before.start(), payload=TitleMatch((row,), EXACT)), False
        return span, False

    def _held_by(self, title: TitleMatch, name: str) -> TitleMatch | None:
        """Those of a match that have this person in them; None when it is no person, or in none of them."""
        people = [p for p in self.lexicon.phrases(name_key(name)) if p.surname or " " in name]
        items = self.lexicon.catalog.items
        rows = tuple(row for row in title.rows if any(p.value in items[row].values(p.facet) for p in people))
        return TitleMatch(rows, title.score) if rows else None

    def _narrow(self, title: TitleMatch, found: re.Match[str]) -> TitleMatch | None:
        if found["year"]:
            return self.titles.of_year(title, float(found["year"]) - 1, float(found["year"]) + 1)
        if found["decade"]:
            tens = int(found["decade"][-1]) * 10
            century = (
                int(found["decade"][:2]) * 100 if len(found["decade"]) == 3 else 1900 if tens >= 20 else 2000
            )
            return self.titles.of_year(title, century + tens, century + tens + 9)
        return self.titles.by_age(title, NTH[found["what"]]) if len(title.rows) > 1 else None

    def is_judged(self, folded: str, end: int) -> bool:
        """Whether a judgement of what ends there follows."""
        return self._sense.is_judged(folded, end)

    def after_verbs(self, line: Line, taken: list[Span]) -> list[Span]:
        """Titles that are misspelt, named in part or unknown: words right after "like", "loved", "seen", …"""
        folded = line.folded
        spans = self._the_one_with(folded, taken)
        starts = self._subjects(folded) + [
            m.end() for m in WHAT_ABOUT.finditer(folded) if line.text[m.end() : m.end() + 1].isupper()
        ]
        if self._may_be_bare_title(line, taken):
            starts.append(0)
        for start in starts:
            span = self._slot_title(line, start, [*taken, *spans])
            if span is not None and not (
                span.kind == "unknown" and start == 0 and not line.text[:1].isupper()
            ):
                spans.append(span)
        for cue in self.cues.before:
            if cue.feeling not in TITLE_FEELINGS:
                continue
            for match in cue.pattern.finditer(folded):
                last = self.cues.last(SENTENCE_END.split(folded[: match.end()])[-1])
                if last is None or last[0] not in TITLE_FEELINGS:
                    continue  # the "like" of "feel like"
                spans += self._slots(line, match.end(), [*taken, *spans])
        spans += self._numbered(folded, [*taken, *spans])
        spans += self._slips(line, [*taken, *spans])
        return spans

    def _slips(self, line: Line, taken: list[Span]) -> list[Span]:
        """Misspelt titles of several words wherever they stand, one of whose words is no English: "cinema paradisso"."""
        spans: list[Span] = []
        words = line.words
        strange = [
            n
            for n, w in enumerate(words)
            if not w.is_mark
            and len(w.low) > 3
            and name_key(w.low) not in self.lexicon.known
            and name_key(w.low) not in self.lexicon.name_words
        ]
        few = len(strange) <= STRANGE_FEW
        slips: dict[str, TitleMatch | None] = {}
        for n in strange:
            best: Span | None = None
            for first in range(max(0, n - 3), n + 1):
                for last in range(n + 1, min(len(words), n + 4) + 1):
                    window = words[first:last]
                    if len(window) < 2 or any(w.text in ",.;!?()" for w in window):
                        continue
                    start, end = window[0].start, window[-1].end
                    if any(
                        s.start < end and start < s.end and s.kind in ("title", "range", "reference")
                        for s in [*taken, *spans]
                    ):
                        continue
                    name = line.text[start:end]
                    if name not in slips:
                        # of a few words none may be spelt right to look the name up by
                        anywhere = few and all(k in strange for k in range(first, last))
                        slips[name] = self._slip(name, anywhere)
                    title = slips[name]
                    if title is not None and (best is None or title.score > best.payload.score):
                        best = Span(start, end, "title", title, 78)
            if best is not None:
                spans.append(best)
        return spans

    def _slip(self, name: str, anywhere: bool) -> TitleMatch | None:
        """The title that these words surely misspell. anywhere: among all names, not only those that share a word."""
        title = self.titles.slip(name) or (self.titles.misspelt(name) if anywhere else None)
        return title if title is not None and title.score >= SURE_SLIP else None

    def _the_one_with(self, folded: str, taken: list[Span]) -> list[Span]:
        """ "The one with the lost ark": the best known item whose name holds these words."""
        spans = []
        for match in re.finditer(
            rf"\b(?:the|that) (?:one|{self.cues.noun}) (?:with|about|where|called|named|of) (?:the |a |an )?([\w' ]+?)(?=$|[,.;!?]| (?:and|but|was|is|in it)\b)",
            folded,
        ):
            title = self.titles.exact(match[1]) or self.titles.part(match[1])
            if title is not None and title.score >= EXACT and len(match[1].split()) < 2:
                title = None
            if title is not None and not any(
                s.kind in ("facet", "reference") and s.start < match.end() and match.start() < s.end
                for s in taken
            ):
                spans.append(Span(*match.span(), "title", title, 86))
        return spans

    def _numbered(self, folded: str, found: list[Span]) -> list[Span]:
        """ "The first Alien … the third one": an ordinal after a title of a series, where no slate is pointed at."""
        spans: list[Span] = []
        titles = [s for s in found if s.kind == "title"]
        if not titles or any(s.kind == "reference" for s in found):
            return spans
        for match in re.finditer(
            rf"\bthe (?P<n>first|second|third|fourth|fifth|last|sequel|original)(?: one| part| {self.cues.noun})?\b",
            folded,
        ):
            before = [s for s in titles if s.end <= match.start()]
            if not before or any(s.start < match.end() and match.start() < s.end for s in found):
                continue
            name = re.sub(rf"^(?:the )?(?:{NTH_WORDS}) ", "", folded[before[-1].start : before[-1].end])
            series = self.titles.series(re.sub(r"\s(?:part )?\d$", "", name))
            place = 1 if match["n"] == "sequel" else NTH.get(match["n"], 0)
            if len(series) > 1 and -len(series) <= place < len(series):
                spans.append(Span(*match.span(), "title", TitleMatch((series[place],), EXACT), 84))
        return spans

    def _slots(self, line: Line, start: int, taken: list[Span]) -> list[Span]:
        """Every title of a list that begins at a place: "loved frozen, moana and shrek"."""
        spans: list[Span] = []
        folded = line.folded
        while True:
            start += len(folded[start:]) - len(folded[start:].lstrip(" \"'"))
            known = next(
                (
                    s
                    for s in taken
                    if s.kind in ("title", "unknown") and s.start <= start + 4 and start < s.end
                ),
                None,
            )
            span = None if known else self._slot_title(line, start, [*taken, *spans])
            if span is not None:
                spans.append(span)
            end = known.end if known else span.end if span else None
            if end is None:
                return spans
            follow = re.match(r"\s*(?:,\s*(?:and|or)?|and|or|&)\s+(?:also\s+|even\s+)?", folded[end:])
            if follow is None:
                return spans
            start = end + follow.end()

    def _may_be_bare_title(self, line: Line, taken: list[Span]) -> bool:
        """Whether a short message without any other meaning may be a title and nothing else ("Blorpazoid 7")."""
        words = [w for w in line.words if not w.is_mark]
        other = any(s.kind in ("facet", "range", "title", "reference", "critique") for s in taken)
        ordinary = words and words[0].low in STOP_WORDS and words[0].low not in SMALL_WORDS
        return (
            bool(words)
            and len(words) <= 8
            and not other
            and not ordinary
            and self.cues.last(line.folded) is None
            and not intents.QUESTION.search(line.folded)
        )

    def _slot_title(self, line: Line, start: int, taken: list[Span]) -> Span | None:
        text, folded = line.text, line.folded
        start += len(folded[start:]) - len(folded[start:].lstrip(" \"'"))
        stop = SLOT_END.search(folded, start + 1)
        while (
            stop
            and text[start].isupper()
            and re.match(r"(?:to|of|with|from|in the|the|for|a) [A-Z]", text[stop.start() :])
        ):
            stop = SLOT_END.search(folded, stop.end() + 1)  # "Ticket to Ride"
        end = stop.start() if stop else len(folded)
        # "Blorpazoid and 7" ends at "and", a title such as "Pride and Prejudice" was found whole before.
        end = start + len(folded[start:end].rstrip(" \"'-–=:"))
        piece = text[start:end]
        if len(piece) > LONGEST_SLOT:
            return None
        if NO_TITLE.match(folded[start:end]) or re.search(r"\bones?$", folded[start:end]):
            return None
        words = [w for w in split_words(piece) if not w.is_mark]
        if not 1 <= len(words) <= 8 or any(
            s.start < end
            and start < s.end
            and s.kind in ("title", "reference", "range", "critique", "unknown")
            for s in taken
        ):
            return None
        lows = [name_key(w.low) for w in words]
        shouted = len(words) > 1 and all(w.is_capital for w in words)  # "Get Out"
        if all(low in self.lexicon.empty for low in lows) and not shouted:
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
        lead = self.cues.leading.match(folded[start:end] + " ")
        core = piece[lead.end() :] if lead and lead.end() < len(piece) else piece
        title = (
            self.titles.misspelt(piece)
            or (self.titles.misspelt(core) if core != piece else None)
            or (self.titles.part(piece) if strange or capital or len(words) >= 2 else None)
        )
        if title is not None and not strange and not capital and title.score < SURE_NAME:
            title = None  # a slip makes a word that is none; "where the killer" is not "We're the Millers"
        odd = [w.text for w in words if name_key(w.low) not in self.lexicon.known and len(w.text) > 4]
        if title is None and len(odd) == 1 and len(words) <= 3:
            title = self.titles.by_word(odd[0], [w.low for w in words])
        if title is not None:
            return Span(start, end, "title", title, 70)
        if covered or not (strange or (capital and not text.isupper())):
            return None
        if person := self.lexicon.misspelt_person(piece):
            return Span(start, end, "facet", person, 70)
        if not self._looks_unknown(split_words(core), capital, text[start + len(piece) - len(core)]):
            return None
        place = end - len(core)
        if text[start:end].startswith("The ") and core == text[start + 4 : end]:
            place, core = start, text[start:end]
        return Span(place, end, "unknown", core, 55)

    def _looks_unknown(self, core: list[Word], capital: bool, letter: str) -> bool:
        """Whether words are a name that nobody knows here, and not talk: "hates reading subtitles" names no film."""
        doing = core[0].low
        if not letter.isupper() and doing.endswith("ing") and len(doing) > len("thing"):
            return False
        plain = [w for w in core if not w.is_mark]
        unknown = [w for w in plain if name_key(w.low) not in self.lexicon.known]
        return capital or len(unknown) >= len(plain) / 2

    def _subjects(self, folded: str) -> list[int]:
        """Where sentence parts begin that a judgement follows: "Shawshenk Redemtion was great"."""
        verb = r" (?:was|is|were|bored|sucks|sucked|gave|fell)\b"
        parts = re.finditer(rf"(?:^|(?<=[.!?,;] )|(?<=but )|(?<=and ))([\w' ]{{3,60}}?)(?={verb})", folded)
        return [m.start() for m in parts if self._sense.is_judged(folded, m.end())]


def _bare(piece: str) -> str:
    """A name as compared, without its article."""
    return re.sub(r"^(?:an?|the) ", "", name_key(piece))


def _title_strength(words: list[Word]) -> int:
    """A title with its year is surer than a range, one of several words than a category, one word less than a name."""
    plain = [w for w in words if not w.is_mark]
    if len(plain) > 1 and re.fullmatch(r"\d{4}", plain[-1].low):
        return 95
    if len(plain) > 2 and plain[0].low == "the" and re.fullmatch(r"\d{4}", plain[1].low):
        return 95  # "the 2005 Pride and Prejudice"
    if len(plain) == 1 and re.fullmatch(r"\d{4}", plain[0].low):
        return 92  # "2001 was slow": it was meant as a title, and so is no year
    return 80 if len(plain) > 1 else 62
