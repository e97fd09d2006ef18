"""Dialogue files as pytest items, in a pytest run of their own inside this process."""

from typing import Any

import pytest

from agent.evaluation.scripted import pytest_items
from tools.errors import SetupError

pytest_plugins = ["pytester"]
PLUGIN = pytest_items.__name__
GOOD = '[[turn]]\nsay = "hi"\nfirst = "Alba"\n'
BAD = '[[turn]]\nsay = "hi"\nfirst = "Bona"\n'


class _Partners:
    """Opens nothing; `url` is what it was given."""

    def __init__(self, partner: Any) -> None:
        self.partner = partner
        self.url = ""
        self.closed = False

    def __call__(self, _home: Any, _scratch: Any, url: str) -> "_Partners":
        self.url = url
        return self

    def partner_for(self, dialogue: Any, _file: Any) -> Any:
        if dialogue.catalog == "missing":
            raise SetupError("it is not built; `palate build` builds it")
        self.partner.answer("Alba")
        return None if dialogue.catalog == "other" else self.partner

    def elsewhere(self) -> str:
        return "the server is about 'places'"

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def partners(partner: Any, monkeypatch: pytest.MonkeyPatch) -> _Partners:
    opened = _Partners(partner)
    monkeypatch.setattr(pytest_items, "Partners", opened)
    return opened


def _write(pytester: pytest.Pytester, **files: str) -> None:
    folder = pytester.mkdir("talks")
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)


def test_each_dialogue_is_an_item(pytester: pytest.Pytester, partners: _Partners) -> None:
    _write(
        pytester,
        good=GOOD,
        bad=BAD,
        known=f'broken = "a defect"\n{BAD}',
        mended=f'broken = "a defect"\n{GOOD}',
        other=f'catalog = "other"\n{GOOD}',
        missing=f'catalog = "missing"\n{GOOD}',
        utterances='[[utterance]]\nsay = "x"',
    )
    result = pytester.inline_run("-p", PLUGIN, "-p", "no:cacheprovider", "talks", "--palate-url", "http://x")
    result.assertoutcome(passed=1, failed=2, skipped=3)  # an expected failure counts as skipped here
    assert partners.url == "http://x"
    assert partners.closed


def test_what_failed_is_told_without_a_traceback(pytester: pytest.Pytester, partners: _Partners) -> None:
    _write(pytester, bad=BAD)
    result = pytester.runpytest_inprocess("-p", PLUGIN, "-p", "no:cacheprovider", "talks")
    told = result.stdout.str()
    assert "turn 1 ('hi')" in told
    assert "first: 'Alba' for 'Bona'" in told
    assert "said: Here you are." in told
    assert "showed: Alba" in told
    assert "Traceback" not in told
    assert "runtest" not in told
    assert partners.closed


def test_a_faulty_file_is_an_error_of_collection(pytester: pytest.Pytester) -> None:
    _write(pytester, wrong='[[turn]]\nsays = ["x"]')
    result = pytester.runpytest_inprocess("-p", PLUGIN, "-p", "no:cacheprovider", "talks")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*wrong.toml: turn 1: has none of them; a turn has exactly one of*"])


@pytest.mark.usefixtures("partners")
def test_a_title_that_is_not_there_fails_also_where_failing_is_expected(pytester: pytest.Pytester) -> None:
    _write(pytester, typo='broken = "a defect"\n[[turn]]\nsay = "hi"\nfirst = "Albo"')
    result = pytester.runpytest_inprocess("-p", PLUGIN, "-p", "no:cacheprovider", "talks")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*typo.toml: turn 1: first: no place 'Albo'; near: 'Alba'*"])
