"""JSON on standard output, as other programs read it."""

import json
import sys
from typing import Any


def print_json(value: Any) -> None:
    """One JSON object on one line, at once: pure ASCII, so no locale and no line splitter can break it."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
