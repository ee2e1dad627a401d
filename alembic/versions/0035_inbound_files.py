"""Files that came along with a message, until they have their place.

Revision: 0035
Follows: 0034
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0035'
down_revision: str | None = '0034'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        'inbound_file',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('inbound_id', sa.Uuid(), nullable=False),
        sa.Column('data', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['inbound_id'],
            ['inbound_message.id'],
            name=op.f('fk_inbound_file_inbound_id_inbound_message'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_file')),
    )
    op.create_index('ix_inbound_file_inbound_id', 'inbound_file', ['inbound_id'])


def downgrade() -> None:
    op.drop_table('inbound_file')
