"""One clause read from left to right: what it speaks of, and which values and numbers it gives to that, in which role."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.evaluation.claims.judging import Judge, Value
from agent.evaluation.claims.sentences import Atom, Clause, Vocabulary
from agent.evaluation.claims.statements import WEAK, Asked, answers
from agent.evaluation.claims.truths import Account, Truths
from memory.preferences import CritiqueTarget, ItemTarget

LINKING = frozenset(
    "a an the is are was has have it this they these them both that which also too again and or with in of for at by from "
    "to as on its here so like features featuring exploring involving differ lists catalogue catalogue's ( ) , “ ” \" ' ’ - – —".split()
)
NEGATIONS = frozenset("no not without never nothing neither nor isn't doesn't hasn't".split())
LIKED = frozenset("liked loved enjoyed".split())
LIKENED = ("as in", "in common with", "also in", "as does", "as is")
SHARING = frozenset("share shares shared common both".split())
FITS = frozenset("fits matches".split())
ASKED = frozenset("asked wished wanted".split()) | FITS  # "as you asked": the person wished for it
LOWER = ("at least", "from")
UPPER = ("at most", "up to")
MINUTES = frozenset("min mins minute minutes".split())
YEARS = (1800, 2100)


@dataclass
class ClauseReader:
    """Reads one clause from left to right, then judges what it gives to whom."""

    truths: Truths
    vocabulary: Vocabulary
    asked_of: Asked
    clause: Clause
    account: Account
    relation: frozenset[str] = frozenset()
    by_word: str = ""
    negated: bool = False
    soft: bool = False
    themes: bool = False
    sharing: bool = False
    asked: bool = False
    side: int = 0
    title_role: str = ""
    acted: bool = False
    subjects: list[int] = field(default_factory=list)
    partners: list[int] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def read(self) -> None:
        """Adds the clause's claims to the account."""
        atoms = self.clause.atoms
        self.sharing = any(a.word in SHARING for a in atoms)
        self.asked = self.account.asked or any(a.word in ASKED for a in atoms)
        at = 0
        while at < len(atoms):
            at += self._take(atoms, at)
        if self.subjects:
            self.account.subject = tuple(dict.fromkeys(self.subjects))
        if self.partners:
            self.account.partners = tuple(dict.fromkeys(self.partners))
        judge = Judge(self.truths, self.account, self.asked, self._two_sided())
        for value in self.values:
            judge.judge(value)
        handed_on = self.clause.ending == ":" and not self.values
        self.account.asked = self.asked and handed_on
        if self.partners and not self.values and not handed_on:
            self.account.say(self.clause.text, "likeness", None, "says no likeness")

    # Reading

    def _take(self, atoms: Sequence[Atom], at: int) -> int:
        """Takes in what stands here; how many atoms that was."""
        atom = atoms[at]
        if atom.text_of is not None:
            same = atom.text_of in (self.subjects or self.account.subject)
            self.account.say(atom.text, "text", same, "it is another item's text")
            return 1
        if atom.rows and not (atom.values and not self._meant_as_title(atoms, at)):
            self._title(atoms, at)
            return 1
        self.title_role = self.title_role if atom.word in (",", "and", "or") else ""
        if atom.degree is not None and not atom.values and not atom.relation:
            return self._degree(atoms, at)
        if atom.number is not None and (taken := self._number(atoms, at)):
            return taken
        if self._acts(atoms, at):
            return 1
        if atom.relation and not self._is_value(atom):
            self.relation, self.by_word = atom.relation, atom.word
            self.side = 0 if atom.word not in WEAK else self.side
            rest = atoms[at + 1 :]
            to_none = not any(a.values or a.said or a.number is not None for a in rest)
            if atom.word not in WEAK and (
                to_none or (" " in atom.word and rest[0].relation and not rest[0].values)
            ):
                self.account.say(atom.text, "relation", None, "of nothing")
            return 1
        if atom.values or atom.said or (atom.synonyms and self.account.told.kind == "reply"):
            self._value(atom, quoted=at > 0 and atoms[at - 1].word == "“")
            return 1
        return self._word(atoms, at)

    def _acts(self, atoms: Sequence[Atom], at: int) -> bool:
        """Whether a word says what the people right before it did, "Michael Mann directed Heat"; then they are given in that
        role, and the title that follows is what they are given to."""
        word = atoms[at].word
        facets = self.vocabulary.acts.get(word) or atoms[at].relation
        follows = bool(self.values) and at > 0 and atoms[at - 1] is self.values[-1].atom
        if not follows or word in WEAK or " " in word:
            return False
        spec = self.truths.catalog.spec
        people = all(
            not v.relation and any(spec.facets[f].role == "person" for f in v.atom.values)
            for v in self.values
        )
        if not people or not any(spec.facets[f].role == "person" for f in facets):
            return False
        self.values = [
            replace(v, words=f"{v.words} {word}", relation=facets, by_word=word) for v in self.values
        ]
        self.acted = True
        return True

    def _meant_as_title(self, atoms: Sequence[Atom], at: int) -> bool:
        return "(" in atoms[at].text or (at > 0 and atoms[at - 1].word in ("like", "of", "than", "as"))

    def _is_value(self, atom: Atom) -> bool:
        """Of a word that is both a value and a facet's name, whether the item has it as a value."""
        if not atom.values:
            return False
        return any(
            self.truths.has(r, atom.values, atom.values.values())
            for r in self.subjects or self.account.subject
        )

    def _title(self, atoms: Sequence[Atom], at: int) -> None:
        """A title by the words before it: the one spoken of, one it is likened to, or one that the person liked."""
        atom, role, told = atoms[at], self.title_role, self.account.told
        before = " ".join(
            a.word for a in atoms[max(0, at - 3) : at] if a.word not in ("the", "a", "that", "“")
        )
        if self.acted and before.rpartition(" ")[2] in (*self.vocabulary.acts, "in"):
            role = "subject"
        role = role or self._role_of_title(before)
        self.title_role = role
        rows = list(atom.rows)
        said = f"{before} {atom.text}"
        match role:
            case "subject":
                spoken_of = (
                    {*told.about} if told.kind == "reason" else {*told.about, *told.shown, *told.liked}
                )
                known = [r for r in rows if r in told.about] or [r for r in rows if r in spoken_of]
                self.subjects += (known or rows)[:1]
                if not known:
                    self.account.say(atom.text, "title", None, "nobody spoke of it")
            case "partner" if told.kind == "reply":
                wishes = (w.target for w in told.wishes if w.polarity == "+")
                wished = {t.item_id for t in wishes if isinstance(t, ItemTarget)}
                self.account.say(
                    said, "wish", self._any_of(rows, wished), "the person did not ask for its like"
                )
            case "partner":
                self.partners += ([r for r in rows if r in told.liked] or rows)[:1]
            case "compared":
                ids = {i for w in told.wishes if isinstance(w.target, CritiqueTarget) for i in w.target.than}
                self.account.say(said, "wish", self._any_of(rows, ids), "the person did not compare with it")
            case "liked":
                self.account.say(said, "liked", bool(set(rows) & set(told.liked)), "not said to be liked")
            case _:
                self.account.say(said, "title", None, "says nothing of it")

    def _any_of(self, rows: Iterable[int], ids: set[str]) -> bool:
        return any(self.truths.catalog.items[r].id in ids for r in rows)

    def _role_of_title(self, before: str) -> str:
        """What a title is there for, by up to three words before it."""
        last = before.rpartition(" ")[2]
        if last in LIKED or before.endswith("you like"):
            return "liked"
        if last == "like" or before.endswith(LIKENED) or (last == "with" and self.sharing):
            return "partner"
        if last == "than" and self.account.told.kind == "reply":
            return "compared"
        if not self.values or last in ("of", "for", "about", "is", "not"):
            return "subject"
        return "stray"

    def _value(self, atom: Atom, words: str = "", **more: Any) -> None:
        relation, by_word = self.relation, self.by_word
        people = {f for f in atom.values if self.truths.catalog.spec.facets[f].role == "person"}
        if relation and "facets" not in more and not relation & {*atom.values, *atom.synonyms}:
            person_before = any(self.truths.catalog.spec.facets[f].role == "person" for f in relation)
            if not (people and person_before) or by_word == "with":
                relation, by_word = frozenset(), ""
                self.relation, self.by_word = relation, by_word
        said = f"{by_word} {words or atom.text}".strip()
        self.values.append(
            Value(atom, said, relation, by_word, self.negated, self.soft or self.themes, self.side, **more)
        )

    def _word(self, atoms: Sequence[Atom], at: int) -> int:
        """A word that is no claim of itself: it turns what follows, or links; any other is unverifiable."""
        word = atoms[at].word
        following = atoms[at + 1].word if at + 1 < len(atoms) else ""
        if word in ("yes", "no", "not") and at == 0 and self.account.told.question:
            self._answer(word)
            by_catalogue = [a.word for a in atoms[1:4]] == ["by", "the", "catalogue"]
            return 4 if by_catalogue and word != "yes" else 1
        bounded = at + 2 < len(atoms) and atoms[at + 2].number is not None
        if f"{word} {following}" in (*UPPER, LOWER[0]) and bounded:
            return 2
        if not self._turns(word, following) and not self._links(atoms, at, following):
            self.account.say(atoms[at].text, "word", None, "no fact of the catalogue")
        return 1

    def _turns(self, word: str, following: str) -> bool:
        """Whether a word changes how what follows is meant; then it does."""
        if word in NEGATIONS:
            self.negated = True
            if word != "not":
                self.relation, self.by_word = frozenset(), ""
        elif word == "less" and following == "“":
            self.negated = self.soft = True
        elif word in (",", "but"):
            # "rather Horror, Romance and English" is one leaning
            self.soft = self.soft and not self.negated and following not in ("like", "close", *NEGATIONS)
            self.negated = False
            self.themes = self.themes and following == "“"
            self.side = self.side if self._two_sided() else 0
        elif word == "rather":
            self.soft = True
        elif word == "close" and following == "to":
            self.themes = True
        elif word == "against" and len(self.account.subject) == 2:
            self.side = 1
        else:
            return False
        return True

    def _links(self, atoms: Sequence[Atom], at: int, following: str) -> bool:
        """Whether a word only links, where it stands."""
        word, before = atoms[at].word, atoms[at - 1].word if at else ""
        if any(word == sign for sign, _ in self.vocabulary.number_frames.values()):
            return at + 1 < len(atoms) and atoms[at + 1].number is not None  # "$49"
        if word == "you":
            return following in (*ASKED, *LIKED)
        if word in ASKED or word in LIKED:
            return before == "you" or word in FITS
        if word == "tagged":
            return self.negated
        if word == "than":
            return self.soft
        if word == "about":
            return at + 1 < len(atoms) and atoms[at + 1].number is None
        return word in LINKING or word in SHARING or atoms[at].noun

    def _two_sided(self) -> bool:
        return any(a.word == "against" for a in self.clause.atoms)

    def _answer(self, word: str) -> None:
        """ "Yes" or "no" to the question that was asked."""
        named = [r for a in self.clause.atoms for r in a.rows] or list(self.account.subject)
        asked = self.asked_of(self.account.told)
        if not asked:
            self.account.say(word, "answer", None, "what was asked is no value of the catalogue")
            return
        held = any(answers(self.truths, r, a) for r in named[:1] for a in asked)
        self.account.say(
            word, "answer", held == (word == "yes"), f"the catalogue says {'so' if held else 'no such thing'}"
        )

    # Numbers and degrees

    def _number(self, atoms: Sequence[Atom], at: int) -> int:
        """A number with its unit or role, alone or as a range; how many atoms it took, 0 when it is none."""
        atom, taken = atoms[at], 1
        low: float | None = atom.number
        high: float | None = atom.number
        before = " ".join(a.word for a in atoms[max(0, at - 2) : at])
        nexts = [a.word for a in atoms[at + 1 : at + 3]]
        if len(nexts) == 2 and nexts[0] in ("to", "–", "-") and atoms[at + 2].number is not None:
            high, taken = atoms[at + 2].number, 3
        elif before.endswith(LOWER[0]):
            high = None
        elif before.endswith(UPPER):
            low = None
        elif before.endswith("from") and nexts[:1] == ["on"]:
            high, taken = None, 2
        elif before.endswith("of only") or (atom.word == "one" and not self._unit(atoms, at + 1)):
            return 0
        after, more = self._unit_length(atoms, at + taken)
        facets = self._facets_of_number(atoms, at, atom, after)
        words = " ".join(a.text for a in atoms[at : at + taken + more])
        if taken == 1 and any(self._in_frame(atoms, at, f, after) for f in facets):
            low = high = atom.number  # "up to 4 players" is how a fact is said there
        if not facets:
            self.account.say(words, "number", None, "no one can tell of what")
            return taken + more
        self._value(atom, words, facets=facets, low=low, high=high)
        return taken + more

    def _in_frame(self, atoms: Sequence[Atom], at: int, facet: str, after: str) -> bool:
        """Whether a number stands just as the catalogue says facts of a facet."""
        before, behind = self.vocabulary.number_frames[facet]
        said = " ".join(a.word for a in atoms[:at])
        return bool(before) and behind == after and (said == before or said.endswith(f" {before}"))

    def _unit(self, atoms: Sequence[Atom], at: int) -> bool:
        return at < len(atoms) and atoms[at].word in MINUTES

    def _unit_length(self, atoms: Sequence[Atom], at: int) -> tuple[str, int]:
        """(the unit that begins here, atoms of it): minutes, or what stands behind a number in the catalogue's facts."""
        if self._unit(atoms, at):
            return "min", 1
        rest = " ".join(a.word for a in atoms[at:])
        for _, after in self.vocabulary.number_frames.values():
            if after and (rest == after or rest.startswith(after + " ")):
                return after, len(after.split())
        return "", 0

    def _facets_of_number(self, atoms: Sequence[Atom], at: int, atom: Atom, after: str) -> frozenset[str]:
        spec = self.truths.catalog.spec
        frames = self.vocabulary.number_frames
        numeric = frozenset(frames)
        if after:
            found = {n for n in numeric if frames[n][1] == after}
            return frozenset(found or (n for n in numeric if spec.facets[n].role == "duration"))
        if self.relation & numeric:
            return self.relation & numeric
        before = " ".join(a.word for a in atoms[:at])
        found = {n for n in numeric if frames[n][0] and before.endswith(frames[n][0]) and not frames[n][1]}
        if found:
            return frozenset(found)
        if before.endswith((*LOWER, *UPPER)):
            if atom.number is not None and YEARS[0] < atom.number < YEARS[1]:
                return frozenset(spec.by_role("year"))
            return frozenset(spec.by_role("price"))
        years = atom.number is not None and YEARS[0] < atom.number < YEARS[1]
        if (years and before.endswith((" in", " from", " since"))) or before in ("in", "from", "since"):
            return frozenset(spec.by_role("year"))
        if self.account.told.kind == "reply" and before.rpartition(" ")[2] in ("", ",", "rather"):
            return frozenset(spec.by_role("price"))
        return frozenset()

    def _degree(self, atoms: Sequence[Atom], at: int) -> int:
        """ "The longest of these is …", "longer than …", or a wish for something longer."""
        atom, told = atoms[at], self.account.told
        assert atom.degree is not None
        facet, sign, degree = atom.degree
        if atom.said or (self.soft and told.kind == "reply"):
            self._value(atom)
            return 1
        numbers = self.truths.catalog.numbers(facet)
        following = [a.word for a in atoms[at + 1 : at + 3]]
        titles = [a.rows[0] for a in atoms[at:] if a.rows]
        if degree == "most" and following == ["of", "these"] and titles:
            pool = set(told.shown) - self.account.excused.get(facet, set())
            mine = sign * numbers[titles[0]]
            holds: bool | None = all(sign * numbers[r] <= mine for r in pool)
            if any(numbers[r] != numbers[r] for r in (*pool, titles[0])):
                holds = None
            self.account.say(f"{atom.text} of these", "superlative", holds, "another is, or is not known")
            return 3
        if degree == "more" and following[:1] == ["than"] and titles:
            for row in self.account.subject:
                a, b = sign * numbers[row], sign * numbers[titles[0]]
                self.account.say(
                    f"{atom.text} than", "comparison", None if a != a or b != b else a > b, "it is not"
                )
            return 2 + len([a for a in atoms[at + 2 : at + 3] if a.rows])
        self.account.say(atom.text, degree, None, "of nothing it could be held against")
        return 1
