"""Checkpoints of a training run: written whole, refused when they belong to another run or are damaged."""

import json
import os
from dataclasses import asdict
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from tools.sequence.interactions import Cases, Floats, Sequences

if TYPE_CHECKING:
    from tools.sequence.neural.train import TrainConfig, Weights


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes aside, to the disk, and into place: a kill at any moment leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = BytesIO()
    torch.save(state, content)
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    with aside.open("wb") as stream:
        # torch reads a file with a wrong byte among its numbers without a word
        stream.write(sha256(content.getbuffer()).digest())
        stream.write(content.getbuffer())
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(aside, path)


def read_checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    """The state of this very run; None when there is none, it is damaged, or it belongs to another run."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    digest, content = whole[: sha256().digest_size], whole[sha256().digest_size :]
    if sha256(content).digest() != digest:
        return None
    state: dict[str, Any] = torch.load(BytesIO(content), weights_only=True)
    return state if state.get("identity") == identity else None


def identity_of(
    sequences: Sequences,
    item_count: int,
    config: "TrainConfig",
    validation: Cases | None,
    text: Floats | None,
    start: "Weights | None",
) -> str:
    """What a checkpoint belongs to: data, configuration and starting weights."""
    digest = sha256(json.dumps([asdict(config), item_count], sort_keys=True).encode())
    arrays: list[NDArray[Any] | None] = [*sequences, text]
    if validation is not None:
        arrays += [validation.targets, validation.ends]
    if start is not None:
        arrays += [start[name] for name in sorted(start)]
    for array in arrays:
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
