"""Parts a message into clauses, and tells which of them wish for something and which only tell of the day."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from agent.parsing.english.cues import DOUBT, NOT_MINE, Cues

ClauseKind = Literal["wish", "plain", "story", "errand"]

BREAK = re.compile(
    r"[.!?;:,\n()=]+(?=\s|$|[\"“])|\s[-–—]+\s|[\"“”]"
    r"|(?<![\w'])(?:but|because|so(?! (?:much|many|far|good|bad|long|scary|sad|is|was|are|were|that|called|\w+ that)\b)|since(?= (?:i|we|he|she|they|it|my)\b)|so(?= (?:i|we|my|it|he|she|they|something|anything|no|not|under|maybe|please)\b)|which|while|however|though|although"
    r"|and (?=(?:i|we|my|our|he|she|they|it|i'm|i've|we're|it's|need|want|give|show|make|something|anything|please)(?![\w']))"
    r"|(?=i(?:'m|'ve| am| have)? (?:need|want|love|loved|like|liked|hate|hated|feel|don't|do not|never)(?![\w'])))(?![\w'])"
)
SUBJECT = r"(?:i|we|he|she|it|they|that|this|there|everyone|everybody|nobody|somebody|someone|who|(?:my|our|the|his|her|their|both|all|these|those) (?:\w+ ){1,3}?)"
AUXILIARY = r"(?:am|is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could|should|may|might|must|gets?|got|gave|goes|went|comes?|came|keeps?|kept|says?|said|thinks?|thought|lives?|lived|worn|cried|fell|falls?|fall|makes?|made|needs?)"
STORY = re.compile(
    rf"^\W*(?:(?:and|so|oh|well|ok|okay|ugh|omg|hey|hi|hiya|hello|yo|because|since|as|now|today|tonight|sorry|that|then|also|hmm|um|lol|man|wow|honestly|basically|finally|yeah|yes)\W+)*"
    rf"(?:(?:i|we|you|he|she|it|they|there|that|this)'(?:m|s|re|ve|d|ll)(?![\w'])|you (?:are|were|must|will|shall) (?:now |no longer |just |to )*(?:an? |the |be |my )|(?:i|we|he|she|they) (?!\W)\w+|it (?!should|must|has to|needs|could|can|may|would)\w+|(?:\w+ ){{1,3}}here(?=\W|$)|{SUBJECT}\s*(?:\w+ly |just |really |all |still |always |never |already |also )*{AUXILIARY}(?![\w'])|been (?:a|an|so|there|feeling|having|working)|(?:having|feeling|coming|going|travelling|staying|visiting) )"
)
ERRAND = re.compile(
    r"^\W*(?:hey |hi |ok |so |and |please )*(?:(?:can|could|would|will) (?:you|ya)(?: please| maybe| actually| kindly)? (?!(?:please )?(?:recommend|suggest|find|give|show|tell|help|pick|name|think|list|get|do|surprise|point|offer|explain|compare|bring|make it|have|be|go|also|remove|drop|forget|undo|take)\b)\w+"
    r"|(?:(?:please )?ignore (?:all |any |the |your |every )*(?:previous|prior|above|earlier|former)|pretend|act (?:as|like)|role ?play|repeat after|transfer|wire|send|pay|wake|order|deliver|reveal|print|write|translate|calculate|solve|summari[sz]e|code|draw|sing|play|open|turn|call|text|email|remind|buy me|order me|(?:can|could|would|will) (?:you|ya|u) (?:please )?help me (?:write|translate|code|cook|fix|study|with my|do my|solve)|book (?:me )?(?:a |an )?(?:cab|taxi|flight|hotel|uber|train)|set (?:a |an )?(?:alarm|timer)|tell me (?:a joke|your name|the time|a story|about (?:yourself|the weather))|what(?:'s| is) the (?:weather|time|capital|date|score|news|meaning of life|price of (?:gold|bitcoin))|how do (?:i|you|we)(?! get| find| choose| pick)|will it (?:rain|snow)|how to |who won|where(?:'s| is) my|how (?:tall|far|old) (?:is|are) (?:the (?:eiffel|moon|sun|president)|you)))(?![\w'])"
)


@dataclass(frozen=True)
class Clause:
    """A stretch of the message. "wish" asks or feels; "plain" is a bare phrase; "story" only tells; "errand" asks for
    something that no recommender does."""

    start: int
    end: int
    kind: ClauseKind


class Clauses:
    """The clauses of one message, found by place."""

    def __init__(self, folded: str, cues: Cues) -> None:
        self.all: list[Clause] = []
        start = 0
        for match in (*BREAK.finditer(folded), None):
            end = match.start() if match else len(folded)
            if folded[start:end].strip():
                self.all.append(Clause(start, end, _kind(folded[start:end], cues)))
            if match:
                start = match.end() if match.group().strip() else match.start()
        self._starts = [c.start for c in self.all]

    def at(self, place: int) -> Clause:
        """The clause a place stands in."""
        if not self.all:
            return Clause(0, place, "plain")
        return self.all[max(bisect_right(self._starts, place) - 1, 0)]


IN_MIND = re.compile(r"(?<!\w)in mind(?!\w)")  # "we have mexican in mind"

DOUBTED_IN = re.compile(rf"{DOUBT}[^.!?;]{{1,60}}?{NOT_MINE}")


def _kind(clause: str, cues: Cues) -> ClauseKind:
    if ERRAND.search(clause):
        return "errand"
    if IN_MIND.search(clause) or DOUBTED_IN.search(clause):
        return "wish"
    cue = cues.last(clause, within=len(clause))
    feels = cue is not None and cue[0] not in ("seen", "unseen", "ask", "accept")
    if STORY.search(clause) and not feels:
        return "story"
    return "wish" if feels else "plain"
