"""Nothing is left running when the process that started it is killed.

A guard process holds the other end of a pipe. However its owner ends, the pipe closes; the guard then ends whatever the
owner had registered and lets the embedded database stop. It works where parent-death signals do not, and needs no
co-operation from those it ends. The owner's own orderly end tells it that there is nothing left to do.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aftersales.db.embedded import EmbeddedServer

GRACE_SECONDS = 10.0
RELEASE = "release"
DATABASE = "database"


class Lifeline:
    """The owner's end. Use as a context manager around everything that must not outlive this process.

    The guard is started with the first thing to watch; where there is nothing, there is no guard.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._guard: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def watch_database(self) -> None:
        """Let the embedded database stop when this process is gone, if nobody else uses it."""
        self._tell(DATABASE)

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        """End this process, the leader of its own group, should its owner die."""
        self._tell(str(process.pid))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._guard is not None:
            self._tell(RELEASE)
            if self._guard.stdin is not None:
                self._guard.stdin.close()
            self._guard.wait(GRACE_SECONDS)
            self._guard = None

    def _tell(self, line: str) -> None:
        if self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-m", "aftersales.lifeline", str(self._data_dir)],
                stdin=subprocess.PIPE,
                text=True,
                # The terminal's Ctrl-C is for the owner alone.
                start_new_session=True,
            )
        if self._guard.stdin is not None:
            # A guard that somebody killed guards nothing; that is no reason to fail.
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.write(f"{line}\n")
                self._guard.stdin.flush()


def end(groups: Sequence[int], grace: float = GRACE_SECONDS) -> None:
    """Ask these process groups to end; after the grace, insist."""
    for group in groups:
        _signal(group, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        _signal(group, signal.SIGKILL)


def guard(data_dir: Path) -> None:
    """The guard's whole life: read what to watch, until the owner says that all is well or is gone."""
    groups: list[int] = []
    database = False
    for line in map(str.strip, sys.stdin):
        if line == RELEASE:
            return
        if line == DATABASE:
            database = True
        else:
            groups.append(int(line))
    end(groups)
    if database:
        EmbeddedServer(data_dir).stop_if_unused()


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
