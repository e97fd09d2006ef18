"""What the README says can be run can be run: its `palate` commands and make targets exist."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    set(
        re.findall(
            r"(?:`|^    )palate ((?:assets |benchmark |data |evaluate |preferences )?[a-z]+)", README, re.M
        )
    )
)
TARGETS = sorted(set(re.findall(r"(?:`|^    )make ([a-z-]+)", README, re.M)))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_exists(command: str) -> None:
    from ui.cli import app

    node = get_command(app)
    for word in command.split():
        node = node.commands.get(word) if hasattr(node, "commands") else None
        assert node is not None, f"palate {command}"


@pytest.mark.parametrize("target", TARGETS)
def test_a_make_target_of_the_readme_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.M), target


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_a_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists(), link
