"""Names that go on after a title that was found in them: "The Godfather Part 7" is no known part, "The Matrix Rebooted 9"
no known film, and "all three Back to the Future films" are three."""

import re
from dataclasses import replace

from agent.parsing.span import Span
from agent.parsing.vocabulary.lexicon import Lexicon
from agent.parsing.vocabulary.meaning import Line
from agent.parsing.vocabulary.titles import SMALL_WORDS, TitleIndex, TitleMatch, title_key
from agent.parsing.words import Word, name_key

PART = re.compile(
    r"\s*(?P<word>part|vol(?:ume)?\.?|chapter|episode|season)?\s*(?P<n>\d{1,2}|[ivx]{2,5}|two|three|four|five|six|seven|eight|nine|ten)"
    r"(?=\s*(?:$|[?!;,)]|\.(?:\s|$)|(?:and|or|but|is|was|with|from|tonight|please)\b))"
)
NAMES = re.compile(r"(?<![\w'])[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,3}(?= \w)")
LONGEST = 6  # words that a name may go on by
ALL_OF = re.compile(
    r"(?<!\w)(?:(?:all|both|every|each|any|none|neither|either|the (?:whole|entire|complete|full))(?: of)?(?: the)?(?: (?P<n>two|three|four|five|six|seven|eight|\d))?|the (?P<m>two|three|four|five|six|seven|eight|\d))\s+(?:of )?(?:the |those |these )?$"
)
HOW_MANY = {w: n for n, w in enumerate("two three four five six seven eight".split(), 2)}


class LongerNames:
    """Looks past the end of titles, with one catalogue's names."""

    def __init__(self, lexicon: Lexicon, titles: TitleIndex) -> None:
        self._lexicon = lexicon
        self._titles = titles
        nouns = "|".join(
            re.escape(n) for n in sorted(lexicon.nouns, key=len, reverse=True) if n.endswith("s")
        )
        self._whole = re.compile(
            rf"\s+(?:\w+ )?(?:(?P<noun>{nouns or '(?!)'}|ones|parts|sequels|books)|(?P<set>series|saga|franchise|trilogy|trilogies|collection))(?!\w)"
        )

    def unknown(self, span: Span, line: Line) -> Span | None:
        """The longer name, which nobody here knows, of which a title was found in the beginning; None when the title is
        all that was named."""
        said = line.text[span.start : span.end]
        if span.payload.rows and re.search(r"\d{4}\)?$", said):
            return None
        part = PART.match(line.folded, span.end)
        if part is not None and self._is_no_part(said, part):
            return self._as_unknown(span, part.end(), line)
        end = self._goes_on(span, line)
        return None if end is None else self._as_unknown(span, end, line)

    def _is_no_part(self, said: str, part: re.Match[str]) -> bool:
        """Whether a number after a name counts a part that is not here. Without "part" before it, only of a series."""
        counted = bool(part["word"]) or name_key(said).endswith((" part", " episode", " chapter", " volume"))
        if not counted and not part["n"].isdigit():
            return False
        name = re.sub(r"(?i)\s+(?:part|episode|chapter|volume)$", "", said)
        whole = self._titles.series(name)
        if not counted and len(whole) < 2:
            return False
        number = (
            int(title_key(f"part {part['n']}").split()[-1])
            if title_key(f"part {part['n']}").split()[-1].isdigit()
            else 99
        )
        return number > max(len(whole), 1)

    def _goes_on(self, span: Span, line: Line) -> int | None:
        """Where a name ends that goes on after the title with words nobody knows, or as a longer name begins."""
        if line.text.isupper() or not line.text[span.start].isupper():
            return None
        after = self._after(line, span.end)
        run: list[Word] = []
        for word in after[:LONGEST]:
            if word.is_mark or not (word.is_capital or name_key(word.low) in SMALL_WORDS):
                break
            run.append(word)
        while run and not run[-1].is_capital:
            run.pop()
        if not run or line.folded[span.end : run[0].start].strip():
            return None
        whole = line.text[span.start : run[-1].end]
        if self._means_something(run, line):
            return None
        small = [w for w in run if name_key(w.low) in SMALL_WORDS]
        if not small:
            strange = [w for w in run if not w.low.isdigit() and name_key(w.low) not in self._lexicon.known]
            if not strange or self._titles.part(whole) or self._titles.misspelt(whole):
                return None
            return run[-1].end
        lead = [w for w in run if w.start < next(r.start for r in run if r not in small)]
        begun = line.text[span.start : lead[-1].end] if lead else ""
        if not begun or not self._titles.begins_longer(begun) or self._titles.misspelt(whole):
            return None
        return run[-1].end

    def _after(self, line: Line, end: int) -> list[Word]:
        return [w for w in line.words if w.start >= end]

    def _means_something(self, run: list[Word], line: Line) -> bool:
        """Whether what follows is something of its own: a person, a value, another title."""
        telling = [w for w in run if name_key(w.low) not in SMALL_WORDS and not w.low.isdigit()]
        for n, word in enumerate(run):
            if word not in telling:
                continue
            if name_key(word.low) in self._lexicon.empty:
                return True
            for last in range(len(run), n, -1):
                piece = line.text[word.start : run[last - 1].end]
                if self._lexicon.phrases(name_key(piece)) or (last - n > 1 and self._titles.exact(piece)):
                    return True
                exact = self._titles.exact(piece)
                if exact is not None and exact.score >= 95 and name_key(piece) not in self._lexicon.ordinary:
                    return True
        return not telling

    def _as_unknown(self, span: Span, end: int, line: Line) -> Span:
        # a title that is here and holds these words is surer: "the Future Part II" is the end of one
        return Span(span.start, end, "unknown", line.text[span.start : end], 79)

    def series_only(self, line: Line, taken: list[Span]) -> list[Span]:
        """ "Not the Bourne films": a series that no title alone is called by."""
        spans: list[Span] = []
        for match in NAMES.finditer(line.text):
            behind = self._whole.match(line.folded, match.end())
            start, end = match.span()
            if behind is None or any(s.start < end and start < s.end for s in taken):
                continue
            name = match.group().removeprefix("The ").removeprefix("the ")
            if all(name_key(w) in self._lexicon.ordinary for w in name.split()):
                continue
            if self._lexicon.phrases(name_key(name)) or len(self._titles.series(name)) < 2:
                continue
            found = TitleMatch(self._titles.series(name)[:1], 95.0)
            spans.append(self.whole_series(Span(end - len(name), end, "title", found, 80), line))
        return spans

    def whole_series(self, span: Span, line: Line) -> Span:
        """ "All three Alien films", "the Ocean's films": the title with the other parts of its series. Said to be all or a
        number of them it means each; named by a plural alone it does where they are seen or turned down."""
        behind = self._whole.match(line.folded, span.end)
        if behind is None:
            return span
        before = ALL_OF.search(line.folded[: span.start])
        name = re.sub(r"^(?:the )", "", line.folded[span.start : span.end])
        rows = self._titles.series(name)
        said = (before["n"] or before["m"]) if before else ""
        count = HOW_MANY.get(said or "", int(said) if said and said.isdigit() else 0)
        if behind["set"] and behind["set"].startswith("trilog"):
            count = count or 3
        if before and before.group().startswith(("both", "either", "neither")):
            count = 2
        if len(rows) < 2 or (count and len(rows) < count and count < 4):
            return span
        rows = rows[:count] if count else rows
        title: TitleMatch = span.payload
        sure = bool(before or behind["set"])
        return replace(span, payload=replace(title, rows=title.rows[:1], series=rows, whole=sure))
