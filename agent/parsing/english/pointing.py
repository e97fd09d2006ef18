"""Words that say which of what was shown may come: none of it, just it, or one alone."""

import re

# "another day", "one another" say nothing of items
OTHERS = (
    r"(?:any|some|the|what|which|no|few|your|more) other(?: \w+)? (?:{noun}|ones?|options?|ideas?|suggestions?|choices?|things?|picks?)s?"
    r"|(?:any|some|what) others"
    r"|(?<!one )(?<!or )another(?! (?:day|time|night|reason|question|thing|word|way|country|language|city|hour|week|look|chance|go|round|person|place to))"
    r"|(?:any|some|every)(?:thing|where|one) else|what else|(?:a )?different (?:one|ones|{noun})|others"
)
AGAIN = (
    r"(?:show|list|give|tell|repeat|see|read|bring back)(?: me| us)?(?: all)?(?: of)? (?:those|these|them|that|it|(?:the|your) (?:list|results?|options?|suggestions?|choices?|slate|ones|(?:last|first|same) \w+|two|three|four|five|{noun}))(?: (?:two|three|four|five|ones|{noun}|list|results?|options?))? (?:again|once more|one more time)"
    r"|repeat (?:that|those|them|these|the (?:list|last \w+|options|suggestions))|(?:what|which) were (?:they|those|these|the(?: \w+)? (?:two|three|four|five|ones|options|suggestions|{noun}))(?: again)?(?=\W*$)"
)
JUST_ONE = (
    r"(?:just|only)(?: (?:give|show|recommend|suggest|tell|name|find)(?: me| us)?)? (?:one|a single|1)(?: {noun})?(?! (?:of|who|that|more|thing|which|where|with|condition|problem|rule|hour))"
    r"|(?:give|show|recommend|suggest|tell|name|find|pick)(?: me| us)? (?:just |only |exactly )?(?:one|1|a single) (?:{noun}|suggestion|option|pick|recommendation|only|please)(?! (?:of|who|that|which))"
    r"|(?<!not )(?<!every )a single {noun}|one {noun} (?:only|please|is enough|will do)"
)

# beside "the second one" these say nothing more
SAYS_NO_MORE = re.compile(
    r"(?<![\w'])(?:hmm+|mm+|um|uh|er|oh|ah|ok|okay|well|so|and|then|maybe|perhaps|possibly|the|that|this|one|number|please|thanks|thank you|sorry|i (?:think|guess|suppose|mean|would say)|i'd (?:say|go (?:for|with))|i would go (?:for|with)|i'm (?:thinking|leaning)(?: of| about| towards?)?|(?:what|how) about)(?![\w'])|[^\w]"
)
# after something was named: its like is wanted
ITS_LIKE = r"(?<!not )(?<!no )(?<!nothing )(?<![\w'])(?:(?:more|another|others?|something|anything|somewhere|ones?|stuff|similar|things?|{noun}) (?:like|similar to|in the (?:vein|style) of|along the lines of|of|to) (?:that|it|this|those|these|them|the same)(?: (?:ones?|kind|sort|type|style))?(?=\W*$|[,.;!?]| (?:please|but|and|only|just|or|with|from)(?!\w))|more similar|similar (?:ones?|stuff|things?|{noun})(?! to))"


class Pointing:
    """The expressions with one catalogue's nouns in them."""

    def __init__(self, noun: str) -> None:
        self._others, self._again, self._one = (
            re.compile(rf"(?<![\w'])(?:{words.replace('{noun}', f'(?:{noun})')})(?![\w'])")
            for words in (OTHERS, AGAIN, JUST_ONE)
        )
        self._its_like = re.compile(ITS_LIKE.replace("{noun}", f"(?:{noun})"))

    def others(self, folded: str) -> bool:
        """Whether none of what was shown is meant: "is there any other place with a terrace?"."""
        return self._others.search(folded) is not None

    def again(self, folded: str) -> bool:
        """Whether what was shown is asked for once more: "show me those two again"."""
        return self._again.search(folded) is not None

    def just_one(self, folded: str) -> bool:
        """Whether one item is asked for: "just one film please"."""
        return self._one.search(folded) is not None

    def its_like(self, folded: str) -> int | None:
        """Where the like of what was named before is asked for: "the second one is ok. More like that"; None when it
        is not."""
        found = self._its_like.search(folded)
        return found.start() if found else None
