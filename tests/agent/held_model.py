"""The place of a language model that is there at once, with the roles it is given."""

from typing import Any

from agent.llm import LanguageModelStatus, Roles


class HeldModel:
    """Stands where an agent has its language model's slot; who made the model closes it."""

    def __init__(self, model: Any, roles: Roles) -> None:
        self.model, self._roles = model, roles

    def current(self) -> Any:
        return self.model

    def roles(self) -> Roles:
        return self._roles

    def status(self) -> LanguageModelStatus:
        return LanguageModelStatus("ready", self._roles.sentence)

    def close(self) -> None:
        """Nothing is open here."""
