"""The English of wishing: which words before (or after) a thing say what is felt about it.

Each table is tried from its top; the pattern that ends nearest to the thing decides, the longer one on a tie.
"""

import re
from dataclasses import dataclass
from typing import Literal

Feeling = Literal[
    "want", "like", "refuse", "avoid", "neutral", "dislike", "seen", "unseen", "similar", "ask", "accept"
]


SENTENCE_END = re.compile(r"[.!?;](?:\s|$)|\n")
TITLE_FEELINGS = frozenset({"like", "dislike", "seen", "unseen", "similar", "ask", "accept"})


@dataclass(frozen=True)
class Cue:
    """A pattern and what it says."""

    feeling: Feeling
    pattern: re.Pattern[str]


def _cue(feeling: Feeling, words: str) -> Cue:
    return Cue(feeling, re.compile(rf"(?<![\w'])(?:{words})(?![\w'])"))


NOT = (
    r"(?:do not|don't|dont|did not|didn't|didnt|does not|doesn't|doesnt|can not|cannot|can't|cant|never|not)"
)
BEFORE: tuple[Cue, ...] = (
    _cue(
        "neutral",
        rf"{NOT} (?:really )?mind|(?:ok|okay|fine|cool) with|no problem with|{NOT} (?:dislike|hate)|{NOT} care (?:if|whether|about)",
    ),
    _cue(
        "unseen",
        r"(?:haven't|havent|have not|never|not|hasn't|didn't|did not)(?: yet| really)? (?:seen|watched|saw|see|watch|tried|read|heard of|used)",
    ),
    _cue(
        "seen",
        r"(?:i |i've |i have |we |we've |we have |already |just |recently |have )*(?:seen|watched|saw|finished|rewatched|tried|visited|read|been to|eaten at|know)(?: already| both| all| of)*",
    ),
    _cue(
        "dislike",
        rf"hate[sd]?|despise[sd]?|loathed?|dislikes?|disliked|detest(?:ed)?|{NOT} (?:really |particularly |much )?(?:like|liked|love|loved|enjoy|enjoyed|care for|get into|stand|finish|rate)"
        r"|couldn't (?:finish|stand|get through|get into)|could not (?:finish|stand|get through)|can't (?:stand|bear)|cannot stand"
        r"|(?:was|were|am|i'm|im|is|are) (?:not|never) (?:really |exactly |much of )?(?:a |an )?(?:(?:big |huge |great )?fans? of|into|keen on)|wasn't (?:a fan of|into|keen on)"
        r"|not (?:really |exactly |much of )?(?:a |an )?(?:(?:big |huge |great )?fans? of|into|keen on)"
        r"|bored by|disappointed by|(?:sick|tired|bored) of|fed up with|had enough of|enough of|walked out of|gave up on",
    ),
    _cue(
        "avoid",
        r"(?:not|nothing|isn't|aren't) (?:too|so|that|overly|very|super)|(?:way |far |much |a bit |a little |just |still )*(?<!not )(?<!nothing )too(?=\s*$)|less|rather not|prefer(?:ably)? (?:not|no)|ideally (?:not|no)"
        rf"|{NOT} (?:really |currently )?in the mood for|not as|go easy on|tone down",
    ),
    # the longer expressions by themselves: in one pattern "never" would win over "never want to see"
    _cue(
        "refuse",
        r"(?:scared|afraid|frightened|terrified|sick) (?:of|by)|allergic to|(?:neither|none|nobody|no one)(?: of (?:us|them))? (?:likes?|wants?|enjoys?)|never want to (?:see|watch|hear of)|can't (?:handle|eat|have|drink|do|take)"
        r"|(?:anything|everything|anyone|anywhere|anybody|all) (?:but|except|other than)|other than|apart from|aside from|skip|leave out|minus"
        rf"|{NOT} (?:want|need|show me|give me|recommend|suggest|include|like to (?:see|watch)|do|watch|feel like)(?: to (?:see|watch|have))?(?: me)?(?: any| another| anything)?(?: (?:with|by|from|in))?"
        r"|nothing (?:with|by|from|about|involving|like|in)|no (?:films?|movies?|items?|stuff|more) (?:with|by|from|about|in|of)|stay away from|keep away from|hold the",
    ),
    _cue(
        "refuse",
        r"no(?: more)?(?!\s*,)|not(?!\s*,)|nothing|without|avoid|avoiding|except(?: for)?|excluding|exclude|never|none|nor|neither|isn't|aren't|ain't|non|doesn't|don't have",
    ),
    _cue(
        "similar",
        r"(?:something|anything|things?|films?|movies?|items?|more|stuff|one|ones|that's|else|another|be|is|feels?|just|much|exactly|bit|kind of|sort of|along|similar|vibes?) like"
        r"|similar to|as (?:good|great|funny|scary) as|along the lines of|in the (?:vein|style|spirit) of|reminiscent of|reminds? me of|comparable to|close to|akin to|resembl(?:es|ing)|more of|fans? who liked|same (?:vibe|mood|feel|style) as|vibes? of|if i (?:liked|loved|enjoyed)",
    ),
    _cue(
        "like",
        r"(?:really |absolutely |totally |just |also |still |both |do |did |quite )*(?:loved?|loves|liked?|likes|enjoyed?|enjoys|adored?|adores|appreciated?)(?: was| is)?"
        r"|fans? of|favou?rites?(?: \w+)?(?: (?:is|are|was|were|include|includes|of))?|(?:big|huge) on|obsessed with|crazy about|keen on|into|amazed by|blown away by|rewatch(?:ing)?|grew up (?:with|on)|my (?:kids?|wife|husband|partner|son|daughter|friends?) (?:loved?|loves|likes?|liked)",
    ),
    _cue(
        "accept",
        r"i'?ll (?:take|watch|go with|try|have|pick)|let's (?:watch|go with|take|do|try)|i (?:choose|pick|take)|going with|i'm going (?:to watch|with)",
    ),
    _cue(
        "ask",
        r"who (?:directed|made|stars in|is in|was in|wrote|plays in)|what(?:'s| is| was) (?:about)?|(?:have|did|do) you (?:ever )?(?:seen|got|have|know|heard of|like|think of)|(?:director|cast|plot|story|runtime|length|rating|year) of|tell me (?:more )?about|how long is|know about|when was|when did|what year (?:is|was)|compare",
    ),
    _cue(
        "want",
        r"(?:i(?:'d| would)? )?(?:want|wanna|need|like to (?:see|watch|have)|love to (?:see|watch)|prefer|feel like|fancy|look(?:ing)? for|craving|crave)"
        r"|in the mood for|give me|show me|recommend(?: me)?|suggest(?: me)?|find(?: me)?|get me|something|anything|some|make it|make that|how about|what about|maybe|ideally|perhaps|preferably|let's (?:see|watch|have|do)|must be|should be|has to be|needs? to be|only|just|instead",
    ),
)

AFTER: tuple[Cue, ...] = (
    _cue(
        "dislike",
        r"(?:\w+ ){0,2}(?:was|is|were|are|felt|seemed) (?:\w+ ){0,2}(?:boring|awful|terrible|bad|dull|meh|overrated|rubbish|dreadful|crap|too long|too slow|a bore|a mess|disappointing|annoying|horrible|stupid|not (?:good|great|for me|my (?:thing|taste|cup of tea)))",
    ),
    _cue(
        "dislike",
        r"(?:wasn't|isn't|weren't|aren't|was not|is not) (?:\w+ ){0,2}(?:good|great|for me|my (?:thing|taste|cup of tea|style)|fun|funny|interesting)",
    ),
    _cue(
        "dislike",
        r"(?:bored|annoyed|disappointed|irritated|scared|depressed) (?:me|us)(?: to (?:death|tears|sleep))?|(?:didn't|did not) (?:work|do it|do much|click)(?: for me)?|left me cold|put me to sleep|sucks?|sucked|not for me",
    ),
    _cue(
        "like",
        r"(?:was|is|were|are) (?:\w+ ){0,3}(?:great|good|amazing|awesome|brilliant|wonderful|fantastic|excellent|fun|perfect|lovely|superb|a masterpiece|(?:one of )?my (?:all.time )?favou?rites?|incredible|the best)|blew me away|rocks|rules|made me (?:cry|laugh)",
    ),
    _cue(
        "like",
        r"(?:both |all )?(?:look|looks|sound|sounds|seem|seems) (?:really |very |pretty )?(?:good|great|nice|fun|perfect|interesting|promising|cool)",
    ),
    _cue("neutral", r"(?:was|is|were|are) (?:also )?(?:ok|okay|fine|alright|cool|so-so|so so)"),
    _cue(
        "dislike",
        r"(?:and|but) (?:i |we )?(?:really |absolutely |just )?(?:hated|disliked|despised|didn't (?:like|enjoy)|couldn't (?:stand|finish)) (?:it|them|that|those)",
    ),
    _cue(
        "like",
        r"(?:and|but) (?:i |we )?(?:really |absolutely |just )?(?:loved|liked|enjoyed|adored) (?:it|them|that|those)",
    ),
    _cue(
        "seen",
        r"(?:i(?:'ve| have)? )?(?:already )?(?:seen|watched|saw|been there|tried)(?: (?:it|that|them))?(?: already)?|(?:i )?already know|already(?=\W*$)",
    ),
)

FILLERS = frozenset({"anything", "something", "some", "only", "just"})
REFUSALS = frozenset({"refuse", "avoid", "dislike"})
ALSO = re.compile(r"(?<!\w)(?:too|also|as well|in addition)(?!\w)")
SOFT = re.compile(
    r"(?<!\w)(?:ideally|preferably|prefer|maybe|perhaps|if possible|would be nice|bonus|possibly|leaning|kind of|kinda|sort of|a bit|a little|slightly)(?!\w)"
)
FIRM = re.compile(
    r"(?<!\w)(?:must|has to|have to|needs? to|only|definitely|absolutely|strictly|always)(?!\w)"
)
CORRECTION = re.compile(
    r"(?<!\w)(?:actually|instead|rather|on second thoughts?|scratch that|i meant|i mean|make (?:it|that)|changed my mind|switch to|(?:what|how) about|let's go with|go for)(?!\w)"
)


def last_cue(text: str, table: tuple[Cue, ...] = BEFORE) -> tuple[Feeling, int] | None:
    """The feeling whose pattern ends last in the text, and where it begins; None when none is there."""
    best: tuple[int, int, int, Feeling] | None = None
    for rank, cue in enumerate(table):
        for match in cue.pattern.finditer(text):
            found = (match.end(), match.end() - match.start(), -rank, cue.feeling)
            if best is None or found[:3] > best[:3]:
                best = found
    if best is None:
        return None
    begin = best[0] - best[1]
    if best[3] == "want" and text[begin : best[0]] in FILLERS:
        # "not in the mood for anything …", "don't show me anything …": the word only carries the refusal on
        earlier = last_cue(text[:begin], table)
        if (
            earlier is not None
            and earlier[0] in REFUSALS
            and _ends_at(text[:begin].rstrip(), earlier[0], table)
        ):
            return earlier
    return best[3], begin


def _ends_at(text: str, feeling: Feeling, table: tuple[Cue, ...]) -> bool:
    return any(
        m.end() == len(text) for cue in table if cue.feeling == feeling for m in cue.pattern.finditer(text)
    )


def first_cue(text: str, table: tuple[Cue, ...] = AFTER) -> Feeling | None:
    """The feeling whose pattern begins first in the words after a thing, and near to it."""
    best: tuple[int, int, Feeling] | None = None
    for rank, cue in enumerate(table):
        match = cue.pattern.search(text)
        if match and match.start() <= 12 and (best is None or (match.start(), rank) < best[:2]):
            best = (match.start(), rank, cue.feeling)
    return best[2] if best else None
