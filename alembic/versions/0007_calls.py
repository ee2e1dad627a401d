"""calls and who waits to be called back.

Revision: 0007
Follows: 0006
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0007'
down_revision: str | None = '0006'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('voice_call',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(), nullable=False),
    sa.Column('provider_id', sa.String(), nullable=False),
    sa.Column('direction', sa.String(), nullable=False),
    sa.Column('stream_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('update_id', sa.Uuid(), nullable=True),
    sa.Column('code_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('words', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('turn', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('step', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('spoken', sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('keys', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('answered', sa.String(), nullable=True),
    sa.Column('recording', sa.String(), nullable=True),
    sa.Column('begun_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('ended_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('seconds', sa.Integer(), nullable=True),
    sa.CheckConstraint("direction IN ('out', 'in')", name=op.f('ck_voice_call_direction')),
    sa.CheckConstraint("outcome IN ('heard', 'answered', 'call_back', 'busy', 'no_answer', 'failed', 'hung_up')", name=op.f('ck_voice_call_outcome')),
    sa.CheckConstraint("provider IN ('twilio', 'exotel')", name=op.f('ck_voice_call_provider')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_voice_call_person_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['stream_id'], ['stream.id'], name=op.f('fk_voice_call_stream_id')),
    sa.ForeignKeyConstraint(['update_id'], ['customer_update.id'], name=op.f('fk_voice_call_update_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voice_call')),
    sa.UniqueConstraint('provider', 'provider_id', name=op.f('uq_voice_call_provider_provider_id'))
    )
    op.create_index('ix_voice_call_person_id', 'voice_call', ['person_id'], unique=False)
    op.create_index('ix_voice_call_stream_id', 'voice_call', ['stream_id'], unique=False)
    op.create_index('ix_voice_call_update_id', 'voice_call', ['update_id'], unique=False)
    op.create_table('call_back',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('stream_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('missed', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('asked_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('promised_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('done_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('done_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('(done_at IS NULL) = (done_by IS NULL)', name=op.f('ck_call_back_done_by_somebody')),
    sa.ForeignKeyConstraint(['call_id'], ['voice_call.id'], name=op.f('fk_call_back_call_id')),
    sa.ForeignKeyConstraint(['done_by'], ['staff.id'], name=op.f('fk_call_back_done_by')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_call_back_person_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['stream_id'], ['stream.id'], name=op.f('fk_call_back_stream_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_back'))
    )
    op.create_index('ix_call_back_call_id', 'call_back', ['call_id'], unique=False)
    op.create_index('ix_call_back_done_by', 'call_back', ['done_by'], unique=False)
    op.create_index('ix_call_back_person_id', 'call_back', ['person_id'], unique=False)
    op.create_index('ix_call_back_stream_id', 'call_back', ['stream_id'], unique=False)
    op.create_index('ix_call_back_waiting', 'call_back', ['promised_at', 'id'], unique=False, postgresql_where=sa.text('done_at IS NULL'))
    op.create_index('uq_call_back_of_case', 'call_back', ['stream_id'], unique=True, postgresql_where=sa.text('done_at IS NULL'))
    op.create_index('uq_call_back_of_number', 'call_back', ['number'], unique=True, postgresql_where=sa.text('done_at IS NULL AND stream_id IS NULL'))


def downgrade() -> None:
    op.drop_index('uq_call_back_of_number', table_name='call_back', postgresql_where=sa.text('done_at IS NULL AND stream_id IS NULL'))
    op.drop_index('uq_call_back_of_case', table_name='call_back', postgresql_where=sa.text('done_at IS NULL'))
    op.drop_index('ix_call_back_waiting', table_name='call_back', postgresql_where=sa.text('done_at IS NULL'))
    op.drop_index('ix_call_back_stream_id', table_name='call_back')
    op.drop_index('ix_call_back_person_id', table_name='call_back')
    op.drop_index('ix_call_back_done_by', table_name='call_back')
    op.drop_index('ix_call_back_call_id', table_name='call_back')
    op.drop_table('call_back')
    op.drop_index('ix_voice_call_update_id', table_name='voice_call')
    op.drop_index('ix_voice_call_stream_id', table_name='voice_call')
    op.drop_index('ix_voice_call_person_id', table_name='voice_call')
    op.drop_table('voice_call')
