"""The OpenAI-compatible face: any OpenAI client can hold a conversation with palate.

A request stands for itself, as in the original: the user's earlier messages in `messages` are said again in a
session that lives only for this request, then the last one is answered. Each earlier message costs a turn. With a
header `X-Palate-Session` (or `metadata.session`) the named session is continued instead: only the last message is
read, and buttons, wishes and history are shared with `/v1/sessions`. System, assistant and tool messages are not read.
"""

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from agent.agent import Agent
from agent.events import Done, TurnEvent, final_answer
from agent.opening import check_session_id, check_user_id, new_session_id
from tools.errors import UserInputError
from ui.api.schemas import ChatIn
from ui.api.streams import begun, error_json, told_fault
from ui.faults import NotFound
from ui.incoming import clean_message
from ui.presentation import answer_text

MODEL = "palate"
router = APIRouter(prefix="/v1")


def _agent(request: Request) -> Agent:
    agent: Agent = request.app.state.agent
    return agent


AgentHere = Annotated[Agent, Depends(_agent)]


@dataclass(frozen=True)
class Asked:
    """The turn a request asks for. `scratch`: the session goes with the request, and no profile is read or written."""

    session_id: str
    earlier: tuple[str, ...]
    message: str
    scratch: bool
    user: str = ""


@router.get("/models")
def models() -> dict[str, Any]:
    """The one model there is."""
    return {"object": "list", "data": [_model()]}


@router.get("/models/{name}")
def model(name: str) -> dict[str, Any]:
    """That model by name."""
    if name != MODEL:
        raise NotFound(f"no model {name[:80]!r}; there is {MODEL!r}")
    return _model()


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "palate"}


@router.post("/chat/completions", response_model=None)
def chat(
    body: ChatIn, agent: AgentHere, x_palate_session: Annotated[str | None, Header()] = None
) -> dict[str, Any] | StreamingResponse:
    """The answer as an assistant's message, whole or in chunks; the typed answer lies beside it as `palate`."""
    asked = _asked(body, x_palate_session)
    events = _turn(agent, asked)
    identity = {"id": f"chatcmpl-{token_hex(12)}", "created": int(time.time()), "model": MODEL}
    if body.stream:
        chunks = _chunks(begun(events), identity, agent)
        return StreamingResponse(
            chunks, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )
    answer = final_answer(events)
    message = {"role": "assistant", "content": answer_text(answer, agent.catalog.spec)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**identity, "object": "chat.completion", "choices": [choice], "palate": answer.to_json()}


def _asked(body: ChatIn, header: str | None) -> Asked:
    if body.n not in (None, 1):
        raise UserInputError("n: palate gives one answer")
    if body.messages[-1].role != "user":
        raise UserInputError("the last message must be the user's")
    said = [clean_message(message.text()) for message in body.messages if message.role == "user"]
    named = header if header is not None else (body.metadata or {}).get("session")
    if named is not None:
        user = check_user_id(body.user) if body.user else ""
        return Asked(check_session_id(str(named)), (), said[-1], scratch=False, user=user)
    return Asked(new_session_id(), tuple(said[:-1]), said[-1], scratch=True)


def _turn(agent: Agent, asked: Asked) -> Generator[TurnEvent, None, None]:
    """The events of the asked turn, after the earlier messages were said again; a scratch session goes at the end."""
    try:
        for message in asked.earlier:
            for _ in agent.reply(asked.session_id, message, llm=False):
                pass
        yield from agent.reply(asked.session_id, asked.message, asked.user)
    finally:
        if asked.scratch:
            agent.delete(asked.session_id)


def _chunks(events: Iterator[TurnEvent], identity: dict[str, Any], agent: Agent) -> Iterator[str]:
    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        body = {**identity, "object": "chat.completion.chunk", "choices": [choice], **more}
        return f"data: {json.dumps(body)}\n\n"

    try:
        yield chunk({"role": "assistant", "content": ""})
        for event in events:
            # the language model may still revise slate and wording, so nothing is said before it is final
            if isinstance(event, Done):
                for line in answer_text(event.answer, agent.catalog.spec).splitlines(keepends=True):
                    yield chunk({"content": line})
                yield chunk({}, "stop", palate=event.answer.to_json())
        yield "data: [DONE]\n\n"
    except Exception as error:  # noqa: BLE001 - the status is sent: the error can only be the last chunk
        yield f"data: {json.dumps(error_json(told_fault(error)))}\n\n"
