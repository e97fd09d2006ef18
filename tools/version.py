"""Which palate this is."""

from importlib.metadata import PackageNotFoundError, version


def palate_version() -> str:
    """The installed version; of a source tree that was never installed, that it is one."""
    try:
        return version("palate")
    except PackageNotFoundError:
        return "0+source"
