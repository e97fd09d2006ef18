"""Item vectors to start from, so that the first epochs begin near the rules instead of at nothing."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from tools.sequence.interactions import Floats, Sequences
from tools.sequence.words import EXACT


def spectral_item_vectors(sequences: Sequences, item_count: int, dim: int, norm: float, seed: int) -> Floats:
    """Item vectors to start from: truncated SVD of the log-PPMI of directed transition counts.

    Offsets 1-3 weigh 1, 1/2, 1/3; source and target factors are added, because the network uses one
    vector for both. Items without a transition get small noise. (items, dim) float32.
    """
    random = np.random.default_rng(seed)
    vectors = random.normal(0.0, 0.02, (item_count, dim))
    owners = sequences.owners()
    rows, columns, weights = [], [], []
    for offset in (1, 2, 3):
        together = owners[offset:] == owners[:-offset]
        rows.append(sequences.items[:-offset][together])
        columns.append(sequences.items[offset:][together])
        weights.append(np.full(int(together.sum()), 1.0 / offset))
    table = sparse.coo_array(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))),
        shape=(item_count, item_count),
    ).tocsr()
    rank = min(dim, item_count - 2)
    if table.nnz == 0 or rank < 1:
        return vectors.astype(np.float32)
    out, into, total = table.sum(1), table.sum(0), table.sum()
    cells = table.tocoo()
    ratio = cells.data * total / (out[cells.row] * into[cells.col])
    ppmi = sparse.csr_array(
        (np.log1p(np.maximum(np.log(ratio), 0.0)), (cells.row, cells.col)), shape=table.shape
    )
    if not ppmi.data.any():
        return vectors.astype(np.float32)
    if item_count <= EXACT:  # see leading_vectors
        left, strengths, right = np.linalg.svd(ppmi.toarray())
        left, strengths, right = left[:, :rank], strengths[:rank], right[:rank]
    else:
        left, strengths, right = svds(ppmi, k=rank, v0=random.normal(size=item_count))
    # A pair of singular vectors may come out with either sign, by the rounding of the machine's BLAS.
    signs = np.sign(left[np.abs(left).argmax(0), np.arange(rank)])
    factors = (left + right.T) * signs * np.sqrt(strengths)
    lengths = np.linalg.norm(factors, axis=1)
    seen = lengths > 1e-6
    if seen.any():
        vectors[seen, :rank] += factors[seen] * (norm / lengths[seen].mean())
    return vectors.astype(np.float32)
