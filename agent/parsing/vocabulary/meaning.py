"""Whether words that are also a title are meant as one: "It", "Up" and "Speed" mostly are not."""

import re
from dataclasses import dataclass

from agent.parsing.english import intents
from agent.parsing.english.cues import SENTENCE_END, TITLE_FEELINGS, Cues
from agent.parsing.english.everyday import STOP_WORDS
from agent.parsing.span import Span
from agent.parsing.vocabulary.lexicon import Lexicon
from agent.parsing.vocabulary.titles import SMALL_WORDS, TitleIndex
from agent.parsing.words import Word, name_key

SLOT_END = re.compile(
    r"[,.;!?()]|(?<!\w)(?:and|or|but|nor|with|that|which|because|directed|starring|though|except|only|please|from|in the|"
    r"is|was|were|are|so|since|made|bored|sucked?|i|i'm|i've|we|something|anything|not|no|without|yesterday|tonight|last|"
    r"already|any|anyone|got|too|at all|a lot|very much|again|but|more|lots|much|gave|fell|has|had|did|didn't|will|would|when|while|than|to|if)(?!\w)"
)
SURE_NAME = 95.0
PARTLY = 91.0  # less is the beginning of a name
EXACT = 100.0  # score of the very name; less is a series or a subtitle
HEARD_OF = (
    5  # interactions from which a capitalised word that is a sentence by itself is the title: "Once. Lovely."
)
WELL_KNOWN = 40  # interactions from which a common word alone is taken for the title: "Up", "Her"
PARTICLES = frozenset("up out in on of by go not no".split())
QUESTIONED = re.compile(
    r"^\W*(?:(?:and|so|ok|but|hey|hi) )*(?:is|was|does|did|has|are|what(?:'s| is) \w+ (?:of|in)|how (?:long|old|scary|violent|good|much|\w+) (?:is|was)|who(?:'s| is| was) in|who (?:directed|made|stars in|plays in|wrote|\w+ed|cooks at|cooks in|owns|runs)|where(?:'s| is| was| are)|can (?:a|an|my|we|i|you|one|they|the|kids?)(?: [\w-]+){0,5}? (?:watch|see|play|wear|eat at|at|in|to)|tell me (?:more )?about|what(?:'s| is)|(?:plot|story|cast|director|runtime) of|when (?:was|did|is))\s+(?:the )?$"
)
COMPARED = re.compile(
    r"(?<![\w'])(?:than|vs|versus|between|compared to|same (?:\w+ ){1,3}as(?: in)?|(?:more|less) \w+ than)\s+(?:the )?$"
)


@dataclass(frozen=True)
class Line:
    """The message in the forms that the finders look at."""

    text: str
    folded: str
    words: list[Word]


MEANT_FOR = re.compile(
    r"(?<!mood )(?<!up )(?<!look )(?<!looking )(?<!search )(?<!searching )(?<!go )(?<!going )(?<!went )(?<!fell )(?<!asked )(?<!thing )(?<!not )(?<!\w)for (?:the |us |we |my |some |two )?$"
)
CALLS = frozenset({"thanks", "hello", "help", "wow", "no"})
COUNTED = re.compile(r"(?:/|out of|top|part|number|no\.?|episode|season)\s*$")
COUNTS_SOMETHING = re.compile(
    r"\s*(?:/|%|\*|out of|years?|min|stars?|hours?|of|and \d|\+|-|x|euros?|dollars?)"
)


@dataclass(frozen=True)
class Look:
    """What the eye sees of words that may be a title: the words, and where they stand in the message."""

    lows: tuple[str, ...]  # folded
    before: str
    after: str
    capital: bool  # every telling word begins with one, and the message is not all in capitals
    inside: bool  # not at the beginning of a sentence
    ordinary: bool  # every word is common English
    phrase: bool  # categories, keywords and nouns of the catalogue, and nothing else
    judged: bool  # "… was great" follows
    asked: bool  # "is … violent?"
    in_slot: bool  # after a verb that takes a title, or before a judgement
    known: bool  # well known
    score: float


class TitleSense:
    """Judges by one catalogue's vocabulary, names and cues."""

    def __init__(self, lexicon: Lexicon, titles: TitleIndex, cues: Cues) -> None:
        self.lexicon = lexicon
        self.titles = titles
        self.cues = cues
        self._slot_ends = re.compile(
            rf"(?:at all|too|a lot|so much|very much|lots|as well|{cues.noun}|again|recently|already|better|more|please|instead|\d{{4}}|years? ago|twice|yet|the other|yesterday|kind of|type|style|vibes?|or something|saga|series|trilogy|franchise)\b"
        )

    def is_meant(self, span: Span, line: Line, words: list[Word]) -> bool:
        """Whether the words of a span, which are an item's name, are meant as that."""
        plain = [w for w in words if not w.is_mark]
        look = self._look(span, line, plain)
        if len(plain) > 1 and re.search(r"\d{4}\)?$", line.folded[span.start : span.end]):
            return True
        if look.score < PARTLY:
            return look.in_slot or look.capital  # the first words of a name
        if not (look.before + look.after).strip(" .!?,'\""):
            return self._whole_message(look)
        return self._one_word(look, span) if len(plain) == 1 else self._several_words(look)

    def _look(self, span: Span, line: Line, plain: list[Word]) -> Look:
        folded = line.folded
        lows = tuple(name_key(w.low) for w in plain)
        ordinary = all(low in self.lexicon.ordinary or low in SMALL_WORDS for low in lows)
        phrase = self.lexicon.is_phrase(plain, line.text)
        judged = self.is_judged(folded, span.end, not ordinary)
        telling = [w for w in plain if name_key(w.low) not in SMALL_WORDS] or plain
        questioned = QUESTIONED.match(SENTENCE_END.split(folded[: span.start])[-1]) is not None
        return Look(
            lows,
            folded[: span.start],
            folded[span.end :],
            all(w.is_capital for w in telling) and not line.text.isupper(),
            not _begins_sentence(folded, span.start),
            ordinary,
            phrase,
            judged,
            questioned,
            (questioned and not phrase)
            or (
                self._ends_slot(folded, span.end)
                and self._after_title_cue(folded, span.start, len(plain) > 1)
            )
            or (judged and not _follows_noun(folded, span.start)),
            self.titles.fame(span.payload) >= WELL_KNOWN,
            span.payload.score,
        )

    def _whole_message(self, look: Look) -> bool:
        """The message is the name and nothing else."""
        known = look.known and not intents.MORE.search(" ".join(look.lows))
        if all(low in STOP_WORDS for low in look.lows):
            return known
        category = len(look.lows) == 1 and self.lexicon.is_category(look.lows[0])
        return not category and (not look.phrase or known or (look.capital and len(look.lows) > 1))

    def _several_words(self, look: Look) -> bool:
        """A name of several words, which is said in passing the less the rarer its words are."""
        lows = look.lows
        if lows[-1] == "one" and re.match(
            r"\s+(?:with|where|about|that|in which|from|by|in|of|on|i|we)\b", look.after
        ):
            return False
        if not look.capital and len(lows) == 2 and lows[-1].endswith("s") and MEANT_FOR.search(look.before):
            return False  # "something funny for grown-ups"
        if not look.ordinary and not look.phrase:
            return True
        name = " ".join(lows)
        telling = [low for low in lows if low not in SMALL_WORDS and low not in STOP_WORDS]
        if not telling and not look.capital:
            return False  # "last night"
        if telling and not self.lexicon.phrases(name):
            # two words of a well known name may be said in passing ("the long night"), four together are not
            unsaid = not self.lexicon.is_said(name)
            if len(lows) >= 4 and (unsaid or look.known):
                return True
            if look.known and unsaid and (len(lows) > 2 or not set(lows) & STOP_WORDS):
                return True
        if COMPARED.search(look.before) and not look.phrase and lows[0] not in STOP_WORDS:
            return True
        if self._stands_alone(look):
            return True
        if look.phrase and not look.in_slot and not (look.capital and look.inside):
            return False
        refused = self.cues.last(look.before)
        shouted = look.capital and look.known
        if self.lexicon.phrases(name) and refused is not None and refused[0] == "refuse" and not shouted:
            return False  # "nothing in black and white"
        return look.in_slot or (look.capital and look.inside)

    def _one_word(self, look: Look, span: Span) -> bool:
        """A name of one word, which is mostly just that word."""
        (low,) = look.lows
        if not look.inside and self.cues.last(low) and not look.judged:
            return False  # "Hated Titanic" names no film called Hated
        if low == "more" and re.match(r"\s+(?:like|of|from|by|about|with)\b", look.after):
            return False
        if look.asked and look.known and look.capital and look.score >= EXACT:
            return True  # "is Alien violent?"
        category = self.lexicon.is_category(low)
        if look.score < EXACT:
            subject = low.isdigit() and re.match(r"\s+(?:was|is)(?!\w)", look.after)
            rare = not look.ordinary or low.isdigit() or (look.capital and look.inside)
            return not category and (bool(subject) or (look.in_slot and rare))
        if low.isdigit() and len(low) < 4:
            return self._is_numbered_title(look)
        if low not in self.lexicon.known:
            return True  # "memento": no word but the name
        if category:
            return look.known and look.capital and look.in_slot and self._is_place(low)
        if COMPARED.search(look.before) and not look.phrase and len(low) > 2 and low not in STOP_WORDS:
            return True
        if look.capital and not look.inside and re.match(r"\s*[.!](?:\s|$)", look.after):
            return (
                self.titles.fame(span.payload) >= HEARD_OF
                and not intents.GREETING.match(low)
                and low not in CALLS
            )
        if look.capital and re.match(r"\s*,? but\b", look.after):
            return look.known  # "Alien but funny"
        if look.phrase and not (look.in_slot and (look.capital or look.known)):
            return False
        if low in SMALL_WORDS:
            return self._small_word(look, low)
        if not look.ordinary:
            return look.in_slot or look.capital
        if look.in_slot and not look.capital:
            return self.titles.fame(span.payload) >= HEARD_OF  # "I hate clowns" is about no little known film
        return look.in_slot or (look.capital and look.inside and self._lists_titles(look.before))

    def _is_place(self, low: str) -> bool:
        """Whether a value is mostly named after a word of its own ("from Brazil"), so that "like Brazil" is the film."""
        facets = self.lexicon.catalog.spec.facets
        return all(facets[p.facet].cues and name_key(p.value) == low for p in self.lexicon.phrases(low))

    def _small_word(self, look: Look, low: str) -> bool:
        """ "Up", "Her", "It": with a capital where a title belongs; a particle also without one, between the verb and a
        pause ("loved up, hated her"), for a pronoun means somebody there."""
        if look.capital:
            return look.in_slot and (look.inside or look.judged) and low != "i"
        verb = re.search(r"(?<!\w)(?:lov+ed|liked|hated|watched|seen|saw)\s$", look.before)
        paused = re.match(
            r"\s*(?:[,.!;]|$|(?:and|but|last|yesterday|again|this|tonight|recently) )", look.after
        )
        return verb is not None and low in PARTICLES and paused is not None

    def _is_numbered_title(self, look: Look) -> bool:
        """Whether a small number is a title ("9") and not a count, an age, a rating or a place."""
        if COUNTED.search(look.before) or COUNTS_SOMETHING.match(look.after):
            return False
        whole = look.before + look.lows[0] + look.after
        place = len(look.before)
        return self._after_title_cue(whole, place) and self._ends_slot(whole, place + len(look.lows[0]))

    @staticmethod
    def _stands_alone(look: Look) -> bool:
        return bool(
            look.capital and look.known and not look.inside and re.match(r"\s*[.!](?:\s|$)", look.after)
        )

    def _after_title_cue(self, folded: str, start: int, several: bool = False) -> bool:
        """Whether the words right before a place take a title: a verb that does, or a list of titles after one.

        several: the title has several words, which "not" may stand before as well.
        """
        before = SENTENCE_END.split(folded[:start])[-1]
        if re.search(r"(?:(?:what|how) about|but not) (?:the )?[\"']?$", before):
            return True
        cue = self.cues.last(before)
        rest = before
        if cue is not None:
            if cue[0] not in TITLE_FEELINGS and not (several and cue[0] in ("refuse", "neutral")):
                return False
            rest = before[cue[2] :].strip(" \"'")
            rest = self.cues.leading.sub("", rest + " ").strip()
            if rest == "" or rest == "the":
                return True
        listed = re.split(
            r"\s*(?:,\s*(?:and|or|also|then|plus)?|(?<!\w)(?:and|or|also|plus)(?!\w)|&)\s*",
            rest.strip(" \"'"),
        )
        if len(listed) < 2 or listed[-1] not in ("", "the"):
            return False
        unknown = [t for t in listed[:-1] if self.titles.exact(t) is None]
        # after a verb one of the list may be unknown here; without one all must be titles
        return not unknown or (
            cue is not None and len(unknown) == 1 and not self.lexicon.phrases(name_key(unknown[0]))
        )

    def _ends_slot(self, folded: str, end: int) -> bool:
        """Whether a title may end here: at a mark, "and", "but", or the end of the message."""
        rest = folded[end:].lstrip(" \"'")
        return not rest or SLOT_END.match(rest) is not None or self._slot_ends.match(rest) is not None

    def _lists_titles(self, before: str) -> bool:
        """Whether a capitalised word follows a list of titles, or a verb that takes one, in the same sentence."""
        sentence = SENTENCE_END.split(before)[-1]
        cue = self.cues.last(sentence)
        return cue is not None and cue[0] in TITLE_FEELINGS

    def is_judged(self, folded: str, end: int, met: bool = True) -> bool:
        """Whether a judgement follows: "… was great", "… and Her were great". met: "… i saw" counts as one too."""
        counts = ("like", "dislike", "neutral", "seen") if met else ("like", "dislike", "neutral")
        rest = SENTENCE_END.split(folded[end:], 1)[0]
        rest = re.sub(r"^\s*(?:with|by|starring) (?:\w+ ){1,5}?(?=(?:was|were|is)\b)", "", rest)
        rest = re.sub(
            r"^\s*(?:,|and|or)\s+(?:\w+\s+){1,5}?(?=(?:were|are|bored|both)\b)", "", rest.lstrip(" \"'")
        )
        return any(c.feeling in counts and c.pattern.match(rest) for c in self.cues.after)


def _follows_noun(folded: str, start: int) -> bool:
    """Whether the words are the end of a longer subject: "the speed was great" is about no film."""
    before = folded[:start].rstrip()
    return (
        re.search(r"(?<!\w)(?:my|your|his|her|our|their|this|a|an|of|in|on|with|its|really|very|so)$", before)
        is not None
    )


def _begins_sentence(folded: str, start: int) -> bool:
    before = folded[:start].rstrip(" \"'(")
    return not before or before[-1] in ".!?;:"
