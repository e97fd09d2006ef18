"""The catalogue's own vocabulary: which phrase stands for which facet value, and which words are ordinary."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from agent.parsing.english.everyday import STOP_WORDS, WISHING, common_words
from agent.parsing.vocabulary.titles import SMALL_WORDS
from agent.parsing.words import Word, name_key
from tools.catalog import Catalog

LONGEST_PHRASE = 6  # words
ORDINARY_FROM = 3  # a word in this many item texts is an ordinary English word, whatever item is called so
SAME_AS_HEAD = (
    0.6  # share of items with "courtroom drama" that are Drama, from which the category is meant too
)
SLIP = 88  # rapidfuzz ratio: "recomend" ~ "recommend" 94, "somthing" ~ "something" 94
OF_ANOTHER = frozenset(
    "about by for from in of on to with".split()
)  # what follows is something else than the item
NAME_FROM = 3  # items by which a first name alone stands for somebody
LONG_SURNAME, SURE_SURNAME = 7, 87  # letters, and likeness of a misspelt one ("scorcese")
NAME_LEAD = 2.0  # and how much better known that one must be than the next of that name


@dataclass(frozen=True)
class Phrase:
    """A facet value a phrase stands for. `keyword` values steer by meaning, others name a category."""

    facet: str
    value: str
    keyword: bool = False
    surname: bool = False
    either: bool = False  # of several values of one facet any will do; otherwise each is wished for
    namesakes: tuple[
        "Phrase", ...
    ] = ()  # who a mere surname may as well stand for, being about as well known


class Lexicon:
    """Phrases of one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.nouns = frozenset(name_key(noun) for noun in catalog.spec.catalog.nouns)
        self.empty = STOP_WORDS | self.nouns | _facet_words(catalog)  # say nothing by themselves
        self._phrases: dict[str, list[Phrase]] = {}
        self._bearers: dict[str, list[Phrase]] = {}  # by surname
        for name, facet in catalog.spec.facets.items():
            if facet.kind == "categorical":
                self._add_facet(name)
        self._categories = [
            key
            for key, phrases in self._phrases.items()
            if " " not in key and not any(p.keyword or p.surname for p in phrases)
        ]
        people = {f for f, facet in catalog.spec.facets.items() if facet.role == "person"}
        self._people = [
            key
            for key, phrases in self._phrases.items()
            if " " in key and any(p.facet in people and not p.surname for p in phrases)
        ]
        self._surnames = [
            key
            for key, phrases in self._phrases.items()
            if len(key) >= LONG_SURNAME - 1 and phrases and all(p.surname for p in phrases)
        ]
        texts: Counter[str] = Counter()
        names: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        for item in catalog.items:
            said = re.findall(r"\b[a-z']+\b", item.text)
            self._pairs.update(itertools.pairwise(said))
            texts.update(set(re.findall(r"\b[a-z]+\b", item.text)))
            names.update(name_key(item.title).split())
        self.ordinary = (
            frozenset(w for w, n in texts.items() if n >= ORDINARY_FROM) | self.empty | common_words()
        )
        self.known = (
            frozenset(texts) | self.empty | common_words() | {w for key in self._phrases for w in key.split()}
        )
        self.english = frozenset(texts) | self.empty | common_words() | self._category_words()
        # words that item texts or keywords use and that are no mere talk
        self.telling = (frozenset(texts) | self._category_words()) - self.empty
        self.compounds = self._keyword_compounds()
        self.name_words = frozenset(names)
        self._common = [
            *WISHING,
            *(n for n in self.nouns if len(n) > 4 and " " not in n),
            *self._comparatives(),
        ]

    def _keyword_compounds(self) -> frozenset[tuple[str, str]]:
        """Neighbouring words of keywords of which the second is a category by itself: ("world", "war")."""
        holders: dict[tuple[str, str], list[NDArray[np.bool_]]] = {}
        for key, phrases in self._phrases.items():
            words = key.split()
            if len(words) < 2 or not all(p.keyword for p in phrases):
                continue
            for a, b in itertools.pairwise(words):
                if self.is_category(b) and not self.is_category(a) and a not in self.empty:
                    mask = self.catalog.having(phrases[0].facet, [p.value for p in phrases])
                    holders.setdefault((a, b), []).append(mask)
        # a "courtroom drama" is a drama; of the items about the "Cold War" few are war films
        return frozenset(
            pair
            for pair, masks in holders.items()
            if self._share(np.any(masks, axis=0), pair[1]) < SAME_AS_HEAD
        )

    def is_word_of(self, part: str, whole: str) -> bool:
        """Whether a name or a category is no more than a word of a longer keyword, and not meant by itself: it is a mere
        surname, or tells what the thing is based on or set in, or few items of that keyword have it."""
        found = self.phrases(part)
        if not found or " " in part or part == whole:
            return False
        if found[0].surname:
            return True
        before, _, after = f" {whole} ".partition(f" {part} ")
        if not after.strip():
            return False  # the head of the phrase says what it is; the compounds tell where it does not
        if set(before.split()) & OF_ANOTHER:
            return True
        mask = np.zeros(len(self.catalog), bool)
        for phrase in self.phrases(whole):
            mask |= self.catalog.having(phrase.facet, [phrase.value])
        return int(mask.sum()) > 1 and self._share(mask, part) < SAME_AS_HEAD

    def _share(self, holders: NDArray[np.bool_], category: str) -> float:
        """How many of these items have the category."""
        has = np.zeros(len(self.catalog), bool)
        for phrase in self.phrases(category):
            has |= self.catalog.having(phrase.facet, [phrase.value])
        return float(has[holders].mean()) if holders.any() else 0.0

    def _comparatives(self) -> list[str]:
        facets = self.catalog.spec.facets.values()
        return [w for facet in facets for w in (*facet.less, *facet.more) if " " not in w and len(w) > 4]

    def _add_facet(self, name: str) -> None:
        facet = self.catalog.spec.facets[name]
        surnames: dict[str, list[str]] = {}
        first_names: dict[str, list[str]] = {}
        for value in self.catalog.values(name):
            key = name_key(value)
            self._add(key, Phrase(name, value, keyword=facet.role == "keyword"))
            if facet.role == "":
                for form in _number_forms(key):
                    self._add(form, Phrase(name, value))
            if facet.role == "person" and " " in key:
                surnames.setdefault(_surname(key), []).append(value)
                first_names.setdefault(key.split()[0], []).append(value)
            for word in facet.words.get(value, ()):
                self._add(name_key(word), Phrase(name, value))
        for surname, people in surnames.items():
            self._bearers.setdefault(surname, []).extend(Phrase(name, person) for person in people)
            # Most frequent first: "Scott" is Ridley when he has the most items.
            if len(surname) > 3:
                self._add(surname, Phrase(name, people[0], surname=True))
        for first_name, people in first_names.items():
            # "Denzel" is one man; of the two Audreys one is far better known
            counts = [self.catalog.count(name, person) for person in people[:2]]
            clear = len(counts) == 1 or counts[0] >= NAME_LEAD * counts[1]
            if len(first_name) > 3 and counts[0] >= NAME_FROM and clear and first_name not in surnames:
                self._add(first_name, Phrase(name, people[0], surname=True))

    def _category_words(self) -> frozenset[str]:
        """Words of the categories and keywords, people's names left out."""
        facets = self.catalog.spec.facets
        return frozenset(
            w
            for key, ps in self._phrases.items()
            for w in key.split()
            if any(facets[p.facet].role != "person" for p in ps)
        )

    def _add(self, key: str, phrase: Phrase) -> None:
        known = self._phrases.setdefault(key, [])
        if key and phrase not in known:
            known.append(phrase)

    def phrases(self, key: str) -> tuple[Phrase, ...]:
        """What a phrase stands for: categories and whole names, else keywords, else a surname."""
        found: Sequence[Phrase] = self._phrases.get(key) or self._phrases.get(_singular(key)) or ()
        if any(not p.surname and not p.keyword for p in found):
            return tuple(p for p in found if not p.surname and not p.keyword)
        if any(p.keyword for p in found):
            return tuple(p for p in found if p.keyword)
        if not found and " " in key:
            return self._nickname(key)
        if any(p.surname for p in found):
            best: dict[str, int] = {}
            for p in found:
                if p.surname:
                    best[p.value] = best.get(p.value, 0) + self.catalog.count(p.facet, p.value)
            person = max(best, key=lambda value: best[value])
            others = self._namesakes(key, person, best[person])
            return tuple(replace(p, namesakes=others) for p in found if p.surname and p.value == person)
        return tuple(found)

    def _namesakes(self, surname: str, person: str, items: int) -> tuple[Phrase, ...]:
        """The others of this surname than whom the person is not clearly better known: Ingmar Bergman beside Ingrid."""
        bearers = [p for p in self._bearers.get(surname, ()) if p.value != person]
        counts: Counter[str] = Counter()
        for p in bearers:
            counts[p.value] += self.catalog.count(p.facet, p.value)
        return tuple(p for p in bearers if NAME_LEAD * counts[p.value] > items)

    def _nickname(self, key: str) -> tuple[Phrase, ...]:
        """The person whose first name is cut short: "leo dicaprio", "chris nolan"."""
        first, _, last = key.partition(" ")
        if len(first) < 3:
            return ()
        bearers = [p for p in self._bearers.get(last, ()) if name_key(p.value).startswith(first)]
        if len({p.value for p in bearers}) != 1:
            return ()
        return tuple(replace(p, surname=False) for p in bearers)

    def is_category(self, key: str) -> bool:
        """Whether a word is first of all a category ("romance"), whatever item is called so."""
        return any(not p.keyword and not p.surname for p in self.phrases(key))

    def is_said(self, phrase: str) -> bool:
        """Whether item texts use these words side by side, so that they may be said of something else than a title."""
        words = phrase.removeprefix("the ").split()
        return all(pair in self._pairs for pair in itertools.pairwise(words))

    def is_phrase(self, words: list[Word], text: str) -> bool:
        """Whether all these words are categories, keywords or nouns of the catalogue ("romantic comedy")."""
        rest = list(words)
        while rest:
            for end in range(len(rest), 0, -1):
                key = name_key(text[rest[0].start : rest[end - 1].end])
                if self.phrases(key) or key in self.nouns or key in SMALL_WORDS:
                    rest = rest[end:]
                    break
            else:
                return False
        return True

    def respelt(self, word: str) -> str:
        """The word of wishing or of the catalogue that a word is a slip of ("recomend", "moveis"); itself when none is."""
        if len(word) < 4 or word in self.known or word in self.name_words or not word.isalpha():
            return word
        found = process.extractOne(word, self._common, scorer=fuzz.ratio, score_cutoff=SLIP)
        if found is None:
            slips = process.extract(word, self._common, scorer=DamerauLevenshtein.distance, score_cutoff=1)
            # of a short word two letters may be swapped ("frist", "moive"); another letter makes another word
            found = next((s for s in slips if len(word) > 5 or sorted(s[0]) == sorted(word)), None)
        # nor does a word of four letters lack its first
        return str(found[0]) if found and (len(word) > 4 or found[0][0] == word[0]) else word

    def misspelt(self, word: str) -> tuple[Phrase, ...]:
        """The category that an unknown word is a misspelling of ("documentry", "comdey"); nothing when none is near."""
        if len(word) < 4 or word in self.known:
            return ()
        near = process.extractOne(word, self._categories, scorer=fuzz.ratio, score_cutoff=86)
        if near and len(word) >= 6:
            return self.phrases(near[0])
        slips = process.extract(word, self._categories, scorer=DamerauLevenshtein.distance, score_cutoff=1)
        # a short word may lack a letter or have two swapped ("funy", "darma"); another letter makes another word
        found = [
            c for c, *_ in slips if c[0] == word[0] and (len(c) > len(word) or sorted(c) == sorted(word))
        ]
        return self.phrases(found[0]) if found else ()

    def misspelt_person(self, name: str) -> tuple[Phrase, ...]:
        """The person whose whole name is misspelt so ("brad pit"), or whose long surname; nothing when none is near."""
        key = name_key(name)
        if " " not in key and len(key) >= LONG_SURNAME and key not in self.known | self.name_words:
            near = process.extractOne(key, self._surnames, scorer=fuzz.ratio, score_cutoff=SURE_SURNAME)
            return (
                self.phrases(near[0]) if near and near[0][0] == key[0] else ()
            )  # "paddington" is no Waddington
        if not 2 <= len(key.split()) <= 4 or len(key) < 7 or all(w in self.english for w in key.split()):
            return ()
        found = process.extractOne(key, self._people, scorer=fuzz.ratio, score_cutoff=86)
        return self.phrases(found[0]) if found else ()

    def spans(self, words: list[Word], text: str) -> Iterable[tuple[int, int, tuple[Phrase, ...]]]:
        """(first word, word after the last, what it stands for) of every phrase, longest first at each word."""
        for start, word in enumerate(words):
            if word.is_mark:
                continue
            for end in range(min(len(words), start + LONGEST_PHRASE), start, -1):
                if words[end - 1].is_mark or any(w.text in ",;:.!?" for w in words[start:end]):
                    continue
                found = self.phrases(name_key(text[word.start : words[end - 1].end]))
                if found:
                    yield start, end, found


def _facet_words(catalog: Catalog) -> frozenset[str]:
    """What the facets are called and the words before their values: "director", "starring", "runtime"."""
    facets = catalog.spec.facets.items()
    called = [w for name, f in facets for w in (name.replace("_", " "), f.label, *f.called, *f.cues)]
    words = {word for phrase in called for word in name_key(phrase).split()}
    return frozenset(words | {w + "s" for w in words} | {w.removesuffix("s") for w in words})


def _singular(key: str) -> str:
    """A plural without its "s" ("sequels"); short and other words as they are."""
    return key[:-1] if key.endswith("s") and not key.endswith("ss") and len(key) > 4 else key


def _number_forms(key: str) -> set[str]:
    """Singular and plural: "thriller", "thrillers"; "comedy", "comedies"."""
    if key.endswith("y"):
        return {key[:-1] + "ies"}
    if key.endswith("s"):
        return {key[:-1]} if len(key) > 4 else set()
    return {key + "s"}


def _surname(key: str) -> str:
    """The surname of a folded name: its last word, with a particle before it ("de niro", "von trier")."""
    words = key.split()
    particles = {"de", "von", "van", "del", "la", "le", "da", "di", "du", "ten"}
    if len(words) > 2 and words[-2] in particles:
        return " ".join(words[-2:])
    return words[-2] if words[-1] in ("jr", "sr", "ii", "iii") and len(words) > 2 else words[-1]
