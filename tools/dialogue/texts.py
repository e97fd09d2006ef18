"""Vectors of item texts, kept so that nobody waits for them twice."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.dialogue.counts import Floats
from tools.dialogue.hearing import Encode


@dataclass(frozen=True)
class KeptTexts:
    """keys: of the texts (`key_of`). vectors: (texts, dim)"""

    keys: tuple[str, ...]
    vectors: Floats

    @classmethod
    def of(cls, texts: Sequence[str], encode: Encode) -> "KeptTexts":
        """These texts, embedded."""
        return cls(tuple(map(key_of, texts)), np.asarray(encode(texts), np.float32))

    def vectors_of(self, texts: Sequence[str], encode: Encode) -> Floats:
        """Of these texts: those kept, the others embedded now. (texts, dim)"""
        row = {key: at for at, key in enumerate(self.keys)}
        keys = [key_of(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in row}
        vectors = self.vectors
        if new:
            row |= {key: len(self.keys) + at for at, key in enumerate(new)}
            vectors = np.concatenate([vectors, np.asarray(encode(list(new.values())), np.float32)])
        return vectors[[row[key] for key in keys]]


def key_of(text: str) -> str:
    """A text's name: the beginning of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
