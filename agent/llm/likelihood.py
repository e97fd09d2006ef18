"""How probable a given text is as a model's answer, from servers that tell it in one of two ways.

llama.cpp's own endpoints: the text's own tokens are forced one after another by a logit bias and the log-probability of
each is read; a grammar would force other tokens for the same letters, and spoil the figure. Others (vLLM, the old
OpenAI endpoint): the completion endpoint echoes a prompt with the log-probability of each of its tokens.
"""

import time
from typing import Any

from agent.llm.usage import Usage

FORCED = 100.0  # the bias that makes a token certain without changing the probability that is told
OUT_OF_REACH = -20.0  # of a token that was told otherwise than forced


class LikelihoodServer:
    """One server's way; found out at the first question and kept."""

    def __init__(self, http: Any, base_url: str, model: str, api_key: str) -> None:
        """http: an httpx-like client, whose errors come through."""
        self._http = http
        self._v1 = base_url.rstrip("/")
        self._root = self._v1.removesuffix("/v1")
        self._model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.way: str | None = None  # "forced", "echo", or "none" once known

    def likelihood(
        self, system: str, user: str, answer: str, timeout: Any, deadline: float
    ) -> tuple[float | None, Usage]:
        """(mean log-probability of a token of the answer, what it cost); None where the server tells none."""
        begun = time.monotonic()
        if self.way in (None, "forced"):
            found, tokens = self._forced(system, user, answer, timeout, deadline)
            if found is not None or self.way == "forced":
                return found, Usage(1, tokens[0], tokens[1], time.monotonic() - begun)
        if self.way in (None, "echo"):
            found, tokens = self._echoed(system, user, answer, timeout)
            if found is not None or self.way == "echo":
                return found, Usage(1, tokens[0], tokens[1], time.monotonic() - begun)
            self.way = "none"
        return None, Usage()

    def _forced(
        self, system: str, user: str, answer: str, timeout: Any, deadline: float
    ) -> tuple[float | None, tuple[int, int]]:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        told = self._post(f"{self._root}/apply-template", {"messages": messages}, timeout)
        if told is None or "prompt" not in told:
            return None, (0, 0)
        prompt = self._tokens(told["prompt"], True, timeout)
        forced = self._tokens(answer, False, timeout)
        if not prompt or not forced:
            return None, (0, 0)
        total = 0.0
        read = 0
        for token in forced:
            if time.monotonic() > deadline:
                raise TimeoutError
            body = {
                "prompt": prompt,
                "n_predict": 1,
                "n_probs": 1,
                "post_sampling_probs": False,
                "logit_bias": [[token, FORCED]],
                "temperature": 0,
                "cache_prompt": True,
            }
            step = self._post(f"{self._root}/completion", body, timeout)
            if step is None or not step.get("completion_probabilities"):
                return None, (read, len(forced))
            first = step["completion_probabilities"][0]
            total += float(first["logprob"]) if first.get("id") == token else OUT_OF_REACH
            read += int(step.get("timings", {}).get("prompt_n", 0))
            prompt = [*prompt, token]
        self.way = "forced"
        return total / len(forced), (read, len(forced))

    def _tokens(self, text: str, special: bool, timeout: Any) -> list[int]:
        body = {"content": text, "add_special": special, "parse_special": special}
        told = self._post(f"{self._root}/tokenize", body, timeout)
        return [int(t) for t in told["tokens"]] if told and isinstance(told.get("tokens"), list) else []

    def _echoed(
        self, system: str, user: str, answer: str, timeout: Any
    ) -> tuple[float | None, tuple[int, int]]:
        before = f"{system}\n\n{user}\n"
        body = {
            "model": self._model,
            "prompt": before + answer,
            "max_tokens": 1,
            "echo": True,
            "logprobs": 1,
            "temperature": 0,
        }
        told = self._post(f"{self._v1}/completions", body, timeout)
        try:
            logprobs = told["choices"][0]["logprobs"] if told else {}
            pairs = zip(logprobs["text_offset"], logprobs["token_logprobs"], strict=True)
            end = len(before) + len(answer)
            own = [float(p) for at, p in pairs if len(before) <= at < end and p is not None]
        except (KeyError, IndexError, TypeError, ValueError):
            return None, (0, 0)
        if not own:
            return None, (0, 0)
        self.way = "echo"
        return sum(own) / len(own), (len(logprobs["text_offset"]), 1)

    def _post(self, url: str, body: dict[str, Any], timeout: Any) -> dict[str, Any] | None:
        """The answer's object; None where the server does not know the address or answers something else."""
        response = self._http.post(url, json=body, headers=self._headers, timeout=timeout)
        if response.status_code in (400, 404, 405, 422, 501):
            return None
        response.raise_for_status()
        told = response.json()
        return told if isinstance(told, dict) else None
