"""What a person would tell: tastes read off a history, and a wish for one item, in the catalogue's notes and keywords.

After Mender's preferences: short instructions of likes and avoidances, no title among them. Each is kept as the sentence
and as the typed wishes that the parser reads in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from memory.preferences import FacetTarget, KeywordTarget, Polarity, Strength, Target
from memory.session import Session, add_preference
from tools.catalog import Catalog
from tools.ranking.choices import WishDrawer, one_of
from tools.text.graph import KeywordGraph
from tools.text.keywords import KeywordIndex
from tools.text.mentions import stems

TASTES = 5  # of a history, after Mender: up to five
THEMES = 3  # of these, each of two keywords; then a category or a person, and an avoidance
LATEST = 20  # events that tastes are read off
SAME_THEME = 0.6  # cosine from which two keywords are one theme
WISHED = 2  # phrases of a wish for one item
WORD = re.compile(r"[^\W_]+")
YEAR = re.compile(r"\s*\(\d{4}\)$")


@dataclass(frozen=True)
class Instruction:
    """One sentence, and the typed wishes it comes to. lasting: a taste, and not a wish about tonight."""

    text: str
    targets: tuple[Target, ...]
    polarity: Polarity = "+"
    lasting: bool = False

    @property
    def strength(self) -> Strength:
        """As the parser reads "films about …" and "nothing about …"."""
        return "prefer" if self.polarity == "+" else "never"

    def add_to(self, session: Session) -> Session:
        """The session with this said, within the change that is begun."""
        for target in self.targets:
            session, _ = add_preference(
                session, self.polarity, self.strength, target, self.text, self.lasting
            )
        return session

    def refused(self) -> "Instruction":
        """The same things refused."""
        phrases = [t.phrase for t in self.targets if isinstance(t, KeywordTarget)]
        return replace(self, text=f"Nothing about {_listed(phrases, 'or')}", polarity="-")


class Teller:
    """Puts histories and items into words."""

    def __init__(self, catalog: Catalog, keywords: KeywordIndex, graph: KeywordGraph) -> None:
        self.catalog = catalog
        self._keywords = keywords
        self._drawer = WishDrawer(catalog, keywords, graph)
        self._place = {keyword: n for n, keyword in enumerate(keywords.keywords)}
        columns = catalog.spec.catalog
        self._nouns = next((noun for noun in columns.nouns if noun != columns.noun), "things")
        facets = catalog.spec.facets.items()
        self._people = [name for name, f in facets if f.kind == "categorical" and f.role == "person"]
        self._categories = [name for name, f in facets if f.of_kinds]

    def tells(self, row: int) -> bool:
        """Whether enough is known of an item to wish for it."""
        return bool(self._own(row))

    def wish(self, row: int, rng: np.random.Generator) -> Instruction | None:
        """A wish for this item in other words than what is told of it: WISHED keywords of others, of like meaning with its own;
        where there are too few, words of its text, and its own keywords last; never its title. None where less are found.
        """
        item = self.catalog.items[row]
        title, text = _words(YEAR.sub("", item.title)), f" {' '.join(stems(item.text))} "
        own = [keyword for keyword in self._own(row) if not _names(keyword, title)]
        told = {p: w for p, w in self._drawer.told(row).items() if not _names(p, title)}
        near = [self._drawer.near(own[n], own, rng) for n in rng.permutation(len(own)).tolist()]
        said = [p for p, kind in near if kind == "near" and not _names(p, title)]
        phrases = [p for p in dict.fromkeys(said) if f" {' '.join(stems(p))} " not in text][:WISHED]
        while told and len(phrases) < WISHED:
            phrases.append(one_of(told, rng))
            del told[phrases[-1]]
        phrases = list(dict.fromkeys([*phrases, *own]))[:WISHED]
        if len(phrases) < WISHED:
            return None
        return Instruction(
            f"I want something about {_listed(phrases)}", tuple(KeywordTarget(p) for p in phrases)
        )

    def tastes(self, liked: Sequence[int], disliked: Sequence[int]) -> tuple[Instruction, ...]:
        """Up to TASTES instructions that hold of a history. Rows, oldest first; liked: everything that was not disliked."""
        latest = list(liked)[-LATEST:]
        weights = self._themes(latest)
        tastes = [
            Instruction(
                f"I usually like {self._nouns} about {_listed(pair)}",
                tuple(KeywordTarget(phrase) for phrase in pair),
                lasting=True,
            )
            for pair in self._pairs(weights)
        ]
        fondness = self._fondness(latest)
        if fondness is not None:
            tastes.append(fondness)
        avoided = self._avoided(list(liked), list(disliked)[-LATEST:])
        if avoided is not None:
            tastes.append(avoided)
        return tuple(tastes[:TASTES])

    def _own(self, row: int) -> list[str]:
        item = self.catalog.items[row]
        return [value for facet in self._keywords.facets for value in item.values(facet)]

    def _themes(self, rows: Sequence[int]) -> dict[str, float]:
        """The keywords of these items, each with how telling it is of them: how many have it, times its rarity."""
        counts: dict[str, int] = {}
        for row in rows:
            for keyword in self._own(row):
                counts[keyword] = counts.get(keyword, 0) + 1
        return {
            # that two have it says more than that one thing is rare
            keyword: (count - 0.5) * float(np.log(len(self.catalog) / self._holders(keyword)))
            for keyword, count in counts.items()
        }

    def _holders(self, keyword: str) -> int:
        return sum(self.catalog.count(facet, keyword) for facet in self._keywords.facets)

    def _pairs(self, weights: dict[str, float]) -> list[tuple[str, ...]]:
        """THEMES unlike keywords, the weightiest first, each with the nearest other that means not quite the same."""
        ranked = sorted(weights, key=lambda k: (-weights[k], k))
        if not ranked:
            return []
        vectors = np.asarray(self._keywords.vectors[[self._place[k] for k in ranked]], np.float32)
        cosines: NDArray[np.float32] = vectors @ vectors.T
        open_to = np.ones(len(ranked), bool)
        pairs: list[tuple[str, ...]] = []
        while open_to.any() and len(pairs) < THEMES:
            first = int(np.flatnonzero(open_to)[0])
            beside = open_to & (cosines[first] < SAME_THEME)
            pair = [first]
            if beside.any():
                pair.append(int(np.where(beside, cosines[first], -1.0).argmax()))
            open_to &= (cosines[pair] < SAME_THEME).all(axis=0)
            open_to[pair] = False
            pairs.append(tuple(ranked[n] for n in pair))
        return pairs

    def _fondness(self, rows: Sequence[int]) -> Instruction | None:
        """The person who made or plays in most of these items, if in two at least; else the category that is most above
        its share of the catalogue."""
        people = self._counted(rows, self._people)
        if people and max(people.values()) >= 2:
            _, name = max(people, key=lambda fv: (people[fv], fv))
            facets = tuple(f for f in self._people if self.catalog.count(f, name))
            return Instruction(
                f"I like {self._nouns} with {name}", (FacetTarget(facets, (name,)),), lasting=True
            )
        kinds = self._counted(rows, self._categories)
        if not kinds:
            return None
        share = {fv: n / (5 + self.catalog.count(*fv)) for fv, n in kinds.items() if n > 1}
        facet, value = max(share or kinds, key=lambda fv: ((share or kinds)[fv], fv))
        return Instruction(f"I like {value} {self._nouns}", (FacetTarget((facet,), (value,)),), lasting=True)

    def _avoided(self, liked: Sequence[int], disliked: Sequence[int]) -> Instruction | None:
        """A theme of what was disliked that nothing liked has; where nothing was, the commonest category never touched."""
        held = {keyword for row in liked for keyword in self._own(row)}
        themes = {k: w for k, w in self._themes(disliked).items() if k not in held}
        if themes:
            worst = min(themes, key=lambda k: (-themes[k], k))
            return Instruction(f"I don't like {worst}", (KeywordTarget(worst),), "-", lasting=True)
        touched = self._counted(liked, self._categories)
        never = [
            (self.catalog.count(f, v), f, v)
            for f in self._categories
            for v in self.catalog.values(f)
            if (f, v) not in touched
        ]
        if not never or not touched:
            return None
        _, facet, value = max(never)
        return Instruction(
            f"I don't like {value} {self._nouns}", (FacetTarget((facet,), (value,)),), "-", lasting=True
        )

    def _counted(self, rows: Sequence[int], facets: Sequence[str]) -> dict[tuple[str, str], int]:
        counts: dict[tuple[str, str], int] = {}
        for row in rows:
            for facet in facets:
                for value in self.catalog.items[row].values(facet):
                    counts[facet, value] = counts.get((facet, value), 0) + 1
        return counts


def nearest(vectors: NDArray[np.float32], to: NDArray[np.float32]) -> int:
    """Which of the instructions is nearest in meaning to a text, the first of equals. vectors: (instructions, dim)."""
    return int((vectors @ to).argmax())


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def _names(phrase: str, title: Sequence[str]) -> bool:
    """Whether a phrase gives the title away: it holds the whole of it, or is made of its words."""
    words = _words(phrase)
    runs = [words[n : n + len(title)] for n in range(len(words) - len(title) + 1)]
    return bool(title) and (list(title) in runs or set(words) <= set(title))


def _listed(phrases: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join([", ".join(phrases[:-1]), phrases[-1]] if len(phrases) > 1 else phrases)
