"""exchanges, and units that were given up.

Revision: 0020
Follows: 0019
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0020'
down_revision: str | None = '0019'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column('unit', sa.Column('given_up_on', sa.Date(), nullable=True))
    op.create_table('product_return_exchange',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('resolution_id', sa.Uuid(), nullable=False),
    sa.Column('piece', sa.Integer(), nullable=False),
    sa.Column('old_unit_id', sa.Uuid(), nullable=True),
    sa.Column('new_unit_id', sa.Uuid(), nullable=False),
    sa.Column('way', sa.String(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('difference_minor', sa.BigInteger(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('made_at', _INSTANT, nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('done_at', _INSTANT, nullable=True),
    sa.CheckConstraint("way IN ('counter', 'courier', 'door')", name=op.f('ck_product_return_exchange_way')),
    sa.ForeignKeyConstraint(['new_unit_id'], ['unit.id'], name=op.f('fk_product_return_exchange_new_unit_id')),
    sa.ForeignKeyConstraint(['old_unit_id'], ['unit.id'], name=op.f('fk_product_return_exchange_old_unit_id')),
    sa.ForeignKeyConstraint(['resolution_id'], ['product_return_resolution.id'],
        name=op.f('fk_product_return_exchange_resolution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_return_exchange')),
    sa.UniqueConstraint('resolution_id', 'piece', name=op.f('uq_product_return_exchange_resolution_id_piece'))
    )
    for column in ('old_unit_id', 'new_unit_id', 'order_id'):
        op.create_index(f'uq_product_return_exchange_{column}', 'product_return_exchange', [column], unique=True)


def downgrade() -> None:
    op.drop_table('product_return_exchange')
    op.drop_column('unit', 'given_up_on')
