"""Whether a value that a clause gives to items is theirs, and whether a wish it restates was made and is met."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.evaluation.claims.sentences import Atom
from agent.evaluation.claims.truths import Account, Truths
from agent.words import comparative
from memory.preferences import (
    CritiqueTarget,
    FacetTarget,
    KeywordTarget,
    Preference,
    RangeTarget,
    facets_of,
)


@dataclass(frozen=True)
class Value:
    """A value, or number, and how it stands in its clause.

    relation: facets that the words before it (`by_word`) name. soft: as a leaning. side: of "… against …". facets, low,
    high: of a number.
    """

    atom: Atom
    words: str
    relation: frozenset[str]
    by_word: str
    negated: bool
    soft: bool
    side: int
    quoted: bool = False
    facets: frozenset[str] = frozenset()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Judge:
    """Judges the values of one clause. asked: it says that the person asked for them. two_sided: "… against …"."""

    truths: Truths
    account: Account
    asked: bool
    two_sided: bool

    def judge(self, value: Value) -> None:
        """Adds what the value claims to the account."""
        rows = self._rows(value)
        if self.account.told.kind == "reply":
            self._judge_wish(value)
            return
        if value.facets:
            holds, why = self._number_holds(value, rows)
        else:
            holds, why = self._value_holds(value, rows)
        kind = "number" if value.facets else "person" if self._is_person(value.atom) else "value"
        self.account.say(("not " if value.negated else "") + value.words, kind, holds, why)
        if self.asked and holds:
            met = any(self._meets(value, w) for w in self.account.told.wishes if w.polarity == "+")
            self.account.say(f"{value.words}, as asked", "wish", met, "the person did not ask for it")

    def _is_person(self, atom: Atom) -> bool:
        return any(self.truths.catalog.spec.facets[f].role == "person" for f in atom.values)

    def _rows(self, value: Value) -> tuple[int, ...]:
        """Whom a value is given to."""
        subject = self.account.subject
        if self.two_sided and len(subject) == 2:
            return (subject[value.side],)
        return (*subject, *self.account.partners)

    def _allowed(self, value: Value) -> frozenset[str]:
        """Facets in which a value may stand by the words before it; people without such words only where "with" is
        how they are said to be in an item."""
        facets = frozenset(value.atom.values)
        if value.relation:
            return value.relation & facets
        spec = self.truths.catalog.spec
        loose = {
            f
            for f in facets
            if spec.facets[f].role != "person" or "with" in (*spec.facets[f].cues, value.by_word)
        }
        return frozenset(loose)

    def _value_holds(self, value: Value, rows: Iterable[int]) -> tuple[bool | None, str]:
        facets = self._allowed(value)
        if value.quoted and value.atom.said:
            return True, ""  # the person's own words, given back
        if not facets:
            return False, f"nothing of the catalogue is “{value.words}” in that role"
        held = [self.truths.has(r, [f], [value.atom.values[f]]) for r in rows for f in facets]
        by_row = [any(held[n : n + len(facets)]) for n in range(0, len(held), len(facets))]
        lacking = [self.truths.catalog.items[r].title for r, has in zip(rows, by_row, strict=True) if not has]
        if value.negated:
            unknown = [r for r in rows if not any(f in self.truths.catalog.items[r].facets for f in facets)]
            return (None if unknown else not any(by_row)), "it has it"
        return not lacking, f"not of {' and '.join(lacking)}"

    def _number_holds(self, value: Value, rows: Iterable[int]) -> tuple[bool | None, str]:
        found = [(r, f, self.truths.catalog.items[r].number(f)) for r in rows for f in value.facets]
        exact = value.low == value.high
        ok = [n is not None and _inside(n, value.low, value.high) for _, _, n in found]
        told = f"it is {[n for _, _, n in found]}"
        if value.negated or (exact and len(value.facets) > 1):
            return (any(ok) != value.negated), told
        return all(ok), told

    def _judge_wish(self, value: Value) -> None:
        """What a reply says is both what the person asked for and, unless softened, what all that is shown is like."""
        wishes = [w for w in self.account.told.wishes if self._meets(value, w)]
        polarity = "-" if value.negated else "+"
        fit = [w for w in wishes if w.polarity == polarity]
        words = ("no " if value.negated else "") + value.words
        self.account.say(words, "wish", bool(fit), "the person did not ask for that")
        if not fit or value.soft or isinstance(fit[-1].target, CritiqueTarget):
            return
        wish = fit[-1]
        if not wish.hard and polarity == "+":
            self.account.say(words, "value", False, "it was only preferred, and is said of all")
            return
        wrong = [r for r in self.account.told.about if not self._fits(r, wish)]
        titles = [self.truths.catalog.items[r].title for r in wrong[:3]]
        self.account.say(words, "value", not wrong, f"not of {titles}")

    def _fits(self, row: int, wish: Preference) -> bool:
        meets = self.truths.meets(row, wish)
        if meets is None:
            facets = facets_of(wish.target)
            return (
                self.account.lenient
                or isinstance(wish.target, KeywordTarget)
                or any(row in self.account.excused.get(f, set()) for f in facets)
            )
        return meets

    def _meets(self, value: Value, wish: Preference) -> bool:
        """Whether a wish is the one that these words speak of."""
        match wish.target:
            case RangeTarget(facet, low, high):
                if not value.facets:
                    return False
                if self.account.told.kind == "reply":
                    return facet in value.facets and (low, high) == (value.low, value.high)
                same = facet in value.facets and value.low is not None
                return same and _inside(value.low or 0.0, low, high)
            case FacetTarget(facets, values):
                if wish in value.atom.said:
                    return True
                found = {(f, v) for r in (value.atom.values, value.atom.synonyms) for f, v in r.items()}
                return any(f in facets and v in values for f, v in found) and (
                    not value.relation or bool(value.relation & set(facets))
                )
            case KeywordTarget(phrase):
                return wish in value.atom.said or phrase.casefold() == value.atom.word
            case CritiqueTarget(quality, direction, _):
                if wish in value.atom.said:
                    return True
                word = f"less {quality}" if direction < 0 else comparative(quality)
                return bool(quality) and value.atom.word == word
        return False


def _inside(number: float, low: float | None, high: float | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)
