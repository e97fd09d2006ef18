"""The web app: typed sessions under `/v1/sessions`, health, and errors as JSON.

Handlers are plain functions, so FastAPI runs them, and the agent's work in them, in its thread pool.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from agent.agent import Agent
from agent.editing import Edit
from agent.events import final_answer
from agent.opening import check_session_id, check_user_id, new_session_id, open_agent
from agent.settings import read_settings
from memory.session import Session
from tools.errors import PalateError
from tools.version import palate_version
from ui.api.guards import BodyLimit, LastResort
from ui.api.schemas import EditIn, EventIn, MessageIn, SessionIn, session_json
from ui.api.streams import begun, error_json, server_sent, told_fault
from ui.faults import Fault, NotFound, one_line
from ui.incoming import clean_message

STATUS_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}


def current_agent(request: Request) -> Agent:
    """The agent of this process."""
    agent: Agent = request.app.state.agent
    return agent


def named_session(session_id: Annotated[str, Path()]) -> str:
    """The session id in the address."""
    return check_session_id(session_id)


AgentHere = Annotated[Agent, Depends(current_agent)]
SessionId = Annotated[str, Depends(named_session)]


def named_user(user_id: Annotated[str, Path()]) -> str:
    """The user id in the address."""
    return check_user_id(user_id)


UserId = Annotated[str, Depends(named_user)]


def create_app(opener: Callable[[], Agent]) -> FastAPI:
    """The app; it opens its agent when it starts and closes it when it stops."""
    from ui.api.chat_completions import router as chat_completions

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.agent = await run_in_threadpool(opener)
        try:
            yield
        finally:
            await run_in_threadpool(app.state.agent.close)

    # the documentation pages load scripts from elsewhere; /openapi.json has all they would show
    app = FastAPI(title="palate", version=palate_version(), lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit)
    app.add_middleware(LastResort)
    _add_errors(app)
    _add_sessions(app)
    _add_wishes(app)
    _add_users(app)
    app.include_router(chat_completions)
    return app


def worker_app() -> FastAPI:
    """The app of one of several worker processes; its settings are those of the environment."""

    def opener() -> Agent:
        agent = open_agent(read_settings())
        agent.warm_up()
        agent.language_model.start()
        return agent

    return create_app(opener)


def _add_sessions(app: FastAPI) -> None:
    @app.get("/v1/health")
    def health(agent: AgentHere) -> dict[str, Any]:
        """Whether it answers, over which catalogue, and which language model speaks."""
        llm = agent.llm_status()
        return {
            "status": "ok",
            "version": palate_version(),
            "catalog": agent.catalog.spec.catalog.name,
            "items": len(agent.catalog),
            "llm": {"state": llm.state, "text": llm.sentence, "roles": list(llm.roles)},
        }

    @app.post("/v1/sessions", status_code=201)
    def begin(agent: AgentHere, body: SessionIn | None = None) -> dict[str, str]:
        """A fresh session id; the session is kept from its first message or event on, a user's from now on."""
        session_id = new_session_id()
        if body is not None and body.user:
            agent.begin(session_id, check_user_id(body.user))
        return {"session": session_id}

    @app.get("/v1/sessions/{session_id}")
    def read(session_id: SessionId, agent: AgentHere) -> dict[str, Any]:
        """Turns, wishes and events of a session."""
        return session_json(_kept(agent, session_id))

    @app.delete("/v1/sessions/{session_id}", status_code=204)
    def delete(session_id: SessionId, agent: AgentHere) -> Response:
        """Forgets a session and all that was said in it."""
        if not agent.delete(session_id):
            raise NotFound(f"no session {session_id!r}")
        return Response(status_code=204)

    @app.post("/v1/sessions/{session_id}/messages", response_model=None)
    def say(
        session_id: SessionId, body: MessageIn, agent: AgentHere, accept: Annotated[str, Header()] = ""
    ) -> dict[str, Any] | StreamingResponse:
        """One turn: the answer, or its events as they come."""
        events = begun(agent.reply(session_id, clean_message(body.message)))
        if body.stream or "text/event-stream" in accept:
            return StreamingResponse(
                server_sent(events), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
            )
        return final_answer(events).to_json()

    @app.post("/v1/sessions/{session_id}/events")
    def react(session_id: SessionId, body: EventIn, agent: AgentHere) -> dict[str, Any]:
        """Something that happened to an item: liked, rejected or seen."""
        return session_json(agent.react(session_id, body.item_id, body.kind))


def _add_wishes(app: FastAPI) -> None:
    @app.delete("/v1/sessions/{session_id}/preferences/{preference_id}")
    def forget(session_id: SessionId, preference_id: int, agent: AgentHere) -> dict[str, Any]:
        """Takes one wish back."""
        _holds(_kept(agent, session_id), preference_id)
        return session_json(agent.forget(session_id, preference_id))

    @app.patch("/v1/sessions/{session_id}/preferences/{preference_id}")
    def edit(session_id: SessionId, preference_id: int, body: EditIn, agent: AgentHere) -> dict[str, Any]:
        """Changes one wish: its strength, its polarity or what it is about."""
        _holds(_kept(agent, session_id), preference_id)
        return session_json(
            agent.edit(session_id, preference_id, Edit(body.strength, body.polarity, body.value))
        )

    @app.post("/v1/sessions/{session_id}/undo")
    def undo(session_id: SessionId, agent: AgentHere) -> dict[str, Any]:
        """Takes back the last change of wishes and events; `undone` says which."""
        _kept(agent, session_id)
        session, undone = agent.undo(session_id)
        return {**session_json(session), "undone": undone}


def _add_users(app: FastAPI) -> None:
    @app.get("/v1/users/{user_id}")
    def profile(user_id: UserId, agent: AgentHere) -> dict[str, Any]:
        """What lasts of a user: tastes, and what they have met with."""
        return agent.profile(user_id)

    @app.delete("/v1/users/{user_id}", status_code=204)
    def forget_user(user_id: UserId, agent: AgentHere) -> Response:
        """Forgets a user: profile, sessions and all that was said in them."""
        if not agent.delete_user(user_id):
            raise NotFound(f"nothing is known of a user {user_id!r}")
        return Response(status_code=204)


def _holds(session: Session, preference_id: int) -> None:
    if preference_id not in {wish.id for wish in session.wishes}:
        raise NotFound(f"no wish {preference_id} holds in session {session.id!r}")


def _kept(agent: Agent, session_id: str) -> Session:
    session = agent.session(session_id)
    if session is None:
        raise NotFound(f"no session {session_id!r}")
    return session


def _add_errors(app: FastAPI) -> None:
    def answer(fault: Fault) -> JSONResponse:
        return JSONResponse(error_json(fault), fault.status)

    def failed(_: Request, error: Exception) -> JSONResponse:
        return answer(told_fault(error))

    def malformed(_: Request, error: Exception) -> JSONResponse:
        found = (
            error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": str(error)}
        )
        if found.get("type") == "json_invalid":
            return answer(Fault("bad_json", "the body is not JSON", 400))
        where = ".".join(str(part) for part in found["loc"] if part != "body")
        return answer(Fault("bad_request", one_line(f"{where or 'body'}: {found['msg']}"), 422))

    def http(_: Request, error: Exception) -> JSONResponse:
        status = error.status_code if isinstance(error, HTTPException) else 500
        text = error.detail if isinstance(error, HTTPException) else "failed"
        return answer(Fault(STATUS_CODES.get(status, "bad_request"), str(text), status))

    from memory.store import SessionConflict, StoreFailed

    for kind in (PalateError, StoreFailed, SessionConflict):
        app.add_exception_handler(kind, failed)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
