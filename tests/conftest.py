"""What every test may ask for."""

import os
from pathlib import Path

import pytest

from aftersales.config import Settings, load_settings

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.browser",
    "tests.fixtures.mail",
    "tests.fixtures.updates",
    "tests.fixtures.entitlement",
    "tests.fixtures.world",
    "tests.fixtures.voice",
]


@pytest.fixture(autouse=True, scope="session")
def _clean_environment() -> None:
    """No setting of the machine reaches a test."""
    for name in [name for name in os.environ if name.startswith("AFTERSALES_")]:
        del os.environ[name]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own; the database is named by who needs one (`model_copy`)."""
    return load_settings(data_dir=tmp_path / "var", secret_key="k" * 43, demo=True, base_url="http://localhost:8069")
