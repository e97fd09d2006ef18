"""The example prompts of the welcome: written ones for the demo, made from its own values for any other catalogue."""

from tools.catalog.items import Catalog

DEMO = (
    "I loved Heat and Collateral. Something similar from the 90s, but no war films",
    "A funny animated film under 90 minutes",
    "Science fiction like Blade Runner, but newer",
    "Something by Akira Kurosawa, not too long",
)


def example_prompts(catalog: Catalog) -> tuple[str, ...]:
    """Three or four things one could say to this catalogue."""
    if catalog.spec.catalog.name == "demo":
        return DEMO
    prompts = []
    titles = [item.title for item in catalog.items if item.text][:2] or [
        item.title for item in catalog.items
    ][:2]
    if titles:
        prompts.append(f"I liked {' and '.join(titles)}. What else?")
    plain = [n for n, f in catalog.spec.facets.items() if f.kind == "categorical" and not f.role]
    values = catalog.values(plain[0])[:3] if plain else []
    if values:
        prompts.append(f"Something {values[0]}")
    if len(values) > 2:
        prompts.append(f"{values[1]}, but no {values[2]}")
    return tuple(prompts)
