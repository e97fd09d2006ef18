"""Interactions by name or by path, each with the counts it must have."""

from tools.sequence.datasets.dataset import Counts, Dataset
from tools.sequence.datasets.named import NAMED, NamedDataset, load_dataset

__all__ = ["NAMED", "Counts", "Dataset", "NamedDataset", "load_dataset"]
