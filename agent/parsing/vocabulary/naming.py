"""Finds the items a message names: by exact title where the sentence means one, misspelt, in part, or unknown here."""

import re
from dataclasses import replace
from typing import Any

from agent.parsing.english import intents
from agent.parsing.english.cues import AFTER, BEFORE, SENTENCE_END, TITLE_FEELINGS, last_cue
from agent.parsing.span import Span
from agent.parsing.vocabulary.lexicon import STOP_WORDS, Lexicon
from agent.parsing.vocabulary.titles import SMALL_WORDS, TitleIndex
from agent.parsing.words import QUOTES, Word, name_key, split_words

SLOT_END = re.compile(
    r"[,.;!?()]|(?<!\w)(?:and|or|but|nor|with|that|which|because|directed|starring|though|except|only|please|from|in the|"
    r"is|was|were|are|so|since|made|bored|sucked?|i|i'm|i've|we|something|anything|not|no|without|yesterday|tonight|last)(?!\w)"
)
EXACT = 100.0  # score of the very name; less is a series or a subtitle
WELL_KNOWN = 40  # interactions from which a common word alone is taken for the title: "Up", "Her"


class TitleFinder:
    """Finds titles with one catalogue's vocabulary and names."""

    def __init__(self, lexicon: Lexicon, titles: TitleIndex) -> None:
        self.lexicon = lexicon
        self.titles = titles

    def named(self, text: str, folded: str, words: list[Word]) -> list[Span]:
        """Titles in quotes, and titles to the letter wherever the sentence means one."""
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
                if title is None or (title.score < EXACT and self.lexicon.is_category(name_key(piece))):
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
        phrase = self.lexicon.is_phrase(plain, text)
        if len(plain) > 1 and not ordinary and not phrase:
            return True
        if not folded.strip(" .!?,'\"").replace(folded[span.start : span.end], ""):
            known = self.titles.fame(span.payload) >= WELL_KNOWN and not intents.MORE.search(folded)
            if all(low in STOP_WORDS for low in lows):
                return known
            return not (len(plain) == 1 and self.lexicon.is_category(lows[0])) and (not phrase or known)
        if lows[-1] == "one" and re.match(r"\s+(?:with|where|about|that|in which)\b", folded[span.end :]):
            return False
        in_slot = (
            self._after_title_cue(folded, span.start, len(plain) > 1) and _ends_slot(folded, span.end)
        ) or _is_judged(folded, span.end)
        content = [w for w in plain if name_key(w.low) not in SMALL_WORDS] or plain
        capital = all(w.text[0].isupper() or w.text[0].isdigit() for w in content)
        shouting = text.isupper()
        inside = not _begins_sentence(folded, span.start)
        if len(plain) == 1 and self.lexicon.is_category(lows[0]):
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

    def after_verbs(self, text: str, folded: str, taken: list[Span]) -> list[Span]:
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
