"""erasures.

Revision: 0004
Follows: 0003
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Verdicts only grow. This takes the references of proofs (numbers of shops' invoices) out of them, in the facts and in
# the reasoning alike, so that replaying one still gives the other; rule, dates and outcome stay as they are.
FORGET = """
CREATE FUNCTION warranty_verdict_forget(units uuid[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (
        UPDATE warranty_verdict SET
            facts = regexp_replace(
                facts::text, '"reference": "(\\\\.|[^"\\\\])+"', '"reference": "(erased)"', 'g')::jsonb,
            verdict = regexp_replace(
                verdict::text, '"reference": "(\\\\.|[^"\\\\])+"', '"reference": "(erased)"', 'g')::jsonb
        WHERE unit_id = ANY (units)
            AND (facts::text || verdict::text) ~ '"reference": "(?!\\(erased\\)")[^"]'
        RETURNING 1
    )
    SELECT count(*) FROM forgotten
$$
"""


def upgrade() -> None:
    op.create_table('erasure',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('staff_id', sa.Uuid(), nullable=True),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('report', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_erasure_customer_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_erasure_person_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_erasure_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    op.create_index('ix_erasure_customer_id', 'erasure', ['customer_id'], unique=False)
    op.create_index('ix_erasure_person_id', 'erasure', ['person_id'], unique=False)
    op.create_index('ix_erasure_staff_id', 'erasure', ['staff_id'], unique=False)
    op.execute(FORGET)
    op.execute("REVOKE ALL ON FUNCTION warranty_verdict_forget(uuid[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION warranty_verdict_forget(uuid[]) TO aftersales_app")
    # A record of what was done is never rewritten.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON erasure FROM aftersales_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION warranty_verdict_forget(uuid[])")
    op.drop_index('ix_erasure_staff_id', table_name='erasure')
    op.drop_index('ix_erasure_person_id', table_name='erasure')
    op.drop_index('ix_erasure_customer_id', table_name='erasure')
    op.drop_table('erasure')
