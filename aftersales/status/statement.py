"""The statement of `engine.post`: one round trip for 1…500 changes.

It locks the streams, then the documents, each sorted by id, in MATERIALIZED CTEs, and updates by joining them: a guard
in a sub-select would be evaluated against an old snapshot after a wait. The locks are NO KEY UPDATE, which is what the
updates need and leaves alone the KEY SHARE locks that foreign keys of other transactions take on the same rows.
"""

from aftersales.db.direct import Direct

COLUMNS: dict[str, str] = {
    "ord": "int",
    "document_id": "uuid",
    "machine": "text",
    "name": "text",
    "kind": "text",
    "known": "text",
    "sources": "text",
    "to_status": "text",
    "if_version": "int",
    "audience": "text",
    "data": "text",
    "note": "text",
    "at": "timestamptz",
    "is_head": "bool",
    "final_status": "text",
    "final_category": "text",
    "final_at": "timestamptz",
    "changes": "int",
    "assigns": "bool",
    "assignee_id": "uuid",
    "is_new": "bool",
    "new_stream": "bool",
    "stream_id": "uuid",
    "unit_id": "uuid",
    "customer_id": "uuid",
    "branch_id": "uuid",
    "number": "text",
    "open_key": "text",
}

_POST = f"""
WITH input AS MATERIALIZED (
    SELECT * FROM unnest({", ".join(f"CAST(:{name} AS {sql}[])" for name, sql in COLUMNS.items())})
        AS i({", ".join(COLUMNS)})
), target AS MATERIALIZED (
    SELECT i.*, coalesce(i.stream_id, d.stream_id) AS sid
    FROM input i LEFT JOIN document d ON d.id = i.document_id
), locked_stream AS MATERIALIZED (
    SELECT s.id, s.version FROM stream s
    WHERE s.id = ANY(ARRAY(SELECT sid FROM target)) ORDER BY s.id FOR NO KEY UPDATE
), locked_document AS MATERIALIZED (
    SELECT d.id, d.machine, d.status, d.version FROM document d
    WHERE (SELECT count(*) FROM locked_stream) >= 0 AND d.id = ANY(CAST(:document_id AS uuid[]))
    ORDER BY d.id FOR NO KEY UPDATE
), verdict AS MATERIALIZED (
    SELECT t.*, d.status AS now_status, d.version AS now_version, s.version AS base,
        row_number() OVER (PARTITION BY t.sid ORDER BY t.ord) AS stream_step,
        row_number() OVER (PARTITION BY t.document_id ORDER BY t.ord) AS document_step,
        CASE
            WHEN t.is_new AND d.id IS NOT NULL THEN 'exists'
            WHEN NOT t.is_new AND (d.id IS NULL OR d.machine <> t.machine) THEN 'missing'
            WHEN s.id IS NULL AND NOT t.new_stream THEN 'no_stream'
            WHEN t.if_version <> d.version THEN 'stale'
            WHEN t.known IS NULL AND NOT t.is_new AND t.sources <> ''
                AND d.status <> ALL(string_to_array(t.sources, ',')) THEN 'illegal'
            ELSE 'ok'
        END AS outcome
    FROM target t
    LEFT JOIN locked_document d ON d.id = t.document_id
    LEFT JOIN locked_stream s ON s.id = t.sid
), ready AS MATERIALIZED (
    SELECT * FROM verdict WHERE (SELECT count(*) FROM verdict WHERE outcome <> 'ok') = 0
), per_stream AS MATERIALIZED (
    SELECT sid, count(*) AS changes, bool_or(new_stream) AS is_new FROM ready GROUP BY sid
), stream_insert AS (
    INSERT INTO stream (id, version) SELECT sid, changes FROM per_stream WHERE is_new
), stream_update AS (
    UPDATE stream s SET version = s.version + p.changes FROM per_stream p WHERE s.id = p.sid AND NOT p.is_new
), document_insert AS (
    INSERT INTO document (id, machine, stream_id, unit_id, customer_id, branch_id, assignee_id, number, status,
        category, version, open_key, opened_at, changed_at)
    SELECT document_id, machine, sid, unit_id, customer_id, branch_id, assignee_id, number, final_status,
        final_category, changes, open_key, at, final_at
    FROM ready WHERE is_head AND is_new
), document_update AS (
    UPDATE document d SET
        status = coalesce(r.final_status, d.status),
        category = coalesce(r.final_category, d.category),
        version = d.version + r.changes,
        assignee_id = CASE WHEN r.assigns THEN r.assignee_id ELSE d.assignee_id END,
        changed_at = coalesce(r.final_at, d.changed_at)
    FROM ready r WHERE d.id = r.document_id AND r.is_head AND NOT r.is_new
), entry_insert AS (
    INSERT INTO timeline_entry (stream_id, version, document_id, document_version, machine, kind, name, from_status,
        to_status, at, actor_kind, actor_id, origin, audience, data)
    SELECT sid, coalesce(base, 0) + stream_step, document_id, coalesce(now_version, 0) + document_step, machine, kind,
        name, coalesce(known, now_status), to_status, at, CAST(:actor_kind AS text), CAST(:actor_id AS uuid),
        CAST(:origin AS text), audience, CAST(data AS jsonb)
    FROM ready
), note_insert AS (
    INSERT INTO status_note (stream_id, version, text)
    SELECT sid, coalesce(base, 0) + stream_step, note FROM ready WHERE note IS NOT NULL
), message_insert AS (
    INSERT INTO outbox_message (stream_id, version) SELECT sid, coalesce(base, 0) + stream_step FROM ready
)
SELECT ord, outcome, now_status, sid, coalesce(base, 0) + stream_step AS version,
    coalesce(now_version, 0) + document_step AS document_version
FROM verdict ORDER BY ord
"""  # noqa: S608 - only the names above are put in

# Without types on this side: asyncpg takes the lists as they are, and the casts say what they hold.
POST = Direct(_POST)

LOCK = Direct("SELECT id FROM stream WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE")

CREATE = Direct("INSERT INTO stream (id) SELECT unnest(CAST(:ids AS uuid[]))")
