"""The built catalogue on disk: written aside, moved into place whole, and refused when damaged.

<home>/artifacts/<name>/current           names the folder in force
<home>/artifacts/<name>/<stamp>/…         one build; `manifest.json` lists every file with its sha256
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.catalog import Catalog, CatalogSpec, Item
from tools.errors import SetupError

# 2: the keyword graph; 3: the tuned re-ranker and the choices it is fitted on; 4: it orders all candidates; 5: it guesses
FORMAT = 5
MANIFEST = "manifest.json"
CURRENT = "current"


class FileRecord(BaseModel):
    """Size in bytes and sha256 of one file."""

    size: int
    sha256: str


class Manifest(BaseModel):
    """What a build is made of and how good it is."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    palate: str
    name: str
    created: str
    seed: int
    counts: dict[str, int]
    embedder: dict[str, Any]
    sequence: dict[str, Any]
    fusion: dict[str, Any]
    tuned: dict[str, Any]
    seconds: dict[str, float]
    peak_mb: float
    files: dict[str, FileRecord] = {}

    def to_json(self) -> dict[str, Any]:
        """The manifest as plain JSON."""
        return self.model_dump()


def repair_command(name: str) -> str:
    """What to run to make the artifact again."""
    return "palate build" if name == "demo" else f"palate build YOUR_CATALOG --name {name}"


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """A fresh folder to build in; put in force when the block ends well, removed when it does not."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}"
    aside = folder / f".building-{stamp}"
    aside.mkdir()
    try:
        yield aside
        os.replace(aside, folder / stamp)
        pointer = folder / f".{CURRENT}-{os.getpid()}"
        pointer.write_text(stamp, encoding="utf-8")
        os.replace(pointer, folder / CURRENT)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _remove_old(folder, stamp)


def _remove_old(folder: Path, current: str) -> None:
    """Keeps the build in force and the one before it, which a running reader may still be loading."""
    builds = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    for old in builds[:-2]:
        if old.name != current:
            shutil.rmtree(old, ignore_errors=True)


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Hashes every file of a build and writes the manifest beside them."""
    files = {
        str(path.relative_to(folder)): FileRecord(size=path.stat().st_size, sha256=_sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    whole = manifest.model_copy(update={"files": files})
    content = json.dumps(whole.to_json(), indent=1)
    (folder / MANIFEST).write_text(
        json.dumps({"sha256": _digest(content), "manifest": content}), encoding="utf-8"
    )
    return whole


def open_build(folder: Path) -> tuple[Path, Manifest]:
    """The build in force under `<home>/artifacts/<name>`, every file checked against its hash.

    Raises SetupError in one line that names the command to build it again.
    """
    name = folder.name
    repair = f"run `{repair_command(name)}`"
    if not (folder / CURRENT).is_file():
        raise SetupError(f"catalogue {name!r} is not built yet; {repair}")
    build = folder / (folder / CURRENT).read_text(encoding="utf-8", errors="replace").strip()
    manifest = _read_manifest(
        build / MANIFEST, f"the artifact of {name!r} is damaged (manifest.json); {repair}"
    )
    if manifest.format != FORMAT:
        raise SetupError(f"the artifact of {name!r} has format {manifest.format}, not {FORMAT}; {repair}")
    for relative, record in manifest.files.items():
        path = build / relative
        if not path.is_file():
            raise SetupError(f"the artifact of {name!r} is damaged ({relative} is missing); {repair}")
        if path.stat().st_size != record.size or _sha256(path) != record.sha256:
            raise SetupError(f"the artifact of {name!r} is damaged ({relative} was changed); {repair}")
    return build, manifest


def _read_manifest(path: Path, fault: str) -> Manifest:
    try:
        sealed = json.loads(path.read_text(encoding="utf-8"))
        if _digest(sealed["manifest"]) != sealed["sha256"]:
            raise SetupError(fault)
        return Manifest.model_validate_json(sealed["manifest"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise SetupError(fault) from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_catalog(folder: Path, catalog: Catalog) -> None:
    """Writes `catalog.json` and `items.jsonl`."""
    (folder / "catalog.json").write_text(catalog.spec.model_dump_json(by_alias=True), encoding="utf-8")
    with (folder / "items.jsonl").open("w", encoding="utf-8") as file:
        for item in catalog.items:
            file.write(json.dumps([item.id, item.title, item.text, item.other_names, item.facets]) + "\n")


def read_catalog(folder: Path) -> Catalog:
    """Reads what `write_catalog` wrote; its files were checked by `open_build`."""
    spec = CatalogSpec.model_validate_json((folder / "catalog.json").read_text(encoding="utf-8"))
    items = []
    with (folder / "items.jsonl").open(encoding="utf-8") as file:
        for line in file:
            item_id, title, text, other_names, facets = json.loads(line)
            frozen = {name: tuple(v) if isinstance(v, list) else v for name, v in facets.items()}
            items.append(Item(item_id, title, text, tuple(other_names), frozen))
    return Catalog(spec, items)
