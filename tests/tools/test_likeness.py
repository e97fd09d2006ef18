"""Likeness by shared facet values: the rarer the value, the more it says."""

import numpy as np
import pytest

from tools.catalog import Catalog, CatalogSpec, Item
from tools.catalog.likeness import FacetLikeness

SPEC = CatalogSpec.model_validate(
    {
        "catalog": {"items": ["x.csv"]},
        "facets": {
            "brand": {"kind": "categorical", "column": "brand"},
            "tags": {"kind": "categorical", "column": "tags", "many": True},
            "grade": {"kind": "categorical", "column": "grade", "cue_required": True},
            "price": {"kind": "numeric", "column": "price"},
        },
    }
)
ITEMS = [
    Item("a", "A", facets={"brand": "Rare", "tags": ("plain",), "price": 10}),
    Item("b", "B", facets={"brand": "Rare", "tags": ("other",), "price": 99}),
    Item("c", "C", facets={"brand": "Big", "tags": ("plain",), "price": 10}),
    Item("d", "D", facets={"brand": "Big", "tags": ("plain", "other"), "grade": "x"}),
    Item("e", "E", facets={"brand": "Big", "tags": ("plain",), "grade": "x"}),
    Item("f", "F"),
]


@pytest.fixture(scope="module")
def likeness() -> FacetLikeness:
    return FacetLikeness(Catalog(SPEC, ITEMS))


def test_an_item_is_most_like_itself_and_like_nothing_it_shares_nothing_with(likeness: FacetLikeness) -> None:
    scores = likeness.to([0])
    assert scores[0] == pytest.approx(1.0)
    assert scores.argmax() == 0
    assert scores[5] == 0


def test_a_rare_shared_value_says_more_than_a_common_one(likeness: FacetLikeness) -> None:
    scores = likeness.to([0])
    assert scores[1] > scores[2] > 0


def test_likeness_is_symmetric_and_between_0_and_1(likeness: FacetLikeness) -> None:
    matrix = np.stack([likeness.to([row]) for row in range(len(ITEMS))])
    assert np.allclose(matrix, matrix.T, atol=1e-6)
    assert (matrix >= 0).all()
    assert (matrix <= 1 + 1e-6).all()


def test_weights_draw_towards_what_counts_more(likeness: FacetLikeness) -> None:
    near_a, near_d = likeness.to([0, 3], [1.0, 0.1]), likeness.to([0, 3], [0.1, 1.0])
    assert near_a[1] > near_d[1]
    assert near_d[4] > near_a[4]


def test_without_a_seed_nothing_is_alike(likeness: FacetLikeness) -> None:
    assert not likeness.to([]).any()


def test_a_catalogue_without_shared_values_has_no_likeness() -> None:
    spec = CatalogSpec.model_validate({"catalog": {"items": ["x.csv"]}})
    assert FacetLikeness(Catalog(spec, [Item("a", "A"), Item("b", "B")])).to([0]).tolist() == [0.0, 0.0]


def test_likeness_between_some_is_that_to_each(likeness: FacetLikeness) -> None:
    some = [3, 0, 2]
    between = likeness.between(some)
    assert np.allclose(between, [likeness.to([row])[some] for row in some], atol=1e-6)
    assert likeness.between([]).shape == (0, 0)
