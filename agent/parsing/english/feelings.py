"""Gives each span of a message the feeling that the words around it express."""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from agent.parsing.english.cues import DOUBTED, FILLERS, FIRM, REFUSALS, SENTENCE_END, SOFT, Cues, Feeling
from agent.parsing.span import Span

TURN = re.compile(
    r"(?<!\w)(?:(?<!anything )(?<!everything )(?<!anyone )(?<!anywhere )(?<!anybody )(?<!all )but|however|though|although|yet|except that)(?!\w)"
)
ITEMS = ("title", "reference", "unknown")
# "I mean", "no wait": what was said before is taken back by what comes
REPAIR = re.compile(
    r"(?<![\w'])(?:(?:oh |ah |hmm |um )?no,? (?:wait|sorry|hang on|hold on|actually|scratch that|i mean)|wait,? no|or rather|scratch that|i mean|sorry,? (?:no|i mean)|(?:i|we) meant|make that|(?:actually|nah|no),? (?:make it|let's say|rather))(?![\w'])"
)
TONIGHT = re.compile(
    r"(?<![\w'])(?:tonight|today|this (?:evening|time|weekend|afternoon|morning)|right now|for now|now|at the moment|in the mood|feel like|fancy|looking for|something like)(?![\w'])"
)
BROKEN_OFF = re.compile(r"\s[-–—]+\s|\.\.|…")
ASKS_ANEW = re.compile(
    r"(?:,|[-–—]+\s|(?<!\w)(?:and|so|then)(?!\w))\s*(?:and |so |then |now |please |tonight |today )*(?=(?:something|anything|somewhere|some|give|show|find|recommend|suggest|i|we|i'm|i'd|we'd|we're|looking|in the mood|let's|what|any|a|an)(?![\w']))"
)
OTHERS = re.compile(
    r"(?<![\w'])(?:(?:he|she|they)(?:'(?:d|ll|s|re))?|my|our|his|her|their|mum|kids?|wife|husband|everyone|friends?)(?![\w'])"
)
# "… is great but I don't like it"
CONTRARY = re.compile(
    r"(?<!\w)(?:but|though|although|yet|still) (?:i |we |me |personally,? |my \w+ )+(?:really |just |actually |never |still |absolutely )*(?:(?P<bad>(?:don't|didn't|do not|did not|couldn't|can't|not|hated?|disliked?|never)(?: \w+){0,2}(?: (?:like|liked|love|enjoy|get|stand|finish|see))?)|(?P<good>loved|liked|enjoyed|love|like|adore[d]?)) ?(?:it|that|them|the appeal|one bit|this)(?!\w)"
)
NEXT = r"(?<!\w)(?:lov+ed?|liked?|hate[d]?|enjoyed|disliked|seen|watched|saw|adored?|couldn't|didn't|haven't|never|not)(?!\w)"
SO_IS = re.compile(r"(?<!\w)(?:so (?:is|was|are|were)|same (?:for|with|goes for)|ditto)\s+(?:the )?$")
BUT_NOT = re.compile(r"(?<!\w)(?:but )?not (?:the )?$")  # "we've seen Shrek but not The Lion King"
LATER = re.compile(  # "Her made me sob. Loved it"
    r"(?:^|[.!?,;-]\s*)(?:i |we |really |absolutely |just |still )*(?:(?P<good>lov+ed?|liked?|adored?|enjoyed)|(?P<bad>hated?|disliked?|(?:didn't|couldn't|can't|don't) (?:like|stand|enjoy|finish|love))) (?:it|that|them|this)(?!\w)"
)
FAVOURITE = re.compile(  # "have you seen Her? one of my favourites"
    r"(?:^|[.!?,;-]\s*)(?:it's |its |it is |that's |thats )?(?:(?:one of )?(?:my|our) (?:all[- ]time )?fav(?:e|es|s|ou?rites?)?(?!\w)|(?:my \w+|she|he|they|everyone) (?:really |absolutely |all )?(?:lov+e[sd]?|adores?d?) it(?!\w))"
)
GOOD_AFTER_ALL = re.compile(
    r"(?<!\w)but (?:in a (?:good|great|beautiful) way|(?:i|we) (?:think|thought|found) (?:it|it's|its|it is|it was) ?(?:\w+ )?(?:wonderful|great|good|brilliant|amazing|fantastic|lovely|excellent|awesome|fun|beautiful|a masterpiece))(?!\w)"
)
ABOUT_IT = re.compile(  # "watched Taken last night and it was pretty boring"
    r"(?:^|[.!?,;]\s*|(?<!\w)(?:and|but) )(?:it|that|this|they) (?=(?:was|is|were|are|wasn't|isn't|did|made|bored|felt|blew|left)\b)"
)
TOO_MUCH = re.compile(  # "Heat was too long", "found Se7en too much"
    r"\s+(?:(?:was|were|felt|seemed|got) )?(?:a bit |a little |far |way |just |much |all )*too (?:much|\w+)(?= *(?:$|[.,;!?)]|(?:for|and|but|so)(?!\w)))"
)
ENDING_NO = re.compile(
    r"(?:(?<!\w)(?:so|then|sadly|but|therefore)|,|-) (?:it's a |that's a |a )?no(?: thanks?)?\W*$"
)
ASKED_AND_REFUSED = re.compile(r"\s*(?:again|then)?\s*\?+\s*(?:no|nah|nope|pass|yuck|ugh|not)\b")
RATING = re.compile(
    r"(?<!top )\b(?P<n>\d{1,2}(?:\.\d)?)\s*(?:(?:/|out of)\s*(?P<of>5|10|100)\b|stars?\b(?!\s*out))|\b(?P<m>\d) stars? out of (?P<o>5|10)\b"
)
LIKED_SHARE, DISLIKED_SHARE = 0.65, 0.45  # of the most a rating can be
COMPARED_WITH = re.compile(  # "newer than Rocky", "Aliens > Alien"
    r"(?:(?<![\w'])(?:than|over|same (?:\w+ ){1,3}as(?: in)?)|>)\s*(?:the |that )?$"
)
BARE_LIKE = re.compile(
    r"(?:^|(?<![\w'])(?:something|anything|more|ones?|films?|be|from|just|is|was|sth|but|and|or|,))\s*like (?:the |that )?$"
)
_MINE = r"(?:what|for (?:me|us|him|her|them)|(?:my|our|his|her|their) (?:\w+ )?(?:thing|taste|cup|style|bag)|ok|okay|fine|wanted|allowed|welcome|an option|it)"
RULED_OUT = re.compile(  # "rom-com is not", "horror isn't my thing", "sci-fi's not really for me", "horror is out"
    rf"(?:(?:\s+(?:is|are|was|were)|'s) (?:(?:definitely|really|just|also) )?not|\s+(?:isn't|aren't|wasn't|ain't))(?: (?:really|quite|exactly|so much))?(?= *(?:$|[.,;!?])| {_MINE}(?!\w))"
    r"|(?:\s+(?:is|are)|'s) (?:(?:definitely|really|just) )?(?:out(?= *(?:$|[.,;!?]| of the question))|off (?:the table|limits)|a (?:no|no-go|hard no)(?!\w))"
)
OVERDONE = re.compile(  # "over two hours is too long"
    r"\s+(?:is|are|was|would be|feels?|gets?) (?:just |way |far |a bit |really |simply )*(?:too (?:long|much|short|old|new|recent|expensive|dear|pricey|little)|pushing it|a bit much|out of the question)"
)
DISMISSED = re.compile(  # "not that, ghosts instead"
    r"(?<![\w'])(?:not|no) (?:that|this|those|these|them|it|any of (?:them|those|these))(?: ones?)?\s*[,;–—-]+\s*"
)
SEEN_ALL = re.compile(
    r"(?<!\w)(?:(?<!not )(?<!n't )(?<!never )(?:seen|saw|watched|read|played)) (?:all|everything|every (?:one|single one))(?: (?:of|by|from|with|that))*(?: the)?\s*$"
)
ASKED_OF = re.compile(  # "is the first one sad?"
    r"(?:^|[.!?;,]\s*|(?<![\w'])(?:and|but|so|ok|okay|hmm|well|then|wait)\W+)(?:is|are|was|were|isn't|aren't|wasn't|does|do|will|would|can|could) (?:the |that |this )?$"
)
LIMIT = re.compile(
    r"^\W*(?:up to|under|below|less than|within|until|at most|max|no more than|not more than)(?!\w)|(?:max|at most|tops|or less)$"
)
OPEN = (None, "want", "ask", "seen", "like")  # feelings that a verdict after the item makes more exact
STRONG = 0.3  # of VADER's compound score, from -1 to 1: a word such as "trash" or "gem" has more


@dataclass(frozen=True)
class Felt:
    """A span with the feeling the words around it give it. lasting: said of oneself in general, not for tonight."""

    span: Span
    feeling: Feeling | None
    soft: bool = False
    firm: bool = False
    joined: bool = False  # by a bare "and", "or" or comma to the span before
    joint: str = ""
    lasting: bool = False
    repairs: bool = False  # comes after "no wait": takes the place of what was said before


def feelings(spans: list[Span], folded: str, cues: Cues) -> list[Felt]:
    """Gives each span, from left to right, the feeling of the words between it and the one before."""
    felt: list[Felt] = []
    end = 0
    previous: Felt | None = None
    for number, span in enumerate(spans):
        gap = folded[end : span.start]
        repairs = False
        if found := list(REPAIR.finditer(gap)):
            gap, previous, repairs = gap[found[-1].end() :], None, True
        if SENTENCE_END.search(gap):
            gap, previous = SENTENCE_END.split(gap)[-1], None
        if turn := [m for m in TURN.finditer(gap) if not cues.but_for(gap[: m.end()])]:
            gap, previous = gap[turn[-1].end() :], None
        if dismissed := list(DISMISSED.finditer(gap)):
            gap, previous = gap[dismissed[-1].end() :], None
        limit = next((s.start for s in spans[number + 1 :] if s.kind != "critique"), len(folded))
        tail = folded[span.end : limit]
        shared = any(
            s.kind in ITEMS and s.start == limit for s in spans
        )  # what follows may be said of the next item
        own = _own_feeling(span, folded[span.start : span.end], gap, tail, cues, limit == len(folded), shared)
        if (
            own == "refuse"
            and span.kind in ITEMS
            and felt
            and felt[-1].feeling == "seen"
            and BUT_NOT.search(folded[end : span.start])
        ):
            own = "unseen"
        if own is None and previous is not None and span.kind in ITEMS and SO_IS.search(gap):
            own = previous.feeling
        bare = not cues.connectors.sub("", gap).strip()
        soft, firm = bool(SOFT.search(gap)), bool(FIRM.search(gap))
        soft = soft or bool(
            re.match(
                r"\s*,?\s*(?:ideally|preferably|if (?:at all )?possible|would be (?:nice|great|good|lovely|a bonus|a plus)|if (?:you|u|there) (?:can|have|got|is)|if available|for preference)(?: one| any| some| it| that| them)?(?=\s*(?:$|[.!?;,)]|(?:but|and|please|thanks|though|then)(?!\w)))",
                tail,
            )
        )
        firm = firm or bool(
            re.match(
                r"\s*(?:\w+ )?(?:,? ?(?:so |and |but )?(?:it|that|this) (?:has|needs|have|ought) to be (?:there|that|in that \w+)|,? ?(?:so |and )?must be there|only|is a must|is essential|or nothing|please only)(?!\w)",
                tail,
            )
        )
        if (
            (
                own is None
                or (own == "want" and _fills(gap, cues) and previous and previous.feeling in REFUSALS)
            )
            and (bare or own == "want")
            and previous is not None
            and _hands_on(previous, span, gap, spans[number:], folded)
        ):
            now = Felt(span, previous.feeling, previous.soft, previous.firm, True, gap, previous.lasting)
        else:
            now = Felt(
                span,
                own,
                soft,
                firm,
                previous is not None and bare,
                gap,
                _lasts(own, gap, gap + folded[span.start : span.end] + _same_breath(tail)),
            )
        felt.append(replace(now, repairs=repairs))
        previous, end = now, span.end
    return _spread_back(felt)


def _same_breath(after: str) -> str:
    """The words after a thing up to where something else is asked for: "I can't stand horror. Something like Heat"."""
    return ASKS_ANEW.split(TURN.split(SENTENCE_END.split(after)[0])[0])[0]


def _lasts(feeling: Feeling | None, gap: str, around: str) -> bool:
    """Whether it is a taste of the person's own and not a wish for tonight."""
    if feeling == "like" and BARE_LIKE.search(gap):
        return False  # "like the second one": to compare with
    if feeling not in ("like", "dislike", "seen") and not re.search(
        r"(?<![\w'])(?:always|never|in general|generally|usually|allergic|can't (?:eat|handle|stand|take)|hate)(?![\w'])",
        gap,
    ):
        return False
    return not OTHERS.search(gap) and not TONIGHT.search(around)


def _own_feeling(
    span: Span, span_words: str, gap: str, after: str, cues: Cues, last: bool, shared: bool
) -> Feeling | None:
    """What the words before and after a span say of it. last: no other span follows; shared: an item does, of which
    they may be said as well."""
    if DOUBTED[0].search(gap) and DOUBTED[1].match(after):
        return "refuse"
    cue = cues.last(gap)
    feeling = cue[0] if cue else None
    if feeling == "neutral" and re.search(r"\w\s*,", gap[cue[1] if cue else 0 :]):
        feeling = None  # "I don't mind subtitles, Japanese …": that was said of the subtitles
    if span.kind == "range" and feeling == "like" and BARE_LIKE.search(gap):
        feeling = None  # "from like the last five years"
    if span.kind in ITEMS:
        if ASKED_OF.search(gap) and "?" in after:
            _question, after = after.split("?", 1)
            return _judgement(after, cues, last, shared) or "ask"  # "is it sad? I'll take it"
        found = _judgement(after, cues, last, shared)
        if found == "dislike" and feeling == "refuse":
            return found  # "neither Saw nor Hostel did anything for me"
        if (
            found is not None
            and (found != "accept" or last)
            and (
                feeling in OPEN
                or found in ("refuse", "neutral")
                or GOOD_AFTER_ALL.search(after)
                or (feeling == "similar" and span.kind == "reference")
            )
        ):
            return found
        if feeling in (None, "seen") and (tone := _tone(_said_of_it(after, last, shared))):
            return tone  # "Heat is a gem", "Once. Beautiful film.", "the Ridge Walker, utter garbage"
        return "neutral" if COMPARED_WITH.search(gap) and feeling in (None, "want", "like") else feeling
    if re.match(r"\s*(?:is|are)?\s*(?:also )?(?:ok|okay|fine|alright)(?!\w)", after):
        if span.kind == "range" and span.payload.target.low is None and LIMIT.search(span_words):
            return feeling  # "up to 25 is fine" says how far one goes
        return "neutral"  # "longer is ok": allowed, not asked for
    if _is_ruled_out(span, span_words, gap, after, feeling):
        return "refuse"
    if span.kind not in ("keyword", "free"):
        return feeling
    if feeling is None and re.match(r"\s+(?:was|is|were|are|sucks?|sucked)(?!\w)", after):
        behind = cues.first_after(after)
        return behind if behind in ("like", "dislike") else None  # "the sequels were trash"
    # "a film I could watch with seen eyes": what was seen or asked concerns titles only.
    return None if feeling in ("seen", "unseen", "ask", "accept") else feeling


def _is_ruled_out(span: Span, span_words: str, gap: str, after: str, feeling: Feeling | None) -> bool:
    """ "Over two hours is too long", "horror isn't my thing", "I've seen everything by Scorsese": who has seen all wants none of it."""
    if span.kind == "range" and OVERDONE.match(after):
        return True
    owned = "'s" if span_words.endswith("'s") else ""
    if RULED_OUT.match(owned + after) and feeling in (None, "want"):
        return True
    return span.kind == "facet" and SEEN_ALL.search(gap) is not None


def _judgement(after: str, cues: Cues, last: bool, shared: bool) -> Feeling | None:
    """What the words after an item plainly say of it: a rating, a verdict, a "no thanks"."""
    sentence = SENTENCE_END.split(after)[0]
    if GOOD_AFTER_ALL.search(sentence) or (not shared and FAVOURITE.search(after)):
        return "like"
    if contrary := CONTRARY.search(sentence):
        return "like" if contrary["good"] else "dislike"
    if ASKED_AND_REFUSED.match(after) or (last and ENDING_NO.search(sentence)):
        return "refuse"
    if not shared and TOO_MUCH.match(sentence):
        return "dislike"
    if not shared and (later := LATER.search(after)):
        return "like" if later["good"] else "dislike"
    if not shared and (about := ABOUT_IT.search(after)):
        verdict = cues.first_after(" " + after[about.end() :])
        if verdict in ("like", "dislike", "neutral"):
            return verdict
    judged = _said_of_it(after, False, shared)
    if rating := RATING.search(re.split(r"[,;]", sentence)[0] if shared else sentence):
        share = float(rating["n"] or rating["m"]) / float(rating["of"] or rating["o"] or 5)
        return "like" if share >= LIKED_SHARE else "dislike" if share <= DISLIKED_SHARE else "neutral"
    if re.match(r"\s*>", sentence):
        return "like"
    return cues.first_after(judged) or (cues.first_after(sentence) if judged != sentence and last else None)


def _said_of_it(after: str, last: bool, shared: bool) -> str:
    """The words after an item that are about it: up to a "but", and not what belongs to the next item."""
    judged = TURN.split(SENTENCE_END.split(after)[0])[0]
    if shared and re.search(NEXT, judged):
        judged = re.split(rf"[,;&]|(?<!\w)and(?!\w)(?=.*(?:{NEXT}))", judged)[0]
    return after if last and not judged.strip(" ,'\"-") else judged


def _fills(gap: str, cues: Cues) -> bool:
    """Whether nothing but "or anything" stands between two things: a refusal goes on."""
    rest = cues.connectors.sub("", gap).strip()
    joined = re.search(r"(?<!\w)(?:or|nor|and)(?!\w)", gap) is not None
    return rest in FILLERS and (
        joined or ("," in gap and rest == "anything")
    )  # ", something …" begins a new wish


def _tone(words: str) -> Feeling | None:
    """What the words after an item say of it, by the valence of each (VADER); None when they say nothing clear."""
    words = re.split(
        r"(?<![\w'])(?:something|anything|any|give|show|recommend|similar|more|so|want|need|without|no|please|thanks?)(?![\w'])",
        re.sub(r"\b(?:lol|haha\w*|lmao|omg|tbh|ngl)\b", "", words),
    )[0]
    if not words.strip(" .,!?'\""):
        return None
    score = float(_analyser().polarity_scores(words)["compound"])
    if abs(score) < STRONG:
        return None
    return "like" if score > 0 else "dislike"


@cache
def _analyser() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def _hands_on(previous: Felt, span: Span, gap: str, following: list[Span], folded: str) -> bool:
    """Whether a span takes the feeling of the one before it, joined to it by no more than "and", "or" or a comma."""
    if previous.feeling is None:
        return False
    if previous.feeling == "neutral" and not re.search(r"(?<!\w)(?:or|nor|and)(?!\w)", gap):
        return False  # "I don't mind subtitles, Japanese would be nice"
    joined = re.search(r"(?<!\w)(?:or|nor|and)(?!\w)|&|/", gap) is not None
    if span.kind in ("range", "critique"):
        return joined and previous.span.kind == span.kind and previous.feeling != "want"
    if (
        previous.span.kind in ("title", "reference")
        and span.kind not in ("title", "unknown", "reference")
        and not joined
    ):
        return False
    if previous.span.kind in ("title", "reference") and span.kind in ("facet", "keyword", "free"):
        return False
    if previous.feeling in ("refuse", "avoid", "dislike") and not joined:
        if BROKEN_OFF.search(gap):
            return False  # "no action - drama please"
        if "," not in gap:
            return True  # "no scary war films": one noun phrase
        rest = folded[span.end :]
        if re.match(r"\s*(?:please|instead|preferably|would|is fine|only|is ok)", rest):
            return False
        listed = following[1:2] and re.match(
            r"\s*(?:,\s*)?(?:or|nor|and)\s+\S*$", folded[span.end : following[1].start]
        )
        contrast = re.search(
            r"(?:not|isn't|aren't)(?: a| an| the)?\s*$", previous.joint
        )  # "not drama, comedy"
        return bool(listed) or (previous.span.kind == span.kind and not contrast)
    return True


def _spread_back(felt: list[Felt]) -> list[Felt]:
    """ "Heat and Ronin were great": what is said after a list of titles holds for all of it."""
    result = list(felt)
    for n in range(len(result) - 1, 0, -1):
        now, before = result[n], result[n - 1]
        both = now.span.kind in ITEMS and before.span.kind in ITEMS
        if (
            both
            and now.joined
            and before.feeling in (None, "want")
            and (
                now.feeling in ("like", "dislike", "seen")
                or (now.feeling == "refuse" and re.search(r"(?<!\w)(?:and|or|nor)(?!\w)", now.joint))
            )
        ):
            result[n - 1] = replace(before, feeling=now.feeling, lasting=now.lasting)
    return result
