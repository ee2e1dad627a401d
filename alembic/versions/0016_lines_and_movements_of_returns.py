"""lines and movements of returns.

Revision: 0016
Follows: 0015
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0016'
down_revision: str | None = '0015'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)
_PLACES = "'customer', 'courier', 'hub', 'bench', 'vendor', 'stock', 'scrap'"


def upgrade() -> None:
    op.create_table('product_return_line',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('return_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('received', sa.Integer(), nullable=False),
    sa.Column('reason_code', sa.String(), nullable=False),
    sa.CheckConstraint('quantity BETWEEN 1 AND 500', name=op.f('ck_product_return_line_quantity')),
    sa.CheckConstraint('received BETWEEN 0 AND quantity', name=op.f('ck_product_return_line_received')),
    sa.CheckConstraint('unit_id IS NULL OR quantity = 1', name=op.f('ck_product_return_line_unit_is_one')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_product_return_line_product_id')),
    sa.ForeignKeyConstraint(['return_id'], ['product_return.id'], name=op.f('fk_product_return_line_return_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_product_return_line_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_return_line')),
    sa.UniqueConstraint('return_id', 'position', name=op.f('uq_product_return_line_return_id_position'))
    )
    op.create_index('ix_product_return_line_unit_id', 'product_return_line', ['unit_id'], unique=False)
    # Every return so far is one piece of its own unit. The id of its line is its own: it is the only one.
    op.execute(
        """INSERT INTO product_return_line (id, return_id, position, product_id, unit_id, quantity, received, reason_code)
        SELECT r.id, r.id, 1, u.product_id, r.unit_id, 1, 0, r.reason_code
        FROM product_return r JOIN unit u ON u.id = r.unit_id"""
    )
    op.create_table('product_return_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('grade', sa.String(), nullable=False),
    sa.Column('no_fault', sa.Boolean(), nullable=False),
    sa.Column('wrong_item', sa.Boolean(), nullable=False),
    sa.Column('missing', sa.ARRAY(sa.String()), nullable=False),
    sa.Column('found_at', _INSTANT, nullable=False),
    sa.Column('found_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('quantity >= 1', name=op.f('ck_product_return_finding_quantity')),
    sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name=op.f('ck_product_return_finding_grade')),
    sa.ForeignKeyConstraint(['line_id'], ['product_return_line.id'], name=op.f('fk_product_return_finding_line_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_return_finding'))
    )
    op.create_index('ix_product_return_finding_line_id', 'product_return_finding', ['line_id'], unique=False)
    op.create_table('product_return_movement',
    sa.Column('item', sa.String(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('prior_step', sa.Integer(), nullable=True),
    sa.Column('from_place', sa.String(), nullable=True),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('return_id', sa.Uuid(), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('disposition', sa.String(), nullable=True),
    sa.Column('moved_at', _INSTANT, nullable=False),
    sa.Column('moved_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint(
        '(step = 1 AND prior_step IS NULL AND from_place IS NULL)'
        ' OR (prior_step IS NOT NULL AND from_place IS NOT NULL AND step = prior_step + 1 AND step > 1)',
        name=op.f('ck_product_return_movement_chain')),
    sa.CheckConstraint(f'place IN ({_PLACES})', name=op.f('ck_product_return_movement_place')),
    sa.ForeignKeyConstraint(['item', 'prior_step', 'from_place'],
        ['product_return_movement.item', 'product_return_movement.step', 'product_return_movement.place'],
        name='fk_product_return_movement_prior'),
    sa.ForeignKeyConstraint(['line_id'], ['product_return_line.id'], name=op.f('fk_product_return_movement_line_id')),
    sa.ForeignKeyConstraint(['return_id'], ['product_return.id'], name=op.f('fk_product_return_movement_return_id')),
    sa.PrimaryKeyConstraint('item', 'step', name=op.f('pk_product_return_movement')),
    sa.UniqueConstraint('item', 'step', 'place', name=op.f('uq_product_return_movement_item_step_place'))
    )
    op.create_index('ix_product_return_movement_return_id', 'product_return_movement', ['return_id', 'line_id'],
        unique=False)
    # Where a piece has been is never rewritten, nor what was found on it.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON product_return_movement, product_return_finding FROM aftersales_app")


def downgrade() -> None:
    op.drop_table('product_return_movement')
    op.drop_table('product_return_finding')
    op.drop_table('product_return_line')
