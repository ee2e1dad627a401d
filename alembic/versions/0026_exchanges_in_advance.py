"""security that is held, and exchanges in advance.

Revision: 0026
Follows: 0025
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0026'
down_revision: str | None = '0025'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table('hold',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('about_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Uuid(), nullable=False),
    sa.Column('way', sa.String(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=True),
    sa.Column('placed_at', _INSTANT, nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_hold_amount')),
    sa.CheckConstraint("way IN ('card', 'deposit')", name=op.f('ck_hold_way')),
    sa.CheckConstraint("way <> 'card' OR (method = 'card' AND reference IS NOT NULL)", name=op.f('ck_hold_card')),
    sa.ForeignKeyConstraint(['about_id'], ['document.id'], name=op.f('fk_hold_about_id')),
    sa.ForeignKeyConstraint(['id'], ['document.id'], name=op.f('fk_hold_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold'))
    )
    op.create_index('uq_hold_key', 'hold', ['key'], unique=True)
    op.create_index('uq_hold_reference', 'hold', ['reference'], unique=True,
        postgresql_where=sa.text("way = 'card'"))
    op.create_index('ix_hold_about_id', 'hold', ['about_id'], unique=False)
    op.create_table('hold_outcome',
    sa.Column('hold_id', sa.Uuid(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('decided_at', _INSTANT, nullable=False),
    sa.Column('reference', sa.String(), nullable=True),
    sa.Column('done_at', _INSTANT, nullable=True),
    sa.CheckConstraint("outcome IN ('released', 'captured')", name=op.f('ck_hold_outcome_outcome')),
    sa.ForeignKeyConstraint(['hold_id'], ['hold.id'], name=op.f('fk_hold_outcome_hold_id')),
    sa.PrimaryKeyConstraint('hold_id', name=op.f('pk_hold_outcome'))
    )
    # What was decided is never rewritten; only when it was carried out is added.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON hold_outcome FROM aftersales_app")
    op.execute("GRANT UPDATE (reference, done_at) ON hold_outcome TO aftersales_app")
    _advances()


def _advances() -> None:
    op.create_table('product_return_advance',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('return_id', sa.Uuid(), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('hold_id', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('way', sa.String(), nullable=True),
    sa.Column('new_unit_id', sa.Uuid(), nullable=True),
    sa.Column('due_at', _INSTANT, nullable=True),
    sa.Column('keep_at', _INSTANT, nullable=True),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_product_return_advance_amount')),
    sa.CheckConstraint("(way IS NULL) = (new_unit_id IS NULL) AND way IN ('counter', 'courier')",
        name=op.f('ck_product_return_advance_way')),
    sa.ForeignKeyConstraint(['hold_id'], ['document.id'], name=op.f('fk_product_return_advance_hold_id')),
    sa.ForeignKeyConstraint(['id'], ['document.id'], name=op.f('fk_product_return_advance_id')),
    sa.ForeignKeyConstraint(['line_id'], ['product_return_line.id'], name=op.f('fk_product_return_advance_line_id')),
    sa.ForeignKeyConstraint(['new_unit_id'], ['unit.id'], name=op.f('fk_product_return_advance_new_unit_id')),
    sa.ForeignKeyConstraint(['return_id'], ['product_return.id'], name=op.f('fk_product_return_advance_return_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_return_advance'))
    )
    op.create_index('ix_product_return_advance_return_id', 'product_return_advance', ['return_id'], unique=False)
    op.create_index('ix_product_return_advance_line_id', 'product_return_advance', ['line_id'], unique=False)
    op.create_index('uq_product_return_advance_hold_id', 'product_return_advance', ['hold_id'], unique=True)
    op.create_index('uq_product_return_advance_new_unit_id', 'product_return_advance', ['new_unit_id'], unique=True)


def downgrade() -> None:
    op.drop_table('product_return_advance')
    op.drop_table('hold_outcome')
    op.drop_table('hold')
