"""What this process holds at the moment: connections to the database, and open live pages."""

from collections.abc import Callable
from typing import cast

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import QueuePool

from aftersales.db.session import Database


class Gauges:
    """Read on every scrape; asks nobody."""

    def __init__(self, database: Database, pages: Callable[[], int] = int) -> None:
        self._database = database
        self._pages = pages

    def read(self) -> list[Metric]:
        """The gauges as they are now."""
        pool = cast(QueuePool, self._database.engine.pool)
        held = GaugeMetricFamily(
            "aftersales_pool_connections", "Connections to the database, by state: busy, idle.", labels=("state",)
        )
        held.add_metric(("busy",), pool.checkedout())
        held.add_metric(("idle",), pool.checkedin())
        limit = GaugeMetricFamily(
            "aftersales_pool_limit",
            "The most connections that this process opens for its work; who waits for one gives up after 5 seconds.",
            self._database.most_connections,
        )
        pages = GaugeMetricFamily("aftersales_live_pages", "Server: live pages that are open.", self._pages())
        return [held, limit, pages]
