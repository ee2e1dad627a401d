"""what came though its return was over is found until it is handed back.

Revision: 0030
Follows: 0029
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0030'
down_revision: str | None = '0029'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME = 'ix_product_return_movement_kept'


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(_NAME, 'product_return_movement', ['return_id'], unique=False, postgresql_concurrently=True,
            postgresql_where=sa.text("place = 'hub' AND disposition = 'hand_back'"))


def downgrade() -> None:
    op.drop_index(_NAME, table_name='product_return_movement')
