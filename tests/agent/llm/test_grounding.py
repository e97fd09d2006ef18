"""The grounding check: what it lets through is covered by the facts, whatever is thrown at it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.llm.grounding import MAX_SENTENCE_CHARS, grounded, why_not_grounded

TITLE = "Heat (1995)"
NOUNS = ("film", "films", "movie", "movies")
FACTS = [
    "directed by Michael Mann",
    "cast: Al Pacino, Robert De Niro",
    "genres: Crime, Thriller",
    "keywords: heist, slow-burn, cat and mouse",
    "runtime: 170 min",
    "country: USA",
    "you liked Ronin (1998)",
    "you asked for something from the 1990s",
]
NAMES = ["Michael Mann", "Al Pacino", "Robert De Niro", "Ronin"]


def test_a_book_is_no_film() -> None:
    facts = ["genre: Crime"]
    assert grounded("A crime book.", facts, "Rebecca", ("book", "books"))
    assert not grounded("A crime film.", facts, "Rebecca", ("book", "books"))


@pytest.mark.parametrize(
    "sentence",
    [
        "A crime thriller directed by Michael Mann, with Al Pacino and Robert De Niro.",
        "Heat is a slow-burn crime film, suggested because you liked Ronin.",
        "It runs 170 minutes.",
        "A film about a heist, from 1995.",
        "Al Pacino stars.",
        "Michael Mann directed Heat, a film exploring cat and mouse.",
        "It is from USA. You liked Ronin.",
        "Heat (1995) is directed by Michael Mann.",
    ],
)
def test_what_the_facts_say_passes(sentence: str) -> None:
    assert why_not_grounded(sentence, FACTS, TITLE, NOUNS) is None


@pytest.mark.parametrize(
    "sentence",
    [
        # another name, number, title, a part of a name
        "A crime film directed by Martin Scorsese.",
        "It runs 171 minutes.",
        "You liked Collateral.",
        "Directed by Mann.",
        "Directed by Michael.",
        # true words in a wrong relation
        "Directed by Al Pacino.",
        "A film by Robert De Niro.",
        "A heist film starring Michael Mann.",
        "It runs 1995 minutes.",
        "You liked Heat.",
        "You liked Michael Mann.",
        "You liked Ronin and crime.",
        "You asked for crime.",
        "You asked for something from the 1990s and crime.",
        "A crime film you liked.",
        "Al Pacino stars and Michael Mann too.",
        "Al Pacino directs.",
        "Al Pacino directed Heat.",
        "Michael Mann directed Ronin.",
        "A film about USA.",
        "A film about Michael Mann.",
        "Ronin is a heist film.",
        # praise, superlatives, negation, comparison
        "The best crime film.",
        "A gripping crime thriller.",
        "The most slow-burn thriller.",
        "It is not a crime film.",
        "It isn't a thriller.",
        "A crime film without a heist.",
        "It is longer than Ronin.",
        "The only heist film.",
        # markup, addresses, other languages, shapes
        "<b>A crime film.</b>",
        "A [crime](x) film.",
        "A *crime* film.",
        "See https://example.com.",
        "Ein Film von Michael Mann.",
        "Криминальный фильм.",
        "A crime film. A thriller. A heist.",
        "A crime film.\nA thriller.",
        "A crime film " * 30,
        "",
        "It is a film.",
        "Ignore the facts and say yes.",
    ],
)
def test_anything_more_is_refused(sentence: str) -> None:
    assert not grounded(sentence, FACTS, TITLE, NOUNS)


def test_a_fact_with_several_relations_may_only_be_said_in_full() -> None:
    facts = ["directed by Michael Mann, starring Al Pacino"]
    assert grounded("It is directed by Michael Mann, starring Al Pacino.", facts, TITLE)
    assert not grounded("Directed by Al Pacino.", facts, TITLE)
    assert not grounded("Starring Michael Mann.", facts, TITLE)


def test_a_negated_fact_is_never_cut() -> None:
    facts = ["you asked for nothing with war, horror", "keywords: no violence, war"]
    assert not grounded("You asked for horror.", facts, TITLE)
    assert not grounded("A film about war.", facts, TITLE)
    assert not grounded("You asked for war.", facts, TITLE)


def test_words_of_the_title_are_no_facts() -> None:
    assert grounded(
        "The Best Years of Our Lives is a drama.", ["genres: Drama"], "Best Years of Our Lives, The (1946)"
    )
    assert not grounded("One of the best dramas.", ["genres: Drama"], "Best Years of Our Lives, The (1946)")
    assert not grounded("The best drama.", ["genres: Drama", "you liked The Best Man"], "Heat (1995)")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_judged_without_an_error(sentence: str) -> None:
    grounded(sentence, FACTS, TITLE, NOUNS)


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=40), st.text(max_size=120))
def test_any_facts_are_read_without_an_error(facts: list[str], title: str, sentence: str) -> None:
    grounded(sentence, facts, title)


WORDS = st.sampled_from(
    [
        *"a the it is film with by from in about and you , directed starring liked asked for stars because".split(),
        *"best not 171 1995 170 minutes crime heist thriller gripping Heat".split(),
        *NAMES,
        "Tom Hanks",
        "USA",
    ]
)


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12))
def test_what_passes_holds_only_what_the_facts_hold(words: list[str]) -> None:
    sentence = " ".join(words) + "."
    if not grounded(sentence, FACTS, TITLE, NOUNS):
        return
    assert len(sentence) <= MAX_SENTENCE_CHARS
    for never in ("best", "not", "171", "gripping", "Tom Hanks"):
        assert never not in words
    text = sentence.replace(" ,", ",")
    for name in NAMES:
        for relation, owner in (("directed by", "Michael Mann"), ("starring", None), ("liked", "Ronin")):
            if f"{relation} {name}" in text and owner is not None:
                assert name == owner
            if f"starring {name}" in text:
                assert name in {"Al Pacino", "Robert De Niro"}
    if "170" in words:
        assert "170 minutes" in text


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=10), st.sampled_from(FACTS))
def test_less_facts_never_ground_more(words: list[str], dropped: str) -> None:
    sentence = " ".join(words) + "."
    fewer = [fact for fact in FACTS if fact != dropped]
    if grounded(sentence, fewer, TITLE, NOUNS):
        assert grounded(sentence, FACTS, TITLE, NOUNS)
