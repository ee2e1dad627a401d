"""From the command to the first page, and what server and worker hold of the machine's memory."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time

from bench.company import Company
from bench.processes import HOST, START_SECONDS, Running, free_port, memory, running
from bench.reading import Reader
from bench.report import Table
from bench.telling import all_told
from bench.web import closing

TRIES = 5


async def starting(company: Company, changes: int, clients: int) -> list[Table]:
    """How long until /sign-in, beside a running database and from nothing; then memory, new and after `changes`."""
    print("  starting …", flush=True)
    beside = [await _first_page({"DATABASE_URL": company.addresses.app_url}) for _ in range(TRIES)]
    nothing = [await _first_page({}) for _ in range(2)]
    rows = [
        ["the database runs already", f"{statistics.median(beside):.1f}", "≤ 3"],
        ["from nothing: database made, migrated, started", f"{statistics.median(nothing):.1f}", ""],
    ]
    head = ["`aftersales run` to the sign-in page", "seconds", "wanted"]
    started = Table("start", "Start", head, rows, f"Medians of {TRIES}, and of two.")
    cases = await company.cases(changes, "resolve")
    await company.settle()
    async with running(company, worker=True) as site:
        async with Reader(site.port) as reader:
            await reader.get("/sign-in")
        await asyncio.sleep(1)
        fresh = _memory(site)
        print(f"  {changes:,} changes over HTTP …", flush=True)
        await closing(company, site.port, cases, clients, 600)
        await all_told(company, changes, 600)
        used = _memory(site)
    held = [[name, *fresh[name], *used[name]] for name in fresh]
    head = ["MB", "RSS, started", "its own share (PSS)", f"RSS after {changes:,} requests", "its own share (PSS)"]
    words = "Each request is a change of which the worker tells the customer."
    return [started, Table("memory", "Memory", head, held, words)]


def _memory(site: Running) -> dict[str, list[str]]:
    assert site.worker is not None
    found = {"server": memory(site.server), "worker": memory(site.worker)}
    return {n: [f"{m.rss / 1024:.0f}", f"{m.pss / 1024:.0f}"] if m else ["?", "?"] for n, m in found.items()}


async def _first_page(chosen: dict[str, str]) -> float:
    """Seconds from the start of the process to the 200 of /sign-in, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="aftersales-bench-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        given = chosen | {"DATA_DIR": f"{folder}/data", "HOST": HOST, "PORT": str(port)}
        # As root, the server runs as another account, which must reach its folder.
        os.chmod(folder, 0o711)  # noqa: PTH101 - nothing waits for it
        began = time.perf_counter()
        server = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "aftersales.cli", "run"),
            env={**os.environ, **{f"AFTERSALES_{name}": value for name, value in given.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                await _until_shown(port)
            return time.perf_counter() - began
        finally:
            server.terminate()
            await server.wait()


async def _until_shown(port: int) -> None:
    while True:
        try:
            async with Reader(port) as reader:
                await reader.get("/sign-in")
            return
        except OSError:
            await asyncio.sleep(0.01)
