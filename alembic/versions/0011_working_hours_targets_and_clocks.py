"""working hours targets and clocks.

Revision: 0011
Follows: 0010
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0011'
down_revision: str | None = '0010'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('work_hours',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('hours', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('version > 0', name=op.f('ck_work_hours_version')),
    sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_work_hours_branch_id')),
    sa.ForeignKeyConstraint(['made_by'], ['staff.id'], name=op.f('fk_work_hours_made_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_hours')),
    sa.UniqueConstraint('branch_id', 'version', name=op.f('uq_work_hours_branch_id_version'))
    )
    # A version is for ever; clocks of old cases were read by it.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON work_hours FROM aftersales_app")
    op.create_table('case_targets',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('policy_id', sa.Uuid(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('urgency', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['document.id'], name=op.f('fk_case_targets_case_id')),
    sa.ForeignKeyConstraint(['policy_id'], ['policy.id'], name=op.f('fk_case_targets_policy_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_targets'))
    )
    op.create_table('case_clock',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('clock', sa.String(), nullable=False),
    sa.Column('shape', sa.String(), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.Column('started_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('due_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('ended_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('tier', sa.Integer(), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('pauses', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('spent', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('former', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint("state IN ('running', 'paused', 'late', 'kept', 'broken', 'withdrawn')", name=op.f('ck_case_clock_state')),
    sa.ForeignKeyConstraint(['case_id'], ['case_targets.case_id'], name=op.f('fk_case_clock_case_id')),
    sa.PrimaryKeyConstraint('case_id', 'clock', name=op.f('pk_case_clock'))
    )
    op.create_index('ix_case_clock_due', 'case_clock', ['due_at'], unique=False, postgresql_where=sa.text('ended_at IS NULL AND due_at IS NOT NULL'))
    op.create_index('ix_case_clock_ended', 'case_clock', ['ended_at'], unique=False, postgresql_where=sa.text('ended_at IS NOT NULL'))
    op.create_table('clock_notice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('clock', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('to', sa.String(), nullable=False),
    sa.Column('raised_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('withdrawn_at', postgresql.TIMESTAMP(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('warning', 'breach', 'escalation')", name=op.f('ck_clock_notice_kind')),
    sa.ForeignKeyConstraint(['case_id'], ['case_targets.case_id'], name=op.f('fk_clock_notice_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_notice'))
    )
    op.create_index('uq_clock_notice_once', 'clock_notice', ['case_id', 'clock', 'kind', 'step'], unique=True, postgresql_where=sa.text('withdrawn_at IS NULL'))


def downgrade() -> None:
    op.drop_index('uq_clock_notice_once', table_name='clock_notice', postgresql_where=sa.text('withdrawn_at IS NULL'))
    op.drop_table('clock_notice')
    op.drop_index('ix_case_clock_ended', table_name='case_clock', postgresql_where=sa.text('ended_at IS NOT NULL'))
    op.drop_index('ix_case_clock_due', table_name='case_clock', postgresql_where=sa.text('ended_at IS NULL AND due_at IS NOT NULL'))
    op.drop_table('case_clock')
    op.drop_table('case_targets')
    op.drop_table('work_hours')
