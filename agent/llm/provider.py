"""One language model: what it is called, what it can do, and how it is asked."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

from agent.llm.transport import bounded_client, call_timeout, http_library
from tools.errors import ToolFailed

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

MAX_ANSWER_CHARS = 8_000
RETRY_WAIT_S = 0.5
# the most the OpenAI API gives for one position
TOP_TOKENS = 20

_YES = frozenset({"yes", "yeah", "yep"})
_NO = frozenset({"no", "nope"})
_Answer = TypeVar("_Answer")


class LanguageModel:
    """A chat model behind an OpenAI-compatible address, through langchain's ChatOpenAI.

    Every failure (no connection, time out, refused key, 429, 5xx, nonsense) is a ToolFailed with one plain sentence.
    `gives_logprobs` is None until `p_yes` was asked once. `chat` is the langchain model, for tools and schemas.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str = "",
        where: Literal["remote", "local"] = "remote",
        on_close: Callable[[], None] | None = None,
    ) -> None:
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        self.name = name
        self.where = where
        self.gives_logprobs: bool | None = None
        self._on_close = on_close
        self._close_lock = threading.Lock()
        host = urlsplit(base_url).hostname or ""
        self._http = bounded_client(loopback=host in {"127.0.0.1", "localhost", "::1"})
        # OpenAI itself refuses the old field max_tokens; many compatible servers know no other
        self._old_limit_field = not host.endswith("openai.com")
        self._temperature: float | None = 0.0
        self.chat: ChatOpenAI = ChatOpenAI(
            model=name,
            base_url=base_url,
            api_key=SecretStr(api_key or "none"),
            http_client=self._http,
            max_retries=0,
            stream_usage=False,
            use_responses_api=False,
        )

    def complete(self, system: str, user: str, max_tokens: int, timeout_s: float) -> str:
        """The whole answer, cut at MAX_ANSWER_CHARS; ToolFailed when there is none."""

        def ask(left_s: float) -> str:
            answer = self.chat.invoke(_messages(system, user), **self._options(max_tokens, left_s))
            return answer.text[:MAX_ANSWER_CHARS].strip()

        answer = self._try_twice(ask, timeout_s)
        if not answer:
            raise ToolFailed(f"The language model {self.name} answered nothing.")
        return answer

    def complete_json(
        self, system: str, user: str, schema: dict[str, Any], max_tokens: int, timeout_s: float
    ) -> str:
        """An answer under a JSON schema, as text; the server may not have kept to it. schema: `{name, strict, schema}` as
        the OpenAI API takes it. ToolFailed when there is no answer."""

        def ask(left_s: float) -> str:
            form = {"type": "json_schema", "json_schema": schema}
            options = self._options(max_tokens, left_s)
            answer = self.chat.invoke(_messages(system, user), response_format=form, **options)
            return answer.text[:MAX_ANSWER_CHARS].strip()

        answer = self._try_twice(ask, timeout_s)
        if not answer:
            raise ToolFailed(f"The language model {self.name} answered nothing.")
        return answer

    def stream(self, system: str, user: str, max_tokens: int, timeout_s: float) -> Iterator[str]:
        """The answer as it comes, cut at MAX_ANSWER_CHARS; closing the iterator stops the request."""

        def open_stream(left_s: float) -> tuple[str, Iterator[Any]]:
            chunks = iter(self.chat.stream(_messages(system, user), **self._options(max_tokens, left_s)))
            # a refusal shows on the first chunk only, and may still be retried then
            first = next((chunk.text for chunk in chunks if chunk.text), "")
            return first, chunks

        text, chunks = self._try_twice(open_stream, timeout_s)
        if not text:
            raise ToolFailed(f"The language model {self.name} answered nothing.")
        given = 0
        try:
            while given < MAX_ANSWER_CHARS:
                if text:
                    yield text[: MAX_ANSWER_CHARS - given]
                given += len(text)
                chunk = next(chunks, None)
                if chunk is None:
                    return
                text = chunk.text
        except _failures() as error:
            raise _plain_failure(self.name, error) from error
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def p_yes(self, system: str, user: str, timeout_s: float) -> float | None:
        """P(yes) / (P(yes) + P(no)) of the first token.

        None when the server gives no log-probabilities (`gives_logprobs` is False from then on), or when neither
        word is among the likeliest tokens.
        """

        def ask(left_s: float) -> Any:
            options = self._options(1, left_s)
            answer = self.chat.invoke(
                _messages(system, user), logprobs=True, top_logprobs=TOP_TOKENS, **options
            )
            return answer.response_metadata.get("logprobs")

        if self.gives_logprobs is False:
            return None
        import openai

        try:
            logprobs = self._try_twice(ask, timeout_s)
        except ToolFailed as failure:
            if isinstance(failure.__cause__, openai.BadRequestError) and "logprobs" in str(failure.__cause__):
                self.gives_logprobs = False
                return None
            raise
        tokens = _first_tokens(logprobs)
        self.gives_logprobs = bool(tokens)
        return _share_of_yes(tokens)

    def close(self) -> None:
        """Close the connections, and the server where the model is local; a second call does nothing."""
        with self._close_lock:
            on_close, self._on_close = self._on_close, None
        self._http.close()
        if on_close is not None:
            on_close()

    def _options(self, max_tokens: int, timeout_s: float) -> dict[str, Any]:
        options: dict[str, Any] = {"max_tokens": max_tokens, "timeout": call_timeout(timeout_s)}
        if self._temperature is not None:
            options["temperature"] = self._temperature
        if self._old_limit_field:
            options["extra_body"] = {"max_tokens": max_tokens}
        return options

    def _try_twice(self, ask: Callable[[float], _Answer], timeout_s: float) -> _Answer:
        """The answer of `ask`, tried a second time after 429 and 5xx when the time allows."""
        import openai

        deadline = time.monotonic() + timeout_s
        try:
            return ask(timeout_s)
        except (openai.RateLimitError, openai.InternalServerError) as error:
            wait_s = _wait_wanted_s(error)
            if time.monotonic() + wait_s >= deadline:
                raise _plain_failure(self.name, error) from error
            time.sleep(wait_s)
        except openai.BadRequestError as error:
            # some models take no temperature but their own
            if self._temperature is None or "temperature" not in str(error):
                raise _plain_failure(self.name, error) from error
            self._temperature = None
        except _failures() as error:
            raise _plain_failure(self.name, error) from error
        try:
            return ask(max(0.001, deadline - time.monotonic()))
        except _failures() as error:
            raise _plain_failure(self.name, error) from error


def _messages(system: str, user: str) -> "list[BaseMessage]":
    from langchain_core.messages import HumanMessage, SystemMessage

    return [SystemMessage(system), HumanMessage(user)]


def _failures() -> tuple[type[Exception], ...]:
    """What openai and langchain raise when a server fails or talks nonsense.

    The last six come of answers that are no chat completion: HTML, cut JSON, missing or null fields.
    """
    import openai

    broken = (ValueError, TypeError, AttributeError, KeyError, IndexError, RuntimeError)
    return (openai.OpenAIError, http_library().HTTPError, *broken)


def _plain_failure(name: str, error: Exception) -> ToolFailed:
    import openai

    if isinstance(error, openai.APITimeoutError | http_library().TimeoutException):
        what = "did not answer in time"
    elif isinstance(error, openai.APIConnectionError | http_library().HTTPError):
        what = "could not be reached"
    elif isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        what = "refused the key"
    elif isinstance(error, openai.NotFoundError):
        what = "is not known at its address"
    elif isinstance(error, openai.RateLimitError):
        what = "is too busy (429)"
    elif isinstance(error, openai.APIStatusError):
        what = f"answered with an error ({error.status_code})"
    else:
        what = "gave an answer that could not be read"
    return ToolFailed(f"The language model {name} {what}.")


def _wait_wanted_s(error: Any) -> float:
    """Seconds to wait before the second try: what the server asks for, else RETRY_WAIT_S."""
    try:
        return max(RETRY_WAIT_S, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return RETRY_WAIT_S


def _first_tokens(logprobs: Any) -> list[tuple[str, float]]:
    """(token, log-probability) of the likeliest first tokens; empty when the answer holds none."""
    try:
        tops = logprobs["content"][0]["top_logprobs"]
        return [(str(top["token"]), float(top["logprob"])) for top in tops]
    except (TypeError, KeyError, IndexError, ValueError):
        return []


def _share_of_yes(tokens: list[tuple[str, float]]) -> float | None:
    mass = {True: 0.0, False: 0.0}
    for token, logprob in tokens:
        word = token.strip(" \t\n\"'*.,:!_▁Ġ").casefold()
        if word in _YES or word in _NO:
            mass[word in _YES] += math.exp(min(0.0, logprob))
    total = mass[True] + mass[False]
    return mass[True] / total if total > 0 else None
