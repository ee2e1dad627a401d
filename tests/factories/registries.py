"""Sets of modules that most tests agree on, loaded once: an application of the same set is there at once."""

from functools import cache

from aftersales.registry import Registry, load_registry


@cache
def everything() -> Registry:
    """All installed modules. Who changes something in it puts it back."""
    return load_registry()


@cache
def kernel() -> Registry:
    """No module at all. Who changes something in it puts it back."""
    return load_registry([])
