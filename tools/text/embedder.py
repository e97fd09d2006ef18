"""Turns text into unit vectors with a sentence-transformers model kept on disk."""

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import SetupError

BATCH = 64
MAX_TOKENS = 128  # notes are 60–90 tokens; MiniLM was trained on 128


class Embedder:
    """`encode(texts) -> vectors`, loaded at first use or ahead of it by `load`. Safe to share between threads."""

    def __init__(self, model: str | Path) -> None:
        """model: a sentence-transformers folder, or a model name when the network is allowed."""
        self.model = str(model)
        self._loaded: Any = None
        self._lock = threading.Lock()

    def load(self) -> None:
        """Loads the weights (seconds: torch and transformers come in). Raises SetupError."""
        with self._lock:
            if self._loaded is not None:
                return
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            if Path(self.model).exists():
                os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a local folder needs no hub, and asks none
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            try:
                loaded = SentenceTransformer(self.model, device="cpu")
            except (OSError, ValueError, RuntimeError) as error:
                raise SetupError(
                    f"the text embedder {self.model!r} cannot be loaded ({str(error).splitlines()[0]}); "
                    "run `palate assets fetch minilm`"
                ) from error
            loaded.max_seq_length = min(loaded.max_seq_length or MAX_TOKENS, MAX_TOKENS)
            self._loaded = loaded

    def encode(
        self, texts: Sequence[str], progress: Callable[[float], None] | None = None
    ) -> NDArray[np.float32]:
        """Unit vectors of the texts. (len(texts), dim) float32. progress: share of the texts done, 0 to 1."""
        self.load()
        # Longest first: a batch is padded to its longest text, so texts of like length go together.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        vectors: list[NDArray[np.float32]] = []
        with _half_precision() if len(texts) > BATCH else contextlib.nullcontext():
            for start in range(0, len(order), BATCH):
                batch = [texts[i] for i in order[start : start + BATCH]]
                vectors.append(
                    self._loaded.encode(
                        batch, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
                    )
                )
                if progress is not None:
                    progress(min(1.0, (start + BATCH) / len(order)))
        if not vectors:
            return np.zeros((0, self.dim), np.float32)
        result = np.empty((len(order), vectors[0].shape[1]), np.float32)
        result[order] = np.concatenate(vectors)
        return result

    @property
    def dim(self) -> int:
        """Length of a vector."""
        self.load()
        with contextlib.suppress(AttributeError):
            return int(self._loaded.get_embedding_dimension())
        return int(self._loaded.get_sentence_embedding_dimension())


def _half_precision() -> contextlib.AbstractContextManager[object]:
    """bfloat16 for many texts at once, where the processor computes in it: 1.8 times as fast, cosine 0.99998 to
    float32 (400 film notes on two cores with avx512_bf16). Elsewhere it would be slower, and float32 stays."""
    import torch

    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return torch.autocast("cpu", dtype=torch.bfloat16) if supported() else contextlib.nullcontext()


def find_embedder(
    home: Path, embedder: str, fetch_missing: bool = False, progress: Callable[[float], None] | None = None
) -> Path | str:
    """The folder or name of a text embedder: `minilm` is the pinned asset, anything else is taken as it is.

    fetch_missing: bring the pinned one when it is not here. Raises SetupError when it cannot be had.
    """
    if embedder != "minilm":
        return embedder
    from tools.assets import asset_path, fetch

    folder = asset_path(home, "minilm")
    if folder is None and fetch_missing:
        folder = fetch(
            home, "minilm", lambda done, total, _m: progress(done / total) if progress and total else None
        )
    if folder is None:
        raise SetupError("the text embedder is not here yet; run `palate assets fetch minilm`")
    return folder
