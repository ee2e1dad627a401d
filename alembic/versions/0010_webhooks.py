"""webhooks.

Revision: 0010
Follows: 0009
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('webhook',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('events', sa.ARRAY(sa.String()), nullable=False),
    sa.Column('branch_ids', sa.ARRAY(sa.Uuid()), nullable=True),
    sa.Column('state', sa.String(), server_default=sa.text("'active'"), nullable=False),
    sa.Column('generation', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('both_until', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('failing_since', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('quiet_until', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('changed_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('active', 'paused', 'failed', 'gone', 'ended')", name=op.f('ck_webhook_state')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_webhook_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook'))
    )
    op.create_index('ix_webhook_active', 'webhook', ['id'], unique=False,
        postgresql_where=sa.text("state = 'active'"))
    op.create_index('ix_webhook_staff_id', 'webhook', ['staff_id'], unique=False)
    op.create_table('webhook_message',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('webhook_id', sa.Uuid(), nullable=False),
    sa.Column('stream_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('event', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('state', sa.String(), server_default=sa.text("'pending'"), nullable=False),
    sa.Column('turn', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('since', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name=op.f('ck_webhook_message_state')),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_webhook_message_webhook_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_message'))
    )
    op.create_index('ix_webhook_message_created_at', 'webhook_message', ['created_at'], unique=False)
    op.create_index('ix_webhook_message_page', 'webhook_message', ['webhook_id', 'id'], unique=False)
    op.create_index('ix_webhook_message_pending', 'webhook_message', ['webhook_id', 'id'], unique=False,
        postgresql_where=sa.text("state = 'pending'"))
    op.create_index('uq_webhook_message_entry', 'webhook_message', ['webhook_id', 'stream_id', 'version'], unique=True)
    op.create_table('webhook_attempt',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('message_id', sa.Uuid(), nullable=False),
    sa.Column('at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('took_ms', sa.Integer(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('problem', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('answer', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['webhook_message.id'], name=op.f('fk_webhook_attempt_message_id'),
        ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_attempt'))
    )
    op.create_index('ix_webhook_attempt_message_id', 'webhook_attempt', ['message_id', 'id'], unique=False)


def downgrade() -> None:
    op.drop_table('webhook_attempt')
    op.drop_table('webhook_message')
    op.drop_table('webhook')
