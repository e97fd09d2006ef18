"""The page and the JSON of a report: whole, by themselves, nothing of the data taken for markup, the same bytes each time."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evaluation.report.contents import (
    Figure,
    Plot,
    Report,
    Section,
    Series,
    Step,
    Table,
    Trace,
    mean_figure,
)
from agent.evaluation.report.html import numbers_of, render_html, whiskers, write_html
from agent.evaluation.report.numbers import number
from agent.evaluation.report.reading import read_report
from tools.errors import UserInputError

VOID = frozenset("meta link br hr img input col".split())
EVIL = "</title></style></svg><script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>\"'&$\\frac{"
BIDI = "\u202eabc\x1b[2J\x00"


class Page(HTMLParser):
    """Reads a page: every tag with its attributes, what was never closed or never opened, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        self.faults += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data


def make_report(said: Callable[[str], str] = lambda text: text, timed: float = 1.0) -> Report:
    """A report with all there is; said: what to make of each text in it. timed: what the clock gave."""
    cases = {said(f"case {n}"): n / 10 for n in range(10)}
    return Report(
        (
            Section(
                said("simulate"),
                said("Simulated people"),
                said("What is measured.\nAnd how."),
                {said("seed"): 0, "personas": [said("terse")], "switches": {said("vectors"): True}},
                (
                    mean_figure(said("success@3"), cases, unit=""),
                    mean_figure(said("gain"), {c: v - 0.6 for c, v in cases.items()}),
                    mean_figure(said("turns"), {c: 10 * v for c, v in cases.items()}, better="lower", unit=said("turns")),
                    mean_figure("nothing", {}, better=""),
                ),
                (
                    Table(said("By persona"), (said("persona"), "n"), ((said("terse"), 3), (None, 2.5))),
                    Table("Long", ("row",), tuple((n,) for n in range(60))),
                    Table("Clock", ("ms",), ((timed,),), timed=True),
                ),
                (
                    Plot(said("By turn"), "line", said("turn"), said("success"), (Series(said("all"), (1, 2), (0.1, 0.3), (0.0, 0.2), (0.2, 0.4)), Series("none", (1, 2), (0.0, 0.1)))),
                    Plot(said("Bars"), "bars", "axis", "recall", (Series(said("both"), (said("fine"), "coarse"), (0.1, -0.2)),)),
                    Plot("Clock", "histogram", "ms", "turns", (Series(said("none"), (), (timed, 2.0, 2.0)),), timed=True),
                ),
                (
                    Trace(
                        said("p1"),
                        said("left after 8 turns"),
                        (
                            Step("person", said("no war")),
                            Step(said("palate"), said("Five films."), {said("slate"): [said("Heat")], "place": 3, "none": None, "more": {said("a"): [said("b")]}}),
                        ),
                    ),
                ),
                (said("shows what was refused"),),
                {said("whole s"): timed},
            ),
            Section(said("empty"), said("Nothing measured")),
        ),
        {said("machine"): said("two cores"), "date": f"day {timed}", "commit": None},
    )  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    return render_html(make_report())


def test_the_page_is_well_formed_and_says_all(page: str) -> None:
    read = Page(page)
    assert read.faults == []
    words = "success@3 Simulated personas terse 2.500 success refused two left Five Heat"
    assert [w for w in words.split() if w not in read.text] == []
    assert "1 not held" in read.text
    assert make_report().digest() in read.text


def test_the_page_can_be_read_without_seeing_it(page: str) -> None:
    read = Page(page)
    tags = [tag for tag, _ in read.tags]
    assert dict(read.tags)["html"]["lang"] == "en"
    assert tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption")
    ids = [given["id"] for _, given in read.tags if "id" in given]
    assert len(ids) == len(set(ids))
    drawings = [given for tag, given in read.tags if tag == "svg" and given.get("aria-hidden") != "true"]
    assert len(drawings) == 3
    for drawing in drawings:
        assert drawing["role"] == "img"
        assert drawing["aria-labelledby"] in ids
    for tag, held in read.tags:
        if tag == "a":
            assert (held["href"] or "").removeprefix("#") in ids
    for drawn in re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", page):
        assert next(filter(None, drawn)) in ids


def test_nothing_is_asked_of_anyone_else(page: str) -> None:
    assert re.findall(r"https?:|//|@import|src=", page.replace("</", "")) == []
    assert "default-src 'none'" in page


@pytest.mark.parametrize("evil", [EVIL, BIDI, "{{ 7 * 7 }}{% for x in y %}", "javascript:alert(1)"])
def test_all_that_was_measured_is_data(evil: str, page: str) -> None:
    number_of = iter(range(10_000))
    hostile = render_html(make_report(lambda text: f"{text} {evil} {next(number_of)}"))
    read = Page(hostile)
    assert read.faults == []
    tags = {tag for tag, _ in Page(page).tags}
    assert {tag for tag, _ in read.tags} <= tags
    assert not tags & {"script", "img", "iframe", "object", "link", "base", "form"}
    assert not [name for _, given in read.tags for name in given if name.startswith("on")]
    assert not [given for tag, given in read.tags if tag == "a" and not (given["href"] or "").startswith("#")]
    assert not set("\x00\x1b\u202e") & set(hostile)
    assert "7 * 7" in read.text or "{{" not in evil


@given(st.text(max_size=40))
def test_any_text_makes_a_page_that_can_be_read(text: str) -> None:
    plain = Section(
        "s", text, text, {text: text}, tables=(Table(text, (text,), ((text,),)),), failures=(text,)
    )
    assert Page(render_html(Report((plain,), {text: text}))).faults == []


def test_any_text_can_stand_in_a_plot() -> None:
    for text in ("$x", "a\x00b", "\ud800", "日本語", "", "]]>", 'id="x"', "_^{"):
        plot = Plot(text, "bars", text, text, (Series(text, (text,), (1.0,)), Series("b", (text,), (2.0,))))
        assert Page(render_html(Report((Section("s", "t", plots=(plot,)),)))).faults == []


def test_plots_of_nothing_are_drawn_all_the_same() -> None:
    kinds: tuple[Any, ...] = ("line", "bars", "histogram")
    plots = tuple(Plot(k, k, "x", "y", (Series("none", (), ()),)) for k in kinds) + tuple(
        Plot(f"{k}, no series", k, "x", "y", ()) for k in kinds
    )
    assert render_html(Report((Section("s", "t", plots=plots),))).count('class="plot"') == 6


def test_the_same_report_gives_the_same_bytes_and_other_clocks_the_same_digest(page: str) -> None:
    assert render_html(make_report()) == page
    later = make_report(timed=77.0)
    assert later.digest() == make_report().digest()
    assert render_html(later) != page
    assert render_html(later.untimed()) == render_html(make_report().untimed())
    other = replace(later.sections[0], failures=())
    assert Report((other, *later.sections[1:])).digest() != later.digest()


def test_a_report_comes_back_from_its_json(tmp_path: Path) -> None:
    report = make_report()
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report.to_json()))
    again = read_report(file)
    assert again.digest() == report.digest()
    assert again.sections[0].figures == report.sections[0].figures
    assert again.sections[0].tables == report.sections[0].tables
    assert again.sections[0].traces[0].steps[1].said == "Five films."
    assert render_html(again) == render_html(report)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is no JSON"),
        ("[1]", "is no report"),
        ('{"format": 1}', "is no report"),
        ('{"format": 9, "sections": []}', "of format 9, and this palate reads format 1"),
        ('{"format": 1, "sections": [{"name": "x"}]}', r"sections\.0\.title"),
        ('{"format": 1, "sections": 3}', "is no report: sections"),
        ('{"format": 1, "sections": [], "digest": "0"}', "was changed after it was written"),
    ],
)
def test_what_is_no_report_is_refused_in_one_sentence(content: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(content)
    with pytest.raises(UserInputError, match=sentence) as refused:
        read_report(file)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="no file"):
        read_report(tmp_path / "none.json")
    with pytest.raises(UserInputError, match="cannot be read"):
        read_report(tmp_path)


def test_a_report_changed_by_hand_is_noticed(tmp_path: Path) -> None:
    told = make_report().to_json()
    told["sections"][0]["figures"][0]["mean"] = 0.99
    file = tmp_path / "r.json"
    file.write_text(json.dumps(told))
    with pytest.raises(UserInputError, match="was changed"):
        read_report(file)


def test_the_page_is_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    write_html(make_report(), tmp_path / "new" / "report.html")
    assert (tmp_path / "new" / "report.html").read_text(encoding="utf-8") == render_html(make_report())


def _figure(mean: float, low: float, high: float, unit: str = "") -> Figure:
    return Figure("f", mean, low, high, 10, unit=unit)


def test_figures_of_one_unit_are_drawn_on_one_scale() -> None:
    share, turns, longer = whiskers(
        [_figure(0.5, 0.25, 0.75), _figure(2, 1, 3, "turns"), _figure(4, 4, 4, "turns")]
    )
    assert share is not None
    assert (share.low, share.mean, share.high, share.zero) == (25, 50, 75, 0)
    assert turns is not None
    assert longer is not None
    assert (turns.mean, longer.mean) == (50, 100)


def test_differences_are_drawn_about_zero() -> None:
    less, more = whiskers([_figure(-0.2, -0.4, 0.0), _figure(0.1, 0.0, 0.2)])
    assert less is not None
    assert more is not None
    assert (less.low, less.zero, less.high, more.mean) == (0, 50, 50, 62.5)


def test_what_spans_nothing_is_not_drawn() -> None:
    assert whiskers([_figure(0, 0, 0, "ms")]) == [None]


def test_a_histogram_is_told_in_quantiles() -> None:
    plot = Plot("t", "histogram", "ms", "turns", (Series("a", (), tuple(float(n) for n in range(1, 101))),))
    assert numbers_of(plot).rows == (("a", 100, 50.0, 95.0, 100.0),)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.12345, "0.1235"),
        (12.345, "12.35"),
        (1234.5, "1,234"),
        (-0.00001, "0.0000"),
        (0.0, "0"),
        (float("nan"), "–"),
        (2.0, "2.000"),
    ],
)
def test_numbers_have_about_four_telling_digits(value: float, written: str) -> None:
    assert number(value) == written
