"""The page in a real browser: two tabs, the cards' buttons, no foreign request, no script from item text."""

import shutil

import pytest

from ui.page import page_app

pytestmark = pytest.mark.slow
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no chromium")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


def say(tab, text):
    before = tab.locator(".line.you").count()
    tab.fill("#message textarea", text)
    tab.press("#message textarea", "Enter")
    tab.wait_for_function(
        "n => document.querySelectorAll('.line.you').length > n && !document.querySelector('.dots')",
        arg=before,
    )
    tab.wait_for_timeout(300)


def test_two_tabs_and_the_buttons(agent, served, browser):
    foreign, alerts = [], []
    with served(page_app(agent)) as url:
        one, two = browser.new_page(), browser.new_page()
        for tab in (one, two):
            tab.on(
                "request",
                lambda r: foreign.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None,
            )
            tab.on("dialog", lambda d: (alerts.append(d.message), d.dismiss()))
            tab.goto(url)
            tab.wait_for_selector(".welcome")
        say(one, "Heat from the 90s, no war films")
        say(two, "x" * 100_000)
        assert one.locator(".card").count() == 5
        assert one.locator(".wish").count() == 2
        assert two.locator(".wish").count() == 0
        assert "no war" not in two.inner_text(".log")

        card = one.locator(".card").nth(1)
        card.get_by_role("button", name="Not for me").click()
        one.wait_for_selector(".card.rejected")
        assert card.locator("[data-kind=rejected]").get_attribute("aria-pressed") == "true"
        assert two.locator(".card.rejected").count() == 0

        one.get_by_role("button", name="Take back: no War").click()
        one.wait_for_function("document.querySelectorAll('.wish').length === 1")
        assert "{{value}}" in one.inner_text(".slate")
        assert "${alert(1)}" in one.inner_text(".slate")

        one.get_by_role("button", name="New conversation").click()
        one.wait_for_selector(".welcome")
        one.get_by_role("button", name="A funny animated film under 90 minutes").click()
        one.wait_for_selector(".line.notice")
    assert foreign == []
    assert alerts == []


def test_it_fits_a_phone(agent, served, browser):
    with served(page_app(agent)) as url:
        tab = browser.new_page(viewport={"width": 360, "height": 740})
        tab.goto(url)
        tab.wait_for_selector(".welcome")
        say(tab, "Heat " + "y" * 5_000)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
