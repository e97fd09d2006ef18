"""What asking a language model cost."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CHARS_A_TOKEN = 4  # of English, where a server does not count


@dataclass(frozen=True)
class Usage:
    """Calls, tokens and seconds; `estimated` when a server did not count and the tokens are taken from the characters.

    unanswered: calls begun besides, that failed or were not waited for to their end; nobody knows their tokens.
    """

    calls: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    estimated: bool = False
    unanswered: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.answer_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.answer_tokens + other.answer_tokens,
            self.seconds + other.seconds,
            self.estimated or other.estimated,
            self.unanswered + other.unanswered,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; seconds to the millisecond."""
        return {
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "answer_tokens": self.answer_tokens,
            "seconds": round(self.seconds, 3),
            "estimated": self.estimated,
            "unanswered": self.unanswered,
        }


def total_usage(answers: Iterable[Mapping[str, Any]]) -> Usage:
    """What the turns of these answers, as JSON, have asked of the language model together."""
    told = [answer["llm"]["usage"] for answer in answers if answer.get("llm")]
    return sum((Usage(**usage) for usage in told), Usage())


Count = Callable[[Usage], None]


def nobody_counts(_usage: Usage) -> None:
    """For a call whose cost nobody asks for."""


def usage_of(asked: str, answer: str, told: Any, seconds: float) -> Usage:
    """The usage of one call. told: langchain's `usage_metadata`, None where the server told nothing."""
    if told and told.get("input_tokens"):
        return Usage(1, int(told["input_tokens"]), int(told.get("output_tokens", 0)), seconds)
    return Usage(1, -(-len(asked) // CHARS_A_TOKEN), -(-len(answer) // CHARS_A_TOKEN), seconds, True)
