"""`aftersales demo`: everything in one command, and nothing left when it ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TypeAlias

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.demo import fill
from aftersales.lifeline import GRACE_SECONDS, Lifeline, end
from aftersales.registry import load_registry
from aftersales.serve import connected_settings

PARTS, PLAY = ("run", "worker"), "play"
START_SECONDS = 60.0
LOOK_SECONDS = 0.1


Children: TypeAlias = dict[str, subprocess.Popen[bytes]]


class DemoError(RuntimeError):
    """The demonstration could not start or go on; the message says why."""


class Stopped(BaseException):
    """Somebody asked for the end: Ctrl-C, SIGTERM, a closed terminal. Not an Exception: nothing may swallow it."""


def run_demo(settings: Settings, play_seed: int | None = None) -> None:
    """Start the database, the data, a server and a worker; print where to go; stop it all when told to.

    With `play_seed` a service day is played as soon as the server answers; the demonstration goes on after it.
    """
    settings = settings.model_copy(update={"demo": True})
    if play_seed is not None and "log_level" not in settings.model_fields_set:
        # The play is read where it is told: a line for each delivery would bury it.
        settings = settings.model_copy(update={"log_level": "warning"})
    _require_free_port(settings)
    with _stoppable():
        try:
            _demonstrate(settings, play_seed)
        except Stopped:
            _say("Stopped.")


def _demonstrate(settings: Settings, play_seed: int | None) -> None:
    began = time.monotonic()
    _say("Starting the database …")
    with Lifeline(settings.data_dir) as lifeline, connected_settings(settings, lifeline) as connected:
        _say("Preparing the company …")
        lines = asyncio.run(_fill(connected))
        children = {part: _start(connected, part) for part in PARTS}
        try:
            for child in children.values():
                lifeline.watch(child)
            _await_server(connected, children)
            _say("", f"Aftersales is ready at {connected.base_url} ({time.monotonic() - began:.1f} s)", "", *lines, "")
            _say("Ctrl-C stops everything, the database too.")
            if play_seed is not None:
                children[PLAY] = _start(connected, PLAY, "--seed", str(play_seed))
                lifeline.watch(children[PLAY])
            _watch(children)
        finally:
            _ignore_signals()
            _say("Stopping …")
            _end(list(children.values()))


async def _fill(settings: Settings) -> Sequence[str]:
    database = Database(str(settings.database_url), application_name="aftersales demo")
    try:
        return list((await fill(database, load_registry(settings.module_names), settings)).lines())
    finally:
        await database.dispose()


def _start(settings: Settings, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "aftersales.cli", *command],
        env={**os.environ, **environment(settings)},
        stdin=subprocess.DEVNULL,
        # Ctrl-C reaches the supervisor only, which stops its children in order.
        start_new_session=True,
    )


def environment(settings: Settings) -> dict[str, str]:
    """The variables from which a child reads just these settings."""
    names = ("database_url", "migration_url", "data_dir", "files_dir", "host", "port", "base_url", "demo", "log_level")
    return {f"AFTERSALES_{name.upper()}": str(getattr(settings, name)) for name in names}


def _await_server(settings: Settings, children: Children) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _require_alive(children)
        with socket.socket() as probe:
            if probe.connect_ex((settings.host, settings.port)) == 0:
                return
        time.sleep(LOOK_SECONDS)
    raise DemoError("the server did not answer in time")


def _watch(children: Children) -> None:
    while True:
        _require_alive(children)
        time.sleep(LOOK_SECONDS)


def _require_alive(children: Children) -> None:
    for part, child in children.items():
        code = child.poll()
        # A play comes to its end, and whatever becomes of it, the demonstration goes on.
        if code is not None and part != PLAY:
            raise DemoError(f"`aftersales {part}` ended by itself (code {code}); its last words are above")


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    running = [child for child in children if child.poll() is None]
    for child in running:
        child.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in running:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            end([child.pid], grace=0)
            child.wait()


def _require_free_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise DemoError(
                f"{settings.host}:{settings.port} is not free ({error.strerror}); set AFTERSALES_PORT to another"
            ) from error


@contextmanager
def _stoppable() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    yield


def _ignore_signals() -> None:
    # A second Ctrl-C would leave the stopping half done.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)
