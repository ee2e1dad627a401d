"""What waits in the database, asked with one statement when somebody scrapes. Every count is capped.

A thousand rows of each kind are looked at, the most urgent first, along indexes that are there for the work itself:
it costs the same whether a thousand wait or ten million.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import ARRAY, Integer, String, bindparam, text

from aftersales.db.session import Database
from aftersales.outbox.listener import UNREACHABLE
from aftersales.outbox.retry import describe
from aftersales.registry import Registry

CAP: Final = 1000
ANSWER_SECONDS: Final = 5.0
OVERDUE_SECONDS: Final = 60
# Where an update still has a way to go or went wrong; the rest grows for ever and is counted as it happens.
UNSETTLED: Final = ("queued", "sending", "retrying", "failed", "bounced")

_ASK = text("""
SELECT 'message' AS kind, '' AS name, '' AS state, count(*) AS number,
    extract(epoch FROM now() - min(created_at)) AS oldest
FROM (SELECT created_at FROM outbox_message ORDER BY created_at LIMIT :cap) AS m
UNION ALL
SELECT 'delivery', s.name, d.state, count(*), NULL
FROM unnest(:names) AS s(name) CROSS JOIN LATERAL (
    SELECT state FROM delivery
    WHERE subscriber = s.name AND state <> 'dead' ORDER BY due_at, id LIMIT :cap
) AS d GROUP BY s.name, d.state
UNION ALL
SELECT 'due', s.name, '', count(d.due_at), extract(epoch FROM now() - min(d.due_at))
FROM unnest(:names) AS s(name) LEFT JOIN LATERAL (
    SELECT due_at FROM delivery
    WHERE subscriber = s.name AND state <> 'dead' AND due_at <= now() ORDER BY due_at, id LIMIT :cap
) AS d ON true GROUP BY s.name
UNION ALL
SELECT 'overdue', s.name, '', count(d.due_at), NULL
FROM unnest(:timers) AS s(name) LEFT JOIN LATERAL (
    SELECT due_at FROM delivery
    WHERE subscriber = s.name AND state <> 'dead' AND due_at <= now() - make_interval(secs => :late)
    ORDER BY due_at, id LIMIT :cap
) AS d ON true GROUP BY s.name
UNION ALL
SELECT 'dead', subscriber, '', count(*), NULL
FROM (SELECT subscriber FROM delivery WHERE state = 'dead' ORDER BY id LIMIT :cap) AS dead GROUP BY subscriber
UNION ALL
SELECT 'update', u.channel, s.state, count(*), NULL
FROM unnest(:states) AS s(state) CROSS JOIN LATERAL (
    SELECT channel FROM customer_update WHERE state = s.state ORDER BY id LIMIT :cap
) AS u GROUP BY u.channel, s.state
""").bindparams(
    bindparam("names", type_=ARRAY(String())),
    bindparam("timers", type_=ARRAY(String())),
    bindparam("states", type_=ARRAY(String())),
    bindparam("late", type_=Integer()),
    bindparam("cap", type_=Integer()),
)

_log = logging.getLogger(__name__)


class Backlog:
    """The gauges of what waits."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database
        self._timers = list(registry.timers)
        self._names = [*registry.subscribers, *registry.timers, *registry.jobs]

    async def ask(self) -> list[Metric]:
        """All gauges as they are now; `aftersales_database_up` alone, at 0, while the database does not answer."""
        try:
            rows = await self._rows()
        except UNREACHABLE as error:
            _log.warning("the backlog cannot be read: %s", describe(error))
            return families(None)
        return families(rows)

    async def _rows(self) -> list[tuple[str, str, str, int, Any]]:
        given = {
            "names": self._names,
            "timers": self._timers,
            "states": list(UNSETTLED),
            "late": OVERDUE_SECONDS,
            "cap": CAP,
        }
        async with asyncio.timeout(ANSWER_SECONDS), self._database.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(_ASK, given)]


def families(rows: Iterable[tuple[str, str, str, int, Any]] | None) -> list[Metric]:
    """The gauges for these rows; None when the database could not be asked."""
    up = GaugeMetricFamily("aftersales_database_up", "Whether the database answered this scrape: 1 or 0.")
    up.add_metric((), 0 if rows is None else 1)
    capped = f"Counted up to {CAP}."
    messages = GaugeMetricFamily("aftersales_outbox_messages", f"Entries not yet fanned out. {capped}")
    messages_age = GaugeMetricFamily("aftersales_outbox_oldest_seconds", "How long the oldest of them has waited.")
    deliveries = GaugeMetricFamily(
        "aftersales_deliveries",
        f"Deliveries by subscriber and state: pending, leased, retrying. Of the {CAP} that are due first.",
        labels=("subscriber", "state"),
    )
    due = GaugeMetricFamily(
        "aftersales_deliveries_due", f"Deliveries whose time has come, by subscriber. {capped}", labels=("subscriber",)
    )
    due_age = GaugeMetricFamily(
        "aftersales_deliveries_oldest_due_seconds",
        "How long the one that is due longest has been so, by subscriber.",
        labels=("subscriber",),
    )
    overdue = GaugeMetricFamily(
        "aftersales_timers_overdue",
        f"Timers due for more than {OVERDUE_SECONDS} seconds, by timer. {capped}",
        labels=("timer",),
    )
    dead = GaugeMetricFamily("aftersales_dead_letters", f"Dead letters by subscriber. {capped}", labels=("subscriber",))
    updates = GaugeMetricFamily(
        "aftersales_updates_unsettled",
        f"Customer updates by channel and state: {', '.join(UNSETTLED)}. {capped}",
        labels=("channel", "state"),
    )
    for kind, name, state, number, oldest in rows or ():
        match kind:
            case "message":
                messages.add_metric((), number)
                messages_age.add_metric((), float(oldest or 0))
            case "delivery":
                deliveries.add_metric((name, state), number)
            case "due":
                due.add_metric((name,), number)
                due_age.add_metric((name,), float(oldest or 0))
            case "overdue":
                overdue.add_metric((name,), number)
            case "dead":
                dead.add_metric((name,), number)
            case "update":
                updates.add_metric((name, state), number)
    return [up, messages, messages_age, deliveries, due, due_age, overdue, dead, updates]
