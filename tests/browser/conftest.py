"""The site that the browser tests of one worker share; each test ends with a look at what the pages complained of."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from aftersales.config import Settings, load_settings
from aftersales.db.embedded import EmbeddedServer
from tests.browser.site import Site, serving
from tests.fixtures.database import TestDatabase, cloned


@pytest.fixture(scope="session")
async def shared_site(
    postgres: EmbeddedServer, worker_id: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """With real commits: for tests that only look, or that write on what no other test counts on."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("site"), secret_key="k" * 43, demo=True)
    async with cloned(postgres, f"browser_{worker_id}") as clone, serving(clone, settings, browser) as one:
        yield one


@pytest.fixture
async def own_site(fresh_database: TestDatabase, settings: Settings, browser: Browser) -> AsyncIterator[Site]:
    """A site of the test's own, for who uses up what the demonstration has few of; complaints as with `site`."""
    async with serving(fresh_database, settings, browser) as one:
        yield one
        await one.close_pages()
    assert one.complaints == []


@pytest.fixture
async def site(shared_site: Site) -> AsyncIterator[Site]:
    """The site; afterwards no page may have had an error of a script or broken the content policy."""
    shared_site.complaints.clear()
    yield shared_site
    await shared_site.close_pages()
    assert shared_site.complaints == []
