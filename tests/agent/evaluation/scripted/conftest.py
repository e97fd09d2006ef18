"""A partner that says what it is told to, over six places whose facts are known."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from agent.evaluation.scripted.partners import State, preferences_from_json
from memory.preferences import Preference, RangeTarget
from tools.catalog import Catalog, Item
from tools.catalog.spec import CatalogSpec
from tools.errors import UserInputError

SPEC = CatalogSpec.model_validate(
    {
        "catalog": {"name": "places", "items": ["places.csv"], "noun": "place", "nouns": ["place", "places"]},
        "facets": {
            "city": {"kind": "categorical", "column": "city"},
            "price": {"kind": "numeric", "column": "price", "role": "price"},
        },
    }
)
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Alba", {"city": "Porto", "price": 10}),
    ("Bona", {"city": "Porto", "price": 20}),
    ("Cara", {"city": "Lisbon", "price": 30}),
    ("Dora", {"city": "Porto"}),
    ("Elsa", {"city": ("Porto", "Lisbon"), "price": 40}),
    ("Fina", {"price": 50}),
)
CATALOG = Catalog(SPEC, [Item(name.lower(), name, "", (), facets) for name, facets in ROWS])


class ScriptedPartner:
    """Gives its answers in turn; holds the wishes and events it is given. `did` is what was done to it."""

    catalog = CATALOG

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.wishes: list[Preference] = []
        self.events: list[tuple[str, str]] = []
        self.did: list[tuple[str, ...]] = []

    def answer(self, *titles: str, reply: str = "Here you are.", **given: Any) -> None:
        """The next answer, with these titles as its slate."""
        items = [
            {
                "id": i.id,
                "title": i.title,
                "facets": dict(i.facets),
                "reasons": [{"text": f"{i.title} is good."}],
            }
            for title in titles
            for i in CATALOG.items
            if i.title == title
        ]
        plain: dict[str, Any] = {"intent": "recommend", "slate": items, "reply": reply, "notices": []}
        self.answers.append(plain | {"question": None} | given)

    def wish(
        self, low: float | None, high: float | None, polarity: Any = "+", strength: Any = "must"
    ) -> None:
        """A wish about the price holds from now on."""
        target = RangeTarget("price", low, high)
        self.wishes.append(Preference(len(self.wishes) + 1, polarity, strength, target, "", 1))

    def begin(self, user: str) -> str:
        self.did.append(("begin", user))
        return f"s{len(self.did)}"

    def say(self, session: str, message: str) -> Mapping[str, Any]:
        self.did.append(("say", session, message))
        if not self.answers:
            raise UserInputError("nothing more is to be said")
        return self.answers.pop(0) | {"preferences": [wish.to_json() for wish in self.wishes]}

    def press(self, session: str, item_id: str, kind: str) -> None:
        self.did.append(("press", session, item_id, kind))
        self.events.append((item_id, kind))

    def take_back(self, session: str, preference_id: int) -> None:
        self.did.append(("take_back", session, str(preference_id)))
        self.wishes = [w for w in self.wishes if w.id != preference_id]

    def undo(self, session: str) -> None:
        self.did.append(("undo", session))

    def state(self, _session: str) -> State:
        return State(preferences_from_json([w.to_json() for w in self.wishes]), tuple(self.events))

    def item(self, shown: Mapping[str, Any]) -> Item:
        return CATALOG.item(shown["id"])

    def forget(self, sessions: Sequence[str], user: str) -> None:
        self.did.append(("forget", *sessions, user))

    def close(self) -> None:
        """Nothing was opened."""


@pytest.fixture
def partner() -> ScriptedPartner:
    return ScriptedPartner()


@pytest.fixture
def places() -> Catalog:
    return CATALOG


@pytest.fixture
def write_dialogue(tmp_path: Any) -> Callable[..., Any]:
    """Writes a dialogue file and gives its path."""

    def write(text: str, name: str = "one.toml") -> Any:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write
