"""Promises' share of the demonstration: targets, hours, and the clocks of all cases that are under way."""

from typing import Any

from aftersales.promises import terms
from aftersales.promises.service import clocks
from aftersales.work import Work


async def fill_targets(work: Work, world: dict[str, Any]) -> None:  # noqa: ARG001 - what a part is called with
    """What the company holds itself to."""
    await terms.publish_all(work)


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Read the clocks of every case once: closed ones for the reports, open ones to go on from here."""
    for case in world["cases"]:
        await clocks.refresh(work, case["case_id"])
