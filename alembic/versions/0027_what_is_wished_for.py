"""what is wished for a return, how it comes, and the visit that fetches it.

Revision: 0027
Follows: 0026
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0027'
down_revision: str | None = '0026'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('product_return_wish',
    sa.Column('return_id', sa.Uuid(), nullable=False),
    sa.Column('wish', sa.String(), nullable=True),
    sa.Column('coming', sa.String(), nullable=True),
    sa.Column('pickup_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("wish IN ('refund', 'store_credit', 'exchange', 'repair')",
        name=op.f('ck_product_return_wish_wish')),
    sa.CheckConstraint("coming IN ('pickup', 'drop_off')", name=op.f('ck_product_return_wish_coming')),
    sa.ForeignKeyConstraint(['return_id'], ['product_return.id'], name=op.f('fk_product_return_wish_return_id')),
    sa.ForeignKeyConstraint(['pickup_id'], ['document.id'], name=op.f('fk_product_return_wish_pickup_id')),
    sa.PrimaryKeyConstraint('return_id', name=op.f('pk_product_return_wish'))
    )
    op.create_index('uq_product_return_wish_pickup_id', 'product_return_wish', ['pickup_id'], unique=True)


def downgrade() -> None:
    op.drop_table('product_return_wish')
