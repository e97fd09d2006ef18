"""The demo: MovieLens latest-small with this project's notes on its films, inside the package."""

from tools.catalog.load import load_catalog, read_interactions
from tools.demo import DEMO_FOLDER
from tools.errors import SetupError
from tools.sequence.datasets.columns import remarks
from tools.sequence.datasets.dataset import Dataset
from tools.sequence.datasets.describe import describe_catalog
from tools.sequence.interactions import interactions_from_columns


def read_demo() -> Dataset:
    """Every rating as "watched", over every film of the demo catalogue in its order."""
    catalog = load_catalog(DEMO_FOLDER)
    columns = catalog.spec.interactions
    if columns is None:
        raise SetupError(f"{DEMO_FOLDER / 'catalog.toml'} names no interactions; install palate again")
    table = read_interactions(catalog, columns, DEMO_FOLDER)
    made = interactions_from_columns(table.users, table.rows, table.times, len(catalog))
    texts, features = describe_catalog(catalog)
    return Dataset(
        name="demo",
        interactions=made,
        item_ids=tuple(item.id for item in catalog.items),
        item_texts=texts,
        item_features=features,
        notes=remarks(made, len(table) - len(made), timed=True),
    )
