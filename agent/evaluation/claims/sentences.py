"""Texts cut into clauses of atoms: titles, facet values, relation words, numbers, words; by the catalogue's vocabulary."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from agent.words import comparative
from memory.preferences import CritiqueTarget, FacetTarget, KeywordTarget, Preference
from tools.catalog import Catalog

NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?(?![\w])|[^\W_]+(?:['’][^\W_]+)*|[^\w\s]|_")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_WORD = re.compile(r"[^\W_]+")
_YEAR_TAIL = re.compile(r"\s*\(\d{4}\)$")
_PASSIVE = re.compile(r"(\w+) by")
_PAST = {"written": "wrote", "drawn": "drew", "sung": "sang"}
_PLACEHOLDER = re.compile(r"\{values?\}")


@dataclass(frozen=True)
class Atom:
    """The least that means something. A piece of text may have several readings; the clause decides between them.

    rows: items of that title. values: facet → the catalogue's value. synonyms: values it stands for in people's
    mouths. relation: facets it names ("directed by"). degree: (facet, sign, "more" or "most") of "longer", "longest".
    said: wishes in whose words it stands. text_of: item whose own text it is. noun: it is what items are called.
    """

    text: str
    start: int
    end: int
    rows: tuple[int, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, str] = field(default_factory=dict)
    relation: frozenset[str] = frozenset()
    degree: tuple[str, int, str] | None = None
    said: tuple[Preference, ...] = ()
    number: float | None = None
    text_of: int | None = None
    noun: bool = False

    @property
    def word(self) -> str:
        """The text in lower case."""
        return self.text.casefold()

    @property
    def plain(self) -> bool:
        """Whether it is a word or mark without any reading."""
        no = self.number is None and self.text_of is None and self.degree is None
        return no and not (self.rows or self.values or self.synonyms or self.relation or self.said)


@dataclass(frozen=True)
class Clause:
    """Atoms up to a mark that ends a statement; `ending` is that mark (":" hands on to the next clause)."""

    atoms: tuple[Atom, ...]
    ending: str

    @property
    def text(self) -> str:
        """The words as they stand, spaces between atoms."""
        return " ".join(a.text for a in self.atoms)

    def skeleton(self) -> str:
        """The clause with titles, facet names and numbers by their kind: "<N> of the <N> people with <T> in …"."""
        return " ".join(_kind(a) for a in self.atoms)


def _kind(atom: Atom) -> str:
    if atom.noun:
        return "NOUN"
    if atom.rows:
        return "<T>"
    if atom.number is not None:
        return "<N>"
    if atom.relation and atom.word not in _PREPOSITIONS:
        return "<F>"
    if atom.values and not atom.relation:
        return "<V>"
    return atom.word


MANY_VALUES = 3  # of a wish, that a reply says as they were said
_PREPOSITIONS = frozenset("in from by with for at of on to about".split())


class Vocabulary:
    """Every phrase of a catalogue with what it may mean; finds the longest at each place of a text."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        spec = catalog.spec.catalog
        self.nouns = frozenset(form for noun in (spec.noun, *spec.nouns) for form in (noun, plural(noun)))
        self._phrases: dict[str, dict[str, Atom]] = {}
        for row, item in enumerate(catalog.items):
            self._add_title(item.title, row)
        for name, facet in catalog.spec.facets.items():
            if facet.kind == "categorical":
                for value in catalog.values(name):
                    self._add(value, values={name: value})
                for value, words in facet.words.items():
                    for word in words:
                        self._add(word, synonyms={name: value})
            for phrase in self._relations(name):
                self._add(phrase, relation=frozenset({name}))
            for words, sign in ((facet.more, 1), (facet.less, -1)):
                for word in words:
                    self._add(word, degree=(name, sign, "more"))
                    self._add(superlative(word), degree=(name, sign, "most"))
            for size, sign in ((facet.long_words, 1), (facet.short_words, -1)):
                for word in size.words if size else ():
                    self._add(superlative(comparative(word)), degree=(name, sign, "most"))
        self._by_first = {
            first: sorted(by_text.items(), key=lambda e: -len(e[0]))
            for first, by_text in self._phrases.items()
        }

    @cached_property
    def number_frames(self) -> dict[str, tuple[str, str]]:
        """What stands before and after a number of each numeric facet, by the catalogue's `fact`."""
        frames = {}
        for name, facet in self.catalog.spec.facets.items():
            if facet.kind == "numeric":
                before, _, after = _PLACEHOLDER.sub("\0", facet.fact or "\0").partition("\0")
                frames[name] = (before.strip().casefold(), after.strip().casefold())
        return frames

    @cached_property
    def acts(self) -> dict[str, frozenset[str]]:
        """What people of a facet are said to have done: "directed" where they are what an item is "directed by"."""
        found: dict[str, frozenset[str]] = {}
        for name in self.catalog.spec.facets:
            for phrase in self._relations(name):
                verb = _PASSIVE.fullmatch(phrase.casefold())
                if verb:
                    past = _PAST.get(verb[1], verb[1])
                    found[past] = found.get(past, frozenset()) | {name}
        return found

    def _relations(self, name: str) -> Iterable[str]:
        facet = self.catalog.spec.facets[name]
        for template in (facet.fact, facet.shared):
            before, found, _ = _PLACEHOLDER.sub("\0", template).partition("\0")
            if found and _WORD.search(before):
                yield before.strip()
        label = self.catalog.spec.label(name)
        yield from (label, label + "s", *facet.cues, *facet.called)

    def _add_title(self, title: str, row: int) -> None:
        self._add(title, rows=(row,))
        plain = _YEAR_TAIL.sub("", title)
        if plain != title and len(plain.split()) > 1:
            self._add(plain, rows=(row,))

    def _add(self, phrase: str, **reading: object) -> None:
        first = _WORD.search(phrase)
        if first is None:
            return
        by_text = self._phrases.setdefault(first.group().casefold(), {})
        key = phrase.casefold()
        by_text[key] = _merged(by_text.get(key), Atom(phrase, 0, first.start(), **reading))  # type: ignore[arg-type]

    def clauses(
        self, text: str, wishes: Sequence[Preference] = (), spoken_of: Sequence[int] = ()
    ) -> list[Clause]:
        """The text's clauses. spoken_of: items whose own text may be quoted, and whose bare names are titles."""
        found: list[Clause] = []
        atoms: list[Atom] = []
        for atom in self._atoms(text, wishes, spoken_of):
            ends = atom.text in ".!?…" and (atom.end == len(text) or text[atom.end].isspace())
            if atom.plain and (ends or atom.text in ";:"):
                if atoms:
                    found.append(Clause(tuple(atoms), atom.text))
                atoms = []
            else:
                atoms.append(atom)
        return [*found, Clause(tuple(atoms), "")] if atoms else found

    def _atoms(self, text: str, wishes: Sequence[Preference], spoken_of: Sequence[int]) -> Iterable[Atom]:
        own = self._own_phrases(wishes, spoken_of)
        quoted = {self.catalog.items[row].text: row for row in spoken_of if self.catalog.items[row].text}
        at = 0
        while match := _TOKEN.search(text, at):
            start = match.start()
            atom = next(
                (
                    Atom(q, start, start + len(q), text_of=r)
                    for q, r in quoted.items()
                    if text.startswith(q, start)
                ),
                None,
            ) or self._longest(text, start, own)
            if atom is None or (atom.word in self.nouns and not atom.rows):
                atom = replace(_lone(match), noun=match.group().casefold() in self.nouns)
            yield atom
            at = atom.end

    def _own_phrases(self, wishes: Sequence[Preference], spoken_of: Sequence[int]) -> dict[str, Atom]:
        """What only this conversation gives a meaning: words of wishes, names without their year."""
        own: dict[str, Atom] = {}
        for row in spoken_of:
            name = _YEAR_TAIL.sub("", self.catalog.items[row].title)
            own[name.casefold()] = _merged(own.get(name.casefold()), Atom(name, 0, 0, rows=(row,)))
        for wish in wishes:
            for phrase in _words_of(wish):
                key = phrase.casefold()
                own[key] = _merged(own.get(key), Atom("", 0, 0, said=(wish,)))
        return own

    def _longest(self, text: str, start: int, own: Mapping[str, Atom]) -> Atom | None:
        """The longest phrase that begins here and ends at a word's end, with all its readings."""
        first = _WORD.search(text, start)
        if first is None:
            return None
        low = text.casefold() if len(text.casefold()) == len(text) else text.lower()
        best: Atom | None = None
        for phrase, atom in self._by_first.get(first.group().casefold(), ()):
            begin = first.start() - atom.end  # `end` holds where the first word stands in the phrase
            if begin != start or not _stands(low, phrase, begin):
                continue
            best = _at(_as_written(atom, text, begin), text, begin, begin + len(phrase))
            if not best.plain:
                break
        for phrase, atom in own.items():
            if _stands(low, phrase, start) and (
                best is None or best.plain or start + len(phrase) >= best.end
            ):
                known = best if best is not None and best.end == start + len(phrase) else None
                best = _at(_merged(known, _as_written(atom, text, start)), text, start, start + len(phrase))
        return None if best is None or best.plain else best


def _words_of(wish: Preference) -> list[str]:
    match wish.target:
        case KeywordTarget(phrase):
            return [phrase]
        case FacetTarget(facets, values) if len(facets) > 1 or len(values) > MANY_VALUES:
            return [wish.text]
        case CritiqueTarget(quality, direction, _):
            return [f"less {quality}" if direction < 0 else comparative(quality)] if quality else []
    return []


def _stands(low: str, phrase: str, begin: int) -> bool:
    if begin < 0 or not low.startswith(phrase, begin):
        return False
    end = begin + len(phrase)
    inside = (end < len(low) and low[end - 1].isalnum() and low[end].isalnum()) or (
        begin > 0 and low[begin].isalnum() and low[begin - 1].isalnum()
    )
    return not inside


def _as_written(atom: Atom, text: str, begin: int) -> Atom:
    """The atom without its reading as a title where the text does not write it with the title's capitals."""
    if atom.rows and not text.startswith(atom.text, begin):
        return replace(atom, rows=())
    return atom


def _at(atom: Atom, text: str, start: int, end: int) -> Atom:
    """A reading put in its place in the text."""
    written = text[start:end]
    number = float(written.replace(",", "")) if _NUMBER.fullmatch(written) else None
    return replace(atom, text=written, start=start, end=end, number=number)


def _merged(one: Atom | None, other: Atom) -> Atom:
    """Both readings of the same words."""
    if one is None:
        return other
    return Atom(
        one.text if one.rows else other.text,
        0,
        other.end,
        tuple(dict.fromkeys((*one.rows, *other.rows))),
        {**one.values, **other.values},
        {**one.synonyms, **other.synonyms},
        one.relation | other.relation,
        one.degree or other.degree,
        (*one.said, *other.said),
    )


def _lone(match: "re.Match[str]") -> Atom:
    text = match.group()
    number: float | None = None
    if _NUMBER.fullmatch(text):
        number = float(text.replace(",", ""))
    elif text.casefold() in NUMBER_WORDS[1:]:
        number = float(NUMBER_WORDS.index(text.casefold()))
    return Atom(text, match.start(), match.end(), number=number)


def plural(noun: str) -> str:
    """A regular English plural."""
    if noun.endswith("y"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def superlative(word: str) -> str:
    """The superlative of a comparative: "longest" of "longer", "most recent" of "more recent"."""
    if word.startswith("more "):
        return "most " + word.removeprefix("more ")
    if word.startswith("less "):
        return "least " + word.removeprefix("less ")
    return word[:-2] + "est" if word.endswith("er") else "most " + word
