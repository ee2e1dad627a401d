"""A past for promises: time that goes by, and cases that were closed long ago."""

import json
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from aftersales import clock
from aftersales.ids import new_id
from tests.factories.world import World


class Back:
    """Lets time pass for one case: what is due on it was due so much earlier."""

    def __init__(self, owner: object) -> None:
        self._owner = owner

    async def by(self, case_id: UUID, gap: timedelta, kind: str = "") -> None:
        """The promises of the case, or of one kind, and their timers."""
        ours = "SELECT id FROM promise_step WHERE case_id = $2 AND step = 'made' AND kind LIKE $3 || '%'"
        for table, more, where in (
            ("promise_step", "starts_at = starts_at - $1::interval", "id"),
            ("open_promise", "case_id = case_id", "promise_id"),
            ("delivery", "key = key", "CASE WHEN subscriber = 'promises.due' THEN key::uuid END"),
        ):
            sql = f"UPDATE {table} SET due_at = due_at - $1::interval, {more} WHERE {where} IN ({ours})"  # noqa: S608 - from above
            await self._owner.execute(sql, gap, case_id, kind)  # type: ignore[attr-defined]


# A case like another, opened `age` ago and resolved after `lasted`, as an import would have brought it.
_LIKE = """
INSERT INTO stream (id, version) VALUES (CAST(CAST(:id AS text) AS uuid), 2);
INSERT INTO document SELECT (jsonb_populate_record(d, CAST(:document AS jsonb))).*
    FROM document d WHERE d.id = CAST(CAST(:like AS text) AS uuid);
INSERT INTO support_case SELECT (jsonb_populate_record(c, CAST(:support AS jsonb))).*
    FROM support_case c WHERE c.id = CAST(CAST(:like AS text) AS uuid);
INSERT INTO timeline_entry SELECT (jsonb_populate_record(e, CAST(entry AS jsonb))).*
    FROM timeline_entry e, unnest(CAST(:entries AS text[])) entry
    WHERE e.stream_id = CAST(CAST(:like AS text) AS uuid) AND e.version = 1
"""


async def closed(shop: World, like: UUID, number: int, lasted: timedelta) -> None:
    opened = clock.now() - timedelta(days=60) + number * timedelta(hours=3)
    own = str(new_id())
    ended = {"status": "closed", "category": "done", "changed_at": (opened + lasted).isoformat()}
    entry = {"stream_id": own, "document_id": own, "origin": "import"}
    resolved = {"version": 2, "to_status": "resolved", "name": "resolve", "at": (opened + lasted).isoformat()}
    document = {"id": own, "stream_id": own, "number": f"OLD-{number:04d}", "opened_at": opened.isoformat()}
    values = {
        "id": own,
        "like": str(like),
        "document": json.dumps(document | ended),
        "support": json.dumps({"id": own}),
        "entries": [json.dumps(entry | {"at": opened.isoformat()}), json.dumps(entry | resolved)],
    }
    async with shop.work() as work:
        for sql in _LIKE.split(";"):
            await work.session.execute(text(sql), values)
