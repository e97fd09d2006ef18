"""What a text claims, and whether it is so: read from the words alone, held against the catalogue and the interactions.

The checker knows neither the evidence that a reason carries nor the templates that made it. It reads a text as a person
would: what it is about, which values, people and numbers it gives them, in which role, and what it says is missing.
Whatever it cannot read as a claim, a request or one of a closed list of linking words is unverifiable.
"""

import re

from agent.evaluation.claims.clauses import LINKING, ClauseReader
from agent.evaluation.claims.sentences import Atom, Clause, Vocabulary
from agent.evaluation.claims.statements import Statements
from agent.evaluation.claims.truths import Account, Claim, Told, Truths
from tools.catalog import Catalog
from tools.sequence.serve import SequenceModel

REQUESTS = frozenset("tell name say take enjoy".split())
REQUEST_WORDS = LINKING | frozenset(
    "tell me name say take enjoy one another you liked what are in mood two to compare its number something back start "
    "over is".split()
)


class Checker:
    """Reads texts about one catalogue and gives their claims."""

    def __init__(self, catalog: Catalog, sequence: SequenceModel) -> None:
        self.catalog = catalog
        self.truths = Truths(catalog, sequence)
        self.vocabulary = Vocabulary(catalog)
        self.statements = Statements(self.truths, self.asked_of)

    def claims(self, text: str, told: Told) -> list[Claim]:
        """All claims of the text, in order; a text without any has one that is unverifiable."""
        named = [row for clause in self.vocabulary.clauses(text) for a in clause.atoms for row in a.rows]
        spoken_of = tuple(dict.fromkeys((*told.about, *named, *told.liked, *told.shown)))
        clauses = self.vocabulary.clauses(text, told.wishes, spoken_of)
        account = Account(told, told.about)
        for clause in clauses:
            self._excuse(clause, account)
        for n, clause in enumerate(clauses):
            if n and clauses[n - 1].ending not in (":", ";"):
                account.partners, account.asked = (), False
            self._read(clause, account)
        if not account.claims:
            account.say(text, "nothing", None, "claims nothing that can be checked")
        return account.claims

    def asked_of(self, told: Told) -> list[Atom]:
        """What a question asks about: its values, by the catalogue's words or people's."""
        found = [a for c in self.vocabulary.clauses(told.question, told.wishes, told.about) for a in c.atoms]
        return [a for a in found if (a.values or a.synonyms) and not a.rows]

    def _excuse(self, clause: Clause, account: Account) -> None:
        """Notes beforehand what the text says is unknown, for the claims that stand before that."""
        if not re.match(r"(i do not know|the catalogue does not give) the <F>", clause.skeleton()):
            return
        named = {row for a in clause.atoms for row in a.rows}
        for facet in (f for a in clause.atoms for f in a.relation if not a.rows):
            rows = (*account.told.about, *account.told.shown)
            lacking = {r for r in rows if facet not in self.catalog.items[r].facets}
            account.excused.setdefault(facet, set()).update(named & lacking if named else lacking)

    def _read(self, clause: Clause, account: Account) -> None:
        if not self.statements.read(clause, account) and not _is_request(clause, account):
            ClauseReader(self.truths, self.vocabulary, self.asked_of, clause, account).read()


def _is_request(clause: Clause, account: Account) -> bool:
    """Whether a clause asks the person for something, and names nothing but what was shown: it claims nothing then."""
    spoken_of = {*account.told.shown, *account.told.about, *account.told.liked}
    return clause.atoms[0].word in REQUESTS and all(
        set(a.rows) & spoken_of if a.rows else a.word in REQUEST_WORDS or a.noun for a in clause.atoms
    )
