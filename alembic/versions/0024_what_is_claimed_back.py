"""suppliers, what they cover, and what is claimed back from them and from brands.

Revision: 0024
Follows: 0023
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0024'
down_revision: str | None = '0023'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)
_CHECKS = {
    'ck_warranty_claim_line_payer': "CHECK (payer IN ('company', 'brand', 'supplier', 'customer'))",
    'ck_warranty_claim_line_part_back': "CHECK ((removed_part IS NULL) = (part_back_at IS NULL))",
    'ck_warranty_claim_line_closed': "CHECK (closed_at IS NULL OR standing IN ('approved', 'lowered')"
        " AND (cost_class <> 'parts' OR part_back_at IS NOT NULL))",
    'fk_warranty_claim_line_donor_unit_id': "FOREIGN KEY (donor_unit_id) REFERENCES unit (id)",
    'fk_warranty_claim_line_part_back_by': "FOREIGN KEY (part_back_by) REFERENCES staff (id)",
}


def upgrade() -> None:
    op.create_table('warranty_supplier',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('created_at', _INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_supplier')),
    sa.UniqueConstraint('code', name=op.f('uq_warranty_supplier_code'))
    )
    op.create_table('warranty_supplier_cover',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('part_code', sa.String(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('percent', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.CheckConstraint('months BETWEEN 1 AND 600', name=op.f('ck_warranty_supplier_cover_months')),
    sa.CheckConstraint('percent > 0 AND percent <= 100', name=op.f('ck_warranty_supplier_cover_percent')),
    sa.CheckConstraint('until >= since', name=op.f('ck_warranty_supplier_cover_span')),
    sa.ForeignKeyConstraint(['supplier_id'], ['warranty_supplier.id'],
        name=op.f('fk_warranty_supplier_cover_supplier_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_supplier_cover')),
    sa.UniqueConstraint('supplier_id', 'part_code', 'since', name='uq_warranty_supplier_cover_since')
    )
    op.create_index('ix_warranty_supplier_cover_part_code', 'warranty_supplier_cover', ['part_code'], unique=False)
    op.create_table('warranty_filing',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=True),
    sa.Column('supplier_id', sa.Uuid(), nullable=True),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('filed_at', _INSTANT, nullable=False),
    sa.Column('filed_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('count > 0 AND total_minor > 0', name=op.f('ck_warranty_filing_something')),
    sa.CheckConstraint('num_nonnulls(brand_id, supplier_id) = 1', name=op.f('ck_warranty_filing_party')),
    sa.ForeignKeyConstraint(['branch_id'], ['branch.id'], name=op.f('fk_warranty_filing_branch_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name=op.f('fk_warranty_filing_brand_id')),
    sa.ForeignKeyConstraint(['filed_by'], ['staff.id'], name=op.f('fk_warranty_filing_filed_by')),
    sa.ForeignKeyConstraint(['supplier_id'], ['warranty_supplier.id'], name=op.f('fk_warranty_filing_supplier_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_filing')),
    sa.UniqueConstraint('number', name=op.f('uq_warranty_filing_number'))
    )
    op.create_index('ix_warranty_filing_branch_id', 'warranty_filing', ['branch_id', 'id'], unique=False)
    op.create_table('warranty_recovery',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('brand_id', sa.Uuid(), nullable=True),
    sa.Column('supplier_id', sa.Uuid(), nullable=True),
    sa.Column('line_id', sa.Uuid(), nullable=True),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('due_minor', sa.BigInteger(), nullable=False),
    sa.Column('accepted_minor', sa.BigInteger(), nullable=True),
    sa.Column('received_minor', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('reference', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('ripe_at', _INSTANT, nullable=True),
    sa.Column('withdrawn_at', _INSTANT, nullable=True),
    sa.Column('filing_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('accepted_minor BETWEEN 0 AND due_minor', name=op.f('ck_warranty_recovery_accepted')),
    sa.CheckConstraint('due_minor > 0 AND quantity > 0', name=op.f('ck_warranty_recovery_due')),
    sa.CheckConstraint('filing_id IS NULL OR ripe_at IS NOT NULL', name=op.f('ck_warranty_recovery_filed_when_ripe')),
    sa.CheckConstraint('num_nonnulls(brand_id, supplier_id) = 1', name=op.f('ck_warranty_recovery_party')),
    sa.CheckConstraint('received_minor BETWEEN 0 AND coalesce(accepted_minor, 0)',
        name=op.f('ck_warranty_recovery_received')),
    sa.ForeignKeyConstraint(['brand_id'], ['brand.id'], name=op.f('fk_warranty_recovery_brand_id')),
    sa.ForeignKeyConstraint(['filing_id'], ['warranty_filing.id'], name=op.f('fk_warranty_recovery_filing_id')),
    sa.ForeignKeyConstraint(['id'], ['document.id'], name=op.f('fk_warranty_recovery_id')),
    sa.ForeignKeyConstraint(['line_id'], ['warranty_claim_line.id'], name=op.f('fk_warranty_recovery_line_id')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_warranty_recovery_product_id')),
    sa.ForeignKeyConstraint(['supplier_id'], ['warranty_supplier.id'], name=op.f('fk_warranty_recovery_supplier_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_warranty_recovery_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warranty_recovery'))
    )
    op.create_index('ix_warranty_recovery_filing_id', 'warranty_recovery', ['filing_id'], unique=False,
        postgresql_where=sa.text('filing_id IS NOT NULL'))
    op.create_index('ix_warranty_recovery_line_id', 'warranty_recovery', ['line_id'], unique=False,
        postgresql_where=sa.text('line_id IS NOT NULL'))
    op.create_index('uq_warranty_recovery_source', 'warranty_recovery', ['source'], unique=True,
        postgresql_where=sa.text('withdrawn_at IS NULL'))
    for column in (
        sa.Column('part_code', sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column('donor_unit_id', sa.Uuid(), nullable=True),
        sa.Column('removed_part', sa.String(), nullable=True),
        sa.Column('part_back_at', _INSTANT, nullable=True),
        sa.Column('part_back_by', sa.Uuid(), nullable=True),
        sa.Column('closed_at', _INSTANT, nullable=True),
    ):
        op.add_column('warranty_claim_line', column)
    # The release before writes three of the four payers that may be there from now on.
    op.execute("-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE warranty_claim_line DROP CONSTRAINT ck_warranty_claim_line_payer")
    for name, condition in _CHECKS.items():
        op.execute(f"ALTER TABLE warranty_claim_line ADD CONSTRAINT {name} {condition} NOT VALID")
    # In transactions of their own: rows are read, and an index is made, beside everybody else.
    with op.get_context().autocommit_block():
        for name in _CHECKS:
            op.execute(f"ALTER TABLE warranty_claim_line VALIDATE CONSTRAINT {name}")
        op.create_index('ix_warranty_claim_line_part_code', 'warranty_claim_line', ['part_code'],
            postgresql_where=sa.text("part_code <> ''"), postgresql_concurrently=True)
        op.create_index('uq_warranty_claim_line_removed_part', 'warranty_claim_line', ['removed_part'], unique=True,
            postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index('uq_warranty_claim_line_removed_part', table_name='warranty_claim_line')
    op.drop_index('ix_warranty_claim_line_part_code', table_name='warranty_claim_line')
    for name in _CHECKS:
        op.execute(f"ALTER TABLE warranty_claim_line DROP CONSTRAINT {name}")
    op.execute("UPDATE warranty_claim_line SET payer = 'company' WHERE payer = 'customer'")
    op.execute("ALTER TABLE warranty_claim_line ADD CONSTRAINT ck_warranty_claim_line_payer"
        " CHECK (payer IN ('company', 'brand', 'supplier'))")
    for column in ('closed_at', 'part_back_by', 'part_back_at', 'removed_part', 'donor_unit_id', 'part_code'):
        op.drop_column('warranty_claim_line', column)
    op.drop_index('uq_warranty_recovery_source', table_name='warranty_recovery',
        postgresql_where=sa.text('withdrawn_at IS NULL'))
    op.drop_index('ix_warranty_recovery_line_id', table_name='warranty_recovery',
        postgresql_where=sa.text('line_id IS NOT NULL'))
    op.drop_index('ix_warranty_recovery_filing_id', table_name='warranty_recovery',
        postgresql_where=sa.text('filing_id IS NOT NULL'))
    op.drop_table('warranty_recovery')
    op.drop_index('ix_warranty_filing_branch_id', table_name='warranty_filing')
    op.drop_table('warranty_filing')
    op.drop_index('ix_warranty_supplier_cover_part_code', table_name='warranty_supplier_cover')
    op.drop_table('warranty_supplier_cover')
    op.drop_table('warranty_supplier')
