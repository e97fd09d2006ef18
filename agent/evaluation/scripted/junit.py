"""A run of dialogues as a JUnit file, which build servers read.

Made with the standard library: a library for these forty lines would be one more thing to install with palate.
"""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

from agent.evaluation.scripted.running import Outcome
from tools.errors import UserInputError

SUITE = "palate.dialogues"
NOT_XML = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # XML 1.0 has no word for these


def junit_xml(outcomes: Sequence[Outcome]) -> bytes:
    """One test case a dialogue, with its seconds; one that was skipped or is expected to fail counts as skipped."""
    suite = ElementTree.Element("testsuite", name=SUITE)
    failures = skipped = 0
    seconds = 0.0
    for outcome in outcomes:
        took = outcome.played.elapsed_ms / 1000 if outcome.played else 0.0
        seconds += took
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=f"{SUITE}.{_text(outcome.dialogue.catalog)}",
            name=_text(outcome.name),
            time=f"{took:.3f}",
        )
        if outcome.faults:
            failures += 1
            fault = ElementTree.SubElement(case, "failure", message=_text(outcome.faults[0]))
            fault.text = _text(_story(outcome))
        elif outcome.verdict in ("skipped", "expected to fail"):
            skipped += 1
            why = outcome.skipped or f"expected to fail: {outcome.dialogue.broken}"
            ElementTree.SubElement(case, "skipped", message=_text(why))
    totals = {"tests": len(outcomes), "failures": failures, "errors": 0, "skipped": skipped}
    for element in (suite, suites := ElementTree.Element("testsuites")):
        element.attrib |= {name: str(count) for name, count in totals.items()} | {"time": f"{seconds:.3f}"}
    suites.append(suite)
    ElementTree.indent(suites)
    written: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def write_junit(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Writes the file. Raises UserInputError where it cannot be written."""
    try:
        path.write_bytes(junit_xml(outcomes))
    except OSError as error:
        raise UserInputError(f"{path} cannot be written: {error.strerror}") from None


def _story(outcome: Outcome) -> str:
    """All that failed, then what was said in the turns it failed in."""
    lines = list(outcome.faults)
    for turn in outcome.played.turns if outcome.played else ():
        if turn.faults and turn.answer is not None:
            lines.append(f"turn {turn.number} said: {turn.answer['reply']}")
            lines.append(f"turn {turn.number} showed: {', '.join(turn.slate) or 'nothing'}")
    return "\n".join(lines)


def _text(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
