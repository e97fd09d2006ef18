"""Whether what palate says of items is so: seeded conversations about a catalogue's own values, every text checked.

The wishes are made of the catalogue: its titles, values, keywords and numbers. Then come the questions that people ask:
why this one, compare the two, is it such a one, who made it. Each reason, reply and answer is given to the checker of
claims, which sees the words and the catalogue and nothing of how the text was made.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agent.agent import Agent
from agent.answer import Answer
from agent.evaluation.claims import Told
from agent.evaluation.claims.sentences import superlative
from agent.events import final_answer
from agent.opening import new_session_id
from memory.session import Session
from tools.catalog import Catalog

KNOWN = ("liked", "disliked", "seen", "rejected")
WELL_KNOWN = 0.15  # of the catalogue: people name what they know
FEWEST_FAMILIAR = 10
FAME_WISHES = ("something less well known", "hidden gems please", "something popular")
FAMOUS = ("most famous", "most obscure", "best known")
THEMES = 150  # keywords that are spoken of, embedded once and at once


@dataclass(frozen=True)
class Explanation:
    """A text that was shown, of which kind, to whom and of what, and who worded it.

    conversation: its number. model: what the answer says of the language model's part, with the reply around a slate.
    """

    text: str
    kind: str
    told: Told
    worded_by: str = "template"
    message: str = ""
    conversation: int = 0
    model: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Question:
    """A message about the slate; `about` are places in it that the answer must be about."""

    message: str
    kind: str
    about: tuple[int, ...]


class Person:
    """Someone who talks about one catalogue, by the dice."""

    def __init__(
        self, catalog: Catalog, familiar: Sequence[int], themes: Sequence[str], rng: random.Random
    ) -> None:
        self.catalog = catalog
        self.familiar = familiar
        self.themes = themes
        self.rng = rng
        self.facets = catalog.spec.facets

    def title(self) -> str:
        """An item they know."""
        return self.catalog.items[self.rng.choice(self.familiar)].title

    def value(self, facet: str) -> str:
        """A value of a facet, of an item they know."""
        rows = [
            r
            for r in self.rng.sample(self.familiar, len(self.familiar))
            if facet in self.catalog.items[r].facets
        ]
        return (
            self.rng.choice(self.catalog.items[rows[0]].values(facet))
            if rows
            else self.catalog.values(facet)[0]
        )

    def wish(self) -> str:
        """What they would like, in words."""
        spec = self.catalog.spec
        noun = spec.catalog.noun
        kinds = [
            n for n, f in self.facets.items() if f.kind == "categorical" and not f.cue_required and not f.role
        ]
        people = spec.by_role("person")
        makes = [
            lambda: f"something like {self.title()}",
            lambda: f"I loved {self.title()} and {self.title()}",
            lambda: f"I liked {self.title()}",
            # seen and no more: nothing is liked that a reason could name, so what others went on to has its place
            lambda: f"I have seen {self.title()} and {self.title()}",
            lambda: self._number(),
            lambda: f"no {self.value(self.rng.choice(kinds))}" if kinds else "",
            lambda: f"{self.value(self.rng.choice(kinds))} please" if kinds else "",
            lambda: f"ideally {self.value(self.rng.choice(kinds))}" if kinds else "",
            lambda: f"a {noun} with {self.rng.choice(self.themes)}" if self.themes else "",
            lambda: f"a {noun} about {' and '.join(self.rng.sample(self.themes, 2))}" if self.themes else "",
            lambda: self._person(self.rng.choice(people)) if people else "",
            lambda: f"nothing with {self.rng.choice(self.themes)}" if self.themes else "",
            lambda: self.rng.choice(FAME_WISHES),
        ]  # fmt: skip
        said = ""
        while not said:
            said = self.rng.choice(makes)()
        return said

    def _person(self, facet: str) -> str:
        cue = self.facets[facet].cues[0] if self.facets[facet].cues else "by"
        return f"something {cue} {self.value(facet)}"

    def _number(self) -> str:
        numeric = [n for n, f in self.facets.items() if f.kind == "numeric" and f.role]
        if not numeric:
            return ""
        facet = self.rng.choice(numeric)
        numbers = self.catalog.numbers(facet)
        low, high = np.quantile(numbers[~np.isnan(numbers)], sorted([self.rng.random(), self.rng.random()]))
        match self.facets[facet].role:
            case "year":
                return f"from {low:.0f} to {high:.0f}" if self.rng.random() < 0.5 else f"from after {low:.0f}"
            case "duration":
                return f"under {high:.0f} minutes"
            case _:
                return f"under {high:.0f}"

    def question(self, slate: Sequence[int]) -> Question:
        """What they ask about the items shown."""
        place = self.rng.randrange(min(len(slate), 4))
        which = ("first", "second", "third", "fourth")[place]
        makes: list[Callable[[], Question | None]] = [
            lambda: Question(f"why the {which} one?", "why", (place,)),
            lambda: Question("compare the first two", "comparison", (0, 1)) if len(slate) > 1 else None,
            lambda: Question(f"is the {which} one {self._asked(slate[place])}?", "answer", (place,)),
            lambda: Question(f"what is the {which} one about?", "answer", (place,)),
            lambda: self._fact(which, place),
            lambda: self._extreme(),
            lambda: Question(f"which is the {self.rng.choice(FAMOUS)}?", "answer", ()),
        ]  # fmt: skip
        asked: Question | None = None
        while asked is None:
            asked = self.rng.choice(makes)()
        return asked

    def _asked(self, row: int) -> str:
        """A value to ask for: one that the item has, or any."""
        kinds = [n for n, f in self.facets.items() if f.kind == "categorical" and not f.cue_required]
        facet = self.rng.choice([n for n in kinds if self.facets[n].role in ("", "keyword")])
        mine: Sequence[str] = self.catalog.items[row].values(facet)
        if self.facets[facet].role == "keyword" and self.themes:
            mine = [v for v in mine if v in self.themes]
            return self.rng.choice(mine or self.themes)
        return self.rng.choice(mine) if mine and self.rng.random() < 0.5 else self.value(facet)

    def _fact(self, which: str, place: int) -> Question:
        facet = self.rng.choice([n for n, f in self.facets.items() if f.role != "keyword"])
        return Question(
            f"what is the {self.catalog.spec.label(facet)} of the {which} one?", "answer", (place,)
        )

    def _extreme(self) -> Question | None:
        numeric = [f for f in self.facets.values() if f.kind == "numeric" and (f.more or f.less)]
        if not numeric:
            return None
        facet = self.rng.choice(numeric)
        return Question(
            f"which one is the {superlative(self.rng.choice([*facet.more[:1], *facet.less[:1]]))}?",
            "answer",
            (),
        )


def explanations(agent: Agent, count: int, seed: int) -> Iterator[Explanation]:
    """What is said in conversations until so many reasons and answers were shown; the same for a seed."""
    catalog, rng = agent.catalog, random.Random(seed)
    order = np.argsort(-agent.toolbox.sequence.popularity, kind="stable")
    familiar = [int(r) for r in order[: max(FEWEST_FAMILIAR, int(WELL_KNOWN * len(catalog)))]]
    held = {
        v: None for r in familiar for f in catalog.spec.by_role("keyword") for v in catalog.items[r].values(f)
    }
    themes = rng.sample(list(held), min(THEMES, len(held)))
    agent.toolbox.match_keywords(themes)
    shown = number = 0
    while shown < count:
        person = Person(catalog, familiar, themes, random.Random(f"{seed} {number}"))
        for told in _conversation(agent, new_session_id(), person):
            shown += told.kind != "reply"
            yield replace(told, conversation=number)
        number += 1


def _conversation(agent: Agent, session: str, person: Person) -> Iterator[Explanation]:
    """Some wishes, then questions about what was shown; and again."""
    slate: tuple[int, ...] = ()
    before: tuple[int, ...] = ()
    for turn in range(person.rng.randint(2, 3)):
        message = ", ".join(person.wish() for _ in range(person.rng.randint(1, 2)))
        if turn and person.rng.random() < 0.3:
            message = person.rng.choice(["more", "I have seen the first one", "something else"])
        for place in range(1 + person.rng.randint(2, 4)):
            asked = person.question(slate) if place and slate else None
            if place and asked is None:
                break
            said = asked.message if asked else message
            answer = final_answer(agent.reply(session, said))
            new = tuple(agent.catalog.rows[i.id] for i in answer.slate)
            if new:  # also where a question was taken for a wish
                before, slate = (*before, *slate), new
            told = _told(agent, session, answer, slate, before)
            if new:
                yield from _slate_texts(answer, said, told)
            elif asked:
                about = tuple(slate[p] for p in asked.about if p < len(slate))
                yield Explanation(
                    answer.reply,
                    asked.kind,
                    replace(told, kind="answer", about=about, question=said),
                    message=said,
                )


def _told(
    agent: Agent, session_id: str, answer: Answer, slate: tuple[int, ...], before: tuple[int, ...]
) -> Told:
    session = agent.session(session_id)
    assert isinstance(session, Session)
    rows = agent.catalog.rows
    liked = tuple(rows[i] for i in session.items_with(["liked"]))
    known = tuple(rows[i] for i in session.items_with(KNOWN))
    return Told("reply", slate, answer.preferences, liked, slate, known, before)


def _slate_texts(answer: Answer, message: str, told: Told) -> Iterator[Explanation]:
    yield Explanation(answer.reply, "reply", told, message=message, model=answer.llm)
    for row, item in zip(told.about, answer.slate, strict=True):
        for reason in item.reasons:
            yield Explanation(
                reason.text, "reason", replace(told, kind="reason", about=(row,)), reason.worded_by, message
            )
