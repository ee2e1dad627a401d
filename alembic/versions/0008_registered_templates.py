"""registered templates; short links.

Revision: 0008
Follows: 0007
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('channel_registration',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('name', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('header', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('entity', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('wording', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('checked_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint("channel IN ('sms', 'whatsapp')", name=op.f('ck_channel_registration_channel')),
    sa.CheckConstraint("state IN ('pending', 'approved', 'rejected', 'paused')",
        name=op.f('ck_channel_registration_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_registration')),
    sa.UniqueConstraint('brand', 'channel', 'text', 'language', name=op.f('uq_channel_registration_brand_channel_text_language'))
    )
    op.add_column('customer_link', sa.Column('short_hash', sa.LargeBinary(), nullable=True))
    with op.get_context().autocommit_block():
        op.drop_index('uq_customer_link_short_hash', table_name='customer_link', if_exists=True,
            postgresql_concurrently=True)
        op.create_index('uq_customer_link_short_hash', 'customer_link', ['short_hash'], unique=True,
            postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index('uq_customer_link_short_hash', table_name='customer_link')
    op.drop_column('customer_link', 'short_hash')
    op.drop_table('channel_registration')
