"""What the dialogue network reads of an item, the same for items it has never seen: text, facets, and company among users."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from tools.dialogue.counts import Floats, Together
from tools.dialogue.knowledge import ItemKnowledge
from tools.dialogue.titles import TitleIndex

TEXT, FACETS, COMPANY = 96, 64, 64
WEIGHTS = {"genre": 2.0, "star": 1.0, "director": 1.0, "writer": 0.7}
FEWEST_TOGETHER = 3
SCALE = 4.0  # unit blocks are small beside the projections' initial weights


@dataclass(frozen=True)
class ItemBasis:
    """The axes that items are projected on, as fitted on one list of items.

    text_mean: (dim,), text_axes: (dim, TEXT). facets: the values known, weighted by facet_weights, on facet_axes (values, FACETS).
    names: the items' names, company: (items, COMPANY), from which like titles of another list take theirs.
    """

    text_mean: Floats
    text_axes: Floats
    facets: tuple[str, ...]
    facet_weights: Floats
    facet_axes: Floats
    names: tuple[str, ...]
    company: Floats

    def of(self, knowledge: ItemKnowledge) -> Floats:
        """(items, TEXT + FACETS + COMPANY), blocks of unit length or zero."""
        text = _unit((knowledge.texts - self.text_mean) @ self.text_axes)
        facets = _unit(_facets(knowledge, self.facets) @ sp.diags(self.facet_weights) @ self.facet_axes)
        index = TitleIndex(self.names)
        rows = [index.find(name) for name in knowledge.names]
        company = np.zeros((len(rows), self.company.shape[1]), np.float32)
        for at, row in enumerate(rows):
            if row is not None:
                company[at] = self.company[row]
        return np.asarray(SCALE * np.concatenate([text, facets, company], 1), np.float32)


def fit_basis(knowledge: ItemKnowledge, liked: Together, seed: int) -> ItemBasis:
    """The basis of these items; liked: what users liked together."""
    mean = knowledge.texts.mean(0)
    text_axes = _axes(knowledge.texts - mean, TEXT, seed)
    facets, weights = _telling(knowledge)
    matrix = sp.csr_matrix(_facets(knowledge, facets) @ sp.diags(weights))
    facet_axes = _axes(matrix, FACETS, seed)
    return ItemBasis(
        mean, text_axes, facets, weights, facet_axes, tuple(knowledge.names), _company(liked, seed)
    )


def _told(knowledge: ItemKnowledge) -> list[dict[str, None]]:
    """The facet values of each item, as role:value."""
    return [
        {f"{role}:{value.lower()}": None for role in WEIGHTS for value in getattr(item, role)}
        for item in knowledge.items
    ]


def _telling(knowledge: ItemKnowledge) -> tuple[tuple[str, ...], Floats]:
    """The values that two items or more have, and the weight of each."""
    counts: dict[str, int] = {}
    for told in _told(knowledge):
        for value in told:
            counts[value] = counts.get(value, 0) + 1
    shared = tuple(value for value, count in counts.items() if count >= 2)
    rarity = [max(np.log(len(knowledge) / (1 + counts[v])), 0) ** 0.5 for v in shared]
    return shared, np.array(
        [WEIGHTS[v.split(":", 1)[0]] * r for v, r in zip(shared, rarity, strict=True)], np.float32
    )


def _facets(knowledge: ItemKnowledge, facets: Sequence[str]) -> sp.csr_matrix:
    """Which item has which of the values. (items, values)"""
    columns = {value: at for at, value in enumerate(facets)}
    held = [[columns[value] for value in told if value in columns] for told in _told(knowledge)]
    ends = np.cumsum([0, *(len(h) for h in held)])
    flat = np.array([c for h in held for c in h], np.int64)
    return sp.csr_matrix((np.ones(len(flat), np.float32), flat, ends), shape=(len(held), max(len(facets), 1)))


def _company(liked: Together, seed: int) -> Floats:
    """Items by the company they keep: leading axes of the positive log-lift of being liked together. (items, COMPANY)"""
    counts = np.stack([liked.row(item) for item in range(len(liked.counts))])
    counts[counts < FEWEST_TOGETHER] = 0
    totals = counts.sum(1) + 1
    lift = sp.csr_matrix(np.log(np.maximum(counts * counts.sum() / np.outer(totals, totals), 1)))
    axes = _axes(lift, COMPANY, seed, roots=True)
    found = _unit(np.asarray(lift @ axes, np.float32))
    found[counts.sum(1) == 0] = 0
    return found


def _axes(matrix: Floats | sp.csr_matrix, count: int, seed: int, roots: bool = False) -> Floats:
    """The leading right singular vectors; roots: each over the root of its singular value. (columns, count), padded by zeros"""
    from sklearn.utils.extmath import randomized_svd

    width = min(count, min(matrix.shape) - 1)
    _, strengths, axes = randomized_svd(matrix, max(width, 1), random_state=seed)
    if roots:
        axes = axes / np.sqrt(strengths + 1e-6)[:, None]
    padded = np.zeros((matrix.shape[1], count), np.float32)
    padded[:, : len(axes)] = axes.T
    return padded


def _unit(rows: ArrayLike) -> Floats:
    dense = np.asarray(rows, np.float32)
    return np.asarray(dense / (np.linalg.norm(dense, axis=1, keepdims=True) + 1e-6), np.float32)
