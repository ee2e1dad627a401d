"""The real server with the small company behind it, and schemathesis before it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import uvicorn

from aftersales import clock
from aftersales.auth import clients
from aftersales.auth.models import Branch
from aftersales.auth.permissions import CLIENTS
from tests.factories.auth import add_staff
from tests.factories.world import ROLES, World

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "tests" / "http" / "schemathesis.toml"


async def token_of_all(world: World) -> str:
    """The token of a program that may do everything everywhere."""
    async with world.database.unit_of_work() as session:
        branch = await session.get_one(Branch, world.here)
        maker = await add_staff(session, branch, *((role, None) for role in ROLES))
        _, token = clients.start(
            session,
            staff_id=maker.id,
            name="Fuzzer",
            permissions=sorted(world.registry.permissions.keys() - {CLIENTS}),
            branch_id=None,
            now=clock.now(),
            expires_at=clock.now() + timedelta(days=1),
        )
    return token


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """The application on a port of its own, without limits of requests; its address."""
    services = world.app.state.services
    much = {"client_requests_per_minute": 1_000_000, "public_requests_per_minute": 1_000_000}
    world.app.state.services = replace(services, settings=services.settings.model_copy(update=much))
    config = uvicorn.Config(world.app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - it tells nobody when it has begun
            await asyncio.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


async def fuzz(address: str, token: str, *options: str) -> tuple[int, str]:
    """Run schemathesis with these options: its exit code, and what it says."""
    # Made once, and then kept: on a busy machine longer than schemathesis waits for it.
    async with httpx.AsyncClient(timeout=120) as client:
        (await client.get(f"{address}/api/v1/openapi.json")).raise_for_status()
    own = {"AFTERSALES_TOKEN": token, "PATH": os.defpath, "NO_COLOR": "1", "COLUMNS": "160", "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
        *(f"{address}/api/v1/openapi.json", *options),
        env=own,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()
