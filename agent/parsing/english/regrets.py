"""Words that only sigh for something: "fish would have been nice", "a pity about the fish". They ask for nothing."""

import re
from collections.abc import Sequence

from agent.parsing.span import Span

# after the thing
SIGHED = re.compile(
    r"\s*(?:\w+ ){0,2}?(?:would|could|might)(?:'ve| have) (?:also |really |just |certainly )*(?:been|done|made|worked|suited|hit)\b"
)
# before the thing, in the same sentence
SIGHING = re.compile(
    r"(?<![\w'])(?:(?:i|we|he|she|they)(?:'d| would)(?:'ve| have) (?:really |so |also )*(?:liked|loved|preferred|wanted|enjoyed|gone for)|would have (?:liked|loved|preferred)"
    r"|(?:i|we) (?:so |do |really )*(?:wish (?:i|we) could(?: have| eat| see| still)*|miss)|if only (?:i|we|it|there) \w+|(?:what )?a (?:pity|shame)(?: about)?|too bad(?: about)?|shame about|pity about)(?![\w'])[^.!?;]{0,30}$"
)
PARTS = re.compile(r"[.!?;](?:\s|$)|(?<!\w)but(?!\w)")
OF_WISHES = ("facet", "keyword", "free", "range", "critique")


def without_sighs(spans: Sequence[Span], folded: str) -> list[Span]:
    """The spans without those that are only sighed for: they are neither wished for nor allowed again. A sigh covers
    what stands beside it, with nothing but a few words between ("a grilled fish would have been nice")."""
    kept: list[Span] = []
    sighed: list[Span] = []
    for span in reversed(spans):
        after = folded[span.end :]
        beside = (
            sighed and sighed[-1].start - span.end <= 2 and "," not in folded[span.end : sighed[-1].start]
        )
        before = PARTS.split(folded[: span.start])[-1]
        if span.kind in OF_WISHES and (beside or SIGHED.match(after) or SIGHING.search(before)):
            sighed.append(span)
        else:
            kept.append(span)
    return kept[::-1]
