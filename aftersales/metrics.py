"""What this process counts, for Prometheus. Labels are names from the code alone: never an id, never a person.

What stands in the database (the backlog) is asked when somebody scrapes: `aftersales.operations.backlog`.
"""

from collections.abc import MutableMapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY: Final = CollectorRegistry()
_TALLY: Final = "aftersales.tally"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

ProcessCollector(registry=REGISTRY)

REQUESTS: Final = Histogram(
    "aftersales_request_seconds",
    "Server: requests, and the seconds until the answer began, by route template, method and class of status.",
    ("route", "method", "status"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
POSTS: Final = Counter(
    "aftersales_posts",
    "Changes and events that were posted and committed, by machine.",
    ("machine",),
    registry=REGISTRY,
)
DELIVERIES: Final = Histogram(
    "aftersales_delivery_seconds",
    "Worker: deliveries carried out and their seconds, by subscriber and outcome: done, retry, dead, lost (the lease).",
    ("subscriber", "outcome"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
FANNED_OUT: Final = Counter(
    "aftersales_fanned_out", "Worker: messages that were turned into deliveries.", registry=REGISTRY
)
LEASES_EXPIRED: Final = Counter(
    "aftersales_leases_expired",
    "Worker: deliveries taken over because the lease of whoever held them had run out, by subscriber.",
    ("subscriber",),
    registry=REGISTRY,
)
UPDATES: Final = Counter(
    "aftersales_updates",
    "Customer updates that reached a state, by channel and state.",
    ("channel", "state"),
    registry=REGISTRY,
)
DOUBLED: Final = Counter(
    "aftersales_updates_doubled",
    "Urgent updates that went by a second channel because no receipt came in time, by the first: read twice, perhaps.",
    ("channel",),
    registry=REGISTRY,
)
HEARD: Final = Counter(
    "aftersales_heard",
    "What providers posted to us, by gate and what became of it: noted, known already, unknown letter, kept, refused.",
    ("gate", "outcome"),
    registry=REGISTRY,
)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def request(route: str, method: str, status: int, seconds: float) -> None:
    """Count an answered request. A method of somebody's invention is counted as OTHER."""
    REQUESTS.labels(route, method if method in _METHODS else "OTHER", f"{status // 100}xx").observe(seconds)


def on_commit(info: MutableMapping[Any, Any], counter: Counter, number: int = 1) -> None:
    """Count it once the session with this `info` has committed; what is rolled back has not happened."""
    tally = info.setdefault(_TALLY, {})
    tally[counter] = tally.get(counter, 0) + number


def committed(info: MutableMapping[Any, Any]) -> None:
    """The session has committed: count what it held."""
    for counter, number in info.pop(_TALLY, {}).items():
        counter.inc(number)
