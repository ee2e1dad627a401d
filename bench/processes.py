"""Server and worker as they run in life, each a process of its own, and what they take of the processor."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.company import Company

HOST = "127.0.0.1"
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """The server's port, and the process ids."""

    port: int
    server: int
    worker: int | None


@asynccontextmanager
async def running(company: Company, *, worker: bool = False) -> AsyncIterator[Running]:
    """One server, with one worker if wanted; both end with the block."""
    port = free_port()
    children = [_start(company, part, port) for part in ("run", "worker")[: 1 + worker]]
    try:
        await _answering(port, children[0])
        yield Running(port, children[0].pid, children[1].pid if worker else None)
    finally:
        for child in children:
            child.send_signal(signal.SIGTERM)
        for child in children:
            await asyncio.to_thread(child.wait, START_SECONDS)


def _start(company: Company, part: str, port: int) -> subprocess.Popen[bytes]:
    secret = company.settings.signing_key.decode()
    chosen = {
        "DATABASE_URL": company.addresses.app_url,
        "DATA_DIR": str(company.settings.data_dir),
        "SECRET_KEY": secret,
        "HOST": HOST,
        "PORT": str(port),
    }
    with (company.settings.data_dir / f"{part}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "aftersales.cli", part],
            env={**os.environ, **{f"AFTERSALES_{name}": value for name, value in chosen.items()}},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


async def _answering(port: int, server: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            if server.poll() is not None:
                raise RuntimeError("the server ended by itself")
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def cpu_seconds(processes: Iterable[int]) -> float | None:
    """What these have used until now, user and system; None where the system does not say (no /proc)."""
    total = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Kilobytes: all that is resident, and with what is shared divided among those who share it."""

    rss: int
    pss: int


def memory(process: int) -> Memory | None:
    """What this process holds; None where the system does not say."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return None
    found = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return Memory(found["Rss"], found["Pss"])
