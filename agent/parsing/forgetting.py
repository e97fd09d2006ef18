"""What a message takes back, and what it wishes for besides: "forget Tarantino. Something by Spielberg"."""

import re
from collections.abc import Sequence

from agent.parsing.english.feelings import Felt

# what is taken back stands after these words
BACKWARD = re.compile(
    r"(?<![\w'])(?:g[ai]ve up on|forget|drop|remove|lose|clear|delete|scrap|cancel|take (?:out|off|away|back)|get rid of|disregard|never ?mind|no longer (?:need|care about|want)|no need for|don'?t care (?:about|how|if|what|which)|(?:any|whatever|whichever)(?= (?:\w+ )?{facets}(?!\w)))(?![\w'])(?: (?:what i said |(?:the|my|that) (?:wish|filter|rule|preference|thing|bit|part|limit|restriction|stuff)s? )?(?:about |for |on )?)?"
)
# "forget the kids" takes back what was made of their age
CHILDREN = re.compile(
    r"(?<![\w'])(?:kid|kiddo|child|children|son|daughter|toddler|baby|little one|boy|girl|grandson|granddaughter|grandkid|grandchild|grandchildren|nephew|niece)s?(?![\w'])"
)
PART_END = re.compile(
    r"[.!?;,:]|(?<!\w)(?:but|so|instead|and (?=(?:give|show|find|make|let|try|something|anything|go|take|look|now|then)(?!\w))|then (?=(?:give|show|find|something|anything)(?!\w))|(?=(?:give|show|find) (?:me|us)(?!\w)))"
)


def parts_taken_back(folded: str, facets: str) -> list[tuple[int, int]]:
    """The stretches of a message that name what is to be forgotten. facets: a pattern of what the facets are called."""
    pattern = re.compile(BACKWARD.pattern.replace("{facets}", f"(?:{facets})"))
    parts = []
    for m in pattern.finditer(folded):
        end = PART_END.search(folded, m.end())
        parts.append((m.start(), end.start() if end else len(folded)))
    return parts


def split(felt: Sequence[Felt], parts: Sequence[tuple[int, int]]) -> tuple[list[Felt], list[Felt]]:
    """What is taken back, and the rest."""
    gone = [f for f in felt if any(start <= f.span.start < end for start, end in parts)]
    return gone, [f for f in felt if f not in gone]
