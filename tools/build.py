"""`palate build`: from a catalogue and its interactions to one artifact, written aside and moved into place whole."""

import resource
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.artifact import Manifest, write_catalog, write_manifest, writing
from tools.catalog import Catalog
from tools.catalog.load import (
    InteractionTable,
    infer_interactions,
    load_catalog,
    read_interactions,
    read_reviews,
)
from tools.demo import DEMO_FOLDER
from tools.errors import UserInputError
from tools.ranking.build import build_ranking
from tools.sequence.build import build_sequence_model
from tools.sequence.datasets.describe import describe_catalog
from tools.sequence.interactions import interactions_from_columns
from tools.text.embedder import Embedder, find_embedder
from tools.text.graph import KeywordGraph, extract_phrases
from tools.text.keywords import KeywordIndex, catalog_keywords
from tools.text.store import build_text_store, item_text
from tools.version import palate_version

Progress = Callable[[str, float], None]
STEPS = ("embedder", "catalogue", "texts", "text store", "sequence model", "fusion")


def build_artifact(
    source: Path | None = None,
    *,
    home: Path,
    name: str | None = None,
    embedder: str = "minilm",
    seed: int = 0,
    interactions: Path | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Builds a catalogue's artifact under `home` and puts it in force.

    source: a `catalog.toml`, a folder with one, or an items file; None is the demo. progress: (step of STEPS, 0 to 1).
    The previous build stays in force until this one is whole. Raises UserInputError on unusable data, SetupError when
    the embedder cannot be had.
    """
    seconds: dict[str, float] = {}
    tell = progress or (lambda _step, _share: None)

    @contextmanager
    def step(label: str) -> Iterator[Callable[[float], None]]:
        start = time.perf_counter()
        tell(label, 0.0)
        yield lambda share: tell(label, min(max(share, 0.0), 1.0))
        tell(label, 1.0)
        seconds[label] = round(time.perf_counter() - start, 2)

    with step("embedder") as advance:
        model = Embedder(find_embedder(home, embedder, fetch_missing=True, progress=advance))
        model.load()
    with step("catalogue"):
        path = source if source is not None else DEMO_FOLDER
        catalog = load_catalog(path)
        table = _interactions(catalog, path, interactions)
        name = name or ("demo" if source is None else catalog.spec.catalog.name)
    with writing(home / "artifacts" / name) as folder:
        write_catalog(folder, catalog)
        with step("texts") as advance:
            vectors, keywords, graph = _embed(catalog, read_reviews(catalog, path), model, advance)
            keywords.save(folder)
            graph.save(folder)
        with step("text store") as advance:
            build_text_store(folder / "chroma", catalog, vectors, advance)
        with step("sequence model") as advance:
            (folder / "sequence").mkdir()
            held_out = folder / ".held-out"
            texts, features = describe_catalog(catalog)
            report = build_sequence_model(
                interactions_from_columns(table.users, table.rows, table.times, len(catalog)),
                folder / "sequence",
                texts,
                features,
                seed=seed,
                progress=lambda share, _message: advance(share),
                evaluation_folder=held_out,
            )
        with step("fusion") as advance:
            fusion_report, tuned_report = build_ranking(
                folder, catalog, table, held_out, vectors, keywords, graph, seed, advance
            )
            shutil.rmtree(held_out, ignore_errors=True)
        return write_manifest(
            folder,
            Manifest(
                palate=palate_version(),
                name=name,
                created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                seed=seed,
                counts={**_counts(catalog, table), "phrases": len(graph.phrases)},
                embedder={"name": embedder, "dim": int(vectors.shape[1])},
                sequence=report.to_json(),
                fusion=fusion_report,
                tuned=tuned_report,
                seconds=seconds,
                peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            ),
        )


def _interactions(catalog: Catalog, path: Path, given: Path | None) -> InteractionTable:
    folder = path if path.is_dir() else path.parent
    if given is not None:
        return read_interactions(catalog, infer_interactions(given), given.parent)
    if catalog.spec.interactions is not None:
        return read_interactions(catalog, catalog.spec.interactions, folder)
    empty = np.zeros(0, np.int32)
    return InteractionTable(empty, empty, np.zeros(0, np.int64), np.zeros(0, np.int8))


def _embed(
    catalog: Catalog, reviews: Mapping[str, Sequence[str]], model: Embedder, advance: Callable[[float], None]
) -> tuple[NDArray[np.float32], KeywordIndex, KeywordGraph]:
    """The vectors of all item texts, of all keywords, and the graph of the phrases in texts and reviews."""
    if len(catalog) == 0:
        raise UserInputError("the catalogue has no items")
    vectors = model.encode(
        [item_text(item, catalog) for item in catalog.items], lambda share: advance(0.8 * share)
    )
    keywords = catalog_keywords(catalog)
    phrases, weights = extract_phrases(catalog, keywords, reviews)
    of_phrases = model.encode(phrases, lambda share: advance(0.8 + 0.2 * share))
    index = KeywordIndex(catalog, keywords, of_phrases[: len(keywords)])
    return vectors, index, KeywordGraph(phrases, of_phrases, weights)


def _counts(catalog: Catalog, table: InteractionTable) -> dict[str, int]:
    return {
        "items": len(catalog),
        "users": len(np.unique(table.users)),
        "interactions": len(table),
        "interactions_with_unknown_items": table.unknown_items,
    }
