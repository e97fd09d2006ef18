"""A pytest plugin: each dialogue file is a test item.

`pytest -p agent.evaluation.scripted.pytest_items FOLDER` collects them; with `--palate-url` they are held with a running
server. A dialogue marked `broken` is a strict xfail; one about a catalogue that is not there to be talked about is skipped.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.evaluation.scripted.dialogue import DIALOGUE_FILE, Dialogue, read_dialogue
from agent.evaluation.scripted.partners import Partners
from agent.evaluation.scripted.playing import Played, play
from agent.evaluation.scripted.running import partner_for
from agent.settings import read_settings
from tools.errors import SetupError, UserInputError

# A turn's products are small: OpenBLAS's second thread would make each of them wait.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_opened = pytest.StashKey[tuple[Partners, "tempfile.TemporaryDirectory[str]"]]()


class DialogueFailed(Exception):
    """What a dialogue was expected to do and did not."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--palate-url`."""
    group = parser.getgroup("palate")
    group.addoption("--palate-url", default="", help="a running palate server to hold the dialogues with")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "DialogueFile | None":
    """A TOML file that has turns is one dialogue."""
    if file_path.suffix != ".toml" or not DIALOGUE_FILE.search(
        file_path.read_text(encoding="utf-8", errors="replace")
    ):
        return None
    file: DialogueFile = DialogueFile.from_parent(parent, path=file_path)
    return file


def pytest_unconfigure(config: pytest.Config) -> None:
    """Closes what was opened for the dialogues."""
    opened = config.stash.get(_opened, None)
    if opened is not None:
        opened[0].close()
        opened[1].cleanup()


class DialogueFile(pytest.File):
    """A file that holds one dialogue."""

    def collect(self) -> Iterator["DialogueItem"]:
        try:
            dialogue = read_dialogue(self.path)
        except UserInputError as error:
            raise self.CollectError(str(error)) from None
        item: DialogueItem = DialogueItem.from_parent(self, name=self.path.stem, dialogue=dialogue)
        if dialogue.broken:
            item.add_marker(pytest.mark.xfail(strict=True, reason=dialogue.broken, raises=DialogueFailed))
        yield item


class DialogueItem(pytest.Item):
    """A dialogue to be held."""

    def __init__(self, *, dialogue: Dialogue, **given: Any) -> None:
        super().__init__(**given)
        self._dialogue = dialogue

    def runtest(self) -> None:
        try:
            partners = _partners(self.config)
            partner = partner_for(self.path, self._dialogue, partners)
        except SetupError as error:
            pytest.skip(str(error))
        if partner is None:
            pytest.skip(partners.elsewhere())
        played = play(self._dialogue, partner)
        if played.failures or played.violations:
            raise DialogueFailed(_told(played))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What failed and what was said, and no traceback of palate's own."""
        if isinstance(excinfo.value, DialogueFailed | UserInputError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self._dialogue.title or self.name


def _partners(config: pytest.Config) -> Partners:
    """Opened for the first dialogue, closed at the end."""
    if _opened not in config.stash:
        scratch = tempfile.TemporaryDirectory()
        home = read_settings().home_folder
        partners = Partners(home, Path(scratch.name), config.getoption("--palate-url"))
        config.stash[_opened] = (partners, scratch)
    return config.stash[_opened][0]


def _told(played: Played) -> str:
    """The faults turn by turn, with what palate had said there."""
    lines = []
    for turn in played.turns:
        if turn.faults:
            lines += [turn.place, *(f"  {fault}" for fault in turn.faults)]
            if turn.answer is not None:
                lines += [
                    f"  said: {turn.answer['reply']}",
                    f"  showed: {', '.join(turn.slate) or 'nothing'}",
                ]
    return "\n".join(lines)
