"""True texts made false, to see that the checker of claims notices: other people, numbers, values and titles; praise,
superlatives and negations. What is found in a text, and what cannot be true of it, is looked up in the catalogue
directly, without the checker's reading."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from agent.evaluation.claims import Told
from tools.catalog import Catalog
from tools.sequence.serve import SequenceModel

PRAISE = (
    "Oscar-winning",
    "critically acclaimed",
    "unforgettable",
    "beloved",
    "award-winning",
    "masterful",
    "gripping",
)
SUPERLATIVES = ("the best", "the most popular", "the finest", "the greatest", "the darkest", "the most loved")
TRIES = 30


@dataclass(frozen=True)
class Corruption:
    """A text that is no longer true, and how it was made so."""

    kind: str
    text: str


class Corruptor:
    """Makes false texts of true ones; the same for a seed."""

    def __init__(self, catalog: Catalog, sequence: SequenceModel, seed: int = 0) -> None:
        self.catalog = catalog
        self.sequence = sequence
        self.rng = random.Random(seed)
        self._people = [v for f in catalog.spec.by_role("person") for v in catalog.values(f)]
        self._kinds: tuple[Callable[[str, Told], Corruption | None], ...] = (
            self.person, self.number, self.value, self.title, self.praise, self.superlative, self.negation, self.role, self.absence,
        )  # fmt: skip

    def corrupt(self, text: str, told: Told) -> Corruption | None:
        """One corruption, of a kind drawn among those that the text allows; None when none does."""
        for make in self.rng.sample(self._kinds, len(self._kinds)):
            made = make(text, told)
            if made is not None and made.text != text:
                return made
        return None

    # What stands in a text

    def _titles(self, text: str, told: Told) -> list[tuple[int, int, int]]:
        """(start, end, row) of titles of items that may be spoken of."""
        rows = dict.fromkeys((*told.about, *told.shown, *told.liked, *told.known, *told.before))
        found = [
            (m.start(), m.end(), row)
            for row in rows
            for m in re.finditer(re.escape(self.catalog.items[row].title), text)
        ]
        return [f for f in found if not any(o != f and o[0] <= f[0] and f[1] <= o[1] for o in found)]

    def _concerned(self, text: str, told: Told) -> list[int]:
        return list(dict.fromkeys((*told.about, *(row for *_, row in self._titles(text, told)))))

    def _values(self, text: str, told: Told) -> list[tuple[int, int, str, str]]:
        """(start, end, facet, value) of values of the items concerned that stand in the text, outside of titles."""
        titles = self._titles(text, told)
        quoted = [(m.start(), m.end(), -1) for m in re.finditer("“[^”]*”", text)]
        texts = [self.catalog.items[r].text for r in self._concerned(text, told)]
        quoted += [(at, at + len(t), -1) for t in texts if t and (at := text.find(t)) >= 0]
        found: dict[tuple[int, int], tuple[str, str]] = {}
        for row in self._concerned(text, told):
            for facet, spec in self.catalog.spec.facets.items():
                for value in self.catalog.items[row].values(facet) if spec.kind == "categorical" else ():
                    for m in re.finditer(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text, re.IGNORECASE):
                        if not any(s <= m.start() < e for s, e, _ in (*titles, *quoted)):
                            found.setdefault((m.start(), m.end()), (facet, value))
        spans = [s for s in found if not any(o != s and o[0] <= s[0] and s[1] <= o[1] for o in found)]
        return [(*s, *found[s]) for s in sorted(spans)]

    def _held(self, text: str, told: Told) -> set[str]:
        """All that could be true: values of the items concerned and of the wishes, in lower case."""
        rows = self._concerned(text, told)
        held = {
            v.casefold()
            for r in rows
            for f in self.catalog.items[r].facets
            for v in self.catalog.items[r].values(f)
        }
        return held | {word.casefold() for w in told.wishes for word in getattr(w.target, "values", ())}

    # Kinds of corruption

    def person(self, text: str, told: Told) -> Corruption | None:
        """Another person's name in the place of one."""
        return self._swap("person", text, told, lambda role: role == "person")

    def value(self, text: str, told: Told) -> Corruption | None:
        """A value of the same facet that none of the items has in the place of one."""
        return self._swap("value", text, told, lambda role: role != "person")

    def _swap(self, kind: str, text: str, told: Told, of: Callable[[str], bool]) -> Corruption | None:
        spans = [v for v in self._values(text, told) if of(self.catalog.spec.facets[v[2]].role)]
        if not spans:
            return None
        start, end, facet, _ = self.rng.choice(spans)
        held = self._held(text, told)
        values = [v for v in self.catalog.values(facet) if v.casefold() not in held]
        if not values:
            return None
        return Corruption(kind, text[:start] + self.rng.choice(values) + text[end:])

    def number(self, text: str, told: Told) -> Corruption | None:
        """A number changed by a little."""
        titles = self._titles(text, told)
        own = [
            (at, at + len(t), -1)
            for r in self._concerned(text, told)
            if (t := self.catalog.items[r].text) and (at := text.find(t)) >= 0
        ]
        values = [(s, e, -1) for s, e, _, _ in self._values(text, told)]
        spans = [
            m
            for m in re.finditer(r"(?<![\w.,-])\d[\d,]*(?![\w-]|\.\d)", text)
            if not any(s <= m.start() < e for s, e, _ in (*titles, *own, *values))
        ]
        if not spans:
            return None
        m = self.rng.choice(spans)
        changed = int(m.group().replace(",", "")) + self.rng.choice([-7, -3, -1, 1, 2, 5, 9])
        return Corruption("number", f"{text[: m.start()]}{abs(changed)}{text[m.end() :]}")

    def title(self, text: str, told: Told) -> Corruption | None:
        """Another item's title in the place of one; the other has none of what the text says."""
        titles = self._titles(text, told)
        if not titles:
            return None
        start, end, row = self.rng.choice(titles)
        said = {(f, v) for _, _, f, v in self._values(text, told)}
        barred = {*told.about, *told.shown, *told.liked, *told.known, *told.before}
        for _ in range(TRIES):
            other = self.rng.randrange(len(self.catalog))
            item = self.catalog.items[other]
            if (
                other in barred
                or item.title == self.catalog.items[row].title
                or any(v in item.values(f) for f, v in said)
            ):
                continue
            if self.sequence.support(other) != self.sequence.support(row):
                return Corruption("title", text[:start] + item.title + text[end:])
        return None

    def _gap(self, text: str, told: Told) -> int | None:
        """A place between two words, outside of titles and values."""
        spans = [(s, e) for s, e, _ in self._titles(text, told)] + [
            (s, e) for s, e, _, _ in self._values(text, told)
        ]
        gaps = [m.end() for m in re.finditer(r" ", text) if not any(s < m.end() < e for s, e in spans)]
        return self.rng.choice(gaps) if gaps else None

    def praise(self, text: str, told: Told) -> Corruption | None:
        """A word of praise somewhere."""
        at = self._gap(text, told)
        return (
            None if at is None else Corruption("praise", f"{text[:at]}{self.rng.choice(PRAISE)} {text[at:]}")
        )

    def superlative(self, text: str, told: Told) -> Corruption | None:
        """A superlative somewhere."""
        at = self._gap(text, told)
        return (
            None
            if at is None
            else Corruption("superlative", f"{text[:at]}{self.rng.choice(SUPERLATIVES)} {text[at:]}")
        )

    def negation(self, text: str, told: Told) -> Corruption | None:
        """ "not" before a value that the items have."""
        spans = self._values(text, told)
        spans = [s for s in spans if not re.search(r"\b(no|not|nothing) (?:\w+ )?$", text[: s[0]])]
        if not spans:
            return None
        start = self.rng.choice(spans)[0]
        return Corruption("negation", f"{text[:start]}not {text[start:]}")

    def role(self, text: str, told: Told) -> Corruption | None:
        """A person in another role, one they do not have in any item concerned."""
        people = self.catalog.spec.by_role("person")
        spans = [v for v in self._values(text, told) if v[2] in people]
        rows = self._concerned(text, told)
        for start, end, facet, value in self.rng.sample(spans, len(spans)):
            others = [
                f
                for f in people
                if f != facet and not any(value in self.catalog.items[r].values(f) for r in rows)
            ]
            wished = {f for w in told.wishes for f in getattr(w.target, "facets", ())}
            others = [f for f in others if f not in wished and self.catalog.spec.facets[f].fact]
            if others:
                said = self.catalog.spec.facets[others[0]].fact.format(value=value, values=value)
                return Corruption("role", text[:start] + said + text[end:])
        return None

    def absence(self, text: str, told: Told) -> Corruption | None:
        """Says at the end that something is unknown which is not."""
        rows = [r for r in told.about if self.catalog.items[r].facets]
        if not rows:
            return None
        item = self.catalog.items[self.rng.choice(rows)]
        facet = self.rng.choice(sorted(item.facets))
        return Corruption(
            "absence", f"{text} I do not know the {self.catalog.spec.label(facet)} of {item.title}."
        )
