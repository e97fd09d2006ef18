"""A report read back from its JSON, checked at the edge: what is no report, or a changed one, is refused in one sentence."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agent.evaluation.report.contents import FORMAT, Report
from tools.errors import UserInputError


def read_report(path: Path) -> Report:
    """The report in a JSON file, as `--json` prints it and `palate evaluate report` writes it. Raises UserInputError."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserInputError(f"no file {path}") from None
    except OSError as error:
        raise UserInputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UserInputError(f"{path} is no JSON: {error}") from error
    return report_of(told, str(path))


def report_of(told: Any, name: str) -> Report:
    """The report that a JSON value is. name: what to call it when it is none. Raises UserInputError."""
    if not isinstance(told, dict) or "format" not in told or "sections" not in told:
        raise UserInputError(f"{name} is no report: it has no format and sections")
    if told["format"] != FORMAT:
        raise UserInputError(
            f"{name} is a report of format {told['format']!r}, and this palate reads format {FORMAT}"
        )
    given = {"sections": told["sections"], "provenance": told.get("provenance", {})}
    try:
        report = TypeAdapter(Report).validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserInputError(f"{name} is no report: {place}: {first['msg']}") from error
    if told.get("digest") != report.digest():
        raise UserInputError(f"{name} was changed after it was written: its digest does not fit its contents")
    return report
