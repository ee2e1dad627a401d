"""`aftersales play`: a service day on a running demonstration, about three minutes, one printed line for each step."""

import asyncio
import contextlib
import random
import signal
import sys

import uvloop
from sqlalchemy import text

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.lifeline import Lifeline
from aftersales.outbox.wake import Waker
from aftersales.play import Director, PlayError
from aftersales.registry import load_registry
from aftersales.serve import connected_settings

PAUSE_SECONDS = 0.9
SETTLE_SECONDS, LOOK_SECONDS = 8.0, 0.1
BUSY = text(
    "SELECT EXISTS (SELECT FROM outbox_message)"
    " OR EXISTS (SELECT FROM delivery WHERE state <> 'dead' AND attempts = 0 AND due_at <= now())"
)


def run_play(settings: Settings, seed: int) -> None:
    """Play one service day on a running demonstration, printing each step. Raises PlayError anywhere else."""
    if not settings.demo:
        raise PlayError(
            "only a demonstration is played: nobody's real customers are called. Try `aftersales demo --play`"
        )
    with (
        Lifeline(settings.data_dir) as lifeline,
        connected_settings(settings, lifeline) as connected,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_play(connected, seed))


async def _play(settings: Settings, seed: int) -> None:
    database = Database(str(settings.database_url), pool_size=2, application_name="aftersales play")
    dice = random.Random(seed)  # noqa: S311 - a story, no secret
    day = Director(
        database,
        load_registry(settings.module_names),
        settings,
        seed,
        say=_say,
        settle=lambda: _settled(database),
        pause=lambda: asyncio.sleep(PAUSE_SECONDS * dice.uniform(0.6, 1.4)),
    )
    task = asyncio.ensure_future(_tell(day, seed))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        async with Waker(database):
            # Cut off between two steps or inside one: what was not committed has not happened.
            with contextlib.suppress(asyncio.CancelledError):
                await task
    finally:
        await database.dispose()


async def _tell(day: Director, seed: int) -> None:
    _say(f"A service day begins (seed {seed}).")
    for line in (await day.play()).lines():
        _say(line)


async def _settled(database: Database) -> None:
    """Until the workers have done what follows from the last step, or for a while."""
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        async with database.sessions() as session:
            if not (await session.execute(BUSY)).scalar_one():
                return
        await asyncio.sleep(LOOK_SECONDS)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
