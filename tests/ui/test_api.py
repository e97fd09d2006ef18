"""The HTTP API on a real server, with httpx and the real OpenAI client."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import openai
import pytest

from agent.answer import Question
from agent.events import QuestionAsked
from memory.store import SessionConflict, StoreFailed
from tools.errors import ToolFailed
from ui.api import create_app
from ui.api.streams import event_json

AS_JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def running(make_agent, served):
    """One server for all tests here; each test finds its agent as new."""
    agent = make_agent()
    with served(create_app(lambda: agent)) as url:
        yield url, agent


@pytest.fixture
def agent(running):
    running[1].__init__()
    return running[1]


@pytest.fixture
def api(running, agent):  # noqa: ARG001
    with httpx.Client(base_url=running[0], trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def chat(api):
    with httpx.Client(trust_env=False) as http:
        yield openai.OpenAI(
            base_url=f"{api.base_url}/v1", api_key="unused", http_client=http, max_retries=0
        ).chat.completions


def fault(response, status, code):
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert "Traceback" not in error["message"]
    assert "\n" not in error["message"]
    return error["message"]


def test_health(api):
    health = api.get("/v1/health").json()
    assert health["status"] == "ok"
    assert health["items"] == 6
    assert health["llm"]["state"] == "downloading"


def test_a_session_from_its_first_message_to_its_end(api):
    session = api.post("/v1/sessions").json()["session"]
    answer = api.post(f"/v1/sessions/{session}/messages", json={"message": "90s, no war"}).json()
    assert answer["session"] == session
    assert len(answer["slate"]) == 5
    liked = api.post(f"/v1/sessions/{session}/events", json={"item_id": "2", "kind": "liked"}).json()
    assert liked["events"] == [{"item_id": "2", "kind": "liked", "source": "button", "turn": 1}]
    left = api.delete(f"/v1/sessions/{session}/preferences/1").json()["preferences"]
    assert [wish["id"] for wish in left] == [2]
    kept = api.get(f"/v1/sessions/{session}").json()
    assert kept["turns"][0]["message"] == "90s, no war"
    assert kept["turns"][0]["answer"] == answer
    assert api.delete(f"/v1/sessions/{session}").status_code == 204
    fault(api.get(f"/v1/sessions/{session}"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "headers"),
    [({"message": "a", "stream": True}, {}), ({"message": "a"}, {"Accept": "text/event-stream"})],
)
def test_turn_events_are_streamed(api, body, headers):
    response = api.post("/v1/sessions/s/messages", json=body, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [
        dict(line.split(": ", 1) for line in e.split("\n")) for e in response.text.strip().split("\n\n")
    ]
    assert [e["event"] for e in events] == ["parsed", "tool", "slate", "notice", "text", "done"]
    assert json.loads(events[-1]["data"])["turn"] == 1


def test_two_sessions_at_once_do_not_meet(api, agent):
    agent.delay_s = 0.05

    def say(number):
        text = "no war" if number % 2 else "anything"
        return api.post(f"/v1/sessions/s{number}/messages", json={"message": text}).json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(say, range(16)))
    for number, answer in enumerate(answers):
        assert answer["session"] == f"s{number}"
        assert len(answer["preferences"]) == number % 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v1/sessions/s/messages", b"{not json", 400, "bad_json"),
        ("POST", "/v1/sessions/s/messages", b"[]", 422, "bad_request"),
        ("POST", "/v1/sessions/s/messages", b'{"message": 3}', 422, "bad_request"),
        ("POST", "/v1/sessions/s/messages", b'{"message": "a", "mesage": "b"}', 422, "bad_request"),
        ("POST", "/v1/sessions/s/events", b'{"item_id": "\\ud800", "kind": "liked"}', 422, "bad_request"),
        ("POST", "/v1/sessions/%20x/messages", b'{"message": "a"}', 400, "bad_input"),
        ("POST", "/v1/sessions/" + "x" * 65 + "/messages", b'{"message": "a"}', 400, "bad_input"),
        ("POST", "/v1/sessions/s/messages", b'{"message": "' + b"a" * (1 << 20) + b'"}', 413, "too_large"),
        ("POST", "/v1/sessions/s/events", b'{"item_id": "99", "kind": "liked"}', 400, "bad_input"),
        ("POST", "/v1/sessions/s/events", b'{"item_id": "1", "kind": "eaten"}', 422, "bad_request"),
        ("DELETE", "/v1/sessions/s/preferences/1", None, 404, "not_found"),
        ("DELETE", "/v1/sessions/s/preferences/one", None, 422, "bad_request"),
        ("DELETE", "/v1/sessions/s", None, 404, "not_found"),
        ("GET", "/v1/sessions/s", None, 404, "not_found"),
        ("GET", "/v2", None, 404, "not_found"),
        ("GET", "/v1/models/gpt-9", None, 404, "not_found"),
        ("PUT", "/v1/sessions", None, 405, "method_not_allowed"),
        ("POST", "/v1/chat/completions", b'{"messages": []}', 422, "bad_request"),
        ("POST", "/v1/chat/completions", b'{"messages": [{"role": "assistant", "content": "a"}]}', 400, "bad_input"),
        ("POST", "/v1/chat/completions", b'{"n": 2, "messages": [{"role": "user", "content": "a"}]}', 400, "bad_input"),
        (
            "POST",
            "/v1/chat/completions",
            b'{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}',
            400,
            "bad_input",
        ),
    ],
)  # fmt: skip
def test_bad_requests_are_told_as_json(api, agent, method, path, body, status, code):
    headers = AS_JSON if body is not None else {}
    fault(api.request(method, path, content=body, headers=headers), status, code)
    assert agent.heard == []


def test_a_chunked_body_is_capped_too(api):
    fault(
        api.post(
            "/v1/sessions/s/messages",
            content=(b"a" * 65_536 for _ in range(40)),
            headers=AS_JSON,
        ),
        413,
        "too_large",
    )


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ToolFailed("the index is away"), 503, "tool_failed"),
        (SessionConflict("session 's' went on elsewhere"), 409, "conflict"),
        (StoreFailed("the session database cannot be read: locked"), 503, "storage_failed"),
        (KeyError("secret"), 500, "internal"),
    ],
)
def test_failed_turns(api, agent, error, status, code):
    agent.script = [error]
    text = fault(api.post("/v1/sessions/s/messages", json={"message": "a"}), status, code)
    assert "secret" not in text
    agent.script = [error]
    streamed = api.post("/v1/sessions/s/messages", json={"message": "a", "stream": True}).text
    assert (
        streamed.rstrip().split("\n\n")[-1].startswith(f'event: error\ndata: {{"error": {{"code": "{code}"')
    )
    assert api.post("/v1/sessions/s/messages", json={"message": "a"}).status_code == 200


def test_long_and_foreign_messages_reach_the_agent_whole(api, agent):
    for message in ("x" * 100_000, "映画" * 50_000, "\x07\x1b[2J", ""):
        assert api.post("/v1/sessions/s/messages", json={"message": message}).status_code == 200
        assert agent.heard[-1][1] == message
    api.post("/v1/sessions/s/messages", content=b'{"message": "half \\ud800 a character"}', headers=AS_JSON)
    assert agent.heard[-1][1] == "half ? a character"


def test_openai_client_whole(chat, agent):
    history = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "no war"},
        {"role": "assistant", "content": "Here …"},
        {"role": "user", "content": [{"type": "text", "text": "from the 90s"}]},
    ]
    completion = chat.create(model="palate", messages=history, temperature=0.3)
    text = completion.choices[0].message.content
    assert text.startswith("Nothing fits <b>all</b> of that; I let go of the year.\n\nHere is what comes")
    assert "\n\n1. Ronin\n   1998 · Action, Crime, Thriller" in text
    assert completion.choices[0].finish_reason == "stop"
    assert [w["value"] for w in completion.palate["preferences"]] == [
        {"facet": "genres", "values": ["War"]},
        {"facet": "year", "min": 1990, "max": 1999},
    ]
    assert [message for _, message in agent.heard] == ["no war", "from the 90s"]
    assert agent.heard_without_llm == ["no war"]  # said again costs no model
    assert agent.sessions == {}  # the session went with the request


def test_openai_client_streams(chat, agent):
    chunks = list(chat.create(model="palate", messages=[{"role": "user", "content": "Heat"}], stream=True))
    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    whole = chat.create(model="palate", messages=[{"role": "user", "content": "Heat"}])
    assert text == whole.choices[0].message.content
    assert len(chunks) > 5
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert agent.sessions == {}


def test_a_named_session_is_continued(chat, agent):
    for number in (1, 2):
        completion = chat.create(
            model="palate",
            messages=[{"role": "user", "content": "earlier"}, {"role": "user", "content": "Heat"}],
            extra_headers={"X-Palate-Session": "mine"},
        )
        assert completion.palate["turn"] == number
    assert [message for _, message in agent.heard] == ["Heat", "Heat"]
    other = chat.create(
        model="palate", messages=[{"role": "user", "content": "Heat"}], metadata={"session": "mine"}
    )
    assert other.palate["turn"] == 3


def test_openai_client_meets_errors_as_its_own(chat, agent):
    with pytest.raises(openai.BadRequestError, match="session id"):
        chat.create(
            model="palate",
            messages=[{"role": "user", "content": "a"}],
            extra_headers={"X-Palate-Session": "a b"},
        )
    agent.script = [ToolFailed("the index is away")]
    with pytest.raises(openai.APIError, match="the index is away"):
        list(chat.create(model="palate", messages=[{"role": "user", "content": "a"}], stream=True))


def test_models(api):
    client = openai.OpenAI(
        base_url=f"{api.base_url}/v1", api_key="x", http_client=httpx.Client(trust_env=False)
    )
    assert [m.id for m in client.models.list()] == ["palate"]
    assert client.models.retrieve("palate").owned_by == "palate"
    client.close()


def test_the_agent_is_closed_with_the_server(make_agent, served):
    agent = make_agent()
    with served(create_app(lambda: agent)) as url:
        assert httpx.get(f"{url}/v1/health", trust_env=False).is_success
    assert agent.closed


def test_a_wish_is_edited_and_the_last_change_undone(api):
    session = api.post("/v1/sessions").json()["session"]
    api.post(f"/v1/sessions/{session}/messages", json={"message": "90s, no war"})
    address = f"/v1/sessions/{session}/preferences"
    edited = api.patch(f"{address}/2", json={"strength": "prefer"}).json()["preferences"]
    assert [wish["strength"] for wish in edited] == ["never", "prefer"]
    undone = api.post(f"/v1/sessions/{session}/undo").json()
    assert undone["undone"]
    fault(api.patch(f"{address}/9", json={"strength": "prefer"}), 404, "not_found")
    fault(api.patch(f"{address}/2", json={"colour": "red"}), 422, "bad_request")
    fault(api.post("/v1/sessions/nobody/undo"), 404, "not_found")


def test_a_session_is_begun_for_a_user_and_the_user_forgotten(api, agent):
    session = api.post("/v1/sessions", json={"user": "ann@home"}).json()["session"]
    assert agent.sessions[session].user == "ann@home"
    assert api.get("/v1/users/ann@home").json()["user"] == "ann@home"
    assert api.delete("/v1/users/ann@home").status_code == 204
    fault(api.delete("/v1/users/ann@home"), 404, "not_found")
    fault(api.post("/v1/sessions", json={"user": "a b"}), 400, "bad_input")
    fault(api.get("/v1/users/a%20b"), 400, "bad_input")


def test_a_question_comes_as_an_event_of_its_own():
    question = Question("Any particular genre?", "genres", ("Drama", "No matter"))
    assert event_json(QuestionAsked(question)) == (
        "question",
        {"text": "Any particular genre?", "about": "genres", "replies": ["Drama", "No matter"]},
    )
