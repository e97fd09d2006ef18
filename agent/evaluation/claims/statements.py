"""Statements of a fixed meaning: what is unknown, how many, how well known, what others went on to."""

import re
from collections.abc import Callable

import numpy as np

from agent.evaluation.claims.sentences import Atom, Clause
from agent.evaluation.claims.truths import Account, Told, Truths
from agent.parsing.english.fame import FAME_WORDS
from memory.preferences import KeywordTarget

WINDOW = 10  # events within which an item counts as having come after another
WELL_KNOWN = 0.1  # share of the catalogue, the best known of it
COMMONPLACE = 0.4  # a value that more of the items share tells nothing of two of them
WEAK = frozenset("in from with by for at of on about".split())  # these stand before many things

Asked = Callable[[Told], list[Atom]]

_HISTORY = r"(?:history|<V>)"
_TITLES = r"<T>(?:(?: ,| and) <T>)*"
_LABELS = r"<F>(?:(?: ,| and| or) <F>)*"


class Statements:
    """Statements about the catalogue, the interactions and the slate, each with what makes it true."""

    def __init__(self, truths: Truths, asked: Asked) -> None:
        self.truths = truths
        self.catalog = truths.catalog
        self.sequence = truths.sequence
        self.asked = asked

    def read(self, clause: Clause, state: Account) -> bool:
        """Whether the clause is such a statement; its claims are then in the account."""
        skeleton = clause.skeleton()
        for pattern, check in _TABLE:
            if pattern.fullmatch(skeleton):
                check(self, clause, state)
                return True
        return False

    def _spoken_of(self, clause: Clause, state: Account) -> None:
        """A title that nobody spoke of has no place in the statement."""
        told = state.told
        strange = set(_rows(clause)) - {*told.about, *told.shown, *told.liked}
        for row in strange if told.about or told.shown else ():
            state.say(self.catalog.items[row].title, "title", None, "nobody spoke of it")

    def _absent(self, clause: Clause, state: Account) -> None:
        facets = [a.relation for a in clause.atoms if a.relation and not a.rows and a.word not in WEAK]
        rows = _rows(clause)
        self._spoken_of(clause, state)
        for named in facets:
            lacking = [
                r
                for r in rows or state.told.about or state.told.shown
                if not named & set(self.catalog.items[r].facets)
            ]
            if rows or "them" not in clause.skeleton():
                holds = set(lacking) == set(rows or state.subject)
            elif _numbers(clause):
                holds = len(lacking) == _numbers(clause)[0]
            else:
                holds = len(lacking) == len(state.told.shown or state.told.about)
            state.say(clause.text, "unknown", holds, "the catalogue does give it, or to others")
        if rows:
            state.subject = tuple(rows)

    def _went_on(self, clause: Clause, state: Account) -> None:
        source, *target = _rows(clause)
        to = target or list(state.subject)
        count, of, *window = _numbers(clause)
        if clause.atoms[0].word == "of":
            count, of = of, count
        holds = len(to) == 1 and (
            self.sequence.transition_count(source, to[0]) == count and self.sequence.support(source) == of
        )
        holds = holds and window in ([], [WINDOW])
        state.say(clause.text, "transition", holds, "other counts in the interactions")

    def _popular(self, clause: Clause, state: Account) -> None:
        state.subject = tuple(_rows(clause)) or state.subject
        counts = {int(self.sequence.popularity[r]) for r in state.subject}
        state.say(clause.text, "popularity", counts == {_numbers(clause)[0]}, f"it is {sorted(counts)}")

    def _most_known(self, clause: Clause, state: Account) -> None:
        """ "The most obscure of these is …": by how many people had each of those shown."""
        said = clause.text.casefold()
        sign = next((s for word, s in FAME_WORDS.items() if word in said), 1) * (
            -1 if " least " in said else 1
        )
        state.subject = tuple(_rows(clause))
        pool = [sign * int(self.sequence.popularity[r]) for r in state.told.shown]
        holds = bool(pool) and all(sign * self.sequence.popularity[r] >= max(pool) for r in state.subject)
        state.say(clause.text, "superlative", holds, "more people had another, or fewer")

    def _well_known(self, clause: Clause, state: Account) -> None:
        bound = np.quantile(self.sequence.popularity, 1 - WELL_KNOWN)
        known = all(self.sequence.popularity[r] >= bound for r in state.subject)
        known = known and _numbers(clause) in ([], [len(state.subject)])
        state.say(clause.text, "popularity", known, "others are much better known")

    def _known_of_all(self, clause: Clause, state: Account) -> None:
        count, of = _numbers(clause)
        facets = next(a.relation for a in clause.atoms if a.relation)
        known = [int(self.catalog.known(f).sum()) for f in facets]
        state.say(
            clause.text,
            "count",
            count in known and of == len(self.catalog),
            f"known: {known}, of {len(self.catalog)}",
        )

    def _not_said(self, clause: Clause, state: Account) -> None:
        state.subject = tuple(_rows(clause)) or state.subject
        self._spoken_of(clause, state)
        held = [
            a.text for a in self.asked(state.told) if any(answers(self.truths, r, a) for r in state.subject)
        ]
        state.say(clause.text, "unknown", not held, f"the catalogue does say {held}")

    def _little_said(self, clause: Clause, state: Account) -> None:
        self._spoken_of(clause, state)
        keywords = self.catalog.spec.by_role("keyword")
        none = all(not self.catalog.items[r].values(f) for r in _rows(clause) for f in keywords)
        state.say(clause.text, "unknown", none, "the catalogue has keywords of it")

    def _no_facts(self, clause: Clause, state: Account) -> None:
        self._spoken_of(clause, state)
        none = all(not self.catalog.items[r].facets and not self.catalog.items[r].text for r in _rows(clause))
        state.say(clause.text, "unknown", none, "the catalogue does say more of it")

    def _not_suggested(self, clause: Clause, state: Account) -> None:
        shown = set(state.told.shown) | set(state.told.before)
        state.say(clause.text, "shown", not shown & set(_rows(clause)), "it was shown")

    def _count_shown(self, clause: Clause, state: Account) -> None:
        stated = next((a.number for a in clause.atoms if a.number is not None), None)
        same = stated == len(state.told.about)
        state.say(clause.text, "shown", same, f"{len(state.told.about)} are shown")
        state.lenient = state.lenient or "closest" in clause.text
        if "left" in clause.text.casefold():
            # what comes near to a refused theme was left out as well
            themes = [
                w for w in state.told.wishes if w.polarity == "-" and isinstance(w.target, KeywordTarget)
            ]
            state.say(clause.text, "only", bool(themes), "no theme was refused")
        elif "only" in clause.text.casefold():
            more = self.truths.fitting(state.told) - set(state.told.about) - set(state.told.before)
            said = [self.catalog.items[r].title for r in sorted(more)[:3]]
            state.say(clause.text, "only", not more, f"{len(more)} more fit: {said}")

    def _none_known(self, clause: Clause, state: Account) -> None:
        hard = [w for w in state.told.wishes if w.hard and not isinstance(w.target, KeywordTarget)]
        unknown = all(any(self.truths.meets(r, w) is None for w in hard) for r in state.told.about)
        state.say(clause.text, "unknown", unknown, "some are known to fit")
        state.lenient = True

    def _rest_shown(self, clause: Clause, state: Account) -> None:
        rest = self.truths.fitting(state.told) - set(state.told.about)
        state.say(clause.text, "shown", rest <= set(state.told.before), "some of the rest were not shown")

    def _earlier_too(self, clause: Clause, state: Account) -> None:
        latest = max((w.turn for w in state.told.wishes), default=0)
        earlier = [w for w in state.told.wishes if w.turn < latest]
        broken = [
            w.text
            for w in earlier
            if w.hard and any(self.truths.meets(r, w) is False for r in state.told.about)
        ]
        state.say(clause.text, "wishes", bool(earlier) and not broken, f"not met: {broken}")

    def _share_little(self, clause: Clause, state: Account) -> None:
        one, other = (self.catalog.items[r] for r in _rows(clause))
        common = [
            v
            for f, spec in self.catalog.spec.facets.items()
            if spec.kind == "categorical" and not spec.cue_required
            for v in set(one.values(f)) & set(other.values(f))
            if self.catalog.count(f, v) <= COMMONPLACE * int(self.catalog.known(f).sum())
        ]
        state.subject = tuple(_rows(clause))
        self._spoken_of(clause, state)
        state.say(clause.text, "comparison", not common, f"they share {common}")

    def _nothing_left(self, clause: Clause, state: Account) -> None:
        left = self.truths.fitting(state.told)
        state.say(clause.text, "only", not left, f"{len(left)} are left")

    def _claims_nothing(self, clause: Clause, state: Account) -> None:
        pass


def _rows(clause: Clause) -> list[int]:
    return [a.rows[0] for a in clause.atoms if a.rows]


def _numbers(clause: Clause) -> list[float]:
    return [a.number for a in clause.atoms if a.number is not None and not a.rows]


_TABLE: list[tuple[re.Pattern[str], Callable[[Statements, Clause, Account], None]]] = [
    (re.compile(pattern), check)
    for pattern, check in (
        (rf"(?:i do not know|the catalogue does not give) the {_LABELS} of (?:any of them|<N> of them|{_TITLES}|it)", Statements._absent),
        (rf"its {_LABELS} (?:is|are) not in the catalogue", Statements._absent),
        (rf"<N> of the <N> people with <T> in their {_HISTORY} went on to (?:this|it|<T>)(?: within their next <N>)?", Statements._went_on),
        (rf"of the <N> people with <T> in their {_HISTORY} , <N> went on to (?:this|it|<T>)(?: within their next <N>)?", Statements._went_on),
        (rf"<N> people (?:here )?have (?:it|each) in their {_HISTORY}", Statements._popular),
        (rf"<N> people here have <T> in their {_HISTORY}", Statements._popular),
        (rf"<N> person (?:here )?has (?:it|each) in their {_HISTORY}", Statements._popular),
        (r"(?:<N> NOUN that are )?well known here", Statements._well_known),
        (rf"the (?:(?:most|least) (?:{'|'.join(FAME_WORDS)})|(?:best|least) known) of these (?:is|are) {_TITLES}", Statements._most_known),
        (r"i know the <F> of only <N> of <N> NOUN", Statements._known_of_all),
        (r"the catalogue does not say (?:so|that) of <T>", Statements._not_said),
        (r"the catalogue says too little about <T>", Statements._little_said),
        (r"the catalogue gives no more than the name of <T>", Statements._no_facts),
        (r"i have not suggested <T>", Statements._not_suggested),
        (r"(?:only )?<N> NOUN(?: fits?| that comes? closest)?(?: that)?", Statements._count_shown),
        (r"only <N> NOUN (?:is|are) left", Statements._count_shown),
        (r"none that i know to fit", Statements._none_known),
        (r"(?:this <N>|these) may", Statements._claims_nothing),
        (r"i have shown you the rest", Statements._rest_shown),
        (r"what you said before counts too", Statements._earlier_too),
        (r"<T> and <T> share (?:little|nothing)(?: in the catalogue)?", Statements._share_little),
        (r"no NOUN is left after what you ruled out and have seen", Statements._nothing_left),
        (r"i do not know|perhaps", Statements._claims_nothing),
    )
]  # fmt: skip


def answers(truths: Truths, row: int, atom: Atom) -> bool:
    """Whether an item has what a word of a question asks for."""
    return any(truths.has(row, [f], [v]) for found in (atom.values, atom.synonyms) for f, v in found.items())
