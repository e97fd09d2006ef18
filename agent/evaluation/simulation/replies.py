"""What a simulated person answers to a question back: the truth by the facts of what they have in mind."""

import re
from collections.abc import Sequence

from agent.answer import Question
from agent.evaluation.simulation.claims import Claim
from agent.evaluation.simulation.knowledge import Knowledge
from agent.turn.asking import NO_MATTER
from tools.catalog import Item

NUMBER = re.compile(r"\d+(?:\.\d+)?")
FORGET = "forget "


def answer_to(
    question: Question, item: Item, in_force: Sequence[Claim], knowledge: Knowledge
) -> Claim | None:
    """The reply of those offered that is true of the item, or another value of it where none is; None when the catalogue
    does not know, or the question leaves it open."""
    replies = [r for r in question.replies if r != NO_MATTER]
    if question.about == "conflict":
        return _given_up(replies, in_force)
    number = item.number(question.about)
    if number is not None:
        fitting = [(r, bounds(r)) for r in replies]
        for reply, (low, high) in fitting:
            if (low is None or number >= low) and (high is None or number <= high):
                return Claim("has", _inside(reply), question.about, low=low, high=high)
        return None
    own = item.values(question.about)
    for reply in replies:
        if reply in own:
            said = _inside(reply) if question.about in knowledge.categories else reply
            return Claim("has", said, question.about, reply)
    categories = [v for v in own if question.about in knowledge.categories]
    if categories:  # "none of those" would turn down what is shown
        return Claim("has", categories[0].lower(), question.about, categories[0])
    return None


def _inside(reply: str) -> str:
    """A reply as it stands inside a sentence."""
    return reply[:1].lower() + reply[1:]


def bounds(reply: str) -> tuple[float | None, float | None]:
    """The range that a reply names, as whole numbers: "Before 1990", "100 to 110 minutes", "Over 110 minutes"."""
    numbers = [float(n) for n in NUMBER.findall(reply)]
    if len(numbers) == 2:
        return numbers[0], numbers[1]
    if reply.startswith(("Before", "Under")):
        return None, numbers[0] - 1
    return numbers[0] + 1, None


def _given_up(replies: Sequence[str], in_force: Sequence[Claim]) -> Claim | None:
    """Of wishes that exclude each other, one that was said by mistake or of something else; else the last."""
    wrong = [c for c in in_force if c.wrong]
    for reply in replies:
        if any(c.value and c.value.lower() in reply.lower() for c in wrong):
            return Claim("open", reply)
    return Claim("open", replies[-1]) if replies else None
