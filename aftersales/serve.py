"""The long-running commands: server and worker, each with the database it needs."""

import asyncio
import gc
import logging
import pkgutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
import uvloop

from aftersales.app import create_app
from aftersales.config import Settings
from aftersales.db.bootstrap import bootstrap
from aftersales.db.embedded import EmbeddedServer
from aftersales.db.migrate import require_current, upgrade
from aftersales.db.session import Database
from aftersales.lifeline import Lifeline
from aftersales.operations.backlog import Backlog
from aftersales.operations.gauges import Gauges
from aftersales.operations.port import opened
from aftersales.operations.readiness import Readiness
from aftersales.outbox.worker import Worker
from aftersales.registry import load_registry

# Live pages hold their connections open for ever; a stop does not wait for them longer than this.
GRACEFUL_SECONDS = 5
TRACES = "aftersales.operations.traces:sent"

log = logging.getLogger(__name__)


@contextmanager
def connected_settings(settings: Settings, lifeline: Lifeline) -> Iterator[Settings]:
    """The settings with both addresses set.

    With a database of your own, it must already be migrated. The embedded one is started (or adopted), prepared and
    migrated, and stops when its last user ends, however it ends.
    """
    if settings.database_url is not None:
        asyncio.run(require_current(settings.database_url))
        yield settings
        return
    server = EmbeddedServer(settings.data_dir)
    lifeline.watch_database()
    server.start()
    try:
        addresses = asyncio.run(bootstrap(server))
        upgrade(addresses.owner_url)
        with server.revived():
            yield settings.model_copy(update={"database_url": addresses.app_url, "migration_url": addresses.owner_url})
    finally:
        server.close()


@contextmanager
def traced(settings: Settings, part: str) -> Iterator[None]:
    """Traces are sent within the block, if that is set; only then is anything of it imported."""
    if settings.otlp_url is None:
        yield
        return
    with pkgutil.resolve_name(TRACES)(settings.otlp_url, part):
        yield


def run_server(settings: Settings) -> None:
    """Serve until told to stop (SIGTERM, Ctrl-C)."""
    _exit_on_sigterm()
    with (
        traced(settings, "server"),
        Lifeline(settings.data_dir) as lifeline,
        connected_settings(settings, lifeline) as connected,
    ):
        application = create_app(connected)
        gc.freeze()
        log.info("serving %s on %s:%s", connected.base_url, connected.host, connected.port)
        uvicorn.run(
            application,
            host=connected.host,
            port=connected.port,
            loop="uvloop",
            http="httptools",
            # Addresses may hold a customer's link; what is worth logging is logged by the application.
            access_log=False,
            server_header=False,
            proxy_headers=connected.proxies is not None,
            forwarded_allow_ips=connected.proxies or "",
            log_config=None,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
        )


def run_worker(settings: Settings) -> None:
    """Deliver until told to stop (SIGTERM, Ctrl-C); what is under way is finished first."""
    _exit_on_sigterm()
    with (
        traced(settings, "worker"),
        Lifeline(settings.data_dir) as lifeline,
        connected_settings(settings, lifeline) as connected,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_work(connected))


async def _work(settings: Settings) -> None:
    database = Database(str(settings.database_url), application_name="aftersales worker")
    try:
        registry = load_registry(settings.module_names)
        worker = Worker(database, registry, settings)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        readiness = Readiness(database, worker.idle)
        async with opened(settings, readiness, Backlog(database, registry), Gauges(database)):
            log.info("worker started")
            await worker.run()
    finally:
        await database.dispose()


def _exit_on_sigterm() -> None:
    # uvicorn raises the signal again once it has stopped; by default that would skip every `finally`.
    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
