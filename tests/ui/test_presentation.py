"""Words for items and wishes."""

from memory.preferences import KeywordTarget, Preference
from tools.catalog.spec import CatalogSpec
from ui.presentation import facet_line, printable, shortened, slate_text, title_words, wish_words


def test_facet_line_takes_roles_not_names(spec, slates):
    assert (
        facet_line(slates(0)[0].facets, spec)
        == "1998 · Action, Crime, Thriller · 122 min · John Frankenheimer"
    )


def test_facet_line_of_another_catalogue():
    shop = CatalogSpec.model_validate(
        {
            "catalog": {"items": ["a.csv"]},
            "facets": {
                "brand": {"kind": "categorical", "column": "brand"},
                "price": {"kind": "numeric", "column": "price", "role": "price"},
                "colour": {"kind": "categorical", "column": "colour"},
            },
        }
    )
    assert (
        facet_line({"price": 1299, "colour": "red", "brand": "Acme"}, shop) == "Acme · price 1,299.00 · red"
    )
    assert facet_line({}, shop) == ""


def test_title_drops_the_year_only_when_the_facet_line_says_it(spec, slates):
    item = slates(0)[0]
    assert title_words(item, spec) == "Ronin"
    other = type(item)(item.id, "2001 (1968)", {"year": 1969}, 0, {}, ())
    assert title_words(other, spec) == "2001 (1968)"


def test_wish_words_cannot_move_a_cursor_either(agent):
    wish = Preference(1, "+", "prefer", KeywordTarget("bank\x1b[2J robbery"), "", 1)
    assert wish_words(wish, agent.catalog) == "“bank[2J robbery”"


def test_text_for_a_terminal_cannot_move_its_cursor(slates, spec):
    assert printable("a\x1b[2J\x00\u202eb\r\nc\td") == "a[2Jb\nc d"
    assert "\x1b" not in slate_text(slates(5), spec)


def test_shortened_says_how_much_is_missing():
    assert shortened("abc", 3) == "abc"
    assert shortened("x" * 100_000, 10) == "x" * 10 + " … (99,990 more characters)"
