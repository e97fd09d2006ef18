"""What an embedder reads of an item, and the values it shares with others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools.catalog.items import UNTITLED, Catalog

_TITLE, _DESCRIPTION, _ID = "title", "description", "id"


def describe(
    title: str, fields: Mapping[str, Sequence[str]], description: str = ""
) -> tuple[str, frozenset[str]]:
    """(text, features): the title, each field's values and the description as sentences; "field: value" each."""
    parts = (title, *(", ".join(values) for values in fields.values()), description)
    text = ". ".join(part.rstrip(". ") for part in parts if part)
    return text, frozenset(f"{field}: {value}" for field, values in fields.items() for value in values)


def describe_record(record: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    """The same of a JSON object: every field of strings but title and description holds values.

    Lists in lists (Amazon's category paths) are read as one list; numbers, objects and addresses are left out.
    """
    fields = {
        name: values
        for name, cell in record.items()
        if name not in (_ID, _TITLE, _DESCRIPTION) and (values := tuple(dict.fromkeys(_strings(cell))))
    }
    return describe(
        " ".join(_strings(record.get(_TITLE))), fields, " ".join(_strings(record.get(_DESCRIPTION)))
    )


def describe_catalog(catalog: Catalog) -> tuple[tuple[str, ...], tuple[frozenset[str], ...]]:
    """(texts, features) of a catalogue's items, by row: a text leaves out what every item has one of."""
    facets = {name: facet for name, facet in catalog.spec.facets.items() if facet.kind == "categorical"}
    texts, features = [], []
    for item in catalog.items:
        title = "" if item.title.startswith(UNTITLED) else item.title
        many = {name: item.values(name) for name, facet in facets.items() if facet.many}
        texts.append(describe(title, many, item.text)[0])
        features.append(describe("", {name: item.values(name) for name in facets})[1])
    return tuple(texts), tuple(features)


def _strings(cell: Any) -> Iterable[str]:
    if isinstance(cell, str):
        clean = " ".join("".join(c if c.isprintable() else " " for c in cell).split())
        if clean and not clean.startswith(("http://", "https://")):
            yield clean
    elif isinstance(cell, list):
        for part in cell:
            yield from _strings(part)
