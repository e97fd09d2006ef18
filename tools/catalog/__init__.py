"""The catalogue: items with typed facets, read from a person's own files or the demo's."""

from tools.catalog.items import Catalog, Item
from tools.catalog.spec import CatalogSpec, FacetSpec

__all__ = ["Catalog", "CatalogSpec", "FacetSpec", "Item"]
