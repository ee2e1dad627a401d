"""files that are taken in.

Revision: 0002
Follows: 0001
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('customer', sa.Column('own_number', sa.String(), nullable=True), if_not_exists=True)
    # Customers may be many: nobody waits for the index. One that a failure has left half made goes first.
    with op.get_context().autocommit_block():
        op.drop_index('uq_customer_own_number', table_name='customer', if_exists=True, postgresql_concurrently=True)
        op.create_index('uq_customer_own_number', 'customer', ['own_number'], unique=True,
            postgresql_where=sa.text('own_number IS NOT NULL'), postgresql_concurrently=True)
    op.create_table('imported',
    sa.Column('entity_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('entity_id', name=op.f('pk_imported'))
    )
    op.create_table('import_run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('filename', sa.String(), nullable=False),
    sa.Column('dates', sa.String(), nullable=True),
    sa.Column('region', sa.String(), nullable=False),
    sa.Column('good_rows', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=False),
    sa.Column('branch_ids', sa.ARRAY(sa.Uuid()), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('rejects', sa.LargeBinary(), nullable=True),
    sa.Column('report', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('done', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('total', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('created_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('changed_at', postgresql.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('checking', 'checked', 'writing', 'written', 'failed')", name=op.f('ck_import_run_state')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_import_run_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_run'))
    )
    op.create_index('ix_import_run_created_at', 'import_run', ['created_at'], unique=False)
    op.create_index('ix_import_run_staff_id', 'import_run', ['staff_id'], unique=False)


def downgrade() -> None:
    op.drop_index('uq_customer_own_number', table_name='customer', postgresql_where=sa.text('own_number IS NOT NULL'))
    op.drop_column('customer', 'own_number')
    op.drop_index('ix_import_run_staff_id', table_name='import_run')
    op.drop_index('ix_import_run_created_at', table_name='import_run')
    op.drop_table('import_run')
    op.drop_table('imported')
