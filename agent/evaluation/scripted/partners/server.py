"""A running palate server as the partner of scripted dialogues; it gives the same JSON as an agent."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from agent.evaluation.scripted.partners.partner import State, preferences_from_json
from tools.catalog import Catalog, Item
from tools.errors import ToolFailed, UserInputError

TIMEOUT_S = 120.0  # of a server's answer: a language model may speak
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ServerPartner:
    """A palate server, through its `/v1/sessions`. Items are judged by the facets it sends; titles and words are those of
    the catalogue here."""

    def __init__(self, server: "Server", catalog: Catalog) -> None:
        self.catalog = catalog
        self._server = server

    def begin(self, user: str) -> str:
        told = self._server.ask("POST", "/v1/sessions", {"user": user} if user else None)
        return str(told["session"])

    def say(self, session: str, message: str) -> Mapping[str, Any]:
        return self._server.ask("POST", f"/v1/sessions/{session}/messages", {"message": message})

    def press(self, session: str, item_id: str, kind: str) -> None:
        self._server.ask("POST", f"/v1/sessions/{session}/events", {"item_id": item_id, "kind": kind})

    def take_back(self, session: str, preference_id: int) -> None:
        self._server.ask("DELETE", f"/v1/sessions/{session}/preferences/{preference_id}")

    def undo(self, session: str) -> None:
        self._server.ask("POST", f"/v1/sessions/{session}/undo")

    def state(self, session: str) -> State:
        held = self._server.ask("GET", f"/v1/sessions/{session}")
        events = tuple((e["item_id"], e["kind"]) for e in held["events"])
        return State(preferences_from_json(held["preferences"]), events)

    def item(self, shown: Mapping[str, Any]) -> Item:
        facets = {n: tuple(v) if isinstance(v, list) else v for n, v in shown["facets"].items()}
        row = self.catalog.rows.get(shown["id"])
        text = "" if row is None else self.catalog.items[row].text
        return Item(shown["id"], shown["title"], text, (), facets)

    def forget(self, sessions: Sequence[str], user: str) -> None:
        for session in sessions:
            self._server.ask("DELETE", f"/v1/sessions/{session}", missing_ok=True)
        if user:
            self._server.ask("DELETE", f"/v1/users/{quote(user)}", missing_ok=True)

    def close(self) -> None:
        """Nothing: the server is shared."""


class Server:
    """A palate server by its address. catalog_name: what its catalogue is called."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        """Asks for its health. Raises UserInputError where no palate answers."""
        import httpx

        address = url.rstrip("/").removesuffix("/v1")
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UserInputError(f"{url!r} is no address of a server, such as http://127.0.0.1:8000")
        self.url = address
        near = parts.hostname in LOOPBACK  # no proxy leads to this machine
        self._http = httpx.Client(base_url=address, timeout=timeout_s, trust_env=not near)
        try:
            health = self._http.get("/v1/health")
            told = health.json() if health.is_success else {}
        except (httpx.HTTPError, json.JSONDecodeError, UnicodeDecodeError, httpx.InvalidURL) as error:
            self.close()
            why = " ".join(str(error).split())
            raise UserInputError(f"no palate server answers at {address} ({why})") from None
        if not isinstance(told, dict) or "catalog" not in told:
            self.close()
            raise UserInputError(f"what answers at {address} is no palate server")
        self.catalog_name = str(told["catalog"])

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, missing_ok: bool = False
    ) -> dict[str, Any]:
        """The object a request gives; empty where nothing comes back. Raises UserInputError with what the server says
        against it, ToolFailed when it fails or is not reached."""
        import httpx

        try:
            response = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise ToolFailed(f"the server does not answer ({type(error).__name__})") from error
        if response.is_success or (missing_ok and response.status_code == 404):
            return dict(response.json()) if response.is_success and response.content else {}
        try:
            said = response.json()["error"]["message"]
        except (ValueError, KeyError, TypeError):
            said = response.reason_phrase
        if response.status_code < 500:
            raise UserInputError(str(said))
        raise ToolFailed(f"the server answers {response.status_code}: {said}")

    def close(self) -> None:
        """Gives the connections back."""
        self._http.close()
