"""Item texts in a persistent Chroma collection, searched by meaning among the items that may be shown."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.catalog import Catalog, Item
from tools.errors import SetupError, ToolFailed

COLLECTION = "items"
TITLE_ONLY = 0.7
ADD_BATCH = 4_000  # Chroma refuses more than 5,461 at once


def item_text(item: Item, catalog: Catalog) -> str:
    """What is embedded of an item: its text, categories and keywords; the title only where there is no text.

    Titles mislead a search by meaning ("The Dog" is about no dog); people, languages and countries are matched as
    they are, not by meaning.
    """
    spec = catalog.spec
    labels = [
        ", ".join(item.values(name))
        for name, facet in spec.facets.items()
        if facet.kind == "categorical" and facet.many and facet.role != "person"
    ]
    about = [item.text] if item.text else [item.title]
    return ". ".join(part.rstrip(".") for part in (*about, *labels) if part)


def text_trust(catalog: Catalog) -> NDArray[np.float32]:
    """How far the cosine with an item's text is believed. (items,)

    Where an item has no text but its title, a title that holds the very word ("The Sorrow and the Pity") would beat
    every item that is really about it.
    """
    keywords = catalog.spec.by_role("keyword")
    told = [bool(item.text) or any(item.values(f) for f in keywords) for item in catalog.items]
    return np.where(told, 1.0, TITLE_ONLY).astype(np.float32)


class TextStore:
    """The collection of one artifact. Chroma writes to its files even when only read, so it works on a copy."""

    def __init__(self, folder: Path) -> None:
        """folder: what `build_text_store` wrote. Raises SetupError when it cannot be opened."""
        import chromadb
        from chromadb.config import Settings
        from chromadb.errors import ChromaError

        self._copy = tempfile.TemporaryDirectory(prefix="palate-text-", ignore_cleanup_errors=True)
        shutil.copytree(folder, self._copy.name, dirs_exist_ok=True)
        try:
            self._client = chromadb.PersistentClient(
                self._copy.name, settings=Settings(anonymized_telemetry=False)
            )
            self._collection: Any = self._client.get_collection(COLLECTION, embedding_function=None)
        except (ChromaError, ValueError, OSError) as error:
            raise SetupError(f"the text store in {folder} cannot be opened; run `palate build`") from error

    def search(
        self, vector: NDArray[np.float32], k: int, among: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The k items nearest in meaning, as (id, cosine), nearest first.

        vector: (dim,) unit float32. among: ids that may be found; None means all. The ids are given to Chroma as
        the filter, so that k items are found however few may be shown (9 ms at 9,066 items; a metadata filter
        took 25 ms and cannot say "or unknown").
        """
        if among is not None and len(among) == 0:
            return []
        from chromadb.errors import ChromaError

        try:
            found = self._collection.query(
                query_embeddings=vector[None, :],
                n_results=k if among is None else min(k, len(among)),
                ids=None if among is None else list(among),
                include=["distances"],
            )
        except (ChromaError, ValueError, RuntimeError) as error:
            raise ToolFailed(f"the text search failed: {str(error).splitlines()[0]}") from error
        return [(i, 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def vectors(self, item_ids: Sequence[str]) -> NDArray[np.float32]:
        """The stored unit vectors of these items, in the order given: (len(item_ids), dim). Raises ToolFailed."""
        from chromadb.errors import ChromaError

        try:
            found = self._collection.get(ids=list(item_ids), include=["embeddings"])
        except (ChromaError, ValueError, RuntimeError) as error:
            raise ToolFailed(f"the text store failed: {str(error).splitlines()[0]}") from error
        place = {item_id: n for n, item_id in enumerate(found["ids"])}
        return np.asarray(found["embeddings"], np.float32)[[place[i] for i in item_ids]]

    def close(self) -> None:
        """Removes the working copy."""
        self._client.close()
        self._copy.cleanup()


def build_text_store(
    folder: Path,
    catalog: Catalog,
    vectors: NDArray[np.float32],
    progress: Callable[[float], None] | None = None,
) -> None:
    """Writes the collection: id, vector, text and facets of every item. vectors: (items, dim) unit float32."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection(
        COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    for start in range(0, len(catalog), ADD_BATCH):
        items = catalog.items[start : start + ADD_BATCH]
        collection.add(
            ids=[item.id for item in items],
            embeddings=vectors[start : start + ADD_BATCH],
            documents=[item_text(item, catalog) for item in items],
            metadatas=[_metadata(item) for item in items],
        )
        if progress is not None:
            progress(min(1.0, (start + ADD_BATCH) / len(catalog)))
    client.close()  # the files are hashed right after this, and must be whole


def _metadata(item: Item) -> dict[str, Any]:
    facets = {name: list(v) if isinstance(v, tuple) else v for name, v in item.facets.items()}
    return {"title": item.title, **facets}
