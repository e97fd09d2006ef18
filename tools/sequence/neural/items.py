"""Item encoders: every item of the catalogue as one vector, from its id, from its text, or from both."""

import torch
from torch import Tensor, nn

from tools.sequence.neural.config import ItemKind


class IdVectors(nn.Module):
    """A free vector for every item."""

    def __init__(self, item_count: int, dim: int) -> None:
        super().__init__()
        self.ids = nn.Parameter(torch.randn(item_count, dim) * 0.02)

    def forward(self, random: torch.Generator | None = None) -> Tensor:  # noqa: ARG002 - the encoders' shape
        """(items, dim)."""
        return self.ids


class TextVectors(nn.Module):
    """Whitened text vectors through a learned projection: an item never seen in training has one as well."""

    def __init__(self, text: Tensor, dim: int) -> None:
        super().__init__()
        self.register_buffer("text", text)
        self.projection = nn.Linear(text.shape[1], dim, bias=False)

    def forward(self, random: torch.Generator | None = None) -> Tensor:  # noqa: ARG002 - the encoders' shape
        """(items, dim)."""
        projected: Tensor = self.projection(self.get_buffer("text"))
        return projected


class IdAndTextVectors(nn.Module):
    """Both, added. In training some items lose their id's part, so that the text alone must do for them."""

    HIDDEN_IDS = 0.1  # of all items, drawn anew at every step

    def __init__(self, item_count: int, text: Tensor, dim: int) -> None:
        super().__init__()
        self.by_id = IdVectors(item_count, dim)
        self.by_text = TextVectors(text, dim)

    def forward(self, random: torch.Generator | None = None) -> Tensor:
        """(items, dim); with `random`, as in training."""
        ids = self.by_id()
        if random is not None:
            ids = ids * (torch.rand(len(ids), 1, generator=random) >= self.HIDDEN_IDS)
        both: Tensor = ids + self.by_text()
        return both


ItemEncoder = IdVectors | TextVectors | IdAndTextVectors


def item_encoder(kind: ItemKind, item_count: int, dim: int, text: Tensor | None) -> ItemEncoder:
    """The encoder of that name. text: (items, text_dim) whitened; ValueError where it is needed and missing."""
    if kind == "ids":
        return IdVectors(item_count, dim)
    if text is None:
        raise ValueError(f"item vectors of kind {kind!r} need the items' text vectors")
    return TextVectors(text, dim) if kind == "text" else IdAndTextVectors(item_count, text, dim)
