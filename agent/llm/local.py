"""A GGUF file served in this process on loopback, OpenAI-compatible, by xllamacpp (llama.cpp)."""

import atexit
import os
import secrets
import threading
from pathlib import Path
from typing import Any

from agent.llm.provider import LanguageModel
from tools.errors import SetupError

INSTALL_COMMAND = "pip install 'palate[local]'"
# prompts are some hundred tokens; a longer context only costs memory
CONTEXT_TOKENS = 4096
# llama.cpp keeps earlier prompts' states in memory, up to 8 GiB if not told otherwise
PROMPT_CACHE_MIB = 256
# more threads than this wait on memory, not on cores
MAX_THREADS = 8


class LocalServer:
    """llama.cpp's server for one GGUF file; `start` takes 0.5 s (SmolLM2) to 4 s (Qwen 1.5B) and blocks."""

    def __init__(self, gguf: Path, threads: int | None = None, context_tokens: int = CONTEXT_TOKENS) -> None:
        self.gguf = gguf
        self.threads = threads or min(os.cpu_count() or 2, MAX_THREADS)
        self.context_tokens = context_tokens
        # other programs of this machine may see the port
        self.api_key = secrets.token_urlsafe(24)
        self._server: Any = None
        self._lock = threading.Lock()

    def start(self) -> str:
        """Load the model and give the base URL; SetupError when it cannot be."""
        with self._lock:
            if self._server is None:
                self._server = self._load()
                atexit.register(self.close)
            return f"{self._server.listening_address}/v1"

    def close(self) -> None:
        """Stop serving and free the memory; a second call does nothing."""
        with self._lock:
            self._server = None
        atexit.unregister(self.close)

    def _load(self) -> Any:
        if not self.gguf.is_file():
            raise SetupError(
                f"There is no model file {self.gguf}; `palate assets list` shows what can be fetched."
            )
        # OpenMP's default is to spin while waiting: on a busy machine one request then took 80 s
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            import xllamacpp
        except ImportError as error:
            raise SetupError(f"The local language model needs xllamacpp: {INSTALL_COMMAND}") from error
        params = xllamacpp.CommonParams()
        params.model.path = str(self.gguf)
        params.n_ctx = self.context_tokens
        params.n_parallel = 1
        params.cpuparams.n_threads = self.threads
        params.cpuparams_batch.n_threads = self.threads
        params.cache_prompt = True
        params.cache_ram_mib = PROMPT_CACHE_MIB
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [self.api_key]
        params.cors_origins = ""
        params.endpoint_slots = False
        params.ui = False
        params.verbosity = 0
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            raise SetupError(
                f"{self.gguf.name} could not be loaded as a GGUF model; `palate assets verify` finds a damaged file."
            ) from error


def load_local_model(gguf: Path, threads: int | None = None) -> LanguageModel:
    """The model of a GGUF file, loaded and serving; closing it stops the server."""
    server = LocalServer(gguf, threads)
    return LanguageModel(
        gguf.stem,
        server.start(),
        server.api_key,
        where="local",
        on_close=server.close,
        identity=f"{gguf.name} {gguf.stat().st_size}",
    )
