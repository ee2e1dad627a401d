"""Workers that died with a delivery are counted apart from attempts that failed.

Revision: 0033
Follows: 0032
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = '0033'
down_revision: str | None = '0032'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('delivery', sa.Column('died', sa.Integer(), server_default=sa.text('0'), nullable=False))


def downgrade() -> None:
    op.drop_column('delivery', 'died')
