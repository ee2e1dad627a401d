"""What PostgreSQL does by itself: the same durable transaction by pgbench, the same 500 changes by one `unnest`."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.company import Company

APPLICATION = "aftersales_app"

# One change as anybody would write it: lock, read, decide, write four rows, commit.
_LOCK = """SELECT s.id AS stream, s.version + 1 AS version, d.version + 1 AS document_version, d.status AS was,
CASE d.status WHEN 'estimating' THEN 'awaiting_approval' ELSE 'estimating' END AS becomes
FROM bench_document b JOIN stream s ON s.id = b.id JOIN document d ON d.id = b.id
WHERE b.n = {n} FOR NO KEY UPDATE OF s, d"""
_STREAM = "UPDATE stream SET version = {version} WHERE id = {stream}"
_DOCUMENT = """UPDATE document SET status = {becomes}, category = 'open', version = {document_version},
changed_at = now() WHERE id = {stream}"""
_ENTRY = """INSERT INTO timeline_entry (stream_id, version, document_id, document_version, machine, kind, name,
from_status, to_status, at, actor_kind, actor_id, origin, audience, data) VALUES ({stream}, {version}, {stream},
{document_version}, 'repair_order', 'status', 'move', {was}, {becomes}, now(), 'system', NULL, 'live', 'staff',
'{{}}')"""
_MESSAGE = "INSERT INTO outbox_message (stream_id, version) VALUES ({stream}, {version})"
_WRITES = (_STREAM, _DOCUMENT, _ENTRY, _MESSAGE)

# 500 changes as an importer would write them that trusts its file: no lock in order, no check, nobody refused.
UNNEST = """
WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
        AS i(id, name, to_status, category, at, data)
), moved AS (
    UPDATE stream s SET version = s.version + 1 FROM input i WHERE s.id = i.id RETURNING s.id, s.version
), written AS (
    UPDATE document d SET status = i.to_status, category = i.category, version = d.version + 1, changed_at = i.at
    FROM input i WHERE d.id = i.id RETURNING d.id, new.version, old.status
), entered AS (
    INSERT INTO timeline_entry (stream_id, version, document_id, document_version, machine, kind, name, from_status,
        to_status, at, actor_kind, actor_id, origin, audience, data)
    SELECT m.id, m.version, w.id, w.version, 'repair_order', 'status', i.name, w.status, i.to_status, i.at, 'system',
        NULL, 'live', 'staff', i.data::jsonb
    FROM input i JOIN moved m ON m.id = i.id JOIN written w ON w.id = i.id
)
INSERT INTO outbox_message (stream_id, version) SELECT id, version FROM moved
"""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The plain transaction on so many documents, by `clients` connections."""

    company: Company
    count: int
    clients: int

    @property
    def pgbench(self) -> Path | None:
        """The program, where the package brings it."""
        program = self.company.server.program("pgbench")
        return program if program.exists() else None

    @property
    def name(self) -> str:
        """Who does the plain transaction."""
        return "pgbench -M prepared" if self.pgbench else "asyncpg, prepared (no pgbench here)"

    async def per_second(self, seconds: int) -> float:
        """Transactions per second."""
        return await (self._by_pgbench(self.pgbench, seconds) if self.pgbench else self._by_asyncpg(seconds))

    async def _by_pgbench(self, program: Path, seconds: int) -> float:
        script = self.company.settings.data_dir / "change.pgbench"
        script.write_text(_pgbench_script(self.count))
        command = [str(program), "-n", "-M", "prepared", "-f", str(script), "-T", str(seconds)]
        command += ["-c", str(self.clients), "-j", "1", self.company.server.dsn("aftersales", APPLICATION)]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        found = re.search(rb"^tps = ([0-9.]+)", out, re.MULTILINE)
        if process.returncode or not found:
            raise RuntimeError(f"pgbench failed: {err.decode()}")
        return float(found[1])

    async def _by_asyncpg(self, seconds: int) -> float:
        began = time.perf_counter()
        counts = await asyncio.gather(*(self._client(number, began + seconds) for number in range(self.clients)))
        return sum(counts) / (time.perf_counter() - began)

    async def _client(self, number: int, until: float) -> int:
        connection = await asyncpg.connect(self.company.server.dsn("aftersales", APPLICATION))
        done = 0
        try:
            while time.perf_counter() < until:
                async with connection.transaction():
                    row = await connection.fetchrow(_LOCK.format(n="$1"), (number + done * self.clients) % self.count)
                    assert row is not None
                    for statement in _WRITES:
                        sql, values = _numbered(statement, row)
                        await connection.execute(sql, *values)
                done += 1
        finally:
            await connection.close()
        return done


def _pgbench_script(count: int) -> str:
    given = {name: f":{name}" for name in ("n", "stream", "version", "document_version", "was", "becomes")}
    writes = (f"{' '.join(statement.format(**given).split())};" for statement in _WRITES)
    lock = " ".join(_LOCK.format(**given).split())
    return "\n".join([rf"\set n random(0, {count - 1})", "BEGIN;", rf"{lock} \gset", *writes, "COMMIT;", ""])


def _numbered(statement: str, row: asyncpg.Record) -> tuple[str, list[object]]:
    """The statement with $1, $2 … for the columns of the locked row that it names, and their values."""
    used = [name for name in row.keys() if f"{{{name}}}" in statement]  # noqa: SIM118 - a record is no mapping
    return statement.format(**{name: f"${at}" for at, name in enumerate(used, 1)}), [row[name] for name in used]


async def prepare(company: Company, ids: Sequence[UUID]) -> None:
    """Number the documents, for pgbench knows no UUIDs. Looking one up costs it less than making one up."""
    connection = await asyncpg.connect(company.server.dsn("aftersales"))
    try:
        await connection.execute("CREATE TABLE bench_document (n int PRIMARY KEY, id uuid NOT NULL)")
        await connection.execute(f"GRANT SELECT ON bench_document TO {APPLICATION}")
        await connection.copy_records_to_table("bench_document", records=list(enumerate(ids)))
        await connection.execute("VACUUM (ANALYZE) bench_document")
    finally:
        await connection.close()


async def unnest(connection: "asyncpg.Connection[asyncpg.Record]", ids: Sequence[UUID], to: str, at: datetime) -> None:
    """The plain form of one batch, committed."""
    count = len(ids)
    await connection.execute(
        UNNEST, list(ids), ["move"] * count, [to] * count, ["open"] * count, [at] * count, ["{}"] * count
    )
