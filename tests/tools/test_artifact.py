"""The artifact on disk: damage of any single file is refused, and a build that fails leaves the old one in force."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.artifact import CURRENT, MANIFEST, Manifest, open_build, read_catalog, writing
from tools.catalog.load import load_catalog
from tools.errors import SetupError


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def _remove(path: Path) -> None:
    path.unlink()


@pytest.fixture
def copy(build_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(build_folder, tmp_path / build_folder.name))


@pytest.mark.parametrize("damage", [_truncate, _flip, _remove])
def test_any_damaged_file_is_refused_with_the_command_that_rebuilds(
    copy: Path, damage: Callable[[Path], None]
) -> None:
    build, _ = open_build(copy)
    files = sorted(p for p in build.rglob("*") if p.is_file() and p.stat().st_size)
    assert {"manifest.json", "items.jsonl", "catalog.json", "fusion.json", "keywords.npy"} <= {
        f.name for f in files
    }
    for path in files:
        whole = path.read_bytes()
        damage(path)
        with pytest.raises(SetupError) as refused:
            open_build(copy)
        path.write_bytes(whole)
        assert "palate build" in str(refused.value)
        assert path.name in str(refused.value)
        assert "\n" not in str(refused.value)
    open_build(copy)


@pytest.mark.parametrize("content", ["", "nothing-here", "../../..", "\x00", "a\nb"])
def test_a_damaged_pointer_is_refused(copy: Path, content: str) -> None:
    (copy / CURRENT).write_text(content, encoding="utf-8")
    with pytest.raises(SetupError, match="palate build"):
        open_build(copy)


def test_a_catalogue_that_was_never_built_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="not built yet; run `palate build`"):
        open_build(tmp_path / "artifacts" / "demo")


def test_a_manifest_sealed_anew_with_other_contents_is_refused(copy: Path) -> None:
    build, _ = open_build(copy)
    sealed = (build / MANIFEST).read_text(encoding="utf-8")
    (build / MANIFEST).write_text(sealed.replace("restaurants", "restaurantz", 1), encoding="utf-8")
    with pytest.raises(SetupError, match="manifest"):
        open_build(copy)


def test_the_catalogue_comes_back_as_it_was_loaded(build_folder: Path, restaurants: object) -> None:
    build, manifest = open_build(build_folder)
    loaded, again = load_catalog(restaurants.folder), read_catalog(build)  # type: ignore[attr-defined]
    assert again.items == loaded.items
    assert again.spec == loaded.spec
    assert manifest.counts["items"] == 30
    assert manifest.counts["users"] == 40


def test_a_manifest_tells_the_metrics_of_every_recommender(manifest: Manifest) -> None:
    rows = {row["name"]: row for row in manifest.sequence["rows"]}
    assert {"popularity", "rules", "similarity", "network 1", "network 2", "blend"} <= set(rows)
    assert all(0 <= row["ndcg10"] <= row["hr10"] <= 1 for row in rows.values())


def test_the_obvious_pattern_is_learned(manifest: Manifest) -> None:
    rows = {row["name"]: row["ndcg10"] for row in manifest.sequence["rows"]}
    assert rows["blend"] > rows["popularity"]


def test_an_interrupted_build_leaves_the_old_one_in_force(copy: Path) -> None:
    before, _ = open_build(copy)

    def interrupted() -> None:
        with writing(copy) as folder:
            (folder / "half").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    after, _ = open_build(copy)
    assert after == before
    assert sorted(p.name for p in copy.iterdir()) == sorted([CURRENT, before.name])


def test_a_build_killed_before_it_was_put_in_force_changes_nothing(copy: Path) -> None:
    before, _ = open_build(copy)
    aside = copy / ".building-20200101-000000-1"
    aside.mkdir()
    (aside / "half").write_text("half", encoding="utf-8")
    complete_but_not_in_force = copy / "20200101-000000-1"
    complete_but_not_in_force.mkdir()
    assert open_build(copy)[0] == before


def test_bad_data_leaves_the_old_build_in_force(home: Path, build_folder: Path, tmp_path: Path) -> None:
    from tools.build import build_artifact
    from tools.errors import UserInputError

    before = open_build(build_folder)[0]
    path = tmp_path / "shop.csv"
    path.write_text("id,name\n1,One\n1,Two\n", encoding="utf-8")
    with pytest.raises(UserInputError, match="twice"):
        build_artifact(path, home=home, name=build_folder.name)
    assert open_build(build_folder)[0] == before


def test_a_new_build_comes_in_force_and_the_one_before_it_stays_for_its_readers(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    for stamp in ("20200101-000000-1", "20200102-000000-1"):
        (folder / stamp).mkdir(parents=True)
    with writing(folder) as aside:
        (aside / "new").write_text("new", encoding="utf-8")
    current = (folder / CURRENT).read_text(encoding="utf-8")
    assert (folder / current / "new").is_file()
    assert sorted(p.name for p in folder.iterdir() if p.is_dir()) == ["20200102-000000-1", current]


def test_a_shop_without_interactions_or_facets_builds_and_opens(
    home: Path, opened: object, tmp_path: Path
) -> None:
    from tools.build import build_artifact

    path = tmp_path / "books.csv"
    path.write_text("id,name\nb1,Emma\n", encoding="utf-8")
    manifest = build_artifact(path, home=home, name="books")
    assert manifest.counts == {
        "items": 1,
        "users": 0,
        "interactions": 0,
        "interactions_with_unknown_items": 0,
        "phrases": 0,
    }
    agent = opened(catalog="books")  # type: ignore[operator]
    answer = list(agent.reply("s", "recommend me something"))[-1].answer
    assert [item.id for item in answer.slate] == ["b1"]
    assert answer.slate[0].reasons
