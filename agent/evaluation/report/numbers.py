"""How a number is written in a report: about four digits that tell, the same for every reader."""

from agent.evaluation.report.contents import Cell


def number(value: float) -> str:
    """A number with about four telling digits; a dash where it is none."""
    if value != value or value in (float("inf"), float("-inf")):
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    places = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
    written = f"{value:,.{places}f}"
    return written.lstrip("-") if float(written.replace(",", "")) == 0 else written


def cell(value: Cell) -> str:
    """A table's cell as text; empty where there is nothing."""
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)
