"""What a simulated person knows of items: the catalogue's facts, each in the words of a wish."""

import random
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import ceil, floor, log2

import numpy as np
from numpy.typing import NDArray

from agent.evaluation.simulation.claims import FEWEST_SHARED, Claim, shared_values
from agent.evaluation.simulation.secrets import words
from agent.replies.describing import number_text, plural
from tools.catalog import FacetSpec, Item
from tools.toolbox import Toolbox

NEAR_KEYWORD = 0.7  # least cosine of a keyword said in another's place
OTHER_WORDS = 0.4  # of the keywords, and of the categories that people have another word for
COMPARED_FROM = 1.0  # deviations of a quality from which one item has clearly more of it
FEWEST_YEARS = 5.0
LEAST_SHARE = 0.1  # of a number, from which one is clearly less than the other
TELLING = 3.0  # bits that a value tells from which it is worth saying at all
TOO_TELLING = 5.5  # and past which it says nearly which item: people begin with the general
WEIGHTS = {"keyword": 1.0, "person": 0.4, "": 1.6}  # how readily people say what a facet has
RARELY = 0.1
NUMBER_WEIGHT = 1.0
HARDLY_SAID = 0.15  # certificate, country
ADJECTIVES = ("y", "ing", "ic", "al", "ous", "ful", "ive", "ed", "less", "ish")
STAND_AFTER = ("based on", "set in", "inspired by", "shot in", "made in")
ABOUT = ("about", "with")


class Knowledge:
    """The facts of one catalogue as people say them. Draws from the random source it is given; holds no other state."""

    def __init__(self, toolbox: Toolbox) -> None:
        self.catalog = toolbox.catalog
        self.spec = toolbox.catalog.spec
        self._toolbox = toolbox
        self._place = {keyword: n for n, keyword in enumerate(toolbox.keywords.keywords)}
        self.categorical = [n for n, f in self.spec.facets.items() if f.kind == "categorical"]
        self.categories = [n for n in self.categorical if self.stands_before(self.spec.facets[n])]
        self.themes = [*self.categories, *self.spec.by_role("keyword")]
        self._known = {n: max(1, int(self.catalog.known(n).sum())) for n in self.spec.facets}

    @staticmethod
    def stands_before(facet: FacetSpec) -> bool:
        """Whether a value is said before the noun: a category without a role whose fact is the bare value."""
        return facet.kind == "categorical" and not facet.role and facet.fact in ("{values}", "{value}", "")

    def item(self, row: int) -> Item:
        return self.catalog.items[row]

    def facts(self, row: int, rng: random.Random) -> list[Claim]:
        """Everything that can be said of an item, what is said most readily likelier to come first."""
        item = self.item(row)
        weighted: list[tuple[float, Claim]] = []
        for name in item.facets:
            facet = self.spec.facets.get(name)
            if facet is None:
                continue
            if facet.kind == "numeric":
                weighted += [(NUMBER_WEIGHT, claim) for claim in self._numbers(name, item, rng)]
                continue
            for value in item.values(name):
                bits = -log2(max(self.catalog.count(name, value), 1) / self._known[name])
                weight = WEIGHTS.get(facet.role, 1.0) * min(bits / TELLING, 1.0)
                weight *= RARELY if bits > TOO_TELLING else 1.0
                hardly = facet.cue_required or not (facet.role or self.stands_before(facet))
                weighted.append(
                    (
                        weight * (HARDLY_SAID if hardly else 1.0),
                        self._value(name, value, item.values(name), rng),
                    )
                )
        # exponential keys: a random order in which each comes first with a chance in proportion to its weight
        keyed = [
            (rng.expovariate(1.0) / max(weight, 1e-3), n, claim) for n, (weight, claim) in enumerate(weighted)
        ]
        return [claim for _, _, claim in sorted(keyed)]

    def _value(self, name: str, value: str, own: Sequence[str], rng: random.Random) -> Claim:
        """own: every value that the item has."""
        facet = self.spec.facets[name]
        if facet.role == "keyword":
            return self._keyword(name, value, own, rng)
        if self.stands_before(facet):
            other = [w for w in facet.words.get(value, ()) if not w.endswith("s") and " me " not in f"{w} "]
            word = other[0] if other and rng.random() < OTHER_WORDS else value.lower()
            return Claim("has", word, name, value, before_noun=True)
        return Claim("has", (facet.fact or "{value}").format(value=value, values=value), name, value)

    def _keyword(self, name: str, value: str, own: Sequence[str], rng: random.Random) -> Claim:
        said = value
        if rng.random() < OTHER_WORDS:
            near = self._near(value, own)
            said = rng.choice(near) if near else value
        last = said.split()[-1]
        if " " not in said and (last.endswith(ADJECTIVES) or "-" in said):
            return Claim("has", said, name, value, before_noun=True)
        if said.startswith(STAND_AFTER):
            return Claim("has", said, name, value)
        return Claim("has", f"{rng.choice(ABOUT)} {said}", name, value)

    def _near(self, keyword: str, own: Sequence[str]) -> list[str]:
        """Up to three keywords of like meaning that the item does not have. What says more than the keyword does is not
        true of the item: "based on a children's book" of a film that is based on a book."""
        place = self._place.get(keyword)
        if place is None or keyword.startswith(STAND_AFTER):
            return []
        all_of_it = set(words(keyword))
        index = self._toolbox.keywords
        cosines = index.vectors @ index.vectors[place]
        nearest = np.flatnonzero(cosines >= NEAR_KEYWORD)
        nearest = nearest[np.lexsort((nearest, -cosines[nearest]))]
        near = [index.keywords[n] for n in nearest if index.keywords[n] not in own]
        return [k for k in near if not all_of_it < set(words(k))][:3]

    def _numbers(self, name: str, item: Item, rng: random.Random) -> Iterator[Claim]:
        """One claim of a number: a decade, a bound, or an adjective where the catalogue has one for it."""
        number, facet = item.number(name), self.spec.facets[name]
        if number is None:
            return
        sizes = [s for s in (facet.short_words, facet.long_words) if s is not None and s.words]
        fitting = [
            s for s in sizes if (s.low is None or number >= s.low) and (s.high is None or number <= s.high)
        ]
        if fitting and rng.random() < 0.5:
            size = fitting[0]
            yield Claim("has", size.words[0], name, low=size.low, high=size.high, before_noun=True)
        elif facet.role == "year":
            yield _year(name, number, rng)
        elif facet.role in ("duration", "price"):
            yield _amount(name, facet.role, number, rng)

    def wrong(self, claim: Claim, rng: random.Random) -> Claim | None:
        """A claim as someone remembers it badly: another decade, another value; None where it makes no sense."""
        facet = self.spec.facets[claim.facet]
        if claim.kind != "has":
            return None
        if facet.role == "year" and (claim.low or claim.high):
            off = rng.choice((-10.0, 10.0))
            year = (claim.low if claim.low is not None else float(claim.high or 0) - 5) + off
            slip = _decade(claim.facet, year)
        elif claim.value and (self.stands_before(facet) or facet.role == "keyword"):
            others = [v for v in self.catalog.values(claim.facet)[:40] if v != claim.value]
            if not others:
                return None
            other = rng.choice(others)
            slip = self._value(claim.facet, other, (other,), rng)
        else:
            return None
        return Claim(
            "has",
            slip.said,
            slip.facet,
            slip.value,
            slip.low,
            slip.high,
            before_noun=slip.before_noun,
            wrong="slip",
        )

    # Against an item shown

    def compared(self, targets: Sequence[int], row: int, rng: random.Random) -> list[Claim]:
        """In what all the targets have clearly less or more than an item shown, in comparatives."""
        found: list[Claim] = []
        for name, facet in self.spec.facets.items():
            words = {-1: facet.less, 1: facet.more}
            here = self.item(row).number(name) if facet.kind == "numeric" else None
            there = [n for t in targets if (n := self.item(t).number(name)) is not None]
            if here is None or len(there) < len(targets):
                continue
            least = FEWEST_YEARS if facet.role == "year" else LEAST_SHARE * abs(here)
            for direction, said in words.items():
                if said and all(direction * (n - here) >= max(least, 1e-9) for n in there):
                    found.append(Claim("compared", rng.choice(said), name, row=row, direction=direction))
        for name, scale in self.spec.scales.items():
            places, spread = self._along[name]
            if any(not self.item(r).text for r in (row, *targets)):
                continue  # nothing to see it by
            for direction, said in ((1, scale.more), (-1, scale.less)):
                gaps = [direction * float(places[t] - places[row]) for t in targets]
                if said and min(gaps) >= COMPARED_FROM * spread:
                    found.append(Claim("compared", rng.choice(said), name, row=row, direction=direction))
        return found

    @cached_property
    def _along(self) -> dict[str, tuple[NDArray[np.float32], float]]:
        """Where every item lies along each quality, and the deviation of that."""
        texts = self._toolbox.vectors(range(len(self.catalog)))
        places = {name: self._toolbox.along(name, texts) for name in self.spec.scales}
        return {name: (p, float(p.std()) or 1.0) for name, p in places.items()}

    def along(self, quality: str, row: int) -> float:
        """Where an item lies along a quality, in deviations."""
        places, spread = self._along[quality]
        return float(places[row]) / spread

    def alike(self, targets: Sequence[int], row: int) -> bool:
        """Whether an item shown has at least two themes in common with every target."""
        shown = self.item(row)
        return all(shared_values(self.item(t), shown, self.themes) >= FEWEST_SHARED for t in targets)

    def lacking(self, targets: Sequence[int], rows: Sequence[int]) -> list[Claim]:
        """Categories of the items shown that no target has, of which every target has some; the most frequent first."""
        counts: dict[tuple[str, str], int] = {}
        for name in self.categories:
            if not all(self.item(t).values(name) for t in targets):
                continue
            for value in (v for row in rows for v in self.item(row).values(name)):
                if not any(value in self.item(t).values(name) for t in targets):
                    counts[name, value] = counts.get((name, value), 0) + 1
        ordered = sorted(counts, key=lambda key: (-counts[key], key))
        return [Claim("lacks", f"{value.lower()} {self._plural}", name, value) for name, value in ordered]

    def wish(self, claims: Sequence[Claim], rng: random.Random) -> str:
        """Claims as one noun phrase: "crime film about a heist, from the 90s"."""
        noun = rng.choice(self._nouns)
        before = [c.said for c in claims if c.before_noun]
        after = [c.said for c in claims if not c.before_noun]
        return " ".join([*before, noun, ", ".join(after)]).strip()

    @cached_property
    def _plural(self) -> str:
        return plural(self.spec.catalog.noun)

    @cached_property
    def _nouns(self) -> list[str]:
        """What people call one item, in a word."""
        catalog = self.spec.catalog
        return [n for n in dict.fromkeys((catalog.noun, *catalog.nouns)) if f"{n}s" in catalog.nouns] or [
            catalog.noun
        ]

    def vocabulary(self) -> frozenset[str]:
        """The words that people need to talk of this catalogue at all."""
        facets = self.spec.facets.values()
        texts = [
            *self.spec.catalog.nouns,
            *map(self.spec.label, self.spec.facets),
            *(w for f in facets for w in (*f.less, *f.more)),
        ]
        texts += [w for s in self.spec.scales.values() for w in (*s.less, *s.more)]
        return frozenset(w for text in texts for w in words(text))


def _year(name: str, year: float, rng: random.Random) -> Claim:
    kind = rng.random()
    if kind < 0.6:
        return _decade(name, year)
    if kind < 0.8:
        bound = 5.0 * (floor(year / 5) + 1)
        return Claim("has", f"from before {number_text(bound)}", name, high=bound - 1)
    bound = 5.0 * (ceil(year / 5) - 1)
    return Claim("has", f"from after {number_text(bound)}", name, low=bound + 1)


def _decade(name: str, year: float) -> Claim:
    low = 10.0 * floor(year / 10)
    said = f"{low % 100:.0f}s" if 1920 <= low < 2000 else f"{low:.0f}s"
    return Claim("has", f"from the {said}", name, low=low, high=low + 9)


def _amount(name: str, role: str, number: float, rng: random.Random) -> Claim:
    """A round bound above or below. "Under 110" is at most 110 to palate, so the bound itself is never the number."""
    unit = " minutes" if role == "duration" else ""
    step = 10.0 if role == "duration" else 5.0
    if role == "duration" and number < 120 and rng.random() < 0.5:
        return Claim("has", "under two hours", name, high=120.0)
    if rng.random() < 0.7:
        bound = step * (floor(number / step) + 1)
        return Claim("has", f"under {number_text(bound)}{unit}", name, high=bound)
    bound = step * (ceil(number / step) - 1)
    return Claim("has", f"over {number_text(bound)}{unit}", name, low=bound)
