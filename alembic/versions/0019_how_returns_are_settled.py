"""how returns are settled: what was paid, resolutions, refunds, credit.

Revision: 0019
Follows: 0018
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0019'
down_revision: str | None = '0018'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column('product_return', sa.Column('settle_by', _INSTANT, nullable=True))
    op.create_table('product_return_paid',
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('piece_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_rate', sa.Numeric(precision=5, scale=2), nullable=False),
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('proof', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('recorded_at', _INSTANT, nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('piece_minor > 0', name=op.f('ck_product_return_paid_piece')),
    sa.CheckConstraint('tax_rate BETWEEN 0 AND 100', name=op.f('ck_product_return_paid_tax_rate')),
    sa.CheckConstraint("method IN ('upi', 'card', 'bank_transfer', 'cash', 'cheque')",
        name=op.f('ck_product_return_paid_method')),
    sa.CheckConstraint("proof IN ('invoice', 'order', 'statement', 'dealer')", name=op.f('ck_product_return_paid_proof')),
    sa.ForeignKeyConstraint(['line_id'], ['product_return_line.id'], name=op.f('fk_product_return_paid_line_id')),
    sa.PrimaryKeyConstraint('line_id', name=op.f('pk_product_return_paid'))
    )
    _resolutions()
    _refunds()
    _credit()


def _resolutions() -> None:
    op.create_table('product_return_resolution',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('return_id', sa.Uuid(), nullable=False),
    sa.Column('line_id', sa.Uuid(), nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('resolution', sa.String(), nullable=False),
    sa.Column('currency', sa.String(), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('fee_minor', sa.BigInteger(), nullable=True),
    sa.Column('tax_minor', sa.BigInteger(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('chosen_at', _INSTANT, nullable=False),
    sa.Column('chosen_by', sa.Uuid(), nullable=True),
    sa.Column('done_at', _INSTANT, nullable=True),
    sa.CheckConstraint('first >= 1 AND quantity BETWEEN 1 AND 500', name=op.f('ck_product_return_resolution_pieces')),
    sa.CheckConstraint(
        "resolution IN ('refund', 'store_credit', 'exchange', 'replacement', 'repair', 'keep_item', 'return_as_is')",
        name=op.f('ck_product_return_resolution_resolution')),
    sa.CheckConstraint(
        '(currency IS NULL) = (amount_minor IS NULL)'
        ' AND (amount_minor IS NULL OR amount_minor >= 0 AND fee_minor >= 0 AND tax_minor BETWEEN 0 AND amount_minor)',
        name=op.f('ck_product_return_resolution_amount')),
    sa.CheckConstraint("resolution NOT IN ('refund', 'store_credit') OR amount_minor IS NOT NULL",
        name=op.f('ck_product_return_resolution_money')),
    sa.ForeignKeyConstraint(['line_id'], ['product_return_line.id'], name=op.f('fk_product_return_resolution_line_id')),
    sa.ForeignKeyConstraint(['return_id'], ['product_return.id'], name=op.f('fk_product_return_resolution_return_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_return_resolution')),
    postgresql.ExcludeConstraint(
        (sa.column('line_id'), '='), (sa.text('int4range(first, first + quantity)'), '&&'),
        using='gist', name='ex_product_return_resolution_pieces')
    )
    op.create_index('ix_product_return_resolution_return_id', 'product_return_resolution', ['return_id'], unique=False)
    op.create_index('uq_product_return_resolution_order_id', 'product_return_resolution', ['order_id'], unique=True)


def _refunds() -> None:
    op.create_table('refund',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('about_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('source_reference', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=True),
    sa.Column('requested_at', _INSTANT, nullable=False),
    sa.Column('paid_at', _INSTANT, nullable=True),
    sa.CheckConstraint('amount_minor > 0 AND tax_minor BETWEEN 0 AND amount_minor', name=op.f('ck_refund_amount')),
    sa.CheckConstraint('(paid_at IS NULL) = (reference IS NULL)', name=op.f('ck_refund_paid_has_reference')),
    sa.ForeignKeyConstraint(['about_id'], ['document.id'], name=op.f('fk_refund_about_id')),
    sa.ForeignKeyConstraint(['id'], ['document.id'], name=op.f('fk_refund_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund'))
    )
    op.create_index('uq_refund_key', 'refund', ['key'], unique=True)
    op.create_index('ix_refund_about_id', 'refund', ['about_id'], unique=False)
    op.create_index('uq_refund_reference', 'refund', ['method', 'reference'], unique=True,
        postgresql_where=sa.text('reference IS NOT NULL'))


    op.create_table('direct_payment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('about_id', sa.Uuid(), nullable=False),
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('reference', sa.String(), nullable=True),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('received_at', _INSTANT, nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_direct_payment_amount')),
    sa.ForeignKeyConstraint(['about_id'], ['document.id'], name=op.f('fk_direct_payment_about_id')),
    sa.ForeignKeyConstraint(['id'], ['document.id'], name=op.f('fk_direct_payment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_direct_payment'))
    )
    op.create_index('ix_direct_payment_about_id', 'direct_payment', ['about_id'], unique=False)
    op.create_index('uq_direct_payment_reference', 'direct_payment', ['method', 'reference'], unique=True,
        postgresql_where=sa.text('reference IS NOT NULL'))


def _credit() -> None:
    op.create_table('credit_entry',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('prior_step', sa.Integer(), nullable=True),
    sa.Column('before_minor', sa.BigInteger(), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('balance_minor', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.Uuid(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('made_at', _INSTANT, nullable=False),
    sa.CheckConstraint(
        '(step = 1 AND prior_step IS NULL AND before_minor IS NULL)'
        ' OR (step > 1 AND prior_step IS NOT NULL AND before_minor IS NOT NULL AND step = prior_step + 1)',
        name=op.f('ck_credit_entry_chain')),
    sa.CheckConstraint(
        'amount_minor <> 0 AND balance_minor >= 0 AND balance_minor = coalesce(before_minor, 0) + amount_minor',
        name=op.f('ck_credit_entry_balance')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_credit_entry_customer_id')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_credit_entry_document_id')),
    sa.ForeignKeyConstraint(['customer_id', 'currency', 'prior_step', 'before_minor'],
        ['credit_entry.customer_id', 'credit_entry.currency', 'credit_entry.step', 'credit_entry.balance_minor'],
        name='fk_credit_entry_prior'),
    sa.PrimaryKeyConstraint('customer_id', 'currency', 'step', name=op.f('pk_credit_entry')),
    sa.UniqueConstraint('customer_id', 'currency', 'step', 'balance_minor', name='uq_credit_entry_balance')
    )
    op.create_index('uq_credit_entry_key', 'credit_entry', ['key'], unique=True)
    op.create_index('ix_credit_entry_document_id', 'credit_entry', ['document_id'], unique=False)
    # What was given and used is never rewritten.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON credit_entry FROM aftersales_app")


def downgrade() -> None:
    op.drop_table('credit_entry')
    op.drop_table('refund')
    op.drop_table('product_return_resolution')
    op.drop_table('product_return_paid')
    op.drop_table('direct_payment')
    op.drop_column('product_return', 'settle_by')
