"""What a claim is held against, by its kind."""

CATALOGUE = "the catalogue"
SEQUENCES = "the sequences of the interactions"
HISTORY = "what the person said they liked"
SHOWN = "what the session has shown"
WISHES = "what the person asked for"
NOTHING = "nothing: no fact of any of these"
_BY_KIND = {
    "transition": SEQUENCES,
    "popularity": SEQUENCES,
    "liked": HISTORY,
    "shown": SHOWN,
    "wish": WISHES,
    "word": NOTHING,
    "nothing": NOTHING,
}


def held_against(kind: str) -> str:
    """Where the truth of such a claim stands; most are of the catalogue."""
    return _BY_KIND.get(kind, CATALOGUE)
