"""Downloads from the publisher's own address: one try, resumed where an earlier try stopped."""

import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tools.assets.describe import Asset, PinnedFile
from tools.assets.store import sha256_of, size_of

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 20.0

Advance = Callable[[int, str], None]


class SourceFailed(Exception):
    """This source did not give the asset; the text says why, and the next source is tried."""


def bring_official(asset: Asset, staging: Path, advance: Advance) -> tuple[PinnedFile, ...]:
    """Every file of the asset, from its publisher, into `staging`; gives the files that now lie there.

    Raises SourceFailed when the publisher is out of reach or gives something else than was pinned.
    """
    if asset.official_archive is not None:
        return _bring_archive(asset, staging, advance)
    if not asset.official:
        raise SourceFailed("it has no official download")
    done = 0
    for official in asset.official:
        _download(official.url, staging, official.file, partial(_advance_from, advance, done))
        done += official.file.size
    return asset.files


def _advance_from(advance: Advance, before: int, here: int) -> None:
    advance(before + here, "downloading")


def _bring_archive(asset: Asset, staging: Path, advance: Advance) -> tuple[PinnedFile, ...]:
    official = asset.official_archive
    if official is None:
        raise SourceFailed("it has no official archive")
    _download(official.url, staging, official.archive, partial(_advance_from, advance, 0))
    archive = staging / official.archive.path
    with zipfile.ZipFile(archive) as opened:
        for member, file in official.members:
            content = opened.read(member)
            if len(content) != file.size:
                raise SourceFailed(f"{member} in {official.url} has not the pinned size")
            (staging / file.path).write_bytes(content)
    archive.unlink()
    return asset.official_files or asset.files


def _download(url: str, staging: Path, file: PinnedFile, advance: Callable[[int], None]) -> None:
    """The file at its place in `staging`, hash compared; `<path>.part` keeps what a cut download brought."""
    target = staging / file.path
    if size_of(target) == file.size and sha256_of(target) == file.sha256:
        return
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    if size_of(part) > file.size:
        part.unlink()
    if size_of(part) < file.size:
        _continue_download(url, part, file.size, advance)
    if size_of(part) != file.size:
        raise SourceFailed(f"the download of {url} was cut short")
    if sha256_of(part) != file.sha256:
        part.unlink()
        raise SourceFailed(f"{url} gave another content than the pinned one")
    part.replace(target)


def _continue_download(url: str, part: Path, size: int, advance: Callable[[int], None]) -> None:
    import httpx

    here = size_of(part)
    headers = {"Range": f"bytes={here}-"} if here else {}
    # the Range is of the stored bytes, so a transparent compression would break it
    headers["Accept-Encoding"] = "identity"
    timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    try:
        with httpx.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as response:
            response.raise_for_status()
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            here = here if resumed else 0
            with part.open("ab" if resumed else "wb") as stream:
                for chunk in response.iter_raw():
                    here += len(chunk)
                    if here > size:
                        raise SourceFailed(f"{url} is longer than the pinned {size} bytes")
                    stream.write(chunk)
                    advance(here)
    except httpx.HTTPStatusError as error:
        raise SourceFailed(f"{url} answered {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceFailed(f"{url} could not be reached ({type(error).__name__})") from error
