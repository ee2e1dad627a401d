"""registrations by customers.

Revision: 0021
Follows: 0020
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0021'
down_revision: str | None = '0020'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    # The release before finds registrations by their unit alone: it never sees one that has none.
    op.execute("-- squawk-ignore ban-drop-not-null\nALTER TABLE warranty_registration ALTER COLUMN unit_id DROP NOT NULL")
    for name in ('flags', 'checked'):
        op.add_column('warranty_registration',
            sa.Column(name, sa.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False))
    op.create_table('warranty_application',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('normal', sa.String(), nullable=False),
    sa.Column('model', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('invoice_number', sa.String(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.Column('sent_at', _INSTANT, nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['file.id'], name=op.f('fk_warranty_application_file_id')),
    sa.ForeignKeyConstraint(['id'], ['warranty_registration.id'], name=op.f('fk_warranty_application_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_application'))
    )
    op.create_index('ix_warranty_application_phone', 'warranty_application', ['phone', 'sent_at'], unique=False)
    op.create_index('ix_warranty_application_normal', 'warranty_application', ['normal'], unique=False)
    op.create_index('ix_warranty_application_file_id', 'warranty_application', ['file_id'], unique=False,
        postgresql_where=sa.text('file_id IS NOT NULL'))


def downgrade() -> None:
    op.drop_table('warranty_application')
    op.drop_column('warranty_registration', 'checked')
    op.drop_column('warranty_registration', 'flags')
    op.execute("DELETE FROM warranty_registration WHERE unit_id IS NULL")
    op.alter_column('warranty_registration', 'unit_id', existing_type=sa.Uuid(), nullable=False)
