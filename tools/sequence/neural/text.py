"""Text vectors made fit for a network: whitened, so that no direction common to all texts drowns the rest."""

import numpy as np

from tools.sequence.interactions import Floats

DIMENSIONS = 128


def whitened(vectors: Floats, dimensions: int = DIMENSIONS) -> Floats:
    """The leading principal components at unit variance, (items, dimensions) float32; rows of mean length 1.

    vectors: (items, dim); rows of zeros (items without text) stay zeros. Whitening before use after
    Zhang et al. 2024 (WhitenRec, arXiv 2402.10602): raw sentence vectors have a mean cosine above .8.
    """
    known = np.abs(vectors).sum(1) > 0
    white = np.zeros((len(vectors), min(dimensions, vectors.shape[1])), np.float32)
    if known.sum() < 2:
        return white
    centred = vectors[known] - vectors[known].mean(0)
    strengths, axes = np.linalg.eigh(centred.T @ centred / known.sum())
    order = np.argsort(-strengths)[: white.shape[1]]
    order = order[strengths[order] > 1e-6 * strengths[order[0]]]  # fewer texts than dimensions
    white[known, : len(order)] = centred @ axes[:, order] / np.sqrt(strengths[order] * len(order))
    return white
