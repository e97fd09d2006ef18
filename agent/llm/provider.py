"""One language model: what it is called, what it can do, and how it is asked."""

import math
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

from agent.llm.kept import KeptAnswers
from agent.llm.likelihood import LikelihoodServer
from agent.llm.transport import bounded_client, call_timeout, http_library
from agent.llm.usage import Count, nobody_counts, usage_of
from tools.errors import ToolFailed

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

MAX_ANSWER_CHARS = 8_000
RETRY_WAIT_S = 0.5  # before the second try, at most; doubled before each further one
MAX_RETRY_WAIT_S = 8.0
MOST_TRIES = 5
REMOTE_AT_ONCE = 8
# the most the OpenAI API gives for one position
TOP_TOKENS = 20

_YES = frozenset({"yes", "yeah", "yep"})
_NO = frozenset({"no", "nope"})
_Answer = TypeVar("_Answer")


class LanguageModel:
    """A chat model behind an OpenAI-compatible address, through langchain's ChatOpenAI.

    Every failure (no connection, time out, refused key, 429, 5xx, nonsense) is a ToolFailed with one plain sentence.
    Each method takes the seconds it may use, and tells `count` what it cost. `gives_logprobs` is None until it was asked
    for some. `chat` is the langchain model, for tools; `at_once`: requests that are answered no slower side by side;
    `kept`: answers of earlier turns.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str = "",
        where: Literal["remote", "local"] = "remote",
        on_close: Callable[[], None] | None = None,
        identity: str = "",
    ) -> None:
        """identity: tells this model from others, where its address changes from start to start."""
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        self.name = name
        self.where = where
        self.identity = identity or f"{base_url} {name}"
        self.at_once = 1 if where == "local" else REMOTE_AT_ONCE
        self.gives_logprobs: bool | None = None
        self.kept = KeptAnswers()
        self._on_close = on_close
        self._close_lock = threading.Lock()
        host = urlsplit(base_url).hostname or ""
        self._http = bounded_client(loopback=host in {"127.0.0.1", "localhost", "::1"})
        self._likelihoods = LikelihoodServer(self._http, base_url, name, api_key)
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

    def complete(
        self, system: str, user: str, max_tokens: int, timeout_s: float, count: Count = nobody_counts
    ) -> str:
        """The whole answer, cut at MAX_ANSWER_CHARS; ToolFailed when there is none."""
        return self._text(_messages(system, user), max_tokens, timeout_s, count)

    def complete_json(
        self,
        system: str,
        user: str,
        schema: dict[str, Any],
        max_tokens: int,
        timeout_s: float,
        count: Count = nobody_counts,
    ) -> str:
        """An answer under a JSON schema, as text; the server may not have kept to it. schema: `{name, strict, schema}` as
        the OpenAI API takes it. ToolFailed when there is no answer."""
        form = {"type": "json_schema", "json_schema": schema}
        return self._text(_messages(system, user), max_tokens, timeout_s, count, response_format=form)

    def stream(
        self, system: str, user: str, max_tokens: int, timeout_s: float, count: Count = nobody_counts
    ) -> Generator[str]:
        """The answer as it comes, cut at MAX_ANSWER_CHARS; closing the iterator stops the request."""

        def open_stream(left_s: float) -> tuple[str, Iterator[Any]]:
            chunks = iter(self.chat.stream(_messages(system, user), **self._options(max_tokens, left_s)))
            # a refusal shows on the first chunk only, and may still be retried then
            first = next((chunk.text for chunk in chunks if chunk.text), "")
            return first, chunks

        begun = time.monotonic()
        given = ""
        text, chunks = self._tried(open_stream, timeout_s)
        if not text:
            raise ToolFailed(f"The language model {self.name} answered nothing.")
        try:
            while len(given) < MAX_ANSWER_CHARS:
                if text:
                    yield text[: MAX_ANSWER_CHARS - len(given)]
                given += text
                chunk = next(chunks, None)
                if chunk is None:
                    return
                text = chunk.text
        except _failures() as error:
            raise _plain_failure(self.name, error) from error
        finally:
            count(usage_of(system + user, given, None, time.monotonic() - begun))
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def first_words(
        self, system: str, user: str, timeout_s: float, count: Count = nobody_counts
    ) -> dict[str, float]:
        """The probabilities of the likeliest first words of the answer, lower case, without marks and spaces.

        Empty when the server gives no log-probabilities; `gives_logprobs` is False from then on.
        """

        if self.gives_logprobs is False:
            return {}
        import openai

        try:
            answer = self._answer(
                _messages(system, user), 1, timeout_s, count, logprobs=True, top_logprobs=TOP_TOKENS
            )
        except ToolFailed as failure:
            if isinstance(failure.__cause__, openai.BadRequestError) and "logprobs" in str(failure.__cause__):
                self.gives_logprobs = False
                return {}
            raise
        tokens = _first_tokens(answer.response_metadata.get("logprobs"))
        self.gives_logprobs = bool(tokens)
        words: dict[str, float] = {}
        for token, logprob in tokens:
            word = token.strip(" \t\n\"'*.,:!_▁Ġ").casefold()
            words[word] = words.get(word, 0.0) + math.exp(min(0.0, logprob))
        return words

    def p_yes(self, system: str, user: str, timeout_s: float, count: Count = nobody_counts) -> float | None:
        """P(yes) / (P(yes) + P(no)) of the first word; None when neither is among the likeliest, or the server gives no
        log-probabilities."""
        words = self.first_words(system, user, timeout_s, count)
        yes, no = (sum(words.get(word, 0.0) for word in said) for said in (_YES, _NO))
        return yes / (yes + no) if yes + no > 0 else None

    def likelihood(
        self, system: str, user: str, answer: str, timeout_s: float, count: Count = nobody_counts
    ) -> float | None:
        """The mean log-probability of a token of `answer`; None when the server cannot tell, or not in time."""
        deadline = time.monotonic() + timeout_s

        def ask(left_s: float) -> float | None:
            limits = call_timeout(left_s)
            found, usage = self._likelihoods.likelihood(system, user, answer, limits, deadline)
            if usage.calls:
                count(usage)
            return found

        return self._tried(ask, timeout_s)

    def through(self, ask: Callable[[dict[str, Any]], _Answer], max_tokens: int, timeout_s: float) -> _Answer:
        """The result of a call that another asks of `chat`, such as langchain's agent, under the options it is given.

        Tried again and failing as every other; what it cost is the caller's to count.
        """
        return self._tried(lambda left_s: ask(self._options(max_tokens, left_s)), timeout_s)

    def close(self) -> None:
        """Close the connections, and the server where the model is local; a second call does nothing."""
        with self._close_lock:
            on_close, self._on_close = self._on_close, None
        self._http.close()
        if on_close is not None:
            on_close()

    def _text(
        self, messages: "list[BaseMessage]", max_tokens: int, timeout_s: float, count: Count, **more: Any
    ) -> str:
        answer: str = self._answer(messages, max_tokens, timeout_s, count, **more).text
        text = answer[:MAX_ANSWER_CHARS].strip()
        if not text:
            raise ToolFailed(f"The language model {self.name} answered nothing.")
        return text

    def _answer(
        self, messages: "list[BaseMessage]", max_tokens: int, timeout_s: float, count: Count, **more: Any
    ) -> Any:
        """langchain's whole answer; what it cost is counted."""
        begun = time.monotonic()

        def ask(left_s: float) -> Any:
            return self.chat.invoke(messages, **self._options(max_tokens, left_s), **more)

        answer = self._tried(ask, timeout_s)
        asked = "".join(str(message.content) for message in messages)
        count(usage_of(asked, answer.text, answer.usage_metadata, time.monotonic() - begun))
        return answer

    def _options(self, max_tokens: int, timeout_s: float) -> dict[str, Any]:
        options: dict[str, Any] = {"max_tokens": max_tokens, "timeout": call_timeout(timeout_s)}
        if self._temperature is not None:
            options["temperature"] = self._temperature
        if self._old_limit_field:
            options["extra_body"] = {"max_tokens": max_tokens}
        return options

    def _tried(self, ask: Callable[[float], _Answer], timeout_s: float) -> _Answer:
        """The answer of `ask`; after 429 and 5xx it is tried again, ever later, as long as the time allows."""
        from tenacity import Retrying, retry_if_exception, stop_any, wait_combine
        from tenacity.stop import stop_after_attempt, stop_before_delay
        from tenacity.wait import wait_random_exponential

        deadline = time.monotonic() + timeout_s
        tries = Retrying(
            retry=retry_if_exception(self._may_mend),
            wait=wait_combine(
                lambda state: _wait_wanted_s(state.outcome.exception() if state.outcome else None),
                wait_random_exponential(multiplier=RETRY_WAIT_S, max=MAX_RETRY_WAIT_S),
            ),
            stop=stop_any(stop_before_delay(timeout_s), stop_after_attempt(MOST_TRIES)),
            reraise=True,
        )
        try:
            return tries(lambda: ask(max(0.001, deadline - time.monotonic())))
        except _failures() as error:
            raise _plain_failure(self.name, error) from error

    def _may_mend(self, error: BaseException) -> bool:
        """Whether asking again may help; a model that takes no temperature but its own is given none from then on."""
        import openai

        if isinstance(error, openai.BadRequestError):
            mended = self._temperature is not None and "temperature" in str(error)
            self._temperature = None if mended else self._temperature
            return mended
        status = _status_of(error)
        return status == 429 or status >= 500


def _messages(system: str, user: str) -> "list[BaseMessage]":
    from langchain_core.messages import HumanMessage, SystemMessage

    return [SystemMessage(system), HumanMessage(user)]


def _failures() -> tuple[type[Exception], ...]:
    """What openai and langchain raise when a server fails or talks nonsense.

    The last six come of answers that are no chat completion: HTML, cut JSON, missing or null fields.
    """
    import openai

    broken = (ValueError, TypeError, AttributeError, KeyError, IndexError, RuntimeError, TimeoutError)
    return (openai.OpenAIError, http_library().HTTPError, *broken)


def _plain_failure(name: str, error: Exception) -> ToolFailed:
    import openai

    status = _status_of(error)
    if isinstance(error, openai.APITimeoutError | http_library().TimeoutException | TimeoutError):
        what = "did not answer in time"
    elif status in (401, 403):
        what = "refused the key"
    elif status == 404:
        what = "is not known at its address"
    elif status == 429:
        what = "is too busy (429)"
    elif status:
        what = f"answered with an error ({status})"
    elif isinstance(error, openai.APIConnectionError | http_library().HTTPError):
        what = "could not be reached"
    else:
        what = "gave an answer that could not be read"
    return ToolFailed(f"The language model {name} {what}.")


def _status_of(error: BaseException) -> int:
    """The HTTP status an error came of; 0 when of none."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return error.status_code
    return int(error.response.status_code) if isinstance(error, http_library().HTTPStatusError) else 0


def _wait_wanted_s(error: Any) -> float:
    """Seconds to wait that the server asks for before the next try; 0 when it names none."""
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (AttributeError, KeyError, ValueError):
        return 0.0


def _first_tokens(logprobs: Any) -> list[tuple[str, float]]:
    """(token, log-probability) of the likeliest first tokens; empty when the answer holds none."""
    try:
        tops = logprobs["content"][0]["top_logprobs"]
        return [(str(top["token"]), float(top["logprob"])) for top in tops]
    except (TypeError, KeyError, IndexError, ValueError):
        return []
