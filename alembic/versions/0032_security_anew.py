"""security that is asked for anew before the bank frees it.

Revision: 0032
Follows: 0031
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0032'
down_revision: str | None = '0031'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('product_return_advance', sa.Column('next_hold_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f('fk_product_return_advance_next_hold_id'), 'product_return_advance', 'document', ['next_hold_id'], ['id'],
        postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE product_return_advance VALIDATE CONSTRAINT fk_product_return_advance_next_hold_id")
        op.create_index('uq_product_return_advance_next_hold_id', 'product_return_advance', ['next_hold_id'],
            unique=True, postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_column('product_return_advance', 'next_hold_id')
