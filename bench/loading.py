"""Years of cases, written by the database itself: a million of them with their ten million entries in minutes.

Foreign keys are not checked while loading (what is written is whole by construction); every index is there from the
start, as in life.
"""

from sqlalchemy.engine import make_url

from aftersales.db.bootstrap import connected
from bench.baseline import APPLICATION
from bench.company import Company

CASES_OF_A_BRANCH = 50_000
ENTRIES = 10
TOLD = 3
OPEN_PERCENT = 2

# Keys grow with time, as the application's do: the i-th of n cases lies (n - i) / n of five years back. Two in a
# hundred, among the newest tenth nine times in ten, are not done.
_STEPS = (
    """INSERT INTO branch (id, code, name, phone, address, postcode, timezone, currency)
    SELECT gen_random_uuid(), 'B' || chr(64 + i) || 'X', 'Service centre ' || i, phone, address, postcode, timezone,
        currency
    FROM branch, generate_series(2, {branches}) AS i""",
    """CREATE UNLOGGED TABLE bench_branch AS
    SELECT row_number() OVER (ORDER BY code <> 'BEN', code) - 1 AS b, id FROM branch""",
    """CREATE UNLOGGED TABLE bench_home AS
    SELECT i, uuidv7() AS customer_id, uuidv7() AS person_id, uuidv7() AS unit_id
    FROM generate_series(0, {count} * 2 / 5) AS i""",
    "CREATE UNIQUE INDEX ON bench_home (i)",
    """CREATE UNLOGGED TABLE bench_case AS
    SELECT n.i, uuidv7(-age) AS id, uuidv7(-age) AS repair_id, now() - age AS opened_at, b.id AS branch_id,
        h.customer_id, h.person_id, h.unit_id, status, repair
    FROM (SELECT i, ({count} - i) * interval '1826 days' / {count} AS age, mod(i::bigint * 7919, 10007) AS luck
        FROM generate_series(1, {count}) AS i) AS n
    CROSS JOIN LATERAL (SELECT CASE
        WHEN i > {count} * 0.9 AND luck % 100 < {open} * 9 THEN 1 + luck % 6
        WHEN luck % 1000 < {open} THEN 1 + luck % 6 ELSE 0 END AS place) AS p
    CROSS JOIN LATERAL (SELECT
        (ARRAY['closed', 'received', 'acknowledged', 'in_progress', 'waiting', 'follow_up', 'reopened'])
            [CASE WHEN place = 6 AND luck % 5 > 0 THEN 4 ELSE place + 1 END] AS status,
        (ARRAY['handed_over', 'intake', 'intake', 'diagnosing', 'awaiting_approval', 'handed_over', 'diagnosing'])
            [place + 1] AS repair) AS s
    JOIN bench_branch b ON b.b = mod(n.i::bigint * 31, {branches})
    JOIN bench_home h ON h.i = mod(n.i::bigint * 104729, {count} * 2 / 5)
    ORDER BY n.i""",
    """INSERT INTO customer (id, kind, timezone, since, created_at)
    SELECT customer_id, 'household', 'Asia/Kolkata', '2021-01-01', now() FROM bench_home""",
    """INSERT INTO person (id, customer_id, name, name_local, courtesy, language)
    SELECT person_id, customer_id, 'Padma ' || i, 'పద్మ', 'గారు', 'te' FROM bench_home""",
    "INSERT INTO stream (id, version) SELECT unit_id, 0 FROM bench_home",
    """INSERT INTO unit (id, product_id, customer_id, purchased_on, created_at)
    SELECT unit_id, (SELECT id FROM product LIMIT 1), customer_id, '2021-01-01', now() FROM bench_home""",
    "INSERT INTO stream (id, version) SELECT id, {entries} FROM bench_case ORDER BY i",
    """INSERT INTO document (id, machine, stream_id, unit_id, customer_id, branch_id, assignee_id, number, status,
        category, version, opened_at, changed_at)
    SELECT id, 'case', id, unit_id, customer_id, branch_id, CASE WHEN i % 3 = 0 THEN '{staff}'::uuid END,
        'KKP-26-' || lpad(i::text, 8, '0'), status, CASE status WHEN 'closed' THEN 'done' WHEN 'waiting' THEN 'waiting'
        WHEN 'reopened' THEN 'trouble' ELSE 'open' END, 4, opened_at, opened_at + interval '9 days'
    FROM bench_case ORDER BY i""",
    """INSERT INTO document (id, machine, stream_id, unit_id, customer_id, branch_id, number, status, category, version,
        opened_at, changed_at)
    SELECT repair_id, 'repair_order', id, unit_id, customer_id, branch_id, 'RKP-26-' || lpad(i::text, 8, '0'), repair,
        CASE repair WHEN 'handed_over' THEN 'done' WHEN 'awaiting_approval' THEN 'waiting' ELSE 'open' END, 6,
        opened_at, opened_at + interval '8 days'
    FROM bench_case ORDER BY i""",
    """INSERT INTO support_case (id, complaint, channel)
    SELECT id, 'It does not spin, and there is water under it.', 'phone' FROM bench_case ORDER BY i""",
    "INSERT INTO repair_order (id) SELECT repair_id FROM bench_case ORDER BY i",
    """INSERT INTO matter_person (case_id, person_id, role, may_approve)
    SELECT id, person_id, 'owner', true FROM bench_case ORDER BY i""",
    """INSERT INTO timeline_entry (stream_id, version, document_id, document_version, machine, kind, name, from_status,
        to_status, at, posted_at, actor_kind, origin, audience)
    SELECT id, v, CASE WHEN v % 5 < 2 THEN id ELSE repair_id END, CASE WHEN v % 5 < 2 THEN 1 + v / 3 ELSE v - v / 5 END,
        CASE WHEN v % 5 < 2 THEN 'case' ELSE 'repair_order' END, 'status', 'move', 'intake',
        CASE WHEN v % 5 < 2 THEN 'acknowledged' ELSE 'diagnosing' END, opened_at + v * interval '19 hours',
        opened_at + v * interval '19 hours', 'system', 'live', CASE WHEN v % 2 = 0 THEN 'staff' ELSE 'customer' END
    FROM bench_case, generate_series(1, {entries}) AS v ORDER BY i, v""",
    """INSERT INTO customer_update (id, stream_id, version, document_id, person_id, purpose, text, language, channel,
        state, subject, words, attempts, created_at, sent_at)
    SELECT uuidv7(opened_at - now()), id, v * 2 - 1, id, person_id, 'news', 'case.acknowledged', 'te', 'mailbox',
        'sent', 'KKP', 'మీ సర్వీస్‌ను ఏర్పాటు చేస్తున్నాము. వివరాలు మీ పేజీలో ఉన్నాయి.', 1, opened_at, opened_at
    FROM bench_case, generate_series(1, {told}) AS v ORDER BY i, v""",
    f"GRANT SELECT ON bench_case TO {APPLICATION}",
)


async def load(company: Company, count: int) -> None:
    """So many cases of the last five years, `ENTRIES` timeline entries each, a branch for each 50,000; analysed."""
    branches = max(1, count // CASES_OF_A_BRANCH)
    given = {"branches": branches, "count": count, "entries": ENTRIES, "told": TOLD, "open": OPEN_PERCENT}
    async with connected(make_url(company.server.url("aftersales"))) as superuser:
        await superuser.execute("SET session_replication_role = replica")
        await superuser.execute("SET synchronous_commit = off")
        for number, step in enumerate(_STEPS, 1):
            print(f"  loading {count:,} cases, step {number} of {len(_STEPS)} …", flush=True)
            await superuser.execute(step.format(**given, staff=company.staff_id))
        await superuser.execute("VACUUM (ANALYZE)")
        await superuser.execute("CHECKPOINT")
