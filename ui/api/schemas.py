"""What the API accepts, checked at the edge; what it gives back is the agent's own JSON."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.llm.usage import total_usage
from memory.session import Session
from tools.errors import UserInputError


class MessageIn(BaseModel):
    """One thing the person says."""

    model_config = ConfigDict(extra="forbid")

    message: str
    stream: bool = Field(False, description="turn events as Server-Sent Events instead of one answer")


class SessionIn(BaseModel):
    """Who a new session is for; without a user nothing lasts beyond it."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field("", description="whose profile the session reads and writes")


class EditIn(BaseModel):
    """What to change of a wish."""

    model_config = ConfigDict(extra="forbid")

    strength: str | None = Field(None, description="must or prefer; of a refusal never or avoid")
    polarity: str | None = Field(None, description="+ or -")
    value: Any = Field(None, description="what it is about, as the wish's own `value` is written")


class EventIn(BaseModel):
    """What the person made of an item."""

    model_config = ConfigDict(extra="forbid")

    item_id: str = Field(min_length=1, max_length=512)
    kind: Literal["liked", "rejected", "seen"]


class ContentPart(BaseModel):
    """A part of a message; only text is understood."""

    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """One message of an OpenAI-style history."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None

    def text(self) -> str:
        """Its words; raises UserInputError for an image or sound."""
        if isinstance(self.content, list):
            if any(part.type != "text" for part in self.content):
                raise UserInputError("only text is understood; leave images, sounds and files out")
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class ChatIn(BaseModel):
    """`POST /v1/chat/completions`. What palate has no use for (temperature, tools …) is accepted and passed over."""

    model: str = "palate"
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    user: str | None = Field(None, description="whose profile a named session reads and writes")
    n: int | None = Field(1, description="palate gives one answer")
    metadata: dict[str, Any] | None = None


def session_json(session: Session) -> dict[str, Any]:
    """A session: its turns' answers, the wishes that hold, what happened to items, and what the language model cost."""
    return {
        "session": session.id,
        "user": session.user,
        "turns": [
            {"turn": turn.number, "message": turn.utterance, "intent": turn.intent, "answer": turn.answer}
            for turn in session.turns
        ],
        "preferences": [wish.to_json() for wish in session.wishes],
        "events": [
            {"item_id": e.item_id, "kind": e.kind, "source": e.source, "turn": e.turn}
            for e in session.live_events
        ],
        "llm_usage": total_usage(turn.answer for turn in session.turns).to_json(),
    }
