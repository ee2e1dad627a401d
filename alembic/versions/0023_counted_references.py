"""a reference of a bank is claimed once, by payments with an invoice and without one.

Revision: 0023
Follows: 0022
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0023'
down_revision: str | None = '0022'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('counted_reference',
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['payment_id'], ['document.id'], name=op.f('fk_counted_reference_payment_id')),
    sa.PrimaryKeyConstraint('method', 'reference', name=op.f('pk_counted_reference'))
    )
    op.create_index('uq_counted_reference_payment_id', 'counted_reference', ['payment_id'], unique=True)
    # What was counted in both places before stands; the invoice's payment has the claim.
    for table in ('payment', 'direct_payment'):
        op.execute(
            f"""INSERT INTO counted_reference (method, reference, payment_id)
            SELECT method, reference, id FROM {table} WHERE reference IS NOT NULL ON CONFLICT DO NOTHING"""
        )


def downgrade() -> None:
    op.drop_table('counted_reference')
