"""The keyword graph: telling phrases weigh more, one hop leads to items that have them, a second to what these share."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from tools.catalog import Catalog, Item
from tools.catalog.spec import CatalogSpec
from tools.errors import SetupError
from tools.text.graph import KeywordGraph, extract_phrases

SPEC = CatalogSpec.model_validate(
    {
        "catalog": {"name": "c", "items": ["x.csv"]},
        "facets": {"keywords": {"kind": "categorical", "column": "k", "many": True, "role": "keyword"}},
    }
)


def _catalog(*items: tuple[str, tuple[str, ...]]) -> Catalog:
    return Catalog(
        SPEC,
        [Item(str(n), f"T{n}", text, (), {"keywords": k} if k else {}) for n, (text, k) in enumerate(items)],
    )


CATALOG = _catalog(
    ("A robber plans one last job.", ("heist", "betrayal")),
    ("A robber is caught by his brother.", ("betrayal", "brothers")),
    ("A robber and a singer run away.", ("brothers", "road trip")),
    ("A quiet garden.", ("gardening",)),
    ("", ()),
)
KEYWORDS = ["heist", "betrayal", "brothers", "road trip", "gardening"]


def _graph() -> KeywordGraph:
    phrases, weights = extract_phrases(CATALOG, KEYWORDS)
    return KeywordGraph(phrases, np.eye(len(phrases), dtype=np.float32), weights)


def _vector(graph: KeywordGraph, phrase: str) -> Any:
    return np.eye(len(graph.phrases), dtype=np.float32)[graph.phrases.index(phrase)]


def test_phrases_are_the_keywords_and_what_several_texts_hold() -> None:
    phrases, weights = extract_phrases(CATALOG, KEYWORDS)
    assert phrases[:5] == KEYWORDS
    assert "robber" in phrases
    assert "garden" not in phrases
    assert weights.shape == (5, len(phrases))
    assert weights[[4]].nnz == 0


def test_a_rare_keyword_weighs_more_than_a_common_one() -> None:
    _, weights = extract_phrases(CATALOG, KEYWORDS)
    assert weights[0, 0] > weights[0, 1] > 0


def test_reviews_count_as_what_is_told_of_an_item() -> None:
    reviews = {str(n): ["A lovely tearjerker", "what a tearjerker"] for n in range(3)}
    phrases, weights = extract_phrases(CATALOG, KEYWORDS, reviews)
    place = phrases.index("tearjerker")
    assert weights[0, place] > 0
    assert weights[3, place] == 0


def test_one_hop_leads_to_the_items_that_have_it_and_two_to_what_they_share() -> None:
    graph = _graph()
    query = {"heist": _vector(graph, "heist")}
    first = graph.scores(query, second_hop=0.0)
    assert np.flatnonzero(first).tolist() == [0]
    both = graph.scores(query)
    assert both[0] > both[1] > 0  # by "betrayal" and "robber"
    assert both[3] == both[4] == 0


def test_a_phrase_weighs_as_it_is_told_to() -> None:
    graph = _graph()
    query = {p: _vector(graph, p) for p in ("heist", "gardening")}
    assert np.argmax(graph.scores(query, [1.0, 0.1])) == 0
    assert np.argmax(graph.scores(query, [0.1, 1.0])) == 3


def test_what_is_told_of_an_item_comes_as_near_as_its_nearest_phrase() -> None:
    graph = _graph()
    asked = np.stack(
        [_vector(graph, "heist"), 0.6 * _vector(graph, "robber") + 0.8 * _vector(graph, "brothers")]
    )
    assert graph.nearest_told(asked) == pytest.approx(
        np.array([[1, 0.6], [0, 0.8], [0, 0.8], [0, 0], [0, 0]])
    )
    assert graph.nearest_told(asked[:0]).shape == (5, 0)


def test_nothing_asked_or_nothing_near_leads_nowhere() -> None:
    graph = _graph()
    assert not graph.scores({}).any()
    away = np.zeros(len(graph.phrases), np.float32)
    assert not graph.scores({"zebra": away}).any()
    rows, shares = graph.centre(graph.scores({}))
    assert len(rows) == len(shares) == 0


def test_what_is_saved_comes_back_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    graph = _graph()
    graph.save(tmp_path)
    query = {"betrayal": _vector(graph, "betrayal")}
    assert np.array_equal(KeywordGraph.load(tmp_path).scores(query), graph.scores(query))
    (tmp_path / "graph.npz").write_bytes(b"no graph")
    with pytest.raises(SetupError, match="palate build"):
        KeywordGraph.load(tmp_path)


def test_a_catalogue_without_texts_or_keywords_has_an_empty_graph() -> None:
    bare = _catalog(("", ()), ("", ()))
    phrases, weights = extract_phrases(bare, [])
    assert phrases == []
    graph = KeywordGraph(phrases, np.zeros((0, 4), np.float32), sparse.csr_array(weights))
    assert not graph.scores({"x": np.ones(4, np.float32)}).any()
