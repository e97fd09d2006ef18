"""Gives each span of a message the feeling that the words around it express."""

import re
from dataclasses import dataclass, replace

from agent.parsing.english.cues import FIRM, SENTENCE_END, SOFT, Feeling, first_cue, last_cue
from agent.parsing.span import Span

TURN = re.compile(
    r"(?<!\w)(?:(?<!anything )(?<!everything )(?<!anyone )(?<!anywhere )(?<!anybody )(?<!all )but|however|though|although|yet|except that)(?!\w)"
)
CONNECTORS = re.compile(
    r"(?<![\w'])(?:and|or|nor|also|plus|any|the|a|an|of|all|other|some|as well as|especially|with|by|kind|type|sort|both|either|neither|stuff|kinds|types|sorts|really|very|too|please|films?|movies?)(?![\w'])|[,&/\-–—()\"]"
)


@dataclass(frozen=True)
class Felt:
    """A span with the feeling the words around it give it."""

    span: Span
    feeling: Feeling | None
    soft: bool = False
    firm: bool = False
    joined: bool = False  # by a bare "and", "or" or comma to the span before
    joint: str = ""


def feelings(spans: list[Span], folded: str) -> list[Felt]:
    """Gives each span, from left to right, the feeling of the words between it and the one before."""
    felt: list[Felt] = []
    end = 0
    previous: Felt | None = None
    for number, span in enumerate(spans):
        gap = folded[end : span.start]
        if SENTENCE_END.search(gap):
            gap, previous = SENTENCE_END.split(gap)[-1], None
        if turn := list(TURN.finditer(gap)):
            gap, previous = gap[turn[-1].end() :], None
        limit = spans[number + 1].start if number + 1 < len(spans) else len(folded)
        own = _own_feeling(span, gap, folded[span.end : limit])
        bare = not CONNECTORS.sub("", gap).strip()
        soft, firm = bool(SOFT.search(gap)), bool(FIRM.search(gap))
        tail = folded[span.end : limit]
        soft = soft or bool(re.match(r"\s*(?:ideally|preferably|if possible|would be nice)", tail))
        if (
            own is None
            and bare
            and previous is not None
            and _hands_on(previous, span, gap, spans[number:], folded)
        ):
            now = Felt(span, previous.feeling, previous.soft, previous.firm, True, gap)
        else:
            now = Felt(span, own, soft, firm, previous is not None and bare, gap)
        felt.append(now)
        previous, end = now, span.end
    return _spread_back(felt)


def _own_feeling(span: Span, gap: str, after: str) -> Feeling | None:
    cue = last_cue(gap)
    feeling = cue[0] if cue else None
    if span.kind in ("title", "reference", "focus", "unknown"):
        behind = first_cue(SENTENCE_END.split(after)[0])
        if behind is not None and feeling in (None, "want", "ask", "seen", "like"):
            return behind
    permitted = re.match(r"\s*(?:is|are)?\s*(?:also )?(?:ok|okay|fine|alright)(?!\w)", after)
    if permitted and span.kind not in ("title", "reference", "unknown"):
        return "neutral"  # "longer is ok": allowed, not asked for
    if span.kind == "keyword" or span.kind == "free":
        # "a film I could watch with seen eyes": what was seen or asked concerns titles only.
        return None if feeling in ("seen", "unseen", "ask", "accept") else feeling
    return feeling


def _hands_on(previous: Felt, span: Span, gap: str, following: list[Span], folded: str) -> bool:
    """Whether a span takes the feeling of the one before it, joined to it by no more than "and", "or" or a comma."""
    if previous.feeling is None:
        return False
    joined = re.search(r"(?<!\w)(?:or|nor|and)(?!\w)|&|/", gap) is not None
    if span.kind in ("range", "critique"):
        return joined and previous.span.kind == span.kind and previous.feeling != "want"
    if previous.span.kind == "title" and span.kind != "title" and not joined:
        return False
    if previous.span.kind == "title" and span.kind in ("facet", "keyword", "free"):
        return False
    if previous.feeling in ("refuse", "avoid", "dislike") and not joined:
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
        both = now.span.kind == before.span.kind == "title"
        if both and now.joined and before.feeling is None and now.feeling in ("like", "dislike", "seen"):
            result[n - 1] = replace(before, feeling=now.feeling)
    return result
