"""What the worker does with a file that was sent on the page."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales.errors import Problem
from aftersales.i18n import N_
from aftersales.imports import repository, service
from aftersales.imports.fields import Order, Reading
from aftersales.imports.findings import Findings
from aftersales.imports.models import ImportRun
from aftersales.imports.permissions import RUN
from aftersales.outbox.leased import Leased
from aftersales.scope import Actor, ActorKind, Scope
from aftersales.status.engine import IMPORT
from aftersales.work import Work

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 3
# Seconds between two looks at the progress: a transaction each.
STEP = 0.5


async def on_turn(leased: Leased) -> None:
    """Examine the file `data["run_id"]`, or write it if that was asked for: whole, whenever a worker is killed."""
    run_id = UUID(leased.data["run_id"])
    async with leased.unit_of_work() as work:
        run = await repository.run(work.session, work.scope, run_id)
        kind = work.registry.imports[run.what]
        limit = work.settings.upload_max_bytes
    if run.state not in ("checking", "writing") or run.content is None:
        return
    try:
        reading = Reading(Order(run.dates) if run.dates else None, run.region)
        findings = await asyncio.to_thread(service.understand, kind, run.content, reading, limit=limit)
        await _take_in(leased, run, findings)
    except Problem as problem:
        await _failed(leased, run_id, problem.code, problem.detail)
    except Exception:
        if leased.attempts >= MAX_ATTEMPTS:
            words = N_("Something is wrong on our side; nothing of the file was written. Tell whoever runs the system.")
            await _failed(leased, run_id, "import.unexpected", words)
        raise


async def on_clean(work: Work, data: Mapping[str, Any]) -> None:
    """The daily removal of what is old."""
    await service.clean(work, data)


async def _take_in(leased: Leased, run: ImportRun, findings: Findings) -> None:
    writing = run.state == "writing"
    async with leased.unit_of_work() as work:
        kind = work.registry.imports[run.what]
        theirs = replace(work, scope=_scope(run), origin=IMPORT)
        steps = _Steps(leased, run.id)
        report = await service.take_in(theirs, kind, findings, steps.note, write=writing, good_rows=run.good_rows)
        values: dict[str, Any] = {
            # Rows may have come to be refused since they were shown: then they are shown again.
            "state": "written" if report.written else "checked",
            "report": service.shown(report),
            "rejects": findings.rejects() if findings.faults else None,
            "changed_at": work.now,
        }
        if report.written:
            values["content"] = None
        await repository.ended(work.session, work.scope, run.id, **values)
        await leased.done(work)


def _scope(run: ImportRun) -> Scope:
    """Whoever sent the file, with no more than they could do themselves."""
    branches = None if run.branch_ids is None else frozenset(run.branch_ids)
    return Scope(Actor(ActorKind.STAFF, run.staff_id), {RUN: branches})


async def _failed(leased: Leased, run_id: UUID, code: str, detail: str) -> None:
    async with leased.unit_of_work() as work:
        report = {"problem": {"code": code, "detail": detail}}
        await repository.ended(
            work.session, work.scope, run_id, state="failed", report=report, content=None, changed_at=work.now
        )


class _Steps:
    """Progress for the page, and a sign of life for the lease."""

    def __init__(self, leased: Leased, run_id: UUID) -> None:
        self._leased, self._run_id = leased, run_id
        self._next = 0.0

    async def note(self, done: int, total: int) -> None:
        """Write it down, if the last time is long enough ago."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return
        self._next = now + STEP
        async with self._leased.unit_of_work() as work:
            await repository.progress(work.session, work.scope, self._run_id, done, total)
        await self._leased.renew()
