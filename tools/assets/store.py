"""Where assets lie, how far each one is, and whether what lies there is still what was pinned."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.assets.describe import Asset, PinnedFile
from tools.assets.pinned import ASSETS, find_asset

State = Literal["missing", "partial", "ready", "damaged"]

# Written beside the files once their hashes were compared; without it a folder is not believed.
STAMP = "palate-asset.json"


@dataclass(frozen=True)
class AssetState:
    """One line of `palate assets list`; sizes in bytes."""

    name: str
    description: str
    size: int
    licence: str
    source: str
    state: State
    bytes_here: int


def asset_folder(home: Path, name: str) -> Path:
    return home / "assets" / name


def staging_folder(home: Path, name: str) -> Path:
    """Where an asset is put together before it is moved into place whole."""
    return home / "assets" / f".{name}.partial"


def asset_path(home: Path, name: str) -> Path | None:
    """The folder of a ready asset, else None. Costs a few `stat` calls; `verify` re-hashes."""
    asset = find_asset(name)
    return asset_folder(home, name) if _state(home, asset) == "ready" else None


def asset_file(home: Path, name: str) -> Path | None:
    """The one file of a ready single-file asset (the GGUF models), else None."""
    asset = find_asset(name)
    folder = asset_path(home, name)
    return folder / asset.main if folder is not None and asset.main else None


def states(home: Path) -> list[AssetState]:
    """How every asset stands, in the order they are listed."""
    return [
        AssetState(
            name=asset.name,
            description=asset.description,
            size=asset.size,
            licence=asset.licence,
            source=_source(home, asset),
            state=_state(home, asset),
            bytes_here=_bytes_here(home, asset),
        )
        for asset in ASSETS.values()
    ]


def verify(home: Path, name: str) -> State:
    """The state after hashing every file again; a folder placed by hand becomes ready here when its hashes fit.

    Reads every byte: about 4 s for the 1.1 GB model. A folder that fails loses its stamp, so it stays "damaged".
    """
    asset = find_asset(name)
    folder = asset_folder(home, name)
    if not folder.is_dir():
        return _state(home, asset)
    recorded = _recorded(folder)
    for files in asset.forms():
        if all(_content_is(folder / file.path, file, recorded) for file in files):
            if not _stamp_covers(folder, files):
                write_stamp(folder, files, "placed by hand")
            return "ready"
    (folder / STAMP).unlink(missing_ok=True)
    return "damaged"


def write_stamp(folder: Path, files: tuple[PinnedFile, ...], source: str) -> None:
    """Record that these files were hashed and found right."""
    stamp = {
        "source": source,
        "checked_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "files": {
            file.path: {"size": file.size, "sha256": file.sha256 or sha256_of(folder / file.path)}
            for file in files
        },
    }
    aside = folder / f"{STAMP}.{os.getpid()}"
    aside.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    os.replace(aside, folder / STAMP)


def publish(home: Path, name: str) -> Path:
    """Move the finished staging folder into place; a damaged predecessor is set aside first, then deleted."""
    final = asset_folder(home, name)
    if final.exists():
        old = final.with_name(f".{name}.old-{os.getpid()}")
        os.replace(final, old)
        os.replace(staging_folder(home, name), final)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(staging_folder(home, name), final)
    return final


@contextmanager
def locked(home: Path, name: str) -> Iterator[None]:
    """One fetch of an asset at a time on this machine; a killed process frees the lock."""
    from filelock import FileLock

    folder = home / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{name}.lock"):
        yield


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def size_of(path: Path) -> int:
    """Bytes of a file, 0 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _state(home: Path, asset: Asset) -> State:
    folder = asset_folder(home, asset.name)
    if folder.is_dir():
        ready = any(_stamp_covers(folder, files) and _sizes_fit(folder, files) for files in asset.forms())
        return "ready" if ready else "damaged"
    staging = staging_folder(home, asset.name)
    return "partial" if staging.is_dir() and any(staging.iterdir()) else "missing"


def _recorded(folder: Path) -> dict[str, str]:
    """Path → sha256 as the stamp holds it; empty when there is no readable stamp."""
    try:
        files = json.loads((folder / STAMP).read_text(encoding="utf-8"))["files"]
        return {str(path): str(entry["sha256"]) for path, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _stamp_covers(folder: Path, files: tuple[PinnedFile, ...]) -> bool:
    recorded = _recorded(folder)
    return all(
        file.path in recorded and recorded[file.path] == (file.sha256 or recorded[file.path])
        for file in files
    )


def _sizes_fit(folder: Path, files: tuple[PinnedFile, ...]) -> bool:
    return all(size_of(folder / file.path) == file.size for file in files)


def _content_is(path: Path, file: PinnedFile, recorded: dict[str, str]) -> bool:
    expected = file.sha256 or recorded.get(file.path)
    return size_of(path) == file.size and expected is not None and sha256_of(path) == expected


def _source(home: Path, asset: Asset) -> str:
    """Where the files here came from; before that, where they would come from."""
    try:
        stamp = json.loads((asset_folder(home, asset.name) / STAMP).read_text(encoding="utf-8"))
        return str(stamp["source"])
    except (OSError, ValueError, KeyError, TypeError):
        carriers = asset.carriers
        more = f" … {len(carriers)} wheels" if len(carriers) > 1 else ""
        return f"{asset.homepage}, else PyPI {carriers[0]}{more}" if carriers else asset.homepage


def _bytes_here(home: Path, asset: Asset) -> int:
    for folder in (asset_folder(home, asset.name), staging_folder(home, asset.name)):
        if folder.is_dir():
            return sum(size_of(path) for path in folder.rglob("*") if path.is_file() and path.name != STAMP)
    return 0
