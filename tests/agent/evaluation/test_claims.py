"""The checker of claims: what is true passes, what is not is found, and true texts made false are caught."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evaluation.claims import Checker, Claim, Told
from agent.evaluation.corruptions import Corruptor
from agent.evaluation.explanations import check_explanations, explanations
from memory.preferences import CritiqueTarget, FacetTarget, ItemTarget, KeywordTarget, Preference, RangeTarget
from tools.catalog import Catalog, Item
from tools.catalog.spec import read_spec
from tools.demo import DEMO_FOLDER

MUST_CATCH = 0.99


@dataclass
class Counts:
    """Interactions of known counts, in the place of a fitted model."""

    popularity: Any
    after: dict[tuple[int, int], int] = field(default_factory=dict)

    def transition_count(self, source: int, target: int) -> int:
        return self.after.get((source, target), 0)

    def support(self, row: int) -> int:
        return int(self.popularity[row])


def _film(
    title: str, genres: str, minutes: int | None, director: str, cast: str, keywords: str, **more: Any
) -> Item:
    facets: dict[str, Any] = {
        "genres": tuple(genres.split("|")),
        "year": int(title[-5:-1]),
        "directors": (director,),
        "cast": tuple(cast.split("|")),
        "keywords": tuple(keywords.split("|")),
        **more,
    }
    if minutes is not None:
        facets["runtime_min"] = minutes
    return Item(title, title, f"A text about {title[:-7]}.", (), facets)


FILMS = (
    _film("Heat (1995)", "Action|Crime|Thriller", 170, "Michael Mann", "Al Pacino|Robert De Niro", "cat and mouse|heist|ensemble cast", language="English"),
    _film("Collateral (2004)", "Action|Crime|Drama|Thriller", 120, "Michael Mann", "Tom Cruise|Jamie Foxx", "hitman|neo-noir|los angeles", language="English"),
    _film("Léon: The Professional (1994)", "Action|Crime|Drama|Thriller", 110, "Luc Besson", "Jean Reno|Natalie Portman", "hitman|unlikely friendship", language="English", country="France"),
    _film("Ronin (1998)", "Action|Crime|Thriller", 122, "John Frankenheimer", "Robert De Niro|Jean Reno", "heist|car chase|betrayal", language="English"),
    _film("Unforgiven (1992)", "Drama|Western", 131, "Clint Eastwood", "Clint Eastwood|Gene Hackman", "revenge|retired gunslinger", language="English"),
    _film("Amelie (2001)", "Comedy|Romance", 122, "Jean-Pierre Jeunet", "Audrey Tautou", "whimsical|paris", language="French", country="France"),
    _film("The Pledge (2001)", "Crime|Drama|Mystery", None, "Sean Penn", "Jack Nicholson", "obsession|small town", language="English"),
    _film("Airplane! (1980)", "Comedy", 88, "Jim Abrahams", "Leslie Nielsen", "parody|slapstick", language="English"),
)  # fmt: skip
HEAT, COLLATERAL, LEON, RONIN, UNFORGIVEN, AMELIE, PLEDGE, AIRPLANE = range(8)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(read_spec(DEMO_FOLDER / "catalog.toml"), FILMS)


@pytest.fixture(scope="module")
def sequence() -> Any:
    return Counts(np.array([104, 80, 133, 44, 60, 90, 12, 70]), {(HEAT, RONIN): 23})


@pytest.fixture(scope="module")
def checker(catalog: Catalog, sequence: Any) -> Checker:
    return Checker(catalog, sequence)


def _wish(target: Any, polarity: Any = "+", strength: Any = "must", text: str = "") -> Preference:
    return Preference(1, polarity, strength, target, text, 1)


LIKES_HEAT = _wish(ItemTarget("Heat (1995)", "Heat (1995)"), "+", "prefer")
NO_WESTERN = _wish(FacetTarget(("genres",), ("Western",)), "-", "never")
NINETIES = _wish(RangeTarget("year", 1990, 1999))
TWO_HOURS = _wish(RangeTarget("runtime_min", None, 125))
THEME = _wish(KeywordTarget("heist"), "+", "prefer")
LATER_THEME = replace(THEME, turn=2)


def reason(row: int, *wishes: Preference) -> Told:
    return Told("reason", (row,), wishes, (HEAT, COLLATERAL), (LEON, RONIN, UNFORGIVEN), (HEAT, COLLATERAL))


def reply(rows: tuple[int, ...], *wishes: Preference) -> Told:
    return Told("reply", rows, wishes, (HEAT,), rows, (HEAT,))


def answer(question: str, *rows: int) -> Told:
    return Told("answer", rows, (), (), (LEON, RONIN, UNFORGIVEN, PLEDGE), (), (), question)


TRUE: list[tuple[str, Told]] = [
    ("Shares hitman and Crime with Collateral (2004).", reason(LEON)),
    ("Like Heat (1995), it has Robert De Niro and heist.", reason(RONIN)),
    ("In common with Heat (1995): heist, Crime and Action.", reason(RONIN)),
    ("Neo-noir and hitman, directed by Michael Mann.", reason(COLLATERAL)),
    ("Directed by Michael Mann, like Heat (1995); in both: Crime.", reason(COLLATERAL)),
    ("With Jean Reno: hitman and unlikely friendship. 110 min, made in France.", reason(LEON)),
    ("From 1998 and 122 min, as you asked.", reason(RONIN, NINETIES, TWO_HOURS)),
    ("As you asked: heist. Also car chase and betrayal.", reason(RONIN, THEME)),
    ("23 of the 104 people with Heat (1995) in their history went on to this within their next ten.", reason(RONIN)),
    ("Of the 104 people with Heat (1995) in their history, 23 went on to this within their next ten.", reason(RONIN)),
    ("44 people here have it in their history.", reason(RONIN)),
    ("Its runtime is not in the catalogue.", reason(PLEDGE)),
    ("It is 122 minutes, and it is not Comedy.", reason(RONIN)),
    ("Two films: from 1990 to 1999, no Western, like Heat (1995).", reply((LEON, RONIN), NINETIES, NO_WESTERN, LIKES_HEAT)),
    ("Two films: at most 125 min, close to “heist”.", reply((LEON, RONIN), TWO_HOURS, THEME)),
    ("Two films: close to “heist”; what you said before counts too.", reply((LEON, RONIN), NO_WESTERN, LATER_THEME)),
    ("Two films: at most 125 min. I do not know the runtime of The Pledge (2001).", reply((RONIN, PLEDGE), TWO_HOURS)),
    ("Only two films fit: Comedy.", reply((AMELIE, AIRPLANE), _wish(FacetTarget(("genres",), ("Comedy",))))),
    ("One film: rather darker than Heat (1995), rather Drama.", reply((LEON,), _wish(CritiqueTarget("dark", 1, ("Heat (1995)",)), "+", "prefer"), _wish(FacetTarget(("genres",), ("Drama",)), "+", "prefer"))),
    ("Ronin (1998): directed by John Frankenheimer.", answer("who directed it?", RONIN)),
    ("Yes, the catalogue lists Léon: The Professional (1994) as Drama.", answer("is it Drama?", LEON)),
    ("The catalogue lists Léon: The Professional (1994) as Drama.", answer("is it Drama?", LEON)),
    ("Not by the catalogue: Ronin (1998) is Action, Crime and Thriller.", answer("is it scary?", RONIN)),
    ("The catalogue does not say so of Ronin (1998); its keywords are heist and car chase.", answer("is it whimsical?", RONIN)),
    ("The catalogue does not give the runtime of The Pledge (2001).", answer("how long is it?", PLEDGE)),
    ("The longest of these is Unforgiven (1992): 131 min. I do not know the runtime of The Pledge (2001).", answer("which is the longest?")),
    ("Léon: The Professional (1994) and Ronin (1998) share cast Jean Reno, Crime and Action. Ronin (1998): 122 min.", answer("compare them", LEON, RONIN)),
    ("They differ in runtime 110 against 122 and director Luc Besson against John Frankenheimer.", answer("compare them", LEON, RONIN)),
    ("Ronin (1998): Action, Crime and Thriller. A text about Ronin.", answer("what is it about?", RONIN)),
    ("Michael Mann directed Heat, a film about cat and mouse.", reason(HEAT)),
    ("Al Pacino and Robert De Niro star in Heat (1995), featuring heist.", reason(HEAT)),
    ("Clint Eastwood directed this, and it features Gene Hackman.", reason(UNFORGIVEN)),
]  # fmt: skip

WRONG: list[tuple[str, Told, str, str]] = [
    ("Directed by Al Pacino.", reason(HEAT), "false", "directed by Al Pacino"),  # in the cast, and no director
    ("With Michael Mann.", reason(HEAT), "false", "Michael Mann"),
    ("Directed by Luc Besson.", reason(HEAT), "false", "directed by Luc Besson"),
    ("Directed by Somebody Else.", reason(HEAT), "unverifiable", "Somebody"),
    ("Like Heat (1995): neo-noir.", reason(COLLATERAL), "false", "neo-noir"),  # of the one and not of the other
    ("Shares heist with Amelie (2001).", reason(RONIN), "false", "heist"),
    ("From 1997.", reason(RONIN), "false", "From 1997"),
    ("121 min.", reason(RONIN), "false", "121 min"),
    ("122 min.", reason(PLEDGE), "false", "122 min"),  # nobody knows
    ("24 of the 104 people with Heat (1995) in their history went on to this.", reason(RONIN), "false", ""),
    ("23 of the 105 people with Heat (1995) in their history went on to this.", reason(RONIN), "false", ""),
    ("23 of the 104 people with Heat (1995) in their history went on to this within their next nine.", reason(RONIN), "false", ""),
    ("45 people here have it in their history.", reason(RONIN), "false", ""),
    ("An Oscar-winning heist.", reason(RONIN), "unverifiable", "Oscar"),
    ("The best heist.", reason(RONIN), "unverifiable", "best"),
    ("The longest heist.", reason(RONIN), "unverifiable", "longest"),
    ("Longer than Unforgiven (1992).", reason(RONIN), "false", "Longer than"),
    ("It has no heist.", reason(RONIN), "false", "not heist"),
    ("It is without car chase.", reason(RONIN), "false", "not car chase"),
    ("It does not have heist.", reason(RONIN), "false", "not heist"),
    ("Dark and gripping.", reason(RONIN), "unverifiable", "Dark"),
    ("Comedy, as you asked.", reason(AIRPLANE), "false", "Comedy, as asked"),  # true of it, and not asked for
    ("It has time machines.", reason(RONIN, _wish(KeywordTarget("time machines"))), "false", "time machines"),
    ("Its runtime is not in the catalogue.", reason(RONIN), "false", ""),
    ("Heat (1995): cat and mouse.", reason(RONIN), "unverifiable", "Heat (1995)"),  # a reason speaks of its item
    ("You liked Amelie (2001).", reason(RONIN), "false", ""),
    ("Good.", reason(RONIN), "unverifiable", "Good"),
    ("It is.", reason(RONIN), "unverifiable", "It is."),
    ("Four films: from 1990 to 1999.", reply((LEON, RONIN), NINETIES), "false", "Four films"),
    ("Two films: from 1990 to 1998.", reply((LEON, RONIN), NINETIES), "false", "from 1990 to 1998"),
    ("Two films: from 1990 to 1999.", reply((LEON, AMELIE), NINETIES), "false", "from 1990 to 1999"),
    ("One film: no Western.", reply((UNFORGIVEN,), _wish(FacetTarget(("genres",), ("Western",)), "-", "never")), "false", "no Western"),
    ("One film: Drama.", reply((LEON,), _wish(FacetTarget(("genres",), ("Drama",)), "+", "prefer")), "false", "Drama"),
    ("Two films: at most 125 min.", reply((RONIN, PLEDGE), TWO_HOURS), "false", "125 min"),  # one is not known to
    ("Two films: like Amelie (2001).", reply((LEON, RONIN), LIKES_HEAT), "false", ""),
    ("Only one film fits: Comedy.", reply((AMELIE,), _wish(FacetTarget(("genres",), ("Comedy",)))), "false", "Only one film fits"),
    ("Amelie (2001): 122 min.", answer("how long is it?", RONIN), "unverifiable", "Amelie (2001)"),  # not asked of
    ("Yes, the catalogue lists Ronin (1998) as Crime.", answer("is it Drama?", RONIN), "false", "yes"),
    ("Not by the catalogue: Ronin (1998) is Action.", answer("is it Crime?", RONIN), "false", "not"),
    ("The catalogue does not say so of Ronin (1998).", answer("is it heist?", RONIN), "false", ""),
    ("Two films: close to “heist”; what you said before counts too.", reply((UNFORGIVEN, RONIN), NO_WESTERN, LATER_THEME), "false", ""),
    ("Two films: close to “heist”; what you said before counts too.", reply((LEON, RONIN), LATER_THEME), "false", ""),
    ("The catalogue does not give the runtime of Ronin (1998).", answer("how long is it?", RONIN), "false", ""),
    ("The longest of these is Unforgiven (1992).", answer("which is the longest?"), "unverifiable", "longest of these"),
    ("The longest of these is Ronin (1998). I do not know the runtime of The Pledge (2001).", answer(""), "false", ""),
    ("Léon: The Professional (1994) and Ronin (1998) share little in the catalogue.", answer("", LEON, RONIN), "false", ""),
    ("They differ in runtime 122 against 110.", answer("", LEON, RONIN), "false", "runtime 122"),
    ("Al Pacino directed Heat, a film about heist.", reason(HEAT), "false", "Al Pacino directed"),
    ("Luc Besson directed Heat.", reason(HEAT), "false", "Luc Besson directed"),
    ("Jean Reno stars in Heat (1995).", reason(HEAT), "false", "Jean Reno star"),
    ("Michael Mann directed Heat.", reason(RONIN), "unverifiable", "Heat"),
    ("A film about neo-noir.", reason(RONIN), "false", "neo-noir"),
    ("About 122 minutes.", reason(RONIN), "unverifiable", "About"),
    ("Ronin (1998): A text about Heat.", answer("what is it about?", RONIN), "unverifiable", "text"),
]  # fmt: skip


def _wrong(claims: list[Claim]) -> list[Claim]:
    return [c for c in claims if c.verdict != "true"]


@pytest.mark.parametrize(("text", "told"), TRUE, ids=[t for t, _ in TRUE])
def test_what_is_true_passes(checker: Checker, text: str, told: Told) -> None:
    assert _wrong(checker.claims(text, told)) == []


@pytest.mark.parametrize(("text", "told", "verdict", "words"), WRONG, ids=[w[0] for w in WRONG])
def test_what_is_not_is_found(checker: Checker, text: str, told: Told, verdict: str, words: str) -> None:
    found = [(c.verdict, c.words.casefold()) for c in _wrong(checker.claims(text, told))]
    assert any(v == verdict and words.casefold() in w for v, w in found), found


def test_a_value_is_given_to_every_item_that_is_spoken_of(checker: Checker) -> None:
    told = answer("compare them", LEON, UNFORGIVEN)
    said = "Léon: The Professional (1994) and Unforgiven (1992) share Drama and Crime."
    assert [(c.words, c.verdict) for c in checker.claims(said, told)] == [
        ("Drama", "true"),
        ("Crime", "false"),
    ]


@given(
    row=st.integers(0, 7),
    other=st.integers(0, 7),
    facet=st.sampled_from(["genres", "keywords", "cast", "directors"]),
)
def test_a_value_is_true_of_just_the_items_that_have_it(
    checker: Checker, catalog: Catalog, row: int, other: int, facet: str
) -> None:
    spec = catalog.spec.facets[facet]
    for value in catalog.items[other].values(facet):
        said = spec.fact.format(value=value, values=value)
        true = not _wrong(checker.claims(f"It is {said}.", replace(reason(row), liked=())))
        assert true == (value in catalog.items[row].values(facet))


@given(row=st.integers(0, 7), minutes=st.integers(80, 180))
def test_a_number_is_true_of_just_the_items_that_have_it(
    checker: Checker, catalog: Catalog, row: int, minutes: int
) -> None:
    true = not _wrong(checker.claims(f"{minutes} min.", reason(row)))
    assert true == (catalog.items[row].number("runtime_min") == minutes)


@given(word=st.from_regex(r"[a-z]{4,12}", fullmatch=True))
def test_a_word_that_is_no_fact_is_never_passed(checker: Checker, word: str) -> None:
    from agent.evaluation.claims.clauses import ASKED, LIKED, LINKING, NEGATIONS, SHARING

    if word in LINKING | NEGATIONS | LIKED | SHARING | ASKED | checker.vocabulary.nouns:
        return
    assert _wrong(checker.claims(f"A {word} heist with Robert De Niro.", reason(RONIN)))


def test_true_texts_made_false_are_caught(checker: Checker, catalog: Catalog, sequence: Any) -> None:
    """People, numbers, values and titles swapped; praise, superlatives, negations, other roles and absences put in."""
    caught: Counter[str] = Counter()
    missed: list[str] = []
    for seed in range(40):
        corruptor = Corruptor(catalog, sequence, seed)
        for text, told in TRUE:
            made = corruptor.corrupt(text, told)
            if made is not None:
                noticed = bool(_wrong(checker.claims(made.text, told)))
                caught[made.kind] += noticed
                missed += [] if noticed else [f"{made.kind}: {made.text}"]
    total = sum(caught.values()) + len(missed)
    assert set(caught) == {
        "person",
        "number",
        "value",
        "title",
        "praise",
        "superlative",
        "negation",
        "role",
        "absence",
    }
    assert total > 900
    assert (total - len(missed)) / total >= MUST_CATCH, missed


def test_the_agent_says_only_what_is_true(shared_agent: Any) -> None:
    report = check_explanations(shared_agent, 150, 0)
    assert report["explanations"] >= 150
    assert report["faults"] == []
    assert set(report["texts"]) == {"reason", "reply", "why", "comparison", "answer"}
    made = sum(row["made"] for row in report["corruptions"].values())
    assert sum(row["caught"] for row in report["corruptions"].values()) >= MUST_CATCH * made > 100


def test_the_same_seed_holds_the_same_conversations(shared_agent: Any) -> None:
    one, two, other = ([e.text for e in explanations(shared_agent, 30, seed)] for seed in (4, 4, 5))
    assert one == two != other


def test_a_lie_of_the_agent_is_shown(shared_agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.replies import explaining

    lies = random.Random(0)
    true = explaining.filled
    monkeypatch.setattr(
        explaining,
        "filled",
        lambda frame, **parts: true(frame, **parts) + lies.choice(["", " Award-winning."]),
    )
    assert check_explanations(shared_agent, 30, 0)["faults"]
