"""What every test may ask for."""

import gc
import os
import sys
from pathlib import Path

import pytest

from aftersales.config import Settings, load_settings
from tests.factories import examples

# Tests start dozens of processes, each of which would compile the whole product again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# On again once all is loaded.
gc.disable()

# httpx looks for it, which nobody installs, along the whole path for every request to an application.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

examples.register()

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.browser",
    "tests.fixtures.mail",
    "tests.fixtures.updates",
    "tests.fixtures.entitlement",
    "tests.fixtures.gateways",
    "tests.fixtures.world",
    "tests.fixtures.voice",
    "tests.fixtures.promises",
    "tests.fixtures.outbox",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each worker begins with its share of the files with slow tests, so that none is left alone with a long one at the
    end: a worker is given as many tests as the others, in their order, and takes over what others have not begun.

    Each begins at another place of its share, so that not all of them wait while the first one fills the demonstration.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = list(dict.fromkeys(i.path for i in items if i.get_closest_marker("slow") or i.get_closest_marker("early")))
    rest = [item for item in items if item.path not in slow]
    dealt: list[pytest.Item] = []
    for number in range(workers):
        share = slow[number::workers]
        place = len(share) * number // workers
        own = [item for path in share[place:] + share[:place] for item in items if item.path == path]
        room = max(0, len(items) * (number + 1) // workers - len(dealt) - len(own))
        dealt += own + rest[:room]
        del rest[:room]
    items[:] = dealt + rest


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: looking through it for garbage again and again took a sixth of a run."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def _clean_environment() -> None:
    """No setting of the machine reaches a test."""
    for name in [name for name in os.environ if name.startswith("AFTERSALES_")]:
        del os.environ[name]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own; the database is named by who needs one (`model_copy`)."""
    return load_settings(data_dir=tmp_path / "var", secret_key="k" * 43, demo=True, base_url="http://localhost:8069")
