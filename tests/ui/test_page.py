"""The page without a browser: its state, its markup, and that building it asks no other machine."""

import re
import socket
from html.parser import HTMLParser

import httpx
import pytest

from agent.answer import Answer, Notice, Question
from agent.events import Done, NoticeGiven, QuestionAsked, SlateShown, TextGiven
from memory.store import StoreFailed
from tools.errors import ToolFailed
from ui.page import page_app
from ui.page.blocks import Page, page_blocks
from ui.page.conversation import Conversation, said, told
from ui.page.examples import example_prompts
from ui.page.markup import dialogue_html, slate_html, status_html, wishes_html

ALLOWED = {"div", "p", "ol", "ul", "li", "h2", "h3", "span", "button", "section", "em"}


class Tags(HTMLParser):
    """Every element and attribute name of a piece of markup."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.fixture
def page(agent):
    return Page(agent)


def last(updates):
    return list(updates)[-1][1]


def test_hostile_text_stays_text(page):
    tab = last(page.send("<script>alert(1)</script> \"'><img onerror=x>, no war", None))
    tab = told(tab, NoticeGiven(Notice("x", "<iframe src=//evil>")))
    for markup in page.painted(tab):
        tags = Tags(markup)
        assert tags.tags <= ALLOWED
        assert not {name for name in tags.attributes if name.startswith("on") or name in ("src", "href")}


def test_each_tab_has_a_session_of_its_own(page):
    one, two = page.begin()[0], page.begin()[0]
    assert one.session_id != two.session_id
    one = last(page.send("no war films", one))
    two = last(page.send("hello", two))
    assert [wish.kind for wish in one.wishes] == ["facet"]
    assert two.wishes == ()
    assert "no war films" not in page.painted(two)[0]


def test_slate_comes_before_the_text(page):
    steps = list(page.send("Heat", None))
    assert steps[0][0] == ""
    assert steps[0][1].working
    with_slate = next(tab for _, tab, *_ in steps if tab.slate)
    assert [line.kind for line in with_slate.lines] == ["you"]
    done = steps[-1][1]
    assert [line.kind for line in done.lines] == ["you", "notice", "palate"]
    assert done.lines[2].titles[0] == "Ronin (1998)"
    assert not done.working


def test_a_turn_without_items_leaves_the_cards_and_names_nothing():
    tab = told(said(Conversation("s"), "hi"), TextGiven("Hello."))
    assert told(tab, SlateShown(())) is tab
    done = told(tab, Done(Answer("s", 1, "greeting", (), (), "Hello.", (), {})))
    assert done.lines == tab.lines
    assert not done.working


def test_buttons_mark_a_card_and_can_be_changed(page, agent):
    tab = last(page.send("Heat", None))
    tab, _, _, slate = page.react(tab, "2", "rejected")
    assert '<li class="card rejected">' in slate
    assert 'data-item="2" data-kind="rejected" aria-pressed="true">Not for me ✓' in slate
    tab, _, _, slate = page.react(tab, "2", "liked")
    assert '<li class="card rejected">' not in slate
    assert '<li class="card liked">' in slate
    assert [e.kind for e in agent.sessions[tab.session_id].events] == ["rejected", "liked"]


def test_forged_presses_are_told_civilly(page):
    tab = page.begin()[0]
    assert page.react(tab, "no such item", "liked")[0].lines[-1].kind == "error"
    assert page.react(tab, "1", "exploded")[0].marks == {}
    assert page.forget(tab, 99)[0].lines[-1].kind == "error"


def test_a_wish_can_be_taken_back(page):
    tab = last(page.send("90s, no war", None))
    assert "no War" in page.painted(tab)[1]
    tab, _, wishes, _ = page.forget(tab, 1)
    assert "no War" not in wishes
    assert "from 1990 to 1999" in wishes


def test_what_another_turn_of_the_tab_brought_is_not_lost(page):
    """Two sends at once: the second began from what it saw, and ends with what was saved."""
    first = page.send("one", None)
    tab = next(first)[1]
    second = page.send("two", tab)
    last(first)
    after = last(second)
    assert [line.text for line in after.lines if line.kind == "you"] == ["one", "two"]
    assert sum(line.kind == "palate" for line in after.lines) == 2
    assert after.slate


def test_a_press_beside_a_turn_shows_what_the_turn_brought(page):
    tab = last(page.send("one", None))
    stale = tab
    tab = last(page.send("two", tab))
    pressed = page.react(stale, tab.slate[0].id, "liked")[0]
    assert [line.text for line in pressed.lines if line.kind == "you"] == ["one", "two"]
    assert [item.id for item in pressed.slate] == [item.id for item in tab.slate]


@pytest.mark.parametrize(
    "error", [ToolFailed("the index is away"), StoreFailed("the disk is full"), KeyError("x")]
)
def test_errors_are_a_civil_line_and_the_session_goes_on(page, agent, error):
    agent.script = [error]
    tab = last(page.send("Heat", None))
    assert tab.lines[-1].kind == "error"
    assert "Traceback" not in tab.lines[-1].text
    assert not tab.working
    assert last(page.send("again", tab)).lines[-1].kind == "palate"


def test_a_very_long_message_is_shown_short_and_heard_whole(page, agent):
    tab = last(page.send("x" * 100_000, None))
    assert len(page.painted(tab)[0]) < 5_000
    assert len(agent.heard[0][1]) == 100_000


def test_buttons_say_what_they_are_for(agent, slates, spec):
    markup = slate_html(slates(0), {}, spec)
    assert 'role="group" aria-label="Ronin (1998)"' in markup
    assert re.findall(r'aria-pressed="(\w+)"', markup) == ["false"] * 3
    assert 'role="log"' in dialogue_html(Conversation("s"), ("a",), "film")
    assert wishes_html((), agent.catalog, False) == ""
    assert "Undo" in wishes_html((), agent.catalog, True)


def test_status_shows_the_download(page):
    markup, timer = page.status()
    assert 'aria-valuenow="30"' in markup
    assert timer.value == 2.0
    assert "progressbar" not in status_html("ready", "Qwen answers on this machine.", 1.0)


def test_examples_of_another_catalogue_come_from_it(agent):
    assert len(example_prompts(agent.catalog)) == 4
    renamed = agent.catalog.spec.model_copy(
        update={"catalog": agent.catalog.spec.catalog.model_copy(update={"name": "shop"})}
    )
    prompts = example_prompts(type(agent.catalog)(renamed, agent.catalog.items))
    assert prompts[0] == "I liked Ronin (1998) and Point Break (1991). What else?"


def test_earlier_slates_are_named_in_the_dialogue(page):
    tab = last(page.send("Heat", None))
    assert "2. Point Break" not in page.painted(tab)[0]
    tab = last(page.send("newer", tab))
    assert page.painted(tab)[0].count("2. Point Break") == 1


def test_the_page_is_built_without_network(agent, monkeypatch):
    def refuse(*asked, **_):
        raise AssertionError(f"asked the network: {asked}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert page_blocks(agent).title == "palate"


def test_the_page_is_served_and_names_no_other_machine(agent, served):
    with served(page_app(agent)) as url:
        html = httpx.get(url, trust_env=False).text
        assert "palate" in html
        css = httpx.get(f"{url}/theme.css", trust_env=False).text
    for text in (html, css):
        assert "googleapis" not in text
        assert "gstatic" not in text
        assert "@import" not in text
    assert '"analytics_enabled":false' in html.replace(" ", "")


QUESTION = Question("Any particular <genre>?", "genres", ("Drama & more", "No matter"))


def test_a_question_stands_with_its_replies_until_something_is_said(page):
    tab = told(said(Conversation("s"), "a comedy"), QuestionAsked(QUESTION))
    tab = told(tab, Done(Answer("s", 1, "recommend", (), (), "Five.", (), {}, QUESTION)))
    dialogue = page.painted(tab)[0]
    assert "Any particular &lt;genre&gt;?" in dialogue
    assert 'data-example="Drama &amp; more"' in dialogue
    assert "quick" not in page.painted(said(tab, "drama"))[0]


def test_a_wish_is_made_softer_and_firm_again(page):
    tab = last(page.send("90s, no war", None))
    tab, _, wishes, _ = page.edit(tab, 2)
    assert [w.strength for w in tab.wishes] == ["never", "prefer"]
    assert "make it must" in wishes
    assert [w.strength for w in page.edit(tab, 2)[0].wishes] == ["never", "must"]
    assert page.edit(tab, 99)[0].lines == tab.lines


def test_a_browser_keeps_its_user_and_another_gets_another(page):
    first, second = page.begin(None), page.begin(None)
    assert first[-1] != second[-1]
    assert page.begin(first[-1])[-1] == first[-1]
    assert page.begin("<b>forged</b>")[-1] != "<b>forged</b>"
    assert page.begin(first[-1])[0].user == first[-1]
