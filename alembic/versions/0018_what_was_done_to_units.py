"""what was done to units, and the terms a registration keeps.

Revision: 0018
Follows: 0017
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0018'
down_revision: str | None = '0017'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('warranty_service',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('stream_id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=False),
    sa.Column('fault_code', sa.String(), nullable=True),
    sa.Column('cause_code', sa.String(), nullable=True),
    sa.Column('lasted', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.CheckConstraint("what IN ('repair', 'replacement')", name=op.f('ck_warranty_service_what')),
    sa.ForeignKeyConstraint(['stream_id'], ['stream.id'], name=op.f('fk_warranty_service_stream_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_warranty_service_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_service')),
    sa.UniqueConstraint('stream_id', 'unit_id', 'what', name='uq_warranty_service_stream_id_unit_id_what')
    )
    op.create_index('ix_warranty_service_unit_id', 'warranty_service', ['unit_id'], unique=False)
    op.add_column('warranty_registration', sa.Column('policy_id', sa.Uuid(), nullable=True))
    op.add_column('warranty_registration', sa.Column('plan_from', sa.Date(), nullable=True))
    op.create_foreign_key(
        op.f('fk_warranty_registration_policy_id'), 'warranty_registration', 'policy', ['policy_id'], ['id'],
        postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE warranty_registration VALIDATE CONSTRAINT fk_warranty_registration_policy_id")
        op.create_index('ix_warranty_registration_policy_id', 'warranty_registration', ['policy_id'], unique=False,
            postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index('ix_warranty_registration_policy_id', table_name='warranty_registration')
    op.drop_column('warranty_registration', 'plan_from')
    op.drop_column('warranty_registration', 'policy_id')
    op.drop_table('warranty_service')
