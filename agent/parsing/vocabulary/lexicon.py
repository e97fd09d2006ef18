"""The catalogue's own vocabulary: which phrase stands for which facet value, and which words are ordinary."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from agent.parsing.vocabulary.titles import SMALL_WORDS
from agent.parsing.words import Word, name_key
from tools.catalog import Catalog

LONGEST_PHRASE = 6  # words
ORDINARY_FROM = 3  # a word in this many item texts is an ordinary English word, whatever item is called so
STOP_WORDS = frozenset(
    """a about above after again ago all almost along already also always am an and another any anybody anyone anything
    are around as at available away awesome back bad be because been before being below best better between big both
    but by can choose come comes could day decent did do does doing done down during each else enough even ever every
    everyone everything evening exactly few film films first for from get gets getting give go goes going gonna good
    got great had half has have having he her here hers hey hi him his hope how i if in instead into is it its just
    kind kinda know last late lately later least let like line list little look looking lot lots made make makes many
    may maybe me mean might mind mine minute minutes moment mood more most mostly movie movies much must my myself
    near need never new next nice night no none nor not nothing now of off ok okay old on once one ones only or other
    others our out over own people perfect perhaps person pick please plenty preferably pretty probably quite rather
    ready real really recommend recommendation recommendations right said same say second see seen set she should show
    since so some somebody someone something sometimes somewhat sort still stuff such suggest suggestion suggestions
    super sure take tell than thank thanks that the their theirs them then there these they thing things think this
    those though through time times to today together tomorrow tonight too top totally towards try two type under until
    up us use used usually very via vibe vibes view want wants was watch watched watching way we week weekend well were
    what whatever when where which while who whose why will wish with within without would year years yes yesterday
    yet you your yours im ive id dont doesnt didnt cant wont isnt wasnt arent lets theres thats whats something's it's
    i'm i've i'd i'll don't doesn't didn't can't won't isn't wasn't aren't let's there's that's what's he's she's
    we're they're you're rated starring directed director actor actress cast called named title titled ideally
    possible possibly recently done fan fans kinds sorts genre genres hour hours wow lol haha hmm um uh ah oh yeah yep
    nope nah cheers sorry hello evening morning afternoon surprise random ideas idea options option choice choices
    changed change brothers sisters son daughter wife husband girlfriend boyfriend partner mum mom dad mother father grandma grandpa brother sister friend friends roommate parents somewhere anywhere nowhere somethin anythin sumthin nothin tonite dunno meant wait gave either idk bruh meh nah yea yup heard born mine hers tho till gonna lemme pick picks easy quickly stream streaming actually instead rather anyway honestly basically literally prefer preferred strictly definitely absolutely must needs alternatively bonus leaning forget remove drop ignore care anymore longer feel feeling feels felt fancy seems seem works work ask asked also plus etc main lead leads role similar alike different completely totally whatever smth sth pls plz u ur n gimme cuz bc tho rly bit yours watchable entertaining interesting tonight's""".split()
)


@dataclass(frozen=True)
class Phrase:
    """A facet value a phrase stands for. `keyword` values steer by meaning, others name a category."""

    facet: str
    value: str
    keyword: bool = False
    surname: bool = False
    either: bool = False  # of several values of one facet any will do; otherwise each is wished for


class Lexicon:
    """Phrases of one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.nouns = frozenset(name_key(noun) for noun in catalog.spec.catalog.nouns)
        self._phrases: dict[str, list[Phrase]] = {}
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
        texts: Counter[str] = Counter()
        names: set[str] = set()
        for item in catalog.items:
            texts.update(set(re.findall(r"\b[a-z]+\b", item.text)))
            names.update(name_key(item.title).split())
        self.ordinary = frozenset(w for w, n in texts.items() if n >= ORDINARY_FROM) | STOP_WORDS | self.nouns
        self.known = (
            frozenset(texts) | STOP_WORDS | self.nouns | {w for key in self._phrases for w in key.split()}
        )
        self.english = frozenset(texts) | STOP_WORDS | self.nouns | self._category_words()
        self.name_words = frozenset(names)

    def _add_facet(self, name: str) -> None:
        facet = self.catalog.spec.facets[name]
        surnames: dict[str, list[str]] = {}
        for value in self.catalog.values(name):
            key = name_key(value)
            self._add(key, Phrase(name, value, keyword=facet.role == "keyword"))
            if facet.role == "":
                for form in _number_forms(key):
                    self._add(form, Phrase(name, value))
            if facet.role == "person" and " " in key:
                surnames.setdefault(_surname(key), []).append(value)
            for word in facet.words.get(value, ()):
                self._add(name_key(word), Phrase(name, value))
        for surname, people in surnames.items():
            # Most frequent first: "Scott" is Ridley when he has the most items.
            if len(surname) > 3:
                self._add(surname, Phrase(name, people[0], surname=True))

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
        if any(p.surname for p in found):
            best: dict[str, int] = {}
            for p in found:
                if p.surname:
                    best[p.value] = best.get(p.value, 0) + self.catalog.count(p.facet, p.value)
            person = max(best, key=lambda value: best[value])
            return tuple(p for p in found if p.surname and p.value == person)
        return tuple(found)

    def is_category(self, key: str) -> bool:
        """Whether a word is first of all a category ("romance"), whatever item is called so."""
        return any(not p.keyword and not p.surname for p in self.phrases(key))

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

    def misspelt(self, word: str) -> tuple[Phrase, ...]:
        """The category that an unknown word is a misspelling of ("documentry"); nothing when none is near."""
        if len(word) < 6 or word in self.known:
            return ()
        found = process.extractOne(word, self._categories, scorer=fuzz.ratio, score_cutoff=86)
        return self.phrases(found[0]) if found else ()

    def misspelt_person(self, name: str) -> tuple[Phrase, ...]:
        """The person whose whole name is misspelt so ("brad pit"); nothing when none is near."""
        key = name_key(name)
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
