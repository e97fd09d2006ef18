"""How a simulated person goes through a dialogue: what they say to what they are shown, until they take something or leave.

The person knows the facts of what they have in mind, sees the slate, and remembers what was said and shown. They never
name it: every message is looked through for its names and ids before it is sent.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from agent.answer import Answer
from agent.evaluation.scripted.wishes import meets
from agent.evaluation.simulation.claims import Claim, ClaimKind, has
from agent.evaluation.simulation.knowledge import Knowledge
from agent.evaluation.simulation.people import Person
from agent.evaluation.simulation.phrases import Phrases, place_name, with_article
from agent.evaluation.simulation.replies import answer_to
from agent.evaluation.simulation.secrets import Secret
from agent.evaluation.simulation.typos import misspelt
from agent.replies.describing import describe_wish
from memory.preferences import FacetTarget, RangeTarget

USELESS = 3  # slates in a row that show nothing new, after which a person leaves
DRAWS = 30  # of a sentence, until one keeps the secret
MOST_POINTED_AT = 2  # items at once
LATE_LIKED = 10  # of the last liked items, one may be named
NOTICES = 0.6  # chance, each turn, of taking back something said by mistake, or that palate took for a wish by mistake
WEIGHTS = {"seen": 3.0, "add": 2.5, "compare": 2.0, "alike": 0.8, "refuse": 0.8, "not_it": 0.6, "more": 0.4}


@dataclass(frozen=True)
class Act:
    """One message: what was done, its words, what it claims. keeps: words that no rewording may lose. plain: the sentence
    before typos."""

    kind: str
    text: str
    claims: tuple[Claim, ...] = ()
    keeps: tuple[str, ...] = ()
    plain: str = ""


@dataclass
class Memory:
    """What a person has said and seen in this dialogue."""

    said: set[tuple[str, str, str]] = field(default_factory=set)
    slips: list[Claim] = field(default_factory=list)
    decoys: list[Claim] = field(default_factory=list)
    shown: set[int] = field(default_factory=set)
    turned_down: set[int] = field(default_factory=set)  # refused, or said to be known
    useless: int = 0
    turns: int = 0
    in_force: list[Claim] = field(default_factory=list)  # wishes said and not taken back
    put_right: set[str] = field(default_factory=set)
    last: str = ""  # the last act,
    wishes: list[Claim] = field(default_factory=list)  # the last wishes,
    rows: list[int] = field(default_factory=list)  # and the items that are still in view


class Acting:
    """One person in one dialogue."""

    def __init__(
        self, person: Person, knowledge: Knowledge, phrases: Phrases, common: frozenset[str]
    ) -> None:
        """common: the words that everybody's sentences are made of."""
        self.person = person
        self.persona = phrases.personas[person.persona]
        self.knowledge = knowledge
        self.secret = Secret((knowledge.item(t) for t in person.targets), common)
        self.memory = Memory()
        self._phrases = phrases
        self._rng = random.Random(person.seed)
        self._met = {met.row for met in person.history}
        self._known_to_palate = {met.row for met in person.told}
        self._facts = [
            fact
            for fact in knowledge.facts(person.targets[0], self._rng)
            if not self.secret.told_by(fact.said) and self._rng.random() >= person.noise  # else forgotten
        ]

    # What is said

    def opening(self) -> Act:
        """The first message: a wish, maybe beside a liked item of the history; or a wish for something else at first."""
        memory, rng = self.memory, self._rng
        if rng.random() < self.persona.decoy:
            memory.decoys = self._decoy()
            if memory.decoys:
                return self._say("open", memory.decoys)
        claims = self._next_facts(rng.randint(*self.persona.facts))
        liked = self._liked_item() if rng.random() < self.persona.mentions else None
        if liked is None:
            return self._say("open", claims)
        title = self.knowledge.item(liked).title
        said = Claim("liked", title, row=liked)
        return self._say("open_liked", claims, liked=title, more=(said,))

    def accepts(self, answer: Answer) -> Act | None:
        """Taking the first item shown that they would; None when there is none."""
        rows = self._rows(answer)
        for place, row in enumerate(rows):
            if row in self.person.targets:
                return self._say("accept", (), it=place_name(place, len(rows)), typos=False)
        return None

    def responds(self, answer: Answer) -> Act | None:
        """What they say to an answer that does not show what they want; None when they leave."""
        memory, rng = self.memory, self._rng
        rows = self._rows(answer)
        asked_only = memory.last in ("why", "ask")
        memory.turns += 1
        if asked_only:
            rows = rows or memory.rows
        else:
            memory.useless = memory.useless + 1 if not set(rows) - memory.shown else 0
        memory.shown |= set(rows)
        memory.rows = rows
        if memory.turns >= self.person.patience or memory.useless >= USELESS:
            return None
        if memory.decoys:
            memory.decoys, memory.in_force = [], []
            return self._say("withdraw", self._next_facts(rng.randint(1, 2)) or self._wish_again())
        mistaken = self._mistaken(answer) if rng.random() < NOTICES else None
        if mistaken is not None:
            return self._say(mistaken[0], (), said=mistaken[1])
        if answer.question is not None and rng.random() < self.persona.answers:
            return self._answers(answer)
        if not rows and memory.last != "again":
            return self._say("again", memory.wishes or self._wish_again())
        if not rows:
            return self._say("add", self._next_facts(1) or self._wish_again())
        return self._critiques(rows, may_ask=not asked_only)

    def _mistaken(self, answer: Answer) -> tuple[str, str] | None:
        """What is to be put right: a slip, or a hard wish that palate shows and that none of the targets meets. (the act,
        what it is about)"""
        memory = self.memory
        if memory.slips and memory.turns > 1:
            slip = memory.slips.pop()
            memory.in_force = [c for c in memory.in_force if c != slip]
            return "correct", slip.thing
        targets = [self.knowledge.item(t) for t in self.person.targets]
        for wish in answer.preferences:
            if not wish.hard or any(meets(t, wish) for t in targets):
                continue
            refused = wish.polarity == "-"
            if isinstance(wish.target, FacetTarget):
                said = wish.target.values[0]
                said = said.lower() if wish.target.facets[0] in self.knowledge.categories else said
            elif isinstance(wish.target, RangeTarget) and not refused:
                said = describe_wish(wish, self.knowledge.catalog).removeprefix("from ")
            else:
                continue
            if said not in memory.put_right and not self.secret.told_by(said):
                memory.put_right.add(said)
                return "allow" if refused else "correct", said
        return None

    def _answers(self, answer: Answer) -> Act:
        """The truth to a question back, as far as they know it."""
        assert answer.question is not None
        focus = self.knowledge.item(self.person.targets[0])
        forgotten = self._rng.random() < self.person.noise
        claim = None if forgotten else answer_to(answer.question, focus, self.memory.in_force, self.knowledge)
        if claim is None or self.secret.told_by(claim.said):
            return self._say("no_matter", (), more=(Claim("open", "", facet=answer.question.about),))
        self.memory.said.add(claim.key)
        return self._say("answer", (), said=claim.said, more=(claim,))

    def _critiques(self, rows: Sequence[int], may_ask: bool) -> Act:
        """One of the things that can truly be said of the items shown, or a further wish."""
        rng, person = self._rng, self.person
        if may_ask and rng.random() < self.persona.curious:
            return self._curious(rows)
        ways: dict[str, Callable[[], Act]] = {}
        met = [row for row in rows if row in self._met - self._known_to_palate - self.memory.turned_down]
        if met:
            ways["seen"] = lambda: self._points("seen", "known", met[:MOST_POINTED_AT], rows)
        if any(fact.key not in self.memory.said for fact in self._facts):
            ways["add"] = lambda: self._say("add", self._next_facts(1))
        compared = [c for row in rows for c in self._fresh(self.knowledge.compared(person.targets, row, rng))]
        if compared:
            ways["compare"] = lambda: self._compares(rng.choice(compared), rows)
        alike = [row for row in rows if self.knowledge.alike(person.targets, row)]
        if alike:
            ways["alike"] = lambda: self._points("alike", "alike", [rng.choice(alike)], rows)
        lacking = self._fresh(self.knowledge.lacking(person.targets, rows))
        if lacking:
            ways["refuse"] = lambda: self._refuses(lacking[0])
        unlike = [row for row in rows if row not in alike]
        if unlike:
            ways["not_it"] = lambda: self._points("not_it", "unlike", [rng.choice(unlike)], rows)
        ways["more"] = lambda: self._say("more", ())
        names = list(ways)
        return ways[rng.choices(names, [WEIGHTS[name] for name in names])[0]]()

    def _fresh(self, claims: Sequence[Claim]) -> list[Claim]:
        """Those that were not said yet and give nothing away."""
        said = self.memory.said
        new = [c for c in claims if (c.kind, c.facet, c.value or str(c.direction)) not in said]
        return [c for c in new if not self.secret.told_by(c.said)]

    def _compares(self, claim: Claim, rows: Sequence[int]) -> Act:
        """A comparative, with likeness only where the item shown is like what they have in mind."""
        self.memory.said.add((claim.kind, claim.facet, str(claim.direction)))
        alike = self.knowledge.alike(self.person.targets, claim.row)
        claims = (claim, Claim("alike", "", row=claim.row)) if alike else (claim,)
        act = "compare" if alike else "compare_only"
        it = place_name(rows.index(claim.row), len(rows))
        return self._say(act, (), it=it, comparative=claim.said, more=claims, keeps=(it, claim.said))

    def _refuses(self, claim: Claim) -> Act:
        self.memory.said.add(claim.key)
        return self._say("refuse", (), said=claim.said, more=(claim,))

    def _points(self, act: str, kind: ClaimKind, meant: Sequence[int], rows: Sequence[int]) -> Act:
        """Something about items shown: seen, not that one, more like that one."""
        if kind in ("known", "unlike"):
            self.memory.turned_down |= set(meant)
        names = [place_name(rows.index(row), len(rows)) for row in meant]
        claims = [Claim(kind, it, row=row) for it, row in zip(names, meant, strict=True)]
        return self._say(act, (), it=" and ".join(names), more=claims)

    def _curious(self, rows: Sequence[int]) -> Act:
        """A question about an item shown, which asks for no others."""
        rng = self._rng
        it = place_name(rng.randrange(len(rows)), len(rows))
        if rng.random() < 0.5:
            return self._say("why", (), it=it)
        spec = self.knowledge.spec
        return self._say("ask", (), it=it, label=spec.label(rng.choice(list(spec.facets))))

    # The words

    def _say(
        self,
        act: str,
        wishes: Sequence[Claim],
        *,
        more: Sequence[Claim] = (),
        keeps: Sequence[str] = (),
        typos: bool = True,
        **words: str,
    ) -> Act:
        """A sentence for an act, drawn until it keeps the secret, in the end without its wishes, which may give away together
        what none does alone. Raises SecretTold when none does."""
        sentence = ""
        for draw in range(DRAWS):
            if draw == DRAWS // 2:
                wishes = ()
            wish = self.knowledge.wish(wishes, self._rng)
            template = self._phrases.draw(act, self.person.persona, self._rng)
            sentence = template.format(wish=wish, a_wish=with_article(wish), **words)
            if not self.secret.told_by(sentence):
                break
        self.memory.last, self.memory.wishes = act, list(wishes) or self.memory.wishes
        self.memory.in_force += [*wishes, *(c for c in more if c.kind in ("has", "lacks", "compared"))]
        kept = tuple(
            k for k in (*(c.said for c in wishes), *(c.said for c in more), *words.values(), *keeps) if k
        )
        text = sentence
        if typos and self._rng.random() < self.person.noise * self.persona.typos:
            spoilt = misspelt(sentence, self._rng)
            text = sentence if self.secret.told_by(spoilt) else spoilt
        return Act(act, self.secret.check(text), (*wishes, *more), tuple(dict.fromkeys(kept)), sentence)

    def _next_facts(self, count: int) -> list[Claim]:
        """Facts not said yet, each maybe wrong by mistake; one of each facet but for themes."""
        chosen: list[Claim] = []
        for fact in self._facts:
            if len(chosen) == count:
                break
            twice = fact.facet in {c.facet for c in chosen} and fact.facet not in self.knowledge.themes
            if fact.key in self.memory.said or twice:
                continue
            self.memory.said.add(fact.key)
            chosen.append(self._maybe_wrong(fact))
        return chosen

    def _maybe_wrong(self, fact: Claim) -> Claim:
        if self._rng.random() >= self.person.noise / 2:
            return fact
        slip = self.knowledge.wrong(fact, self._rng)
        targets = [self.knowledge.item(t) for t in self.person.targets]
        if slip is None or self.secret.told_by(slip.said) or any(has(t, slip) for t in targets):
            return fact
        self.memory.slips.append(slip)
        return slip

    def _wish_again(self) -> list[Claim]:
        """What was wished for already, or the best known fact."""
        again = [c for c in self.memory.in_force if c.kind == "has"][:2]
        return again or self._facts[:1]

    def _decoy(self) -> list[Claim]:
        """A wish for another item, of a category that no target has."""
        knowledge, rng = self.knowledge, self._rng
        targets = [knowledge.item(t) for t in self.person.targets]
        for _ in range(DRAWS):
            row = rng.randrange(len(knowledge.catalog))
            facts = [c for c in knowledge.facts(row, rng) if c.before_noun and c.value]
            wrong = [
                c for c in facts if not any(has(t, c) for t in targets) and not self.secret.told_by(c.said)
            ]
            if wrong:
                return [replace(c, wrong="decoy") for c in wrong[: rng.randint(1, 2)]]
        return []

    def _liked_item(self) -> int | None:
        """One of the last items they liked, whose title gives nothing away."""
        liked = [met.row for met in self.person.history if met.liked > 0][-LATE_LIKED:]
        sayable = [row for row in liked if not self.secret.told_by(self.knowledge.item(row).title)]
        return self._rng.choice(sayable) if sayable else None

    def _rows(self, answer: Answer) -> list[int]:
        return [self.knowledge.catalog.rows[item.id] for item in answer.slate]
