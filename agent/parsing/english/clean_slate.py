"""Words that begin again from nothing: "start over", "forget all that". They may stand alone or before a new wish."""

import re

AGAIN = (
    r"(?:let's |let us |can we |could we |i want to |i'd like to |we should )?(?:start|begin|restart) (?:it )?(?:all )?(?:over|again|afresh|fresh|anew|from scratch|from the (?:top|beginning))(?: again| from scratch)?"
    r"|(?:a )?new (?:search|conversation|chat|start)|(?:let's )?(?:reset|restart)(?: everything| it| all)?|(?:a )?clean slate|wipe the slate(?: clean)?|(?:a )?blank slate|(?:a )?fresh start|from scratch"
)
GONE = (
    r"(?:let's |just |please |we can |you can )*(?:forget|clear|drop|erase|delete|wipe|scrap|ditch|scratch|disregard|never ?mind)(?: about)? (?:it all|everything(?: else)?|all(?: of)? (?:it|that|this|my (?:wishes|preferences))(?: stuff)?|all i (?:just )?said|(?:the|that) (?:whole|entire) (?:lot|thing))"
    r"(?! (?:stuff )?(?:about|with|on) (?!me\b|my\b))(?! (?:that )?(?:i|we|you)(?:'ve| have)? (?:just |ever )?(?:said|told you|asked|mentioned|know|think|heard)(?: \w+)? (?:about|of|on) (?!me\b|my\b))"
)
START_OVER = re.compile(rf"(?<![\w'])(?:{AGAIN}|{GONE})(?![\w'])")
# what may stand before it in its own part of the sentence
LEAD = re.compile(
    r"(?:(?:no|nope|nah|ok|okay|right|actually|hmm+|um|uh|er|ah|oh|well|please|pls|sorry|so|and|but|then|now|just|wait|hang on|hold on|let me|we|you know what|i(?:'ve| have)? changed my mind|(?:i am|i'm|we're) changing my mind|changed my mind|on second thoughts?|come to think of it|look|listen|alright|all right|fine|i know|instead|can you|could you)[\W_]+)*"
)
PART = re.compile(r"[.,;:!?()]+|\s[-–—]+\s|(?<!\w)(?:so|and|but)(?!\w)")
# what may follow "forget all that" where no mark does: "forget all that action" is of the action alone
GOES_ON = re.compile(
    r"\W*$|\s*[.,;:!?()–—-]|\s+(?:and|now|then|so|but|i|i'd|i'm|we|we'd|you|that|let's|give|show|find|recommend|suggest|please|instead|this|just|else|what|from|before|about (?:me|my)|something|anything|how|maybe|make|go|thanks?|thank|ok|okay)(?![\w'])"
)
SHORT = 10  # words of a message in which it need not stand at the beginning of a part


def clean_slate(folded: str) -> tuple[int, int] | None:
    """Where a message says so, from the first to behind the last of these words; None when it does not.

    In a long message it must be a part of its own: "a man who has to start over in a new town" begins nothing anew.
    """
    for match in START_OVER.finditer(folded):
        before = folded[: match.start()]
        parts = list(PART.finditer(before))
        beginning = parts[-1].end() if parts else 0
        leads = LEAD.fullmatch(before[beginning:].lstrip()) is not None
        short = len(folded.split()) <= SHORT and not re.search(
            r"(?<!\w)(?:about|where|who|which|made)(?!\w)", before
        )
        if GOES_ON.match(folded, match.end()) is None and not (leads and re.match(AGAIN, match.group())):
            continue
        if leads or short:
            return match.span()
    return None
