"""Every table of the kernel and of all modules, whichever are switched on: there is one history of migrations."""

import importlib
import importlib.util
import pkgutil
from types import ModuleType

PACKAGES = ("aftersales", "warranty", "rma", "field_service", "billing")
MODELS = "models"


def import_models() -> tuple[ModuleType, ...]:
    """Import each `models` module of the five packages, so that `Base.metadata` is whole. Returns them."""
    return tuple(importlib.import_module(name) for package in PACKAGES for name in _models(package))


def _models(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    if spec is None:
        return []
    # Only packages are entered, and nothing but their __init__ runs: routes and handlers stay unimported.
    found: list[str] = []
    pending = [(package, list(spec.submodule_search_locations or ()))]
    while pending:
        parent, places = pending.pop()
        for item in pkgutil.iter_modules(places, f"{parent}."):
            if item.name.rpartition(".")[2] == MODELS:
                found.append(item.name)
            elif item.ispkg:
                inner = importlib.util.find_spec(item.name)
                pending.append((item.name, list(inner.submodule_search_locations or ()) if inner else []))
    return sorted(found)
