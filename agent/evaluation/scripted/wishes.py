"""Whether what is shown keeps to what was asked, item by item, apart from the code that chose the items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.agent import Agent
from agent.answer import Answer
from agent.replies.describing import describe_wish
from memory.preferences import FacetTarget, ItemTarget, KeywordTarget, Preference, RangeTarget
from tools.catalog import Catalog, Item

KNOWN = ("liked", "disliked", "seen", "rejected", "accepted")  # what the person knows is not proposed to them
GAVE_WAY = ("relaxed", "contradiction")  # codes of the notices that tell of a wish that gave way


@dataclass(frozen=True)
class Kept:
    """How a slate keeps to the hard wishes. met: of each pair of an item and a hard wish, whether the item meets it.

    violations: the pairs that are not met though nothing was told of it, and items shown though the person knows them.
    """

    met: tuple[bool, ...] = ()
    violations: tuple[str, ...] = ()


def hold_against(
    items: Iterable[Item], wishes: Sequence[Preference], known: Iterable[str], told: str, catalog: Catalog
) -> Kept:
    """A slate against the wishes that hold.

    known: ids of what the person knows or refused. told: the notices of wishes that gave way, up to now; a wish that
    gave way must have been told in one. An item without the fact asked for may come, marked unknown.
    """
    met: list[bool] = []
    found: list[str] = []
    ids = set(known)
    for item in items:
        if item.id in ids:
            found.append(f"{item.title} was shown again")
        for wish in wishes:
            if not wish.hard:
                continue
            met.append(meets(item, wish))
            said = describe_wish(wish, catalog)
            if not met[-1] and (wish.polarity == "-" or said not in told):
                found.append(f"{item.title} against {said!r}")
    return Kept(tuple(met), tuple(found))


def violated(answer: Answer, agent: Agent) -> list[str]:
    """The hard wishes that an item shown does not meet, and items shown though the person knows or refused them."""
    session = agent.session(answer.session)
    known = session.items_with(KNOWN) if session else ()
    notices = [n for turn in (session.turns if session else ()) for n in turn.answer.get("notices", [])]
    told = " ".join(
        n["text"] for n in notices if n["code"] in GAVE_WAY
    )  # what was just said is not said again
    items = [agent.catalog.item(shown.id) for shown in answer.slate]
    return list(hold_against(items, answer.preferences, known, told, agent.catalog).violations)


def meets(item: Item, wish: Preference) -> bool:
    """Whether the catalogue's facts of an item leave a hard wish standing."""
    refused = wish.polarity == "-"
    match wish.target:
        case ItemTarget(item_id, _):
            return (item.id == item_id) != refused
        case FacetTarget(facets, values):
            has = any(v in item.values(f) for f in facets for v in values)
            return has != refused
        case RangeTarget(facet, low, high):
            number = item.number(facet)
            if number is None:
                return True
            inside = (low is None or number >= low) and (high is None or number <= high)
            return inside != refused
        case KeywordTarget(phrase):
            words = f" {phrase.casefold()} "
            told = [*(v for name in item.facets for v in _texts(item, name)), item.text, item.title]
            named = any(words in f" {' '.join(_words(t))} " for t in told)
            return not (refused and named)
    return True


def _texts(item: Item, facet: str) -> Sequence[str]:
    return item.values(facet) if item.number(facet) is None else ()


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()
